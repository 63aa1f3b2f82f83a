//! Files as people keep them: what is meant is registered; what ECS would not take, or would take another way than it
//! is meant, is refused before anything is written.

use serde_json::{Value, json};

use crate::harness::worlds::sent_appspec;
use crate::harness::{Done, Step};

/// Rolls back with this file as `task-definition`.
async fn with_task_definition(name: &str, text: &str) -> (Step, Done) {
    let step = Step::web1("v1.0.0")
        .input("task-definition", name)
        .file(name, text);
    let done = step.run().await;
    (step, done)
}

/// The revision that the run registered, without what ECS adds and without the image that the run put in.
async fn registered(name: &str, text: &str) -> Value {
    let (step, done) = with_task_definition(name, text).await;
    done.rolled_back(&step);
    assert_eq!(step.sim.violations(), []);
    let found = step
        .sim
        .world(|world| world.task_definition("web1:4").cloned());
    let mut document = found.expect("the fourth revision is registered");
    let container = &mut document["containerDefinitions"][0];
    assert_eq!(container["image"], done.output("image"));
    container["image"] = "replaced".into();
    document
}

#[tokio::test(start_paused = true)]
async fn texts_become_numbers_and_numbers_texts() {
    let document = registered("td.json", include_str!("files/strings.json")).await;
    assert_eq!(document["cpu"], "512");
    assert_eq!(document["ephemeralStorage"], json!({"sizeInGiB": 25}));
    let [web1, shipper] = [0, 1].map(|index| &document["containerDefinitions"][index]);
    let sizes = ["cpu", "memoryReservation", "essential", "stopTimeout"].map(|name| &web1[name]);
    assert_eq!(sizes, [&json!(448), &json!(900), &json!(true), &json!(45)]);
    assert_eq!(web1["portMappings"][0]["containerPort"], 8080);
    let limits = json!([{"name": "nofile", "softLimit": 4096, "hardLimit": 8192}]);
    assert_eq!(web1["ulimits"], limits);
    assert_eq!(shipper["essential"], false);
    assert_eq!(shipper["command"], json!(["-w", "2.5", "true"]));
}

#[tokio::test(start_paused = true)]
async fn words_of_yaml_stay_as_they_are_written() {
    let document = registered("td.yaml", include_str!("files/words.yaml")).await;
    assert_eq!(document.get("x-logs"), None);
    let [web1, shipper] = [0, 1].map(|index| &document["containerDefinitions"][index]);
    assert_eq!(
        web1["command"],
        json!([
            "serve",
            "--threads",
            "4",
            "--colour",
            "no",
            "--ratio",
            "1.50"
        ])
    );
    let environment = json!([
        {"name": "DEBUG", "value": "True"},
        {"name": "GREETING", "value": "Hello ${USER}, {{ day }}"},
        {"name": "NOTHING", "value": ""},
    ]);
    assert_eq!(web1["environment"], environment);
    let labels = json!({"tier": "1", "public": "false", "since": "2026-01-02"});
    assert_eq!(web1["dockerLabels"], labels);
    let options = json!({"awslogs-group": "/ecs/web1", "awslogs-region": "ap-northeast-2",
        "awslogs-create-group": "true", "max-buffer-size": "4"});
    assert_eq!(web1["logConfiguration"]["options"], options);
    let mut options = options;
    options["awslogs-group"] = "/ecs/shipper".into();
    assert_eq!(
        shipper["logConfiguration"],
        json!({"logDriver": "awslogs", "options": options})
    );
    assert_eq!(shipper["essential"], false);
}

#[tokio::test(start_paused = true)]
async fn what_the_console_exports_as_empty_is_left_out() {
    let document = registered("td.json", include_str!("files/console.json")).await;
    for member in [
        "taskRoleArn",
        "pidMode",
        "ipcMode",
        "proxyConfiguration",
        "runtimePlatform",
    ] {
        assert_eq!(document.get(member), None, "{member}");
    }
    let web1 = &document["containerDefinitions"][0];
    for member in [
        "repositoryCredentials",
        "healthCheck",
        "hostname",
        "user",
        "linuxParameters",
    ] {
        assert_eq!(web1.get(member), None, "{member}");
    }
    assert_eq!(web1["environment"], json!([{"name": "EMPTY", "value": ""}]));
    assert_eq!(web1["secrets"], json!([]));
    assert_eq!(web1["logConfiguration"]["secretOptions"], json!([]));
    assert_eq!(web1["futureMember"], json!({"kept": 1.25}));
}

#[tokio::test(start_paused = true)]
async fn a_comment_in_json_is_a_comment() {
    let document = registered("td.json", include_str!("files/commented.json")).await;
    assert_eq!(document["networkMode"], "awsvpc");
    let web1 = &document["containerDefinitions"][0];
    assert_eq!(web1["memoryReservation"], 900);
    assert_eq!(web1["environment"][0]["value"], "https://web1.test/*");
    assert_eq!(web1.get("privileged"), None);
}

#[tokio::test(start_paused = true)]
async fn files_that_are_refused() {
    let commented_yaml = "{family: web1,\n // the app\n containerDefinitions: []}";
    let mut told = String::new();
    for (name, text) in [
        (
            "cloudformation.json",
            include_str!("files/cloudformation.json"),
        ),
        ("template.json", include_str!("files/template.json")),
        ("faults.yaml", include_str!("files/faults.yaml")),
        ("commented.yaml", commented_yaml),
    ] {
        let (step, done) = with_task_definition(name, text).await;
        done.refused(&step, "file-invalid");
        assert!(step.sim.calls().is_empty(), "AWS was asked");
        assert!(!done.log.contains("hunter2"), "{}", done.log);
        told += &format!("{name}\n{}\n\n", done.block("✘"));
    }
    insta::assert_snapshot!(told);
}

#[tokio::test(start_paused = true)]
async fn only_the_image_that_is_replaced_may_be_a_placeholder() {
    let text = include_str!("files/strings.json");
    let text = text.replace("fluent/fluent-bit:3.1", "<IMAGE2_NAME>");
    let (step, done) = with_task_definition("td.json", &text).await;
    done.refused(&step, "file-invalid")
        .says("containerDefinitions[1].image has the placeholder <IMAGE2_NAME>");

    let text = text.replace("<IMAGE1_NAME>", "web1");
    let (step, done) = with_task_definition("td.json", &text).await;
    done.refused(&step, "file-invalid")
        .says("the image of its container shipper has the placeholder <IMAGE2_NAME>")
        .says("only the image of web1 is replaced");
}

/// Rolls back with this file as `codedeploy-appspec`.
async fn with_appspec(name: &str, text: &str) -> (Step, Done) {
    let step = Step::web1("v1.0.0")
        .input("codedeploy-appspec", name)
        .file(name, text);
    let done = step.run().await;
    (step, done)
}

#[tokio::test(start_paused = true)]
async fn hooks_with_nothing_behind_them_and_comments_cost_no_hook() {
    for (name, text) in [
        ("appspec.yaml", include_str!("files/hooks.yaml")),
        ("appspec.json", include_str!("files/appspec.json")),
    ] {
        let (step, done) = with_appspec(name, text).await;
        done.rolled_back(&step);
        let hooks = json!([{"AfterAllowTestTraffic": "smoke-web1"}]);
        assert_eq!(sent_appspec(&step)["Hooks"], hooks, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_placeholder_in_an_appspec_is_named() {
    let good = include_str!("files/hooks.yaml");
    for (from, to, said) in [
        (
            "ContainerName: web1",
            "ContainerName: <CONTAINER>",
            "LoadBalancerInfo.ContainerName has the placeholder <CONTAINER>",
        ),
        (
            "smoke-web1",
            "'${SMOKE_FUNCTION}'",
            "Hooks[0].AfterAllowTestTraffic has the placeholder ${SMOKE_FUNCTION}",
        ),
    ] {
        let (step, done) = with_appspec("appspec.yaml", &good.replace(from, to)).await;
        done.refused(&step, "file-invalid").says(said);
        assert!(step.sim.calls().is_empty(), "AWS was asked");
    }
}
