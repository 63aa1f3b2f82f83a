//! Many seeds on all cores: what each comes to, how they ended, and which of them break something.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// So many failures are enough to see a pattern.
const SHOWN: usize = 3;

/// Why a lock is free.
const UNLOCKED: &str = "nothing panics with this lock";

/// How many runs ended in which way.
pub type Endings = BTreeMap<String, u64>;

/// A kind of random run.
pub struct Kind<Run> {
    /// Seeds 0, 1, 2, … where `RUNS` does not say how many.
    pub runs: u64,
    /// Runs a seed to its end.
    pub roll: fn(u64) -> Run,
    pub judge: fn(&Run) -> Judged,
    /// Everything that is needed to see what happened.
    pub transcript: fn(&Run) -> String,
}

/// What a run comes to.
pub struct Judged {
    /// In a word or two.
    pub ending: String,
    pub calls: u64,
    /// Every invariant that does not hold, with why.
    pub broken: Vec<String>,
}

impl<Run> Kind<Run> {
    /// What the environment asks for: one seed, the first seed that breaks an invariant, or many seeds. Only the last
    /// gives endings.
    pub fn play(&self) -> Option<Endings> {
        if let Some(seed) = number("SEED") {
            self.replay(seed);
            return None;
        }
        let runs = number("RUNS").unwrap_or(self.runs);
        if let Some(invariant) = asked("BREAKS") {
            self.find_first_break(&invariant, runs);
            return None;
        }
        Some(self.play_all(runs))
    }

    fn replay(&self, seed: u64) {
        let run = (self.roll)(seed);
        show(&(self.transcript)(&run));
        let broken = (self.judge)(&run).broken;
        assert_eq!(broken, Vec::<String>::new(), "seed {seed}");
    }

    fn play_all(&self, runs: u64) -> Endings {
        let calls = AtomicU64::new(0);
        let endings = Mutex::new(Endings::new());
        let failures = Mutex::new(BTreeMap::<u64, Vec<String>>::new());
        on_all_cores(&AtomicU64::new(runs), |seed| {
            let judged = self.judged(seed);
            calls.fetch_add(judged.calls, Ordering::Relaxed);
            *endings
                .lock()
                .expect(UNLOCKED)
                .entry(judged.ending)
                .or_default() += 1;
            if !judged.broken.is_empty() {
                failures.lock().expect(UNLOCKED).insert(seed, judged.broken);
            }
        });
        let endings = endings.into_inner().expect(UNLOCKED);
        let calls = calls.into_inner();
        show(&format!("{runs} runs, {calls} calls: {endings:#?}"));
        self.fail_where_broken(&failures.into_inner().expect(UNLOCKED), runs);
        endings
    }

    fn fail_where_broken(&self, failures: &BTreeMap<u64, Vec<String>>, runs: u64) {
        for (seed, broken) in failures.iter().take(SHOWN) {
            let transcript = || (self.transcript)(&(self.roll)(*seed));
            let transcript = catch_unwind(transcript).unwrap_or_default();
            show(&format!("seed {seed}: {broken:#?}\n{transcript}\n"));
        }
        let mut listed = Vec::new();
        for (seed, broken) in failures {
            listed.push(format!("{seed}: {}", broken.join("; ")));
        }
        assert!(
            failures.is_empty(),
            "{} of {runs} seeds:\n{}",
            failures.len(),
            listed.join("\n")
        );
    }

    /// Says which seed is the first one that breaks this invariant and no other; and of each that breaks something,
    /// what.
    fn find_first_break(&self, invariant: &str, runs: u64) {
        let first = AtomicU64::new(runs);
        on_all_cores(&first, |seed| {
            let broken = self.judged(seed).broken;
            let mut names = Vec::new();
            for why in &broken {
                names.extend(why.split(':').next());
            }
            if names == [invariant] {
                first.fetch_min(seed, Ordering::Relaxed);
            }
            if !names.is_empty() {
                show(&format!("seed {seed} breaks {}", names.join(", ")));
            }
        });
        match first.into_inner() {
            seed if seed < runs => show(&format!("{invariant}: seed {seed}")),
            _ => show(&format!("{invariant}: not in {runs} seeds")),
        }
    }

    fn judged(&self, seed: u64) -> Judged {
        let run = || (self.judge)(&(self.roll)(seed));
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Judged {
            ending: "panicked".to_owned(),
            calls: 0,
            broken: vec!["a run does not panic".to_owned()],
        })
    }
}

/// Each seed once, up to `end`, which may come nearer in the meantime.
fn on_all_cores(end: &AtomicU64, work: impl Fn(u64) + Sync) {
    let next = AtomicU64::new(0);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end.load(Ordering::Relaxed) {
                break;
            }
            work(seed);
        }
    };
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
}

/// Runs a future to its end, in no time.
pub fn in_paused_time<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime
        .expect("a runtime needs nothing but memory")
        .block_on(future)
}

#[expect(
    clippy::print_stdout,
    reason = "cargo shows it where the test fails, or is asked to"
)]
pub fn show(text: &str) {
    println!("{text}");
}

fn number(name: &str) -> Option<u64> {
    asked(name)?.parse().ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "how many runs, and which, is asked for by the environment"
)]
fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
