//! The tree of modules, from `lib.rs` down: which file a path leads to.

use std::collections::BTreeMap;

use super::Sources;
use super::tokens::{self, Token};

/// Names of the crate's modules, from its root.
pub type Path = Vec<String>;

/// A module with its file.
pub struct Module {
    pub file: String,
    pub path: Path,
    pub tokens: Vec<Token>,
    pub imports: Vec<Import>,
}

/// One name of a `use` item.
pub struct Import {
    pub line: usize,
    /// As written: `super`, `path`, `Takeover`. The last is `*` for all of them.
    pub path: Path,
    /// By which name it is known here.
    pub name: String,
    /// Whether it is passed on: `pub use`, `pub(crate) use`.
    pub is_public: bool,
}

pub struct Modules(BTreeMap<Path, Module>);

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    File(String),
    /// Another crate, by the path as it is written.
    Crate(String),
}

/// Our own name, as `main.rs` knows it.
const CRATE: &str = "ecs_rollback_action";
/// A name that is passed on further than this is passed on in a circle.
const FURTHEST: usize = 8;

impl Modules {
    /// All that is not compiled for tests alone: what is declared under `#[cfg(test)]` is not found.
    pub fn read(sources: &Sources) -> Self {
        let mut modules = Self(BTreeMap::new());
        modules.add(sources, "src/lib.rs", Path::new());
        modules.add(sources, "src/main.rs", vec![" main".to_owned()]);
        modules
    }

    fn add(&mut self, sources: &Sources, file: &str, path: Path) {
        let Some(text) = sources.get(file) else {
            return;
        };
        let tokens = tokens::of(text);
        let folder = match file
            .strip_suffix("/mod.rs")
            .or(file.strip_suffix("/lib.rs"))
        {
            Some(folder) => folder,
            None => file.trim_end_matches(".rs"),
        };
        for child in children(&tokens) {
            let below: Path = path.iter().cloned().chain([child.clone()]).collect();
            self.add(sources, &format!("{folder}/{child}.rs"), below.clone());
            self.add(sources, &format!("{folder}/{child}/mod.rs"), below);
        }
        let module = Module {
            file: file.to_owned(),
            path: path.clone(),
            imports: imports(&tokens),
            tokens,
        };
        self.0.insert(path, module);
    }

    pub fn iter(&self) -> impl Iterator<Item = &Module> {
        self.0.values()
    }

    pub fn is_child(&self, module: &Module, name: &str) -> bool {
        let below: Path = module
            .path
            .iter()
            .cloned()
            .chain([name.to_owned()])
            .collect();
        self.0.contains_key(&below)
    }

    /// Where a path of this module leads: to the file that has the name, not to one that passes it on.
    pub fn place(&self, module: &Module, written: &[String]) -> Option<Place> {
        self.place_after(module, written, 0)
    }

    fn place_after(&self, module: &Module, written: &[String], steps: usize) -> Option<Place> {
        let first = written.first()?;
        let Some(full) = self.absolute(module, written) else {
            let is_crate = !matches!(first.as_str(), "Self" | "self");
            return is_crate.then(|| Place::Crate(written.join("::")));
        };
        let depth = (0..=full.len())
            .rev()
            .find(|depth| self.0.contains_key(&full[..*depth]))?;
        let found = &self.0[&full[..depth]];
        let own = Place::File(found.file.clone());
        let Some(name) = full.get(depth) else {
            return Some(own);
        };
        let passed_on = found.imports.iter().find(|import| import.name == *name);
        match passed_on {
            Some(import) if steps < FURTHEST => self.place_after(found, &import.path, steps + 1),
            _ => Some(own),
        }
    }

    /// From the crate's root, where the path leads into this crate.
    fn absolute(&self, module: &Module, written: &[String]) -> Option<Path> {
        let first = written.first()?.as_str();
        let mut from = match first {
            "crate" | CRATE => Path::new(),
            "self" | "super" => module.path.clone(),
            _ if self.is_child(module, first) => {
                return Some(module.path.iter().chain(written).cloned().collect());
            }
            _ => return None,
        };
        for (at, part) in written.iter().enumerate() {
            match part.as_str() {
                "super" => {
                    from.pop();
                }
                "self" | "crate" => {}
                CRATE if at == 0 => {}
                _ => from.push(part.clone()),
            }
        }
        Some(from)
    }
}

/// Modules with a file of their own: `mod name;`.
fn children(tokens: &[Token]) -> Vec<String> {
    tokens
        .windows(3)
        .filter(|part| part[0].is("mod") && part[2].is(";"))
        .map(|part| part[1].text.clone())
        .collect()
}

fn imports(tokens: &[Token]) -> Vec<Import> {
    let mut imports = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_item = at == 0
            || matches!(
                tokens[at - 1].text.as_str(),
                ";" | "}" | "{" | "]" | "pub" | ")"
            );
        if token.is("use") && is_item {
            let is_public = at > 0 && matches!(tokens[at - 1].text.as_str(), "pub" | ")");
            tree(tokens, &mut (at + 1), &[], is_public, &mut imports);
        }
    }
    imports
}

/// One branch of a `use` item, from `at` to the `,`, `}` or `;` behind it.
fn tree(
    tokens: &[Token],
    at: &mut usize,
    above: &[String],
    is_public: bool,
    imports: &mut Vec<Import>,
) {
    let mut path = above.to_vec();
    let mut name = None;
    let mut line = 0;
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        match token.text.as_str() {
            "::" | "$" => {}
            "{" => {
                while tokens.get(*at).is_some_and(|token| !token.is("}")) {
                    tree(tokens, at, &path, is_public, imports);
                    if tokens.get(*at).is_some_and(|token| token.is(",")) {
                        *at += 1;
                    }
                }
                *at += 1;
                return;
            }
            "as" => {
                name = tokens.get(*at).map(|token| token.text.clone());
                *at += 1;
            }
            "," | "}" | ";" => {
                *at -= 1;
                break;
            }
            // `use a::{self}` is `use a`.
            "self" if !path.is_empty() => line = token.line,
            text => {
                path.push(text.to_owned());
                line = token.line;
            }
        }
    }
    let Some(last) = path.last().cloned() else {
        return;
    };
    imports.push(Import {
        line,
        name: name.unwrap_or(last),
        path,
        is_public,
    });
}
