//! Answers that never come: AWS has done it, or not, and a caller can't know.

use aws_sim::rules::Effect;

/// Lost answers: AWS has done it.
pub fn done_but_lost() -> [Effect; 4] {
    [
        Effect::DropAnswer,
        Effect::ResetAfter,
        Effect::HangAfter,
        Effect::TruncateBody,
    ]
}

/// Not done, but a caller can't know.
pub fn lost_before() -> [Effect; 5] {
    [
        Effect::ResetBefore,
        Effect::HangBefore,
        Effect::server_error(),
        Effect::unavailable(),
        Effect::Html(502),
    ]
}
