//! What the demo's GitHub knows: v1.2.0 was rolled back and is held, and two commits came after it.

use serde_json::json;

use crate::github::{Commit, State};

/// The repository with the hold of this image, as a rollback with `issue: hold` has left it.
pub fn with_hold(digest: &str, repository: &str) -> State {
    let mut state = State {
        commits: (0..7).map(commit).collect(),
        ..State::default()
    };
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
