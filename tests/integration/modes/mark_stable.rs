//! `mark-stable`: the tag `stable` on what serves, once that is proven, and on nothing else.

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::{
    DigestReport, HttpAnswer, ImageSpec, NativeAct, NativePhase, Outcome, Past, Reached, Start,
    Strategy, World, stage,
};

use serde_json::Value;

use crate::harness::check::writes;
use crate::harness::lost::{done_but_lost, lost_before};
use crate::harness::worlds::{after, ago, asking, key, with};
use crate::harness::{Done, Step};
use crate::rollback::ecs::setting::{brisk, briskly_deploying};

fn mark(world: World, version: &str) -> Step {
    asking(world, version).input("mode", "mark-stable")
}

fn stable(step: &Step) -> Option<String> {
    step.sim
        .world(|world| world.tagged("web1", "stable").map(str::to_owned))
}

/// The tag is on this digest, and nothing else was written.
#[track_caller]
fn marked(step: &Step, done: &Done, digest: &str) {
    done.ended(step, "marked", &[], 0);
    assert_eq!(done.output("image-digest"), digest);
    assert_eq!(stable(step).as_deref(), Some(digest));
    let writes: Vec<String> = writes(step).into_keys().collect();
    assert_eq!(writes, ["PutImage"], "{}", done.log);
}

/// v1.1.0 was stable before.
fn with_older_mark() -> (World, [String; 3]) {
    let web1 = stage::web1();
    let mut world = web1.world;
    let digests = [0, 1, 2].map(|nth: usize| web1.releases[nth].digest.clone());
    world.move_tag("web1", "stable", &digests[1]);
    (world, digests)
}

#[tokio::test(start_paused = true)]
async fn what_serves_is_marked() {
    let (world, digests) = with_older_mark();
    let step = mark(world, "");
    let done = step.run().await;
    marked(&step, &done, &digests[2]);
    assert_eq!(done.output("version"), "v1.2.0");
    assert!(done.output("task-definition-arn").ends_with("web1:3"));
    insta::assert_snapshot!(done.story());
    insta::assert_snapshot!("what_serves_is_marked_summary", done.summary);
    // What was marked is what a rollback to it goes to.
    let (world, _) = with_older_mark();
    let again = mark(step.sim.world(|world| world.clone()), "v1.2.0");
    let done = again.run().await;
    done.ended(&again, "unchanged", &[], 0)
        .wrote_nothing(&again);
    done.says("already on v1.2.0");
    let back = asking(world, "stable").input("dry-run", "true");
    assert_eq!(back.run().await.output("image-digest"), digests[1]);
}

#[tokio::test(start_paused = true)]
async fn services_that_ecs_deploys_are_marked_too() {
    for strategy in [Strategy::Rolling, Strategy::BlueGreen, Strategy::Canary] {
        let native1 = brisk(strategy);
        let step = mark(native1.world, "v1.2.0");
        let done = step.run().await;
        marked(&step, &done, &native1.releases[2].digest);
    }
}

#[tokio::test(start_paused = true)]
async fn the_version_given_must_be_what_serves() {
    let web1 = stage::web1();
    let serving = web1.releases[2].digest.clone();
    let older = web1.releases[0].digest.clone();
    for version in ["v1.2.0", "latest", serving.as_str()] {
        let step = mark(web1.world.clone(), version);
        let done = step.run().await;
        marked(&step, &done, &serving);
        assert_eq!(done.output("version"), "v1.2.0", "{version}");
    }
    for (version, code) in [
        ("v1.0.0", "not-serving"),
        (older.as_str(), "not-serving"),
        ("v9.9.9", "image-not-found"),
        ("previous", "bad-input"),
        ("previous~2", "bad-input"),
    ] {
        let step = mark(web1.world.clone(), version);
        let done = step.run().await;
        done.refused(&step, code);
        if version == "v1.0.0" {
            insta::assert_snapshot!(done.story());
        }
    }
}

/// Pipelines give the commit that they deployed.
#[tokio::test(start_paused = true)]
async fn a_commit_id_is_the_version_that_it_tags() {
    let mut web1 = stage::web1();
    let digest = web1.releases[2].digest.clone();
    web1.world.move_tag("web1", "sha-3ab9d41", &digest);
    let commit = format!("3ab9d41{}", "0".repeat(33));
    let step = mark(web1.world, &commit);
    let done = step.run().await;
    marked(&step, &done, &digest);
}

/// v1.1.0 serves, and v1.2.0 has come this far, by CodeDeploy.
fn deploying(reached: Reached) -> (World, [String; 2]) {
    let mut web1 = with(|spec| spec.termination_wait_minutes = 30);
    let back = Past::new(
        &web1.releases[1].task_definition,
        ago(1800),
        Outcome::Succeeded,
    );
    web1.world.past_deployment(&key(), &back);
    let mut start = Start::new(&web1.releases[2].task_definition);
    start.config = Some("CodeDeployDefault.ECSCanary10Percent5Minutes".to_owned());
    web1.world.start_deployment(&key(), &start, reached);
    let digests = [1, 2].map(|nth: usize| web1.releases[nth].digest.clone());
    (web1.world, digests)
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_has_not_all_its_traffic_is_refused() {
    for (reached, old, new) in [
        (
            Reached::Installing,
            &["not-proven"][..],
            &["not-serving", "not-proven"][..],
        ),
        (
            Reached::Shifting,
            &["not-proven"],
            &["not-serving", "not-proven"],
        ),
    ] {
        for (version, codes) in [("", old), ("v1.1.0", old), ("v1.2.0", new)] {
            let (world, _) = deploying(reached);
            let step = mark(world, version);
            let done = step.run().await;
            done.refused_for(&step, codes);
            if version.is_empty() && matches!(reached, Reached::Shifting) {
                insta::assert_snapshot!(done.story());
            }
        }
    }
    let (world, digests) = deploying(Reached::TerminationWait);
    let step = mark(world, "");
    let done = step.run().await;
    marked(&step, &done, &digests[1]);
}

#[tokio::test(start_paused = true)]
async fn a_service_deployment_that_has_not_all_its_traffic_is_refused() {
    for (strategy, phase) in [
        (Strategy::Rolling, NativePhase::InProgress),
        (Strategy::BlueGreen, NativePhase::InProgress),
        (Strategy::BlueGreen, NativePhase::Paused),
        (Strategy::Canary, NativePhase::Shifting),
        (Strategy::Canary, NativePhase::RollingBackTraffic),
    ] {
        let (native1, _) = briskly_deploying(strategy, phase);
        let step = mark(native1.world, "");
        let done = step.run().await;
        done.refused(&step, "not-proven");
    }
    for strategy in [Strategy::BlueGreen, Strategy::Canary] {
        let (native1, _) = briskly_deploying(strategy, NativePhase::Baking);
        let step = mark(native1.world, "v1.2.0");
        let done = step.run().await;
        marked(&step, &done, &native1.releases[2].digest);
    }
}

/// A canary that was stopped where it was leaves its traffic split, and nothing is in progress any more.
#[tokio::test(start_paused = true)]
async fn a_split_that_stays_is_refused() {
    let (mut world, _) = deploying(Reached::Shifting);
    world.plan_stop(&key(), false, after(1));
    world.advance(after(60));
    let step = mark(world, "");
    let done = step.run().await;
    done.refused(&step, "not-proven");
    for strategy in [Strategy::Canary, Strategy::Rolling] {
        let (mut native1, _) = briskly_deploying(strategy, NativePhase::Shifting);
        let stop = NativeAct::Stop { rollback: false };
        native1.world.plan_act(&key(), stop, after(1));
        native1.world.advance(after(60));
        let step = mark(native1.world, "");
        let done = step.run().await;
        done.refused(&step, "not-proven");
    }
}

/// Its tasks start again, and the agent says which image they run as the world's switch has it.
fn released_again(world: &mut World) {
    let revision = format!(
        "arn:aws:ecs:{}:{}:task-definition/web1:3",
        stage::REGION,
        stage::ACCOUNT
    );
    world.past_deployment(&key(), &Past::new(&revision, ago(900), Outcome::Succeeded));
}

#[tokio::test(start_paused = true)]
async fn every_task_must_be_known_to_run_it() {
    let mut silent = stage::web1().world;
    silent.switches.digest_report = DigestReport::Missing;
    released_again(&mut silent);
    let mut lost = stage::web1().world;
    lost.lose_tasks(&key(), "No capacity is left.");
    for (world, says) in [(silent, "2 tasks of unknown digest"), (lost, "2 wanted")] {
        for version in ["", "v1.2.0"] {
            let step = mark(world.clone(), version);
            let done = step.run().await;
            done.refused(&step, "not-proven").says(says);
        }
    }
    let step = mark(stage::web1().world, "");
    let denied = Effect::access_denied("ecs:DescribeTasks");
    step.sim.rule(Rule::on("DescribeTasks", denied));
    step.run().await.refused(&step, "access-denied");
}

#[tokio::test(start_paused = true)]
async fn an_index_stays_an_index() {
    let index = |_: &str| ImageSpec::index(&[("linux", "amd64"), ("linux", "arm64")]);
    for report in [DigestReport::Index, DigestReport::Child] {
        let mut world = stage::web1_of(&index);
        world.switches.digest_report = report;
        released_again(&mut world);
        let digest = world
            .tagged("web1", "v1.2.0")
            .expect("it is there")
            .to_owned();
        let step = mark(world, "v1.2.0");
        let done = step.run().await;
        marked(&step, &done, &digest);
        let calls = step.sim.calls();
        let put = calls.of("PutImage").next().expect("it was put");
        let media_type = put.input["imageManifestMediaType"].as_str();
        assert_eq!(media_type, Some("application/vnd.oci.image.index.v1+json"));
    }
}

const URL: &str = "http://web1.test/health";

#[tokio::test(start_paused = true)]
async fn the_health_check_must_pass() {
    let web1 = stage::web1();
    let digest = web1.releases[2].digest.clone();
    for (status, is_marked) in [(200, true), (503, false)] {
        let mut world = web1.world.clone();
        world.set_http(URL, HttpAnswer::Fixed(status, Vec::new()));
        let step = mark(world, "").input("health-check-url", URL);
        let done = step.run().await;
        match is_marked {
            true => marked(&step, &done, &digest),
            false => {
                done.refused(&step, "health-check-failed");
                insta::assert_snapshot!(done.story());
            }
        }
    }
}

/// While the health check is tried, somebody deploys.
#[tokio::test(start_paused = true)]
async fn what_began_during_the_health_check_is_seen() {
    let mut web1 = stage::web1();
    let answers = [503, 503, 200].map(|status| (status, Vec::new()));
    web1.world
        .set_http(URL, HttpAnswer::Sequence(answers.to_vec()));
    let start = Start::new(&web1.releases[0].task_definition);
    web1.world.plan_deployment(&key(), &start, after(4));
    let step = mark(web1.world, "").input("health-check-url", URL);
    let done = step.run().await;
    assert_eq!(done.codes(), ["not-proven"], "{}", done.log);
    assert_eq!(done.output("outcome"), "refused");
    assert_eq!(stable(&step), None);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_says_what_would_be_marked() {
    let (world, digests) = with_older_mark();
    let step = mark(world, "").input("dry-run", "true");
    let done = step.run().await;
    done.ended(&step, "planned", &[], 0).wrote_nothing(&step);
    assert_eq!(stable(&step).as_ref(), Some(&digests[1]));
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_cannot_move_is_refused() {
    let (mut world, digests) = with_older_mark();
    world.make_tags_immutable("web1");
    let step = mark(world.clone(), "");
    let done = step.run().await;
    // AWS was asked, and refused: nothing was changed.
    done.ended(&step, "refused", &["tag-immutable"], 0);
    assert_eq!(stable(&step).as_ref(), Some(&digests[1]));
    insta::assert_snapshot!(done.story());
    // One that is there already needs no move, and one that is excluded moves.
    world.move_tag("web1", "stable", &digests[2]);
    let step = mark(world.clone(), "");
    let done = step.run().await;
    done.ended(&step, "unchanged", &[], 0).wrote_nothing(&step);
    world.move_tag("web1", "stable", &digests[1]);
    world.make_tags_immutable_except("web1", &["stable"]);
    let step = mark(world, "");
    let done = step.run().await;
    marked(&step, &done, &digests[2]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_looked_for() {
    for effect in done_but_lost().into_iter().chain(lost_before()) {
        for times in [1, 3] {
            let (world, digests) = with_older_mark();
            let step = mark(world, "");
            step.sim
                .rule(Rule::on("PutImage", effect.clone()).first(times));
            let done = step.run().await;
            done.ended(&step, "marked", &[], 0);
            assert_eq!(stable(&step).as_ref(), Some(&digests[2]), "{effect:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_found_out_is_a_failure() {
    let (world, _) = with_older_mark();
    let step = mark(world, "");
    step.sim.rule(Rule::on("PutImage", Effect::HangAfter));
    // The look that follows finds nothing either.
    let of_tag = |input: &Value| input["imageIds"][0]["imageTag"] == "stable";
    let unread = Rule::on("DescribeImages", Effect::unavailable());
    step.sim.rule(unread.when(of_tag).after(2));
    let done = step.run().await;
    assert_eq!(done.output("outcome"), "failed", "{}", done.log);
    assert_eq!(done.exit, 1);
    done.says("it is not known whether the ECR tag stable is on v1.2.0 now")
        .says("aws ecr describe-images --repository-name web1 --image-ids imageTag=stable");
    assert!(!done.log.contains("othing was changed"), "{}", done.log);
}

#[tokio::test(start_paused = true)]
async fn what_aws_refuses_changes_nothing() {
    for (effect, code) in [
        (Effect::access_denied("ecr:PutImage"), "access-denied"),
        (Effect::Throttle, "aws-throttled"),
        (
            Effect::not_found("RepositoryNotFoundException"),
            "aws-error",
        ),
    ] {
        let (world, digests) = with_older_mark();
        let step = mark(world, "");
        step.sim.rule(Rule::on("PutImage", effect));
        let done = step.run().await;
        done.ended(&step, "refused", &[code], 0)
            .says("Nothing was changed");
        assert_eq!(stable(&step).as_ref(), Some(&digests[1]));
        if code == "access-denied" {
            done.says("ecr:PutImage");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_that_is_gone_or_archived_is_not_marked() {
    let web1 = stage::web1();
    let digest = web1.releases[2].digest.clone();
    let (mut gone, mut archived) = (web1.world.clone(), web1.world);
    gone.delete_image("web1", &digest);
    archived.archive_image("web1", &digest);
    for (world, code) in [(gone, "image-not-found"), (archived, "image-archived")] {
        let step = mark(world, "");
        let done = step.run().await;
        done.refused(&step, code);
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_says_whether_the_tag_may_have_moved() {
    for (operation, says, is_untouched) in [
        (
            "DescribeTasks",
            "the run was cancelled; nothing was changed",
            true,
        ),
        (
            "PutImage",
            "the run was cancelled; the ECR tag stable may have been put on v1.2.0",
            false,
        ),
    ] {
        let (world, _) = with_older_mark();
        let step = mark(world, "");
        step.sim.rule(Rule::on(operation, Effect::HangAfter));
        let clock = step.sim.clock();
        let signal = clock.sleep(std::time::Duration::from_secs(6));
        let done = step.run_until(signal).await;
        done.ended(&step, "cancelled", &["cancelled"], 0).says(says);
        let untouched = done.log.contains("Nothing was changed.");
        assert_eq!(untouched, is_untouched, "{}", done.log);
        assert!(done.took.as_secs() < 11, "{:?}", done.took);
    }
    let (world, _) = with_older_mark();
    let step = mark(world, "").input("timeout", "5s");
    step.sim.rule(Rule::on("PutImage", Effect::HangAfter));
    let done = step.run().await;
    done.ended(&step, "timed-out", &["timed-out"], 0)
        .says("the ECR tag stable may have been put on v1.2.0");
}
