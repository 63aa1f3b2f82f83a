//! Every operation of the models, taken through the simulation with one thing right or wrong at a time.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::check::Document;
use super::sample::{full, minimal, wrong};
use super::{Model, Operation, Protocol, Shape};
use crate::aws::AwsError;
use crate::scripted::{self, Scripted, signed};
use crate::sim::Sim;

/// The one member that a document was broken at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Break {
    /// A required one was taken away.
    Removed,
    /// None is required; an optional one got a value of the wrong type.
    Mistyped,
    /// The operation has no members at all there; one was added.
    Added,
}

/// Breaks `document` at one member, and says which.
fn broken(model: &Model, shape: Option<&String>, document: &Value) -> (Value, String, Break) {
    let mut document = document.clone();
    let object = document.as_object_mut().unwrap();
    let (members, required) = match shape.map(|shape| model.shape(shape)) {
        Some(Shape::Structure { members, required }) => (members.as_slice(), required.as_slice()),
        None => (&[][..], &[][..]),
        Some(other) => panic!("a document is a structure, not {other:?}"),
    };
    if let Some(name) = required.first() {
        object.remove(name);
        return (document, name.clone(), Break::Removed);
    }
    if let Some((name, shape)) = members.first() {
        object.insert(name.clone(), wrong(model.shape(shape)).unwrap());
        return (document, name.clone(), Break::Mistyped);
    }
    object.insert("noSuchMember".to_owned(), json!("a"));
    (document, "noSuchMember".to_owned(), Break::Added)
}

struct Exchange {
    status: u16,
    body: Value,
    asked: usize,
    /// Documents and paths of the violations.
    violations: Vec<(Document, String)>,
}

async fn exchange(
    model: &Model,
    operation: &Operation,
    request: &Value,
    answer: &Value,
) -> Exchange {
    let sim = Sim::new(
        Scripted::answering(Ok(answer.clone())),
        SystemTime::UNIX_EPOCH,
    );
    let request = signed(model.service, &operation.name, request, "ap-northeast-2");
    let response = sim.answer(request).await.unwrap();
    Exchange {
        status: response.status().as_u16(),
        body: scripted::error(response.body()),
        asked: sim.world(|world| world.asked.len()),
        violations: sim
            .violations()
            .into_iter()
            .map(|found| (found.document, found.path))
            .collect(),
    }
}

fn operations() -> Vec<(&'static Model, &'static Operation)> {
    let of = |model: &'static Model| {
        model
            .operations
            .values()
            .map(move |operation| (model, operation))
    };
    super::all().iter().flat_map(of).collect()
}

fn tally(breaks: &[Break]) -> [usize; 3] {
    [Break::Removed, Break::Mistyped, Break::Added]
        .map(|kind| breaks.iter().filter(|one| **one == kind).count())
}

#[tokio::test(start_paused = true)]
async fn a_request_broken_at_one_member_is_refused() {
    let mut breaks = Vec::new();
    for (model, operation) in operations() {
        let answer = minimal(model, operation.output.as_ref());
        let request = minimal(model, operation.input.as_ref());
        let right = exchange(model, operation, &request, &answer).await;
        assert_eq!(
            (right.status, right.asked),
            (200, 1),
            "{operation:?} {request} {}",
            right.body
        );
        assert_eq!(right.violations, [], "{operation:?}");

        let (request, member, kind) = broken(model, operation.input.as_ref(), &request);
        let wrong = exchange(model, operation, &request, &answer).await;
        assert_eq!(
            (wrong.status, wrong.asked),
            (400, 0),
            "{operation:?} {request}"
        );
        assert!(
            wrong.body["message"].as_str().unwrap().contains(&member),
            "{}",
            wrong.body
        );
        assert_eq!(
            wrong.violations,
            [(Document::Request, member)],
            "{operation:?} {request}"
        );
        breaks.push(kind);
    }
    assert_eq!(breaks.len(), 51);
    assert_eq!(tally(&breaks), [40, 11, 0]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_broken_at_one_member_is_a_loud_failure() {
    let mut breaks = Vec::new();
    for (model, operation) in operations() {
        let request = minimal(model, operation.input.as_ref());
        let answer = minimal(model, operation.output.as_ref());
        let (answer, member, kind) = broken(model, operation.output.as_ref(), &answer);
        let wrong = exchange(model, operation, &request, &answer).await;
        assert_eq!(
            (wrong.status, wrong.asked),
            (500, 1),
            "{operation:?} {answer}"
        );
        assert_eq!(
            wrong.body["__type"], "SimulatorAnswerInvalid",
            "{operation:?} {answer}"
        );
        let path = if operation.output.is_some() {
            member
        } else {
            String::new()
        };
        assert_eq!(
            wrong.violations,
            [(Document::Answer, path)],
            "{operation:?} {answer}"
        );
        breaks.push(kind);
    }
    // No answer has a required member at its top. Two of those without members have an empty document, two have none.
    assert_eq!(tally(&breaks), [0, 47, 4]);
    assert_eq!(
        operations()
            .iter()
            .filter(|(_, operation)| operation.output.is_none())
            .count(),
        2
    );
}

/// Documents of every operation, with the name of their shape.
fn documents() -> Vec<(
    &'static Model,
    &'static Operation,
    Document,
    &'static String,
)> {
    let both = |(model, operation): (&'static Model, &'static Operation)| {
        let request = operation
            .input
            .as_ref()
            .map(|shape| (model, operation, Document::Request, shape));
        let answer = operation
            .output
            .as_ref()
            .map(|shape| (model, operation, Document::Answer, shape));
        request.into_iter().chain(answer)
    };
    operations().into_iter().flat_map(both).collect()
}

#[test]
fn a_full_document_is_allowed_and_each_of_its_members_may_not_be_mistyped() {
    let mut tried = 0;
    for (model, operation, which, shape) in documents() {
        let document = full(model, Some(shape));
        assert_eq!(
            model.violations(operation, which, &document),
            [],
            "{document:#}"
        );
        let Shape::Structure { members, .. } = model.shape(shape) else {
            panic!("{shape} is a structure")
        };
        for (name, shape) in members {
            let mut document = document.clone();
            document[name] = wrong(model.shape(shape)).unwrap();
            let found = model.violations(operation, which, &document);
            assert_eq!(found.len(), 1, "{operation:?} {name} {found:?}");
            assert_eq!(&found[0].path, name);
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried} members tried");
}

/// JSON services answer 400 for whatever is the caller's doing.
fn status_of(model: &Model, code: &str) -> u16 {
    match &model.protocol {
        Protocol::Query { errors, .. } => errors.get(code).map_or(400, |error| error.status),
        Protocol::Json { .. } => 400,
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_that_aws_does_not_document_is_a_violation() {
    for (model, operation) in operations() {
        let request = minimal(model, operation.input.as_ref());
        let codes = operation
            .errors
            .iter()
            .map(|code| (code.as_str(), 0))
            .chain([
                ("ThrottlingException", 0),
                ("SomethingElseException", 1),
                ("SimulatorUnknownOperation", 1),
            ]);
        for (code, violations) in codes {
            let world = Scripted::answering(Err(AwsError::client(code, "no")));
            let sim = Sim::new(world, SystemTime::UNIX_EPOCH);
            let request = signed(model.service, &operation.name, &request, "ap-northeast-2");
            let status = sim.answer(request).await.unwrap().status();
            assert_eq!(status, status_of(model, code), "{operation:?} {code}");
            assert_eq!(sim.violations().len(), violations, "{operation:?} {code}");
        }
    }
}
