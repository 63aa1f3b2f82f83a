//! `*` in a tag pattern or a mutability filter: any characters, also none.

pub(super) fn is_match(pattern: &str, tag: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == tag,
        Some((before, after)) => tag
            .strip_prefix(before)
            .is_some_and(|rest| ends_with_match(after, rest)),
    }
}

// whether some end of the text fits
fn ends_with_match(pattern: &str, text: &str) -> bool {
    let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    starts.any(|at| is_match(pattern, &text[at..]))
}
