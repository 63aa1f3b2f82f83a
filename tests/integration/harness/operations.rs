//! The operations that the code declares, read from its sources: what is called has a place in every table.

use std::path::{Path, PathBuf};

/// IAM prefix and name of every `Operation` of `src/aws`, in the order of the sources.
pub fn declared() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws");
    let mut operations = Vec::new();
    for file in files(&root) {
        let source = std::fs::read_to_string(&file).expect("a source");
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        // `Operation::ecs("DescribeServices")`
        for declared in source.split("Operation::").skip(1) {
            let Some((service, rest)) = declared.split_once("(\"") else {
                continue;
            };
            let name = rest.split('"').next().unwrap_or_default();
            operations.push((service.to_owned(), name.to_owned()));
        }
    }
    operations
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("src/aws is there");
    let mut entries: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    entries
        .into_iter()
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
