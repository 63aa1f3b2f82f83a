//! Damaged files that inputs name: a valid input or a coded refusal, never a panic, never a wait.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use proptest::prelude::*;

use super::{APPSPEC, DIGEST, TASK_DEFINITION, runner};
use crate::{error::Code, inputs::read};

const YAML_TASK: &str = "family: web1\ncpu: '256'\ncontainerDefinitions:\n- name: web1\n  image: x\n  portMappings:\n  - containerPort: 8080\n  environment: &env\n  - {name: A, value: b}\n- name: log\n  image: y\n  environment: *env\ntags:\n- key: a\n  value: b\n";
const YAML_APPSPEC: &str = "version: 0.0\nResources:\n- TargetService:\n    Type: AWS::ECS::Service\n    Properties:\n      TaskDefinition: <TASK_DEFINITION>\n      LoadBalancerInfo:\n        ContainerName: web1\n        ContainerPort: 8080\nHooks:\n- AfterInstall: check\n- BeforeAllowTraffic: arn:aws:lambda:eu-west-1:123456789012:function:go\n";

/// A part of the text, and its replacement.
#[derive(Clone, Debug)]
struct Tear {
    at: prop::sample::Index,
    length: usize,
    with: String,
}

fn tears() -> impl Strategy<Value = Vec<Tear>> {
    let with = prop_oneof![
        3 => "[ \\n\\t{}\\[\\]:,\"'&*!|>#~?%@`-]{0,4}",
        1 => "(null|true|1e999|-0|0x1F|.inf|\\{\\}|\\[\\]|<<: \\*env|\\*env|&env|!!binary aGk=|---|\\.\\.\\.|\u{feff}|\u{0}|\u{85}|\u{1f600})",
        1 => any::<String>(),
        1 => Just(String::new()),
    ];
    let tear = (any::<prop::sample::Index>(), 0_usize..12, with)
        .prop_map(|(at, length, with)| Tear { at, length, with });
    prop::collection::vec(tear, 0..6)
}

fn torn(text: &str, tears: &[Tear]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for Tear { at, length, with } in tears {
        let at = at.index(chars.len() + 1);
        let end = (at + length).min(chars.len());
        chars.splice(at..end, with.chars());
    }
    chars.into_iter().collect()
}

/// Reads both files; the codes of the problems.
fn codes(task_definition: &str, appspec: &str) -> Vec<Code> {
    let given = [
        ("task-definition", "deploy/task.json"),
        ("codedeploy-appspec", "deploy/appspec.yml"),
        ("version", DIGEST),
    ];
    let file = |path: &Path| {
        let is_task = path.ends_with("task.json");
        Ok(if is_task {
            task_definition.to_owned()
        } else {
            appspec.to_owned()
        })
    };
    let problems = read(&runner(&given), &file).err().unwrap_or_default();
    for problem in &problems {
        assert!(
            !problem.message.is_empty() && !problem.hint.is_empty(),
            "{problem:?}"
        );
        assert!(problem.message.chars().count() < 1_200, "{problem:?}");
    }
    problems.iter().map(|problem| problem.code).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn any_file_is_taken_or_refused(
        (task, tears_of_task) in (prop::sample::select(vec![TASK_DEFINITION, YAML_TASK]), tears()),
        (appspec, tears_of_appspec) in (prop::sample::select(vec![APPSPEC, YAML_APPSPEC]), tears()),
    ) {
        let codes = codes(&torn(task, &tears_of_task), &torn(appspec, &tears_of_appspec));
        prop_assert!(codes.iter().all(|code| *code == Code::FileInvalid), "{codes:?}");
    }
}

#[test]
fn whole_files_are_taken() {
    for (task, appspec) in [(TASK_DEFINITION, APPSPEC), (YAML_TASK, YAML_APPSPEC)] {
        assert_eq!(codes(task, appspec), []);
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "what is measured is the parser, not the run"
)]
fn files_made_to_exhaust_are_refused_at_once() {
    let aliases: String = (1..60)
        .map(|n| format!("a{n}: &a{n} [{}]\n", format!("*a{},", n - 1).repeat(9)))
        .collect();
    let bombs = [
        format!("a0: &a0 [x]\n{aliases}"),
        "[".repeat(200_000),
        "{\"a\":".repeat(100_000),
        "- ".repeat(100_000),
        format!(
            "a:\n{}",
            (0..1_000)
                .map(|n| format!("{}- b:\n", " ".repeat(n)))
                .collect::<String>()
        ),
        "a: &a [*a]".to_owned(),
        "&a {b: *a}".to_owned(),
        format!("family: {}", "x".repeat(1_000_000)),
        format!("? {}", "? ".repeat(50_000)),
    ];
    for bomb in bombs {
        let from = Instant::now();
        assert!(
            codes(&bomb, &bomb)
                .iter()
                .all(|code| *code == Code::FileInvalid)
        );
        let took = from.elapsed();
        assert!(took < Duration::from_secs(5), "{took:?}: {:.20}", bomb);
    }
}
