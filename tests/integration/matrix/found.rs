//! What the matrix found once, one cell each.

use super::faults::{FAULTS, Operation, When};
use super::{Cell, stories};
use crate::harness::Done;

/// One cell, with every promise kept.
#[track_caller]
fn cell(story: &str, operation: &str, fault: &str, when: When) -> Done {
    let stories = stories::all();
    let story = stories
        .iter()
        .find(|known| known.name == story)
        .expect("a story of this name");
    let operation = Operation::of_the_action()
        .into_iter()
        .find(|known| known.name == operation);
    let operation = operation.expect("an operation of this name");
    let fault = FAULTS
        .into_iter()
        .find(|known| known.name == fault)
        .expect("a fault of this name");
    let cell = Cell {
        story,
        operation: &operation,
        fault,
        when,
    };
    let (done, broken) = cell.done().expect("there is something to strike");
    assert!(broken.is_empty(), "{broken:?}\n{}", done.log);
    done
}

#[test]
fn looks_that_are_throttled_do_not_say_that_no_rollback_started() {
    let done = cell("reroute", "GetDeployment", "throttled", When::Begun);
    assert_eq!(done.output("outcome"), "timed-out", "{}", done.log);
}

#[test]
fn a_run_that_stopped_a_deployment_never_says_that_nothing_was_changed() {
    let done = cell("stop", "GetDeployment", "not found", When::Begun);
    assert_eq!(done.output("outcome"), "timed-out", "{}", done.log);
    done.says("AWS was asked to stop deployment d-7CQTPAZBI");
}

#[test]
fn a_deployment_that_moved_on_while_it_was_adopted_is_read_again() {
    let done = cell("adopt", "GetDeployment", "not found", When::Every);
    done.says("v1.2.0 serves users now");
}

#[test]
fn a_refusal_in_mid_shift_says_how_the_traffic_is_split() {
    cell("canary", "StopDeployment", "expired", When::Every)
        .says("v1.1.0 serves users now (2 of 2 tasks): it has 90 % of the traffic");
}

#[test]
fn half_an_answer_is_asked_for_again() {
    for fault in ["truncated", "HTML"] {
        let done = cell("reuse", "DescribeServices", fault, When::First);
        assert_eq!(done.output("outcome"), "rolled-back", "{}", done.log);
    }
}

#[test]
fn a_read_that_hangs_does_not_hide_what_serves() {
    cell("reuse", "GetDeployment", "hang", When::Begun).says("v1.0.0 serves users now");
}

#[test]
fn a_registration_that_is_denied_leaves_the_other_deployment_alone() {
    let done = cell("stop", "RegisterTaskDefinition", "denied", When::Every);
    assert_eq!(
        (done.output("outcome"), done.codes()),
        ("refused", vec!["access-denied".to_owned()])
    );
    done.says("Nothing was changed.");
}

#[test]
fn a_platform_that_may_not_be_read_names_the_permission() {
    let done = cell("register", "GetDownloadUrlForLayer", "denied", When::Every);
    assert_eq!(
        (done.output("outcome"), done.codes()),
        ("refused", vec!["access-denied".to_owned()])
    );
    done.says("ecr:GetDownloadUrlForLayer");
}

#[test]
fn a_failed_deployment_whose_rollback_is_not_seen_at_once_is_reverted_all_the_same() {
    for fault in ["503", "hang", "truncated"] {
        let done = cell("crash", "GetDeployment", fault, When::BegunOnce);
        assert_eq!(done.output("outcome"), "reverted", "{}", done.log);
    }
}
