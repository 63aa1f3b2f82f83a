//! Inputs that are a name or a sentence: container, CodeDeploy's names, the reason.

use crate::{
    error::Problem,
    names::{ApplicationName, ContainerName, GroupName},
    outside::OutsideText,
};

use super::{
    arn::{ecs_name, fits},
    messages::{bad_value, is_invisible},
    reader::Reader,
    values::DeploymentConfig,
};

pub(super) fn container(name: &str, text: &str) -> Result<ContainerName, Problem> {
    if ecs_name(text) {
        return Ok(ContainerName::new(text));
    }
    Err(bad_value(
        name,
        text,
        "but a name has up to 255 letters, digits, _ and -",
        "Give a container's name as the task definition has it, or leave it out to have it discovered.",
    ))
}

pub(super) fn application(name: &str, text: &str) -> Result<ApplicationName, Problem> {
    check_codedeploy_name(name, text)?;
    Ok(ApplicationName::new(text))
}

pub(super) fn group(name: &str, text: &str) -> Result<GroupName, Problem> {
    check_codedeploy_name(name, text)?;
    Ok(GroupName::new(text))
}

/// Refuses only what AWS would refuse for certain: its documentation does not say which characters a name may have.
fn check_codedeploy_name(input: &str, text: &str) -> Result<(), Problem> {
    // Characters, not bytes: AWS counts them so, and so does whoever reads the message.
    let length = text.chars().count();
    let what = if text.chars().any(is_invisible) {
        "which has control characters"
    } else if text.starts_with("arn:") {
        "an ARN, but the name is needed"
    } else if length > 100 {
        &format!("{length} characters, but a name has at most 100")
    } else {
        return Ok(());
    };
    let hint = format!(
        "Give {input} as the CodeDeploy console shows it, or leave it out to have it discovered."
    );
    Err(bad_value(input, text, what, hint))
}

/// Grammar: AWS CodeDeploy user guide, "Quotas", deployment configuration names.
pub(super) fn deployment_config(name: &str, text: &str) -> Result<DeploymentConfig, Problem> {
    if text == "inherit" {
        return Ok(DeploymentConfig::Inherit);
    }
    let predefined = text.strip_prefix("CodeDeployDefault.");
    let what = if text.eq_ignore_ascii_case("inherit") {
        // `Inherit` is a legal name too, but CodeDeploy would look for it only when the deployment is created.
        "but inherit must be in lower case"
    } else if text.len() > 100 || !fits("^[a-zA-Z0-9._+=,@-]*$", text) {
        "but the name of a deployment configuration has up to 100 letters, digits and . _ + = , @ -"
    } else if predefined.is_some_and(|config| !config.starts_with("ECS")) {
        // The predefined ones for EC2 and Lambda exist, so CodeDeploy too refuses them only then.
        "which is not for ECS"
    } else {
        return Ok(DeploymentConfig::Named(text.to_owned()));
    };
    let hint =
        format!("Write {name}: CodeDeployDefault.ECSAllAtOnce, or inherit for the group's own.");
    Err(bad_value(name, text, what, hint))
}

/// The input `reason`.
pub(super) fn read_reason(reader: &Reader<'_>) -> Option<OutsideText> {
    reason(reader.given("reason")?)
}

/// The reason on one line; `None` where nothing visible is left of it.
fn reason(text: &str) -> Option<OutsideText> {
    // In an incident no reason is worth a refusal, so whatever was typed is made to fit.
    let visible = text.replace(is_invisible, " ");
    let words: Vec<&str> = visible.split_whitespace().collect();
    if words.is_empty() {
        return None;
    }
    Some(OutsideText::new(words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::{super::tests::shown, *};

    #[test]
    fn names_are_checked_before_aws_sees_them() {
        assert_eq!(
            container("container-name", "web_1-a"),
            Ok(ContainerName::new("web_1-a"))
        );
        for text in ["web 1", "wéb", "a\n::error::b", "web/1"] {
            assert!(
                !container("container-name", text)
                    .unwrap_err()
                    .message
                    .contains('\n'),
                "{text}"
            );
        }
        assert!(container("container-name", &"x".repeat(256)).is_err());
        assert_eq!(
            application("codedeploy-application", "Shop app, v2"),
            Ok(ApplicationName::new("Shop app, v2"))
        );
        assert!(
            application("codedeploy-application", &"x".repeat(101))
                .unwrap_err()
                .message
                .contains("101 characters")
        );
        assert!(
            application("codedeploy-application", "arn:aws:codedeploy:x")
                .unwrap_err()
                .message
                .contains("ARN")
        );
        let problem = shown(group("codedeploy-deployment-group", "a\u{1b}]0;x").unwrap_err());
        assert!(
            problem
                .message
                .contains("codedeploy-deployment-group is \"a\\u{1b}"),
            "{problem}"
        );
    }

    #[test]
    fn deployment_configurations() {
        assert_eq!(
            deployment_config("codedeploy-deployment-config", "inherit"),
            Ok(DeploymentConfig::Inherit)
        );
        for name in [
            "CodeDeployDefault.ECSAllAtOnce",
            "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
            "my+own=1,@_-.",
        ] {
            assert_eq!(
                deployment_config("codedeploy-deployment-config", name),
                Ok(DeploymentConfig::Named(name.to_owned()))
            );
        }
        assert!(
            deployment_config(
                "codedeploy-deployment-config",
                "CodeDeployDefault.OneAtATime"
            )
            .unwrap_err()
            .message
            .contains("not for ECS")
        );
        assert!(
            deployment_config("codedeploy-deployment-config", "Inherit")
                .unwrap_err()
                .message
                .contains("lower case")
        );
        for text in ["a b", "a/b", "ä"] {
            assert!(
                deployment_config("codedeploy-deployment-config", text)
                    .unwrap_err()
                    .hint
                    .contains("ECSAllAtOnce"),
                "{text}"
            );
        }
        assert!(deployment_config("codedeploy-deployment-config", &"x".repeat(101)).is_err());
    }

    #[test]
    fn a_reason_is_one_line_whatever_was_typed() {
        let shown = |text: &str| reason(text).map(|reason| reason.raw().to_owned());
        let line = shown("checkout  page\r\nis down\t!");
        assert_eq!(line.as_deref(), Some("checkout page is down !"));
        let line = shown("a\u{1b}[31mb\u{202e}c\u{0}");
        assert_eq!(line.as_deref(), Some("a [31mb c"));
        assert_eq!(shown("\u{1b}\u{200b}\n"), None);
        let long = "é".repeat(100_000);
        assert_eq!(shown(&long), Some(long));
    }
}
