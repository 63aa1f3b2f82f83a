//! What of the repository is this application, and what makes a rollback unsafe for its data.

use super::{
    messages::bad,
    reader::{Choice, Reader, boolean, choice},
    text,
};
use crate::{
    domain::{floor::Floor, globs::Globs},
    error::{Code, Problem},
    outside::OutsideText,
};

/// What is asked of a target besides that it can run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SafetyInputs {
    /// Which files of the repository are this application's; empty: all.
    pub paths: Globs,
    /// Where migrations lie besides the known places.
    pub migration_paths: Globs,
    pub on_migrations: OnMigrations,
    pub floor: Option<FloorInput>,
    /// Goes on where it would be refused; only with a reason.
    pub overrides: bool,
}

/// What to do about migrations that destroy what the target needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnMigrations {
    Warn,
    Refuse,
    Ignore,
}

impl Choice for OnMigrations {
    const WORDS: &[(&str, Self)] = &[
        ("warn", Self::Warn),
        ("refuse", Self::Refuse),
        ("ignore", Self::Ignore),
    ];
}

/// The file of the input `floor`: its path as typed, and its content.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FloorInput {
    pub path: OutsideText,
    pub floor: Floor,
}

impl SafetyInputs {
    /// Whether GitHub's answer decides if the rollback begins.
    pub(crate) fn decides(&self) -> bool {
        self.on_migrations == OnMigrations::Refuse || self.floor.is_some()
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> SafetyInputs {
    let overrides = reader.value("override", boolean);
    let reason = text::read_reason(reader);
    if overrides && reason.is_none() {
        reader.problems.push(bad(
            "the input override is true, and no reason is given",
            "Write under reason why the rollback must go on anyway.",
        ));
    }
    SafetyInputs {
        paths: globs(reader, "paths"),
        migration_paths: globs(reader, "migration-paths"),
        on_migrations: reader.value("on-migrations", choice),
        floor: floor(reader, overrides),
        overrides,
    }
}

fn globs(reader: &mut Reader<'_>, name: &str) -> Globs {
    let Some(text) = reader.given(name) else {
        return Globs::default();
    };
    let globs = Globs::parse(text).map_err(|why| {
        bad(
            format!("the input {name}: {why}"),
            "Write one pattern a line, for example services/web/**.",
        )
    });
    reader.keep(globs).unwrap_or_default()
}

fn floor(reader: &mut Reader<'_>, overrides: bool) -> Option<FloorInput> {
    let path = reader.given("floor")?;
    let text = reader.files.text("floor", path);
    let floor = text.and_then(|text| {
        Floor::parse(&text).map_err(|why| {
            let path = OutsideText::new(path);
            Problem::new(
                Code::FileInvalid,
                format!("the file {path} in the input floor: {why}"),
                "Write one version or commit a line, and why behind #.",
            )
        })
    });
    // A floor that is overridden must not refuse by its file either.
    if overrides && floor.is_err() {
        return None;
    }
    Some(FloorInput {
        path: OutsideText::new(path),
        floor: reader.keep(floor)?,
    })
}
