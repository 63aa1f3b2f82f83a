//! The first half of an exchange: reads a request, holds it against the model, records it, and lets the rules see
//! it.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::aws::{AwsError, Service};
use crate::cloud::Cloud;
use crate::model::check::{Document, Violation};
use crate::model::{self, Model, Operation};
use crate::record::{Answered, Call};
use crate::rules::{self, Asked, Effect, Verdict};
use crate::sim::{Sim, State};
use crate::wire;

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
    Get {
        url: String,
    },
    /// Refused at the door: not signed, not AWS JSON, or unknown.
    Nothing(AwsError),
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
            Target::Get { url } => rules::verdict(&mut state.rules, Asked::Get { url }),
            Target::Nothing(_) => Verdict {
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
        if request.method() == Method::GET {
            let url = request.uri().to_string();
            let call = self.call(None, "GET", "", json!({ "url": url }));
            return (Target::Get { url }, call);
        }
        let head = match wire::head(request.headers()) {
            Ok(head) => head,
            Err(error) => {
                let target = request
                    .headers()
                    .get("x-amz-target")
                    .and_then(|target| target.to_str().ok());
                let asked = target.unwrap_or("nothing that has a target");
                state.deplore(None, asked, &error);
                return (
                    Target::Nothing(error),
                    self.call(None, asked, "", Value::Null),
                );
            }
        };
        let model = model::of(head.service);
        let document = wire::document(request.body());
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
                return (Target::Nothing(error), call);
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
        Service::Ecr | Service::Ecs | Service::Logs => "InvalidParameterException",
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
