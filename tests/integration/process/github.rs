//! What a rollback takes out, read from a GitHub on loopback.

use aws_sim::world::{ImageSpec, NativePhase, Strategy, World, stage};

use futures_util::future::join_all;

use super::{Done, Running, aws, aws_with, run, step, with};
use crate::harness::github::{Commit, Fault, GitHub, Pull, State, TOKEN};
use crate::harness::runner::RunnerStep;
use crate::rollback::ecs::setting::deploying;

pub(super) fn sha(number: usize) -> String {
    format!("{number:07x}{}", "a".repeat(33))
}

pub(super) fn commit(number: usize, message: &str) -> Commit {
    Commit {
        sha: sha(number),
        message: message.to_owned(),
        login: "kim".to_owned(),
        files: Vec::new(),
    }
}

fn pull(number: u64, title: &str, merge_commit: usize) -> Pull {
    Pull {
        number,
        title: title.to_owned(),
        login: "kim".to_owned(),
        merge_commit: sha(merge_commit),
    }
}

/// v1.0.0 is commit 1, v1.2.0 commit 4; what came between was merged, squashed and rebased.
pub(super) fn shop() -> State {
    State {
        commits: vec![
            commit(0, "Begin"),
            commit(1, "Release 1.0.0"),
            commit(2, "New checkout (#409)\n\nIn two steps."),
            commit(3, "Merge pull request #412 from org/coupons"),
            commit(4, "Tidy up"),
        ],
        pulls: vec![
            pull(412, "Coupons", 3),
            pull(409, "New checkout", 2),
            pull(300, "Something older", 1),
        ],
        tags: [("v1.0.0", 1), ("v1.2.0", 4)]
            .map(|(tag, number)| (tag.to_owned(), sha(number)))
            .into(),
        ..State::default()
    }
}

async fn roll_back(github: &GitHub, inputs: &[(&str, &str)]) -> Done {
    let (_sim, server) = aws(60.0).await;
    run(asking(github, step(&server.url(), inputs))).await
}

/// The step with a token for this GitHub.
pub(super) fn asking(github: &GitHub, step: RunnerStep) -> RunnerStep {
    let step = with(step, "INPUT_GITHUB-TOKEN", TOKEN);
    with(step, "GITHUB_API_URL", &github.url())
}

fn compare(base: usize, head: usize) -> String {
    let (base, head) = (sha(base), sha(head));
    format!("https://github.com/org/shop/compare/{base}...{head}")
}

#[tokio::test]
async fn pull_requests_are_found_however_they_were_merged() {
    let github = GitHub::start(shop()).await;
    let done = roll_back(&github, &[]).await;
    done.ended(0, "rolled-back")
        .says("3 commits, 2 pull requests: #412 Coupons (kim), #409 New checkout (kim)")
        .says("v1.2.0 is commit 0000004 of org/shop, by the git tag v1.2.0");
    assert_eq!(done.outputs["compare-url"], compare(1, 4));
    assert!(
        done.summary
            .contains("](https://github.com/org/shop/pull/412) Coupons"),
        "{}",
        done.summary
    );
    assert!(!done.log.contains(TOKEN));
    // Nothing was asked for but the token's own reads.
    github.state(|state| {
        let mut requests = state.requests.iter();
        assert!(requests.all(|request| request.starts_with("GET ")));
    });
    github.was_asked_properly();
}

#[tokio::test]
async fn a_dry_run_waits_for_what_it_takes_out() {
    let github = GitHub::start(shop()).await;
    let done = roll_back(&github, &[("dry-run", "true")]).await;
    done.ended(0, "planned").says("3 commits, 2 pull requests");
    let place = |words: &str| done.log.find(words).expect("it is told");
    assert!(place("takes out") < place("✔"), "{}", done.log);
    github.was_asked_properly();
}

#[tokio::test]
async fn without_a_token_nobody_is_asked() {
    let github = GitHub::start(shop()).await;
    let (_sim, server) = aws(60.0).await;
    let step = with(step(&server.url(), &[]), "GITHUB_API_URL", &github.url());
    let done = run(step).await;
    done.ended(0, "rolled-back");
    assert_eq!(done.outputs["compare-url"], "");
    assert!(github.state(|state| state.requests.is_empty()));
}

/// web1 whose two images say what they are built from.
fn labelled(source: &str, [old, new]: [&str; 2]) -> World {
    stage::web1_of(&|tag| {
        let revision = if tag == "v1.0.0" { old } else { new };
        ImageSpec::single("linux", "amd64")
            .label("org.opencontainers.image.revision", revision)
            .label("org.opencontainers.image.source", source)
    })
}

#[tokio::test]
async fn labels_name_the_commits_and_only_ids_get_into_a_url() {
    let (old, new) = (sha(1), sha(4));
    let revisions = [old.as_str(), new.as_str()];
    let hostile = ["../../user", "main; ::error::x"];
    let stories = [
        (
            "https://github.com/org/shop",
            revisions,
            "v1.0.0 is commit 0000001 of org/shop, by its revision label",
        ),
        (
            "https://gitlab.example/org/shop",
            revisions,
            "v1.0.0 is commit 0000001 of org/shop, by the git tag v1.0.0",
        ),
        (
            "https://github.com/org/shop",
            hostile,
            "v1.0.0 is commit 0000001 of org/shop, by the git tag v1.0.0",
        ),
    ]
    .map(|(source, revisions, says)| async move {
        let github = GitHub::start(shop()).await;
        let (_sim, server) = aws_with(labelled(source, revisions), 60.0).await;
        let done = run(asking(&github, step(&server.url(), &[]))).await;
        done.ended(0, "rolled-back").says(says);
        assert_eq!(done.outputs["compare-url"], compare(1, 4), "{source}");
        github.was_asked_properly();
    });
    join_all(stories).await;
}

#[tokio::test]
async fn histories_that_are_no_line_are_said_so() {
    for (tags, says) in [
        (
            [("v1.0.0", 4), ("v1.2.0", 1)],
            "brings in                       3 commits: the target is newer",
        ),
        (
            [("v1.0.0", 4), ("v1.2.0", 4)],
            "none: both versions are built from the same commit",
        ),
    ] {
        let github = GitHub::start(State {
            tags: tags
                .map(|(tag, number)| (tag.to_owned(), sha(number)))
                .into(),
            ..shop()
        })
        .await;
        let done = roll_back(&github, &[]).await;
        done.ended(0, "rolled-back").says(says);
        github.was_asked_properly();
    }
    let mut state = shop();
    state.beside = vec![commit(7, "Hotfix")];
    state.tags.insert("v1.2.0".to_owned(), sha(7));
    let github = GitHub::start(state).await;
    let done = roll_back(&github, &[]).await;
    done.ended(0, "rolled-back")
        .says("1 commit; brings in 1 other commit");
    github.was_asked_properly();
}

#[tokio::test]
async fn of_too_many_commits_the_count_and_the_link_are_told() {
    let mut state = shop();
    state.commits = (0..300).map(|number| commit(number, "Work")).collect();
    state.tags = [("web1@v1.0.0", 1), ("web1@v1.2.0", 299)]
        .map(|(tag, number)| (tag.to_owned(), sha(number)))
        .into();
    let github = GitHub::start(state).await;
    let done = roll_back(&github, &[]).await;
    done.ended(0, "rolled-back")
        .says("298 commits")
        .says("298 commits are too many to list; the link has them");
    assert_eq!(done.outputs["compare-url"], compare(1, 299));
    github.was_asked_properly();
}

#[tokio::test]
async fn whatever_github_answers_the_rollback_goes_on() {
    let stories = [
        (
            "/commits/",
            Fault::Status(403),
            "give the job `permissions: contents: read`",
        ),
        (
            "/compare/",
            Fault::Status(401),
            "check the input github-token",
        ),
        (
            "/compare/",
            Fault::RateLimit,
            "the token's rate limit is used up",
        ),
        (
            "/compare/",
            Fault::Status(404),
            "GitHub does not find 0000001 and 0000004 in org/shop",
        ),
        (
            "/compare/",
            Fault::Status(502),
            "GitHub: could not compare the two versions: HTTP 502",
        ),
        ("/compare/", Fault::Garbage, "its answer was not understood"),
        (
            "/pulls",
            Fault::Status(403),
            "give the job `permissions: pull-requests: read`",
        ),
    ]
    .map(|(part, fault, says)| async move {
        let mut state = shop();
        state.faults.push((part.to_owned(), fault));
        let github = GitHub::start(state).await;
        let done = roll_back(&github, &[]).await;
        done.ended(0, "rolled-back").says(says);
        assert_eq!(done.log.matches(says).count(), 1, "{}", done.log);
        assert!(!done.log.contains("\n::error::boo"), "{}", done.log);
        github.was_asked_properly();
    });
    join_all(stories).await;
}

#[tokio::test]
async fn a_github_that_hangs_is_not_waited_for() {
    let mut state = shop();
    state.faults.push(("/".to_owned(), Fault::Hang));
    let github = GitHub::start(state).await;
    let done = roll_back(&github, &[]).await;
    done.ended(0, "rolled-back");
    // The deployment was created and the verdict was told long before.
    done.says("0:00     deployment d-");
}

#[tokio::test]
async fn a_record_follows_the_rollback_to_its_end() {
    let github = GitHub::start(shop()).await;
    let reason = ("reason", "checkout page is down");
    let done = roll_back(&github, &[("environment", "production"), reason]).await;
    done.ended(0, "rolled-back");
    let (deployments, statuses) =
        github.state(|state| (state.deployments.clone(), state.statuses.clone()));
    assert_eq!(deployments.len(), 1);
    let deployment = &deployments[0];
    assert_eq!(deployment["ref"], sha(1));
    assert_eq!(deployment["task"], "rollback");
    assert_eq!(deployment["environment"], "production");
    assert_eq!(
        deployment["description"],
        "prod/web1: rollback to v1.0.0, \"checkout page is down\""
    );
    let states: Vec<&str> = statuses
        .iter()
        .map(|status| status["state"].as_str().expect("a state"))
        .collect();
    assert_eq!(states, ["in_progress", "success"]);
    assert_eq!(
        statuses[1]["log_url"],
        "https://github.com/org/shop/actions/runs/1234567890"
    );
    github.was_asked_properly();
}

#[tokio::test]
async fn an_issue_is_opened_once_for_a_bad_version() {
    let github = GitHub::start(shop()).await;
    let hostile = "down --> <img src=x> @org/team\n::error::boo";
    let first = roll_back(&github, &[("issue", "record"), ("reason", hostile)]).await;
    first.ended(0, "rolled-back");
    assert_eq!(
        first.outputs["issue-url"],
        "https://github.com/org/shop/issues/400"
    );
    assert!(
        first.outputs["recovery-seconds"]
            .parse::<u64>()
            .expect("seconds")
            > 0
    );
    let issue = github.state(|state| state.issues[0].clone());
    assert_eq!(issue["title"], "Root cause: v1.2.0 of web1 was rolled back");
    let body = issue["body"].as_str().expect("a text");
    assert_eq!(body.matches("-->").count(), 1, "{body}");
    let (text, _) = body.split_once("<!--").expect("the block is last");
    assert!(!text.contains("<img") && !text.contains("@org"), "{text}");
    assert!(
        body.contains("](https://github.com/org/shop/pull/412) Coupons"),
        "{body}"
    );

    let second = roll_back(&github, &[("issue", "hold")]).await;
    second.ended(0, "rolled-back");
    assert_eq!(second.outputs["issue-url"], first.outputs["issue-url"]);
    let (issues, comments) = github.state(|state| (state.issues.clone(), state.comments.clone()));
    assert_eq!((issues.len(), comments.len()), (1, 1));
    let labels: Vec<&str> = issues[0]["labels"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|label| label["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(labels, ["rollback", "rollback-hold"]);
    github.was_asked_properly();
}

#[tokio::test]
async fn a_record_that_is_denied_is_one_warning() {
    let mut state = shop();
    state
        .faults
        .push(("/deployments".to_owned(), Fault::Status(403)));
    state
        .faults
        .push(("/issues".to_owned(), Fault::Status(403)));
    let github = GitHub::start(state).await;
    let inputs = [("environment", "production"), ("issue", "record")];
    let done = roll_back(&github, &inputs).await;
    done.ended(0, "rolled-back")
        .says("give the job `permissions: deployments: write`")
        .says("give the job `permissions: issues: write`");
    // It is told after the verdict, and still in the summary.
    assert!(done.summary.contains("issues: write"), "{}", done.summary);
    assert_eq!(done.outputs["issue-url"], "");
    github.was_asked_properly();
}

#[tokio::test]
async fn a_record_that_fails_otherwise_is_one_warning_as_well() {
    let stories = [
        Fault::Status(401),
        Fault::Status(404),
        Fault::Status(422),
        Fault::Status(502),
        Fault::RateLimit,
        Fault::Garbage,
    ]
    .map(|fault| async move {
        let mut state = shop();
        state
            .faults
            .push(("/deployments".to_owned(), fault.clone()));
        state.faults.push(("/issues".to_owned(), fault));
        let github = GitHub::start(state).await;
        let inputs = [("environment", "production"), ("issue", "record")];
        let done = roll_back(&github, &inputs).await;
        done.ended(0, "rolled-back")
            .says("GitHub: could not record the deployment: ")
            .says("GitHub: could not list the issues: ");
        // As they happen, and as annotations.
        assert_eq!(
            done.log.matches("GitHub: could not").count(),
            4,
            "{}",
            done.log
        );
        github.was_asked_properly();
    });
    join_all(stories).await;
}

#[tokio::test]
async fn a_dry_run_records_nothing() {
    let github = GitHub::start(shop()).await;
    let inputs = [
        ("environment", "production"),
        ("issue", "hold"),
        ("dry-run", "true"),
    ];
    let done = roll_back(&github, &inputs).await;
    done.ended(0, "planned");
    let writes = github.state(|state| {
        let requests = state.requests.iter();
        requests
            .filter(|request| !request.starts_with("GET"))
            .count()
    });
    assert_eq!(writes, 0);
}

#[tokio::test]
async fn a_cancelled_rollback_is_recorded_as_such() {
    let github = GitHub::start(shop()).await;
    let (_sim, server) = aws(5.0).await;
    let step = asking(
        &github,
        step(&server.url(), &[("environment", "production")]),
    );
    let mut running = Running::start(step);
    running.until("deployment d-").await;
    running.until("takes out").await;
    running.signal("INT").await;
    let done = running.end().await;
    done.ended(3, "cancelled");
    let statuses = github.state(|state| state.statuses.clone());
    let last = statuses.last().expect("it was opened");
    assert_eq!(last["state"], "error", "{statuses:?}");
    github.was_asked_properly();
}

/// The shop, where commit 3 brought this migration.
fn migrated(path: &str, text: &str) -> State {
    let mut state = shop();
    state.commits[3].files = vec![(path.to_owned(), "added", text.to_owned())];
    state
}

const DROPS: &str = "ALTER TABLE orders DROP COLUMN total;\n";
const ADDS: &str = "ALTER TABLE orders ADD COLUMN note text;\n";
const MIGRATION: &str = "db/migrations/20261120_orders.sql";

#[tokio::test]
async fn migrations_that_stay_are_judged() {
    for (text, safety, says) in [
        (
            ADDS,
            "additive",
            "yes: the migrations that stay only add (1 file)",
        ),
        (
            DROPS,
            "destructive",
            "drops the column orders.total, which v1.0.0 may still use",
        ),
    ] {
        let github = GitHub::start(migrated(MIGRATION, text)).await;
        let done = roll_back(&github, &[]).await;
        done.ended(0, "rolled-back").says(says);
        assert_eq!(done.outputs["safety"], safety);
        assert!(done.summary.contains("**Safe?**"), "{}", done.summary);
        let warned = done.log.contains("::warning");
        assert_eq!(warned, safety == "destructive", "{}", done.log);
        github.was_asked_properly();
    }
    let github = GitHub::start(shop()).await;
    let done = roll_back(&github, &[]).await;
    assert_eq!(done.ended(0, "rolled-back").outputs["safety"], "none");
}

#[tokio::test]
async fn destructive_migrations_refuse_where_that_is_asked_for() {
    let refuse = ("on-migrations", "refuse");
    for (text, exit, outcome) in [(ADDS, 0, "rolled-back"), (DROPS, 2, "refused")] {
        let github = GitHub::start(migrated(MIGRATION, text)).await;
        let done = roll_back(&github, &[refuse]).await;
        done.ended(exit, outcome);
        if outcome == "refused" {
            done.says("destructive-migration: ")
                .says("Nothing was changed");
        }
    }
    let github = GitHub::start(migrated(MIGRATION, DROPS)).await;
    let dry = roll_back(&github, &[refuse, ("dry-run", "true")]).await;
    dry.ended(2, "refused");
    let goes_on = [refuse, ("override", "true"), ("reason", "orders are down")];
    let done = roll_back(&github, &goes_on).await;
    done.ended(0, "rolled-back").says("overridden: ");
    let without = roll_back(&github, &[refuse, ("override", "true")]).await;
    without.ended(2, "refused").says("no reason is given");
}

#[tokio::test]
async fn what_nobody_can_tell_refuses_as_well_where_that_is_asked_for() {
    let mut state = shop();
    state
        .faults
        .push(("/compare/".to_owned(), Fault::Status(403)));
    let github = GitHub::start(state).await;
    let done = roll_back(&github, &[("on-migrations", "refuse")]).await;
    done.ended(2, "refused")
        .says("destructive-migration: ")
        .says("`override: true` with a reason");
    let (_sim, server) = aws(60.0).await;
    let done = run(step(&server.url(), &[("on-migrations", "refuse")])).await;
    done.ended(2, "refused")
        .says("GitHub cannot be asked without a token");
}

#[tokio::test]
async fn a_target_below_the_floor_is_refused() {
    let stories = [
        ("# nothing\n", 0, "rolled-back", ""),
        ("v1.0.0 # orders.total is gone\n", 0, "rolled-back", ""),
        (
            "v1.2.0 # orders.total is gone\n",
            2,
            "refused",
            "below-floor: v1.0.0 does not contain v1.2.0 (orders.total is gone), line 1 of the floor",
        ),
        (
            "v7.0.0\n",
            2,
            "refused",
            "v7.0.0 is neither a tag in ECR nor in git",
        ),
    ]
    .map(|(floor, exit, outcome, says)| async move {
        let github = GitHub::start(shop()).await;
        let (_sim, server) = aws(60.0).await;
        let step = asking(&github, step(&server.url(), &[("floor", "FLOOR")]));
        std::fs::write(step.path("workspace").join("FLOOR"), floor).expect("a file");
        let done = run(step).await;
        done.ended(exit, outcome).says(says);
        github.was_asked_properly();
    });
    join_all(stories).await;
}

/// The files of a comparison are large, and the floor has no use for them.
#[tokio::test]
async fn the_floor_asks_for_no_files() {
    let github = GitHub::start(shop()).await;
    let (_sim, server) = aws(60.0).await;
    let step = asking(&github, step(&server.url(), &[("floor", "FLOOR")]));
    let floor = "v1.0.0\n0000001\n0000000\n";
    std::fs::write(step.path("workspace").join("FLOOR"), floor).expect("a file");
    run(step).await.ended(0, "rolled-back");
    let compared = github.state(|state| state.compared.clone());
    let (small, whole): (Vec<_>, Vec<_>) = compared
        .iter()
        .partition(|query| query.as_str() == "per_page=1&page=2");
    assert_eq!((small.len(), whole.len()), (3, 1), "{compared:?}");
    github.was_asked_properly();
}

#[tokio::test]
async fn a_repository_with_another_name_is_found_on_the_same_host_alone() {
    let github = GitHub::start(shop()).await;
    github.state(|state| state.moved_to = Some(github.url()));
    let done = roll_back(&github, &[]).await;
    done.ended(0, "rolled-back")
        .says("3 commits, 2 pull requests: #412 Coupons (kim), #409 New checkout (kim)");
    github.was_asked_properly();

    let other = GitHub::start(shop()).await;
    github.state(|state| state.moved_to = Some(other.url()));
    let done = roll_back(&github, &[]).await;
    done.ended(0, "rolled-back")
        .says("the repository was renamed or moved");
    assert!(other.state(|state| state.requests.is_empty()));
}

/// GitHub lists 300 files at most; a migration may be the 301st.
#[tokio::test]
async fn where_the_list_of_files_is_full_a_migration_may_be_missing() {
    let mut state = shop();
    let file = |number| (format!("src/{number}.rs"), "modified", String::new());
    state.commits[3].files = (0..301).map(file).collect();
    let github = GitHub::start(state).await;
    let done = roll_back(&github, &[]).await;
    done.ended(0, "rolled-back")
        .says("unknown: a migration may be missing: GitHub lists 300 changed files at most");
    assert_eq!(done.outputs["safety"], "unknown");
    github.was_asked_properly();
}

#[tokio::test]
async fn paths_narrow_a_monorepo_to_one_application() {
    let mut state = shop();
    state.commits[2].files = vec![("web/checkout.ts".to_owned(), "modified", String::new())];
    state.commits[3].files = vec![("api/coupons.go".to_owned(), "modified", String::new())];
    let github = GitHub::start(state).await;
    let done = roll_back(&github, &[("paths", "web/**")]).await;
    done.ended(0, "rolled-back")
        .says("1 commit, 1 pull request: #409 New checkout (kim)");
    assert!(!done.log.contains("#412"), "{}", done.log);
    github.was_asked_properly();
}

/// v1.1.0 has nine tenths of the traffic, a bad v1.2.0 the rest.
#[tokio::test]
async fn out_of_a_canary_the_bad_version_is_what_is_taken_out() {
    let (native1, _) = deploying(Strategy::Canary, NativePhase::Shifting);
    let (_sim, server) = aws_with(native1.world, 60.0).await;
    let mut state = shop();
    state.tags.insert("v1.1.0".to_owned(), sha(2));
    state.commits[3].files = vec![(MIGRATION.to_owned(), "added", DROPS.to_owned())];
    let github = GitHub::start(state).await;
    let inputs = [("version", "v1.1.0"), ("issue", "record")];
    let done = run(asking(&github, step(&server.url(), &inputs))).await;
    done.ended(0, "rolled-back")
        .says("2 commits, 1 pull request: #412 Coupons (kim)");
    assert_eq!(done.outputs["compare-url"], compare(2, 4));
    assert_eq!(done.outputs["safety"], "destructive");
    let issue = github.state(|state| state.issues[0].clone());
    assert_eq!(issue["title"], "Root cause: v1.2.0 of web1 was rolled back");
    let body = issue["body"].as_str().expect("a text");
    assert!(
        body.contains(&format!("\"commit\":\"{}\"", sha(4))),
        "{body}"
    );
    github.was_asked_properly();
}

#[tokio::test]
async fn going_back_to_the_newer_version_opens_no_issue() {
    let mut state = shop();
    state.tags = [("v1.0.0", 4), ("v1.2.0", 1)]
        .map(|(tag, number)| (tag.to_owned(), sha(number)))
        .into();
    let github = GitHub::start(state).await;
    let done = roll_back(&github, &[("issue", "hold")]).await;
    done.ended(0, "rolled-back");
    assert_eq!(done.outputs["issue-url"], "");
    assert_eq!(done.outputs["compare-url"], compare(1, 4));
    assert_eq!(github.state(|state| state.issues.len()), 0);
}

#[tokio::test]
async fn a_record_names_the_target_or_there_is_none() {
    let mut state = shop();
    state.tags.clear();
    let github = GitHub::start(state).await;
    let done = roll_back(&github, &[("environment", "production")]).await;
    done.ended(0, "rolled-back")
        .says("GitHub has no deployment record of this rollback: the commit of v1.0.0 in org/shop is not known");
    assert_eq!(done.outputs["safety"], "unknown");
    // The notes say why; an answer that says nothing is left out.
    assert!(!done.log.contains("safe?"), "{}", done.log);
    assert_eq!(github.state(|state| state.deployments.len()), 0);
}

#[tokio::test]
async fn a_refused_rollback_is_no_deployment() {
    let github = GitHub::start(migrated(MIGRATION, DROPS)).await;
    let inputs = [("environment", "production"), ("on-migrations", "refuse")];
    let done = roll_back(&github, &inputs).await;
    done.ended(2, "refused");
    assert_eq!(github.state(|state| state.deployments.len()), 0);
}

#[tokio::test]
async fn what_is_overridden_is_not_waited_for() {
    let mut state = shop();
    state.faults.push(("/".to_owned(), Fault::Hang));
    let github = GitHub::start(state).await;
    let inputs = [
        ("on-migrations", "refuse"),
        ("override", "true"),
        ("reason", "orders are down"),
    ];
    let done = roll_back(&github, &inputs).await;
    done.ended(0, "rolled-back").says("0:00     deployment d-");
}

#[tokio::test]
async fn a_migration_under_a_new_name_is_read_again() {
    let mut state = shop();
    state.commits[3].files = vec![(MIGRATION.to_owned(), "renamed", String::new())];
    state
        .contents
        .insert(MIGRATION.to_owned(), DROPS.to_owned());
    let github = GitHub::start(state).await;
    let done = roll_back(&github, &[]).await;
    assert_eq!(
        done.ended(0, "rolled-back").outputs["safety"],
        "destructive"
    );
    github.was_asked_properly();
}

const BOARD: &str = "# Versions\r\n\r\nPinned.\r\n<!-- ecs-rollback:begin web1 -->\r\n<!-- ecs-rollback:end web1 -->\r\nAsk in #oncall.";

fn board(body: &str) -> State {
    let issue = serde_json::json!({
        "number": 42, "title": "Versions", "body": body, "labels": [], "state": "open",
    });
    State {
        issues: vec![issue],
        ..shop()
    }
}

async fn list(github: &GitHub, inputs: &[(&str, &str)]) -> Done {
    let (_sim, server) = aws(60.0).await;
    let inputs = [&[("mode", "history"), ("version", "")], inputs].concat();
    run(asking(github, step(&server.url(), &inputs))).await
}

#[tokio::test]
async fn a_board_has_the_list_between_its_markers_and_is_written_once() {
    let github = GitHub::start(board(BOARD)).await;
    let done = list(&github, &[("board-issue", "42")]).await;
    done.ended(0, "listed");
    let body = github.state(|state| state.issues[0]["body"].clone());
    let body = body.as_str().expect("a text").to_owned();
    let (before, after) = BOARD
        .split_once("<!-- ecs-rollback:end")
        .expect("its marker");
    assert!(body.starts_with(before) && body.ends_with(after), "{body}");
    assert!(body.contains("| ✔ | `v1.1.0` |"), "{body}");
    assert!(!body.replace("\r\n", "").contains('\n'), "{body:?}");
    list(&github, &[("board-issue", "42")])
        .await
        .ended(0, "listed");
    let writes = |state: &mut State| {
        let mut requests = state.requests.iter();
        let patches = requests
            .by_ref()
            .filter(|request| request.starts_with("PATCH "));
        patches.count()
    };
    assert_eq!(github.state(writes), 1);
    github.was_asked_properly();
}

#[tokio::test]
async fn a_board_that_cannot_be_written_is_a_warning() {
    let unmarked = GitHub::start(board("Versions")).await;
    let done = list(&unmarked, &[("board-issue", "42")]).await;
    done.ended(0, "listed")
        .says("issue #42 has no line that begins the list of web1")
        .says("<!-- ecs-rollback:begin web1 -->");
    let denied = GitHub::start(board(BOARD)).await;
    denied.state(|state| {
        state
            .faults
            .push(("/issues".to_owned(), Fault::Status(403)))
    });
    let done = list(&denied, &[("board-issue", "42")]).await;
    done.ended(0, "listed")
        .says("give the job `permissions: issues: write`");
    let (_sim, server) = aws(60.0).await;
    let inputs = [("mode", "history"), ("version", ""), ("board-issue", "42")];
    let done = run(step(&server.url(), &inputs)).await;
    done.ended(0, "listed")
        .says("issue #42 was not updated: GitHub cannot be asked without a token");
}

/// People append to a changelog; what v1.0.0 ran long ago is no danger to it.
#[tokio::test]
async fn of_a_changelog_the_new_change_sets_are_judged() {
    const LOG: &str = "src/main/resources/db/changelog/db.changelog.sql";
    const OLD: &str =
        "--liquibase formatted sql\n--changeset kim:1\nALTER TABLE a DROP COLUMN b;\n";
    let adds = format!("{OLD}--changeset kim:2\n{ADDS}");
    let drops = format!("{OLD}--changeset kim:2\n{DROPS}");
    let whole = "db.changelog.sql was judged as a whole, with what v1.0.0 already has of it";
    let stories = [
        (Some(OLD), adds.clone(), "additive", "only add (1 file)"),
        (Some(OLD), drops, "destructive", "db.changelog.sql:5"),
        (None, adds, "destructive", whole),
    ]
    .map(|(before, after, safety, says)| async move {
        let mut state = shop();
        state.commits[3].files = vec![(LOG.to_owned(), "modified", after.clone())];
        state.contents.insert(format!("{LOG}@{}", sha(4)), after);
        if let Some(before) = before {
            let at = format!("{LOG}@{}", sha(1));
            state.contents.insert(at, before.to_owned());
        }
        let github = GitHub::start(state).await;
        let done = roll_back(&github, &[]).await;
        done.ended(0, "rolled-back");
        assert_eq!(done.outputs["safety"], safety, "{}", done.log);
        let told = format!("{}{}", done.log, done.summary);
        assert!(told.contains(says), "{told}");
        assert_eq!(told.contains(whole), before.is_none(), "{told}");
        github.was_asked_properly();
    });
    join_all(stories).await;
}
