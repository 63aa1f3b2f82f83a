//! The contract's section on `previous`, sentence by sentence.

use super::*;

/// Each line: history, what runs, steps, the answer.
fn check(cases: &[(&str, &str, u32, &str)]) {
    for (words, running, steps, wanted) in cases {
        assert_eq!(
            &answer(words, running, *steps),
            wanted,
            "previous~{steps} of {words}, {running} runs"
        );
    }
}

#[test]
fn it_undoes_the_last_release_and_never_goes_by_revision_numbers() {
    check(&[
        ("A1 B2", "B2", 1, "A1"),
        ("A1 B7", "B7", 1, "A1"),
        ("A1 B2 C3", "C3", 1, "B2"),
        ("A1 B2 C3", "C3", 2, "A1"),
        ("A1 B2 C3", "C3", 3, "not enough"),
        ("A1", "A1", 1, "not enough"),
        ("", "A1", 1, "not enough"),
    ]);
}

#[test]
fn deployments_may_come_in_any_order() {
    let mut deployments = history("A1 B2 C3");
    deployments.reverse();
    let chosen = previous(&deployments, 1, None, &|_, _| false, &letter, start()).unwrap();
    assert_eq!(name(&chosen.candidate), "B2");
}

#[test]
fn revisions_that_differ_only_in_spelling_are_one_state() {
    check(&[
        ("A1 B2 B102", "B102", 1, "A1"),
        ("A1 A101 B2", "B2", 1, "A101"),
        ("A1 A101", "A101", 1, "not enough"),
    ]);
}

#[test]
fn a_success_of_the_top_changes_nothing() {
    check(&[("A1 B2 B2", "B2", 1, "A1"), ("A1 B2 A1 A1", "A1", 1, "A1=")]);
}

#[test]
fn going_back_takes_off_what_lies_above_and_pressing_twice_stays() {
    check(&[
        ("A1 B2 C3 A1", "A1", 1, "A1="),
        ("A1 B2 C3 B2", "B2", 1, "B2="),
        ("A1 B2 C3 B2", "B2", 2, "A1"),
        ("A1 B2 C3 B2 D4", "D4", 1, "B2"),
        ("A1 B2 C3 B2 D4", "D4", 2, "A1"),
    ]);
}

#[test]
fn an_image_below_another_comes_back_with_its_new_revision() {
    check(&[
        ("A1 B2 A3", "A3", 1, "A3="),
        ("A1 B2 A3", "A3", 2, "A1"),
        ("A1 A2 B3 A4 C5", "C5", 1, "A4"),
        ("A1 A2 B3 A4 C5", "C5", 2, "A2"),
    ]);
}

#[test]
fn what_codedeploys_own_rollback_created_is_a_return() {
    check(&[
        ("A1 B2 ~A1", "A1", 1, "A1="),
        ("A1 B2 !C3 ~B2", "B2", 1, "B2="),
        ("A1 B2 !C3 ~B2", "B2", 2, "A1"),
        ("A1 ~B2", "B2", 1, "B2="),
    ]);
}

#[test]
fn an_active_deployment_counts_once_it_has_production_traffic() {
    check(&[
        ("A1 >>B2/A1", "B2", 1, "A1"),
        ("A1 >>B2/A1", "A1", 1, "A1"),
        ("A1 >>B2/A1", "", 1, "A1"),
        ("A1 B2 >>A1/B2", "A1", 1, "A1="),
        (">>B2/A1", "B2", 1, "A1"),
        ("C3 >>B2/A1", "B2", 1, "A1"),
        ("C3 >>B2/A1", "B2", 2, "C3"),
    ]);
}

#[test]
fn a_return_on_its_way_is_the_answer() {
    check(&[
        ("A1 B2 >A1/B2", "B2", 1, "A1="),
        ("A1 B2 >A9/B2", "B2", 1, "A9="),
        ("A1 B2 C3 >B2/C3", "C3", 2, "A1"),
        ("A1 B2 >~A1/B2", "B2", 1, "A1="),
    ]);
    let chosen = ask("A1 B2 >A1/B2", "B2", 1).unwrap();
    assert_eq!(chosen.candidate.served_from, Some(start() + DAY));
}

#[test]
fn a_release_on_its_way_is_ambiguous_with_both_versions_to_type() {
    check(&[
        ("A1 B2 >C3/B2", "B2", 1, "B2 or A1"),
        ("A1 B2 >C3/B2", "B2", 2, "A1 or -"),
        ("A1 B2 >?/B2", "B2", 1, "B2 or A1"),
        (">C3/B2", "B2", 1, "B2 or -"),
        ("A1 >B2", "A1", 1, "A1 or -"),
        ("A1 B2 >B2/B2", "B2", 1, "B2 or A1"),
    ]);
    let problem = ask("A1 B2 >C3/B2", "B2", 1).unwrap_err().into_problem();
    assert_eq!(
        problem.to_string(),
        "previous-ambiguous: deployment d-3 is deploying vC (web1:3) and has no production traffic yet, \
         so `previous` could mean two versions"
    );
    assert_eq!(
        problem.hint,
        "give `version: vB` to undo that deployment, or `version: vA` to undo the release before it too"
    );
    let problem = ask("A1 A2 >C3/A2", "A2", 1).unwrap_err().into_problem();
    assert!(
        problem
            .hint
            .contains("`version: vA` with `task-definition: web1:2`"),
        "{}",
        problem.hint
    );
    assert!(ask(">C3/B2", "B2", 1).unwrap_err().need_more_history());
    assert!(
        !ask("A1 B2 >C3/B2", "B2", 1)
            .unwrap_err()
            .need_more_history()
    );
}

#[test]
fn after_a_release_that_did_not_succeed_it_is_what_serves() {
    check(&[
        ("A1 B2 !C3", "B2", 1, "B2="),
        ("A1 B2 !C3", "B2", 2, "A1"),
        ("A1 B2 !C3", "", 1, "B2="),
        ("A1 B2 !?", "B2", 1, "B2="),
        ("A1 B2 !B2", "B2", 1, "A1"),
        ("A1 B2 !C3 B2", "B2", 1, "A1"),
        ("A1 B2 !C3 !~B2", "B2", 1, "B2="),
    ]);
    let chosen = ask("A1 B2 !C3", "B2", 1).unwrap();
    assert!(
        chosen.notes[0]
            .contains("d-3 of vC (web1:3) did not succeed, so `previous` is vB (web1:2)")
    );
    assert!(
        chosen
            .notes
            .contains(&"`previous~2` is vA (web1:1)".to_owned())
    );
}

#[test]
fn what_is_passed_over_is_named_with_its_reason() {
    for (words, running, wanted, passed) in [
        ("A1 B2x C3", "C3", "A1", "vB (web1:2): it is archived"),
        ("A1 b2 C3", "C3", "A1", "web1:2: its tag has moved since"),
        (
            "A1 ? C3",
            "C3",
            "A1",
            "deployment d-2: its AppSpec lies in S3",
        ),
        (
            "A1 B2 A1",
            "A1",
            "A1=",
            "vB (web1:2): it was rolled back by deployment d-3",
        ),
        (
            "A1 B2 ~A1 C4",
            "C4",
            "A1",
            "vB (web1:2): it was rolled back by deployment d-3",
        ),
        ("A1 B2 A1 C3 D4", "D4", "C3", ""),
        ("A1 B2 A1 B2", "B2", "A1", ""),
        ("A1x B2", "B2", "not enough", "vA (web1:1): it is archived"),
    ] {
        assert_eq!(answer(words, running, 1), wanted, "{words}");
        let list = match ask(words, running, 1) {
            Ok(chosen) => chosen.passed_over,
            Err(PreviousError::NotEnough { passed_over, .. }) => passed_over,
            Err(other) => panic!("{other:?}"),
        };
        let list: Vec<_> = list
            .iter()
            .map(|it| format!("{}: {}", it.what, it.reason))
            .collect();
        assert_eq!(list.join("; "), passed, "{words}");
    }
    let problem = ask("A1x B2", "B2", 1).unwrap_err().into_problem();
    assert!(
        problem
            .message
            .ends_with("do not say what ran before vB (web1:2)"),
        "{}",
        problem.message
    );
    assert!(
        problem
            .hint
            .starts_with("passed over: vA (web1:1): it is archived\n")
    );
}

#[test]
fn what_the_record_does_hold_is_named_where_it_does_not_reach_far_enough() {
    let hint = |words: &str, running: &str| {
        let problem = ask(words, running, 5).unwrap_err().into_problem();
        problem.hint.lines().next().unwrap().to_owned()
    };
    assert_eq!(
        hint("A1 B2 !D4 C3", "C3"),
        "`previous` is vB (web1:2), `previous~2` vA (web1:1); the release of vD (web1:4) failed"
    );
    assert_eq!(
        hint("A1 B2 !C3 !C3 !?", "B2"),
        "`previous` is vB (web1:2), which is serving, `previous~2` vA (web1:1); deployment d-5 failed; \
         the release of vC (web1:3) failed"
    );
    assert_eq!(hint("A1 !B2 A1", "A1"), "the release of vB (web1:2) failed");
    assert_eq!(
        hint("", ""),
        "give the version to roll back to: a tag, or `sha256:…`"
    );
}

#[test]
fn one_step_further_and_what_is_not_serving_are_facts() {
    let nearest = |words: &str, running: &str| {
        let nearest = ask(words, running, 1).unwrap().nearest_not_serving();
        nearest.map(|candidate| (candidate.spec(), candidate.name()))
    };
    let further = ask("A1 B2 C3", "C3", 1).unwrap().further.unwrap();
    assert_eq!((further.steps, name(&further)), (2, "A1".into()));
    assert_eq!(ask("A1 B2", "B2", 1).unwrap().further, None);
    assert_eq!(
        nearest("A1 B2 C3", "C3"),
        Some(("`previous`".into(), "vB (web1:2)".into()))
    );
    assert_eq!(
        nearest("A1 B2 C3 B2", "B2"),
        Some(("`previous~2`".into(), "vA (web1:1)".into()))
    );
    assert_eq!(nearest("A1 B2 A1", "A1"), None);
}

#[test]
fn what_runs_needs_no_image_to_pull() {
    check(&[
        ("A1 B2 A1x", "A1", 1, "A1="),
        ("Z1 A1x B2 A1x", "A1", 1, "A1="),
        ("A1x B2 >A1x/B2", "B2", 1, "not enough"),
    ]);
}

#[test]
fn how_long_it_served_is_always_said() {
    let chosen = ask("A1 B2 C3 B2 D4", "D4", 1).unwrap();
    assert_eq!(chosen.candidate.served_for, Some(DAY * 2));
    assert_eq!(chosen.candidate.served_from, Some(start() + DAY * 4));
    assert_eq!(chosen.candidate.deployment, Some(DeploymentId::new("d-4")));
    assert!(
        !chosen.notes.iter().any(|note| note.contains("served for")),
        "that is shown beside when it ran"
    );
    let chosen = ask(">>B2/A1", "B2", 1).unwrap();
    assert!(
        chosen
            .notes
            .contains(&"how long it served is not on record".to_owned())
    );

    let mut soon = history("A1 B2 C3");
    soon[2].created = soon[1].created + Duration::from_secs(600);
    let chosen = previous(&soon, 1, None, &|_, _| false, &letter, start() + DAY * 9).unwrap();
    assert!(
        chosen
            .notes
            .contains(&"it served for only 10 min: less than an hour".to_owned())
    );
}

#[test]
fn a_release_of_configuration_only_is_said() {
    let chosen = ask("A1 A2", "A2", 1).unwrap();
    assert_eq!(
        (name(&chosen.candidate), chosen.candidate.same_image_as_top),
        ("A1".into(), true)
    );
    assert!(chosen.notes[0].starts_with("only configuration was released since"));
}

#[test]
fn what_truly_runs_outweighs_the_record() {
    check(&[
        // a failed deployment that kept its traffic
        ("A1 !B2", "B2", 1, "A1"),
        ("A1 B2 !A1", "A1", 1, "A1="),
        // traffic went back and no deployment says so
        ("A1 B2", "A1", 1, "A1="),
        // something that no deployment brought
        ("A1 B2", "C9", 1, "B2"),
        ("A1 B2 !D4", "C9", 1, "C9="),
        // what can't be read of the newest success is what runs
        ("A1 B2 ?", "A1", 1, "A1="),
        ("A1 B2 ?", "C3", 1, "B2"),
        ("A1 B2 ? !C3", "C3", 1, "B2"),
        ("A1 B2 a3", "A3", 1, "A3="),
        ("A1 b2", "B2", 1, "A1"),
        ("A1 B2 ? >>D4/A1", "D4", 1, "A1"),
    ]);
    let unread = ask("A1 B2 ? !C3", "C3", 1).unwrap().passed_over;
    assert_eq!(unread.len(), 1, "d-3 was taken for what d-4 left");
    let notes = ask("A1 B2", "C9", 1).unwrap().notes;
    assert_eq!(
        notes[0],
        "the running revision web1:9 is not the one that the newest deployment on record released"
    );
    assert!(
        ask("A1 !B2", "B2", 1).unwrap().notes[0]
            .contains("d-2 did not succeed, but its revision is serving")
    );
}

#[test]
fn a_return_to_before_the_record_is_suspected_by_its_older_revision() {
    let chosen = ask("B7 A2", "A2", 1).unwrap();
    assert_eq!(name(&chosen.candidate), "B7");
    assert!(chosen.more_history_may_change);
    assert!(
        chosen
            .notes
            .iter()
            .any(|note| note.starts_with("vA (web1:2) has an older revision number"))
    );
    assert_eq!(answer("A2 B7 A2", "A2", 1), "A2=");
    assert!(!ask("A1 B2 C3", "C3", 1).unwrap().more_history_may_change);
    assert!(!ask("B7 A2 C8", "C8", 1).unwrap().more_history_may_change);
}
