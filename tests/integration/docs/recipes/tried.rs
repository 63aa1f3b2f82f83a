//! The recipes' own steps against the simulator, in virtual time.

use aws_sim::world::stage::{self, Web1};
use aws_sim::world::{HttpAnswer, Outcome, Past, Reached, Strategy, World};
use serde_json::{Value, json};

use super::values::Known;
use super::{Recipe, RecipeStep, read, recipe, recipes};
use crate::harness::check::serving;
use crate::harness::worlds::{ago, amd64, key, with};
use crate::harness::{Done, Step};
use crate::rollback::codedeploy::setting::{deploying, pace, release, went_to};
use crate::rollback::ecs::setting::brisk;
use crate::rollback::several::setting::shop;

const SEVERAL: &str = "several-services.yml";
const CHOICES: &str = ".github/workflows/rollback.yml";
/// What the recipes check after a shift.
const HEALTHY: [&str; 2] = [
    "https://web1.example.com/healthz",
    "https://web1.staging.example.com/healthz",
];

/// The step as the runner starts it, with its checkout.
fn prepared(recipe_step: &RecipeStep<'_>, known: &Known, world: World) -> Step {
    let mut step = Step::on(world);
    for (name, value) in recipe_step.evaluated_inputs(known) {
        step = step.input(&name, &value);
    }
    step.sim.world(|world| {
        for url in HEALTHY {
            world.set_http(url, HttpAnswer::Fixed(200, Vec::new()));
        }
    });
    let path = step.folder.path().join(CHOICES);
    std::fs::create_dir_all(path.with_file_name("")).expect("a folder in the checkout");
    let text = read("docs/recipes/rollback-with-choices.yml");
    std::fs::write(path, text).expect("a workflow in the checkout");
    step
}

/// The step in the world that another one left.
fn prepared_after(before: &Step, recipe_step: &RecipeStep<'_>, known: &Known) -> Step {
    let mut step = prepared(recipe_step, known, stage::web1().world);
    step.sim = before.sim.clone();
    step
}

/// The README's service, whose group ends the old tasks soon after a shift.
fn briefly_waiting() -> Web1 {
    with(|spec| spec.termination_wait_minutes = 5)
}

#[track_caller]
fn ended(step: &Step, done: &Done, outcome: &str) {
    assert_eq!(done.output("outcome"), outcome, "{}", done.log);
    assert_eq!(step.sim.violations(), [], "{}", done.log);
}

/// There is no GitHub here, so other modes than these may be refused, but not for their inputs.
fn is_accepted(step: &Step, done: &Done) -> bool {
    match step.variables["INPUT_MODE"].as_str() {
        "rollback" => done.output("outcome") == "rolled-back",
        "history" => done.output("outcome") == "listed",
        "check" => done.output("outcome") == "ready",
        _ => !done.codes().contains(&"bad-input".to_owned()),
    }
}

/// Where the services are that the recipe names.
fn world_of(recipe: &Recipe) -> World {
    match recipe.name.as_str() {
        SEVERAL => shop().world,
        _ => briefly_waiting().world,
    }
}

#[tokio::test(start_paused = true)]
async fn services_of_one_image_go_back_together() {
    let recipe = recipe(SEVERAL);
    let step = prepared(&recipe.ours()[0], &Known::new(), world_of(&recipe));
    let done = step.run().await;
    ended(&step, &done, "rolled-back");
    let results: Value = serde_json::from_str(done.output("results")).expect("a list");
    for (position, service) in ["web1", "worker1", "cron1"].into_iter().enumerate() {
        assert_eq!(results[position]["service"], service);
        assert_eq!(results[position]["outcome"], "rolled-back");
        assert_eq!(results[position]["version"], "v1.0.0");
    }
}

#[tokio::test(start_paused = true)]
async fn every_step_is_accepted() {
    let mut tried = 0;
    let mut refused = Vec::new();
    for recipe in recipes() {
        for recipe_step in recipe.ours() {
            tried += 1;
            let world = world_of(&recipe);
            let step = prepared(&recipe_step, &Known::new(), world);
            let done = step.run().await;
            if !is_accepted(&step, &done) {
                refused.push(format!("{}:\n{}", recipe_step.recipe, done.log));
            }
        }
    }
    assert!(tried > 10, "only {tried} steps were found");
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// Back and forward, and the same again next week.
async fn drill(world: World) {
    let drill = recipe("staging-drill.yml");
    let [back, forward] = &drill.ours()[..] else {
        panic!("a drill has two rollbacks")
    };
    let mut known = Known::new();
    let mut last = prepared(back, &known, world);
    let at_start = serving(&last);
    for _week in 0..2 {
        let step = prepared_after(&last, back, &known);
        let done = step.run().await;
        ended(&step, &done, "rolled-back");
        assert_ne!(done.output("seconds-to-traffic"), "");
        assert_ne!(serving(&step), at_start, "{}", done.log);
        known.outputs_of("back", &done.outputs);
        last = prepared_after(&step, forward, &known);
        let done = last.run().await;
        ended(&last, &done, "rolled-back");
        assert_ne!(done.output("seconds-to-traffic"), "");
        assert_eq!(serving(&last), at_start, "{}", done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn a_drill_can_be_repeated() {
    drill(briefly_waiting().world).await;
    for strategy in [Strategy::Rolling, Strategy::BlueGreen] {
        drill(brisk(strategy).world).await;
    }
}

/// web1, and a last release that changed only its settings.
fn with_other_settings(mut web1: Web1) -> Web1 {
    let mut changed = stage::task_definition("v1.2.0");
    changed["containerDefinitions"][0]["environment"] = json!([{ "name": "A", "value": "1" }]);
    let revision = web1.world.register_task_definition(&changed, ago(900));
    let past = Past::new(&revision, ago(800), Outcome::Succeeded);
    web1.world.past_deployment(&key(), &past);
    web1
}

#[tokio::test(start_paused = true)]
async fn a_drill_goes_forward_to_the_settings_too() {
    drill(with_other_settings(briefly_waiting()).world).await;
}

#[tokio::test(start_paused = true)]
async fn the_choices_are_written_into_the_workflow() {
    let history = recipe("history-board-and-choices.yml");
    let step = prepared(&history.ours()[0], &Known::new(), stage::web1().world);
    let done = step.run().await;
    ended(&step, &done, "listed");
    let written = std::fs::read_to_string(step.folder.path().join(CHOICES)).expect("it is there");
    let mut document: Value = serde_yaml::from_str(&written).expect("it is still YAML");
    let options = &mut document["on"]["workflow_dispatch"]["inputs"]["version"]["options"];
    assert_eq!(
        *options,
        json!(["previous", "v1.1.0", "v1.0.0"]),
        "{written}"
    );
    *options = json!(["previous"]);
    assert_eq!(document, recipe("rollback-with-choices.yml").document);
}

/// What the step `serving` passes on.
fn note(known: &mut Known, done: &Done) {
    let versions: Vec<Value> = serde_json::from_str(done.output("versions")).expect("a list");
    let mut serving = versions.iter().filter(|version| version["serving"] == true);
    let serving = serving.next().expect("something serves");
    let text = |member: &str| serving[member].as_str().expect("it is known");
    let (_, revision) = text("task-definition-arn")
        .rsplit_once('/')
        .expect("an ARN");
    known.set("needs.deploy.outputs.digest", text("image-digest"));
    known.set("needs.deploy.outputs.revision", revision);
}

/// What served is noted in one world, and the rollback finds another.
async fn go_back(noted: World, found: World) -> (Step, Done) {
    let deploy = recipe("after-failed-deploy.yml");
    let [history, rollback] = &deploy.ours()[..] else {
        panic!("a history and a rollback")
    };
    let mut known = Known::new();
    let step = prepared(history, &known, noted);
    let done = step.run().await;
    ended(&step, &done, "listed");
    note(&mut known, &done);
    let step = prepared(rollback, &known, found);
    let done = step.run().await;
    (step, done)
}

#[tokio::test(start_paused = true)]
async fn a_deploy_job_that_deployed_nothing_takes_nothing_off() {
    let web1 = stage::web1();
    let (step, done) = go_back(web1.world.clone(), web1.world.clone()).await;
    done.ended(&step, "unchanged", &[], 0).wrote_nothing(&step);
    // This is why the recipe does not ask for it.
    let previous = Step::web1("previous").run().await;
    assert_eq!(previous.output("version"), "v1.1.0");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_aws_rolled_back_is_left_alone() {
    let mut web1 = stage::web1();
    let noted = web1.world.clone();
    web1.world
        .push_image("web1", &["v1.3.0"], amd64(), ago(600));
    let document = stage::task_definition("v1.3.0");
    let revision = web1.world.register_task_definition(&document, ago(500));
    let past = Past::new(&revision, ago(400), Outcome::Failed);
    web1.world.past_deployment(&key(), &past);
    let (step, done) = go_back(noted, web1.world).await;
    done.ended(&step, "unchanged", &[], 0).wrote_nothing(&step);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_nobody_watches_any_more_is_stopped() {
    let (web1, _) = deploying(Reached::Shifting, pace(Reached::Shifting));
    let mut noted = stage::web1();
    let old = web1.releases[1].clone();
    let past = Past::new(&old.task_definition, ago(1800), Outcome::Succeeded);
    noted.world.past_deployment(&key(), &past);
    let (step, done) = go_back(noted.world, web1.world).await;
    ended(&step, &done, "rolled-back");
    assert_eq!(done.output("path"), "reroute");
    went_to(&step, "web1:2", &old.digest);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_went_live_is_taken_off() {
    let mut web1 = stage::web1();
    let noted = web1.world.clone();
    release(&mut web1, "v1.3.0", 600, amd64());
    let other_settings = with_other_settings(stage::web1());
    for found in [web1.world, other_settings.world] {
        let (step, done) = go_back(noted.clone(), found).await;
        done.rolled_back(&step);
        went_to(&step, "web1:3", &web1.releases[2].digest);
    }
}
