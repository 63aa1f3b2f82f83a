//! Every operation that the action calls × every fault × which of the calls, over stories that reach them all.
//! Each cell is a whole run in virtual time, held against the promises; `docs/reliability.md` is written from it.

pub mod codes;
mod faults;
mod found;
mod promises;
mod stories;
mod table;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sim::Rule;
use faults::{FAULTS, Fault, Operation, When};
use promises::Look;
use stories::Story;

use crate::harness::Done;

/// One run: a story with one thing going wrong.
struct Cell<'a> {
    story: &'a Story,
    operation: &'a Operation,
    fault: Fault,
    when: When,
}

/// How a cell ended: `rolled-back`, or `refused: access-denied`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ended {
    pub outcome: String,
    pub code: String,
}

/// Which cells are asked for; all, each with one story, where nothing is.
#[expect(
    clippy::disallowed_methods,
    reason = "how a person asks a test for some of its cells"
)]
fn wanted() -> Option<String> {
    std::env::var("MATRIX").ok()
}

#[expect(
    clippy::print_stdout,
    reason = "cargo shows it where the test fails, or is asked to"
)]
fn show(text: &str) {
    println!("{text}");
}

/// A run in virtual time, on a thread that has no other.
fn alone<T>(run: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(run)
}

impl Cell<'_> {
    fn name(&self) -> String {
        let Self {
            story,
            operation,
            fault,
            when,
        } = self;
        format!(
            "{}, {}, {}, {}",
            story.name,
            operation.name,
            fault.name,
            when.name()
        )
    }

    fn rule(&self) -> Option<Rule> {
        let effect = (self.fault.effect)(self.operation)?;
        self.when
            .rule(self.operation, effect, &self.story.counts(self.operation)?)
    }

    fn has_something_to_strike(&self) -> bool {
        self.rule().is_some()
    }

    /// Whether the run needs the answer: CodeDeploy is asked before it is known that ECS deploys the service.
    fn is_needed(&self) -> bool {
        !(self.story.name.starts_with("ecs-") && self.operation.service == "codedeploy")
            || self.operation.is_everything()
    }

    fn run(&self) -> Option<(Ended, Vec<String>)> {
        let (done, broken) = self.done()?;
        let code = done.codes().first().cloned().unwrap_or_default();
        Some((
            Ended {
                outcome: done.output("outcome").to_owned(),
                code,
            },
            broken,
        ))
    }

    /// The run, and the promises that it broke.
    fn done(&self) -> Option<(Done, Vec<String>)> {
        let rule = self.rule()?;
        Some(alone(async {
            let step = self.story.step();
            step.sim.rule(rule);
            let done = step.run().await;
            if wanted().is_some_and(|wanted| wanted != "all") {
                show(&format!("── {}\n{}", self.name(), done.log));
            }
            let mut broken = Look::broken(self.story, &step, &done, self.last_look_is_free());
            broken.extend(self.must_succeed(done.output("outcome")));
            (done, broken)
        }))
    }

    /// Throttling, a 5xx or a lost answer, once, is nobody's business.
    fn must_succeed(&self, outcome: &str) -> Option<String> {
        let forgiven = self.fault.passes && self.when.is_once();
        (forgiven && outcome != self.story.ends)
            .then(|| format!("{outcome} after a fault that passed"))
    }

    /// Whether nothing struck the reads that say what serves.
    fn last_look_is_free(&self) -> bool {
        let read = [
            "DescribeServices",
            "ListTasks",
            "DescribeTasks",
            "GetDeployment",
            "GetDeploymentTarget",
            "DescribeServiceDeployments",
            "DescribeServiceRevisions",
            faults::ALL,
        ];
        self.when.is_once() && self.fault.passes || !read.contains(&self.operation.name.as_str())
    }

    /// `MATRIX=reroute,GetDeployment cargo test …` runs the cells whose names hold each of these parts, with their logs.
    fn is_wanted(&self) -> bool {
        let Some(wanted) = wanted() else { return true };
        let name = self.name();
        wanted
            .split(',')
            .all(|part| part == "all" || name.split(", ").any(|word| word == part.trim()))
    }
}

#[test]
fn whatever_goes_wrong() {
    let stories = stories::all();
    let mut operations = Operation::of_the_action();
    operations.push(Operation::everything());
    let mut cells = Vec::new();
    for operation in &operations {
        for fault in FAULTS {
            for when in When::ALL {
                let cell = |story| Cell {
                    story,
                    operation,
                    fault,
                    when,
                };
                let reaching = stories
                    .iter()
                    .map(cell)
                    .filter(Cell::has_something_to_strike);
                let all: Vec<_> = reaching
                    .filter(|cell| wanted().is_some() || cell.is_needed())
                    .collect();
                cells.extend(chosen(all, cells.len()));
            }
        }
    }
    cells.retain(Cell::is_wanted);
    let ended = run_all(&cells);
    let broken: Vec<_> = ended
        .iter()
        .flat_map(|(_, _, broken)| broken.clone())
        .collect();
    show(&format!(
        "{} runs, {} promises broken",
        ended.len(),
        broken.len()
    ));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    if wanted().is_none() {
        table::check(
            &operations,
            &ended
                .iter()
                .map(|(cell, ended, _)| (&cells[*cell], ended))
                .collect::<Vec<_>>(),
        );
    }
}

/// One story of those that reach the cell, each in its turn; all of them with `MATRIX=all`.
fn chosen<T>(mut all: Vec<T>, turn: usize) -> Vec<T> {
    if wanted().is_some() || all.is_empty() {
        return all;
    }
    vec![all.swap_remove(turn % all.len())]
}

type Results = Vec<(usize, Ended, Vec<String>)>;

/// On all processors, in the order of the cells.
fn run_all(cells: &[Cell]) -> Results {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Results::new());
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(cell) = cells.get(number) else {
                return;
            };
            let ran = catch_unwind(AssertUnwindSafe(|| cell.run()));
            let (ended, mut broken) = match ran {
                Ok(None) => continue,
                Ok(Some(ran)) => ran,
                Err(panic) => (
                    Ended {
                        outcome: "panic".to_owned(),
                        code: String::new(),
                    },
                    vec![said(panic)],
                ),
            };
            broken
                .iter_mut()
                .for_each(|line| *line = format!("{}: {line}", cell.name()));
            results
                .lock()
                .expect("no run panics in here")
                .push((number, ended, broken));
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let mut results = results.into_inner().expect("no run panics in here");
    results.sort_by_key(|(number, ..)| *number);
    results
}

fn said(panic: Box<dyn std::any::Any + Send>) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| "a panic".to_owned())
}

#[test]
fn every_operation_is_reached() {
    let stories = stories::all();
    let operations = Operation::of_the_action();
    assert!(operations.len() > 20, "{operations:?}");
    for operation in &operations {
        let reached = stories
            .iter()
            .any(|story| story.counts(operation).is_some());
        assert!(reached, "no story reaches {}", operation.name);
    }
}
