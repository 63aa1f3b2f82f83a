//! Reading an operation's input document, and paging through an answer.

use serde_json::Value;

use crate::aws::AwsError;

/// A text member; absent and null alike are `None`.
pub(crate) fn text<'a>(input: &'a Value, member: &str) -> Option<&'a str> {
    input.get(member).and_then(Value::as_str)
}

/// A text member that the model requires, so that only direct callers can leave it out.
pub(crate) fn required<'a>(input: &'a Value, member: &str) -> Result<&'a str, AwsError> {
    text(input, member).ok_or_else(|| {
        AwsError::client("InvalidParameterException", format!("{member} is missing"))
    })
}

/// A list member; absent is empty.
pub(crate) fn list<'a>(input: &'a Value, member: &str) -> &'a [Value] {
    input
        .get(member)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(crate) fn texts<'a>(input: &'a Value, member: &str) -> Vec<&'a str> {
    list(input, member)
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

/// A timestamp (epoch seconds) in milliseconds.
pub(crate) fn time(input: &Value, member: &str) -> Option<u64> {
    input
        .get(member)
        .and_then(Value::as_f64)
        .map(|seconds| (seconds * 1_000.0).max(0.0) as u64)
}

/// Whether `include` asks for the tags.
pub(crate) fn wants_tags(input: &Value) -> bool {
    texts(input, "include").contains(&"TAGS")
}

/// Where a page begins and how many it may hold.
pub(crate) struct Page {
    pub offset: usize,
    pub size: usize,
}

impl Page {
    /// `maxResults` and `nextToken`; a token nobody issued is refused with `code`.
    pub(crate) fn of(input: &Value, default_size: usize, code: &str) -> Result<Self, AwsError> {
        let offset = match text(input, "nextToken") {
            None | Some("") => 0,
            Some(token) => token
                .strip_prefix("page-")
                .and_then(|offset| offset.parse().ok())
                .ok_or_else(|| AwsError::client(code, "The specified nextToken is not valid."))?,
        };
        let size = input
            .get("maxResults")
            .and_then(Value::as_u64)
            .map_or(default_size, |n| n as usize);
        Ok(Self {
            offset,
            size: size.max(1),
        })
    }

    /// The same, where the service takes a `maxResults` of 1 to 100 and no other.
    pub(crate) fn of_hundred(input: &Value, default_size: usize) -> Result<Self, AwsError> {
        const CODE: &str = "InvalidParameterException";
        match input.get("maxResults").and_then(Value::as_i64) {
            Some(given) if !(1..=100).contains(&given) => Err(AwsError::client(
                CODE,
                "maxResults must be between 1 and 100",
            )),
            _ => Self::of(input, default_size, CODE),
        }
    }

    /// The page's rows, and the token of the next page where one is left.
    pub(crate) fn cut<T>(&self, rows: impl IntoIterator<Item = T>) -> (Vec<T>, Option<String>) {
        let mut rows = rows.into_iter().skip(self.offset);
        let page: Vec<T> = rows.by_ref().take(self.size).collect();
        let next = rows
            .next()
            .map(|_| format!("page-{}", self.offset + self.size));
        (page, next)
    }
}

/// Adds `nextToken` where another page follows.
pub(crate) fn with_next(mut answer: Value, next: Option<String>) -> Value {
    if let (Some(token), Some(answer)) = (next, answer.as_object_mut()) {
        answer.insert("nextToken".into(), token.into());
    }
    answer
}

/// Inserts a member only where there is a value.
pub(crate) fn put(document: &mut Value, member: &str, value: Option<impl Into<Value>>) {
    if let (Some(value), Some(document)) = (value, document.as_object_mut()) {
        document.insert(member.into(), value.into());
    }
}
