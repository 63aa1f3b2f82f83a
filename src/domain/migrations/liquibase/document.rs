//! A changelog in YAML or JSON.

use serde_json::Value;

use super::super::judgement::{Change, Findings};
use super::super::sql;
use super::change_set::{Age, Before, ChangeSet, EDITED};
use super::changes::{COLUMN_NAMES, Meaning, TABLE_NAMES, meaning};
use super::log::Log;
use crate::domain::document::{self, Keys};

/// How many keys may not be found in the text: each of them costs all of it.
const MOST_MISSES: usize = 100;

/// What the older text has.
pub(super) fn change_sets(text: &str) -> Before {
    let Ok(document) = document::parse(text, Keys::Exact) else {
        return Before::default();
    };
    let entries = document::list(&document["databaseChangeLog"]).iter();
    Before::new(entries.filter_map(|entry| Some(change_set(entry.get("changeSet")?))))
}

fn change_set(member: &Value) -> ChangeSet {
    let is_true = |name: &str| {
        let value = &member[name];
        *value == Value::Bool(true) || value.as_str() == Some("true")
    };
    ChangeSet {
        name: format!("{}:{}", plain(&member["author"]), plain(&member["id"])),
        content: member.to_string(),
        reruns: is_true("runOnChange") || is_true("runAlways"),
    }
}

/// `1` and `"1"` are one id.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

pub(super) fn judge(text: &str, before: &Before, log: &mut Log) {
    let Ok(document) = document::parse(text, Keys::Exact) else {
        return log.findings.unsure_of_all("could not be parsed");
    };
    let Some(entries) = document.get("databaseChangeLog") else {
        return log
            .findings
            .unsure_of_all("is not a changelog of Liquibase");
    };
    let mut walk = Walk {
        text,
        at: 0,
        misses: 0,
        before,
        log,
    };
    walk.enter(entries);
}

/// Goes through a document in its order, and finds each key in the text again.
struct Walk<'t, 'l, 'f, 'a> {
    text: &'t str,
    /// Where the last key was.
    at: usize,
    misses: usize,
    before: &'l Before,
    log: &'l mut Log<'f, 'a>,
}

impl Walk<'_, '_, '_, '_> {
    fn enter(&mut self, entries: &Value) {
        for entry in document::list(entries) {
            let Value::Object(members) = entry else {
                continue;
            };
            for (key, member) in members {
                self.pass(key);
                self.judge(key, member);
            }
        }
    }

    fn enter_change_set(&mut self, member: &Value) {
        let changes = &member["changes"];
        match self.before.age(&change_set(member)) {
            Age::Old => return self.pass_over(changes),
            Age::Edited => self.log.findings.unsure(self.at, EDITED),
            Age::New => {}
        }
        self.enter(changes);
    }

    /// Moves on without judging, so that the next keys are not found here.
    fn pass_over(&mut self, changes: &Value) {
        for change in document::list(changes) {
            for key in change
                .as_object()
                .into_iter()
                .flat_map(|members| members.keys())
            {
                self.pass(key);
            }
        }
    }

    /// Moves on to a key.
    fn pass(&mut self, key: &str) {
        if self.misses > MOST_MISSES {
            return;
        }
        match self.text[self.at..].find(key) {
            Some(found) => self.at += found,
            // Written with escapes.
            None => self.misses += 1,
        }
    }

    fn judge(&mut self, key: &str, member: &Value) {
        if key == "changeSet" {
            return self.enter_change_set(member);
        }
        let Some(meaning) = meaning(key) else {
            return self.log.unknown(self.at, key);
        };
        let named = |names: &[&str]| names.iter().find_map(|name| member[*name].as_str());
        let table = named(&TABLE_NAMES);
        match meaning {
            Meaning::Breaks(change) => {
                let column = named(&COLUMN_NAMES);
                self.log.breaks(self.at, change, table, column);
            }
            Meaning::Unsure(what) => self.log.findings.unsure(self.at, what),
            Meaning::Sql => self.judge_sql(member),
            Meaning::AddsColumns => self.judge_columns(member, table),
            Meaning::Creates => self.log.create(table),
            Meaning::Fine | Meaning::Ignored => {}
        }
    }

    /// `sql: DROP TABLE orders` or `sql: {sql: …}`
    fn judge_sql(&mut self, member: &Value) {
        let Some(sql) = member.as_str().or(member["sql"].as_str()) else {
            let reason = "runs SQL that is not in the file";
            return self.log.findings.unsure(self.at, reason);
        };
        // Its lines lie elsewhere in the file: what is found in it is told at the key.
        let mut own = Findings::new(sql);
        sql::judge(sql, 0, &mut own);
        self.log.findings.take_from(own, self.at);
    }

    fn judge_columns(&mut self, member: &Value, table: Option<&str>) {
        for entry in document::list(&member["columns"]) {
            let column = &entry["column"];
            if is_required(column) {
                let name = column["name"].as_str();
                self.log.breaks(self.at, Change::AddsRequired, table, name);
            }
        }
    }
}

fn is_required(column: &Value) -> bool {
    let Value::Object(members) = column else {
        return false;
    };
    let fills_itself = |key: &String| key.starts_with("defaultValue") || key == "autoIncrement";
    if members.keys().any(fills_itself) {
        return false;
    }
    let nullable = &column["constraints"]["nullable"];
    *nullable == Value::Bool(false) || nullable.as_str() == Some("false")
}
