//! Where to read what a container wrote. Source: Amazon ECS Developer Guide, "Send Amazon ECS logs to CloudWatch".

use serde_json::Value;

use super::task_definition::TaskDefinition;
use crate::{names::Region, outside::OutsideText};

/// CloudWatch Logs takes a group's name of so many characters.
const MAX_GROUP: usize = 512;
/// Longer than any region's name.
const MAX_REGION: usize = 32;

/// Where the log of a container goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LogLocation {
    /// A log stream of CloudWatch Logs.
    Stream(LogStream),
    /// A log group of CloudWatch Logs. Without `awslogs-stream-prefix` the stream is called by the id that the
    /// container has on its instance, which ECS need not know.
    Group(LogGroup),
    /// Elsewhere, by this log driver: `splunk`, `awsfirelens`, `json-file`; also `awslogs` with options that
    /// CloudWatch Logs does not take.
    Driver(OutsideText),
    /// The task definition names no log driver: the instance decides, and on Fargate the log is lost.
    Unknown,
}

/// A log group of CloudWatch Logs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogGroup {
    pub name: String,
    pub region: Region,
}

/// One container's log in CloudWatch Logs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogStream {
    pub group: LogGroup,
    /// It begins with a prefix that may be any text.
    pub name: OutsideText,
}

impl LogLocation {
    /// Where a container of a task writes to; `region` is the task's own.
    pub(crate) fn of(
        definition: &TaskDefinition,
        container: &str,
        task_id: &str,
        region: &Region,
    ) -> Self {
        let configuration = definition
            .container(container)
            .map(|it| &it["logConfiguration"]);
        let configuration = configuration.unwrap_or(&Value::Null);
        match option(configuration, "logDriver") {
            None => Self::Unknown,
            Some("awslogs") => {
                let options = &configuration["options"];
                let prefix = option(options, "awslogs-stream-prefix");
                let stream = prefix.map(|prefix| format!("{prefix}/{container}/{task_id}"));
                Self::in_cloudwatch(LogGroup::from(options, region), stream)
            }
            Some(driver) => Self::Driver(OutsideText::new(driver)),
        }
    }

    fn in_cloudwatch(group: Option<LogGroup>, stream: Option<String>) -> Self {
        match (group, stream) {
            (Some(group), Some(stream)) => Self::Stream(LogStream {
                group,
                name: OutsideText::new(stream),
            }),
            (Some(group), None) => Self::Group(group),
            (None, _) => Self::Driver(OutsideText::new("awslogs")),
        }
    }
}

impl LogGroup {
    /// From the options of `awslogs`. `None` where they name none that can exist.
    fn from(options: &Value, own: &Region) -> Option<Self> {
        let name = option(options, "awslogs-group")?;
        let region = option(options, "awslogs-region").unwrap_or(own.as_str());
        (is_group(name) && is_region(region)).then(|| Self {
            name: name.to_owned(),
            region: Region::new(region),
        })
    }
}

/// ECS takes an empty option as one that is not there.
fn option<'a>(options: &'a Value, name: &str) -> Option<&'a str> {
    options[name].as_str().filter(|value| !value.is_empty())
}

fn is_group(name: &str) -> bool {
    let is_legal = |b: u8| b.is_ascii_alphanumeric() || b"_-/.#".contains(&b);
    name.len() <= MAX_GROUP && name.bytes().all(is_legal)
}

/// A region becomes a part of a host name, and the request to that host bears the credentials' session token: anything
/// that could lead to another host is refused.
fn is_region(name: &str) -> bool {
    let is_legal = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
    name.len() <= MAX_REGION && name.bytes().all(is_legal)
}

#[cfg(test)]
mod tests;
