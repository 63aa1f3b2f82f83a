//! One run of one seed: what is said of all, and what of each.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sim::record::{Call, Calls};
use serde_json::Value;

use super::scene::Shop;
use crate::harness::{Done, MARKER};
use crate::random::asking::{Asking, WEBHOOK};
use crate::random::dice::Dice;
use crate::random::ending::exit_code;
use crate::random::ran::{Own, Played, Ran};
use crate::random::scene::Scene;
use crate::random::trouble::Trouble;
use crate::random::watch::{Eye, is_about};

/// A run of several services that has ended.
pub struct Several {
    pub asking: Asking,
    /// The services in the order given, each once; one may not be there.
    pub order: Vec<String>,
    /// Of each service that is there.
    pub runs: Vec<Ran>,
    /// The output `results`; empty where the inputs were bad.
    pub results: Vec<Value>,
    /// What the webhook got.
    pub events: Vec<Value>,
    pub cancel: Option<Duration>,
    pub latency: Duration,
    pub played: Played,
}

impl Several {
    pub async fn roll(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let shop = Shop::roll(&mut dice);
        let asking = Asking::of_several(&shop.scenes, &shop.typed, &mut dice);
        let troubles = troubles(&shop.scenes, &mut dice);
        Self::of(shop, asking, troubles).await
    }

    /// The same run with parts of it changed, for what a seed has found.
    pub async fn of(shop: Shop, asking: Asking, troubles: Vec<Trouble>) -> Self {
        let (mut eyes, mut named) = (Vec::new(), Vec::new());
        for (scene, trouble) in shop.scenes.iter().zip(&troubles) {
            eyes.push(Eye::on(scene, false));
            named.push((&scene.names, trouble));
        }
        let played = Played::of(shop.world, eyes, &asking, &named).await;
        let results = serde_json::from_str(played.done.output("results"));
        let mut several = Self {
            order: shop.order,
            runs: Vec::new(),
            results: results.unwrap_or_default(),
            events: events(&played.calls),
            cancel: troubles[0].cancel,
            latency: troubles[0].latency,
            asking,
            played,
        };
        let shared = with_shared_races(&shop.scenes, troubles);
        for (position, (scene, trouble)) in shop.scenes.into_iter().zip(shared).enumerate() {
            let ran = several.part(position, scene, trouble);
            several.runs.push(ran);
        }
        several
    }

    /// What of it belongs to one service.
    fn part(&self, position: usize, scene: Scene, trouble: Trouble) -> Ran {
        let service = scene.names.service.clone();
        let report = self.report(&service);
        let mut outputs = self.outputs(&service);
        if let Some(report) = &report {
            outputs.insert("report".to_owned(), report.to_string());
        }
        let (played, world) = (&self.played, &self.played.world);
        let mut calls = played.calls.iter().cloned().collect::<Vec<Call>>();
        calls.retain(|call| is_about(world, &scene.key, &call.input));
        let own = Own {
            done: Done {
                // As if it were alone.
                exit: exit_code(self.outcome(&service)).unwrap_or(u8::MAX),
                log: self.log_of(&service),
                outputs,
                summary: played.done.summary.clone(),
                took: played.done.took,
            },
            report,
            targets: self.targets(&service),
            calls: Calls(calls),
            seen: played.seen[position].clone(),
            marker: self.marker(&service),
        };
        let asking = self.asking.clone().with("service", &service);
        Ran::new(scene, asking, trouble, played, own)
    }

    /// Each counts on from that of the run.
    fn marker(&self, service: &str) -> String {
        let (front, digits) = MARKER.split_once('/').expect("a name, then digits");
        let mut names = self.order.iter();
        let position = names.position(|name| name == service).unwrap_or_default();
        let first = u64::from_str_radix(digits, 16).expect("64 bits");
        format!("{front}/{:016x}", first + position as u64)
    }

    /// The output `report` is the first service's; the webhook gets that of each.
    fn report(&self, service: &str) -> Option<Value> {
        let is_own = |report: &&Value| report["asked"]["service"] == service;
        let flat = serde_json::from_str(self.played.done.output("report")).ok();
        let flat = flat.as_ref().filter(is_own);
        let mut told = self.events.iter().map(|event| &event["data"]["customData"]);
        flat.or_else(|| told.find(is_own)).cloned()
    }

    fn outputs(&self, service: &str) -> BTreeMap<String, String> {
        let mut results = self.results.iter();
        let own = results.find(|result| result["service"] == service);
        let members = own.and_then(Value::as_object).into_iter().flatten();
        let mut outputs = BTreeMap::new();
        for (name, value) in members.filter(|(name, _)| *name != "service") {
            let value = value.as_str().unwrap_or("no text");
            outputs.insert(name.clone(), value.to_owned());
        }
        outputs
    }

    fn targets(&self, service: &str) -> BTreeSet<String> {
        let mut targets = BTreeSet::new();
        for results in self.played.written("results") {
            let results: Vec<Value> = serde_json::from_str(results).unwrap_or_default();
            let own = results.iter().find(|result| result["service"] == service);
            let digest = own.and_then(|result| result["image-digest"].as_str());
            targets.extend(digest.map(str::to_owned));
        }
        targets
    }

    /// The lines about this service, without its name.
    pub fn log_of(&self, service: &str) -> String {
        let speaker = self.speaker(service);
        let lines = self.played.done.log.lines();
        let own = lines.filter_map(|line| line.strip_prefix(&speaker));
        own.collect::<Vec<_>>().join("\n")
    }

    /// What each line about this service begins with.
    pub fn speaker(&self, service: &str) -> String {
        let width = self.order.iter().map(String::len).max().unwrap_or_default();
        format!("{service:width$}  ")
    }

    /// The outcome of a service.
    pub fn outcome(&self, service: &str) -> &str {
        let mut results = self.results.iter();
        let own = results.find(|result| result["service"] == service);
        own.and_then(|result| result["outcome"].as_str())
            .unwrap_or_default()
    }

    /// Whether anything was changed in AWS.
    pub fn has_effect(&self) -> bool {
        let mut seen = self.played.seen.iter();
        seen.any(|seen| !seen.effects.is_empty())
    }

    pub fn transcript(&self) -> String {
        let mut text = String::new();
        for ran in &self.runs {
            let (scene, trouble) = (&ran.scene, &ran.trouble);
            let story = scene.story.join("\n  ");
            text += &format!("{}:\n  {story}\n  {trouble:?}\n", scene.names.service);
        }
        text += &format!("inputs: {:?}\ncalls:\n", self.asking);
        for call in self.played.calls.iter() {
            let input: String = call.input.to_string().chars().take(160).collect();
            let (start, operation) = (call.start, &call.operation);
            text += &format!("  {start:?} {operation} {:?} {input}\n", call.answered);
        }
        for ran in &self.runs {
            text += &format!("traffic of {}:\n", ran.scene.names.service);
            for (at, holders) in &ran.seen.traffic {
                let at = at.duration_since(ran.start).unwrap_or_default();
                text += &format!("  {at:?}: {holders:?}\n");
            }
        }
        let done = &self.played.done;
        let log_and_outputs = format!("log:\n{}\noutputs: {:#?}", done.log, done.outputs);
        text + &format!(
            "{log_and_outputs}\nexit code {} after {:?}",
            done.exit, done.took
        )
    }
}

/// The trouble that one or another of them has; the cancel and the latency are those of all.
fn troubles(scenes: &[Scene], dice: &mut Dice) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    let common = Trouble::roll(&scenes[0], dice);
    for scene in scenes {
        let mut trouble = Trouble::roll(scene, dice);
        if dice.percent(65) {
            trouble = Trouble::default();
        } else if dice.percent(75) {
            trouble = trouble.narrowed_to(&scene.names.service);
        }
        (trouble.cancel, trouble.latency) = (common.cancel, common.latency);
        troubles.push(trouble);
    }
    troubles
}

/// Whoever shares a repository meets what others do to its images.
fn with_shared_races(scenes: &[Scene], mut troubles: Vec<Trouble>) -> Vec<Trouble> {
    let own: Vec<_> = troubles
        .iter()
        .map(|trouble| trouble.races.clone())
        .collect();
    for (position, scene) in scenes.iter().enumerate() {
        for (other, races) in own.iter().enumerate() {
            let shares = scenes[other].names.repository == scene.names.repository;
            if other != position && shares {
                troubles[position].races.extend(races.iter().cloned());
            }
        }
    }
    troubles
}

fn events(calls: &Calls) -> Vec<Value> {
    let mut events = Vec::new();
    for call in calls.of("POST") {
        let body = call.input["body"].as_str().unwrap_or_default();
        if call.input["url"] == WEBHOOK {
            events.extend(serde_json::from_str(body).ok());
        }
    }
    events
}
