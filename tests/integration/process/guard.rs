//! `guard`: a version that was rolled back does not come back while its hold is open.

use aws_sim::world::stage::{self, Web1};
use serde_json::{Value, json};

use super::github::{asking, commit, sha, shop};
use super::{Done, aws, aws_with, run, step, without};
use crate::harness::github::{Fault, GitHub, State};

/// v1.2.0 (commit 4) was rolled back and is held; two commits came after it.
async fn held() -> GitHub {
    let mut state = shop();
    state.commits.push(commit(5, "More"));
    state.commits.push(commit(6, "Even more"));
    let github = GitHub::start(state).await;
    let (_sim, server) = aws(60.0).await;
    let inputs = [("issue", "hold"), ("reason", "checkout page is down")];
    let done = run(asking(&github, step(&server.url(), &inputs))).await;
    done.ended(0, "rolled-back");
    github
}

async fn guard(github: &GitHub, inputs: &[(&str, &str)]) -> Done {
    let (_sim, server) = aws(60.0).await;
    let inputs = [&[("mode", "guard")], inputs].concat();
    run(asking(github, step(&server.url(), &inputs))).await
}

fn change(github: &GitHub, change: impl FnOnce(&mut Value)) {
    github.state(|state: &mut State| change(&mut state.issues[0]));
}

#[tokio::test]
async fn from_the_rollback_to_the_fix() {
    let github = held().await;
    let bad = guard(&github, &[("version", "v1.2.0")]).await;
    bad.ended(2, "held")
        .says("held: v1.2.0 is the image of v1.2.0, which was rolled back at ")
        .says(" by oncall (\"checkout page is down\")")
        .says("Lifted when issue #400 closes");
    assert_eq!(bad.outputs["held"], "true");
    assert_eq!(bad.outputs["held-by"], "oncall");
    assert_eq!(bad.outputs["held-reason"], "checkout page is down");
    assert!(bad.outputs["held-since"].ends_with('Z'));
    let url = "https://github.com/org/shop/issues/400";
    assert_eq!(bad.outputs["held-url"], url);
    // Not built yet: the commit is all there is.
    let later = sha(6);
    let contains = guard(&github, &[("version", &later)]).await;
    contains
        .ended(2, "held")
        .says("held: 0000006 contains the commit of v1.2.0");
    for good in ["v1.1.0", "v1.0.0"] {
        let mut state = github.state(|state| state.tags.clone());
        state.insert("v1.1.0".to_owned(), sha(2));
        github.state(|shop| shop.tags = state);
        let done = guard(&github, &[("version", good)]).await;
        done.ended(0, "clear").says("✔ clear: no open hold covers");
        assert_eq!(
            (&*done.outputs["held"], &*done.outputs["held-url"]),
            ("false", "")
        );
    }
    change(&github, |issue| issue["state"] = "closed".into());
    let fixed = guard(&github, &[("version", &later)]).await;
    fixed
        .ended(0, "clear")
        .says("issue #400 held v1.2.0 and is closed; it does not count")
        .says("no hold is open for prod/web1");
    github.was_asked_properly();
}

#[tokio::test]
async fn a_hold_that_is_none_is_said_and_does_not_count() {
    let github = held().await;
    let body = github.state(|state| state.issues[0]["body"].clone());
    let body = body.as_str().expect("a text");
    for (edited, says) in [
        (
            body.replace("\"web1\"", "\"web2\""),
            "issue #400 is about prod/web2",
        ),
        (
            "Nothing.".to_owned(),
            "no longer says which version it holds",
        ),
    ] {
        change(&github, |issue| issue["body"] = edited.into());
        let done = guard(&github, &[("version", "v1.2.0")]).await;
        done.ended(0, "clear").says(says).says("it does not count");
    }
    change(&github, |issue| {
        issue["body"] = body.into();
        issue["labels"] = json!([{ "name": "rollback" }]);
    });
    let done = guard(&github, &[("version", "v1.2.0")]).await;
    done.ended(0, "clear");
}

/// The hold names no commit, and the image is tagged with the commit in another spelling.
#[tokio::test]
async fn a_commit_finds_its_image_where_the_hold_names_none() {
    let github = held().await;
    let body = github.state(|state| state.issues[0]["body"].clone());
    let body = body.as_str().expect("a text");
    let without = body.replace(&format!("\"commit\":\"{}\"", sha(4)), "\"commit\":null");
    assert_ne!(without, body);
    change(&github, |issue| issue["body"] = without.into());
    let Web1 {
        mut world,
        releases,
        ..
    } = stage::web1();
    let tag = format!("sha-{}", sha(4));
    world.move_tag("web1", &tag, &releases[2].digest);
    let (_sim, server) = aws_with(world, 60.0).await;
    let bad = sha(4);
    let inputs = [("mode", "guard"), ("version", bad.as_str())];
    let done = run(asking(&github, step(&server.url(), &inputs))).await;
    done.ended(2, "held")
        .says("held: 0000004 is the image of v1.2.0");
    let unbuilt = sha(6);
    let done = guard(&github, &[("version", &unbuilt)]).await;
    done.ended(2, "refused")
        .says("there is no image of 0000006 yet");
}

#[tokio::test]
async fn an_override_passes_and_is_noted() {
    let github = held().await;
    let inputs = [
        ("version", "v1.2.0"),
        ("override", "true"),
        ("reason", "the database was the cause"),
    ];
    let dry = [&inputs[..], &[("dry-run", "true")]].concat();
    guard(&github, &dry).await.ended(0, "clear");
    assert_eq!(github.state(|state| state.comments.len()), 0);
    let done = guard(&github, &inputs).await;
    done.ended(0, "clear")
        .says("clear by override")
        .says("overridden: v1.2.0 is the image of v1.2.0");
    assert_eq!(done.outputs["held"], "true");
    let comments = github.state(|state| state.comments.clone());
    let [(400, text)] = comments.as_slice() else {
        panic!("{comments:?}");
    };
    assert!(text.contains("the database was the cause"), "{text}");
    github.was_asked_properly();
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let (_sim, server) = aws(60.0).await;
    let inputs = [("mode", "guard"), ("version", "v1.2.0")];
    let done = run(step(&server.url(), &inputs)).await;
    done.ended(2, "refused")
        .says("hold-unknown")
        .says("GitHub cannot be asked without a token");
    for fault in [Fault::Status(403), Fault::Status(500), Fault::Garbage] {
        let github = held().await;
        github.state(|state| state.faults.push(("/issues".to_owned(), fault)));
        let done = guard(&github, &[("version", "v1.2.0")]).await;
        done.ended(2, "refused")
            .says("hold-unknown: could not determine whether a hold covers this version");
        let inputs = [("version", "v1.2.0"), ("override", "true"), ("reason", "x")];
        let done = guard(&github, &inputs).await;
        done.ended(0, "clear")
            .says("overridden: could not determine");
    }
    let github = held().await;
    let done = guard(&github, &[("version", "v9.9.9")]).await;
    done.ended(2, "refused")
        .says("image-not-found")
        .says("${{ github.sha }}");
    github.state(|state| {
        state
            .faults
            .push(("/compare".to_owned(), Fault::Status(500)))
    });
    let later = sha(6);
    let done = guard(&github, &[("version", &later)]).await;
    done.ended(2, "refused").says("hold-unknown");
}

#[tokio::test]
async fn without_a_hold_nobody_needs_aws() {
    let github = GitHub::start(shop()).await;
    let (sim, server) = aws(60.0).await;
    let inputs = [("mode", "guard"), ("version", "v1.2.0")];
    let step = asking(&github, step(&server.url(), &inputs));
    let done = run(without(step, "AWS_ACCESS_KEY_ID")).await;
    done.ended(0, "clear").says("no hold is open for prod/web1");
    assert!(sim.calls().iter().all(|call| call.service.is_none()));
}

#[tokio::test]
async fn what_is_to_be_deployed_has_to_be_named() {
    let github = GitHub::start(shop()).await;
    for (version, says) in [
        ("", "the input version is required"),
        ("previous", "guard is asked about a version to deploy"),
    ] {
        let done = guard(&github, &[("version", version)]).await;
        done.ended(2, "refused").says("bad-input").says(says);
    }
}

/// Three round trips to AWS and three to GitHub at most, whether the version is held or not.
#[tokio::test]
async fn a_guard_costs_few_round_trips() {
    let github = held().await;
    for (version, outcome, exit) in [("v1.2.0", "held", 2), ("v1.0.0", "clear", 0)] {
        let before = github.state(|state| state.requests.len());
        let (sim, server) = aws_with(stage::web1().world, 60.0).await;
        let inputs = [("mode", "guard"), ("version", version)];
        let done = run(asking(&github, step(&server.url(), &inputs))).await;
        done.ended(exit, outcome);
        let aws: Vec<String> = sim
            .calls()
            .iter()
            .map(|call| call.operation.clone())
            .collect();
        // The image by tag, its manifest at the same time; its configuration's place; that.
        assert!(aws.len() <= 4, "{aws:?}");
        let asked = github.state(|state| state.requests[before..].to_vec());
        let compared = asked
            .iter()
            .filter(|request| request.contains("/compare/"))
            .count();
        let listed = asked
            .iter()
            .filter(|request| request.ends_with("/issues"))
            .count();
        assert!(listed == 2 && compared <= 1, "{asked:?}");
    }
}
