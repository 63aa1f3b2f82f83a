//! The git tag of `mark-stable`, on a GitHub on loopback.

use aws_sim::world::{ImageSpec, World, stage};
use futures_util::future::join_all;

use super::{Done, aws_with, run, step};
use crate::harness::github::{Fault, GitHub, State};
use crate::process::github::{asking, sha, shop};

const NEW: usize = 4;
const OLD: usize = 1;

/// The shop with its tag `stable` on a commit.
fn with_tag(tag: &str, number: usize) -> State {
    let mut state = shop();
    state.tags.insert(tag.to_owned(), sha(number));
    state
}

async fn mark(github: &GitHub, world: World, inputs: &[(&str, &str)]) -> Done {
    let (_sim, server) = aws_with(world, 60.0).await;
    let mode = [("mode", "mark-stable"), ("version", "v1.2.0")];
    let inputs: Vec<_> = mode.iter().chain(inputs).copied().collect();
    run(asking(github, step(&server.url(), &inputs))).await
}

fn tag(github: &GitHub, tag: &str) -> Option<String> {
    github.state(|state| state.tags.get(tag).cloned())
}

/// What was written, by method and path.
fn writes(github: &GitHub) -> Vec<String> {
    github.state(|state| {
        let requests = state.requests.iter();
        requests
            .filter(|request| !request.starts_with("GET "))
            .cloned()
            .collect()
    })
}

#[tokio::test]
async fn a_tag_is_put_or_moved_or_is_there() {
    let mut annotated_old = with_tag("stable", OLD);
    annotated_old.annotated.insert("stable".to_owned());
    let mut annotated_new = with_tag("stable", NEW);
    annotated_new.annotated.insert("stable".to_owned());
    let create = "POST /repos/org/shop/git/refs";
    let update = "PATCH /repos/org/shop/git/refs/tags/stable";
    let stories = [
        (shop(), "on 0000004 now", Some(create)),
        (
            with_tag("stable", OLD),
            "on 0000004 now; it was on 0000001",
            Some(update),
        ),
        (
            annotated_old,
            "on 0000004 now; it was on 0000001",
            Some(update),
        ),
        (with_tag("stable", NEW), "already on 0000004", None),
        (annotated_new, "already on 0000004", None),
    ]
    .map(|(state, says, write)| async move {
        let github = GitHub::start(state).await;
        let done = mark(&github, stage::web1().world, &[]).await;
        done.ended(0, "marked").says(says);
        assert_eq!(tag(&github, "stable"), Some(sha(NEW)));
        assert_eq!(writes(&github), Vec::from_iter(write));
        github.was_asked_properly();
    });
    join_all(stories).await;
}

/// The image is marked already: only git's tag is put.
#[tokio::test]
async fn the_git_tag_alone_makes_a_mark() {
    let mut web1 = stage::web1();
    let digest = web1.releases[2].digest.clone();
    web1.world.move_tag("web1", "stable", &digest);
    for (state, outcome) in [
        (with_tag("stable", OLD), "marked"),
        (with_tag("stable", NEW), "unchanged"),
    ] {
        let github = GitHub::start(state).await;
        let done = mark(&github, web1.world.clone(), &[]).await;
        done.ended(0, outcome).says("already on v1.2.0");
        assert_eq!(tag(&github, "stable"), Some(sha(NEW)));
        github.was_asked_properly();
    }
}

#[tokio::test]
async fn an_application_has_a_tag_of_its_own() {
    let github = GitHub::start(with_tag("stable", OLD)).await;
    let done = mark(&github, stage::web1().world, &[("name", "@org/web")]).await;
    done.ended(0, "marked").says("git tag @org/web-stable");
    assert_eq!(tag(&github, "@org/web-stable"), Some(sha(NEW)));
    assert_eq!(tag(&github, "stable"), Some(sha(OLD)));
    let github = GitHub::start(shop()).await;
    let done = mark(&github, stage::web1().world, &[("name", "a..b")]).await;
    done.ended(0, "marked")
        .says("the input name cannot be part of a git tag's name");
    assert_eq!(writes(&github), Vec::<String>::new());
}

/// A tag of the image is the commit's first digits; git wants all of them.
#[tokio::test]
async fn a_short_commit_id_is_named_in_full() {
    let mut web1 = stage::web1();
    let digest = web1.releases[2].digest.clone();
    web1.world.move_tag("web1", "sha-000000a", &digest);
    let mut state = shop();
    state.tags.clear();
    state.commits[4].sha = sha(10);
    let github = GitHub::start(state).await;
    let done = mark(&github, web1.world, &[]).await;
    done.ended(0, "marked").says("on 000000a now");
    assert_eq!(tag(&github, "stable"), Some(sha(10)));
    github.was_asked_properly();
}

#[tokio::test]
async fn a_tag_that_github_denies_is_one_warning() {
    let permission = "`permissions: contents: write`";
    let stories = [
        (Fault::Status(403), permission),
        (Fault::Status(404), permission),
        (Fault::Status(422), permission),
        (Fault::Status(502), "HTTP 502"),
        (Fault::RateLimit, "rate limit"),
        (Fault::Garbage, "was not understood"),
    ]
    .map(|(fault, says)| async move {
        let mut state = with_tag("stable", OLD);
        state.faults.push(("/git/refs".to_owned(), fault));
        let github = GitHub::start(state).await;
        let done = mark(&github, stage::web1().world, &[]).await;
        done.ended(0, "marked")
            .says("GitHub: could not put the git tag: ")
            .says(says);
        // As it happens, and as an annotation.
        assert_eq!(done.log.matches("could not put").count(), 2, "{}", done.log);
        assert_eq!(tag(&github, "stable"), Some(sha(OLD)));
        assert!(done.summary.contains("could not put"), "{}", done.summary);
        github.was_asked_properly();
    });
    join_all(stories).await;
}

/// Built from this source, at this commit.
fn labelled(source: &str, revision: &str) -> World {
    stage::web1_of(&|_| {
        ImageSpec::single("linux", "amd64")
            .label("org.opencontainers.image.revision", revision)
            .label("org.opencontainers.image.source", source)
    })
}

#[tokio::test]
async fn where_no_tag_can_be_put_one_line_says_why() {
    let mut untagged = shop();
    untagged.tags.clear();
    let unknown = "f".repeat(40);
    let elsewhere = labelled("https://github.com/org/other", &sha(NEW));
    let gone = labelled("https://github.com/org/shop", &unknown);
    for (state, world, says) in [
        (
            untagged,
            stage::web1().world,
            "no git tag stable: the commit of v1.2.0 is not known",
        ),
        (
            shop(),
            elsewhere,
            "no git tag stable: the image is built from org/other, and the workflow is of org/shop",
        ),
        (shop(), gone, "GitHub: org/shop has no commit fffffff"),
    ] {
        let github = GitHub::start(state).await;
        let done = mark(&github, world, &[]).await;
        done.ended(0, "marked").says(says);
        assert_eq!(writes(&github), Vec::<String>::new());
        github.was_asked_properly();
    }
}

#[tokio::test]
async fn a_dry_run_writes_to_nobody() {
    let github = GitHub::start(with_tag("stable", OLD)).await;
    let done = mark(&github, stage::web1().world, &[("dry-run", "true")]).await;
    done.ended(0, "planned")
        .says("would move from 0000001 to 0000004")
        .says("would be put on v1.2.0");
    assert_eq!(writes(&github), Vec::<String>::new());
    github.was_asked_properly();
}
