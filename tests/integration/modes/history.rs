//! `history`: what has served, and whether the word it gives leads back to it.

use aws_sim::world::stage::Web1;
use aws_sim::world::{Outcome, Past, Strategy, World, stage};
use serde_json::Value;

use crate::harness::measures::{DENSITIES, LATENCY, PAST, back_to, released};
use crate::harness::worlds::{HOUR, ago, amd64, asking, with};
use crate::harness::{Done, Step};
use crate::rollback::ecs::setting::brisk;

fn history(world: World) -> Step {
    asking(world, "").input("mode", "history")
}

async fn listed(step: &Step) -> Done {
    let done = step.run().await;
    done.ended(step, "listed", &[], 0).wrote_nothing(step);
    done
}

fn versions(done: &Done) -> Vec<Value> {
    serde_json::from_str(done.output("versions")).expect("a list")
}

fn column<'v>(versions: &'v [Value], name: &str) -> Vec<&'v str> {
    let cells = versions.iter().map(|version| version[name].as_str());
    cells.map(|cell| cell.unwrap_or("-")).collect()
}

/// Each word that the list gives leads to the image and the revision that it stands beside.
async fn words_lead_back(world: &World, versions: &[Value]) {
    let mut tried = 0;
    for version in versions {
        let Some(word) = version["type"].as_str() else {
            continue;
        };
        tried += 1;
        let step = asking(world.clone(), word).input("dry-run", "true");
        let done = step.run().await;
        done.ended(&step, "planned", &[], 0);
        assert_eq!(
            done.output("image-digest"),
            version["image-digest"],
            "{word}"
        );
        let revision = &version["task-definition-arn"];
        assert_eq!(done.output("task-definition-arn"), revision, "{word}");
    }
    assert!(tried > 0, "{versions:?}");
}

#[tokio::test(start_paused = true)]
async fn what_served_and_how_to_go_back() {
    let web1 = stage::web1();
    let step = history(web1.world.clone());
    let done = listed(&step).await;
    let versions = versions(&done);
    assert_eq!(column(&versions, "version"), ["v1.2.0", "v1.1.0", "v1.0.0"]);
    assert_eq!(column(&versions, "type"), ["-", "v1.1.0", "v1.0.0"]);
    assert_eq!(versions[0]["serving"], true);
    words_lead_back(&web1.world, &versions).await;
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_rollback_is_on_record_with_who_and_why() {
    let web1 = with(|spec| spec.termination_wait_minutes = 0);
    let step = asking(web1.world, "previous")
        .input("reason", "checkout page is down")
        .input("wait-for", "completed");
    step.run().await.rolled_back(&step);
    let step = step.input("mode", "history").input("version", "");
    let done = step.run().await;
    assert_eq!(done.output("outcome"), "listed", "{}", done.log);
    let versions = versions(&done);
    assert_eq!(column(&versions, "version"), ["v1.1.0", "v1.2.0", "v1.0.0"]);
    assert_eq!(versions[1]["taken-off"], true);
    assert_eq!(versions[1]["by"], "oncall");
    assert_eq!(versions[1]["reason"], "checkout page is down");
    assert_eq!(versions[0]["by"], "oncall");
    insta::assert_snapshot!(done.story());
    let pages = done.summary.split_once("\n\n\n");
    let (_, list) = pages.expect("the page of the rollback, then that of the list");
    insta::assert_snapshot!("a_rollback_is_on_record_with_who_and_why_summary", list);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_gone_back_to_says_why() {
    let Web1 {
        mut world,
        releases,
        service,
        ..
    } = stage::web1();
    let mut digests = Vec::new();
    for (tag, age) in [("v1.3.0", 3_000), ("v1.4.0", 2_000), ("v1.5.0", 1_000)] {
        digests.push(world.push_image("web1", &[tag], amd64(), ago(age)));
        let revision = world.register_task_definition(&stage::task_definition(tag), ago(age - 10));
        let past = Past::new(&revision, ago(age - 20), Outcome::Succeeded);
        world.past_deployment(&service, &past);
    }
    world.archive_image("web1", &digests[1]);
    world.delete_image("web1", &releases[1].digest);
    // v1.3.0 is pushed again: what it was when it was deployed is not on record.
    world.push_image("web1", &["v1.3.0"], amd64(), ago(500));
    let step = history(world.clone());
    let done = listed(&step).await;
    let versions = versions(&done);
    assert_eq!(versions.len(), 6, "{versions:#?}");
    let available: Vec<&Value> = versions
        .iter()
        .map(|version| &version["available"])
        .collect();
    assert_eq!(available, [true, false, false, true, false, true]);
    words_lead_back(&world, &versions).await;
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_release_of_configuration_needs_a_word_of_its_own() {
    let Web1 {
        mut world, service, ..
    } = stage::web1();
    let mut changed = stage::task_definition("v1.2.0");
    changed["containerDefinitions"][0]["environment"] =
        serde_json::json!([{ "name": "NEW_FLAG", "value": "1" }]);
    let revision = world.register_task_definition(&changed, ago(900));
    world.past_deployment(
        &service,
        &Past::new(&revision, ago(800), Outcome::Succeeded),
    );
    let step = history(world.clone());
    let done = listed(&step).await;
    let versions = versions(&done);
    assert_eq!(
        column(&versions, "type"),
        ["-", "previous", "v1.1.0", "v1.0.0"]
    );
    words_lead_back(&world, &versions).await;
}

/// v1.0.0 was released again with other settings, and then taken off: its version alone would lead there.
#[tokio::test(start_paused = true)]
async fn a_version_does_not_lead_to_settings_that_were_taken_off() {
    let Web1 {
        mut world,
        releases,
        service,
        ..
    } = stage::web1();
    let mut changed = stage::task_definition("v1.0.0");
    changed["containerDefinitions"][0]["environment"] =
        serde_json::json!([{ "name": "BAD_FLAG", "value": "1" }]);
    let bad = world.register_task_definition(&changed, ago(900));
    let newest = &releases[2].task_definition;
    for (revision, age) in [
        (&releases[0].task_definition, 880),
        (&bad, 860),
        (&releases[0].task_definition, 840),
        (newest, 820),
    ] {
        let past = Past::new(revision, ago(age), Outcome::Succeeded);
        world.past_deployment(&service, &past);
    }
    let done = history(world.clone()).run().await;
    words_lead_back(&world, &versions(&done)).await;
    let good = versions(&done);
    let good = good
        .iter()
        .find(|version| version["task-definition-arn"] == releases[0].task_definition);
    assert_eq!(good.expect("it served")["type"], "previous", "{}", done.log);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_writes_nothing() {
    let step = history(stage::web1().world)
        .file("rollback.yml", WORKFLOW)
        .input("choices-file", "rollback.yml")
        .input("board-issue", "42")
        .input("dry-run", "true");
    let done = listed(&step).await;
    done.says("dry run: rollback.yml was not written")
        .says("dry run: issue #42 was not updated");
    let text = std::fs::read_to_string(step.folder.path().join("rollback.yml")).unwrap();
    assert_eq!(text, WORKFLOW);
}

#[tokio::test(start_paused = true)]
async fn services_that_ecs_deploys_have_a_history_too() {
    for strategy in [Strategy::Rolling, Strategy::BlueGreen, Strategy::Canary] {
        let native1 = brisk(strategy);
        let step = history(native1.world.clone());
        let done = listed(&step).await;
        let versions = versions(&done);
        assert_eq!(column(&versions, "version"), ["v1.2.0", "v1.1.0", "v1.0.0"]);
        words_lead_back(&native1.world, &versions).await;
        if strategy == Strategy::Rolling {
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_not_there_has_none() {
    let step = history(stage::web1().world).input("service", "web2");
    let done = step.run().await;
    done.refused(&step, "service-not-found");
    insta::assert_snapshot!(done.story());
}

const WORKFLOW: &str = "on:\n  workflow_dispatch:\n    inputs:\n      version:\n        type: choice\n        options:\n          - previous\n          # ecs-rollback:begin web1\n          # ecs-rollback:end web1\n";

#[tokio::test(start_paused = true)]
async fn the_choices_go_between_their_markers() {
    let step = history(stage::web1().world)
        .file("rollback.yml", WORKFLOW)
        .input("choices-file", "rollback.yml");
    listed(&step).await;
    let file = step.folder.path().join("rollback.yml");
    let text = std::fs::read_to_string(&file).unwrap();
    let options = "begin web1\n          - \"v1.1.0\"\n          - \"v1.0.0\"\n";
    assert_eq!(text, WORKFLOW.replace("begin web1\n", options));
    let written = std::fs::metadata(&file).unwrap().modified().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    listed(&step).await;
    let again = std::fs::metadata(&file).unwrap().modified().unwrap();
    assert_eq!(again, written, "nothing had changed");
}

#[tokio::test(start_paused = true)]
async fn a_choices_file_that_cannot_be_written_is_refused() {
    for (path, code) in [
        ("nowhere.yml", "file-unreadable"),
        ("../rollback.yml", "bad-input"),
        ("unmarked.yml", "file-invalid"),
        ("link.yml", "file-invalid"),
    ] {
        let elsewhere = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(elsewhere.path(), WORKFLOW).unwrap();
        let step = history(stage::web1().world)
            .file("unmarked.yml", "options:\n")
            .input("choices-file", path);
        let link = step.folder.path().join("link.yml");
        std::os::unix::fs::symlink(elsewhere.path(), link).unwrap();
        let done = step.run().await;
        done.refused(&step, code);
        assert_eq!(std::fs::read_to_string(elsewhere.path()).unwrap(), WORKFLOW);
        if path == "unmarked.yml" {
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_past_costs_what_previous_costs() {
    for (density, every) in DENSITIES {
        let step = back_to(released(PAST, every), "")
            .input("mode", "history")
            .sim(|sim| sim.with_latency(LATENCY));
        let done = step.run().await;
        assert_eq!(done.output("outcome"), "listed", "{}", done.log);
        assert_eq!(versions(&done).len(), 10, "{density}");
        let calls = step.sim.calls().len();
        let round_trips = done.took.as_millis().div_ceil(LATENCY.as_millis());
        assert!(calls <= 45, "{density}: {calls} calls");
        assert!(round_trips <= 7, "{density}: {round_trips} round trips");
    }
}

#[tokio::test(start_paused = true)]
async fn a_past_that_repeats_itself_is_read_further_back() {
    let Web1 {
        mut world,
        releases,
        service,
        ..
    } = stage::web1();
    for hour in (0..40u64).rev() {
        let release = &releases[usize::from(hour % 2 == 0) + 1];
        let at = ago(hour * HOUR + 600);
        let past = Past::new(&release.task_definition, at, Outcome::Succeeded);
        world.past_deployment(&service, &past);
    }
    let step = history(world);
    let done = listed(&step).await;
    assert!(
        column(&versions(&done), "version").contains(&"v1.0.0"),
        "{}",
        done.log
    );
}
