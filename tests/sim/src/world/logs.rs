//! CloudWatch Logs: groups, streams and events that tests put there.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::World;
use super::input::{Page, list, text, with_next};
use super::time::{Ms, ms};
use crate::aws::{Answer, AwsError};

#[derive(Clone, Debug)]
struct LogEvent {
    at: Ms,
    message: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Logs {
    groups: BTreeMap<String, BTreeMap<String, Vec<LogEvent>>>,
}

impl World {
    /// Writes a line; group and stream come into being with it.
    pub fn put_log_event(&mut self, group: &str, stream: &str, at: SystemTime, message: &str) {
        let streams = self.logs.groups.entry(group.to_owned()).or_default();
        let events = streams.entry(stream.to_owned()).or_default();
        events.push(LogEvent {
            at: ms(at),
            message: message.to_owned(),
        });
        events.sort_by_key(|event| event.at);
    }

    pub(super) fn logs_call(&mut self, operation: &str, input: &Value) -> Answer {
        match operation {
            "GetLogEvents" => self.get_log_events(input),
            "FilterLogEvents" => self.filter_log_events(input),
            "DescribeLogStreams" => self.describe_log_streams(input),
            "DescribeLogGroups" => self.describe_log_groups(input),
            _ => Err(super::unknown_operation(operation)),
        }
    }

    fn log_group(
        &self,
        input: &Value,
    ) -> Result<(&str, &BTreeMap<String, Vec<LogEvent>>), AwsError> {
        let name = text(input, "logGroupName").or_else(|| {
            text(input, "logGroupIdentifier")
                .map(|id| id.split_once(":log-group:").map_or(id, |(_, name)| name))
        });
        let name = name.ok_or_else(|| {
            AwsError::client(
                "InvalidParameterException",
                "Either logGroupName or logGroupIdentifier is required",
            )
        })?;
        let group = self
            .logs
            .groups
            .get_key_value(name)
            .ok_or_else(|| missing("log group"))?;
        Ok((group.0, group.1))
    }

    // the forward token says how far was read; an unchanged token is the end, as with AWS
    fn get_log_events(&self, input: &Value) -> Answer {
        let (_, streams) = self.log_group(input)?;
        let stream = text(input, "logStreamName").unwrap_or_default();
        let events = streams.get(stream).ok_or_else(|| missing("log stream"))?;
        let events: Vec<&LogEvent> = events
            .iter()
            .filter(|event| in_range(event, input))
            .collect();
        let limit = limit(input);
        let from_token = text(input, "nextToken")
            .and_then(|token| token.strip_prefix("f/"))
            .and_then(|n| n.parse().ok());
        let head = input
            .get("startFromHead")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        let start = from_token.unwrap_or(if head {
            0
        } else {
            events.len().saturating_sub(limit)
        });
        let start = start.min(events.len());
        let end = (start + limit).min(events.len());
        let rows: Vec<Value> = events[start..end]
            .iter()
            .map(
                |event| json!({ "timestamp": event.at, "ingestionTime": event.at, "message": event.message }),
            )
            .collect();
        Ok(json!({
            "events": rows,
            "nextForwardToken": format!("f/{end}"),
            "nextBackwardToken": format!("b/{start}"),
        }))
    }

    // a pattern is one literal term, with or without quotes
    fn filter_log_events(&self, input: &Value) -> Answer {
        let (_, streams) = self.log_group(input)?;
        let names: Vec<&str> = list(input, "logStreamNames")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        if !names.is_empty() && text(input, "logStreamNamePrefix").is_some() {
            return Err(AwsError::client(
                "InvalidParameterException",
                "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.",
            ));
        }
        let prefix = text(input, "logStreamNamePrefix").unwrap_or_default();
        let term = text(input, "filterPattern")
            .unwrap_or_default()
            .trim()
            .trim_matches('"');
        let mut rows = Vec::new();
        for (stream, events) in streams {
            if !stream.starts_with(prefix)
                || !(names.is_empty() || names.contains(&stream.as_str()))
            {
                continue;
            }
            for event in events
                .iter()
                .filter(|event| in_range(event, input) && event.message.contains(term))
            {
                rows.push((event.at, stream, &event.message));
            }
        }
        rows.sort();
        let page = Page {
            size: limit(input),
            ..Page::of(input, 10_000, "InvalidParameterException")?
        };
        let (rows, next) = page.cut(rows.into_iter().enumerate());
        let events: Vec<Value> = rows
            .into_iter()
            .map(|(nth, (at, stream, message))| {
                json!({
                    "logStreamName": stream,
                    "timestamp": at,
                    "ingestionTime": at,
                    "message": message,
                    "eventId": format!("{at:020}{nth:036}"),
                })
            })
            .collect();
        Ok(with_next(
            json!({ "events": events, "searchedLogStreams": [] }),
            next,
        ))
    }

    fn describe_log_streams(&self, input: &Value) -> Answer {
        let (group, streams) = self.log_group(input)?;
        let prefix = text(input, "logStreamNamePrefix").unwrap_or_default();
        if !prefix.is_empty() && text(input, "orderBy") == Some("LastEventTime") {
            return Err(AwsError::client(
                "InvalidParameterException",
                "Cannot order by LastEventTime with a logStreamNamePrefix.",
            ));
        }
        let mut rows: Vec<_> = streams
            .iter()
            .filter(|(name, _)| name.starts_with(prefix))
            .collect();
        if text(input, "orderBy") == Some("LastEventTime") {
            rows.sort_by_key(|(_, events)| events.last().map(|event| event.at));
        }
        if input
            .get("descending")
            .and_then(Value::as_bool)
            .unwrap_or(false)
        {
            rows.reverse();
        }
        let page = Page {
            size: limit(input).min(50),
            ..Page::of(input, 50, "InvalidParameterException")?
        };
        let (rows, next) = page.cut(rows);
        let arn = self.log_group_arn(group);
        let streams: Vec<Value> = rows
            .into_iter()
            .filter_map(|(name, events)| Some((name, events.first()?.at, events.last()?.at)))
            .map(|(name, first, last)| {
                json!({
                    "logStreamName": name,
                    "creationTime": first,
                    "firstEventTimestamp": first,
                    "lastEventTimestamp": last,
                    "lastIngestionTime": last,
                    "arn": format!("{arn}:log-stream:{name}"),
                    "storedBytes": 0,
                })
            })
            .collect();
        Ok(with_next(json!({ "logStreams": streams }), next))
    }

    fn describe_log_groups(&self, input: &Value) -> Answer {
        let prefix = text(input, "logGroupNamePrefix").unwrap_or_default();
        let names = self
            .logs
            .groups
            .keys()
            .filter(|name| name.starts_with(prefix));
        let page = Page {
            size: limit(input).min(50),
            ..Page::of(input, 50, "InvalidParameterException")?
        };
        let (names, next) = page.cut(names);
        let groups: Vec<Value> = names
            .into_iter()
            .map(|name| {
                let arn = self.log_group_arn(name);
                json!({ "logGroupName": name, "arn": format!("{arn}:*"), "logGroupArn": arn, "storedBytes": 0 })
            })
            .collect();
        Ok(with_next(json!({ "logGroups": groups }), next))
    }

    fn log_group_arn(&self, name: &str) -> String {
        format!(
            "arn:aws:logs:{}:{}:log-group:{name}",
            self.region, self.account
        )
    }
}

fn limit(input: &Value) -> usize {
    input
        .get("limit")
        .and_then(Value::as_u64)
        .map_or(10_000, |limit| limit as usize)
}

// start is inclusive, end is not; both in milliseconds, unlike elsewhere in AWS
fn in_range(event: &LogEvent, input: &Value) -> bool {
    let bound = |member| input.get(member).and_then(Value::as_u64);
    bound("startTime").is_none_or(|start| event.at >= start)
        && bound("endTime").is_none_or(|end| event.at < end)
}

fn missing(what: &str) -> AwsError {
    AwsError::client(
        "ResourceNotFoundException",
        format!("The specified {what} does not exist."),
    )
}
