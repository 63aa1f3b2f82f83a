//! What every test looks at when a step has ended, and the step as the runner shows it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Done, Step};

/// Secrets and tokens that no sink may show.
const SECRETS: [&str; 2] = [
    "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY",
    "AKIAIOSFODNN7EXAMPLE",
];
/// The commands that a run may send to the runner.
const COMMANDS: [&str; 7] = [
    "group", "endgroup", "debug", "notice", "warning", "error", "add-mask",
];

/// What Rust's debug format looks like: the texts of libraries' errors are full of it, and people cannot read it.
const DEBUG: [&str; 12] = [
    " { ",
    "Some(",
    "None,",
    "Ok(",
    "Err(",
    "StatusCode(",
    "Error(",
    "Failure(",
    "Timeout(",
    "Certificate(",
    "Os {",
    "error trying to connect",
];

/// A text that people read: no debug format of Rust's is in it.
#[track_caller]
pub fn readable(text: &str) {
    for debug in DEBUG {
        assert!(!text.contains(debug), "{debug:?} is in\n{text}");
    }
}

impl Done {
    /// The whole ending: outcome, exit code, error codes, how many deployments this run created in the world, and
    /// that neither side broke AWS's model nor a line of the log could be taken for a command.
    #[track_caller]
    pub fn ended(&self, step: &Step, outcome: &str, codes: &[&str], created: usize) -> &Self {
        self.ended_as(step, outcome, created);
        let told = &self.log;
        assert_eq!(self.codes(), codes, "{told}");
        if codes.is_empty() {
            assert!(!self.log.contains('✘'), "{told}");
        } else {
            assert!(
                self.log.contains('✘') && self.summary.contains('✘'),
                "{told}"
            );
        }
        self
    }

    /// The same of several services, each with its own outcome, in the order in which they were given.
    #[track_caller]
    pub fn ended_each(
        &self,
        step: &Step,
        outcome: &str,
        each: &[(&str, &str)],
        created: usize,
    ) -> &Self {
        self.ended_as(step, outcome, created);
        let results = self.results();
        let text = |result: &Value, name: &str| result[name].as_str().map(str::to_owned);
        let outcomes: Vec<_> = results
            .iter()
            .map(|result| (text(result, "service"), text(result, "outcome")))
            .collect();
        let expected: Vec<_> = each
            .iter()
            .map(|(service, outcome)| (Some((*service).to_owned()), Some((*outcome).to_owned())))
            .collect();
        assert_eq!(outcomes, expected, "{}", self.log);
        for (name, value) in &self.outputs {
            if !["outcome", "report", "results"].contains(&name.as_str()) {
                let first = text(&results[0], name);
                assert_eq!(first.as_ref(), Some(value), "{name}\n{}", self.log);
            }
        }
        for (service, _) in each {
            assert!(
                self.summary.contains(&format!("| [{service}](")),
                "{}",
                self.summary
            );
        }
        self
    }

    /// The output `results`: one object for each of several services.
    pub fn results(&self) -> Vec<Value> {
        let results = self.output("results");
        serde_json::from_str(results).expect("the output `results` is a list in JSON")
    }

    #[track_caller]
    fn ended_as(&self, step: &Step, outcome: &str, created: usize) {
        let told = &self.log;
        assert_eq!(self.output("outcome"), outcome, "{told}");
        assert_eq!(self.exit, exit_code(outcome), "{told}");
        let clients = step.sim.world(|world| world.created_by_clients().to_vec());
        assert_eq!(
            clients.len(),
            created,
            "deployments created: {clients:?}\n{told}"
        );
        assert_eq!(step.sim.violations(), [], "{told}");
        self.shown();
        for secret in SECRETS {
            let everywhere = [&self.log, &self.summary, self.output("report")];
            assert!(
                everywhere.iter().all(|text| !text.contains(secret)),
                "{told}"
            );
        }
    }

    /// Refused: besides the ending, that no write was even tried.
    #[track_caller]
    pub fn refused(&self, step: &Step, code: &str) -> &Self {
        self.refused_for(step, &[code])
    }

    #[track_caller]
    pub fn refused_for(&self, step: &Step, codes: &[&str]) -> &Self {
        self.ended(step, "refused", codes, 0).wrote_nothing(step)
    }

    #[track_caller]
    pub fn rolled_back(&self, step: &Step) -> &Self {
        self.ended(step, "rolled-back", &[], 1)
    }

    #[track_caller]
    pub fn wrote_nothing(&self, step: &Step) -> &Self {
        let writes = writes(step);
        assert!(writes.is_empty(), "writes: {writes:?}\n{}", self.log);
        self
    }

    /// Text that the log has to hold.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.log.contains(text), "not said: {text}\n{}", self.log);
        self
    }

    /// The codes of the problems that it ended with.
    pub fn codes(&self) -> Vec<String> {
        let report = self.report();
        let problems = report["ending"]["problems"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        problems
            .iter()
            .map(|problem| problem["code"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    pub fn report(&self) -> Value {
        serde_json::from_str(self.output("report")).expect("the output `report` is JSON")
    }

    /// The log as the runner takes it in: text between `stop-commands` is text, every other command is one that is
    /// meant. Panics where something else could be taken for a command.
    pub fn shown(&self) -> String {
        let mut shown = String::new();
        let mut resume: Option<String> = None;
        for line in self.log.lines() {
            assert!(
                !line.contains(['\u{1b}', '\r']),
                "a control character in the log: {line:?}"
            );
            assert!(
                line.find("##[").is_none_or(|at| !line[at..].contains(']')),
                "a command: {line:?}"
            );
            match (&resume, command(line)) {
                (Some(token), Some(name)) if *token == name => resume = None,
                (Some(_), _) => shown.push_str(&format!("{line}\n")),
                (None, Some("stop-commands")) => {
                    resume = Some(line["::stop-commands::".len()..].to_owned())
                }
                (None, Some(name)) if !COMMANDS.contains(&name) => panic!("a command: {line:?}"),
                (None, _) => shown.push_str(&format!("{line}\n")),
            }
        }
        assert_eq!(resume, None, "commands stay switched off:\n{}", self.log);
        shown
    }

    /// What people and later steps get: the log, then every output but the report.
    pub fn story(&self) -> String {
        let outputs = self
            .outputs
            .iter()
            .filter(|(name, value)| *name != "report" && !value.is_empty());
        let outputs: String = outputs
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect();
        format!(
            "{}\n--- exit code {} after {}, outputs\n{outputs}",
            self.shown(),
            self.exit,
            seconds(self.took)
        )
    }

    /// The line of the log that begins with this label, with the lines that belong to it.
    pub fn block(&self, label: &str) -> String {
        let mut lines = self.log.lines().skip_while(|line| !line.starts_with(label));
        let first = lines.next().unwrap_or_default().to_owned();
        let more = lines.take_while(|line| line.starts_with("  "));
        std::iter::once(first)
            .chain(more.map(str::to_owned))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn seconds(span: Duration) -> String {
    format!("{:.1} s", span.as_secs_f64())
}

/// What the contract says.
fn exit_code(outcome: &str) -> u8 {
    match outcome {
        "rolled-back" | "unchanged" | "planned" | "started" | "listed" | "ready" | "marked"
        | "clear" => 0,
        "failed" | "reverted" => 1,
        "refused" | "not-ready" | "held" => 2,
        "timed-out" | "cancelled" => 3,
        other => panic!("the outcome {other:?} is not in the contract"),
    }
}

/// The name of the command that the runner sees in a line: `::name properties::data`.
fn command(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (head, _) = rest.split_once("::")?;
    Some(head.split(' ').next().unwrap_or(head))
}

/// Calls that change something, by their names: whatever does not read.
pub fn writes(step: &Step) -> BTreeMap<String, usize> {
    let mut writes = BTreeMap::new();
    for call in step
        .sim
        .calls()
        .iter()
        .filter(|call| call.service.is_some())
    {
        let reads = ["Describe", "List", "Get", "BatchGet"]
            .iter()
            .any(|verb| call.operation.starts_with(verb));
        // A notification changes nothing.
        if !reads && call.operation != "Publish" {
            *writes.entry(call.operation.clone()).or_default() += 1;
        }
    }
    writes
}

/// Who serves `prod/web1` in the world itself: short revision and digest, each with its share in percent.
pub fn serving(step: &Step) -> Vec<(String, String, f64)> {
    let parts = step.sim.world(|world| world.serving("prod", "web1"));
    let short = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
    parts
        .into_iter()
        .map(|part| {
            (
                short(&part.task_definition),
                part.digest.unwrap_or_default(),
                part.weight,
            )
        })
        .collect()
}
