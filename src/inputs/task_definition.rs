//! The input `task-definition`: two words, a file, or one revision.

use crate::{
    domain::task_definition::TaskDefinition,
    error::Problem,
    names::{Region, TaskDefinitionArn},
    outside::OutsideText,
};

use super::{
    arn::{Arn, ecs_name},
    file::Files,
    messages::{bad_value, closest},
    place::same_region,
    reader::Reader,
    values::TaskDefinitionInput,
};

const NAME: &str = "task-definition";
const CHOICES: &str =
    "Write auto, current, a revision (web1:8, or its ARN), or the path of a JSON or YAML file.";

pub(super) fn read(reader: &mut Reader<'_>, region: Option<&Region>) -> TaskDefinitionInput {
    let text = reader.text(NAME);
    let parsed = parse(text, region, reader.files);
    // After a problem the run is refused, so any value will do.
    reader.keep(parsed).unwrap_or(TaskDefinitionInput::Auto)
}

fn parse(
    text: &str,
    region: Option<&Region>,
    files: Files<'_>,
) -> Result<TaskDefinitionInput, Problem> {
    match text {
        "auto" => Ok(TaskDefinitionInput::Auto),
        "current" => Ok(TaskDefinitionInput::Current),
        _ if text.starts_with("arn:") => parse_arn(text, region),
        _ if is_path(text) => {
            // Read at once, so that a bad file is told with the other bad inputs.
            let content = files.text(NAME, text)?;
            Ok(TaskDefinitionInput::File {
                path: OutsideText::new(text),
                document: Box::new(TaskDefinition::from_file(&content, text)?),
            })
        }
        _ => parse_revision(text),
    }
}

fn is_path(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    // Neither a family nor an ARN without a slash can look like this.
    let endings = [".json", ".yml", ".yaml"];
    text.contains('/') || endings.iter().any(|ending| lower.ends_with(ending))
}

fn parse_arn(text: &str, region: Option<&Region>) -> Result<TaskDefinitionInput, Problem> {
    let Some((arn, revision)) = Arn::parse(text, "ecs").zip(TaskDefinitionArn::parse(text)) else {
        return Err(not_an_arn(text));
    };
    if !ecs_name(revision.family()) || revision.revision() == 0 {
        return Err(not_an_arn(text));
    }
    // ECS itself would say that the revision does not exist, which says nothing about the region.
    if let Some(region) = region {
        same_region(NAME, arn.region, region)?;
    }
    Ok(TaskDefinitionInput::Revision {
        family: revision.family().to_owned(),
        revision: revision.revision(),
        arn: Some(text.to_owned()),
    })
}

fn not_an_arn(text: &str) -> Problem {
    bad_value(
        NAME,
        text,
        "which is not the ARN of a revision",
        "It looks like arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:REVISION, with the revision's number at its end.",
    )
}

fn parse_revision(text: &str) -> Result<TaskDefinitionInput, Problem> {
    let Some((family, number)) = text.split_once(':') else {
        return Err(not_a_revision(text));
    };
    // Rust's own parser takes a plus sign too.
    if let Ok(revision @ 1..) = number.parse()
        && !number.starts_with('+')
        && ecs_name(family)
    {
        return Ok(TaskDefinitionInput::Revision {
            family: family.to_owned(),
            revision,
            arn: None,
        });
    }
    Err(bad_value(
        NAME,
        text,
        "which is not family:revision",
        format!("A revision is a family, a colon and a number from 1 up. {CHOICES}"),
    ))
}

fn not_a_revision(text: &str) -> Problem {
    let hint = if let Some(word) = closest(text, &["auto", "current"]) {
        format!("Did you mean {NAME}: {word}? {CHOICES}")
    } else if ecs_name(text) {
        format!(
            "A family alone has many revisions: add the number, for example {text}:8. {CHOICES}"
        )
    } else {
        CHOICES.to_owned()
    };
    bad_value(NAME, text, "which names no revision", hint)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::shown, *};

    const ARN: &str = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web1:8";

    const DOCUMENT: &str =
        r#"{"family": "web1", "containerDefinitions": [{"name": "web1", "image": "x"}]}"#;

    fn read_in(region: &str, text: &str) -> Result<TaskDefinitionInput, Problem> {
        let files = Files {
            environment: &Default::default(),
            read: &|_| Ok(DOCUMENT.to_owned()),
        };
        parse(text, Some(&Region::new(region)), files).map_err(shown)
    }

    fn read(text: &str) -> Result<TaskDefinitionInput, Problem> {
        read_in("eu-west-1", text)
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
                    path: OutsideText::new(path),
                    document
                })
            );
        }
    }

    #[test]
    fn the_hint_for_a_family_alone_lists_the_choices() {
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
        let problem = read_in("us-east-1", ARN).unwrap_err();
        assert_eq!(problem.code, crate::error::Code::RegionMissing);
        assert!(
            problem.hint.contains("aws-region: eu-west-1"),
            "{problem:?}"
        );
    }
}
