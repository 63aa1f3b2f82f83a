//! What is measured, with its goals.

use std::future::Future;
use std::io;
use std::time::Duration;

use aws_sim::world::stage::DAY;
use tokio::runtime::Builder;

use crate::measures::{
    DENSITIES, LATENCY, PAST, Sent, all_calls, back_to, cdk, released, released_as, retired,
    shifted_to_answer, until_created, version, with_images,
};
use crate::process::{Binary, peak_memory, start_to_create};
use crate::table::{Row, Unit};

/// How often real time is measured; the median counts.
const RUNS: usize = 21;

#[derive(Clone, Copy)]
pub enum Figure {
    RoundTrips,
    StartAt50,
    StartAt0,
    Images,
    Answer,
    Previous,
    Memory,
    Size,
}

impl Figure {
    pub const ALL: [Self; 8] = [
        Self::RoundTrips,
        Self::StartAt50,
        Self::StartAt0,
        Self::Images,
        Self::Answer,
        Self::Previous,
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
            Self::Memory => memory(binary),
            Self::Size => size(binary),
        }
    }
}

/// In virtual time: what takes minutes there takes milliseconds here.
fn virtually<T>(measure: impl Future<Output = T>) -> io::Result<T> {
    Ok(Builder::new_current_thread().enable_all().start_paused(true).build()?.block_on(measure))
}

async fn round_trips() -> Vec<Row> {
    let half_a_day = Duration::from_secs(DAY / 2);
    let releases = || released(60, half_a_day);
    let free_names = || released_as(60, half_a_day, cdk);
    let rows = [
        ("a tag; its revision is the 20th newest", back_to(releases(), &version(40)), Some(3)),
        ("a tag; its revision is INACTIVE, so one is registered", back_to(retired(), "v1.0.0"), Some(4)),
        ("a tag that never ran here, so one is registered", back_to(with_images(1), "build-0"), None),
        ("a tag; nobody can guess the group's name", back_to(free_names(), &version(40)), None),
        ("`previous`", back_to(releases(), "previous"), None),
    ];
    let mut measured = Vec::new();
    for (what, step, goal) in rows {
        let Sent { round_trips, calls, after } = until_created(step).await;
        let what = format!("before CreateDeployment: {what}");
        let note = format!("{calls} calls, {:.3} s of virtual time at 50 ms a call", after.as_secs_f64());
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
        measured.push(Row::counted(what, many, Unit::Calls, few).note("the goal is what it takes with ten"));
    }
    measured
}

async fn answer() -> Vec<Row> {
    let mut longest = Duration::ZERO;
    for tenth in 0..55 {
        longest = longest.max(shifted_to_answer(Duration::from_millis(100 * tenth)).await);
    }
    // A poll comes after 5 s and up to half a second of jitter; it is a call itself.
    let goal = 5.5 + 3.0 * LATENCY.as_secs_f64();
    let note =
        "the longest of 55 moments between two polls, at 50 ms a call; the goal is a poll and two calls";
    vec![Row::new("traffic shifted → answer", longest.as_secs_f64(), Unit::Seconds, goal).note(note)]
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
    let note = format!("median of {RUNS}, {fastest:.3} to {slowest:.3} s; first call after {first:.3} s");
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
    let kibibytes = runtime.block_on(peak_memory(binary))?;
    let mebibytes = u32::try_from(kibibytes).map_or(f64::INFINITY, f64::from) / 1_024.0;
    Ok(vec![Row::new("peak memory of a whole rollback", mebibytes, Unit::MebiBytes, 20.0).note("VmHWM")])
}

fn size(binary: &Binary) -> io::Result<Vec<Row>> {
    let megabytes = u32::try_from(binary.size()?).map_or(f64::INFINITY, f64::from) / 1e6;
    Ok(vec![Row::new("binary", megabytes, Unit::MegaBytes, 9.0)])
}
