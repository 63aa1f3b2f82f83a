//! One request and its answer: what the rules leave of the way to the world and back.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;

use crate::arrival::{Arrival, Target};
use crate::aws::{Answer, AwsError, Service};
use crate::cloud::Cloud;
use crate::model::check::{Document, Violation};
use crate::model::{self, Model, Operation};
use crate::record::Answered;
use crate::rules::Effect;
use crate::sim::{Sim, State};
use crate::{query, wire};

/// How an exchange ends without a whole answer. The fronts act it out.
#[derive(Debug)]
pub enum Broken {
    /// Nobody listens at that address.
    Refused,
    /// Nobody knows the host.
    UnknownHost,
    /// The connection is reset before a byte of the answer.
    Reset,
    /// The connection is reset in the middle of this answer.
    ResetWithin(Response<Bytes>),
    /// The connection is closed in the middle of this answer's body.
    Truncated(Response<Bytes>),
    /// No answer ever comes.
    Hang,
}

type Reply = Result<Response<Bytes>, Broken>;

impl<W: Cloud> Sim<W> {
    /// Takes one request through the simulation. A GET is a plain one, and so is a POST without AWS's marks.
    ///
    /// # Errors
    /// [`Broken`], where a rule or the world leaves the caller without a whole answer.
    pub async fn answer(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Broken> {
        let arrival = self.arrive(&request);
        let before =
            Duration::from_millis(u64::try_from(self.latency.as_millis() / 2).unwrap_or(u64::MAX));
        self.clock.sleep(before + arrival.verdict.delay).await;
        let (reply, answered) = self.reply(&arrival);
        if !matches!(reply, Err(Broken::Hang)) {
            self.clock.sleep(self.latency.saturating_sub(before)).await;
            let mut state = self.lock();
            state.calls[arrival.index].answered = answered;
            state.calls[arrival.index].end = Some(self.clock.elapsed());
        }
        reply.map(|response| self.dated(response))
    }

    fn reply(&self, arrival: &Arrival) -> (Reply, Answered) {
        let effect = &arrival.verdict.effect;
        match effect {
            Effect::Throttle => return arrival.fails(&AwsError::throttled()),
            Effect::Fail(error) => return arrival.fails(error),
            Effect::Html(status) => return (Ok(wire::html(*status)), Answered::Status(*status)),
            Effect::ResetBefore => return (Err(Broken::Reset), Answered::Broken),
            Effect::Refused => return (Err(Broken::Refused), Answered::Broken),
            Effect::UnknownHost => return (Err(Broken::UnknownHost), Answered::Broken),
            Effect::HangBefore => return (Err(Broken::Hang), Answered::Waiting),
            Effect::Pass
            | Effect::Delay(_)
            | Effect::DropAnswer
            | Effect::ResetAfter
            | Effect::HangAfter
            | Effect::TruncateBody => {}
        }
        let (reply, answered) = self.perform(arrival);
        match (effect, reply) {
            (Effect::DropAnswer, _) => (Err(Broken::Reset), Answered::Broken),
            (Effect::HangAfter, _) => (Err(Broken::Hang), Answered::Waiting),
            (Effect::ResetAfter, Ok(response)) => {
                (Err(Broken::ResetWithin(response)), Answered::Broken)
            }
            (Effect::TruncateBody, Ok(response)) => {
                (Err(Broken::Truncated(response)), Answered::Broken)
            }
            (_, reply) => (reply, answered),
        }
    }

    /// Asks the world, unless the request never gets that far.
    fn perform(&self, arrival: &Arrival) -> (Reply, Answered) {
        let mut guard = self.lock();
        let state = &mut *guard;
        let now = state.settle(&self.clock);
        if !state.admits(arrival, self.clock.elapsed()) {
            return arrival.fails(&AwsError::throttled());
        }
        match &arrival.target {
            Target::Nothing { error, .. }
            | Target::Aws {
                refused: Some(error),
                ..
            } => arrival.fails(error),
            Target::Plain { url } => {
                state.calls[arrival.index].done = true;
                match state.world.http_get(url, now) {
                    Some((status, body)) => {
                        let response =
                            wire::plain(status, "application/octet-stream", Bytes::from(body));
                        (Ok(response), Answered::Status(status))
                    }
                    None => (Err(Broken::Refused), Answered::Broken),
                }
            }
            Target::Aws {
                service,
                operation,
                input,
                at_home,
                ..
            } => {
                let world = if *at_home {
                    Some(&mut state.world)
                } else {
                    state.elsewhere.as_mut()
                };
                state.calls[arrival.index].done = world.is_some();
                let answer = match world {
                    Some(world) => world.call(*service, &operation.name, input, now),
                    None => Err(wrong_region(&self.region)),
                };
                arrival.answers(judged(
                    model::of(*service),
                    operation,
                    answer,
                    &mut state.violations,
                ))
            }
        }
    }
}

impl<W> State<W> {
    /// Whether the rates let the call through; one that the model refuses counts, too.
    fn admits(&mut self, arrival: &Arrival, at: Duration) -> bool {
        let Target::Aws {
            service, operation, ..
        } = &arrival.target
        else {
            return true;
        };
        let region = &self.calls[arrival.index].region;
        self.rates.admit(*service, &operation.name, region, at)
    }
}

impl Arrival {
    fn answers(&self, answer: Answer) -> (Reply, Answered) {
        match answer {
            Ok(document) => (Ok(self.success(&document)), Answered::Ok),
            Err(error) => self.fails(&error),
        }
    }

    fn success(&self, document: &Value) -> Response<Bytes> {
        let id = self.index as u64;
        match &self.target {
            Target::Aws {
                service: service @ Service::Sns,
                operation,
                ..
            } => query::success(model::of(*service), operation, document, id),
            _ => wire::success(document, id),
        }
    }

    /// As the service that was asked for answers an error.
    fn failure(&self, error: &AwsError) -> Response<Bytes> {
        let id = self.index as u64;
        match self.target {
            Target::Aws {
                service: service @ Service::Sns,
                ..
            }
            | Target::Nothing {
                service: Some(service @ Service::Sns),
                ..
            } => query::failure(service, error, id),
            _ => wire::failure(error, id),
        }
    }

    fn fails(&self, error: &AwsError) -> (Reply, Answered) {
        if let Target::Plain { .. } = self.target {
            let status = if error.code == "ThrottlingException" {
                429
            } else {
                error.status
            };
            let response = wire::plain(status, "text/plain", Bytes::from(error.message.clone()));
            return (Ok(response), Answered::Status(status));
        }
        (Ok(self.failure(error)), Answered::Error(error.code.clone()))
    }
}

/// Lets through what the model allows. An answer that it does not allow becomes an error that nobody overlooks.
fn judged(
    model: &Model,
    operation: &Operation,
    answer: Answer,
    violations: &mut Vec<Violation>,
) -> Answer {
    let found = match &answer {
        Ok(document) => model.violations(operation, Document::Answer, document),
        Err(error) => {
            violations.extend(model.undocumented(operation, error));
            return answer;
        }
    };
    if found.is_empty() {
        // AWS sends no body at all where an operation has no output.
        return if operation.output.is_some() {
            answer
        } else {
            Ok(Value::Null)
        };
    }
    let listed: Vec<_> = found.iter().map(ToString::to_string).collect();
    violations.extend(found);
    Err(AwsError {
        status: 500,
        code: "SimulatorAnswerInvalid".to_owned(),
        message: listed.join("; "),
    })
}

fn wrong_region(region: &str) -> AwsError {
    let message = format!("signed for another region than {region}, where there is no world");
    AwsError {
        status: 501,
        code: "SimulatorWrongRegion".to_owned(),
        message,
    }
}
