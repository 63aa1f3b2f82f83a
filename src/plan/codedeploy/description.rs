//! The description of a new deployment: what its run finds it by, and what people read in the console.

use crate::{inputs::Inputs, outside::without_marks, plan::decision::Caller, words};

/// `CreateDeployment` takes a description of 256 characters.
const DESCRIPTION: usize = 256;

/// `ecs-rollback-action/3f2a… v1.0.0 by oncall, run 1234/1: checkout page is down`
pub(crate) fn description(inputs: &Inputs, caller: &Caller, version: &str) -> String {
    // AWS rejects a description with control characters, and would with it reject the rollback.
    let text = full_text(inputs, caller, version).replace(char::is_control, " ");
    // The marker and the names come first, so it is the reason that is shortened.
    words::capped(&text, DESCRIPTION)
}

fn full_text(inputs: &Inputs, caller: &Caller, version: &str) -> String {
    let mut text = format!("{} {version}", caller.marker);
    if let Some(actor) = &caller.actor {
        text.push_str(&format!(" by {actor}"));
    }
    if let Some(id) = &caller.run_id {
        text.push_str(&format!(", run {id}"));
    }
    // The reason has no limit, so it comes last: only the end is ever cut off.
    if let Some(reason) = &inputs.reason {
        text.push_str(&format!(": {}", reason.raw()));
    }
    without_marks(&text)
}
