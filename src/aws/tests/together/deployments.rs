//! CodeDeploy's deployments in one call, which is another operation than that for one of them.

use super::*;

async fn get_deployments(
    aws: &Aws,
    ids: &[DeploymentId],
) -> Vec<Result<Option<DeploymentId>, Failure>> {
    let reads = ids.iter().map(async |id| {
        let deployment = aws.get_deployment(id).await?;
        Ok(deployment.map(|deployment| deployment.id))
    });
    join_all(reads).await
}

#[tokio::test(start_paused = true)]
async fn many_are_batches_and_a_lone_one_is_itself() {
    let (world, ids) = services(26);
    let sim = Sim::new(world, at(0)).with_latency(LATENCY);
    let aws = for_several(&sim).await;
    let found = get_deployments(&aws, &ids).await;
    for (id, found) in ids.iter().zip(found) {
        assert_eq!(found.expect("an answer").as_ref(), Some(id));
    }
    assert_eq!(sizes(&sim, "BatchGetDeployments", "deploymentIds"), [25]);
    assert_eq!(sim.calls().count("GetDeployment"), 1);
    no_violations(&sim);
}

#[tokio::test(start_paused = true)]
async fn those_for_one_go_along_with_those_for_many() {
    let (world, ids) = services(4);
    let sim = Sim::new(world, at(0));
    let aws = for_several(&sim).await;
    let many: Vec<String> = ids[1..].iter().map(String::from).collect();
    let (one, found) = tokio::join!(
        aws.get_deployment(&ids[0]),
        aws.batch_get_deployments(&many)
    );
    assert!(one.expect("an answer").is_some_and(|one| one.id == ids[0]));
    let found: Vec<String> = found
        .expect("deployments")
        .iter()
        .map(|one| String::from(&one.id))
        .collect();
    assert_eq!(found, many);
    assert_eq!(sizes(&sim, "BatchGetDeployments", "deploymentIds"), [4]);
    assert_eq!(sim.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_one_is_none_as_get_deployment_says() {
    let (world, mut ids) = services(2);
    ids.push(DeploymentId::new("d-UNKNOWN00"));
    let sim = Sim::new(world, at(0));
    let aws = for_several(&sim).await;
    let found = get_deployments(&aws, &ids).await;
    let found: Vec<_> = found
        .into_iter()
        .map(|each| each.expect("an answer"))
        .collect();
    assert_eq!(found, [Some(ids[0].clone()), Some(ids[1].clone()), None]);
    let asked: Vec<_> = sim
        .calls()
        .of("GetDeployment")
        .map(|call| call.input.clone())
        .collect();
    assert_eq!(
        asked,
        [serde_json::json!({ "deploymentId": "d-UNKNOWN00" })]
    );
}

/// AWS may refuse the batch for one id of it: then each of them is asked for as today.
#[tokio::test(start_paused = true)]
async fn a_bad_id_is_bad_for_its_caller_alone() {
    let (world, mut ids) = services(2);
    ids.push(DeploymentId::new("d-BADBADBAD"));
    let sim = Sim::new(world, at(0));
    let invalid = || {
        Effect::Fail(aws_sim::aws::AwsError::client(
            "InvalidDeploymentIdException",
            "Invalid deployment id",
        ))
    };
    let is_bad = |input: &Value| {
        has(input, "deploymentIds", "d-BADBADBAD") || input["deploymentId"] == "d-BADBADBAD"
    };
    sim.rule(Rule::on("BatchGetDeployments", invalid()).when(is_bad));
    sim.rule(Rule::on("GetDeployment", invalid()).when(is_bad));
    let aws = for_several(&sim).await;
    let [first, second, bad] = &get_deployments(&aws, &ids).await[..] else {
        panic!("three were asked for")
    };
    assert_eq!(first.as_ref().expect("an answer"), &Some(ids[0].clone()));
    assert_eq!(second.as_ref().expect("an answer"), &Some(ids[1].clone()));
    let failure = bad.as_ref().expect_err("a refusal");
    assert!(failure.is("InvalidDeploymentIdException"));
    assert_eq!(failure.operation.iam_action(), "codedeploy:GetDeployment");
}

#[tokio::test(start_paused = true)]
async fn a_failure_names_what_was_sent() {
    let (world, ids) = services(2);
    let sim = Sim::new(world, at(0));
    sim.rule(Rule::on_every_call(Effect::unavailable()));
    let aws = for_several(&sim).await;
    for (asked, action) in [
        (&ids[..], "codedeploy:BatchGetDeployments"),
        (&ids[..1], "codedeploy:GetDeployment"),
    ] {
        for answer in get_deployments(&aws, asked).await {
            let failure = answer.expect_err("a failure");
            assert!(failure.is_passing());
            assert_eq!(failure.operation.iam_action(), action);
        }
    }
}

/// Which the policy of a role may lack.
#[tokio::test(start_paused = true)]
async fn without_the_permission_for_batches_each_is_asked_for() {
    let (world, ids) = services(2);
    let sim = Sim::new(world, at(0));
    let action = "codedeploy:BatchGetDeployments";
    sim.rule(Rule::on(
        "BatchGetDeployments",
        Effect::access_denied(action),
    ));
    let aws = for_several(&sim).await;
    for (id, found) in ids.iter().zip(get_deployments(&aws, &ids).await) {
        assert_eq!(found.expect("an answer").as_ref(), Some(id));
    }
    assert_eq!(sim.calls().count("GetDeployment"), 2);
}
