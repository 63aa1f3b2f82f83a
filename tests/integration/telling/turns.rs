//! What is said where AWS does something that is allowed and seldom: each turn once, with all that is told of it.

use std::time::Duration;

use aws_sim::aws::AwsError;
use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{self, Web1};
use aws_sim::world::{
    DigestReport, NativePhase, Outcome, Past, PastService, Reached, ServiceOutcome, Strategy, World,
};

use crate::harness::worlds::{after, ago, amd64, asking, key};
use crate::harness::{Done, Step};
use crate::rollback::codedeploy::setting::{deploying, release};
use crate::rollback::ecs::setting::{brisk, briskly_deploying};

/// One turn: the code that it ends with, if any, and its log with its outputs.
macro_rules! turn {
    ($name:ident, $codes:expr, $done:expr) => {
        #[tokio::test(start_paused = true)]
        async fn $name() {
            let done: Done = $done;
            let codes: &[&str] = &$codes;
            assert_eq!(done.codes(), codes, "{}", done.log);
            insta::assert_snapshot!(done.story());
        }
    };
}

async fn run(world: World, version: &str) -> Done {
    asking(world, version).run().await
}

fn with_rule(step: Step, rule: Rule) -> Step {
    step.sim.rule(rule);
    step
}

/// CodeDeploy's answer to a stop or a continue that comes too late, or that it does not take.
fn refused(code: &str) -> Effect {
    Effect::Fail(AwsError::client(
        code,
        "The deployment cannot be changed now.",
    ))
}

// A deployment of somebody else's that CodeDeploy does not end.

turn!(a_stop_is_refused_and_the_wait_is_ended_instead, [], {
    let (mut web1, _) = deploying(Reached::TerminationWait, None);
    web1.world.switches.refuse_stop_in_termination = true;
    run(web1.world, "v1.1.0").await
});
turn!(
    a_continue_is_refused_and_the_deployment_is_stopped_instead,
    [],
    {
        let (mut web1, _) = deploying(Reached::TerminationWait, None);
        web1.world.switches.refuse_continue_termination = true;
        run(web1.world, "v1.0.0").await
    }
);
turn!(both_are_refused, ["deployment-active"], {
    let (mut web1, _) = deploying(Reached::TerminationWait, None);
    web1.world.switches.refuse_stop_in_termination = true;
    web1.world.switches.refuse_continue_termination = true;
    run(web1.world, "v1.0.0").await
});
turn!(a_stop_is_refused_in_mid_shift, ["deployment-active"], {
    let canary = "CodeDeployDefault.ECSCanary10Percent5Minutes";
    let (web1, _) = deploying(Reached::Shifting, Some(canary));
    let rule = Rule::on(
        "StopDeployment",
        refused("UnsupportedActionForDeploymentTypeException"),
    );
    with_rule(asking(web1.world, "v1.1.0"), rule).run().await
});
turn!(it_succeeds_before_codedeploy_could_stop_it, [], {
    let (web1, _) = deploying(Reached::Installing, None);
    let rule = Rule::on("StopDeployment", Effect::Delay(Duration::from_secs(8_000)));
    let step = asking(web1.world, "v1.0.0").input("timeout", "10h");
    with_rule(step, rule).run().await
});
turn!(the_wait_is_over_before_it_could_be_ended, [], {
    let (web1, _) = deploying(Reached::TerminationWait, None);
    let rule = Rule::on(
        "ContinueDeployment",
        Effect::Delay(Duration::from_secs(8_000)),
    );
    let step = asking(web1.world, "v1.0.0").input("timeout", "10h");
    with_rule(step, rule).run().await
});

// A deployment of somebody else's that ECS does not end.

turn!(it_succeeds_before_ecs_could_stop_it, [], {
    let (native1, _) = briskly_deploying(Strategy::BlueGreen, NativePhase::Baking);
    let rule = Rule::on(
        "StopServiceDeployment",
        Effect::Delay(Duration::from_secs(400)),
    );
    let step = asking(native1.world, "v1.1.0").input("timeout", "5h");
    with_rule(step, rule).run().await
});
turn!(ecs_refuses_a_stop_and_the_service_is_updated_instead, [], {
    let (native1, _) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    let rule = Rule::on("StopServiceDeployment", refused("ConflictException"));
    let step = asking(native1.world, "v1.0.0").input("timeout", "5h");
    with_rule(step, rule).run().await
});
turn!(ecs_refuses_a_stop_and_takes_no_update, [], {
    let (native1, _) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    let rule = Rule::on("StopServiceDeployment", refused("ConflictException"));
    let step = asking(native1.world, "v1.1.0").input("timeout", "5h");
    with_rule(step, rule).run().await
});

// A service that is not as it was.

turn!(
    the_service_is_deleted_in_the_middle,
    ["service-not-found"],
    {
        let step = asking(brisk(Strategy::Rolling).world, "v1.0.0");
        step.sim.at(Duration::from_secs(30), |world| {
            world.delete_service("prod", "web1")
        });
        step.run().await
    }
);
turn!(nobody_says_which_image_runs, ["timed-out"], {
    let mut stage = stage::web1();
    stage.world.switches.digest_report = DigestReport::Missing;
    release(&mut stage, "v1.3.0", 1_000, amd64());
    asking(stage.world, "v1.0.0")
        .input("timeout", "1m")
        .run()
        .await
});
turn!(ecs_has_no_image_to_say, ["timed-out"], {
    let mut native1 = brisk(Strategy::Rolling);
    native1.world.switches.digest_report = DigestReport::Missing;
    let again = native1.releases[2].task_definition.clone();
    let past = PastService::new(&again, ago(900), ServiceOutcome::Successful);
    native1
        .world
        .past_service_deployment(&native1.service, &past);
    asking(native1.world, "v1.0.0")
        .input("timeout", "1m")
        .run()
        .await
});

// A past that can't be read.

/// Before v1.3.0, which serves, a release of this image, whose AppSpec may lie in S3.
fn after_a_release_of(image: &str, in_s3: bool) -> World {
    let mut stage = stage::web1();
    let document = stage::task_definition_with(image, false);
    let revision = stage.world.register_task_definition(&document, ago(1_500));
    let past = Past {
        in_s3,
        ..Past::new(&revision, ago(1_400), Outcome::Succeeded)
    };
    stage.world.past_deployment(&stage.service, &past);
    stage
        .world
        .push_image("web1", &["v1.3.0"], amd64(), ago(1_000));
    let document = stage::task_definition("v1.3.0");
    let serving = stage.world.register_task_definition(&document, ago(950));
    let past = Past::new(&serving, ago(900), Outcome::Succeeded);
    stage.world.past_deployment(&stage.service, &past);
    stage.world
}

const ECR: &str = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com";

turn!(previous_passes_over_an_appspec_in_s3, [], {
    run(
        after_a_release_of(&format!("{ECR}/web1:v1.1.0"), true),
        "previous",
    )
    .await
});
turn!(previous_passes_over_a_tag_that_moves, [], {
    run(
        after_a_release_of(&format!("{ECR}/web1:latest"), false),
        "previous",
    )
    .await
});
turn!(previous_passes_over_an_image_from_elsewhere, [], {
    run(
        after_a_release_of("ghcr.io/org/web1:v1.1.5", false),
        "previous",
    )
    .await
});
turn!(previous_passes_over_a_tag_that_is_gone, [], {
    run(
        after_a_release_of(&format!("{ECR}/other:v1.1.5"), false),
        "previous",
    )
    .await
});
turn!(
    previous_of_a_service_that_was_never_deployed,
    ["previous-unknown"],
    { run(crate::harness::worlds::never_deployed(|_| {}), "previous").await }
);
turn!(previous_where_a_failed_release_serves, [], {
    let mut native1 = brisk(Strategy::Rolling);
    native1
        .world
        .push_image("web1", &["v1.3.0"], amd64(), ago(1_900));
    let revision = native1
        .world
        .register_task_definition(&stage::task_definition("v1.3.0"), ago(1_850));
    let past = PastService::new(&revision, ago(1_800), ServiceOutcome::RollbackFailed);
    native1
        .world
        .past_service_deployment(&native1.service, &past);
    asking(native1.world, "previous")
        .input("dry-run", "true")
        .run()
        .await
});

// Inputs that fit the service less than they could.

turn!(nothing_waits_where_the_group_holds_the_traffic_back, [], {
    let stage = crate::harness::worlds::with(|spec| spec.ready_wait_minutes = Some(10));
    asking(stage.world, "v1.0.0")
        .input("wait-for", "nothing")
        .run()
        .await
});
turn!(
    a_revision_that_nobody_can_describe,
    ["task-definition-not-found"],
    {
        let Web1 { mut world, .. } = stage::web1();
        world.deregister("arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web1:3");
        asking(world, "v1.0.0")
            .input("task-definition", "web1:99")
            .run()
            .await
    }
);
turn!(somebody_is_faster_with_wait, [], {
    let step = asking(stage::web1().world, "v1.0.0")
        .input("active-deployment", "wait")
        .input("timeout", "5h");
    let rule = Rule::on("CreateDeployment", Effect::Delay(Duration::from_secs(2))).first(1);
    step.sim.world(|world| {
        let theirs = aws_sim::world::Start::new(
            "arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web1:2",
        );
        world.plan_deployment(&key(), &theirs, after(1));
    });
    with_rule(step, rule).run().await
});

/// What each kind of failure of a read is told as, once.
#[tokio::test(start_paused = true)]
async fn every_way_in_which_a_read_fails() {
    let ways = [
        (
            "access denied",
            Effect::access_denied("ecs:DescribeServices"),
        ),
        ("an expired token", Effect::expired_token()),
        ("unknown credentials", Effect::unrecognized_client()),
        ("an expired request", Effect::request_expired()),
        ("throttled", Effect::Throttle),
        ("500", Effect::server_error()),
        ("503", Effect::unavailable()),
        ("the connection is reset", Effect::ResetBefore),
        ("nobody listens", Effect::Refused),
        ("an unknown host", Effect::UnknownHost),
        ("no answer", Effect::HangBefore),
        ("a page of a proxy", Effect::Html(200)),
        ("an error page of a proxy", Effect::Html(502)),
        ("half an answer", Effect::TruncateBody),
        ("an error that is new", refused("BrandNewException")),
    ];
    let mut told = String::new();
    for (name, effect) in ways {
        let rule = Rule::on("DescribeServices", effect);
        let done = with_rule(Step::web1("v1.0.0"), rule).run().await;
        assert_eq!(done.exit, 2, "{name}\n{}", done.log);
        told += &format!("{name}\n{}\n\n", done.block("✘"));
    }
    insta::assert_snapshot!(told);
}
