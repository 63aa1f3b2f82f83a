//! The modes in random worlds without faults: what `check` calls ready, a rollback then does not refuse, and the other
//! way round; each word that `history` gives leads to the image that it stands beside.

use serde_json::Value;

use super::dice::Dice;
use super::names::Names;
use super::runs::in_paused_time;
use super::scene::Scene;
use crate::harness::{Done, Step};

const SEEDS: u64 = 120;

fn scene(seed: u64) -> Scene {
    let mut dice = Dice::new(seed);
    Scene::roll(Names::roll(seed), &mut dice)
}

async fn run(scene: &Scene, inputs: &[(&str, &str)]) -> Done {
    let mut step = Step::on(scene.world.clone())
        .input("cluster", &scene.names.cluster)
        .input("service", &scene.names.service);
    for (name, value) in inputs {
        step = step.input(name, value);
    }
    let done = step.run().await;
    assert_eq!(step.sim.violations(), [], "{}", done.log);
    done
}

async fn check_agrees(seed: u64) -> bool {
    let scene = scene(seed);
    let check = run(&scene, &[("mode", "check"), ("version", "previous")]).await;
    let rollback = run(&scene, &[("version", "previous")]).await;
    let is_ready = check.output("outcome") == "ready";
    let is_refused = rollback.output("outcome") == "refused";
    assert_ne!(
        is_ready, is_refused,
        "seed {seed}:\n{}\n{}",
        check.log, rollback.log
    );
    is_ready
}

async fn words_lead_back(seed: u64) -> usize {
    let scene = scene(seed);
    let history = run(&scene, &[("mode", "history")]).await;
    if history.output("outcome") != "listed" {
        return 0;
    }
    let versions: Vec<Value> =
        serde_json::from_str(history.output("versions")).expect("a list of versions");
    let serving = versions.iter().filter(|version| version["serving"] == true);
    assert!(serving.count() <= 1, "seed {seed}:\n{}", history.log);
    let mut tried = 0;
    for version in &versions {
        let Some(word) = version["type"].as_str() else {
            continue;
        };
        let dry = run(&scene, &[("version", word), ("dry-run", "true")]).await;
        // A release in progress makes `previous` ambiguous; a version that is being deployed may not fit a platform.
        if dry.output("outcome") == "refused" {
            continue;
        }
        tried += 1;
        assert_eq!(
            dry.output("image-digest"),
            version["image-digest"],
            "seed {seed}, {word}:\n{}\n{}",
            history.log,
            dry.log
        );
    }
    tried
}

#[test]
fn random_checks_agree_with_rollbacks() {
    let mut ready = 0;
    for seed in 0..SEEDS {
        ready += usize::from(in_paused_time(check_agrees(seed)));
    }
    let refused = usize::try_from(SEEDS).expect("a small number") - ready;
    assert!(
        ready > 20 && refused > 5,
        "{ready} ready, {refused} refused"
    );
}

#[test]
fn random_histories_lead_back() {
    let mut tried = 0;
    for seed in 0..SEEDS {
        tried += in_paused_time(words_lead_back(seed));
    }
    assert!(tried > 50, "{tried}");
}
