//! Liquibase: changelogs in XML, YAML, JSON, and SQL.

mod change_set;
mod changes;
mod document;
mod formatted_sql;
mod log;
mod xml;

#[cfg(test)]
mod tests;

use super::judgement::Findings;
use super::sql;
use change_set::{Before, name_of_log, without_old};
use log::Log;

/// Judges a changelog: all of it, or what `before`, its older text, does not have.
pub(super) fn judge(path: &str, text: &str, before: Option<&str>, findings: &mut Findings) {
    let extension = path.rsplit('.').next().unwrap_or_default();
    let before = before.filter(|before| name_of_log(before) == name_of_log(text));
    match extension {
        "sql" => judge_sql(text, before.unwrap_or_default(), findings),
        "xml" => xml::judge(text, before.unwrap_or_default(), &mut Log::new(findings)),
        _ => {
            let before = before.map(document::change_sets).unwrap_or_default();
            document::judge(text, &before, &mut Log::new(findings));
        }
    }
}

fn judge_sql(text: &str, before: &str, findings: &mut Findings) {
    let before = Before::placed(formatted_sql::change_sets(before));
    let sets = formatted_sql::change_sets(text);
    // Its `--rollback …` is a comment in SQL, too.
    sql::judge(&without_old(text, sets, &before, findings), 0, findings);
}
