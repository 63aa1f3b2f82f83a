//! Durations as people write them in a workflow: `500ms`, `90s`, `45m`, `1h30m`.
//! A number alone is refused: nobody can tell whether `timeout: 30` means seconds or minutes.

use std::time::Duration;

use crate::error::Problem;

use super::{arn::pattern, messages::bad_value, table::spec};

/// The longest duration: a job on a self-hosted runner ends after five days.
const LONGEST: Duration = Duration::from_hours(120);

/// Each unit once, from the longest to the shortest; the last number has none.
const SHAPE: &str = "^(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?([0-9]+)?$";

/// The units of [`SHAPE`] in milliseconds.
const UNITS: [u64; 4] = [3_600_000, 60_000, 1_000, 1];

/// What is wrong with a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Malformed {
    NoUnit,
    /// Not numbers and units, or the units not from long to short.
    Shape,
    /// Longer than [`LONGEST`].
    TooLong,
}

/// The value of a duration input; zero is valid.
pub(super) fn read(name: &str, text: &str) -> Result<Duration, Problem> {
    let malformed = match parse(text) {
        Ok(duration) => return Ok(duration),
        Err(malformed) => malformed,
    };
    let (what, hint) = match malformed {
        Malformed::NoUnit => ("a duration without a unit", no_unit_hint(name, text)),
        Malformed::Shape => (
            "which is not a duration",
            format!(
                "Write whole numbers with the units h, m, s, ms, the longest unit first: {name}: 45m, 90s or 1h30m."
            ),
        ),
        Malformed::TooLong => (
            "which is longer than 120h",
            format!("Give a shorter one, for example {name}: 45m."),
        ),
    };
    Err(bad_value(name, text, what, hint))
}

/// The value of a duration input that limits something: zero would end it before it begins.
pub(super) fn read_positive(name: &str, text: &str) -> Result<Duration, Problem> {
    let duration = read(name, text)?;
    if !duration.is_zero() {
        return Ok(duration);
    }
    let default = spec(name).and_then(|spec| spec.default);
    let example = default.unwrap_or("45m");
    Err(bad_value(
        name,
        text,
        "which leaves no time at all",
        format!("Give more than zero, for example {name}: {example}."),
    ))
}

fn parse(text: &str) -> Result<Duration, Malformed> {
    let Some(counts) = pattern(SHAPE).captures(text) else {
        return Err(Malformed::Shape);
    };
    if text.is_empty() {
        return Err(Malformed::Shape);
    }
    if counts.get(UNITS.len() + 1).is_some() {
        return Err(Malformed::NoUnit);
    }
    let mut total = 0_u64;
    for (index, unit) in UNITS.iter().enumerate() {
        if let Some(count) = counts.get(index + 1) {
            // Whatever overflows is far above the limit.
            let count: u64 = count.as_str().parse().unwrap_or(u64::MAX);
            total = total.saturating_add(count.saturating_mul(*unit));
        }
    }
    within_limit(Duration::from_millis(total))
}

fn within_limit(duration: Duration) -> Result<Duration, Malformed> {
    match duration > LONGEST {
        true => Err(Malformed::TooLong),
        false => Ok(duration),
    }
}

fn no_unit_hint(name: &str, text: &str) -> String {
    match text.parse::<u16>() {
        // A small number alone may mean either unit, so both are shown.
        Ok(number) => {
            format!("Write {name}: {number}s for seconds or {name}: {number}m for minutes.")
        }
        Err(_) => format!("Write a number with its unit, for example {name}: 45m, 90s or 1h30m."),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::tests::shown, *};

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
    fn everything_else_is_refused_with_its_own_reason() {
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
        let problem = shown(read("timeout", "45").unwrap_err());
        assert_eq!(
            problem.message,
            "the input timeout is \"45\", a duration without a unit"
        );
        assert_eq!(
            problem.hint,
            "Write timeout: 45s for seconds or timeout: 45m for minutes."
        );
        assert!(read("timeout", "1h30").unwrap_err().hint.contains("1h30m"));
    }

    #[test]
    fn no_time_at_all_is_refused() {
        let problem = shown(read_positive("timeout", "0m").unwrap_err());
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
        fn parts_add_up(hours in 0_u64..100, minutes in 0_u64..100, millis in 0_u64..10_000) {
            let text = format!("{hours}h{minutes}m{millis}ms");
            let sum = hours * 3_600_000 + minutes * 60_000 + millis;
            prop_assert_eq!(parse(&text), Ok(Duration::from_millis(sum)));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,30}") {
            let _ = read_positive("timeout", &text);
        }
    }
}
