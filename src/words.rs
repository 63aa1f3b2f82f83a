//! Durations, times, counts and ids as people say them.

use std::{fmt, time::Duration};

use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use crate::names::ImageDigest;

/// A span rounded to what a person cares for: `44 s`, `3 min`, `1 h 12 min`, `26 h`, `2 days`.
pub(crate) fn duration(span: Duration) -> String {
    let seconds = span.as_secs() + u64::from(span.subsec_millis() >= 500);
    match seconds {
        0 => "under 1 s".to_owned(),
        1..60 => format!("{seconds} s"),
        60..3_570 => format!("{} min", rounded(seconds, 60)),
        3_570..36_000 => hours_and_minutes(rounded(seconds, 60)),
        // Never rounded up: it may be how long something is kept.
        36_000..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", rounded(seconds, 86_400)),
    }
}

fn rounded(value: u64, unit: u64) -> u64 {
    (value + unit / 2) / unit
}

fn hours_and_minutes(minutes: u64) -> String {
    match minutes % 60 {
        0 => format!("{} h", minutes / 60),
        rest => format!("{} h {rest} min", minutes / 60),
    }
}

/// How long a part of the run took, to the second below ten minutes: `0.3 s`, `41 s`, `2 min 5 s`, `12 min`.
pub(crate) fn took(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 if span.as_millis() < 50 => "under 0.1 s".to_owned(),
        0..10 if span.subsec_millis() >= 50 && span.subsec_millis() < 950 => {
            format!("{:.1} s", span.as_secs_f64())
        }
        60..600 if !seconds.is_multiple_of(60) => {
            format!("{} min {} s", seconds / 60, seconds % 60)
        }
        _ => duration(span),
    }
}

/// The run's clock: `0:41`, `1:02:03`.
pub(crate) fn elapsed(span: Duration) -> String {
    let (minutes, seconds) = (span.as_secs() / 60, span.as_secs() % 60);
    if minutes < 60 {
        return format!("{minutes}:{seconds:02}");
    }
    format!("{}:{:02}:{seconds:02}", minutes / 60, minutes % 60)
}

/// `58 min ago`, `in 2 h`, `just now`.
pub(crate) fn ago(then: OffsetDateTime, now: OffsetDateTime) -> String {
    let span = (now - then).unsigned_abs();
    // The clocks of the runner and of AWS may differ by a few seconds.
    if span.as_secs() < 5 {
        return "just now".to_owned();
    }
    if then > now {
        return format!("in {}", duration(span));
    }
    format!("{} ago", duration(span))
}

/// `02:11 UTC` today, `2026-11-14 02:11 UTC` on any other day.
pub(crate) fn at(then: OffsetDateTime, now: OffsetDateTime) -> String {
    let then = then.to_offset(UtcOffset::UTC);
    let clock = format!("{:02}:{:02} UTC", then.hour(), then.minute());
    if then.date() == now.to_offset(UtcOffset::UTC).date() {
        clock
    } else {
        format!("{} {clock}", then.date())
    }
}

/// Absolute and relative: `02:11 UTC (58 min ago)`.
pub(crate) fn when(then: OffsetDateTime, now: OffsetDateTime) -> String {
    format!("{} ({})", at(then, now), ago(then, now))
}

/// `100 %`; never rounded up, so that 100 means all of it.
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", share.clamp(0.0, 100.0).floor())
}

/// `2 of 3 tasks`.
pub(crate) fn tasks(some: u32, all: u32) -> String {
    format!("{some} of {}", count(all, "task"))
}

/// `1 task`, `2 tasks`.
pub(crate) fn count(number: u32, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// `web1, log`.
pub(crate) fn list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    items.join(", ")
}

/// How many of a long list are named.
const NAMED: usize = 8;

/// The first eight and how many there are besides: a pipeline may put hundreds of tags on one image.
pub(crate) fn short_list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let mut items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    let more = items.len().saturating_sub(NAMED);
    if more > 0 {
        items.truncate(NAMED);
        items.push(format!("{more} more"));
    }
    items.join(", ")
}

/// The first `max` characters, the last of them `…` when some are missing.
pub(crate) fn capped(text: &str, max: usize) -> String {
    if text.chars().nth(max).is_none() {
        return text.to_owned();
    }
    let head: String = text.chars().take(max - 1).collect();
    format!("{head}…")
}

/// RFC 3339 in UTC, to the millisecond: it sorts as text, and every language reads it. `None` for a year that it cannot
/// write.
pub(crate) fn rfc3339(at: OffsetDateTime) -> Option<String> {
    let at = at.to_offset(UtcOffset::UTC).truncate_to_millisecond();
    at.format(&Rfc3339).ok()
}

/// `sha256:9f2c41…`; anything else stays as it is.
pub(crate) fn short_digest(digest: &str) -> String {
    match ImageDigest::parse(digest) {
        Some(digest) => digest.short(),
        None => digest.to_owned(),
    }
}

/// A text as a sentence: with a full stop, unless it ends in a mark of its own.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?', ':', '…']) {
        return text.to_owned();
    }
    format!("{text}.")
}

/// The same with a capital, where the first word is a plain one and not a name such as `v1.2.0` or `web-api`.
pub(crate) fn capitalised(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    let mut letters = first.trim_end_matches([',', ':', ';']).chars();
    if !letters.all(|c| c.is_ascii_lowercase()) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    let capital = chars.next().into_iter().flat_map(char::to_uppercase);
    capital.chain(chars).collect()
}

/// A text as a whole sentence: with a capital and a full stop.
pub(crate) fn full_sentence(text: &str) -> String {
    capitalised(&sentence(text))
}

/// Advice as sentences, one a line.
pub(crate) fn advice(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(full_sentence).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn durations_read_like_speech() {
        let said = |seconds| duration(Duration::from_secs(seconds));
        let spans = [
            0, 44, 59, 60, 170, 3_569, 3_570, 3_600, 4_320, 35_999, 36_000, 93_600, 172_800,
            604_800,
        ];
        let words: Vec<String> = spans.into_iter().map(said).collect();
        assert_eq!(
            words.join(", "),
            "under 1 s, 44 s, 59 s, 1 min, 3 min, 59 min, 1 h, 1 h, 1 h 12 min, 10 h, 10 h, 26 h, 2 days, 7 days"
        );
    }

    #[test]
    fn phases_are_finer() {
        let said = |millis| took(Duration::from_millis(millis));
        let words: Vec<String> = [10, 300, 2_000, 9_960, 41_200, 125_000, 120_000, 750_000]
            .into_iter()
            .map(said)
            .collect();
        assert_eq!(
            words.join(", "),
            "under 0.1 s, 0.3 s, 2 s, 10 s, 41 s, 2 min 5 s, 2 min, 13 min"
        );
    }

    #[test]
    fn times_are_absolute_and_relative() {
        let now = datetime!(2026-11-20 03:09 UTC);
        assert_eq!(
            when(datetime!(2026-11-20 02:11 UTC), now),
            "02:11 UTC (58 min ago)"
        );
        assert_eq!(
            when(datetime!(2026-11-14 02:11 +9), now),
            "2026-11-13 17:11 UTC (6 days ago)"
        );
        assert_eq!(ago(datetime!(2026-11-20 04:09 UTC), now), "in 1 h");
        assert_eq!(ago(now, now), "just now");
    }

    #[test]
    fn shares_are_never_rounded_up() {
        assert_eq!(percent(99.9), "99 %");
        assert_eq!(percent(100.0), "100 %");
    }

    #[test]
    fn only_plain_words_get_a_capital() {
        assert_eq!(capitalised("nothing to do"), "Nothing to do");
        assert_eq!(capitalised("v1.2.0 serves"), "v1.2.0 serves");
        assert_eq!(capitalised("web-api is down"), "web-api is down");
    }
}
