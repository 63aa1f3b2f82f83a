//! What is measured, with its goals.

use std::future::Future;
use std::io;
use std::time::Duration;

use aws_sim::Sim;
use aws_sim::world::stage::DAY;
use tokio::runtime::Builder;

use crate::harness::crowd::{self, Mix, Took, crowd, hundred, roll_back};
use crate::harness::measures::{
    Back, DENSITIES, LATENCY, PAST, Sent, all_calls, back_to, cdk, redeployed, redeployed_by_ecs,
    released, released_as, rerouted, rerouted_by_ecs, retired, shifted_to_answer, until_created,
    version, with_images,
};
use crate::process::{Binary, peak_memory, peak_memory_of_many, start_to_create};
use crate::table::{Row, Unit};

/// How often real time is measured; the median counts.
const RUNS: usize = 21;
/// Between two polls, in seconds, with the most jitter.
const POLL: f64 = 5.5;
/// How many tenths of a second an event comes later, so that it comes at any moment between two polls.
const MOMENTS: u64 = 55;

/// As many services as the figures of many are about, and as many as a run takes.
const MANY: usize = 25;
const MOST_SERVICES: usize = 50;

#[derive(Clone, Copy)]
pub enum Figure {
    RoundTrips,
    StartAt50,
    StartAt0,
    Images,
    Answer,
    Previous,
    Reroute,
    AgainstRedeploy,
    Many,
    Hundred,
    Memory,
    Size,
}

impl Figure {
    pub const ALL: [Self; 12] = [
        Self::RoundTrips,
        Self::StartAt50,
        Self::StartAt0,
        Self::Images,
        Self::Answer,
        Self::Previous,
        Self::Reroute,
        Self::AgainstRedeploy,
        Self::Many,
        Self::Hundred,
        Self::Memory,
        Self::Size,
    ];

    pub fn name(&self) -> &'static str {
        match self {
            Self::RoundTrips => "round-trips",
            Self::StartAt50 => "start-50ms",
            Self::StartAt0 => "start-0ms",
            Self::Images => "images",
            Self::Answer => "answer",
            Self::Previous => "previous",
            Self::Reroute => "reroute",
            Self::AgainstRedeploy => "reroute-against-redeploy",
            Self::Many => "many-services",
            Self::Hundred => "hundred-services",
            Self::Memory => "memory",
            Self::Size => "size",
        }
    }

    /// # Errors
    /// Where the binary can't be run, or its run does not end well.
    pub fn measure(self, binary: &Binary) -> io::Result<Vec<Row>> {
        match self {
            Self::RoundTrips => virtually(round_trips()),
            Self::StartAt50 => start(binary, LATENCY, 0.25),
            Self::StartAt0 => start(binary, Duration::ZERO, 0.05),
            Self::Images => virtually(images()),
            Self::Answer => virtually(answer()),
            Self::Previous => virtually(previous()),
            Self::Reroute => virtually(reroute()),
            Self::AgainstRedeploy => virtually(against_redeploy()),
            Self::Many => virtually(many()),
            Self::Hundred => virtually(hundred_services()),
            Self::Memory => memory(binary),
            Self::Size => size(binary),
        }
    }
}

/// In virtual time: what takes minutes there takes milliseconds here.
fn virtually<T>(measure: impl Future<Output = T>) -> io::Result<T> {
    Ok(Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()?
        .block_on(measure))
}

async fn round_trips() -> Vec<Row> {
    let half_a_day = Duration::from_secs(DAY / 2);
    let releases = || released(60, half_a_day);
    let free_names = || released_as(60, half_a_day, cdk);
    let rows = [
        (
            "a tag; its revision is the 20th newest",
            back_to(releases(), &version(40)),
            Some(3),
        ),
        (
            "a tag; its revision is INACTIVE, so one is registered",
            back_to(retired(), "v1.0.0"),
            Some(4),
        ),
        (
            "a tag that never ran here, so one is registered",
            back_to(with_images(1), "build-0"),
            None,
        ),
        (
            "a tag; nobody can guess the group's name",
            back_to(free_names(), &version(40)),
            None,
        ),
        ("`previous`", back_to(releases(), "previous"), None),
    ];
    let mut measured = Vec::new();
    for (what, step, goal) in rows {
        let Sent {
            round_trips,
            calls,
            after,
        } = until_created(step).await;
        let what = format!("before CreateDeployment: {what}");
        let note = format!(
            "{calls} calls, {:.3} s of virtual time at 50 ms a call",
            after.as_secs_f64()
        );
        measured.push(Row::counted(what, round_trips, Unit::RoundTrips, goal).note(note));
    }
    measured
}

async fn images() -> Vec<Row> {
    let mut measured = Vec::new();
    for version in ["v1.0.0", "previous"] {
        let few = all_calls(back_to(with_images(10), version)).await;
        let many = all_calls(back_to(with_images(10_000), version)).await;
        let what = format!("a whole rollback to {version}, 10,000 images in the repository");
        measured.push(
            Row::counted(what, many, Unit::Calls, few).note("the goal is what it takes with ten"),
        );
    }
    measured
}

async fn answer() -> Vec<Row> {
    let mut longest = Duration::ZERO;
    for tenth in 0..MOMENTS {
        longest = longest.max(shifted_to_answer(Duration::from_millis(100 * tenth)).await);
    }
    // A poll is a call itself. Each of the four waits may end a millisecond late: tokio's timers know no less.
    let goal = POLL + 3.0 * LATENCY.as_secs_f64() + 0.004;
    let note = "the longest of 55 moments between two polls, at 50 ms a call; the goal is a poll and two calls";
    vec![
        Row::new(
            "traffic shifted → answer",
            longest.as_secs_f64(),
            Unit::Seconds,
            goal,
        )
        .note(note),
    ]
}

async fn previous() -> Vec<Row> {
    let mut measured = Vec::new();
    for (density, every) in DENSITIES {
        let tag = until_created(back_to(released(PAST, every), &version(PAST - 2))).await;
        let previous = until_created(back_to(released(PAST, every), "previous")).await;
        let what = format!("`previous`, 500 past deployments, {density}: more than for a tag");
        let more = previous.round_trips.saturating_sub(tag.round_trips);
        measured.push(Row::counted(what, more, Unit::RoundTrips, 4));
        let what = format!("`previous`, 500 past deployments, {density}: before CreateDeployment");
        measured.push(Row::counted(what, previous.calls, Unit::Calls, 40));
    }
    measured
}

/// Under three round trips and one poll, beside the time that AWS itself takes.
async fn reroute() -> Vec<Row> {
    let usual = rerouted(Duration::ZERO).await;
    let mut longest = usual;
    for tenth in 1..MOMENTS {
        let back = rerouted(Duration::from_millis(100 * tenth)).await;
        longest = if back.ours() > longest.ours() {
            back
        } else {
            longest
        };
    }
    let sent = format!(
        "sent after {:.3} s of virtual time at 50 ms a call",
        usual.sent.as_secs_f64()
    );
    let until_traffic = usual.effect.as_secs_f64();
    let ours = format!(
        "the longest of {MOMENTS} moments between two polls; the goal is 3 round trips and a poll of 5.5 s; after that poll two calls read the tasks"
    );
    let goal = POLL + 3.0 * LATENCY.as_secs_f64();
    let by_ecs = rerouted_by_ecs().await;
    let sent_by_ecs = format!(
        "sent after {:.3} s of virtual time at 50 ms a call",
        by_ecs.sent.as_secs_f64()
    );
    vec![
        Row::counted(
            "reroute, ECS deploys: before StopServiceDeployment",
            by_ecs.round_trips,
            Unit::RoundTrips,
            None,
        )
        .note(sent_by_ecs),
        Row::counted(
            "reroute: before StopDeployment",
            usual.round_trips,
            Unit::RoundTrips,
            3,
        )
        .note(sent),
        Row::counted(
            "reroute: all traffic back → answer",
            longest.polls,
            Unit::Polls,
            1,
        ),
        Row::new(
            "reroute: start → all traffic back, less AWS's time",
            until_traffic,
            Unit::Seconds,
            goal,
        )
        .note("until the stop takes effect: the run adds nothing after that"),
        Row::new(
            "reroute: start → answer, less AWS's time",
            longest.ours().as_secs_f64(),
            Unit::Seconds,
            goal,
        )
        .note(ours),
        Row::new(
            "reroute: AWS's time, stop → all traffic back",
            usual.aws().as_secs_f64(),
            Unit::Seconds,
            None,
        )
        .note("simulated: all assumed, see reroute-against-redeploy"),
    ]
}

/// The same incident while v1.1.0 is warm, and when it is not any more. The simulator's `Pace` by default:
///
/// | what | seconds | source |
/// |---|---|---|
/// | `task_start`: a task's creation to `RUNNING` | 35 | assumed |
/// | the rest of `install`: until the load balancer finds it healthy | 130 | Amazon ECS Developer Guide, "Optimize load balancer health check parameters for Amazon ECS": 30 s × 5 = 150 s by default |
/// | `reroute_install`: Install of a rollback, whose tasks run already | 2 | assumed |
/// | `stop`: `StopDeployment` to `Stopped` | 2 | assumed |
/// | `rollback_starts`: from there to the rollback's creation | 0 | assumed |
/// | `created`: `Created` to `InProgress` | 2 | assumed |
/// | `plain_event`: a lifecycle event with no hook | 0.5 | assumed |
/// | `shift`: `AllowTraffic` to the first weight | 5 | assumed |
async fn against_redeploy() -> Vec<Row> {
    let (warm, cold) = (rerouted(Duration::ZERO).await, redeployed().await);
    let (by_ecs, anew_by_ecs) = (rerouted_by_ecs().await, redeployed_by_ecs().await);
    let ratio_by_ecs = anew_by_ecs.traffic.as_secs_f64() / by_ecs.traffic.as_secs_f64();
    let ratio = cold.traffic.as_secs_f64() / warm.traffic.as_secs_f64();
    let note = format!(
        "simulated: 35 s until a task runs (assumed), 130 s until it is healthy (AWS: 150 s by default), {:.1} s from the stop to the traffic (assumed; the goal holds up to {:.1} s)",
        warm.aws().as_secs_f64(),
        (cold.traffic / 10 - warm.effect).as_secs_f64()
    );
    vec![
        on_the_good_version("reroute", &warm),
        on_the_good_version("redeploy", &cold),
        Row::new("redeploy ÷ reroute", ratio, Unit::Times, 10.0)
            .at_least()
            .note(note),
        on_the_good_version("reroute, ECS deploys", &by_ecs),
        on_the_good_version("redeploy, ECS deploys", &anew_by_ecs),
        Row::new(
            "redeploy ÷ reroute, ECS deploys blue/green",
            ratio_by_ecs,
            Unit::Times,
            10.0,
        )
        .at_least()
        .note("simulated, the same durations"),
    ]
}

fn on_the_good_version(path: &str, back: &Back) -> Row {
    let note = format!(
        "AWS {:.1} s; our own: {:.3} s until the write is sent, {:.3} s from the traffic to the answer",
        back.aws().as_secs_f64(),
        back.sent.as_secs_f64(),
        (back.answer - back.traffic).as_secs_f64()
    );
    let what = format!("{path}: start → all traffic on the good version");
    Row::new(what, back.traffic.as_secs_f64(), Unit::Seconds, None).note(note)
}

/// Services of one repository, each with task definitions of its own, from v1.2.0 to v1.1.0.
async fn many() -> Vec<Row> {
    let mut measured = Vec::new();
    for mix in Mix::ALL {
        let one = roll_back(&crowd::back(crowd(1, mix), 0..1, "v1.1.0")).await;
        let step = crowd::back(crowd(MANY, mix), 0..MANY, "v1.1.0");
        let many = roll_back(&step.sim(Sim::with_published_rates)).await;
        measured.extend(rows_of_many(&one, &many, mix));
    }
    measured
}

fn rows_of_many(one: &Took, many: &Took, mix: Mix) -> [Row; 3] {
    let mix = mix.name();
    let of_one = one.until_last.as_secs_f64();
    let until_last = many.until_last.as_secs_f64();
    let each = |calls: usize| {
        let [calls, services] = [calls, MANY].map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        f64::from(calls) / f64::from(services)
    };
    let others = many.all_calls - many.targets;
    [
        Row::new(
            format!("25 services, {mix}: start → last create, against one service"),
            until_last / of_one,
            Unit::Times,
            2.0,
        )
        .note(format!(
            "{until_last:.3} s against {of_one:.3} s of virtual time at 50 ms a call, at the rates that AWS publishes"
        )),
        Row::new(
            format!("25 services of one repository, {mix}: calls a service, start → last create"),
            each(many.calls),
            Unit::Calls,
            8.0,
        )
        .note(format!("{} calls in all, the creates among them; one service alone: {}", many.calls, one.calls)),
        Row::new(
            format!("25 services of one repository, {mix}: calls a service, start → all traffic"),
            each(many.all_calls),
            Unit::Calls,
            None,
        )
        .note(format!(
            "{:.1} of them are GetDeploymentTarget, which takes one deployment; the other {:.1} read for many",
            each(many.targets),
            each(others)
        )),
    ]
}

/// Two runs at the same time: the input takes 50.
async fn hundred_services() -> Vec<Row> {
    let mut measured = Vec::new();
    for mix in Mix::ALL {
        let calls = hundred(mix, "traffic").await;
        let throttled = calls.throttled().count();
        let what = format!(
            "100 services in two runs at once, {}: throttled",
            mix.name()
        );
        let note = format!(
            "of {} calls; at the rates that AWS publishes for ECS and ECR, see src/aws/together/turns.rs; CodeDeploy has none",
            calls.len()
        );
        measured.push(Row::counted(what, throttled, Unit::Calls, 0).note(note));
    }
    measured
}

fn start(binary: &Binary, latency: Duration, goal: f64) -> io::Result<Vec<Row>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (mut create, mut first) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let arrivals = runtime.block_on(start_to_create(binary, latency))?;
        create.push(arrivals.create.as_secs_f64());
        first.push(arrivals.first.as_secs_f64());
    }
    let millis = latency.as_millis();
    let ((create, fastest, slowest), (first, ..)) = (spread(create), spread(first));
    let note =
        format!("median of {RUNS}, {fastest:.3} to {slowest:.3} s; first call after {first:.3} s");
    let what = format!("start of the process → CreateDeployment arrives, {millis} ms a call");
    Ok(vec![Row::new(what, create, Unit::Seconds, goal).note(note)])
}

/// Median, least, most.
fn spread(mut times: Vec<f64>) -> (f64, f64, f64) {
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[0], times[times.len() - 1])
}

fn memory(binary: &Binary) -> io::Result<Vec<Row>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let row = |what: &str, kibibytes: u64, goal: f64| {
        let mebibytes = u32::try_from(kibibytes).map_or(f64::INFINITY, f64::from) / 1_024.0;
        Row::new(what, mebibytes, Unit::MebiBytes, goal).note("VmHWM")
    };
    let one = runtime.block_on(peak_memory(binary))?;
    let many = runtime.block_on(peak_memory_of_many(binary, MOST_SERVICES, Mix::Both))?;
    Ok(vec![
        row("peak memory of a whole rollback", one, 20.0),
        row(
            "peak memory of a rollback of 50 services, half by each controller",
            many,
            40.0,
        ),
    ])
}

fn size(binary: &Binary) -> io::Result<Vec<Row>> {
    let megabytes = u32::try_from(binary.size()?).map_or(f64::INFINITY, f64::from) / 1e6;
    Ok(vec![Row::new("binary", megabytes, Unit::MegaBytes, 13.0)])
}
