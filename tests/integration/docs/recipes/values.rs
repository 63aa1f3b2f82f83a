//! The expressions of the recipes (`${{ inputs.version }}`) and what the runner would put there.

use std::collections::BTreeMap;

use aws_sim::world::stage;

use super::RecipeStep;

/// Expressions and their values.
pub(crate) struct Known(BTreeMap<String, String>);

impl Known {
    /// What somebody typed, and what settings and jobs before gave.
    pub(crate) fn new() -> Self {
        let web1 = stage::web1();
        let values = [
            ("inputs.version", "v1.0.0"),
            ("inputs.other-version || inputs.version", "v1.0.0"),
            (
                "inputs.other-services || inputs.services",
                "web1, worker1, cron1",
            ),
            ("inputs.reason", "checkout page is down"),
            ("inputs.dry-run", "false"),
            ("github.sha", "0123456789abcdef0123456789abcdef01234567"),
            ("matrix.environment", "production-seoul"),
            ("vars.ECS_CLUSTER", "prod"),
            ("secrets.SLACK_WEBHOOK_URL", "https://slack.test/services/1"),
            ("needs.build.outputs.version", "v1.2.0"),
            ("needs.deploy.outputs.digest", &web1.releases[0].digest),
            ("needs.deploy.outputs.revision", "web1:1"),
            ("steps.back.outputs.undo-version", "v1.1.0"),
            (
                "steps.back.outputs.previous-task-definition-arn",
                &web1.releases[1].task_definition,
            ),
        ];
        let owned = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self(owned.into())
    }

    pub(crate) fn set(&mut self, expression: &str, value: &str) {
        self.0.insert(expression.to_owned(), value.to_owned());
    }

    /// The outputs of a step that has ended.
    pub(crate) fn outputs_of(&mut self, id: &str, outputs: &BTreeMap<String, String>) {
        for (name, value) in outputs {
            self.set(&format!("steps.{id}.outputs.{name}"), value);
        }
    }

    /// A text with each expression replaced by its value.
    fn evaluated(&self, text: &str) -> String {
        let mut parts = text.split("${{");
        let mut value = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (expression, rest) = part.split_once("}}").expect("an expression ends");
            let expression = expression.trim();
            let found = self.0.get(expression);
            value += found.unwrap_or_else(|| panic!("{expression} has no value here"));
            value += rest;
        }
        value
    }
}

impl RecipeStep<'_> {
    /// The inputs as the runner passes them. There is one cluster here, so staging is in it, too.
    pub(crate) fn evaluated_inputs(&self, known: &Known) -> BTreeMap<String, String> {
        let mut inputs = self.inputs();
        for value in inputs.values_mut() {
            *value = known.evaluated(value);
        }
        inputs.insert("cluster".to_owned(), "prod".to_owned());
        inputs
    }
}
