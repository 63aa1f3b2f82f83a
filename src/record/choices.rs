//! The versions to choose from, in a file of the checkout: options of a workflow's input.

use std::path::{Path, PathBuf};

use crate::{
    domain::marked::{Marked, marker_lines},
    error::{Code, Problem},
    inputs::ChoicesFile,
    outside::OutsideText,
};

/// The file with new choices in it, not written yet.
pub(crate) struct NewText<'a> {
    file: &'a ChoicesFile,
    place: PathBuf,
    text: String,
}

/// `None` where the file has these choices already, or there are none: a workflow's input without options is invalid.
///
/// # Errors
/// `file-invalid`: it has no markers, or lies elsewhere.
pub(crate) fn prepare<'a>(
    file: &'a ChoicesFile,
    name: &str,
    choices: &[&str],
) -> Result<Option<NewText<'a>>, Problem> {
    let place = real_place(file)?;
    let marked = Marked::find(&file.text, name);
    let marked = marked.map_err(|fault| {
        let [begin, end] = marker_lines(name, ("#", ""));
        Problem::new(
            Code::FileInvalid,
            format!(
                "the file {} in the input choices-file {fault} of {name}",
                file.path
            ),
            format!("add these two lines where the versions belong: `{begin}` and `{end}`"),
        )
    })?;
    if choices.is_empty() {
        return Ok(None);
    }
    let lines: Vec<String> = choices
        .iter()
        .map(|choice| format!("- \"{choice}\""))
        .collect();
    let text = marked.with(&lines);
    Ok(text.map(|text| NewText { file, place, text }))
}

/// Where the path leads, links followed.
fn real_place(file: &ChoicesFile) -> Result<PathBuf, Problem> {
    let checkout = match file.checkout.as_os_str().is_empty() {
        true => Path::new("."),
        false => &file.checkout,
    };
    let place = checkout.join(file.path.raw());
    let real = std::fs::canonicalize(&place);
    let real = real.map_err(|error| unwritable(file, &error))?;
    let root = std::fs::canonicalize(checkout).map_err(|error| unwritable(file, &error))?;
    if real.starts_with(root) {
        return Ok(real);
    }
    Err(Problem::new(
        Code::FileInvalid,
        format!(
            "the file {} in the input choices-file is a link that leads out of the checkout",
            file.path
        ),
        "give the path of a file of the repository itself",
    ))
}

impl NewText<'_> {
    /// # Errors
    /// `file-unreadable`: the file cannot be written.
    pub(crate) fn write(self) -> Result<(), Problem> {
        let written = std::fs::write(&self.place, &self.text);
        written.map_err(|error| unwritable(self.file, &error))
    }
}

fn unwritable(file: &ChoicesFile, error: &std::io::Error) -> Problem {
    let why = OutsideText::new(error.to_string());
    Problem::new(
        Code::FileUnreadable,
        format!(
            "the file {} in the input choices-file cannot be written: {why}",
            file.path
        ),
        "check the permissions of the checkout",
    )
}
