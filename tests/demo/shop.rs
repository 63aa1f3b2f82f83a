//! What the demo's GitHub knows: v1.2.0 is built from the fifth commit, and two came after it.

use aws_sim::world::stage::{ACCOUNT, REGION, Web1};
use serde_json::json;

use crate::github::{Commit, State};

/// v1.2.0 is held, as a rollback with `issue: hold` has left it.
pub fn with_hold(web1: &Web1) -> State {
    let mut state = shop();
    let digest = &web1.releases[2].digest;
    let repository = format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web1");
    let bad = json!({
        "schema": 1, "cluster": "prod", "service": "web1", "version": "v1.2.0", "digest": digest,
        "image_repository": repository, "commit": sha(4), "repository": crate::github::REPOSITORY,
        "since": "2026-11-20T02:58:00Z", "by": "oncall", "reason": "checkout page is down",
    });
    state.issues.push(json!({
        "number": 418, "state": "open", "title": "Root cause: v1.2.0 of web1 was rolled back",
        "body": format!("<!-- ecs-rollback\n{bad}\n-->"),
        "labels": [{ "name": "rollback" }, { "name": "rollback-hold" }],
    }));
    state
}

/// The releases have git tags, and `stable` is on v1.1.0.
pub fn with_stable_tag(_: &Web1) -> State {
    let mut state = shop();
    for (tag, number) in [("v1.1.0", 2), ("v1.2.0", 4), ("stable", 2)] {
        state.tags.insert(tag.to_owned(), sha(number));
    }
    state
}

fn shop() -> State {
    State {
        commits: (0..7).map(commit).collect(),
        ..State::default()
    }
}

/// The newest commit, which nobody has built yet.
pub const NEWEST: &str = "0000006aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn sha(number: usize) -> String {
    format!("{number:07x}{}", "a".repeat(33))
}

fn commit(number: usize) -> Commit {
    Commit {
        sha: sha(number),
        message: "Work".to_owned(),
        login: "kim".to_owned(),
        files: Vec::new(),
    }
}
