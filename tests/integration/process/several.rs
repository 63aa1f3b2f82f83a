//! Several services in one run of the real binary: its log, signals, outputs, and what GitHub keeps.

use aws_sim::Effect;
use aws_sim::Rule;
use aws_sim::world::World;
use serde_json::Value;

use super::github::{asking, shop as repository};
use super::signals::SAYS_WITHIN;
use super::{Done, Running, aws_with, run, step};
use crate::harness::github::{Fault, GitHub, State};
use crate::harness::runner::RunnerStep;
use crate::rollback::several::setting::{apart, crash, shop};

const BOTH: [(&str, &str); 2] = [("service", "web1, worker1"), ("version", "v1.0.0")];

fn both(endpoint: &str, more: &[(&str, &str)]) -> RunnerStep {
    step(endpoint, &[&BOTH[..], more].concat())
}

/// An output of one of the services.
fn result(done: &Done, service: &str, name: &str) -> String {
    let results: Vec<Value> = serde_json::from_str(&done.outputs["results"]).expect("a list");
    let mut of_service = results.iter().filter(|result| result["service"] == service);
    let found = of_service.next().expect("the service has a result");
    found[name].as_str().expect("a text").to_owned()
}

fn outcomes(done: &Done) -> [String; 2] {
    ["web1", "worker1"].map(|service| result(done, service, "outcome"))
}

#[tokio::test]
async fn two_of_three_are_rolled_back() {
    let (sim, server) = aws_with(shop().world, 60.0).await;
    let done = run(both(&server.url(), &[])).await;
    done.ended(0, "rolled-back")
        .says("::notice title=prod%3A web1%2C worker1::2 of 2 services serve v1.0.0, ")
        .says("✔ 2 of 2 services serve v1.0.0, ")
        .says("cron1 in this cluster still runs v1.2.0.");
    assert_eq!(outcomes(&done), ["rolled-back", "rolled-back"]);
    let id = result(&done, "web1", "codedeploy-deployment-id");
    assert_eq!(done.outputs["codedeploy-deployment-id"], id);
    let calls = sim.calls();
    assert_eq!(
        (calls.done("CreateDeployment"), calls.done("UpdateService")),
        (1, 1)
    );
    assert_eq!(sim.violations(), []);
    // The first thing that the summary shows is the table of all.
    let table = done.summary.find("| | service | version | |");
    assert!(table < done.summary.find("<details>"), "{}", done.summary);
}

#[tokio::test]
async fn one_that_is_missing_holds_all_of_them_up() {
    let (sim, server) = aws_with(shop().world, 1.0).await;
    let done = run(both(&server.url(), &[("service", "web1\nworker9")])).await;
    done.ended(2, "refused")
        .says("::error title=worker9%3A service-not-found::")
        .says("– not started: another service was refused.")
        .says("✘ not started: 1 of 2 services was refused (worker9).");
    let writes = ["CreateDeployment", "RegisterTaskDefinition"];
    assert!(writes.iter().all(|write| sim.calls().count(write) == 0));
}

/// Both deployments are there.
async fn underway(world: World) -> (aws_sim::Sim<World>, aws_sim::Server, Running) {
    let (sim, server) = aws_with(world, 1.0).await;
    let mut running = Running::start(both(&server.url(), &[]));
    running.until(" created").await;
    running.until(" created").await;
    (sim, server, running)
}

#[tokio::test]
async fn a_signal_is_answered_with_a_command_for_each() {
    for signal in ["INT", "TERM"] {
        let (sim, _server, mut running) = underway(apart().world).await;
        running.signal(signal).await;
        let done = running.end().await;
        done.ended(3, "cancelled");
        assert!(done.took < SAYS_WITHIN, "{:?}", done.took);
        assert_eq!(outcomes(&done), ["cancelled", "cancelled"]);
        let id = result(&done, "web1", "codedeploy-deployment-id");
        done.says(&format!(
            "aws deploy stop-deployment --deployment-id {id} --auto-rollback-enabled"
        ))
        .says("aws ecs stop-service-deployment --service-deployment-arn arn:aws:ecs:ap-northeast-2:123456789012:service-deployment/prod/worker1/");
        assert_eq!(done.log.matches("v1.2.0 serves users now").count(), 4);
        let calls = sim.calls();
        let stops = ["StopDeployment", "StopServiceDeployment"];
        assert!(stops.iter().all(|stop| calls.count(stop) == 0));
    }
}

#[tokio::test]
async fn a_signal_is_answered_in_time_while_aws_hangs() {
    let (sim, _server, mut running) = underway(apart().world).await;
    sim.rule(Rule::on_every_call(Effect::HangBefore));
    running.signal("TERM").await;
    let done = running.end().await;
    done.ended(3, "cancelled")
        .says("aws deploy stop-deployment --deployment-id d-")
        .says("aws ecs stop-service-deployment --service-deployment-arn ");
    assert!(done.took < SAYS_WITHIN, "{:?}", done.took);
    assert_eq!(outcomes(&done), ["cancelled", "cancelled"]);
}

#[tokio::test]
async fn by_hand() {
    let (sim, server) = aws_with(shop().world, 60.0).await;
    let arguments = [
        "--cluster",
        "prod",
        "--service",
        "web1,worker1",
        "--version",
        "previous",
    ];
    let done = run(step(&server.url(), &[]).by_hand(&arguments)).await;
    assert_eq!(
        (done.exit, done.stderr.as_str()),
        (Some(0), ""),
        "{}",
        done.log
    );
    done.says("✔ 2 of 2 services serve v1.1.0, ");
    let is_command = |line: &&str| line.trim_start().starts_with("::");
    assert_eq!(done.log.lines().find(is_command), None, "{}", done.log);
    assert_eq!(sim.calls().done("UpdateService"), 1);
}

async fn back(github: &GitHub, world: World, more: &[(&str, &str)]) -> Done {
    let (_sim, server) = aws_with(world, 60.0).await;
    run(asking(github, both(&server.url(), more))).await
}

fn issues(github: &GitHub) -> Vec<Value> {
    github.state(|state| state.issues.clone())
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

#[tokio::test]
async fn one_issue_speaks_for_all() {
    let github = GitHub::start(repository()).await;
    let inputs = [("issue", "record"), ("reason", "checkout page is down")];
    let first = back(&github, shop().world, &inputs).await;
    first.ended(0, "rolled-back");
    let [issue] = issues(&github).try_into().expect("one issue");
    assert_eq!(
        issue["title"],
        "Root cause: v1.2.0 of web1, worker1 was rolled back"
    );
    let body = text(&issue["body"]);
    assert_eq!(body.matches("<!-- ecs-rollback\n").count(), 2, "{body}");
    for service in ["web1", "worker1"] {
        assert!(
            body.contains(&format!("\"service\":\"{service}\"")),
            "{body}"
        );
        assert!(
            body.contains(&format!("### Timeline of {service}")),
            "{body}"
        );
        let url = result(&first, service, "issue-url");
        assert_eq!(url, "https://github.com/org/shop/issues/400");
    }
    // What was taken out is the same for both, and so is the reason.
    let place = |words: &str| body.find(words).expect("it is told");
    assert!(
        place("prod/worker1](") < place("> checkout page is down"),
        "{body}"
    );
    assert!(body.contains("[deployment of web1 d-"), "{body}");
    assert!(body.contains("[deployment of worker1 "), "{body}");
    assert_eq!(body.matches("> checkout page is down").count(), 1, "{body}");
    assert_eq!(body.matches("### Takes out").count(), 1, "{body}");
    assert_eq!(
        first
            .log
            .matches("https://github.com/org/shop/issues/400")
            .count(),
        1,
        "{}",
        first.log
    );

    // It happens again: the open issue gets one comment about both.
    let again = back(&github, shop().world, &inputs).await;
    again.ended(0, "rolled-back");
    let comments = github.state(|state| state.comments.clone());
    assert_eq!((issues(&github).len(), comments.len()), (1, 1));
    let (number, comment) = &comments[0];
    assert_eq!(*number, 400);
    for service in ["web1", "worker1"] {
        assert!(comment.contains(&format!("prod/{service}")), "{comment}");
    }
    github.was_asked_properly();
}

/// An issue that is open about one of them gets a comment, and the other has a new one.
#[tokio::test]
async fn an_open_issue_of_one_of_them_gets_a_comment() {
    let github = GitHub::start(repository()).await;
    let alone = [("issue", "record"), ("service", "worker1")];
    back(&github, shop().world, &alone)
        .await
        .ended(0, "rolled-back");
    let done = back(&github, shop().world, &[("issue", "record")]).await;
    done.ended(0, "rolled-back");
    assert_eq!(issues(&github).len(), 2);
    assert_eq!(github.state(|state| state.comments.len()), 1);
    assert!(result(&done, "worker1", "issue-url").ends_with("/400"));
    assert!(result(&done, "web1", "issue-url").ends_with("/401"));
    github.was_asked_properly();
}

/// What AWS has put back needs no issue: the bad version serves there.
#[tokio::test]
async fn only_what_was_rolled_back_has_an_issue() {
    let mut shop = apart();
    crash(&mut shop, "web1", 0);
    shop.world.pace.install_timeout = 300_000;
    let github = GitHub::start(repository()).await;
    let inputs = [("issue", "record"), ("environment", "production")];
    let done = back(&github, shop.world, &inputs).await;
    done.ended(1, "reverted");
    assert_eq!(outcomes(&done), ["reverted", "rolled-back"]);
    let [issue] = issues(&github).try_into().expect("one issue");
    assert_eq!(
        issue["title"],
        "Root cause: v1.2.0 of worker1 was rolled back"
    );
    assert!(!text(&issue["body"]).contains("web1"), "{issue:#}");
    assert_eq!(result(&done, "web1", "issue-url"), "");
    let states = states(&github);
    assert_eq!(states, ["in_progress", "failure"]);
    github.was_asked_properly();
}

fn states(github: &GitHub) -> Vec<String> {
    let statuses = github.state(|state| state.statuses.clone());
    let states = statuses
        .iter()
        .map(|status| text(&status["state"]).to_owned());
    states.collect()
}

#[tokio::test]
async fn one_deployment_record_speaks_for_all() {
    let github = GitHub::start(repository()).await;
    let inputs = [
        ("environment", "production"),
        ("reason", "checkout is down"),
    ];
    let done = back(&github, shop().world, &inputs).await;
    done.ended(0, "rolled-back");
    let deployments = github.state(|state| state.deployments.clone());
    let [deployment] = deployments.try_into().expect("one record");
    assert_eq!(
        deployment["description"],
        "prod: web1, worker1: rollback to v1.0.0, \"checkout is down\""
    );
    assert_eq!(states(&github), ["in_progress", "success"]);
    let statuses = github.state(|state| state.statuses.clone());
    assert_eq!(
        statuses[0]["description"],
        "Rolling back 2 services to v1.0.0"
    );
    assert!(text(&statuses[1]["description"]).starts_with("2 of 2 services serve v1.0.0, "));
    github.was_asked_properly();
}

/// A hold of both holds each of them.
#[tokio::test]
async fn what_was_held_does_not_come_back_to_any_of_them() {
    let github = GitHub::start(repository()).await;
    let done = back(&github, shop().world, &[("issue", "hold")]).await;
    done.ended(0, "rolled-back");
    let [issue] = issues(&github).try_into().expect("one issue");
    let labels: Vec<&str> = issue["labels"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|label| text(&label["name"]))
        .collect();
    assert_eq!(labels, ["rollback", "rollback-hold"]);
    for services in ["web1", "worker1", "web1, worker1"] {
        for (version, outcome, exit) in [("v1.2.0", "held", 2), ("v1.0.0", "clear", 0)] {
            let inputs = [
                ("mode", "guard"),
                ("service", services),
                ("version", version),
            ];
            let done = back(&github, shop().world, &inputs).await;
            done.ended(exit, outcome);
        }
    }
    // Nobody has taken it off cron1.
    let inputs = [
        ("mode", "guard"),
        ("service", "cron1"),
        ("version", "v1.2.0"),
    ];
    back(&github, shop().world, &inputs).await.ended(0, "clear");
    github.was_asked_properly();
}

/// One warning, not one for each service.
#[tokio::test]
async fn what_github_denies_is_warned_of_once() {
    let state = State {
        faults: vec![
            ("/deployments".to_owned(), Fault::Status(403)),
            ("/issues".to_owned(), Fault::Status(403)),
        ],
        ..repository()
    };
    let github = GitHub::start(state).await;
    let inputs = [("environment", "production"), ("issue", "record")];
    let done = back(&github, shop().world, &inputs).await;
    done.ended(0, "rolled-back");
    for permission in ["deployments: write", "issues: write"] {
        let warnings = done
            .log
            .lines()
            .filter(|line| line.starts_with("::warning"));
        let about = warnings.filter(|line| line.contains(permission));
        assert_eq!(about.count(), 1, "{permission}\n{}", done.log);
    }
    github.was_asked_properly();
}

#[tokio::test]
async fn nothing_is_recorded_of_what_was_refused_or_only_planned() {
    let github = GitHub::start(repository()).await;
    for (more, exit, outcome) in [
        (("dry-run", "true"), 0, "planned"),
        (("service", "web1, worker9"), 2, "refused"),
    ] {
        let inputs = [("environment", "production"), ("issue", "hold"), more];
        let done = back(&github, shop().world, &inputs).await;
        done.ended(exit, outcome);
    }
    let writes = github.state(|state| {
        let requests = state.requests.iter();
        requests
            .filter(|request| !request.starts_with("GET"))
            .count()
    });
    assert_eq!(writes, 0);
}
