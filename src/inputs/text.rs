//! Inputs that are a name or a sentence: container, CodeDeploy's names, the reason.

use crate::error::Problem;
use crate::names::{ApplicationName, ContainerName, GroupName};

use super::DeploymentConfig;
use super::arn::ecs_name;
use super::reader::{bad, closest, quoted, unseen};

/// Characters of a reason; more would not be read by anybody.
const REASON: usize = 500;

pub(super) fn mode(text: &str) -> Result<(), Problem> {
    if text == "rollback" {
        return Ok(());
    }
    let typo = closest(text, &["rollback"]).map_or("", |_| "Did you mean mode: rollback? ");
    Err(bad(
        format!(
            "the input mode is {}; this version has one mode, rollback",
            quoted(text)
        ),
        format!("{typo}Write mode: rollback, or leave it out."),
    ))
}

pub(super) fn container(text: &str) -> Result<ContainerName, Problem> {
    if ecs_name(text) {
        return Ok(ContainerName::new(text));
    }
    Err(bad(
        format!(
            "the input container-name is {}; a name has up to 255 letters, digits, _ and -",
            quoted(text)
        ),
        "Give the name of a container as the task definition has it, or leave it out to have it found.",
    ))
}

pub(super) fn application(text: &str) -> Result<ApplicationName, Problem> {
    codedeploy_name("codedeploy-application", text).map(ApplicationName::new)
}

pub(super) fn group(text: &str) -> Result<GroupName, Problem> {
    codedeploy_name("codedeploy-deployment-group", text).map(GroupName::new)
}

/// What AWS would refuse for certain; which other characters it takes, it says itself.
fn codedeploy_name<'a>(input: &str, text: &'a str) -> Result<&'a str, Problem> {
    let length = text.chars().count();
    let hint = format!(
        "Give {input} as the CodeDeploy console shows it, or leave it out to have it found."
    );
    if text.chars().any(unseen) {
        return Err(bad(
            format!(
                "the input {input} is {}, with control characters",
                quoted(text)
            ),
            hint,
        ));
    }
    if text.starts_with("arn:") {
        return Err(bad(
            format!(
                "the input {input} is {}, an ARN; the name is needed",
                quoted(text)
            ),
            hint,
        ));
    }
    if length > 100 {
        let message = format!(
            "the input {input} is {}, {length} characters; a name has 100 at most",
            quoted(text)
        );
        return Err(bad(message, hint));
    }
    Ok(text)
}

/// Grammar: AWS CodeDeploy user guide, "Quotas", deployment configuration names.
pub(super) fn deployment_config(text: &str) -> Result<DeploymentConfig, Problem> {
    const INPUT: &str = "codedeploy-deployment-config";
    if text == "inherit" {
        return Ok(DeploymentConfig::Inherit);
    }
    let hint =
        format!("Write {INPUT}: CodeDeployDefault.ECSAllAtOnce, or inherit for the group's own.");
    let value = quoted(text);
    if text.eq_ignore_ascii_case("inherit") {
        return Err(bad(
            format!("the input {INPUT} is {value}, not in lower case"),
            hint,
        ));
    }
    let valid = |b: u8| b.is_ascii_alphanumeric() || b"._+=,@-".contains(&b);
    if text.len() > 100 || !text.bytes().all(valid) {
        let message = format!(
            "the input {INPUT} is {value}, which can't be the name of a deployment configuration"
        );
        return Err(bad(
            message,
            format!("A name has up to 100 letters, digits and . _ + = , @ -. {hint}"),
        ));
    }
    if text
        .strip_prefix("CodeDeployDefault.")
        .is_some_and(|own| !own.starts_with("ECS"))
    {
        return Err(bad(
            format!("the input {INPUT} is {value}, which is not for ECS"),
            hint,
        ));
    }
    Ok(DeploymentConfig::Named(text.to_owned()))
}

/// The reason on one line. It is what others will read afterwards, so it is never cut silently.
pub(super) fn reason(text: &str) -> Result<String, Problem> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().any(char::is_control) {
        return Err(bad(
            format!(
                "the input reason is {}, with control characters",
                quoted(&line)
            ),
            "Write the reason as plain text.",
        ));
    }
    let length = line.chars().count();
    if length > REASON {
        return Err(bad(
            format!("the input reason is {length} characters long; it may have {REASON}"),
            "Say it in a sentence, and link to the rest.",
        ));
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_that_does_not_exist_yet_names_the_one_that_does() {
        assert_eq!(mode("rollback"), Ok(()));
        for text in ["promote", "history", "Rollback", "rolback", "roll\u{0}"] {
            let problem = mode(text).unwrap_err();
            assert!(problem.hint.contains("mode: rollback"), "{problem:?}");
            assert!(!problem.message.contains('\0'));
        }
        assert!(
            mode("Rollback")
                .unwrap_err()
                .hint
                .starts_with("Did you mean")
        );
    }

    #[test]
    fn names_are_checked_before_aws_sees_them() {
        assert_eq!(container("web_1-a"), Ok(ContainerName::new("web_1-a")));
        for text in ["web 1", "wéb", "a\n::error::b", "web/1"] {
            assert!(
                !container(text).unwrap_err().message.contains('\n'),
                "{text}"
            );
        }
        assert!(container(&"x".repeat(256)).is_err());
        assert_eq!(
            application("Shop app, v2"),
            Ok(ApplicationName::new("Shop app, v2"))
        );
        assert!(
            application(&"x".repeat(101))
                .unwrap_err()
                .message
                .contains("101 characters")
        );
        assert!(
            application("arn:aws:codedeploy:x")
                .unwrap_err()
                .message
                .contains("ARN")
        );
        let problem = group("a\u{1b}]0;x").unwrap_err();
        assert!(
            problem
                .message
                .contains("codedeploy-deployment-group is \"a\\u{1b}"),
            "{problem}"
        );
    }

    #[test]
    fn deployment_configurations() {
        assert_eq!(deployment_config("inherit"), Ok(DeploymentConfig::Inherit));
        for name in [
            "CodeDeployDefault.ECSAllAtOnce",
            "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
            "my+own=1,@_-.",
        ] {
            assert_eq!(
                deployment_config(name),
                Ok(DeploymentConfig::Named(name.to_owned()))
            );
        }
        assert!(
            deployment_config("CodeDeployDefault.OneAtATime")
                .unwrap_err()
                .message
                .contains("not for ECS")
        );
        assert!(
            deployment_config("Inherit")
                .unwrap_err()
                .message
                .contains("lower case")
        );
        for text in ["a b", "a/b", "ä"] {
            assert!(
                deployment_config(text)
                    .unwrap_err()
                    .hint
                    .contains("ECSAllAtOnce"),
                "{text}"
            );
        }
        assert!(deployment_config(&"x".repeat(101)).is_err());
    }

    #[test]
    fn a_reason_is_one_line_and_never_cut() {
        assert_eq!(
            reason("checkout  page\r\nis down\t!"),
            Ok("checkout page is down !".to_owned())
        );
        assert_eq!(
            reason(&"é".repeat(500)).map(|reason| reason.chars().count()),
            Ok(500)
        );
        assert!(
            reason(&"é".repeat(501))
                .unwrap_err()
                .message
                .contains("501 characters")
        );
        assert!(reason("a\u{1b}b").is_err());
    }
}
