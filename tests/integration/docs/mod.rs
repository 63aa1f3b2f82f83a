//! The documentation against the code: tables, the IAM policy, links.
//! `UPDATE_DOCS=1 cargo test docs` writes the tables anew.

mod korean;
mod policy;
pub(crate) mod recipes;

use std::path::{Path, PathBuf};

use ecs_rollback_action::{INPUTS, help, reference};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// What stands between `<!-- name -->` and `<!-- /name -->`: where from and where to.
fn block(text: &str, name: &str) -> (usize, usize) {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let from = text
        .find(&open)
        .unwrap_or_else(|| panic!("there is no {open:?}"))
        + open.len();
    let length = text[from..]
        .find(&close)
        .unwrap_or_else(|| panic!("there is no {close:?}"));
    (from, from + length)
}

fn is_wanted() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

fn holds(file: &str, name: &str, table: &str) {
    let text = read(file);
    let (from, to) = block(&text, name);
    if text[from..to] == *table {
        return;
    }
    assert!(
        is_wanted(),
        "{file}, between the markers {name}, should be (UPDATE_DOCS=1 writes it):\n{table}"
    );
    let written = format!("{}{table}{}", &text[..from], &text[to..]);
    std::fs::write(root().join(file), written).expect("the file can be written");
}

#[test]
fn the_tables_are_those_of_the_code() {
    holds("README.md", "inputs", &reference::inputs_table());
    holds("README.md", "outputs", &reference::outputs_table());
    holds("README.md", "exit-codes", &reference::exit_codes_table());
    holds("README.md", "paths", &reference::paths_table());
    holds(
        "docs/troubleshooting.md",
        "error-codes",
        &reference::error_codes_table(),
    );
}

/// The larger table of docs/how-it-works.md has the same rows in the same order.
#[test]
fn how_it_works_has_every_path_in_its_row() {
    let text = read("docs/how-it-works.md");
    let (_, section) = text
        .split_once("| state | path |")
        .expect("the table of paths");
    let below_the_head = section.lines().skip(1);
    let rows = below_the_head.take_while(|line| line.starts_with('|'));
    let paths: Vec<_> = rows.filter_map(quoted).collect();
    let wanted = reference::paths_table();
    let wanted: Vec<_> = wanted.lines().skip(2).filter_map(quoted).collect();
    assert_eq!(paths, wanted);
}

/// The first `code` of a table's row.
fn quoted(row: &str) -> Option<&str> {
    row.split('`').nth(1)
}

/// All documents of the repository, relative to its root.
fn documents() -> Vec<PathBuf> {
    let folders = ["", "docs", "docs/recipes", ".github"].map(|folder| root().join(folder));
    let files = folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten();
    let files = files.map(|file| file.expect("an entry").path());
    let mut files: Vec<PathBuf> = files
        .filter(|file| file.extension().is_some_and(|end| end == "md"))
        .collect();
    files.sort();
    files
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    let mut followed = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).expect("a document");
        for link in links(&text) {
            followed += 1;
            if !leads_somewhere(&document, &text, link) {
                broken.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(followed > 10, "only {followed} links were found");
}

/// Targets of the links inside the repository, code left out.
fn links(text: &str) -> Vec<&str> {
    let mut inside_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        inside_code ^= line.trim_start().starts_with("```");
        let targets = line
            .match_indices("](")
            .filter_map(|(at, open)| line[at + open.len()..].split(')').next());
        found.extend(targets.filter(|target| !inside_code && !target.contains("://")));
    }
    found
}

fn leads_somewhere(document: &Path, text: &str, link: &str) -> bool {
    let (file, anchor) = link
        .split_once('#')
        .map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let path = document.with_file_name(file);
    match (file, anchor) {
        ("", Some(anchor)) => has_heading(text, anchor),
        (_, None) => path.exists(),
        (_, Some(anchor)) => {
            std::fs::read_to_string(path).is_ok_and(|text| has_heading(&text, anchor))
        }
    }
}

/// Anchors as GitHub makes them of headings.
fn has_heading(text: &str, anchor: &str) -> bool {
    let slug = |heading: &str| {
        let kept = heading.trim().to_lowercase();
        let kept = kept
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c })
            .collect::<String>()
    };
    text.lines()
        .filter(|line| line.starts_with('#'))
        .any(|line| slug(line.trim_start_matches('#')) == anchor)
}

/// `permission: "contents: read"` of a request to GitHub.
#[test]
fn every_permission_of_github_is_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_to_string(root.join("docs/github.md")).expect("a page");
    let mut permissions = Vec::new();
    for entry in std::fs::read_dir(root.join("src/github")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let source = std::fs::read_to_string(path).expect("a source file");
        for line in source.lines() {
            if let Some(rest) = line.trim().strip_prefix("permission: \"") {
                permissions.push(rest.trim_end_matches("\",").to_owned());
            }
        }
    }
    assert!(permissions.len() > 5, "{permissions:?}");
    for permission in permissions {
        assert!(docs.contains(&format!("`{permission}`")), "{permission}");
    }
}

/// Whoever copies a command in an incident must not be refused.
#[test]
fn commands_have_only_flags_that_exist() {
    let mut checked = 0;
    for text in [read("docs/break-glass.md"), read("README.md"), help::help()] {
        let joined = text.replace("\\\n", " ");
        for command in joined.lines() {
            for flag in flags_of_this_program(command) {
                checked += 1;
                let exists = INPUTS.iter().any(|spec| flag == spec.name);
                assert!(exists, "--{flag} in {command}");
            }
        }
    }
    assert!(checked > 20, "only {checked} flags were found");
}

/// What follows the binary's or the image's name in a command, without the dashes.
fn flags_of_this_program(command: &str) -> Vec<&str> {
    let mut words = command.split_whitespace();
    let is_program = |word: &str| {
        word == "ecs-rollback-action"
            || word == "IMAGE"
            || word.starts_with("./ecs-rollback-action-")
            || word.starts_with("\"$IMAGE")
    };
    if !words.any(is_program) {
        return Vec::new();
    }
    let flags = words.filter_map(|word| word.strip_prefix("--"));
    flags.filter_map(|flag| flag.split('=').next()).collect()
}
