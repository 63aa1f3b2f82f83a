//! Durations as people write them in a workflow: `500ms`, `90s`, `45m`, `1h30m`.
//! A number alone is refused: nobody can tell whether `timeout: 30` means seconds or minutes.

use std::time::Duration;

use crate::error::Problem;

use super::reader::{bad, quoted};

/// The longest that is taken: a job on a self-hosted runner ends after five days.
pub const LONGEST: Duration = Duration::from_secs(120 * 3600);

/// Units from the longest to the shortest, in milliseconds.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// What is wrong with a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    NoUnit,
    /// Not numbers and units, or the units not from long to short.
    Shape,
    /// Longer than [`LONGEST`].
    TooLong,
}

/// Parses a duration; zero is one.
pub fn parse(text: &str) -> Result<Duration, Malformed> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Malformed::NoUnit);
    }
    let (mut rest, mut next_unit, mut total) = (text, 0, 0_u64);
    while !rest.is_empty() || next_unit == 0 {
        let (digits, after) = split(rest, |b| b.is_ascii_digit());
        let (unit, after) = split(after, |b| b.is_ascii_alphabetic());
        if digits.is_empty() {
            return Err(Malformed::Shape);
        }
        if unit.is_empty() && after.is_empty() {
            return Err(Malformed::NoUnit);
        }
        let position = UNITS
            .iter()
            .position(|(name, _)| *name == unit)
            .filter(|at| *at >= next_unit);
        let position = position.ok_or(Malformed::Shape)?;
        let count: u64 = digits.parse().map_err(|_| Malformed::TooLong)?;
        let part = count
            .checked_mul(UNITS[position].1)
            .ok_or(Malformed::TooLong)?;
        total = total.checked_add(part).ok_or(Malformed::TooLong)?;
        (rest, next_unit) = (after, position + 1);
    }
    let total = Duration::from_millis(total);
    if total > LONGEST {
        Err(Malformed::TooLong)
    } else {
        Ok(total)
    }
}

fn split(text: &str, belongs: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(|b| !belongs(b)).unwrap_or(text.len());
    text.split_at(end)
}

/// A duration as an input takes it, to the millisecond: `1h30m`.
pub fn spelled(duration: Duration) -> String {
    let mut left = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (unit, millis) in UNITS {
        if left >= millis {
            text += &format!("{}{unit}", left / millis);
            left %= millis;
        }
    }
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

/// The value of a duration input.
pub(super) fn read(name: &str, text: &str) -> Result<Duration, Problem> {
    parse(text).map_err(|malformed| {
        let value = quoted(text);
        match malformed {
            Malformed::NoUnit => bad(
                format!("the input {name} is {value}: a duration without a unit"),
                no_unit_hint(name, text),
            ),
            Malformed::Shape => bad(
                format!("the input {name} is {value}, which is not a duration"),
                format!("Write whole numbers with the units h, m, s, ms, the longest first: {name}: 45m, 90s or 1h30m."),
            ),
            Malformed::TooLong => bad(
                format!("the input {name} is {value}, which is longer than {}", spelled(LONGEST)),
                format!("Give a shorter one, for example {name}: 45m."),
            ),
        }
    })
}

fn no_unit_hint(name: &str, text: &str) -> String {
    let digits: Option<u64> = text.parse().ok().filter(|number| *number < 10_000);
    match digits {
        Some(number) => {
            format!("Write {name}: {number}s for seconds or {name}: {number}m for minutes.")
        }
        None => format!("Write a number with its unit, for example {name}: 45m, 90s or 1h30m."),
    }
}

/// The same where zero makes no sense, because it would end what it limits before it begins.
pub(super) fn read_positive(name: &str, text: &str) -> Result<Duration, Problem> {
    read(name, text).and_then(|duration| match duration {
        Duration::ZERO => Err(bad(
            format!(
                "the input {name} is {}: that leaves no time at all",
                quoted(text)
            ),
            format!(
                "Give more than zero, for example {name}: {}.",
                example(name)
            ),
        )),
        duration => Ok(duration),
    })
}

fn example(name: &str) -> &'static str {
    super::table::spec(name)
        .and_then(|spec| spec.default)
        .unwrap_or("45m")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_numbers_with_units() {
        let cases = [
            ("500ms", 500),
            ("90s", 90_000),
            ("45m", 2_700_000),
            ("1h30m", 5_400_000),
            ("0s", 0),
        ];
        for (text, millis) in cases {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(parse("1h2m3s4ms"), Ok(Duration::from_millis(3_723_004)));
    }

    #[test]
    fn everything_else_is_refused_for_its_own_reason() {
        for text in ["30", "1h30", "0"] {
            assert_eq!(parse(text), Err(Malformed::NoUnit), "{text}");
        }
        for text in [
            "", "m", "1.5h", "30 m", "-5m", "30m1h", "5m5m", "30M", "30min", "1d", "٣m", "5m\0",
        ] {
            assert_eq!(parse(text), Err(Malformed::Shape), "{text}");
        }
        for text in [
            "121h",
            "18446744073709551615h",
            "99999999999999999999999s",
            "18446744073709551615ms1",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(parse("18446744073709551615h"), Err(Malformed::TooLong));
        assert_eq!(parse("120h1ms"), Err(Malformed::TooLong));
        assert_eq!(parse("120h"), Ok(LONGEST));
    }

    #[test]
    fn the_hint_for_a_missing_unit_uses_the_number_that_was_typed() {
        let problem = read("timeout", "45").unwrap_err();
        assert_eq!(
            problem.message,
            "the input timeout is \"45\": a duration without a unit"
        );
        assert_eq!(
            problem.hint,
            "Write timeout: 45s for seconds or timeout: 45m for minutes."
        );
        assert!(read("timeout", "1h30").unwrap_err().hint.contains("1h30m"));
    }

    #[test]
    fn no_time_at_all_is_refused() {
        let problem = read_positive("timeout", "0m").unwrap_err();
        assert!(
            problem.message.contains("\"0m\"") && problem.hint.contains("timeout: 30m"),
            "{problem:?}"
        );
        assert_eq!(
            read_positive("timeout", "1ms"),
            Ok(Duration::from_millis(1))
        );
    }

    proptest! {
        #[test]
        fn what_is_spelled_is_parsed_again(millis in 0..=LONGEST.as_millis()) {
            let duration = Duration::from_millis(millis as u64);
            prop_assert_eq!(parse(&spelled(duration)), Ok(duration));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,30}") {
            let _ = read_positive("timeout", &text);
        }
    }
}
