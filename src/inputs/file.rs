//! Files that inputs name, as text. Their content is checked where it is used.

use std::{
    io::{Error, ErrorKind},
    path::Path,
};

use crate::{
    environment::Environment,
    error::{Code, Problem},
};

use super::messages::{bad_value, is_invisible, quoted};

/// Reads a file; the real one is `std::fs::read_to_string`.
pub(crate) type ReadFile<'a> = &'a dyn Fn(&Path) -> std::io::Result<String>;

/// The files of the job.
#[derive(Clone, Copy)]
pub(super) struct Files<'a> {
    pub environment: &'a Environment,
    pub read: ReadFile<'a>,
}

impl Files<'_> {
    /// The text of the file that the input names.
    pub(super) fn text(&self, input: &str, path: &str) -> Result<String, Problem> {
        if path.chars().any(is_invisible) {
            return Err(bad_value(
                input,
                path,
                "a path with invisible characters",
                format!("Type the path again: {input}: deploy/file.json."),
            ));
        }
        // A relative path starts in the workspace, outside GitHub in the working directory.
        let workspace = self.environment.workspace().unwrap_or_default();
        match (self.read)(&workspace.join(path)) {
            Ok(text) => Ok(text),
            Err(error) => Err(self.unreadable(input, path, &error)),
        }
    }

    fn unreadable(&self, input: &str, path: &str, error: &Error) -> Problem {
        let why = why_unreadable(error);
        let hint = match self.environment.is_workflow() {
            true => {
                "Paths start in the workspace, so the job needs a step actions/checkout before this one; \
                 give the path as it is in the repository."
            }
            false => {
                "Paths start in the working directory; the image sees only the folders that docker's -v mounts."
            }
        };
        Problem::new(
            Code::FileUnreadable,
            format!("the file {} in the input {input} {why}", quoted(path)),
            hint,
        )
    }
}

fn why_unreadable(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "does not exist".to_owned(),
        ErrorKind::PermissionDenied => "cannot be read: permission denied".to_owned(),
        ErrorKind::IsADirectory => "is a directory".to_owned(),
        ErrorKind::InvalidData => "is not UTF-8 text".to_owned(),
        _ => format!("cannot be read: {}", quoted(&error.to_string())),
    }
}
