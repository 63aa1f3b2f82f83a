//! The test of the house finds what it is there for.

use super::{Sources, wrong};

/// A house of these files, each with its modules declared.
fn house(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Sources = files
        .iter()
        .map(|(file, text)| (format!("src/{file}"), (*text).to_owned()))
        .collect();
    wrong(&sources)
}

const ROOMS: &str =
    "mod names; mod error; mod clock; mod domain; mod inputs; mod report; mod aws; mod observe;
mod plan; mod execute; mod verify; mod run; mod help; mod reference;";

fn with(files: &[(&str, &str)]) -> Vec<String> {
    let all: Vec<_> = [("lib.rs", ROOMS)].iter().chain(files).copied().collect();
    house(&all)
}

#[test]
fn down_is_fine() {
    let found = with(&[
        (
            "run.rs",
            "use crate::plan::Plan;\nuse crate::{aws, names::Region};\nfn f() { crate::domain::g() }",
        ),
        ("plan.rs", "use crate::domain;\npub struct Plan;"),
        ("domain.rs", "pub fn g() {}"),
        ("aws.rs", "use aws_sdk_ecs::Client;"),
        ("names.rs", "pub struct Region;"),
        (
            "clock.rs",
            "use aws_smithy_async::time::TimeSource;\nuse crate::names;",
        ),
        (
            "main.rs",
            "use aws_config::X;\nuse ecs_rollback_action::run;",
        ),
    ]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn up() {
    let found = with(&[
        ("observe.rs", "\n\nuse crate::plan::Plan;"),
        ("plan.rs", "pub struct Plan;"),
    ]);
    assert_eq!(found, ["src/observe.rs:3 uses plan (room 5) from room 4"]);
}

#[test]
fn up_to_what_lib_has_itself() {
    let lib = format!("{ROOMS}\npub struct Outside;");
    let found = house(&[
        ("lib.rs", &lib),
        ("run.rs", "fn f(outside: crate::Outside) {}"),
    ]);
    assert_eq!(found, ["src/run.rs:1 uses lib (room 8) from room 7"]);
}

#[test]
fn sideways() {
    let found = with(&[
        ("execute/mod.rs", "mod follow;"),
        (
            "execute/follow.rs",
            "use crate::{names, verify::{Proof, self as proof}};",
        ),
        ("verify.rs", "pub struct Proof;"),
        ("inputs.rs", "fn f() -> super::report::Report {}"),
        ("report.rs", "pub struct Report;"),
        ("names.rs", ""),
    ]);
    let arrow = "src/execute/follow.rs:1 uses verify (room 6) from room 6";
    assert_eq!(
        found,
        [
            arrow,
            arrow,
            "src/inputs.rs:1 uses report (room 2) from room 2"
        ]
    );
}

#[test]
fn inline_paths() {
    let found = with(&[
        (
            "domain.rs",
            "fn f() {\n  let x: Vec<crate::observe::Seen> = crate::report::told::<u8>(\"crate::run::x\");\n}",
        ),
        ("observe.rs", ""),
        ("report.rs", "pub mod deep;\npub use deep::told;"),
        ("report/deep.rs", ""),
        ("run.rs", ""),
    ]);
    assert_eq!(
        found,
        [
            "src/domain.rs:2 uses observe (room 4) from room 1",
            "src/domain.rs:2 uses report (room 2) from room 1"
        ]
    );
}

#[test]
fn comments_strings_and_tests_are_no_arrows() {
    let found = with(&[
        (
            "names.rs",
            "//! [`crate::run`]\n/* use crate::run; /* nested */ */\nconst A: &str = \"use crate::run;\";
const B: &str = r#\"\"crate::run::x\"#;\nconst C: char = '\"';\nfn f<'a>(x: &'a str) { g('\\'', b\"crate::run::y\") }
#[cfg(test)]\nuse crate::run;\n#[cfg(test)]\nmod tests { use crate::run; fn f() { crate::run::x(); } }",
        ),
        ("error.rs", "#[cfg(test)]\nmod tests;\nstruct Z;"),
        ("error/tests.rs", "use crate::run;"),
        ("run.rs", ""),
    ]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn what_stands_behind_a_test_is_read_again() {
    let found = with(&[
        (
            "names.rs",
            "#[cfg(test)]\nmod tests { fn f() {} }\nfn g() { crate::run::x(); }",
        ),
        ("run.rs", ""),
    ]);
    assert_eq!(found, ["src/names.rs:3 uses run (room 7) from room 0"]);
}

#[test]
fn circles() {
    let found = with(&[
        (
            "plan/mod.rs",
            "mod path;\nmod views;\npub struct Plan(path::Row);",
        ),
        ("plan/path.rs", "use super::views;\npub struct Row;"),
        ("plan/views.rs", "pub fn f() {}\nuse super::Plan;"),
    ]);
    assert_eq!(
        found,
        [
            "circle: src/plan/mod.rs:3 uses src/plan/path.rs:1 uses src/plan/views.rs:2 uses src/plan/mod.rs"
        ]
    );
    let found = with(&[
        ("names.rs", "use crate::error::Error;"),
        ("error.rs", "\nuse crate::names::Region;"),
        ("clock.rs", "use crate::names;"),
    ]);
    assert_eq!(
        found,
        ["circle: src/error.rs:2 uses src/names.rs:1 uses src/error.rs"]
    );
}

#[test]
fn the_size_of_a_knot_is_told() {
    let found = with(&[
        ("plan/mod.rs", "pub mod a;\npub mod b;\npub mod c;"),
        ("plan/a.rs", "use super::b;"),
        ("plan/b.rs", "use super::{a, c};"),
        ("plan/c.rs", "use super::a;"),
    ]);
    assert_eq!(
        found,
        [
            "circle: src/plan/a.rs:1 uses src/plan/b.rs:1 uses src/plan/a.rs (3 files need each other)"
        ]
    );
}

#[test]
fn a_face_is_no_circle_but_a_use_of_its_own_is() {
    let child = ("plan/path.rs", "use super::Plan;\npub struct Row;");
    let found = with(&[
        (
            "plan/mod.rs",
            "mod path;\npub use path::Row;\npub struct Plan;",
        ),
        child,
    ]);
    assert_eq!(found, Vec::<String>::new());
    let found = with(&[
        (
            "plan/mod.rs",
            "mod path;\npub use path::Row;\npub struct Plan(Row);",
        ),
        child,
    ]);
    assert_eq!(
        found,
        ["circle: src/plan/mod.rs:2 uses src/plan/path.rs:1 uses src/plan/mod.rs"]
    );
}

#[test]
fn a_name_that_is_passed_on_is_used_where_it_is() {
    let found = with(&[
        ("names.rs", "pub use crate::run::Thing;"),
        ("domain.rs", "use crate::names::Thing;"),
        ("run.rs", "pub struct Thing;"),
    ]);
    assert_eq!(
        found,
        [
            "src/domain.rs:1 uses run (room 7) from room 1",
            "src/names.rs:1 uses run (room 7) from room 0"
        ]
    );
}

#[test]
fn deciding_names_nothing_that_asks_or_waits() {
    let found = with(&[
        (
            "plan.rs",
            "use std::{env, time::Duration};\nuse crate::clock::Clock;\nfn f() { tokio::spawn(x); std::env::var(y) }
use getrandom::fill;\nuse crate::aws::ecs;",
        ),
        ("domain.rs", "use aws_smithy_types::DateTime;"),
        ("clock.rs", "pub struct Clock;"),
        ("aws.rs", ""),
    ]);
    assert_eq!(
        found,
        [
            "src/domain.rs:1 names aws_smithy_types::DateTime in domain",
            "src/plan.rs:1 names std::env in plan",
            "src/plan.rs:2 uses clock (room 0) from room 5",
            "src/plan.rs:4 names getrandom::fill in plan",
            "src/plan.rs:5 uses aws (room 3) from room 5",
            "src/plan.rs:3 names tokio::spawn in plan",
            "src/plan.rs:3 names std::env::var in plan",
        ]
    );
}

#[test]
fn the_sdk_is_named_in_few_rooms() {
    let found = with(&[
        ("observe.rs", "fn f(x: &aws_sdk_ecs::Client) {}"),
        ("clock.rs", "use aws_config::BehaviorVersion;"),
    ]);
    assert_eq!(
        found,
        [
            "src/clock.rs:1 names aws_config::BehaviorVersion in clock",
            "src/observe.rs:1 names aws_sdk_ecs::Client in observe"
        ]
    );
}

#[test]
fn pages_need_no_more_than_tables() {
    let found = with(&[
        (
            "help.rs",
            "use crate::inputs;\nuse crate::reference;\nuse crate::plan;",
        ),
        ("inputs.rs", ""),
        ("reference.rs", "use crate::report;"),
        ("report.rs", ""),
        ("plan.rs", ""),
    ]);
    assert_eq!(found, ["src/help.rs:3 uses plan (room 5) from room 8"]);
}
