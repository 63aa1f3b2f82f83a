//! The input `task-definition`: two words, a file, or one revision.

use crate::domain::task_definition::TaskDefinition;
use crate::error::Problem;
use crate::names::{Region, TaskDefinitionArn};

use super::TaskDefinitionInput;
use super::arn::{Arn, ecs_name};
use super::place::same_region;
use super::reader::{bad, closest, quoted};

const CHOICES: &str =
    "Write auto, current, a revision (web1:8, or its ARN), or the path of a JSON or YAML file.";

/// `file` gives the text of a path.
pub(super) fn parse(
    text: &str,
    region: Option<&Region>,
    file: impl FnOnce(&str) -> Result<String, Problem>,
) -> Result<TaskDefinitionInput, Problem> {
    match text {
        "auto" => Ok(TaskDefinitionInput::Auto),
        "current" => Ok(TaskDefinitionInput::Current),
        _ if text.starts_with("arn:") => arn(text, region),
        _ if is_path(text) => {
            let document = Box::new(TaskDefinition::from_file(&file(text)?, text)?);
            Ok(TaskDefinitionInput::File {
                path: text.to_owned(),
                document,
            })
        }
        _ => revision(text),
    }
}

fn is_path(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text.contains('/')
        || [".json", ".yml", ".yaml"]
            .iter()
            .any(|ending| lower.ends_with(ending))
}

fn arn(text: &str, region: Option<&Region>) -> Result<TaskDefinitionInput, Problem> {
    let parsed = Arn::parse(text, "ecs").zip(TaskDefinitionArn::parse(text));
    let Some((arn, definition)) =
        parsed.filter(|(_, it)| ecs_name(it.family()) && it.revision() > 0)
    else {
        return Err(bad(
            format!(
                "the input task-definition is {}, which is not the ARN of a revision",
                quoted(text)
            ),
            "It looks like arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:REVISION, with the revision's number at its end.",
        ));
    };
    if let Some(region) = region {
        same_region("task-definition", arn.region, region)?;
    }
    Ok(TaskDefinitionInput::Revision {
        family: definition.family().to_owned(),
        revision: definition.revision(),
        arn: Some(text.to_owned()),
    })
}

fn revision(text: &str) -> Result<TaskDefinitionInput, Problem> {
    if let Some((family, number)) = text.split_once(':') {
        let digits = number.bytes().all(|b| b.is_ascii_digit());
        return match number.parse() {
            Ok(revision @ 1..) if digits && ecs_name(family) => Ok(TaskDefinitionInput::Revision {
                family: family.to_owned(),
                revision,
                arn: None,
            }),
            _ => Err(bad(
                format!(
                    "the input task-definition is {}, which is not family:revision",
                    quoted(text)
                ),
                format!("A revision is a family, a colon and a number from 1 up. {CHOICES}"),
            )),
        };
    }
    if let Some(word) = closest(text, &["auto", "current"]) {
        let message = format!(
            "the input task-definition is {}, which names no revision",
            quoted(text)
        );
        return Err(bad(
            message,
            format!("Did you mean task-definition: {word}? {CHOICES}"),
        ));
    }
    let message = format!(
        "the input task-definition is {}, which names no revision",
        quoted(text)
    );
    if ecs_name(text) {
        let hint = format!(
            "A family alone could mean any revision: give its number too, {text}:8 for example. {CHOICES}"
        );
        return Err(bad(message, hint));
    }
    Err(bad(message, CHOICES))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web1:8";

    const DOCUMENT: &str =
        r#"{"family": "web1", "containerDefinitions": [{"name": "web1", "image": "x"}]}"#;

    fn read(text: &str) -> Result<TaskDefinitionInput, Problem> {
        parse(text, Some(&Region::new("eu-west-1")), |_| {
            Ok(DOCUMENT.to_owned())
        })
    }

    #[test]
    fn all_five_forms() {
        assert_eq!(read("auto"), Ok(TaskDefinitionInput::Auto));
        assert_eq!(read("current"), Ok(TaskDefinitionInput::Current));
        let revision = |arn: Option<&str>| TaskDefinitionInput::Revision {
            family: "web1".to_owned(),
            revision: 8,
            arn: arn.map(str::to_owned),
        };
        assert_eq!(read("web1:8"), Ok(revision(None)));
        assert_eq!(read(ARN), Ok(revision(Some(ARN))));
        for path in [
            "deploy/task",
            "task.json",
            "task.YML",
            "./task.yaml",
            "/abs/x",
        ] {
            let document = Box::new(TaskDefinition::from_file(DOCUMENT, path).unwrap());
            assert_eq!(
                read(path),
                Ok(TaskDefinitionInput::File {
                    path: path.to_owned(),
                    document
                })
            );
        }
    }

    #[test]
    fn a_bare_family_learns_the_choices() {
        let problem = read("web1").unwrap_err();
        assert!(
            problem.hint.contains("web1:8") && problem.hint.contains("current"),
            "{problem:?}"
        );
        assert!(
            read("Auto")
                .unwrap_err()
                .hint
                .contains("Did you mean task-definition: auto?")
        );
        assert!(read("we b").unwrap_err().hint.starts_with("Write auto"));
    }

    #[test]
    fn a_revision_is_a_number_from_one_up() {
        for text in [
            "web1:0",
            "web1:latest",
            "web1:",
            ":8",
            "web1:+8",
            "web1:8:9",
            "web1:4294967296",
            "w b:1",
        ] {
            assert!(
                read(text)
                    .unwrap_err()
                    .message
                    .contains("not family:revision"),
                "{text}"
            );
        }
        for text in [
            "arn:aws:ecs:eu-west-1:123456789012:task-definition/web1",
            "arn:x",
            "arn:aws:ecs:eu-west-1:123456789012:task-definition/web1:0",
        ] {
            assert!(
                read(text)
                    .unwrap_err()
                    .message
                    .contains("not the ARN of a revision"),
                "{text}"
            );
        }
    }

    #[test]
    fn an_arn_of_another_region_is_refused() {
        let problem = parse(ARN, Some(&Region::new("us-east-1")), |_| unreachable!()).unwrap_err();
        assert_eq!(problem.code, crate::error::Code::RegionMissing);
        assert!(
            problem.hint.contains("aws-region: eu-west-1"),
            "{problem:?}"
        );
    }
}
