//! A failure as the user reads it, for the faults that any operation can meet.

use super::{Failure, Fault, Trouble};
use crate::{
    error::{Code, Problem, Problems},
    http::{Kind, Setting},
    outside::OutsideText,
};

/// Actions without a resource type: allowed for one resource alone, they are denied.
/// Source: AWS's Service Authorization Reference.
pub const FOR_ALL_RESOURCES: [&str; 6] = [
    "codedeploy:ContinueDeployment",
    "codedeploy:GetDeploymentTarget",
    "codedeploy:ListApplications",
    "codedeploy:StopDeployment",
    "ecs:DescribeTaskDefinition",
    "ecs:ListTaskDefinitions",
];

impl Failure {
    /// As the user reads it.
    pub fn problem(&self) -> Problem {
        Problem {
            // Once something was changed, a fault that passes must not end the run.
            passing: self.is_passing(),
            ..self.explained()
        }
    }

    fn explained(&self) -> Problem {
        let Self { code, message, .. } = self;
        match self.fault {
            Fault::AccessDenied => self.denied(),
            Fault::CredentialsExpired => self.expired(),
            Fault::CredentialsInvalid => self.not_accepted(),
            Fault::ClockSkew => self.skewed(),
            Fault::Throttled => Problem::new(
                Code::AwsThrottled,
                format!("AWS is throttling {}: {message}", self.call()),
                "rerun in a minute; something else in the account is using up the request rate",
            ),
            Fault::Unreachable => self.unreachable(),
            Fault::NotAws => self.not_from_aws(),
            Fault::ServerError | Fault::Rejected => Problem::new(
                Code::AwsError,
                format!("AWS refused {}: {code} {message}", self.call()),
                "read AWS's message above; if AWS itself failed, rerun in a minute",
            ),
        }
    }

    fn call(&self) -> String {
        self.operation.iam_action()
    }

    fn denied(&self) -> Problem {
        let action = self.denied_action();
        let permission = self.lacking_permission();
        Problem::new(
            Code::AccessDenied,
            format!("the role is not allowed to call {action}: {}", self.message),
            format!(
                "add {permission} to the role's policy (the README has the complete policy), then rerun"
            ),
        )
    }

    fn expired(&self) -> Problem {
        let before = format!("the AWS credentials{} have expired (", self.source());
        let after = format!(" answered {})", self.code);
        Problem::of_call(
            Code::CredentialsInvalid,
            (before, self.call(), after),
            "rerun the job: aws-actions/configure-aws-credentials gets new ones; for a long wait set its role-duration-seconds",
        )
    }

    fn not_accepted(&self) -> Problem {
        let Self { code, message, .. } = self;
        let before = format!("AWS does not accept the credentials{} (", self.source());
        let after = format!(" answered {code}: {message})");
        Problem::of_call(
            Code::CredentialsInvalid,
            (before, self.call(), after),
            "check the step that runs aws-actions/configure-aws-credentials: its role, its account, and that it runs before this step",
        )
    }

    /// ` of the instance's role`, where it is known.
    fn source(&self) -> String {
        match &self.circumstances.seen.source {
            Some(source) => format!(" of {source}"),
            None => String::new(),
        }
    }

    fn skewed(&self) -> Problem {
        let after = match self.circumstances.seen.skew() {
            Some(skew) => format!(" answered {}; the clock is {skew})", self.code),
            None => format!(" answered {}: {})", self.code, self.message),
        };
        let before = "the runner's clock is wrong, so AWS does not accept its requests (";
        Problem::of_call(
            Code::ClockSkew,
            (before, self.call(), after),
            "set the runner's clock and keep it in sync (NTP; a virtual machine that was suspended wakes up with an old time), then rerun",
        )
    }

    fn unreachable(&self) -> Problem {
        let Trouble::Network(kind) = self.circumstances.trouble else {
            return self.without_credentials();
        };
        match (kind, &self.circumstances.way.proxy, &self.circumstances.way.endpoint) {
            (Kind::UnknownAuthority, ..) => self.not_trusted(),
            (Kind::NoConnection, Some(proxy), _) => self.proxy_is_away(proxy),
            (Kind::Other, Some(proxy), _) => self.proxy_refuses(proxy),
            (Kind::NoConnection | Kind::Tls | Kind::Other, _, Some(endpoint)) => self.bad_endpoint(Code::AwsUnreachable, endpoint),
            _ => self.no_answer(
                "check the runner's network (proxy, VPC endpoint), the region and the AWS Health Dashboard, then rerun",
            ),
        }
    }

    fn without_credentials(&self) -> Problem {
        let before = "the AWS credentials could not be renewed for ";
        Problem::of_call(
            Code::AwsUnreachable,
            (before, self.call(), format!(": {}", self.message)),
            "check the source of the credentials, then rerun; aws-actions/configure-aws-credentials gets some that last for the whole run",
        )
    }

    fn no_answer(&self, hint: impl Into<String>) -> Problem {
        let through = match &self.circumstances.way.proxy {
            Some(Setting { variable, url }) => format!(" through the proxy {url} of {variable}"),
            None => String::new(),
        };
        let after = format!("{through}: {}", self.message);
        let before = "no answer from AWS to ";
        Problem::of_call(Code::AwsUnreachable, (before, self.call(), after), hint)
    }

    fn not_trusted(&self) -> Problem {
        self.no_answer(
            "a proxy that opens TLS connections shows a certificate of its own: point AWS_CA_BUNDLE at a PEM file with its CA, below GITHUB_WORKSPACE; if AWS_CA_BUNDLE is set, AWS is checked against that file alone",
        )
    }

    fn proxy_is_away(&self, Setting { variable, url }: &Setting) -> Problem {
        let before = format!("the proxy {url} of {variable} cannot be reached (");
        Problem::of_call(
            Code::AwsUnreachable,
            (before, self.call(), format!(": {})", self.message)),
            format!("check {variable} and the proxy, or list AWS's hosts in no_proxy, then rerun"),
        )
    }

    fn proxy_refuses(&self, Setting { variable, url }: &Setting) -> Problem {
        let before = format!("the proxy {url} of {variable} did not connect to AWS (");
        Problem::of_call(
            Code::AwsUnreachable,
            (before, self.call(), format!(": {})", self.message)),
            format!(
                "allow AWS's hosts in the proxy (HTTPS, port 443), and check the user and the password in {variable}, then rerun"
            ),
        )
    }

    fn bad_endpoint(&self, code: Code, Setting { variable, url }: &Setting) -> Problem {
        let before = format!("{variable} points to {url}, which does not answer as AWS does (");
        Problem::of_call(
            code,
            (before, self.call(), format!(": {})", self.message)),
            format!("correct {variable}, or unset it: the region's own endpoint is used then"),
        )
    }

    fn not_from_aws(&self) -> Problem {
        if let Some(endpoint) = &self.circumstances.way.endpoint {
            return self.bad_endpoint(Code::AwsError, endpoint);
        }
        let proxy = match &self.circumstances.way.proxy {
            Some(Setting { variable, url }) => format!("the proxy {url} of {variable}"),
            None => "a proxy between the runner and AWS".to_owned(),
        };
        let after = format!(" is not from AWS, or is incomplete: {}", self.message);
        Problem::of_call(
            Code::AwsError,
            ("the answer to ", self.call(), after),
            format!("{proxy} may have answered instead; check it, then rerun"),
        )
    }

    /// The IAM action to allow, and for what, where only `*` allows it.
    pub(super) fn lacking_permission(&self) -> String {
        let action = self.denied_action();
        if FOR_ALL_RESOURCES.contains(&action.raw()) {
            return format!("{action} with \"Resource\": \"*\"");
        }
        action.to_string()
    }

    /// The IAM action to allow.
    pub(super) fn denied_action(&self) -> OutsideText {
        // It may be another than the operation's own, `iam:PassRole` for example. Only the message names it.
        let call = self.call();
        match named_action(self.message.raw()) {
            // SNS says `SNS:Publish`.
            Some(action) if !action.eq_ignore_ascii_case(&call) => OutsideText::new(action),
            _ => OutsideText::new(call),
        }
    }
}

fn named_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("not authorized to perform: ")?;
    let action = rest.split_whitespace().next()?;
    action.contains(':').then_some(action)
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        failure.problem()
    }
}

impl From<Failure> for Problems {
    fn from(failure: Failure) -> Self {
        vec![failure.problem()]
    }
}
