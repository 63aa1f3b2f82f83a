//! Amazon CloudWatch Logs: what containers wrote.

use aws_sdk_cloudwatchlogs::types::OutputLogEvent;
use aws_smithy_types::DateTime;

use super::{Aws, Failure, Operation, convert, timestamp};
use crate::{domain::log::LogLine, names::Region, outside::OutsideText};

const GET_LOG_EVENTS: Operation = Operation::logs("GetLogEvents");

/// AWS may answer an empty page although there are lines behind it. After so many, there are none.
const PAGES: usize = 4;

impl Aws {
    /// `GetLogEvents`: the newest lines of a stream, `limit` (1 to 10,000) at most, oldest first.
    ///
    /// A group or stream that does not exist is a failure.
    pub(crate) async fn get_log_events(
        &self,
        group: &str,
        stream: &str,
        region: &Region,
        limit: u16,
    ) -> Result<Vec<LogLine>, Failure> {
        let client = self.logs.client(&self.config, region, |config| {
            aws_sdk_cloudwatchlogs::Client::from_conf(self.own.logs(config).build())
        });
        let request = client
            .get_log_events()
            .log_group_name(group)
            .log_stream_name(stream)
            .start_from_head(false)
            .limit(i32::from(limit));
        let mut token = None;
        for _ in 0..PAGES {
            let page = request.clone().set_next_token(token.clone());
            let answer = GET_LOG_EVENTS.answer(page.send().await)?;
            let lines = convert(answer.events, line_from);
            // A token that leads to itself is the stream's beginning.
            if !lines.is_empty() || answer.next_backward_token == token {
                return Ok(lines);
            }
            token = answer.next_backward_token;
        }
        Ok(Vec::new())
    }
}

fn line_from(event: OutputLogEvent) -> Option<LogLine> {
    Some(LogLine {
        at: timestamp(event.timestamp.map(DateTime::from_millis))?,
        text: OutsideText::new(event.message?),
    })
}
