//! Faults, latency, records and regions, seen from where the fronts stand.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::aws::{AwsError, Service};
use crate::exchange::Broken;
use crate::record::{Answered, Call};
use crate::rules::{Effect, Rule};
use crate::scripted::{Scripted, get, list_tasks, signed};
use crate::sim::Sim;
use crate::world::stage::{self, Member, several};

const MS: Duration = Duration::from_millis(1);

fn sim() -> Sim<Scripted> {
    Sim::new(Scripted::default(), SystemTime::UNIX_EPOCH).with_latency(80 * MS)
}

struct Seen {
    /// The status, or the name of the break.
    ending: String,
    body: Vec<u8>,
    /// How often the world was asked.
    asked: usize,
    call: Call,
}

async fn under(effect: Effect) -> Seen {
    let sim = sim();
    sim.rule(Rule::on("ListTasks", effect));
    let (ending, body) = match sim.answer(list_tasks()).await {
        Ok(response) => (
            response.status().as_u16().to_string(),
            response.body().to_vec(),
        ),
        Err(Broken::ResetWithin(_)) => ("ResetWithin".to_owned(), Vec::new()),
        Err(Broken::Truncated(_)) => ("Truncated".to_owned(), Vec::new()),
        Err(broken) => (format!("{broken:?}"), Vec::new()),
    };
    assert_eq!(sim.violations(), []);
    let call = sim.calls()[0].clone();
    Seen {
        ending,
        body,
        asked: sim.world(|world| world.asked.len()),
        call,
    }
}

#[tokio::test(start_paused = true)]
async fn every_effect_ends_the_call_its_own_way() {
    let error = |code: &str| Answered::Error(code.to_owned());
    let table = [
        (Effect::Pass, "200", 1, Answered::Ok),
        (Effect::Delay(MS), "200", 1, Answered::Ok),
        (Effect::Throttle, "400", 0, error("ThrottlingException")),
        (Effect::server_error(), "500", 0, error("InternalFailure")),
        (Effect::unavailable(), "503", 0, error("ServiceUnavailable")),
        (
            Effect::access_denied("ecs:ListTasks"),
            "400",
            0,
            error("AccessDeniedException"),
        ),
        (
            Effect::expired_token(),
            "400",
            0,
            error("ExpiredTokenException"),
        ),
        (
            Effect::unrecognized_client(),
            "400",
            0,
            error("UnrecognizedClientException"),
        ),
        (
            Effect::not_found("ClusterNotFoundException"),
            "400",
            0,
            error("ClusterNotFoundException"),
        ),
        (Effect::ResetBefore, "Reset", 0, Answered::Broken),
        (Effect::DropAnswer, "Reset", 1, Answered::Broken),
        (Effect::ResetAfter, "ResetWithin", 1, Answered::Broken),
        (Effect::TruncateBody, "Truncated", 1, Answered::Broken),
        (Effect::HangBefore, "Hang", 0, Answered::Waiting),
        (Effect::HangAfter, "Hang", 1, Answered::Waiting),
        (Effect::Html(502), "502", 0, Answered::Status(502)),
    ];
    for (effect, ending, asked, answered) in table {
        let prevents = effect.prevents();
        let seen = under(effect.clone()).await;
        assert_eq!(
            (seen.ending.as_str(), seen.asked),
            (ending, asked),
            "{effect:?}"
        );
        assert_eq!(
            (seen.call.answered, seen.call.done),
            (answered, asked == 1),
            "{effect:?}"
        );
        assert_eq!(prevents, asked == 0, "{effect:?}");
        assert_eq!(seen.call.end.is_none(), ending == "Hang", "{effect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn faults_use_the_words_of_aws() {
    let denied: Value =
        serde_json::from_slice(&under(Effect::access_denied("ecs:ListTasks")).await.body).unwrap();
    let message = denied["message"].as_str().unwrap();
    assert!(message.starts_with("User: arn:aws:sts::"), "{message}");
    assert!(
        message.contains("is not authorized to perform: ecs:ListTasks on resource: "),
        "{message}"
    );
    assert!(
        message.ends_with("because no identity-based policy allows the ecs:ListTasks action"),
        "{message}"
    );
    let throttled: Value = serde_json::from_slice(&under(Effect::Throttle).await.body).unwrap();
    assert_eq!(
        throttled,
        json!({ "__type": "ThrottlingException", "message": "Rate exceeded" })
    );
    let page = under(Effect::Html(502)).await.body;
    assert!(page.starts_with(b"<html>"), "{page:?}");
}

#[tokio::test(start_paused = true)]
async fn half_of_the_latency_lies_on_either_side_of_the_world() {
    let sim = sim();
    sim.rule(Rule::on("ListTasks", Effect::Delay(1000 * MS)).nth(2));
    sim.at(39 * MS, |world| {
        world.answer = Err(AwsError::client("ClusterNotFoundException", "gone"))
    });
    sim.at(41 * MS, |world| {
        world.answer = Ok(json!({ "taskArns": [] }))
    });
    assert_eq!(sim.answer(list_tasks()).await.unwrap().status(), 400);
    assert_eq!(sim.answer(list_tasks()).await.unwrap().status(), 200);
    let times: Vec<_> = sim
        .calls()
        .iter()
        .map(|call| (call.start, call.end.unwrap()))
        .collect();
    assert_eq!(times, [(Duration::ZERO, 80 * MS), (80 * MS, 1160 * MS)]);
}

#[tokio::test(start_paused = true)]
async fn calls_at_the_same_time_are_one_round_trip() {
    let sim = sim();
    let _both = tokio::join!(sim.answer(list_tasks()), sim.answer(list_tasks()));
    sim.answer(list_tasks()).await.unwrap();
    sim.answer(signed(
        Service::Ecs,
        "ListServices",
        &json!({}),
        "ap-northeast-2",
    ))
    .await
    .unwrap();
    assert_eq!(sim.calls().round_trips_before("ListServices"), Some(2));
    assert_eq!(sim.calls().count("ListTasks"), 3);
}

#[tokio::test(start_paused = true)]
async fn speed_shortens_what_the_caller_waits() {
    let sim = sim().with_speed(10.0);
    let before = Instant::now();
    sim.answer(list_tasks()).await.unwrap();
    assert_eq!(before.elapsed(), 8 * MS);
    assert_eq!(sim.calls()[0].end, Some(80 * MS));
}

#[tokio::test(start_paused = true)]
async fn another_region_is_another_world_or_a_violation() {
    let abroad = || signed(Service::Ecs, "ListTasks", &json!({}), "us-east-1");
    let lonely = sim();
    assert_eq!(lonely.answer(abroad()).await.unwrap().status(), 501);
    assert_eq!(lonely.violations().len(), 1);
    let empty = Scripted::answering(Err(AwsError::client(
        "ClusterNotFoundException",
        "Cluster not found.",
    )));
    let wide = sim().with_other_regions(empty);
    assert_eq!(wide.answer(abroad()).await.unwrap().status(), 400);
    assert_eq!(wide.answer(list_tasks()).await.unwrap().status(), 200);
    assert_eq!(wide.violations(), []);
    let regions: Vec<_> = wide
        .calls()
        .iter()
        .map(|call| call.region.clone())
        .collect();
    assert_eq!(regions, ["us-east-1", "ap-northeast-2"]);
    assert_eq!(
        wide.with_region("us-east-1")
            .answer(abroad())
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_unknown_is_a_loud_failure() {
    let sim = sim();
    let mut elsewhere = list_tasks();
    elsewhere
        .headers_mut()
        .insert("x-amz-target", "AmazonSQS.SendMessage".parse().unwrap());
    let unknown = signed(Service::Ecs, "DeleteCluster", &json!({}), "ap-northeast-2");
    let no_object = signed(Service::Ecs, "ListTasks", &json!([]), "ap-northeast-2");
    let mut statuses = Vec::new();
    for request in [elsewhere, unknown, no_object] {
        statuses.push(sim.answer(request).await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [501, 501, 400]);
    assert_eq!(sim.violations().len(), 3, "{:?}", sim.violations());
    assert_eq!(sim.world(|world| world.asked.len()), 0);
}

#[tokio::test(start_paused = true)]
async fn an_unsigned_request_is_refused_and_no_violation() {
    let sim = sim();
    let mut request = list_tasks();
    request.headers_mut().remove("authorization");
    let response = sim.answer(request).await.unwrap();
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["__type"], "MissingAuthenticationTokenException");
    assert_eq!(
        (sim.violations().len(), sim.world(|world| world.asked.len())),
        (0, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn plain_gets_reach_the_pages_and_have_faults_of_their_own() {
    let sim = sim();
    let url = "http://web1.test/health";
    sim.world(|world| world.pages.insert(url.to_owned(), (200, b"fine".to_vec())));
    assert_eq!(&sim.answer(get(url)).await.unwrap().body()[..], b"fine");
    assert!(matches!(
        sim.answer(get("http://nobody.test/")).await,
        Err(Broken::Refused)
    ));
    sim.rule(Rule::on_get("/health", Effect::unavailable()).first(1));
    sim.rule(Rule::on_get("/health", Effect::Throttle).nth(2));
    sim.rule(Rule::on_get("/health", Effect::DropAnswer).nth(3));
    assert_eq!(sim.answer(get(url)).await.unwrap().status(), 503);
    assert_eq!(sim.answer(get(url)).await.unwrap().status(), 429);
    assert!(matches!(sim.answer(get(url)).await, Err(Broken::Reset)));
    sim.clear_rules();
    assert_eq!(sim.answer(get(url)).await.unwrap().status(), 200);
    assert_eq!(sim.calls().counts()["GET"], 6);
}

/// A batch is denied as a whole.
#[tokio::test(start_paused = true)]
async fn a_role_may_see_some_services_and_not_others() {
    let members = ["web1", "worker1", "cron1"].map(Member::codedeploy);
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(stage::START);
    let sim = Sim::new(several(&members).world, start);
    let cron1 = "arn:aws:ecs:ap-northeast-2:123456789012:service/prod/cron1";
    let denied = Effect::access_denied_on("ecs:DescribeServices", cron1);
    sim.rule(Rule::on("DescribeServices", denied).naming_service("cron1"));
    let describe = async |services: Value| {
        let input = json!({ "cluster": "prod", "services": services });
        let request = signed(Service::Ecs, "DescribeServices", &input, stage::REGION);
        let answer = sim.answer(request).await.unwrap();
        serde_json::from_slice::<Value>(answer.body()).unwrap()
    };
    let seen = describe(json!(["web1", "worker1"])).await;
    assert_eq!(seen["services"].as_array().unwrap().len(), 2);
    for services in [
        json!(["cron1"]),
        json!(["web1", "cron1"]),
        json!([cron1, "web1"]),
    ] {
        let refused = describe(services).await;
        assert_eq!(refused["__type"], "AccessDeniedException");
        let message = refused["message"].as_str().unwrap();
        assert!(
            message.contains(&format!("on resource: {cron1} because")),
            "{message}"
        );
    }
    let calls = sim.calls();
    assert_eq!(
        (
            calls.count("DescribeServices"),
            calls.done("DescribeServices")
        ),
        (4, 1)
    );
}
