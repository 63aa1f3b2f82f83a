//! The input `service` with several services, and what does not go with it.

use aws_sim::world::Strategy;
use aws_sim::world::stage::{Member, several};

use super::setting::{back, shop};
use crate::harness::{Done, Step};

const ARN: &str = "arn:aws:ecs:ap-northeast-2:123456789012:service/prod/";

#[tokio::test(start_paused = true)]
async fn a_service_that_is_named_twice_counts_once() {
    for services in [
        "web1, web1".to_owned(),
        format!("web1\n{ARN}web1"),
        format!("{ARN}web1,web1,"),
        ",\n web1 ,\n\n".to_owned(),
    ] {
        let step = back(shop().world, &services, "v1.1.0");
        let done = step.run().await;
        done.rolled_back(&step);
        // It is one service: nothing is told as of several.
        assert_eq!(done.output("results"), "");
        assert!(!done.log.contains("web1     "), "{}", done.log);
    }
    let step = back(
        shop().world,
        &format!("web1, worker1, {ARN}worker1, web1"),
        "v1.1.0",
    );
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
    done.ended_each(&step, "rolled-back", &each, 1);
}

/// The cluster's name is in them.
#[tokio::test(start_paused = true)]
async fn services_by_arn() {
    let step = Step::on(shop().world)
        .input("service", &format!("{ARN}worker1\n{ARN}web1"))
        .input("version", "v1.1.0");
    let done = step.run().await;
    let each = [("worker1", "rolled-back"), ("web1", "rolled-back")];
    done.ended_each(&step, "rolled-back", &each, 1);
}

/// Refused before AWS is asked anything.
async fn bad_input(step: Step) -> Done {
    let done = step.run().await;
    done.refused(&step, "bad-input");
    assert!(step.sim.calls().is_empty(), "{}", done.log);
    done
}

#[tokio::test(start_paused = true)]
async fn fifty_services_at_most() {
    let names: Vec<String> = (1..=51).map(|number| format!("worker{number}")).collect();
    let members: Vec<Member> = names
        .iter()
        .map(|name| Member::ecs(name, Strategy::Rolling).in_repository("shop"))
        .collect();
    let world = several(&members).world;
    let step = back(world.clone(), &names[..50].join(","), "v1.1.0");
    let done = step.run().await;
    let each: Vec<_> = names[..50]
        .iter()
        .map(|name| (name.as_str(), "rolled-back"))
        .collect();
    done.ended_each(&step, "rolled-back", &each, 0);
    assert_eq!(step.sim.calls().done("UpdateService"), 50);
    done.says("✔ 50 of 50 services serve v1.1.0")
        .says("worker51 in this cluster still runs v1.2.0");
    let done = bad_input(back(world, &names.join("\n"), "v1.1.0")).await;
    done.says("the input service names 51 services; one run takes 50 at most")
        .says("Split them over several runs");
}

#[tokio::test(start_paused = true)]
async fn services_that_are_not_in_one_place() {
    let elsewhere = [
        (
            "arn:aws:ecs:eu-west-1:123456789012:service/prod/worker1",
            "region",
            "eu-west-1",
        ),
        (
            "arn:aws:ecs:ap-northeast-2:210987654321:service/prod/worker1",
            "account",
            "210987654321",
        ),
        (
            "arn:aws:ecs:ap-northeast-2:123456789012:service/dev/worker1",
            "cluster",
            "dev",
        ),
    ];
    for (arn, what, place) in elsewhere {
        let step = Step::on(shop().world)
            .input("service", &format!("{ARN}web1, {arn}"))
            .input("version", "v1.1.0");
        let done = bad_input(step).await;
        done.says(&format!("the services are not in one {what}: web1 is in "))
            .says(&format!("worker1 is in {place}"))
            .says(&format!("Run this once for each {what}"));
    }
}

#[tokio::test(start_paused = true)]
async fn inputs_that_belong_to_one_service() {
    let inputs = [
        ("container-name", "web1"),
        ("repository", "web1"),
        ("task-definition", "web1:2"),
        ("codedeploy-application", "AppECS-prod-web1"),
        ("codedeploy-deployment-group", "DgpECS-prod-web1"),
        ("codedeploy-appspec", "appspec.yaml"),
        ("health-check-url", "https://web1.example/health"),
    ];
    let mut all = back(shop().world, "web1, worker1", "v1.1.0").file(
        "appspec.yaml",
        "version: 0.0\nResources:\n  - TargetService:\n      Type: AWS::ECS::Service\n      Properties:\n        LoadBalancerInfo: {ContainerName: web1, ContainerPort: 8080}\n",
    );
    for (name, value) in inputs {
        all = all.input(name, value);
    }
    let done = all.run().await;
    done.refused_for(&all, &["bad-input"; 7]);
    for (name, _) in inputs {
        done.says(&format!(
            "the input {name} belongs to one service, but the input service names 2"
        ))
        .says(&format!(
            "Leave {name} out, or run this once for each service."
        ));
    }
    // Of one service that is named twice they are all right.
    let one = back(shop().world, "web1, web1", "v1.1.0").input("container-name", "web1");
    one.run().await.rolled_back(&one);
    for word in ["auto", "current"] {
        let step = back(shop().world, "web1, worker1", "v1.1.0").input("task-definition", word);
        let done = step.run().await;
        let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
        done.ended_each(&step, "rolled-back", &each, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_of_nothing() {
    for services in [", ,", "\n,\n", ","] {
        let done = bad_input(back(shop().world, services, "v1.1.0")).await;
        done.says("service");
        if services == ", ," {
            insta::assert_snapshot!("nothing", done.log);
        }
    }
    let step = back(shop().world, "web1, no/such name, ???", "v1.1.0");
    let done = step.run().await;
    done.refused_for(&step, &["bad-input"; 2]);
    insta::assert_snapshot!("odd_names", done.log);
}
