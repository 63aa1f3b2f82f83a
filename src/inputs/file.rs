//! Files that inputs name, as text. What is in them is judged where they are planned with.

use std::io::ErrorKind;
use std::path::Path;

use crate::error::{Code, Problem};

use super::environment::Environment;
use super::reader::{bad, quoted, unseen};

/// Reads a file; the real one is `std::fs::read_to_string`.
pub type ReadFile<'a> = &'a dyn Fn(&Path) -> std::io::Result<String>;

/// The text of the file. Relative paths start in the workspace, else in the working directory.
pub(super) fn read(
    input: &str,
    path: &str,
    environment: &Environment,
    read_file: ReadFile<'_>,
) -> Result<String, Problem> {
    if path.chars().any(unseen) {
        return Err(bad(
            format!(
                "the input {input} is {}, a path with control or invisible characters",
                quoted(path)
            ),
            format!("Type the path again: {input}: deploy/file.json."),
        ));
    }
    let full = environment.workspace().unwrap_or_default().join(path);
    read_file(&full).map_err(|error| unreadable(input, path, &error))
}

fn unreadable(input: &str, path: &str, error: &std::io::Error) -> Problem {
    let why = match error.kind() {
        ErrorKind::NotFound => "does not exist".to_owned(),
        ErrorKind::PermissionDenied => "may not be read".to_owned(),
        ErrorKind::IsADirectory => "is a directory".to_owned(),
        ErrorKind::InvalidData => "is not UTF-8 text".to_owned(),
        _ => format!("cannot be read: {}", quoted(&error.to_string())),
    };
    Problem::new(
        Code::FileUnreadable,
        format!("the file {} of the input {input} {why}", quoted(path)),
        "Paths are looked up in the workspace, so the job needs a step actions/checkout before this one; \
         give the path as it is in the repository.",
    )
}
