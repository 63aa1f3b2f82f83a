//! CloudWatch Logs: groups, streams and events that containers wrote, or tests put there.

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

#[derive(Clone, Debug)]
pub(super) struct Stream {
    created_at: Ms,
    events: Vec<LogEvent>,
}

type Streams = BTreeMap<String, Stream>;

#[derive(Clone, Debug, Default)]
pub(super) struct Logs {
    groups: BTreeMap<String, Streams>,
}

/// The most that an answer of `GetLogEvents` holds.
const PAGE: usize = 1_048_576;
/// What CloudWatch Logs counts for an event beside its message.
const OVERHEAD: usize = 26;

impl World {
    /// Writes a line; group and stream come into being with it.
    pub fn put_log_event(&mut self, group: &str, stream: &str, at: SystemTime, message: &str) {
        let events = &mut self.open_log_stream(group, stream).events;
        events.push(LogEvent {
            at: ms(at),
            message: message.to_owned(),
        });
        events.sort_by_key(|event| event.at);
    }

    /// A stream, and its group, as they are or new and empty.
    pub(super) fn open_log_stream(&mut self, group: &str, stream: &str) -> &mut Stream {
        let streams = self.logs.groups.entry(group.to_owned()).or_default();
        let created_at = self.now;
        let new = || Stream {
            created_at,
            events: Vec::new(),
        };
        streams.entry(stream.to_owned()).or_insert_with(new)
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

    fn log_group(&self, input: &Value) -> Result<(&str, &Streams), AwsError> {
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

    // an unchanged token is the end, as with AWS
    fn get_log_events(&self, input: &Value) -> Answer {
        let (_, streams) = self.log_group(input)?;
        let stream = text(input, "logStreamName").unwrap_or_default();
        let stream = streams.get(stream).ok_or_else(|| missing("log stream"))?;
        let events = stream.events.iter().filter(|event| in_range(event, input));
        let events: Vec<&LogEvent> = events.collect();
        let (start, end) = self.log_page(input, &events)?;
        let row = |event: &&LogEvent| json!({ "timestamp": event.at, "ingestionTime": event.at, "message": event.message });
        Ok(json!({
            "events": events[start..end].iter().map(row).collect::<Vec<_>>(),
            "nextForwardToken": format!("f/{end}"),
            "nextBackwardToken": format!("b/{start}"),
        }))
    }

    /// Which of the events are on the page: from a place on, or up to it.
    fn log_page(&self, input: &Value, events: &[&LogEvent]) -> Result<(usize, usize), AwsError> {
        let all = events.len();
        let head = input.get("startFromHead") == Some(&Value::Bool(true));
        let (forward, place) = match text(input, "nextToken") {
            Some(token) => log_token(token)?,
            None if self.switches.first_log_page_is_empty => return Ok((all, all)),
            None if head => (true, 0),
            None => (false, all),
        };
        let (place, limit) = (place.min(all), limit(input));
        Ok(if forward {
            let rest = events[place..].iter();
            (place, place + fitting(rest, limit))
        } else {
            let rest = events[..place].iter().rev();
            (place - fitting(rest, limit), place)
        })
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
        for (name, stream) in streams {
            if !name.starts_with(prefix) || !(names.is_empty() || names.contains(&name.as_str())) {
                continue;
            }
            for event in stream
                .events
                .iter()
                .filter(|event| in_range(event, input) && event.message.contains(term))
            {
                rows.push((event.at, name, &event.message));
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
            rows.sort_by_key(|(_, stream)| stream.events.last().map(|event| event.at));
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
            .map(|(name, stream)| stream.json(name, &arn))
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

impl Stream {
    fn json(&self, name: &str, group_arn: &str) -> Value {
        let mut json = json!({
            "logStreamName": name,
            "creationTime": self.created_at,
            "arn": format!("{group_arn}:log-stream:{name}"),
            "storedBytes": 0,
        });
        if let (Some(first), Some(last)) = (self.events.first(), self.events.last()) {
            json["firstEventTimestamp"] = first.at.into();
            json["lastEventTimestamp"] = last.at.into();
            json["lastIngestionTime"] = last.at.into();
        }
        json
    }
}

/// How many of these, in this order, one answer holds.
fn fitting<'a>(events: impl Iterator<Item = &'a &'a LogEvent>, limit: usize) -> usize {
    let mut left = PAGE;
    let fits = |event: &&'a &'a LogEvent| {
        let size = event.message.len() + OVERHEAD;
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    };
    events.take(limit).take_while(fits).count()
}

/// Whether it leads forward, and from where.
fn log_token(token: &str) -> Result<(bool, usize), AwsError> {
    let parsed = token.split_once('/').and_then(|(way, place)| {
        let forward = match way {
            "f" => true,
            "b" => false,
            _ => return None,
        };
        Some((forward, place.parse().ok()?))
    });
    parsed.ok_or_else(|| {
        AwsError::client(
            "InvalidParameterException",
            "The specified nextToken is invalid.",
        )
    })
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
