//! A file that the user gave, through the real binary: registered as it is meant, or refused with nothing written.

use aws_sim::world::stage;

use super::{Done, aws_with, run, step};

const STRINGS: &str = include_str!("../rollback/codedeploy/files/strings.json");
const TEMPLATE: &str = include_str!("../rollback/codedeploy/files/template.json");
const HOOKS: &str = include_str!("../rollback/codedeploy/files/hooks.yaml");

/// Runs with a file in the workspace; the run, and what it wrote.
async fn with_file(input: &str, text: &str) -> (Done, Vec<String>) {
    let (sim, server) = aws_with(stage::web1().world, 60.0).await;
    let step = step(&server.url(), &[(input, "deploy.json")]);
    std::fs::write(step.path("workspace").join("deploy.json"), text).expect("a file");
    let done = run(step).await;
    assert_eq!(sim.violations(), [], "{}", done.log);
    let mut written = Vec::new();
    for write in ["RegisterTaskDefinition", "CreateDeployment"] {
        if sim.calls().count(write) > 0 {
            written.push(write.to_owned());
        }
    }
    (done, written)
}

#[tokio::test]
async fn a_file_with_texts_for_numbers_is_registered() {
    let (done, written) = with_file("task-definition", STRINGS).await;
    done.ended(0, "rolled-back");
    assert_eq!(written, ["RegisterTaskDefinition", "CreateDeployment"]);
    assert!(done.outputs["task-definition-arn"].ends_with("web1:4"));
}

#[tokio::test]
async fn a_template_is_refused_by_its_placeholders() {
    let (done, written) = with_file("task-definition", TEMPLATE).await;
    done.ended(2, "refused")
        .says("::error title=file-invalid::")
        .says("cpu has the placeholder {{ must_env `CPU` }}")
        .says("containerDefinitions[1].image has the placeholder <IMAGE2_NAME>");
    assert_eq!(written, Vec::<String>::new());
}

#[tokio::test]
async fn an_appspec_with_blank_hooks_is_deployed() {
    let (done, written) = with_file("codedeploy-appspec", HOOKS).await;
    done.ended(0, "rolled-back");
    assert_eq!(written, ["CreateDeployment"]);
}
