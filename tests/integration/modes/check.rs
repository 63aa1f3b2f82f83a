//! `check`: what it calls ready, a rollback then does, and what is ahead is told while there is time.

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::Web1;
use aws_sim::world::{Strategy, World, stage};
use serde_json::{Value, json};

use crate::harness::measures::LATENCY;
use crate::harness::worlds::{asking, expiring, never_deployed, with};
use crate::harness::{Done, Step};
use crate::rollback::ecs::setting::brisk;

fn check(world: World, version: &str) -> Step {
    asking(world, version).input("mode", "check")
}

fn findings(done: &Done) -> Vec<Value> {
    let findings = done.report()["check"]["findings"].clone();
    findings.as_array().cloned().unwrap_or_default()
}

fn of_kind(done: &Done, kind: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for finding in findings(done) {
        if finding["kind"] == kind {
            texts.push(finding["text"].as_str().unwrap_or_default().to_owned());
        }
    }
    texts
}

#[tokio::test(start_paused = true)]
async fn a_service_that_can_be_rolled_back_is_ready() {
    let step = check(stage::web1().world, "");
    let done = step.run().await;
    done.ended(&step, "ready", &[], 0).wrote_nothing(&step);
    assert_eq!(done.output("version"), "v1.1.0");
    let unproven = of_kind(&done, "unproven");
    assert!(
        unproven[0].contains("codedeploy:StopDeployment"),
        "{unproven:?}"
    );
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn ecs_is_checked_too() {
    for strategy in [Strategy::Rolling, Strategy::Canary] {
        let step = check(brisk(strategy).world, "v1.0.0");
        let done = step.run().await;
        done.ended(&step, "ready", &[], 0).wrote_nothing(&step);
        assert_eq!(done.output("version"), "v1.0.0");
        if strategy == Strategy::Canary {
            assert!(!of_kind(&done, "slow").is_empty(), "{}", done.log);
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_in_the_way_of_a_rollback_is_not_ready() {
    let step = check(never_deployed(|_| {}), "");
    let done = step.run().await;
    done.ended(&step, "not-ready", &["previous-unknown"], 0)
        .wrote_nothing(&step);
    insta::assert_snapshot!(done.story());
    let step = check(stage::web1().world, "v1.0.1");
    let done = step.run().await;
    done.ended(&step, "not-ready", &["image-not-found"], 0);
    let step = check(stage::web1().world, "").input("service", "web2");
    let done = step.run().await;
    done.ended(&step, "not-ready", &["service-not-found"], 0);
}

#[tokio::test(start_paused = true)]
async fn ways_back_that_will_be_gone_are_told_ahead() {
    let world = expiring();
    let step = check(world.clone(), "");
    let done = step.run().await;
    done.ended(&step, "ready", &[], 0);
    let ahead = of_kind(&done, "ahead");
    assert!(
        ahead
            .iter()
            .any(|text| text.starts_with("v1.0.0 expires after 2 more images")),
        "{ahead:?}"
    );
    insta::assert_snapshot!(done.story());
    insta::assert_snapshot!(
        "ways_back_that_will_be_gone_are_told_ahead_summary",
        done.summary
    );
    let history = check(world, "").input("mode", "history");
    let done = history.run().await;
    done.says("its image expires after 2 more images at the earliest");
    let versions: Value = serde_json::from_str(done.output("versions")).unwrap();
    assert_eq!(versions[2]["expires"], "after 2 images");
}

#[tokio::test(start_paused = true)]
async fn an_age_rule_says_the_day() {
    let rules = json!([{
        "rulePriority": 1,
        "selection": {
            "tagStatus": "tagged", "tagPatternList": ["v*"],
            "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14,
        },
        "action": { "type": "expire" },
    }]);
    let Web1 { mut world, .. } = stage::web1();
    world.set_lifecycle_policy("web1", &rules);
    let step = check(world, "");
    let done = step.run().await;
    done.ended(&step, "ready", &[], 0);
    let ahead = of_kind(&done, "ahead");
    assert!(
        ahead.contains(&"v1.0.0 expires on 2026-11-28 (lifecycle rule 1)".to_owned()),
        "{ahead:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_archived_image_comes_with_the_command_that_restores_it() {
    let Web1 {
        mut world,
        releases,
        ..
    } = stage::web1();
    world.archive_image("web1", &releases[0].digest);
    let step = check(world, "v1.1.0");
    let done = step.run().await;
    done.ended(&step, "ready", &[], 0)
        .says("v1.0.0 cannot be gone back to: its image is archived")
        .says("aws ecr update-image-storage-class --repository-name web1");
}

#[tokio::test(start_paused = true)]
async fn the_last_rollback_is_told_with_its_time() {
    let web1 = with(|spec| spec.termination_wait_minutes = 0);
    let step = asking(web1.world, "previous").input("wait-for", "completed");
    step.run().await.rolled_back(&step);
    let step = step.input("mode", "check").input("version", "");
    let done = step.run().await;
    let last = of_kind(&done, "last-rollback");
    let [last] = last.as_slice() else {
        panic!("{}", done.log);
    };
    assert!(
        last.contains("by oncall") && last.contains("to traffic"),
        "{last}"
    );
}

/// Lifecycle rules are good to know, and no more.
#[tokio::test(start_paused = true)]
async fn a_missing_permission_for_what_is_ahead_is_a_line() {
    let step = check(stage::web1().world, "");
    let denied = Effect::access_denied("ecr:GetLifecyclePolicy");
    step.sim.rule(Rule::on("GetLifecyclePolicy", denied));
    let done = step.run().await;
    done.ended(&step, "ready", &[], 0)
        .says("ecr:GetLifecyclePolicy");
    // The other one is GitHub, for which there is no token.
    assert_eq!(of_kind(&done, "unread").len(), 2, "{}", done.log);
}

#[tokio::test(start_paused = true)]
async fn a_check_is_quick() {
    let step = check(stage::web1().world, "v1.0.0").sim(|sim| sim.with_latency(LATENCY));
    let done = step.run().await;
    done.ended(&step, "ready", &[], 0);
    assert!(done.took.as_secs() < 3, "{:?}", done.took);
}
