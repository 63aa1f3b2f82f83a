//! Schema migrations: which files are some, and whether the code of before them can run on what they leave.
//!
//! A rollback takes the code back and leaves the schema as it is. So each file that the newer version brought is
//! judged by its own text: what only adds is harmless; what drops, renames, alters or asks for something is named with
//! its line; what can't be read is said so. Texts are from outside, and may be anything: all work on them is bounded.

mod assessment;
mod changed_file;
mod code;
mod framework;
mod judge;
mod judgement;
mod liquibase;
mod sentence;
mod sql;

#[cfg(test)]
mod tests;

pub(crate) use assessment::{Assessment, Safety, assess, is_appended_to};
pub(crate) use changed_file::{ChangedFile, FileStatus};
pub(crate) use framework::kind_of;
pub(crate) use sentence::sentence;
