//! What is told of new tasks that do not start: how many have failed, and what ECS reports.
//!
//! ECS starts tasks that crash again and again: such a deployment may never end by itself.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    clock::Clock, domain::service::ServiceEvent, outside::OutsideText, report::event::Event, words,
};

/// Tasks may take so long to start before anything is told of them but a failure.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two lines, or two questions. Each line doubles its own, up to the longest.
const PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(240);

/// The new tasks as one look shows them.
#[derive(Clone, Copy)]
pub(super) struct NewTasks {
    pub running: u32,
    pub wanted: u32,
    /// Tasks that failed in a row, where AWS says it.
    pub failed: u32,
}

/// What was told of them.
pub(super) struct NewTasksTold {
    /// The most that were running, and since when.
    most: Option<(u32, Duration)>,
    /// When a line may be told, and when a question may be asked.
    next_line: Duration,
    next_question: Duration,
    pause: Duration,
    failed: u32,
    /// The last line, or the start of the run: what ECS reported before is not news.
    since: Duration,
    /// The gist of each event that was told.
    gists: BTreeSet<String>,
}

impl Default for NewTasksTold {
    fn default() -> Self {
        Self {
            most: None,
            next_line: Duration::ZERO,
            next_question: Duration::ZERO,
            pause: PAUSE,
            failed: 0,
            since: Duration::ZERO,
            gists: BTreeSet::new(),
        }
    }
}

impl NewTasksTold {
    /// Whether it is worth a read of its own to learn what ECS reports: the tasks are late, and a line may be told.
    pub(super) fn asks(&mut self, now: Duration, tasks: NewTasks) -> bool {
        let asks = self.are_late(now, tasks) && now >= self.next_line.max(self.next_question);
        if asks {
            self.next_question = now + PAUSE;
        }
        asks
    }

    /// A line, where something has happened that was not told.
    pub(super) fn news(
        &mut self,
        clock: Clock,
        tasks: NewTasks,
        events: &[ServiceEvent],
    ) -> Option<Event> {
        let now = clock.elapsed();
        let are_late = self.are_late(now, tasks);
        // ECS counts from zero again once a task has run well.
        self.failed = self.failed.min(tasks.failed);
        let have_failed = tasks.failed > self.failed;
        if now < self.next_line || !(have_failed || are_late) {
            return None;
        }
        let event = self.new_event(events, clock);
        if !have_failed && event.is_none() {
            return None;
        }
        self.failed = tasks.failed;
        self.since = now;
        self.next_line = now + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        let mut text = tasks.told(have_failed);
        if let Some(event) = event {
            text.push_str(&format!("; AWS: \"{event}\""));
        }
        Some(Event::Struggling(text))
    }

    /// Fewer are running than wanted, and for a while no more than before.
    fn are_late(&mut self, now: Duration, tasks: NewTasks) -> bool {
        let since = match self.most {
            Some((most, since)) if tasks.running <= most => since,
            _ => {
                self.most = Some((tasks.running, now));
                now
            }
        };
        tasks.running < tasks.wanted && now >= since + PATIENCE
    }

    /// The newest event that says something which was not told.
    fn new_event(&mut self, events: &[ServiceEvent], clock: Clock) -> Option<OutsideText> {
        let since = clock.started() + self.since;
        let new = events
            .iter()
            .take_while(|event| event.at.is_some_and(|at| at >= since));
        let mut texts = new.map(|event| &event.text);
        texts
            .find(|text| self.gists.insert(gist(text.raw())))
            .cloned()
    }
}

/// The words of an event without ids and counts, by which each "has started 1 tasks: (task 5f0c…)" would be another one.
fn gist(event: &str) -> String {
    let mut depth = 0_u32;
    let mut gist = String::new();
    for c in event.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 && c.is_alphabetic() => gist.push(c),
            _ => {}
        }
    }
    gist
}

impl NewTasks {
    fn told(self, have_failed: bool) -> String {
        let Self {
            running,
            wanted,
            failed,
        } = self;
        if have_failed {
            let failed = words::count(failed, "new task");
            return format!("{failed} failed so far");
        }
        let wanted = words::count(wanted, "new task");
        format!("{running} of {wanted} running")
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::outside::without_marks;

    const STARTED: &str = "(service web1) has started 1 tasks: (task 5f0c).";

    fn tasks(running: u32, failed: u32) -> NewTasks {
        NewTasks {
            running,
            wanted: 2,
            failed,
        }
    }

    /// Looks every ten seconds at what this makes of the seconds that have passed; what was told, with its second.
    async fn told(
        seconds: u64,
        look: impl Fn(u64) -> (NewTasks, Vec<(u64, &'static str)>),
    ) -> Vec<(u64, String)> {
        let clock = Clock::starting_at(SystemTime::UNIX_EPOCH);
        let mut state = NewTasksTold::default();
        let mut told = Vec::new();
        for now in (0..=seconds).step_by(10) {
            clock.sleep_until(Duration::from_secs(now)).await;
            let (tasks, events) = look(now);
            let events: Vec<_> = events
                .into_iter()
                .map(|(at, text)| ServiceEvent {
                    at: Some(clock.started() + Duration::from_secs(at)),
                    text: OutsideText::new(text),
                })
                .collect();
            if let Some(Event::Struggling(text)) = state.news(clock, tasks, &events) {
                told.push((now, without_marks(&text)));
            }
        }
        told
    }

    fn lines(told: &[(u64, String)]) -> Vec<(u64, &str)> {
        told.iter().map(|(at, text)| (*at, text.as_str())).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_told_less_and_less_often() {
        let told = told(800, |now| (tasks(0, (now / 10) as u32), vec![])).await;
        let at: Vec<u64> = told.iter().map(|(at, _)| *at).collect();
        assert_eq!(at, [10, 40, 100, 220, 460, 700]);
        assert_eq!(told[0].1, "1 new task failed so far");
        assert_eq!(told[5].1, "70 new tasks failed so far");
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_number_is_told_once_and_counts_anew_after_a_success() {
        let failed = |now| match now {
            0..200 => 3,
            200..300 => 0,
            _ => 1,
        };
        let told = told(400, |now| (tasks(2, failed(now)), vec![])).await;
        assert_eq!(
            lines(&told),
            [
                (0, "3 new tasks failed so far"),
                (300, "1 new task failed so far")
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_is_told_once_the_tasks_are_late() {
        let told = told(300, |_| (tasks(1, 0), vec![(5, STARTED)])).await;
        let line = format!("1 of 2 new tasks running; AWS: \"{STARTED}\"");
        assert_eq!(lines(&told), [(60, line.as_str())]);
        // Tasks that come one by one are not late, nor are those that are all running.
        for running in [|now: u64| (now / 50) as u32 % 9, |_| 2] {
            let look = |now| {
                let mut tasks = tasks(running(now), 0);
                tasks.wanted = 2.max(tasks.running + u32::from(tasks.running != 2));
                (tasks, vec![(5, STARTED)])
            };
            assert_eq!(self::told(300, look).await, []);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_is_new_and_says_something_else() {
        const AGAIN: &str = "(service web1) has started 2 tasks: (task 77aa).";
        const STUCK: &str = "(service web1) was unable to place a task.";
        let look = |now| {
            let events = match now {
                0..100 => vec![(20, STARTED)],
                // Of two that are new, the one that says something else.
                _ => vec![(95, AGAIN), (94, STUCK), (20, STARTED)],
            };
            (tasks(0, 0), events)
        };
        let told = told(600, look).await;
        assert_eq!(
            lines(&told),
            [
                (
                    60,
                    format!("0 of 2 new tasks running; AWS: \"{STARTED}\"").as_str()
                ),
                (
                    100,
                    format!("0 of 2 new tasks running; AWS: \"{STUCK}\"").as_str()
                ),
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_is_asked_only_while_the_tasks_are_late() {
        let mut state = NewTasksTold::default();
        let mut asked = Vec::new();
        for now in (0..=200).step_by(5) {
            let running = u32::from(now > 100);
            if state.asks(Duration::from_secs(now), tasks(running, 0)) {
                asked.push(now);
            }
        }
        assert_eq!(asked, [60, 90, 165, 195]);
    }
}
