//! Who uses whom, from the `use` items and from the paths within the code.

use std::fmt;

use super::modules::{Import, Module, Modules, Path, Place};
use super::tokens::Token;

pub use super::modules::Place as Target;

/// A file uses another one, or another crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    pub file: String,
    pub line: usize,
    pub target: Target,
}

/// Where it is.
impl fmt::Display for Arrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

pub fn all(modules: &Modules) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    for module in modules.iter() {
        for import in &module.imports {
            if !only_passes_on(modules, module, import) {
                arrows.extend(arrow(modules, module, &import.path, import.line));
            }
        }
        for (path, line) in inline(modules, module) {
            arrows.extend(arrow(modules, module, &path, line));
        }
    }
    arrows
}

fn arrow(modules: &Modules, module: &Module, path: &[String], line: usize) -> Option<Arrow> {
    let target = modules.place(module, path)?;
    let is_itself = target == Place::File(module.file.clone());
    (!is_itself).then(|| Arrow {
        file: module.file.clone(),
        line,
        target,
    })
}

/// A folder's `mod.rs` says what its files offer, as it says which files there are: with nothing of its own that
/// uses the name, `pub use child::Name` is no arrow. Whoever uses the name has one to the child.
fn only_passes_on(modules: &Modules, module: &Module, import: &Import) -> bool {
    let is_childs = match import.path.first().map(String::as_str) {
        Some("self") => true,
        Some(first) => modules.is_child(module, first),
        None => false,
    };
    let uses = module.tokens.iter().filter(|token| token.is(&import.name));
    import.is_public && is_childs && import.name != "*" && uses.count() == 1
}

/// Paths within the code that begin at the crate, at a module above, or at a child of this module; and those of
/// other crates.
fn inline(modules: &Modules, module: &Module) -> Vec<(Path, usize)> {
    let mut found = Vec::new();
    let tokens = &module.tokens;
    let mut is_in_use = false;
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        is_in_use = token.is("use") || is_in_use && !token.is(";");
        let begins = token.is_name()
            && tokens.get(at + 1).is_some_and(|next| next.is("::"))
            && !(at > 0 && matches!(tokens[at - 1].text.as_str(), "::" | "."));
        if !begins || is_in_use {
            at += 1;
            continue;
        }
        let path = path_at(tokens, at);
        at += 2 * path.len() - 1;
        if !is_local(modules, module, &path[0]) {
            found.push((path, token.line));
        }
    }
    found
}

/// A name that was imported, or that is no module: `Duration::from_secs`, `serde_json::Value` after a `use`.
fn is_local(modules: &Modules, module: &Module, first: &str) -> bool {
    if matches!(first, "crate" | "self" | "super") || modules.is_child(module, first) {
        return false;
    }
    let is_imported = module.imports.iter().any(|import| import.name == first);
    is_imported || first.starts_with(char::is_uppercase)
}

/// `crate::words::duration` and no more: not the `::<` behind it.
fn path_at(tokens: &[Token], start: usize) -> Path {
    let mut path = vec![tokens[start].text.clone()];
    let mut at = start + 1;
    while let [separator, name, ..] = &tokens[at..] {
        if !separator.is("::") || !name.is_name() {
            break;
        }
        path.push(name.text.clone());
        at += 2;
    }
    path
}
