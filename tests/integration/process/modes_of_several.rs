//! The modes beside the rollback for several services, with a GitHub on loopback.

use aws_sim::world::stage::{Member, several};
use aws_sim::world::{Strategy, World};

use super::github::{asking, sha, shop as github_shop};
use super::{Done, aws_with, run, step};
use crate::harness::github::{Fault, GitHub, State};
use crate::rollback::several::setting::shop;

const SERVICES: (&str, &str) = ("service", "web1, worker1");

async fn run_with(github: &GitHub, world: World, inputs: &[(&str, &str)]) -> Done {
    let (_sim, server) = aws_with(world, 60.0).await;
    let inputs: Vec<_> = [SERVICES].iter().chain(inputs).copied().collect();
    run(asking(github, step(&server.url(), &inputs))).await
}

fn requests(github: &GitHub, begin: &str) -> usize {
    github.state(|state| {
        let requests = state.requests.iter();
        requests
            .filter(|request| request.starts_with(begin))
            .count()
    })
}

fn comments(github: &GitHub) -> Vec<(u64, String)> {
    github.state(|state| state.comments.clone())
}

/// Both were rolled back from v1.2.0 together, and it is held.
async fn held() -> GitHub {
    let github = GitHub::start(github_shop()).await;
    let inputs = [("version", "v1.1.0"), ("issue", "hold"), ("reason", "down")];
    run_with(&github, shop().world, &inputs)
        .await
        .ended(0, "rolled-back");
    assert_eq!(github.state(|state| state.issues.len()), 1);
    github.state(|state| state.requests.clear());
    github
}

#[tokio::test]
async fn one_issue_holds_the_version_of_both() {
    let github = held().await;
    let guard = [("mode", "guard"), ("version", "v1.2.0")];
    let done = run_with(&github, shop().world, &guard).await;
    done.ended(2, "held")
        .says("✘ held: 2 of 2 services")
        .says("worker1  ✘ held: v1.2.0 is the image of v1.2.0");
    assert_eq!(done.outputs["held"], "true");
    // The open ones and the closed ones: read once for both.
    assert_eq!(requests(&github, "GET /repos/org/shop/issues"), 2);
    let good = [("mode", "guard"), ("version", "v1.1.0")];
    github.state(|state| state.tags.insert("v1.1.0".to_owned(), sha(2)));
    let done = run_with(&github, shop().world, &good).await;
    done.ended(0, "clear").says("✔ clear: 2 of 2 services");
    github.was_asked_properly();
}

/// The issue is about the services that were rolled back, and about no other.
#[tokio::test]
async fn what_is_held_for_one_is_held_for_the_list() {
    let github = held().await;
    let guard = [
        ("mode", "guard"),
        ("version", "v1.2.0"),
        ("service", "cron1, worker1"),
    ];
    let done = run_with(&github, shop().world, &guard).await;
    done.ended(2, "held")
        .says("✘ held: 1 of 2 services (worker1)")
        .says("cron1    issue #400 is about prod/web1, prod/worker1; it does not count");
}

#[tokio::test]
async fn an_override_is_noted_once_for_all() {
    let github = held().await;
    let guard = [
        ("mode", "guard"),
        ("version", "v1.2.0"),
        ("override", "true"),
        ("reason", "the database was the cause"),
    ];
    let done = run_with(&github, shop().world, &guard).await;
    done.ended(0, "clear").says("clear by override");
    let comments = comments(&github);
    let [(400, text)] = comments.as_slice() else {
        panic!("{comments:?}");
    };
    assert!(text.contains("for web1, worker1 by oncall"), "{text}");
    github.was_asked_properly();
}

async fn mark(github: &GitHub, world: World, inputs: &[(&str, &str)]) -> Done {
    let mode = [("mode", "mark-stable"), ("version", "")];
    let inputs: Vec<_> = mode.iter().chain(inputs).copied().collect();
    run_with(github, world, &inputs).await
}

#[tokio::test]
async fn the_commit_of_all_gets_the_git_tag_once() {
    let github = GitHub::start(github_shop()).await;
    let done = mark(&github, shop().world, &[]).await;
    done.ended(0, "marked").says("on 0000004 now");
    let tag = github.state(|state: &mut State| state.tags.get("stable").cloned());
    assert_eq!(tag, Some(sha(4)));
    assert_eq!(requests(&github, "POST "), 1);
    github.was_asked_properly();
}

/// Images of their own, each of another commit: there is no commit that is stable for both.
#[tokio::test]
async fn services_of_different_commits_get_no_git_tag() {
    let mut apart = several(&[
        Member::codedeploy("web1"),
        Member::ecs("worker1", Strategy::Rolling),
    ]);
    let older = apart.member("worker1").releases[0].digest.clone();
    apart.world.delete_image("worker1", &older);
    let (sim, server) = aws_with(apart.world, 60.0).await;
    let back = [("service", "worker1"), ("version", "v1.1.0")];
    run(step(&server.url(), &back))
        .await
        .ended(0, "rolled-back");
    let world = sim.world(|world| world.clone());
    let mut state = github_shop();
    state.tags.insert("v1.1.0".to_owned(), sha(2));
    let github = GitHub::start(state).await;
    let done = mark(&github, world, &[]).await;
    done.ended(0, "marked")
        .says("no git tag stable: web1 is built from 0000004 and worker1 from 0000002");
    assert_eq!(
        done.log.matches("no git tag stable").count(),
        2,
        "the log and one annotation"
    );
    assert_eq!(requests(&github, "POST "), 0);
}

/// What GitHub denies for all is told once.
#[tokio::test]
async fn a_git_tag_that_is_denied_is_one_warning() {
    let mut state = github_shop();
    let denied = ("/git/refs".to_owned(), Fault::Status(403));
    state.faults.push(denied);
    let github = GitHub::start(state).await;
    let done = mark(&github, shop().world, &[]).await;
    done.ended(0, "marked");
    let warnings = done.log.matches("::warning").count();
    assert_eq!(warnings, 1, "{}", done.log);
}

#[tokio::test]
async fn a_board_has_the_list_of_each() {
    const BOARD: &str = "Pinned.\n<!-- ecs-rollback:begin shop -->\n<!-- ecs-rollback:end shop -->\nAsk in #oncall.";
    let issue = serde_json::json!({
        "number": 42, "title": "Versions", "body": BOARD, "labels": [], "state": "open",
    });
    let github = GitHub::start(State {
        issues: vec![issue],
        ..github_shop()
    })
    .await;
    let inputs = [("mode", "history"), ("version", ""), ("board-issue", "42")];
    run_with(&github, shop().world, &inputs)
        .await
        .ended(0, "listed");
    let body = github.state(|state| state.issues[0]["body"].clone());
    let body = body.as_str().expect("a text").to_owned();
    for service in ["web1", "worker1"] {
        assert!(body.contains(&format!("**[prod/{service}](")), "{body}");
    }
    assert_eq!(body.matches("| ✔ | `v1.1.0` |").count(), 2, "{body}");
    // The same again is not written again.
    run_with(&github, shop().world, &inputs)
        .await
        .ended(0, "listed");
    assert_eq!(requests(&github, "PATCH "), 1);
    // A service that cannot be read leaves the board as it was.
    let gone = [&inputs[..], &[("service", "web1, gone1")]].concat();
    let done = run_with(&github, shop().world, &gone).await;
    done.ended(2, "refused")
        .says("the history of another service could not be read: issue #42 was not updated");
    assert_eq!(requests(&github, "PATCH "), 1);
    github.was_asked_properly();
}
