//! What `--help` and `-V` print, for somebody who runs the binary or the image by hand.

use crate::{
    inputs::{INPUTS, InputSpec},
    reference::OUTCOMES,
};

/// Columns of a terminal.
const WIDTH: usize = 80;
/// Where the text of an input starts.
const INDENT: usize = 34;
/// Where that of an exit code starts.
const EXIT_CODE: usize = 5;

const INTRO: &str = "\
Rolls an Amazon ECS service back to a known-good version, and proves by the
images of the running tasks that it serves. CodeDeploy or ECS itself deploys
the service.

Usage: ecs-rollback-action --service NAME [--INPUT VALUE ...]

It is a GitHub action, and every input of the action is a flag of its name.
What is not given as a flag is taken from the variable INPUT_ and the name in
upper case, dashes kept (INPUT_DRY-RUN), as GitHub's runner sets it. Give
tokens, webhook URLs and secrets that way, with env or docker, which can set
such names: other users of a machine can see the arguments of a program, and a
shell keeps them in its history.

AWS credentials are taken from the environment: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.";

const OTHERS: [(&str, &str); 2] = [
    ("-h, --help", "Print this"),
    (
        "-V",
        "Print the version of this program; --version is an input",
    ),
];

const EXAMPLES: &str = "\
Examples
  See what would happen, change nothing:
    ecs-rollback-action --cluster prod --service web1 --version previous \\
        --aws-region eu-west-1 --dry-run

  Roll back to what served before the last release, with the image:
    docker run --rm -e AWS_REGION -e AWS_ACCESS_KEY_ID \\
        -e AWS_SECRET_ACCESS_KEY -e AWS_SESSION_TOKEN IMAGE \\
        --cluster prod --service web1 --version previous

  Roll back to one version, without waiting, with a reason:
    ecs-rollback-action --cluster prod --service web1 --version v1.0.0 \\
        --wait-for nothing --reason 'checkout page is down'";

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
    text.push_str("\nOthers\n");
    for (flag, meaning) in OTHERS {
        push_row(&mut text, flag, meaning);
    }
    text.push_str("\nExit codes\n");
    for (code, meaning) in EXIT_CODES {
        let outcomes = outcomes_with(code);
        let meaning = format!("{meaning} ({outcomes})");
        push_column(&mut text, EXIT_CODE, &code.to_string(), &meaning);
    }
    format!("{text}\n{EXAMPLES}\n")
}

/// What `-V` prints: name and version on one line.
pub fn version() -> String {
    format!("{} {}\n", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
}

/// The input's flag, and the first sentence of its description with the default.
fn push_input(text: &mut String, spec: &InputSpec) {
    let default = match spec.default {
        _ if spec.required => " [required]".to_owned(),
        // Only GitHub can evaluate an expression: by hand there is no default.
        Some(default) if !default.starts_with("${{") => format!(" [{default}]"),
        _ => String::new(),
    };
    let meaning = format!("{}{default}", spec.first_sentence());
    push_row(text, &format!("--{}", spec.name), &meaning);
}

/// A flag, and what it means in the column beside it.
fn push_row(text: &mut String, flag: &str, meaning: &str) {
    push_column(text, INDENT, flag, meaning);
}

/// The same, where that column begins at `indent`.
fn push_column(text: &mut String, indent: usize, head: &str, meaning: &str) {
    let mut line = format!("  {head:<width$}", width = indent - 3);
    for word in meaning.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = " ".repeat(indent - 1);
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
                text.contains(&format!("\n  --{} ", spec.name)),
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
