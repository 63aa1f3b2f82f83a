//! The five forms of the input `task-definition`, and that nothing of a revision is lost.

use aws_sim::aws::Service;
use aws_sim::world::stage::{self, DAY};
use aws_sim::world::{Outcome, Past, World};
use serde_json::{Value, json};

use crate::harness::check::{serving, writes};
use crate::harness::worlds::{HOUR, ago, amd64, asking, uri, with_unregistered};
use crate::harness::{Done, MARKER, Step};

fn document(step: &Step, revision: &str) -> Value {
    let found = step
        .sim
        .world(|world| world.task_definition(revision).cloned());
    found.expect("the revision is there")
}

fn revisions(step: &Step) -> usize {
    step.sim.world(|world| world.revisions("web1"))
}

fn container<'a>(document: &'a Value, name: &str) -> &'a Value {
    let containers = document["containerDefinitions"]
        .as_array()
        .expect("a list of containers");
    containers
        .iter()
        .find(|container| container["name"] == name)
        .expect("the container is there")
}

/// The revision that got the traffic, without its image and what ECS adds, to compare with where it came from.
fn content(step: &Step, revision: &str) -> Value {
    let mut document = document(step, revision);
    for member in [
        "taskDefinitionArn",
        "revision",
        "status",
        "registeredAt",
        "deregisteredAt",
        "registeredBy",
    ] {
        document.as_object_mut().expect("an object").remove(member);
    }
    document["containerDefinitions"][0]["image"] = Value::Null;
    document
}

fn target_image(done: &Done) -> String {
    done.output("image").to_owned()
}

#[tokio::test(start_paused = true)]
async fn auto_reuses_the_revision_that_fits() {
    let step = Step::web1("v1.1.0");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(revisions(&step), 3);
    assert!(
        done.output("task-definition-arn")
            .ends_with("task-definition/web1:2")
    );
    assert!(!writes(&step).contains_key("RegisterTaskDefinition"));
}

#[tokio::test(start_paused = true)]
async fn auto_takes_the_newest_of_those_that_fit() {
    let mut stage = stage::web1();
    let mut newer = stage::task_definition("v1.0.0");
    newer["cpu"] = "1024".into();
    stage.world.register_task_definition(&newer, ago(HOUR));
    let step = asking(stage.world, "v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step);
    assert!(done.output("task-definition-arn").ends_with("web1:4"));
}

#[tokio::test(start_paused = true)]
async fn auto_finds_a_fitting_revision_far_down() {
    let mut stage = stage::web1();
    for _ in 0..60 {
        stage
            .world
            .register_task_definition(&stage::task_definition("v1.2.0"), ago(HOUR));
    }
    let step = asking(stage.world, "v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step);
    assert!(done.output("task-definition-arn").ends_with("web1:1"));
}

#[tokio::test(start_paused = true)]
async fn auto_registers_an_inactive_revision_again() {
    let mut stage = stage::web1();
    let mut old = stage::task_definition("v1.0.0");
    old["memory"] = "2048".into();
    old["futureMemberOfTask"] = json!({ "kept": [1, 2.50, null] });
    let revision = stage.world.register_task_definition(&old, ago(2 * DAY));
    stage.world.deregister(&revision);
    stage.world.deregister(&stage.releases[0].task_definition);
    let step = asking(stage.world, "v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(revisions(&step), 5);
    assert_eq!(content(&step, "web1:5"), content(&step, "web1:4"));
    assert_eq!(
        container(&document(&step, "web1:5"), "web1")["image"],
        target_image(&done)
    );
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_revision_is_lost() {
    let mut stage = stage::web1();
    let mut running = stage::task_definition("v1.2.0");
    running["futureMemberOfTask"] = json!({ "deep": [{ "x": 1.50 }], "big": 12345678901234567u64 });
    running["containerDefinitions"][0]["x-future"] = json!({ "a": null });
    running["containerDefinitions"][1]["futureMemberOfContainer"] = json!(["b"]);
    running["containerDefinitions"][0]["dependsOn"] =
        json!([{ "containerName": "envoy", "condition": "START" }]);
    running["ephemeralStorage"] = json!({ "sizeInGiB": 40 });
    running["tags"] = json!([{ "key": "team", "value": "shop" }, { "key": "ecs-rollback-action:run", "value": "older" }]);
    let revision = stage
        .world
        .register_task_definition(&running, ago(HOUR / 2));
    stage.world.past_deployment(
        &stage.service,
        &Past::new(&revision, ago(1200), Outcome::Succeeded),
    );
    stage
        .world
        .push_image("web1", &["v1.3.0"], amd64(), ago(600));
    let step = asking(stage.world, "v1.3.0");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(content(&step, "web1:5"), content(&step, "web1:4"));
    let registered = document(&step, "web1:5");
    assert_eq!(container(&registered, "web1")["image"], target_image(&done));
    assert_eq!(
        container(&registered, "envoy"),
        container(&document(&step, "web1:4"), "envoy")
    );
    let tags = step
        .sim
        .world(|world| world.task_definition_tags("web1:5").map(<[Value]>::to_vec))
        .expect("it has tags");
    let digest = done.output("image-digest");
    for (key, value) in [
        ("team", "shop"),
        ("ecs-rollback-action:version", "v1.3.0"),
        ("ecs-rollback-action:digest", digest),
        ("ecs-rollback-action:run", MARKER),
        ("ecs-rollback-action:github-run", "1234567890/1"),
    ] {
        assert!(
            tags.contains(&json!({ "key": key, "value": value })),
            "{key}: {tags:?}"
        );
    }
    assert_eq!(tags.len(), 5);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_name_that_moves_is_replaced_by_the_digest() {
    let mut stage = stage::web1();
    let moving = stage::task_definition_with(&uri(":stable"), false);
    stage
        .world
        .move_tag("web1", "stable", &stage.releases[0].digest);
    let revision = stage.world.register_task_definition(&moving, ago(HOUR / 2));
    stage.world.past_deployment(
        &stage.service,
        &Past::new(&revision, ago(1200), Outcome::Succeeded),
    );
    stage
        .world
        .move_tag("web1", "stable", &stage.releases[1].digest);
    // No other revision has the image any more.
    stage.world.deregister("web1:2");
    stage.world.deregister("web1:1");
    let step = asking(stage.world, "stable").input("task-definition", "current");
    let done = step.run().await;
    done.rolled_back(&step).says("has moved");
    assert_eq!(
        container(&document(&step, "web1:5"), "web1")["image"],
        uri(&format!("@{}", stage.releases[1].digest))
    );
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn current_takes_the_running_revision() {
    let step = Step::web1("v1.0.0").input("task-definition", "current");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(revisions(&step), 4);
    assert_eq!(content(&step, "web1:4"), content(&step, "web1:3"));
    let registered = document(&step, "web1:4");
    let environment = &container(&registered, "web1")["environment"];
    assert!(
        environment
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["name"] == "NEW_FLAG"))
    );
    insta::assert_snapshot!(done.story());
}

const YAML: &str = "
family: web1
networkMode: awsvpc
requiresCompatibilities: [FARGATE]
cpu: 256
memory: 512
executionRoleArn: arn:aws:iam::123456789012:role/ecsTaskExecutionRole
containerDefinitions:
  - name: web1
    image: <IMAGE>
    portMappings: [{containerPort: 8080}]
    environment: [{name: PORT, value: '8080'}]
    secrets: [{name: API_KEY, valueFrom: 'arn:aws:ssm:ap-northeast-2:123456789012:parameter/api'}]
";

#[tokio::test(start_paused = true)]
async fn a_file_in_yaml() {
    let step = Step::web1("v1.0.0").input("task-definition", "ecs/web1.yaml");
    std::fs::create_dir(step.folder.path().join("ecs")).unwrap();
    let step = step.file("ecs/web1.yaml", YAML);
    let done = step.run().await;
    done.rolled_back(&step);
    let registered = document(&step, "web1:4");
    assert_eq!(
        (&registered["cpu"], &registered["memory"]),
        (&json!("256"), &json!("512"))
    );
    assert_eq!(container(&registered, "web1")["image"], target_image(&done));
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_file_as_the_aws_cli_prints_it() {
    let step = Step::web1("v1.0.0");
    let described = json!({ "taskDefinition": document(&step, "web1:2"), "tags": [{ "key": "team", "value": "shop" }] });
    let step = step
        .input("task-definition", "td.json")
        .file("td.json", &described.to_string());
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(content(&step, "web1:4"), content(&step, "web1:2"));
    let tags = step
        .sim
        .world(|world| world.task_definition_tags("web1:4").map(<[Value]>::to_vec))
        .expect("it has tags");
    assert!(tags.contains(&json!({ "key": "team", "value": "shop" })));
}

#[tokio::test(start_paused = true)]
async fn files_that_will_not_do() {
    let cases = [
        ("td.yml", "just a word", "file-invalid", "not a mapping"),
        (
            "td.yml",
            "family: web1\n",
            "file-invalid",
            "containerDefinitions",
        ),
        ("td.yml", "family: a\nfamily: b\n", "file-invalid", "line 2"),
        ("missing.json", "", "file-unreadable", "missing.json"),
    ];
    for (name, text, code, said) in cases {
        let mut step = Step::web1("v1.0.0").input("task-definition", name);
        if !text.is_empty() {
            step = step.file(name, text);
        }
        let done = step.run().await;
        done.refused(&step, code).says(said);
        assert!(step.sim.calls().is_empty(), "AWS was asked");
    }
    let step = Step::web1("v1.0.0")
        .input("task-definition", "td.yml")
        .file("td.yml", &YAML.replace("name: web1\n", "name: api\n"));
    let done = step.run().await;
    done.refused(&step, "container-not-found")
        .says("it has api");
}

#[tokio::test(start_paused = true)]
async fn exactly_one_revision() {
    for given in [
        "web1:1",
        "arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web1:1",
    ] {
        let step = Step::web1("v1.0.0").input("task-definition", given);
        let done = step.run().await;
        done.rolled_back(&step);
        assert!(done.output("task-definition-arn").ends_with("web1:1"));
        assert_eq!(revisions(&step), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_revision_counts_for_what_serves() {
    let mut stage = stage::web1();
    let mut changed = stage::task_definition("v1.2.0");
    changed["cpu"] = "1024".into();
    stage.world.register_task_definition(&changed, ago(300));
    let step = asking(stage.world.clone(), "v1.2.0").input("task-definition", "web1:4");
    let done = step.run().await;
    done.rolled_back(&step).says("and task-definition web1:3");
    assert_eq!(serving(&step)[0].0, "web1:4");
    let step = asking(stage.world, "v1.2.0").input("task-definition", "web1:3");
    let done = step.run().await;
    done.ended(&step, "unchanged", &[], 0);
}

#[tokio::test(start_paused = true)]
async fn a_revision_with_another_image_or_none() {
    let step = Step::web1("v1.0.0").input("task-definition", "web1:2");
    let done = step.run().await;
    done.refused(&step, "task-definition-mismatch")
        .says("web1:v1.1.0");
    insta::assert_snapshot!(done.story());
    let step = Step::web1("v1.0.0").input("task-definition", "web1:99");
    let done = step.run().await;
    done.refused(&step, "task-definition-not-found")
        .says("web1:99");
    let step = Step::web1("v1.0.0").input("task-definition", "web1:1");
    step.sim.world(|world| world.deregister("web1:1"));
    let done = step.run().await;
    done.refused(&step, "task-definition-not-found")
        .says("INACTIVE");
}

#[tokio::test(start_paused = true)]
async fn the_plan_names_every_difference_but_no_secret_value() {
    let mut stage = stage::web1();
    let mut next = stage::task_definition("v1.0.0");
    next["cpu"] = "1024".into();
    next["taskRoleArn"] = "arn:aws:iam::123456789012:role/web1-old".into();
    next["containerDefinitions"][0]["portMappings"] =
        json!([{ "containerPort": 8080 }, { "containerPort": 9090 }]);
    next["containerDefinitions"][0]["environment"] =
        json!([{ "name": "PORT", "value": "hunter2-in-the-clear" }]);
    next["containerDefinitions"][0]["secrets"] = json!([]);
    stage.world.register_task_definition(&next, ago(HOUR));
    let step = asking(stage.world, "v1.0.0").input("dry-run", "true");
    let done = step.run().await;
    done.ended(&step, "planned", &[], 0).wrote_nothing(&step);
    assert!(
        !done.log.contains("hunter2")
            && !done.summary.contains("hunter2")
            && !done.output("report").contains("hunter2")
    );
    insta::assert_snapshot!(done.story());
}

/// web1 on a revision whose migration and worker run the application's image, too.
fn with_migration() -> (World, Value) {
    let mut stage = stage::web1();
    let running = stage.world.task_definition("web1:3").cloned();
    let mut body = running.expect("the revision is there");
    for member in ["taskDefinitionArn", "revision", "status", "registeredAt"] {
        body.as_object_mut().expect("an object").remove(member);
    }
    let image = body["containerDefinitions"][0]["image"].clone();
    let beside = json!([
        { "name": "migrate", "image": image, "essential": false, "command": ["bin/migrate"] },
        { "name": "worker", "image": uri("@{digest}").replace("{digest}", &stage.releases[2].digest) },
    ]);
    let containers = body["containerDefinitions"].as_array_mut();
    let containers = containers.expect("a list of containers");
    containers.extend(beside.as_array().cloned().unwrap_or_default());
    let now = stage.world.now();
    let answer = stage
        .world
        .call(Service::Ecs, "RegisterTaskDefinition", &body, now);
    let arn = answer.expect("a revision")["taskDefinition"]["taskDefinitionArn"].clone();
    let arn = arn.as_str().expect("an ARN");
    let past = Past::new(arn, ago(HOUR / 2), Outcome::Succeeded);
    stage.world.past_deployment(&stage.service, &past);
    (with_unregistered(stage.world), body)
}

#[tokio::test(start_paused = true)]
async fn containers_with_the_same_image_move_together() {
    let (world, body) = with_migration();
    let file = body.to_string();
    for task_definition in ["auto", "td.json"] {
        let step = asking(world.clone(), "v1.3.0")
            .input("task-definition", task_definition)
            .file("td.json", &file);
        let done = step.run().await;
        done.rolled_back(&step)
            .says("the same image is replaced in migrate, worker, too");
        let registered = document(&step, "web1:5");
        for name in ["web1", "migrate", "worker"] {
            assert_eq!(container(&registered, name)["image"], target_image(&done));
        }
        if task_definition == "auto" {
            insta::assert_snapshot!(done.story());
        }
    }
}
