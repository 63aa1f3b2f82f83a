//! What `--help` and `--version` print, for somebody who runs the binary or the image by hand.

use crate::inputs::{INPUTS, InputSpec};
use crate::reference::OUTCOMES;

/// Columns of a terminal.
const WIDTH: usize = 80;
/// Where the text of an input begins.
const INDENT: usize = 32;

const INTRO: &str = "\
Puts a known-good version of an Amazon ECS service back in front of users, and
proves it by the images of the running tasks. CodeDeploy or ECS itself deploys
the service.

It runs as a GitHub action and takes no arguments: its inputs are variables,
INPUT_ and the name in upper case, dashes kept (INPUT_DRY-RUN). A shell can't
export such names; env and docker can set them.";

const EXAMPLES: &str = "\
Examples
  What would happen (nothing is changed):
    env INPUT_SERVICE=web1 INPUT_CLUSTER=prod INPUT_VERSION=previous \\
        INPUT_DRY-RUN=true AWS_REGION=eu-west-1 ecs-rollback-action

  Back to what served before the last release, in the image:
    docker run --rm -e INPUT_SERVICE=web1 -e INPUT_CLUSTER=prod \\
        -e INPUT_VERSION=previous -e AWS_REGION -e AWS_ACCESS_KEY_ID \\
        -e AWS_SECRET_ACCESS_KEY -e AWS_SESSION_TOKEN ecs-rollback-action

  To one version, without waiting, with a reason for the record:
    env INPUT_SERVICE=web1 INPUT_CLUSTER=prod INPUT_VERSION=v1.0.0 \\
        INPUT_WAIT-FOR=nothing INPUT_REASON='checkout page is down' \\
        INPUT_AWS-REGION=eu-west-1 ecs-rollback-action";

/// What `--help` prints; ends with a line break.
pub fn help() -> String {
    let inputs: String = INPUTS.iter().map(input).collect();
    format!(
        "{}\n{INTRO}\n\nInputs [default]\n{inputs}\nExit codes\n{}\n{EXAMPLES}\n",
        version().trim_end(),
        exit_codes()
    )
}

/// What `--version` prints: name and version on one line.
pub fn version() -> String {
    format!("{} {}\n", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
}

/// What an argument gets that is none.
pub fn no_arguments(argument: &str) -> String {
    let name = env!("CARGO_PKG_NAME");
    format!(
        "{name}: {argument:?} is no argument; inputs are variables such as INPUT_VERSION, see {name} --help\n"
    )
}

/// The input's name, and the first sentence of its description with the default.
fn input(spec: &InputSpec) -> String {
    let first = spec
        .description
        .split_once(". ")
        .map_or(spec.description, |(first, _)| first);
    let default = match (spec.required, spec.default) {
        (true, _) => " [required]".to_owned(),
        (_, Some(default)) => format!(" [{default}]"),
        (false, None) => String::new(),
    };
    let mut lines = vec![format!("  {:<width$}", spec.name, width = INDENT - 2)];
    for word in format!("{}{default}", first.trim_end_matches('.')).split(' ') {
        let last = lines.last_mut().expect("there is a first line");
        if last.chars().count() + word.chars().count() >= WIDTH {
            lines.push(format!("{:INDENT$}{word} ", ""));
        } else {
            last.push_str(word);
            last.push(' ');
        }
    }
    lines
        .iter()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

fn exit_codes() -> String {
    let mut text = String::new();
    for code in 0..=3 {
        let of_code = OUTCOMES
            .iter()
            .filter(|(outcome, _)| outcome.exit_code() == code);
        let words: Vec<&str> = of_code.map(|(outcome, _)| outcome.as_str()).collect();
        let meaning = match code {
            0 => "done",
            1 => "it went wrong after something was changed",
            2 => "nothing was changed",
            _ => "AWS may still be working",
        };
        text += &format!("  {code}  {meaning} ({})\n", words.join(", "));
    }
    text
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
    fn the_version_is_the_packages() {
        assert_eq!(
            version(),
            format!("ecs-rollback-action {}\n", env!("CARGO_PKG_VERSION"))
        );
    }
}
