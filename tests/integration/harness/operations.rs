//! The operations that the code declares, read from its sources: what is called has a place in every table.

use std::path::{Path, PathBuf};

/// IAM prefix and name of every `pub const …: Operation` of `src/aws`, in the order of the sources.
pub fn declared() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws");
    let mut operations = Vec::new();
    for file in files(&root) {
        let place = file.strip_prefix(&root).expect("it lies in there");
        let service = place
            .components()
            .next()
            .expect("a name")
            .as_os_str()
            .to_string_lossy();
        let service = service.trim_end_matches(".rs");
        let source = std::fs::read_to_string(&file).expect("a source");
        let declared = source.lines().filter_map(|line| {
            // A long name stands on a line of its own.
            line.split_once("operation(\"")?.1.split('"').next()
        });
        operations.extend(declared.map(|name| (service.to_owned(), name.to_owned())));
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
