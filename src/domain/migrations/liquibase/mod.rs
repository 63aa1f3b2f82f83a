//! Liquibase: changelogs in XML, YAML, JSON, and SQL.

mod changes;
mod document;
mod log;
mod xml;

#[cfg(test)]
mod tests;

use super::judgement::Findings;
use super::sql;
use log::Log;

pub(super) fn judge(path: &str, text: &str, findings: &mut Findings) {
    let extension = path.rsplit('.').next().unwrap_or_default();
    if extension == "sql" {
        // Its `--rollback …` is a comment in SQL, too.
        return sql::judge(text, 0, findings);
    }
    let mut log = Log::new(findings);
    match extension {
        "xml" => xml::judge(text, &mut log),
        _ => document::judge(text, &mut log),
    }
}
