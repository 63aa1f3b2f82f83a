//! A caller without company.

use aws_sim::world::{NativePhase, Strategy};

use super::*;
use crate::names::{ImageSelector, ImageTag, Repository};

/// Each read that can be sent together with others, one after the other.
async fn read_in_turn(aws: &Aws, service_deployment: &DeploymentId, deployment: &DeploymentId) {
    let (cluster, service) = (prod(), names(1).remove(0));
    let found = aws.describe_service(&cluster, &service).await;
    assert!(found.expect("an answer").is_some());
    let arns = aws.list_running_tasks(&cluster, &service).await;
    let arns = arns.expect("ARNs");
    let tasks = aws.describe_tasks(&cluster, &arns).await;
    assert_eq!(tasks.expect("tasks").len(), 130);
    let found = aws.describe_service_deployment(service_deployment).await;
    let found = found.expect("an answer").expect("a deployment");
    let target = found.target.expect("a revision").arn;
    let revisions = aws.describe_service_revisions(&[target]).await;
    assert_eq!(revisions.expect("revisions").len(), 1);
    let missing = aws.get_deployment(deployment).await;
    assert!(missing.expect("an answer").is_none());
    let missing = aws.batch_get_deployments(&[String::from(deployment)]).await;
    assert!(missing.expect("an answer").is_empty());
    let host = format!("{}.dkr.ecr.{}.amazonaws.com", stage::ACCOUNT, stage::REGION);
    let repository = Repository::parse_uri(&format!("{host}/web1")).expect("a repository");
    let v1 = ImageSelector::Tag(ImageTag::parse("v1.0.0").expect("a tag"));
    let image = aws.describe_image(&repository, &v1).await;
    assert!(image.expect("an answer").is_some());
}

#[tokio::test(start_paused = true)]
async fn it_sends_what_a_run_of_one_service_sends() {
    let mut native = stage::native1_with(Strategy::Rolling, |spec| spec.desired_count = 130);
    let old = native.releases[0].task_definition.clone();
    let service_deployment =
        native
            .world
            .start_service_deployment(&native.service, &old, NativePhase::Pending);
    let service_deployment = DeploymentId::new(service_deployment);
    let deployment = DeploymentId::new("d-UNKNOWN00");
    let mut sent = Vec::new();
    for is_for_several in [false, true] {
        let sim = Sim::new(native.world.clone(), at(0));
        let aws = match is_for_several {
            true => for_several(&sim).await,
            false => through(&sim).await,
        };
        read_in_turn(&aws, &service_deployment, &deployment).await;
        no_violations(&sim);
        let calls = sim.calls();
        let calls = calls
            .iter()
            .map(|call| (call.operation.clone(), call.input.clone()));
        sent.push(calls.collect::<Vec<_>>());
    }
    assert_eq!(sent[0].len(), 10, "{:?}", sent[0]);
    assert_eq!(sent[0], sent[1]);
}
