//! What `--help` and `--version` print, for somebody who runs the binary or the image by hand.

use crate::{
    inputs::{INPUTS, InputSpec},
    reference::OUTCOMES,
};

/// Columns of a terminal.
const WIDTH: usize = 80;
/// Where the text of an input starts.
const INDENT: usize = 32;

const INTRO: &str = "\
Rolls an Amazon ECS service back to a known-good version, and proves by the
images of the running tasks that it serves. CodeDeploy or ECS itself deploys
the service.

It runs as a GitHub action and takes no arguments. Its inputs are variables:
INPUT_ and the name in upper case, dashes kept (INPUT_DRY-RUN). A shell cannot
export such names, but env and docker can set them.";

const EXAMPLES: &str = "\
Examples
  See what would happen, change nothing:
    env INPUT_SERVICE=web1 INPUT_CLUSTER=prod INPUT_VERSION=previous \\
        INPUT_DRY-RUN=true AWS_REGION=eu-west-1 ecs-rollback-action

  Roll back to what served before the last release, with the image:
    docker run --rm -e INPUT_SERVICE=web1 -e INPUT_CLUSTER=prod \\
        -e INPUT_VERSION=previous -e AWS_REGION -e AWS_ACCESS_KEY_ID \\
        -e AWS_SECRET_ACCESS_KEY -e AWS_SESSION_TOKEN ecs-rollback-action

  Roll back to one version, without waiting, with a reason:
    env INPUT_SERVICE=web1 INPUT_CLUSTER=prod INPUT_VERSION=v1.0.0 \\
        INPUT_WAIT-FOR=nothing INPUT_REASON='checkout page is down' \\
        INPUT_AWS-REGION=eu-west-1 ecs-rollback-action";

const EXIT_CODES: [(u8, &str); 4] = [
    (0, "done"),
    (1, "failed after something was changed"),
    (2, "nothing was changed"),
    (3, "AWS may still be working"),
];

/// What `--help` prints; ends with a line break.
pub fn help() -> String {
    let mut text = format!("{}{INTRO}\n\nInputs [default]\n", version());
    for spec in INPUTS {
        push_input(&mut text, spec);
    }
    text.push_str("\nExit codes\n");
    for (code, meaning) in EXIT_CODES {
        let outcomes = outcomes_with(code);
        text.push_str(&format!("  {code}  {meaning} ({outcomes})\n"));
    }
    format!("{text}\n{EXAMPLES}\n")
}

/// What `--version` prints: name and version on one line.
pub fn version() -> String {
    format!("{} {}\n", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
}

/// The answer to any other argument.
pub fn no_arguments(argument: &str) -> String {
    let name = env!("CARGO_PKG_NAME");
    let argument = argument.escape_debug();
    format!(
        "{name}: unknown argument \"{argument}\"; inputs are variables such as INPUT_VERSION, see {name} --help\n"
    )
}

/// The input's name, and the first sentence of its description with the default.
fn push_input(text: &mut String, spec: &InputSpec) {
    let default = match spec.default {
        _ if spec.required => " [required]".to_owned(),
        Some(default) => format!(" [{default}]"),
        None => String::new(),
    };
    let mut line = format!("  {:<width$}", spec.name, width = INDENT - 3);
    let description = format!("{}{default}", spec.first_sentence());
    for word in description.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = " ".repeat(INDENT - 1);
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}

/// The outcomes that end with this exit code, for example `timed-out, cancelled`.
fn outcomes_with(code: u8) -> String {
    let mut words = Vec::new();
    for (outcome, _) in OUTCOMES {
        if outcome.exit_code() == code {
            words.push(outcome.as_str());
        }
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_reads_well() {
        insta::assert_snapshot!("help", help());
    }

    #[test]
    fn help_fits_a_terminal_and_names_every_input() {
        let text = help();
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        for spec in INPUTS {
            assert!(
                text.contains(&format!("\n  {}", spec.name)),
                "{}",
                spec.name
            );
        }
    }

    #[test]
    fn the_version_is_that_of_the_package() {
        assert_eq!(
            version(),
            format!("ecs-rollback-action {}\n", env!("CARGO_PKG_VERSION"))
        );
    }
}
