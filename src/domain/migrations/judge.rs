//! Judges one file.

use super::changed_file::{ChangedFile, FileStatus};
use super::code::{self, Vocabulary};
use super::framework::Framework;
use super::judgement::{Findings, Judgement};
use super::{liquibase, sql};

/// Bytes of a file that is read; a migration has a hundredth of it.
const LONGEST_FILE: usize = 1 << 18;

/// Judges what a file does on the way forward.
pub(super) fn judge(framework: Framework, file: &ChangedFile) -> Judgement {
    if file.status == FileStatus::Removed {
        return unknown("was removed: what it did to the schema stays");
    }
    let Some(text) = &file.text else {
        return unknown("could not be read");
    };
    let longest = text.len().max(file.before.as_ref().map_or(0, String::len));
    if longest > LONGEST_FILE {
        return unknown("has more than 256 KiB");
    }
    let judgement = judge_text(framework, file, text);
    let is_edited =
        file.status == FileStatus::Modified && !is_edited_by_habit(framework, &file.path);
    if is_edited && judgement == Judgement::Additive {
        // Which of its texts a database has run is in that database alone. What the new one destroys is told anyhow:
        // some database may have run it.
        return unknown("was changed after it was written: which of its texts ran is not known");
    }
    judgement
}

fn unknown(reason: &str) -> Judgement {
    Judgement::Unknown(reason.to_owned())
}

/// Whether people change files of this kind to add the next migration, and the new text runs.
fn is_edited_by_habit(framework: Framework, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    framework == Framework::Liquibase || framework == Framework::Flyway && name.starts_with("R__")
}

fn judge_text(framework: Framework, file: &ChangedFile, text: &str) -> Judgement {
    let mut findings = Findings::new(text);
    match framework {
        Framework::Liquibase => {
            let before = file.before.as_deref();
            liquibase::judge(&file.path, text, before, &mut findings);
        }
        Framework::Sql
        | Framework::Flyway
        | Framework::Prisma
        | Framework::Drizzle
        | Framework::GolangMigrate => {
            let forward = sql::without_way_back(text);
            sql::judge(&forward, 0, &mut findings);
        }
        Framework::Other => findings.unsure_of_all("is of a kind that this action cannot read"),
        _ => match vocabulary(framework, text) {
            Some(words) => code::judge(text, words, &mut findings),
            None => findings.unsure_of_all("is of no framework that this action knows"),
        },
    }
    findings.into_judgement()
}

fn vocabulary(framework: Framework, text: &str) -> Option<&'static Vocabulary> {
    match framework {
        Framework::Rails => Some(&code::RAILS),
        Framework::Django => Some(&code::DJANGO),
        Framework::Alembic => Some(&code::ALEMBIC),
        Framework::Ecto => Some(&code::ECTO),
        Framework::EfCore => Some(&code::EF_CORE),
        Framework::Laravel => Some(&code::LARAVEL),
        Framework::Python if text.contains("migrations.") => Some(&code::DJANGO),
        Framework::Python => Some(&code::ALEMBIC),
        Framework::Script => script(text),
        _ => None,
    }
}

/// The three write their migrations alike, and differ in what these are given.
fn script(text: &str) -> Option<&'static Vocabulary> {
    if text.contains("queryRunner") {
        return Some(&code::TYPE_ORM);
    }
    if text.contains("queryInterface") {
        return Some(&code::SEQUELIZE);
    }
    text.contains("schema")
        .then_some(&code::KNEX)
        .or(knex(text))
}

fn knex(text: &str) -> Option<&'static Vocabulary> {
    text.contains("knex").then_some(&code::KNEX)
}
