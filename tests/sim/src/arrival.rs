//! The first half of an exchange: reads a request, holds it against the model, records it, and lets the rules see
//! it.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::aws::{AwsError, Service};
use crate::cloud::Cloud;
use crate::model::check::{Document, Violation};
use crate::model::{self, Model, Operation};
use crate::record::{Answered, Call};
use crate::rules::{self, Asked, Effect, Verdict};
use crate::sim::{Sim, State};
use crate::{query, wire};

/// A request that has arrived: recorded, checked, and judged by the rules.
pub(crate) struct Arrival {
    /// Its place among the recorded calls, also its request id.
    pub(crate) index: usize,
    pub(crate) target: Target,
    pub(crate) verdict: Verdict,
}

pub(crate) enum Target {
    Aws {
        service: Service,
        operation: &'static Operation,
        input: Value,
        at_home: bool,
        /// The model does not allow the request.
        refused: Option<AwsError>,
    },
    /// A GET, or a POST that is not to AWS.
    Plain { url: String },
    /// Refused at the door: not signed, not AWS's protocol, or unknown.
    Nothing {
        service: Option<Service>,
        error: AwsError,
    },
}

impl<W: Cloud> Sim<W> {
    /// Records and judges a request; nothing has happened to the world yet.
    pub(crate) fn arrive(&self, request: &Request<Bytes>) -> Arrival {
        let mut state = self.lock();
        let (target, call) = self.target(request, &mut state);
        let mut verdict = match &target {
            Target::Aws {
                service,
                operation,
                input,
                ..
            } => rules::verdict(
                &mut state.rules,
                Asked::Aws {
                    service: *service,
                    operation: &operation.name,
                    input,
                },
            ),
            Target::Plain { url } => rules::verdict(&mut state.rules, Asked::Get { url }),
            Target::Nothing { .. } => Verdict {
                delay: Duration::ZERO,
                effect: Effect::Pass,
            },
        };
        if let (Target::Aws { .. }, Some(error)) = (&target, self.skewed(request)) {
            verdict.effect = Effect::Fail(error);
        }
        state.calls.push(call);
        Arrival {
            index: state.calls.len() - 1,
            target,
            verdict,
        }
    }

    fn target(&self, request: &Request<Bytes>, state: &mut State<W>) -> (Target, Call) {
        if wire::is_plain(request) {
            return self.plain(request);
        }
        let fields = wire::form(request);
        let head = match wire::head(request.headers(), fields.as_deref()) {
            Ok(head) => head,
            Err(error) => {
                let asked_for = wire::target(request.headers(), fields.as_deref());
                let service = asked_for.ok().map(|(model, _)| model.service);
                let target = request
                    .headers()
                    .get("x-amz-target")
                    .and_then(|target| target.to_str().ok());
                let asked = target.unwrap_or("nothing that has a target");
                state.deplore(None, asked, &error);
                return (
                    Target::Nothing { service, error },
                    self.call(None, asked, "", Value::Null),
                );
            }
        };
        let model = model::of(head.service);
        let document = match (&fields, model.operations.get(&head.operation)) {
            (Some(fields), Some(operation)) => Ok(query::document(model, operation, fields)),
            _ => wire::document(request.body()),
        };
        let input = document.as_ref().map_or(Value::Null, Value::clone);
        let call = self.call(
            Some(head.service),
            &head.operation,
            &head.scope.region,
            input.clone(),
        );
        let known = model.operations.get(&head.operation);
        let unknown = || wire::unknown_operation(format!("{} is in no model", head.operation));
        let operation = match known
            .ok_or_else(unknown)
            .and_then(|known| document.map(|_| known))
        {
            Ok(operation) => operation,
            Err(error) => {
                state.deplore(Some(head.service), &head.operation, &error);
                let service = Some(head.service);
                return (Target::Nothing { service, error }, call);
            }
        };
        let violations = model.violations(operation, Document::Request, &input);
        let refused = refusal(model, &violations);
        state.violations.extend(violations);
        let at_home = head.scope.region == *self.region;
        (
            Target::Aws {
                service: head.service,
                operation,
                input,
                at_home,
                refused,
            },
            call,
        )
    }

    fn plain(&self, request: &Request<Bytes>) -> (Target, Call) {
        let url = request.uri().to_string();
        let mut input = json!({ "url": url });
        if !request.body().is_empty() {
            input["body"] = String::from_utf8_lossy(request.body()).into();
        }
        let call = self.call(None, request.method().as_str(), "", input);
        (Target::Plain { url }, call)
    }

    fn call(&self, service: Option<Service>, operation: &str, region: &str, input: Value) -> Call {
        Call {
            service,
            operation: operation.to_owned(),
            region: region.to_owned(),
            input,
            answered: Answered::Waiting,
            done: false,
            start: self.clock.elapsed(),
            end: None,
        }
    }
}

impl<W> State<W> {
    /// Records what no model has; a caller who forgot to sign is no such thing.
    fn deplore(&mut self, service: Option<Service>, operation: &str, error: &AwsError) {
        if error.code.starts_with("Simulator") || error.code == "SerializationException" {
            self.violations.push(Violation {
                service,
                operation: operation.to_owned(),
                document: Document::Request,
                path: String::new(),
                problem: error.message.clone(),
            });
        }
    }
}

/// How AWS refuses a request that its model does not allow.
fn refusal(model: &Model, violations: &[Violation]) -> Option<AwsError> {
    let code = match model.service {
        Service::CodeDeploy => "ValidationException",
        Service::Ecr | Service::Ecs | Service::Logs | Service::Sns => "InvalidParameterException",
    };
    let listed: Vec<_> = violations
        .iter()
        .map(|one| format!("{}: {}", one.path, one.problem))
        .collect();
    let message = || {
        format!(
            "{} validation error(s) detected: {}",
            listed.len(),
            listed.join("; ")
        )
    };
    (!listed.is_empty()).then(|| AwsError::client(code, message()))
}
