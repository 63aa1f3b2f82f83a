//! The modes beside the rollback, for several services at once.

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{Member, Several, several};
use aws_sim::world::{Strategy, World};
use serde_json::Value;

use crate::harness::check::writes;
use crate::harness::{Done, Step};
use crate::rollback::several::setting::shop;

const CHOICES: &str = "# ecs-rollback:begin shop\n# ecs-rollback:end shop\n";

fn asking(world: World, mode: &str) -> Step {
    Step::on(world)
        .input("cluster", "prod")
        .input("service", "web1, worker1")
        .input("mode", mode)
}

/// The output of each service, in their order.
fn column(done: &Done, name: &str) -> Vec<String> {
    let results: Vec<Value> = serde_json::from_str(done.output("results")).expect("a list");
    let column = results.iter().map(|result| result[name].as_str());
    column
        .map(|text| text.expect("a text").to_owned())
        .collect()
}

/// The writes that AWS saw, with how many.
fn written(step: &Step) -> Vec<(String, usize)> {
    writes(step).into_iter().collect()
}

/// Two services with images of their own.
fn apart() -> Several {
    several(&[
        Member::codedeploy("web1"),
        Member::ecs("worker1", Strategy::Rolling),
    ])
}

/// The same, where the image of `worker1` with this tag is gone.
fn without_image(tag: &str) -> World {
    let mut apart = apart();
    let worker1 = apart.member("worker1");
    let release = worker1.releases.iter().find(|release| release.tag == tag);
    let digest = release.expect("it was released").digest.clone();
    apart.world.delete_image("worker1", &digest);
    apart.world
}

#[tokio::test(start_paused = true)]
async fn a_check_is_ready_where_all_are() {
    let step = asking(shop().world, "check").input("version", "v1.1.0");
    let done = step.run().await;
    done.ended(&step, "ready", &[], 0).wrote_nothing(&step);
    insta::assert_snapshot!("check_ready", done.story());
    insta::assert_snapshot!("check_ready_summary", done.summary);
}

#[tokio::test(start_paused = true)]
async fn a_check_says_which_one_is_not_ready() {
    let step = asking(without_image("v1.1.0"), "check").input("version", "v1.1.0");
    let done = step.run().await;
    assert_eq!((done.exit, done.output("outcome")), (2, "not-ready"));
    done.wrote_nothing(&step);
    assert_eq!(column(&done, "outcome"), ["ready", "not-ready"]);
    insta::assert_snapshot!("check_not_ready", done.log);
}

#[tokio::test(start_paused = true)]
async fn the_choices_are_what_all_can_go_back_to() {
    let step = asking(without_image("v1.0.0"), "history")
        .input("name", "shop")
        .input("choices-file", "choices.yml")
        .file("choices.yml", CHOICES);
    let done = step.run().await;
    done.ended(&step, "listed", &[], 0).wrote_nothing(&step);
    let written = std::fs::read_to_string(step.folder.path().join("choices.yml"));
    let written = written.expect("the file is there");
    assert!(written.contains("- \"v1.1.0\""), "{written}");
    assert!(!written.contains("v1.0.0"), "{written}");
    insta::assert_snapshot!("history", done.story());
    insta::assert_snapshot!("history_summary", done.summary);
}

/// A list that lacks a service must not offer what that service cannot go back to.
#[tokio::test(start_paused = true)]
async fn nothing_is_offered_where_one_history_cannot_be_read() {
    for service in ["web1, gone1", "gone1, web1"] {
        let step = asking(apart().world, "history")
            .input("service", service)
            .input("name", "shop")
            .input("choices-file", "choices.yml")
            .file("choices.yml", CHOICES);
        let done = step.run().await;
        assert_eq!((done.exit, done.output("outcome")), (2, "refused"));
        done.says("there is no service gone1");
        let left = std::fs::read_to_string(step.folder.path().join("choices.yml"));
        assert_eq!(left.expect("the file is there"), CHOICES);
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_that_services_share_is_marked_once() {
    let shop = shop();
    let digest = shop.member("web1").releases[2].digest.clone();
    let step = asking(shop.world, "mark-stable");
    let done = step.run().await;
    done.ended(&step, "marked", &[], 0);
    assert_eq!(column(&done, "outcome"), ["marked", "marked"]);
    assert_eq!(written(&step), [("PutImage".to_owned(), 1)]);
    assert_eq!(tagged(&step, "shop").as_ref(), Some(&digest));
    insta::assert_snapshot!("mark_stable", done.story());
    insta::assert_snapshot!("mark_stable_summary", done.summary);
}

#[tokio::test(start_paused = true)]
async fn images_of_their_own_are_marked_each() {
    let step = asking(apart().world, "mark-stable");
    let done = step.run().await;
    done.ended(&step, "marked", &[], 0);
    assert_eq!(written(&step), [("PutImage".to_owned(), 2)]);
    assert!(tagged(&step, "web1").is_some() && tagged(&step, "worker1").is_some());
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_marks_nothing() {
    let step = asking(shop().world, "mark-stable").input("dry-run", "true");
    let done = step.run().await;
    done.ended(&step, "planned", &[], 0).wrote_nothing(&step);
    done.says("A real run would mark v1.2.0 as stable");
}

/// A tag is on one image of a repository.
#[tokio::test(start_paused = true)]
async fn a_repository_whose_services_run_different_images_is_refused() {
    for dry_run in ["false", "true"] {
        let step = Step::on(shop().world)
            .input("cluster", "prod")
            .input("service", "worker1")
            .input("version", "v1.1.0");
        assert_eq!(step.run().await.output("outcome"), "rolled-back");
        let world = step.sim.world(|world| world.clone());
        let step = asking(world, "mark-stable").input("dry-run", dry_run);
        let done = step.run().await;
        assert_eq!((done.exit, done.output("outcome")), (2, "refused"));
        done.wrote_nothing(&step);
        done.says("v1.2.0 serves here and v1.1.0 in worker1")
            .says("v1.1.0 serves here and v1.2.0 in web1");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_marked_where_one_is_refused() {
    let step = asking(apart().world, "mark-stable").input("service", "web1, gone1");
    let done = step.run().await;
    assert_eq!((done.exit, done.output("outcome")), (2, "refused"));
    done.wrote_nothing(&step);
    assert_eq!(column(&done, "outcome"), ["planned", "refused"]);
    insta::assert_snapshot!("mark_stable_refused", done.log);
}

/// What is denied for one after the other's tag was put is no refusal any more: something was changed.
#[tokio::test(start_paused = true)]
async fn a_tag_that_is_denied_after_anothers_was_put_is_a_failure() {
    let step = asking(apart().world, "mark-stable");
    let denied = Effect::access_denied("ecr:PutImage");
    step.sim.rule(Rule::on("PutImage", denied).after(1));
    let done = step.run().await;
    assert_eq!((done.exit, done.output("outcome")), (1, "failed"));
    let mut outcomes = column(&done, "outcome");
    outcomes.sort();
    assert_eq!(outcomes, ["failed", "marked"]);
}

/// The same where nobody knows whether the other's was put.
#[tokio::test(start_paused = true)]
async fn a_tag_that_is_denied_beside_one_whose_answers_are_lost_is_a_failure() {
    let step = asking(apart().world, "mark-stable");
    let is_web1 = |input: &Value| input["repositoryName"] == "web1";
    let denied = Effect::access_denied("ecr:PutImage");
    let lost = Rule::on("PutImage", Effect::ResetBefore);
    step.sim.rule(lost.when(is_web1));
    step.sim.rule(Rule::on("PutImage", denied));
    let done = step.run().await;
    assert_eq!(
        (done.exit, done.output("outcome")),
        (1, "failed"),
        "{}",
        done.log
    );
    assert_eq!(
        column(&done, "outcome"),
        ["failed", "failed"],
        "{}",
        done.log
    );
}

fn tagged(step: &Step, repository: &str) -> Option<String> {
    step.sim
        .world(|world| world.tagged(repository, "stable").map(str::to_owned))
}
