//! The description that this action gives a deployment: what its run finds it by, and who rolled back and why.
//!
//! `CreateDeployment` takes 256 characters, and rejects control characters. What is written here is read again by
//! whoever lists the past: the marker says whose it is, and the parts come in a fixed order.

use std::fmt;

use crate::{outside::OutsideText, words};

/// What the marker of every run begins with; behind it are 16 hexadecimal digits.
pub(crate) const MARKER: &str = "ecs-rollback-action/";
const MARKER_DIGITS: usize = 16;
/// What the marker of a return ends with.
pub(crate) const RETURN: &str = "-return";
/// `CreateDeployment` takes a description of so many characters.
const MOST: usize = 256;

const BY: &str = "by ";
const RUN: &str = ", run ";
const REASON: &str = ": ";

/// Who began a deployment, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeploymentNote {
    pub by: Option<OutsideText>,
    /// GitHub's run and its attempt: `1234/1`.
    pub run: Option<OutsideText>,
    /// What of it had room.
    pub reason: Option<OutsideText>,
}

impl DeploymentNote {
    /// `ecs-rollback-action/3f2a… v1.0.0 by oncall, run 1234/1: checkout page is down`
    pub(crate) fn description(&self, marker: &str, version: &str) -> String {
        // AWS rejects a description with control characters, and would with it reject the rollback.
        let text = format!("{marker} {version}{self}").replace(char::is_control, " ");
        // The marker and the names come first, so it is the reason that is shortened.
        words::capped(&text, MOST)
    }

    /// `None` where the description is not one of this action's.
    pub(crate) fn read(description: &str) -> Option<Self> {
        let rest = description.strip_prefix(MARKER)?;
        let (digits, rest) = rest.split_at_checked(MARKER_DIGITS)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let rest = rest.strip_prefix(RETURN).unwrap_or(rest);
        let rest = rest.strip_prefix(' ')?;
        // A version has no space in it, and what follows it may begin with one of these.
        let version = rest.split(' ').next().unwrap_or(rest);
        let version = version.trim_end_matches([',', ':']);
        let rest = &rest[version.len()..];
        Some(Self::parts(rest))
    }

    /// Reads ` by oncall, run 1234/1: why`, each part of which may be missing.
    fn parts(text: &str) -> Self {
        let (names, reason) = match text.split_once(REASON) {
            Some((names, reason)) => (names, some(reason)),
            None => (text, None),
        };
        let (by, run) = match names.split_once(RUN) {
            Some((by, run)) => (by, some(run)),
            None => (names, None),
        };
        Self {
            by: by.trim_start().strip_prefix(BY).and_then(some),
            run,
            reason,
        }
    }
}

fn some(text: &str) -> Option<OutsideText> {
    let text = text.trim();
    (!text.is_empty()).then(|| OutsideText::new(text))
}

/// The parts behind the version.
impl fmt::Display for DeploymentNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(by) = &self.by {
            write!(f, " {BY}{}", by.raw())?;
        }
        if let Some(run) = &self.run {
            write!(f, "{RUN}{}", run.raw())?;
        }
        // The reason has no limit, so it comes last: only the end is ever cut off.
        if let Some(reason) = &self.reason {
            write!(f, "{REASON}{}", reason.raw())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINE: &str = "ecs-rollback-action/00c0ffee00c0ffee";

    fn note(by: &str, run: &str, reason: &str) -> DeploymentNote {
        DeploymentNote {
            by: some(by),
            run: some(run),
            reason: some(reason),
        }
    }

    #[test]
    fn a_description_has_the_marker_first_and_the_reason_last() {
        let note = note("oncall", "1234/1", "checkout page is down");
        assert_eq!(
            note.description(MINE, "v1.0.0"),
            format!("{MINE} v1.0.0 by oncall, run 1234/1: checkout page is down")
        );
    }

    #[test]
    fn a_return_has_a_note_as_well() {
        let note = note("oncall", "1234/1", "v1.1.0 is unhealthy");
        let text = note.description(&format!("{MINE}{RETURN}"), "v1.2.0");
        assert_eq!(DeploymentNote::read(&text), Some(note));
    }

    #[test]
    fn what_others_wrote_is_no_note() {
        for text in [
            "",
            "Deploy v1.0.0 by kim: new checkout",
            "ecs-rollback-action/ v1.0.0 by kim",
            "ecs-rollback-action/zzzzzzzzzzzzzzzz v1.0.0 by kim",
            "ecs-rollback-action/00c0ffee00c0ffee",
        ] {
            assert_eq!(DeploymentNote::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_part_is_read_back(
            version in "(v[0-9]\\.[0-9]|sha256:[0-9a-f]{64})",
            by in "[a-zA-Z0-9-]{0,39}",
            run in "[0-9]{0,9}",
            reason in "\\PC{0,80}",
        ) {
            let note = note(&by, &run, &reason);
            let text = note.description(MINE, &version);
            prop_assume!(text.chars().count() < MOST);
            prop_assert_eq!(DeploymentNote::read(&text), Some(note));
        }

        #[test]
        fn no_text_is_too_much(text in any::<String>()) {
            let note = note("oncall", "1", &text);
            let description = note.description(MINE, "v1");
            prop_assert!(description.chars().count() <= MOST);
            prop_assert!(!description.contains(char::is_control));
            prop_assert!(DeploymentNote::read(&description).is_some());
            let _ = DeploymentNote::read(&text);
        }
    }
}
