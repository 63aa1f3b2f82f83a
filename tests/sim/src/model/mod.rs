//! AWS's own service models, as far as they were copied into `models/`: which operations there are, and what
//! their documents may hold. Parsed once per process.

pub mod check;
mod shape;

#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod every_operation;
#[cfg(test)]
mod sample;

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::Value;

use crate::aws::Service;
pub use shape::{Limits, Shape};

const SOURCES: [(Service, &str); 5] = [
    (
        Service::CodeDeploy,
        include_str!("../../models/aws-codedeploy.json"),
    ),
    (Service::Ecr, include_str!("../../models/aws-ecr.json")),
    (Service::Ecs, include_str!("../../models/aws-ecs.json")),
    (Service::Logs, include_str!("../../models/aws-logs.json")),
    (Service::Sns, include_str!("../../models/aws-sns.json")),
];

/// One service: its operations and the shapes of their documents.
#[derive(Debug)]
pub struct Model {
    pub service: Service,
    pub protocol: Protocol,
    /// The service's name in the scope of a signature.
    pub signing_name: String,
    pub operations: HashMap<String, Operation>,
    pub shapes: HashMap<String, Shape>,
    /// `shape: pattern` for each pattern that can't be compiled here and is therefore not checked.
    pub unchecked_patterns: Vec<String>,
}

/// How a service's documents travel.
#[derive(Debug, PartialEq, Eq)]
pub enum Protocol {
    /// JSON, with the operation in `X-Amz-Target`.
    Json { target_prefix: String },
    /// A form with the operation as its `Action`, answered in XML.
    Query {
        api_version: String,
        errors: HashMap<String, QueryError>,
    },
}

/// How the query protocol answers an error that the model names.
#[derive(Debug, PartialEq, Eq)]
pub struct QueryError {
    pub code: String,
    pub status: u16,
}

/// One operation: names of shapes in the same model.
#[derive(Debug)]
pub struct Operation {
    pub name: String,
    pub input: Option<String>,
    /// `None`: the answer has no document.
    pub output: Option<String>,
    /// The error codes that this operation is documented to answer, besides those common to all.
    pub errors: Vec<String>,
}

/// The models of all services.
pub fn all() -> &'static [Model] {
    static MODELS: OnceLock<Vec<Model>> = OnceLock::new();
    MODELS.get_or_init(|| {
        SOURCES
            .into_iter()
            .map(|(service, text)| Model::parse(service, text))
            .collect()
    })
}

/// The model of one service.
pub fn of(service: Service) -> &'static Model {
    all()
        .iter()
        .find(|model| model.service == service)
        .expect("every service has a model in SOURCES")
}

impl Model {
    fn parse(service: Service, text: &str) -> Self {
        let document: Value = serde_json::from_str(text).expect("a copied model is JSON");
        let metadata = &document["metadata"];
        let endpoint_prefix =
            shape::text(metadata, "endpointPrefix").expect("a model has an endpoint prefix");
        let mut unchecked_patterns = Vec::new();
        let shapes = shape::members(&document, "shapes")
            .map(|(name, shape)| {
                (
                    name.clone(),
                    Shape::parse(name, shape, &mut unchecked_patterns),
                )
            })
            .collect();
        Self {
            service,
            protocol: Protocol::parse(&document),
            signing_name: shape::text(metadata, "signingName").unwrap_or(endpoint_prefix),
            operations: shape::members(&document, "operations")
                .map(|(name, operation)| (name.clone(), Operation::parse(name, operation)))
                .collect(),
            shapes,
            unchecked_patterns,
        }
    }

    /// A shape by its name; models are closed, so a name in one always resolves.
    pub fn shape(&self, name: &str) -> &Shape {
        self.shapes
            .get(name)
            .unwrap_or_else(|| panic!("the model of {:?} has no shape {name}", self.service))
    }
}

impl Protocol {
    fn parse(document: &Value) -> Self {
        let metadata = &document["metadata"];
        if metadata["protocol"] == "query" {
            let shapes = shape::members(document, "shapes");
            return Self::Query {
                api_version: shape::text(metadata, "apiVersion").expect("a model has a version"),
                errors: shapes
                    .filter_map(|(name, shape)| Some((name.clone(), QueryError::parse(shape)?)))
                    .collect(),
            };
        }
        Self::Json {
            target_prefix: shape::text(metadata, "targetPrefix")
                .expect("a model has a target prefix"),
        }
    }
}

impl QueryError {
    fn parse(shape: &Value) -> Option<Self> {
        Some(Self {
            code: shape::text(&shape["error"], "code")?,
            status: u16::try_from(shape["error"]["httpStatusCode"].as_u64()?).ok()?,
        })
    }
}

impl Operation {
    fn parse(name: &str, operation: &Value) -> Self {
        Self {
            name: name.to_owned(),
            input: shape::text(&operation["input"], "shape"),
            output: shape::text(&operation["output"], "shape"),
            errors: shape::texts(operation, "errors"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_the_models_is_checked() {
        let unchecked: Vec<_> = all()
            .iter()
            .flat_map(|model| &model.unchecked_patterns)
            .collect();
        assert_eq!(unchecked, Vec::<&String>::new());
    }

    #[test]
    fn prefixes_and_signing_names_are_those_of_the_sdks() {
        let names: Vec<_> = all()
            .iter()
            .map(|m| match &m.protocol {
                Protocol::Json { target_prefix } => {
                    (target_prefix.as_str(), m.signing_name.as_str())
                }
                Protocol::Query { api_version, .. } => {
                    (api_version.as_str(), m.signing_name.as_str())
                }
            })
            .collect();
        assert_eq!(
            names,
            [
                ("CodeDeploy_20141006", "codedeploy"),
                ("AmazonEC2ContainerRegistry_V20150921", "ecr"),
                ("AmazonEC2ContainerServiceV20141113", "ecs"),
                ("Logs_20140328", "logs"),
                ("2010-03-31", "sns"),
            ]
        );
    }

    #[test]
    fn every_shape_that_is_named_exists() {
        for model in all() {
            let operations = model
                .operations
                .values()
                .flat_map(|operation| operation.input.iter().chain(&operation.output));
            let members = model.shapes.values().flat_map(Shape::named);
            for name in operations.chain(members) {
                assert!(
                    model.shapes.contains_key(name),
                    "{:?}: {name}",
                    model.service
                );
            }
        }
    }
}
