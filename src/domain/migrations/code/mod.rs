//! Migrations that are programs: Ruby, Python, JavaScript, TypeScript, C#, PHP, Elixir.
//!
//! A program is not run and not parsed. Its comments and texts are blanked (`text`), the part that leads back is
//! blanked as well (`forward`), and the calls of the rest (`calls`) are looked up in the words of its framework
//! (`vocabulary`, `words`). What is not in these words is not guessed.

mod arguments;
mod calls;
mod forward;
mod judge;
mod text;
mod vocabulary;
mod words;

#[cfg(test)]
mod tests;

pub(super) use judge::judge;
pub(super) use text::push_blank;
pub(super) use vocabulary::Vocabulary;
pub(super) use words::{ALEMBIC, DJANGO, ECTO, EF_CORE, KNEX, LARAVEL, RAILS, SEQUELIZE, TYPE_ORM};
