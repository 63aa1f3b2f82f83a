//! A GitHub on loopback with one repository. Each request, and each of its own answers, is held against GitHub's
//! description of its API.

mod answers;
mod description;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use description::Operation;

/// What the workflow's token is here.
pub const TOKEN: &str = "ghs_workflow0token0of0this0job00000000";
pub const REPOSITORY: &str = "org/shop";

/// A commit of the one branch.
#[derive(Clone)]
pub struct Commit {
    pub sha: String,
    pub message: String,
    pub login: String,
    /// Path, status and what it adds.
    pub files: Vec<(String, &'static str, String)>,
}

#[derive(Clone)]
pub struct Pull {
    pub number: u64,
    pub title: String,
    pub login: String,
    pub merge_commit: String,
}

/// How an operation answers otherwise.
#[derive(Clone)]
pub enum Fault {
    Status(u16),
    RateLimit,
    Hang,
    Garbage,
}

/// What GitHub knows.
#[derive(Default)]
pub struct State {
    /// Oldest first.
    pub commits: Vec<Commit>,
    /// Commits of a branch beside it, which begins at the first commit.
    pub beside: Vec<Commit>,
    pub tags: BTreeMap<String, String>,
    /// Those of the tags that are objects of their own.
    pub annotated: BTreeSet<String>,
    pub pulls: Vec<Pull>,
    /// Texts by `path@commit`, or by the path alone.
    pub contents: BTreeMap<String, String>,
    pub issues: Vec<Value>,
    pub comments: Vec<(u64, String)>,
    pub deployments: Vec<Value>,
    pub statuses: Vec<Value>,
    /// The repository has another name now: where its number is redirected to, as `http://127.0.0.1:8080`.
    pub moved_to: Option<String>,
    /// By a part of the path; the first that fits counts.
    pub faults: Vec<(String, Fault)>,
    /// Method and path of each request.
    pub requests: Vec<String>,
    /// The query of each comparison.
    pub compared: Vec<String>,
    /// What did not follow the description.
    pub violations: Vec<String>,
}

/// A GitHub that runs.
pub struct GitHub {
    server: MockServer,
    state: Arc<Mutex<State>>,
}

struct Answering(Arc<Mutex<State>>);

impl GitHub {
    pub async fn start(state: State) -> Self {
        let server = MockServer::start().await;
        let state = Arc::new(Mutex::new(state));
        let answering = Answering(Arc::clone(&state));
        Mock::given(any())
            .respond_with(answering)
            .mount(&server)
            .await;
        Self { server, state }
    }

    pub fn url(&self) -> String {
        self.server.uri()
    }

    /// What it knows and was asked.
    pub fn state<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().expect("nothing panics with this lock"))
    }

    /// Panics where a request or an answer did not follow the description.
    #[track_caller]
    pub fn was_asked_properly(&self) {
        self.state(|state| assert!(state.violations.is_empty(), "{:#?}", state.violations));
    }
}

impl Respond for Answering {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.0.lock().expect("nothing panics with this lock");
        let (method, path) = (request.method.as_str(), request.url.path());
        state.requests.push(format!("{method} {path}"));
        if let (Some(host), Some(rest)) = (&state.moved_to, path.strip_prefix(BY_NAME)) {
            return moved(request, &format!("{host}{BY_NUMBER}{rest}"));
        }
        let request = &by_name(request);
        let path = request.url.path();
        let Some(operation) = Operation::of(method, path) else {
            state
                .violations
                .push(format!("{method} {path} is not described"));
            return plain(404, json!({ "message": "Not Found" }));
        };
        if let Err(wrong) = check(&operation, request) {
            state.violations.push(wrong);
        }
        let faults = state.faults.iter();
        if let Some(fault) = faults
            .filter(|(part, _)| path.contains(part))
            .map(|(_, fault)| fault)
            .next()
        {
            return faulty(fault);
        }
        let (status, body) = state.answer(&operation, request);
        if let Err(wrong) = operation.check_answer(status, &body) {
            state.violations.push(wrong);
        }
        plain(status, body)
    }
}

/// GitHub keeps a repository's number whatever its name is.
const BY_NAME: &str = "/repos/org/shop/";
const BY_NUMBER: &str = "/repositories/1296269/";

fn moved(request: &Request, place: &str) -> ResponseTemplate {
    let query = request.url.query().map(|query| format!("?{query}"));
    let place = format!("{place}{}", query.unwrap_or_default());
    let body = json!({ "message": "Moved Permanently", "url": place });
    plain(301, body).insert_header("location", place)
}

/// A request for the repository's number, as one for its name.
fn by_name(request: &Request) -> Request {
    let mut request = request.clone();
    if let Some(rest) = request.url.path().strip_prefix(BY_NUMBER) {
        let path = format!("{BY_NAME}{rest}");
        request.url.set_path(&path);
    }
    request
}

fn check(operation: &Operation, request: &Request) -> Result<(), String> {
    let query: Vec<_> = request.url.query_pairs().into_owned().collect();
    operation.check_request(&query, &request.body)?;
    let header = |name: &str| {
        let value = request
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let wanted = [
        ("authorization", format!("Bearer {TOKEN}")),
        ("accept", "application/vnd.github+json".to_owned()),
        ("x-github-api-version", "2022-11-28".to_owned()),
    ];
    for (name, value) in wanted {
        if header(name) != value {
            return Err(format!("{name} is {:?}", header(name)));
        }
    }
    Ok(())
}

fn plain(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

fn faulty(fault: &Fault) -> ResponseTemplate {
    match fault {
        Fault::Status(status) => plain(
            *status,
            json!({ "message": "Resource not accessible by integration\n::error::boo" }),
        ),
        Fault::RateLimit => plain(403, json!({ "message": "API rate limit exceeded" }))
            .insert_header("x-ratelimit-remaining", "0"),
        Fault::Hang => plain(200, json!({})).set_delay(Duration::from_secs(3_600)),
        Fault::Garbage => ResponseTemplate::new(200).set_body_string("<html>##[error]boo"),
    }
}
