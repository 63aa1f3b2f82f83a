//! The phases as a picture: a Gantt chart in Mermaid, which GitHub draws as wide as the page is, in its light and dark colours.

use std::time::Duration;

use crate::{
    report::{data::Report, phases::Phase, safe::visible},
    words,
};

/// With fewer phases the table says it faster.
const FEWEST: usize = 3;
/// A picture with more of them is no picture; the table has all.
const MOST: usize = 30;
/// Characters of a name: AWS's longest is `POST_PRODUCTION_TRAFFIC_SHIFT`.
const NAME_MAX: usize = 40;
/// The axis shows the time of a day.
const LONGEST: Duration = Duration::from_hours(24);
/// A shorter bar could not be seen: this part of the picture's width.
const NARROWEST: u32 = 150;
/// Labels on the axis that a phone has room for.
const TICKS: u64 = 5;
/// What lies between two labels of the axis, in seconds and as Mermaid has it. Of each unit it takes only parts of the next.
const INTERVALS: [(u64, &str); 14] = [
    (1, "1second"),
    (2, "2second"),
    (5, "5second"),
    (10, "10second"),
    (15, "15second"),
    (30, "30second"),
    (60, "1minute"),
    (120, "2minute"),
    (300, "5minute"),
    (600, "10minute"),
    (1_800, "30minute"),
    (3_600, "1hour"),
    (7_200, "2hour"),
    (14_400, "4hour"),
];
const LONGEST_INTERVAL: &str = "8hour";

/// The picture; empty where there is too little or too much for one.
pub(super) fn render(report: &Report) -> String {
    let phases = &report.phases.list;
    let total = phases.iter().map(end).max().unwrap_or_default();
    // What only read and checked has nothing to show.
    let is_worth_it = report.deployment.is_some() && (FEWEST..=MOST).contains(&phases.len());
    if !is_worth_it || total >= LONGEST {
        return String::new();
    }
    let mut lines = settings(total);
    for phase in phases {
        lines += &bar(phase, total);
    }
    format!("```mermaid\n{lines}```")
}

fn end(phase: &Phase) -> Duration {
    phase.from + phase.took
}

/// The margins are small, so that a phone has room for the bars.
fn settings(total: Duration) -> String {
    let (interval, format) = (interval(total), axis_format(total));
    format!(
        "---\n\
         config:\n  gantt:\n    leftPadding: 16\n    rightPadding: 16\n\
         ---\n\
         gantt\n\
         accTitle: How long each phase took\n\
         dateFormat YYYY-MM-DD HH:mm:ss.SSS\n\
         axisFormat {format}\n\
         tickInterval {interval}\n\
         todayMarker off\n"
    )
}

/// `0:41`, as the log's clock; from an hour on `1:02`.
fn axis_format(total: Duration) -> &'static str {
    if total < Duration::from_hours(1) {
        "%-M:%S"
    } else {
        "%-H:%M"
    }
}

fn interval(total: Duration) -> &'static str {
    for (seconds, interval) in INTERVALS {
        if seconds * TICKS > total.as_secs() {
            return interval;
        }
    }
    LONGEST_INTERVAL
}

/// `2 min 45 s Install :2000-01-01 00:00:05.000, 2000-01-01 00:02:50.000`
fn bar(phase: &Phase, total: Duration) -> String {
    // First what it took: a line that begins with a name could begin with a keyword, such as `click`.
    let mut label = format!("{} {}", words::took(phase.took), name(&phase.name));
    let mut colour = "";
    if phase.failed {
        label += " failed";
        colour = "crit, ";
    }
    let width = phase.took.max(total / NARROWEST);
    let (from, to) = (moment(phase.from), moment(phase.from + width));
    format!("{label} :{colour}{from}, {to}\n")
}

/// A name in which nothing has a meaning for Mermaid: letters, digits and the signs that names are made of.
fn name(name: &str) -> String {
    let mut plain = String::new();
    for c in visible(name).chars() {
        let is_plain = c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        plain.push(if is_plain { c } else { ' ' });
    }
    let words: Vec<&str> = plain.split_whitespace().collect();
    words::capped(&words.join(" "), NAME_MAX)
}

/// A time since the start of the run as one of a day, since Mermaid draws no other.
fn moment(since_start: Duration) -> String {
    let (seconds, tenths) = (since_start.as_secs(), since_start.subsec_millis() / 100);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    // A day with no change of the clocks: a browser takes it for local time. In tenths, so that the axis begins with 0:00.
    format!("2000-01-01 {hours:02}:{minutes:02}:{seconds:02}.{tenths}00")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(name: &str, from: u64, took: u64) -> Phase {
        Phase {
            name: name.to_owned(),
            from: Duration::from_secs(from),
            took: Duration::from_secs(took),
            failed: false,
        }
    }

    #[test]
    fn a_bar_has_its_time_its_name_and_whether_it_failed() {
        let mut install = phase("Install", 5, 165);
        let total = Duration::from_secs(170);
        let line = "2 min 45 s Install :2000-01-01 00:00:05.000, 2000-01-01 00:02:50.000\n";
        assert_eq!(bar(&install, total), line);
        install.failed = true;
        let line = line.replace("Install :", "Install failed :crit, ");
        assert_eq!(bar(&install, total), line);
    }

    #[test]
    fn a_short_phase_can_be_seen() {
        let line = bar(&phase("proof", 300, 0), Duration::from_secs(300));
        assert!(
            line.ends_with("00:05:00.000, 2000-01-01 00:05:02.000\n"),
            "{line}"
        );
    }

    #[test]
    fn the_axis_has_few_labels() {
        let said = |seconds| interval(Duration::from_secs(seconds));
        assert_eq!(
            [3, 44, 173, 600, 3_600, 86_399].map(said),
            [
                "1second", "10second", "1minute", "5minute", "30minute", "8hour"
            ]
        );
    }

    #[test]
    fn a_name_can_say_nothing_to_mermaid() {
        assert_eq!(
            name("a:b;c#d%%{init}\nclick x \"y\""),
            "a b c d init click x y"
        );
    }
}
