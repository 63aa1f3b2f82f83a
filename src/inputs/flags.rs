//! The arguments of the process: `--cluster prod`, `--cluster=prod`, `--dry-run`. Every input of the table is a flag of
//! its name, and becomes the variable that the runner would set, so that one reader reads both.

use std::{collections::BTreeMap, ffi::OsString};

use lexopt::{Arg, Parser};

use super::{
    messages::{bad, closest, quoted},
    reader::variable,
    table::{INPUTS, InputSpec, spec},
};
use crate::{
    environment::{Environment, is_secret},
    error::{Problem, Problems},
};

/// What the arguments ask for.
#[derive(Debug, PartialEq)]
pub enum Command {
    /// `-h` or `--help`
    Help,
    /// `-V`; `--version` is an input.
    Version,
    Run(Flags),
}

/// The inputs among the arguments, and what is wrong with the other ones.
#[derive(Debug, Default, PartialEq)]
pub struct Flags {
    values: BTreeMap<&'static str, String>,
    problems: Problems,
    /// Where the last argument that is no flag stands.
    stray: Option<String>,
    is_used: bool,
}

impl Command {
    /// From the arguments behind the program's name; bytes that are not UTF-8 become replacement characters.
    pub fn from_arguments(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let mut parser = Parser::from_args(arguments);
        let mut flags = Flags::default();
        let mut flag = String::new();
        // The parser fails only where a value is left behind, and each value is taken with its flag.
        while let Ok(Some(argument)) = parser.next() {
            flags.is_used = true;
            match argument {
                Arg::Short('h') | Arg::Long("help") => return Self::Help,
                Arg::Short('V') => return Self::Version,
                Arg::Short(letter) => flag = format!("-{letter}"),
                Arg::Long(name) => flag = format!("--{name}"),
                Arg::Value(_) => {
                    flags.refuse_stray(&flag);
                    continue;
                }
            }
            flags.take(&flag, &mut parser);
        }
        Self::Run(flags)
    }
}

impl Flags {
    /// What is wrong with the arguments.
    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The environment as if these inputs had come by it.
    pub(crate) fn laid_over(&self, environment: Environment) -> Environment {
        if !self.is_used {
            return environment;
        }
        let mut variables = Vec::new();
        for (name, value) in &self.values {
            variables.push((variable(name), value.clone()));
        }
        environment.with_arguments(variables)
    }

    /// Takes the flag that was just read, with its value.
    fn take(&mut self, flag: &str, parser: &mut Parser) {
        let attached = parser.optional_value();
        let attached = attached.map(|text| text.to_string_lossy().into_owned());
        let name = flag.strip_prefix("--");
        let Some(spec) = name.and_then(spec) else {
            if attached.is_none() {
                // It belongs to the unknown flag, and is no mistake of its own.
                next_value(parser, |text| !looks_like_flag(text));
            }
            self.problems
                .push(unknown(flag, &attached.unwrap_or_default()));
            return;
        };
        let is_attached = attached.is_some();
        let value = attached.or_else(|| next_value(parser, |text| is_value_of(spec, text)));
        match value {
            // Perhaps a mistyped flag behind a secret that is empty. It is not repeated: it may be the secret.
            Some(text)
                if !is_attached && is_secret(&variable(spec.name)) && looks_like_flag(&text) =>
            {
                self.problems.push(without_value(spec));
                self.give(spec, text.trim());
            }
            Some(text) => self.give(spec, text.trim()),
            None if spec.is_switch() => self.give(spec, "true"),
            None => self.problems.push(without_value(spec)),
        }
    }

    fn give(&mut self, spec: &InputSpec, text: &str) {
        if text.is_empty() {
            // As for every input, empty means "not given". But whoever types a switch means something by it.
            if spec.is_switch() || spec.name == MODE {
                self.problems.push(empty_switch(spec));
            }
            return;
        }
        match self.values.get(spec.name) {
            Some(first) if first != text => self.problems.push(given_twice(spec)),
            Some(_) => {}
            None => {
                self.values.insert(spec.name, text.to_owned());
            }
        }
    }

    /// Refuses an argument that is neither a flag nor its value: once for all that stand together.
    fn refuse_stray(&mut self, flag: &str) {
        if self.stray.as_deref() == Some(flag) {
            return;
        }
        self.stray = Some(flag.to_owned());
        self.problems.push(stray(flag));
    }
}

/// The next argument, if it is the value of the flag before it.
fn next_value(parser: &mut Parser, is_value: impl Fn(&str) -> bool) -> Option<String> {
    let mut arguments = parser.try_raw_args()?;
    let value = arguments.next_if(|text| is_value(&text.to_string_lossy()))?;
    Some(value.to_string_lossy().into_owned())
}

/// Whoever gives an empty mode does not mean a rollback.
const MODE: &str = "mode";

/// Whether an argument that follows this flag is its value.
fn is_value_of(spec: &InputSpec, text: &str) -> bool {
    if is_secret(&variable(spec.name)) {
        // A secret may begin with a dash, and no message about an unknown flag may repeat it.
        return !is_known_flag(text);
    }
    // `--dry-run ''` is a switch and something else.
    let is_left_out = spec.is_switch() && text.is_empty();
    !is_left_out && !looks_like_flag(text)
}

/// `--reason --dry-run` must not become a real rollback with a strange reason, and `--reason --dryrun` neither. A sentence
/// that begins with a dash is a value.
fn looks_like_flag(text: &str) -> bool {
    let name = text.split('=').next().unwrap_or(text);
    let letters = name.trim_start_matches('-');
    let is_word = letters
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let begins_well = letters.starts_with(|c: char| c.is_ascii_alphabetic());
    name == "--" || name.starts_with('-') && is_word && begins_well
}

fn is_known_flag(text: &str) -> bool {
    if matches!(text, "-h" | "-V" | "--help") {
        return true;
    }
    let name = text.strip_prefix("--").unwrap_or_default();
    let name = name.split('=').next().unwrap_or_default();
    spec(name).is_some()
}

/// `rest` is what stands behind its name or its letter; only what may belong to a name is repeated.
fn unknown(flag: &str, rest: &str) -> Problem {
    let mut typed = flag.to_owned();
    if !flag.starts_with("--") {
        typed += rest.split('=').next().unwrap_or_default();
    }
    let names: Vec<&str> = INPUTS.iter().map(|spec| spec.name).collect();
    let hint = match closest(typed.trim_start_matches('-'), &names) {
        Some(name) => format!("Did you mean --{name}?"),
        None => "Every input is a flag of its name; --help lists them.".to_owned(),
    };
    bad(format!("there is no flag {}", quoted(&typed)), hint)
}

fn without_value(spec: &InputSpec) -> Problem {
    let name = spec.name;
    let mut hint = format!("Write --{name}=VALUE.");
    if name == "version" {
        hint += " -V prints the version of this program.";
    }
    bad(format!("the flag --{name} has no value"), hint)
}

fn empty_switch(spec: &InputSpec) -> Problem {
    let name = spec.name;
    let hint = match spec.is_switch() {
        true => format!("Write --{name}, or --{name}=false."),
        false => format!("Write --{name}=VALUE, or leave it out."),
    };
    bad(format!("the flag --{name} has an empty value"), hint)
}

fn given_twice(spec: &InputSpec) -> Problem {
    let name = spec.name;
    bad(
        format!("the flag --{name} is given more than once, with different values"),
        format!("Give --{name} once."),
    )
}

/// The argument is not repeated: it may be a piece of a secret.
fn stray(flag: &str) -> Problem {
    let place = match flag {
        "" => "the first argument".to_owned(),
        flag => format!("an argument after {}", quoted(flag)),
    };
    bad(
        format!("{place} is neither a flag nor the value of one"),
        "Every input is a flag, for example --service web1. Put quotes around a value that has spaces.",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::tests::shown, *};

    fn flags(arguments: &[&str]) -> Flags {
        match Command::from_arguments(arguments.iter().map(OsString::from)) {
            Command::Run(flags) => flags,
            other => panic!("{arguments:?}: {other:?}"),
        }
    }

    /// The values of arguments that are all right.
    fn values(arguments: &[&str]) -> Vec<(&'static str, String)> {
        let flags = flags(arguments);
        assert_eq!(flags.problems, [], "{arguments:?}");
        flags.values.into_iter().collect()
    }

    /// Message and hint of each problem.
    fn problems(arguments: &[&str]) -> Vec<String> {
        let mut told = Vec::new();
        for problem in flags(arguments).problems {
            let problem = shown(problem);
            told.push(format!("{}. {}", problem.message, problem.hint));
        }
        told
    }

    fn given(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        let mut given = Vec::new();
        for (name, value) in pairs {
            given.push((*name, (*value).to_owned()));
        }
        given
    }

    #[test]
    fn a_value_follows_its_flag_or_an_equals_sign() {
        let wanted = given(&[("cluster", "prod"), ("version", "previous~2")]);
        assert_eq!(
            values(&["--cluster", "prod", "--version=previous~2"]),
            wanted
        );
        let reason = "- checkout: a=b --dry-run";
        assert_eq!(values(&["--reason", reason]), given(&[("reason", reason)]));
        assert_eq!(
            values(&["--reason=--dry-run"]),
            given(&[("reason", "--dry-run")])
        );
        assert_eq!(
            values(&["--paths", "\na/**\nb/**\n"]),
            given(&[("paths", "a/**\nb/**")])
        );
    }

    #[test]
    fn a_switch_needs_no_value() {
        let on = given(&[("dry-run", "true"), ("service", "web1")]);
        assert_eq!(values(&["--dry-run", "--service", "web1"]), on);
        assert_eq!(values(&["--service=web1", "--dry-run"]), on);
        assert_eq!(
            values(&["--dry-run", "true", "--dry-run", "--service=web1"]),
            on
        );
        assert_eq!(values(&["--dry-run=false"]), given(&[("dry-run", "false")]));
        assert_eq!(
            values(&["--override", "False"]),
            given(&[("override", "False")])
        );
    }

    #[test]
    fn an_empty_flag_is_not_given_but_an_empty_switch_is_a_mistake() {
        assert_eq!(
            values(&["--cluster=", "--version", " ", "--service=web1"]),
            given(&[("service", "web1")])
        );
        assert_eq!(
            problems(&["--dry-run="]),
            ["the flag --dry-run has an empty value. Write --dry-run, or --dry-run=false."]
        );
        assert_eq!(problems(&["--dry-run", ""]).len(), 1);
    }

    #[test]
    fn help_and_the_programs_version_go_before_everything() {
        for (arguments, wanted) in [
            (&["--help"][..], Command::Help),
            (&["--cluster", "prod", "-h"], Command::Help),
            (&["--reason", "--help"], Command::Help),
            (&["--clutser", "prod", "-V"], Command::Version),
        ] {
            let found = Command::from_arguments(arguments.iter().map(OsString::from));
            assert_eq!(found, wanted, "{arguments:?}");
        }
    }

    #[test]
    fn every_mistake_is_told() {
        let arguments = [
            "prod",
            "web1",
            "--clutser",
            "prod",
            "--dry_run",
            "--service",
            "web1",
            "web2",
            "--version",
            "--service=web2",
            "-n",
            "-cluster=prod",
            "--frobnicate=x",
            "--",
            "--dry-run",
        ];
        insta::assert_snapshot!("bad_flags", problems(&arguments).join("\n"));
    }

    #[test]
    fn a_flag_is_never_the_value_of_another_one() {
        for next in [
            "--dry-run",
            "--dry-run=true",
            "--dryrun",
            "-n",
            "--",
            "--Dry_Run=x",
        ] {
            let problems = problems(&["--service=web1", "--reason", next]);
            assert!(
                problems[0].starts_with("the flag --reason has no value"),
                "{next}: {problems:?}"
            );
        }
    }

    #[test]
    fn no_message_repeats_a_secret() {
        let arguments = [
            "--webhook-secret",
            "-s3cret",
            "s3cret",
            "--slack-webhook-url=https://s3cret",
            "--webhok-secret",
            "s3cret",
            "--github-token",
            "--webhook-secret=s3cret2",
            "s3cret",
        ];
        let told = problems(&arguments);
        assert_eq!(told.len(), 5, "{told:#?}");
        assert!(!told.concat().contains("s3cret"), "{told:#?}");
        let environment = flags(&arguments).laid_over(Environment::default());
        assert_eq!(environment.secrets(), ["https://s3cret", "-s3cret"]);
    }

    #[test]
    fn flags_go_before_variables() {
        let runner =
            Environment::from_iter([("INPUT_CLUSTER", "default"), ("INPUT_SERVICE", "web1")]);
        let both = flags(&["--cluster", "prod", "--service="]).laid_over(runner.clone());
        assert_eq!(both.get("INPUT_CLUSTER"), Some("prod"));
        assert_eq!(both.get("INPUT_SERVICE"), Some("web1"));
        assert_eq!(flags(&[]).laid_over(runner.clone()), runner);
    }

    /// Flags that exist and some that do not, with and without values.
    fn argument() -> impl Strategy<Value = String> {
        let name = prop::sample::select(INPUTS).prop_map(|spec| spec.name);
        prop_oneof![
            3 => name.clone().prop_map(|name| format!("--{name}")),
            2 => name.prop_map(|name| format!("--{name}=x")),
            2 => "-{0,3}[a-zA-Z_=-]{0,8}",
            1 => "[ -~]{0,8}",
            1 => any::<String>(),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Each argument is a known flag, the value of one, or a problem on record.
        #[test]
        fn nothing_typed_is_passed_over(arguments in prop::collection::vec(argument(), 0..8)) {
            let typed = arguments.iter().map(OsString::from);
            let Command::Run(flags) = Command::from_arguments(typed) else {
                return Ok(());
            };
            for problem in &flags.problems {
                let text = problem.message.clone() + &problem.hint;
                prop_assert!(!text.chars().any(char::is_control), "{:?}", problem);
            }
            if !flags.problems.is_empty() {
                return Ok(());
            }
            let mut is_flag_before = false;
            // A last `--` only ends the flags.
            let arguments = arguments.strip_suffix(&["--".to_owned()]).unwrap_or(&arguments);
            for argument in arguments {
                let is_flag = is_known_flag(argument);
                prop_assert!(is_flag || is_flag_before, "{:?} in {:?}", argument, arguments);
                is_flag_before = is_flag && !argument.contains('=');
            }
        }
    }
}
