//! Judges a program by its calls.

use std::collections::HashSet;

use super::super::judgement::{Change, Findings};
use super::super::sql;
use super::arguments::{self, MOST_NAMES};
use super::calls::{self, Call, MOST_CALLS};
use super::forward;
use super::text::Program;
use super::vocabulary::{Meaning, Vocabulary};
use crate::outside::OutsideText;

/// Bytes of SQL in a program that are read.
const MOST_SQL: usize = 1 << 21;
/// Bytes of a call's arguments in which names are looked for, and of its statement.
const LONGEST_STATEMENT: usize = 4_096;
const LONGEST_NAME: usize = 60;

/// Keywords before the name of a table, and before that of a column.
const TABLE_KEYS: &str = "table tableName table_name model_name";
const COLUMN_KEYS: &str = "column columnName column_name name old_name";

pub(crate) fn judge(text: &str, words: &Vocabulary, findings: &mut Findings) {
    let mut program = Program::read(text, words.language);
    if let Err(reason) = forward::keep_forward(&mut program, words.way_back) {
        findings.unsure_of_all(reason);
    }
    let calls = calls::calls(&program, words.style);
    if calls.len() > MOST_CALLS {
        findings.unsure_of_all(format!("has more than {MOST_CALLS} calls"));
    }
    let mut judge = Judge {
        program: &program,
        words,
        findings,
        created: HashSet::new(),
        open: None,
        column: None,
        sql: 0,
    };
    for call in &calls {
        judge.judge(call);
    }
}

struct Judge<'p, 't, 'f, 'v> {
    program: &'p Program<'t>,
    words: &'v Vocabulary,
    findings: &'p mut Findings<'f>,
    /// Tables that the file makes, in lower case.
    created: HashSet<String>,
    /// The table that calls without a table's name are about.
    open: Option<String>,
    /// The column that was described last.
    column: Option<String>,
    /// Bytes of SQL so far.
    sql: usize,
}

/// A name that a call is given, and the keyword in front of it.
struct Named {
    keyword: String,
    name: String,
}

impl Judge<'_, '_, '_, '_> {
    fn judge(&mut self, call: &Call) {
        if let Some(meaning) = self.words.meaning(call) {
            return self.follow(call, meaning);
        }
        if self.words.is_on_table(call) {
            self.column = self.names(call).into_iter().next().map(|named| named.name);
            // Outside of a table that was opened, it is one that is created.
            if self.open.is_some() {
                let meaning = (self.words.column)(&self.statement(call));
                self.follow(call, meaning);
            }
            return;
        }
        if !self.words.is_harmless(call) {
            let name: String = call.name.chars().take(LONGEST_NAME).collect();
            let name = OutsideText::new(name);
            self.findings.unsure(
                call.at,
                format!("calls {name}, which this action does not know"),
            );
        }
    }

    fn follow(&mut self, call: &Call, meaning: Meaning) {
        match meaning {
            Meaning::Fine => {}
            Meaning::Creates => {
                self.open = self.first_name(call);
                self.created
                    .extend(self.open.iter().map(|name| name.to_lowercase()));
            }
            Meaning::Opens => self.open = self.first_name(call),
            Meaning::Breaks(change, length) => self.tell(call, change, length),
            Meaning::Unsure(what) => self.findings.unsure(call.at, what),
            Meaning::Sql => self.judge_sql(call),
            Meaning::Depends(decide) => {
                let meaning = decide(&self.statement(call));
                self.follow(call, meaning);
            }
        }
    }

    fn tell(&mut self, call: &Call, change: Change, length: usize) {
        let name = self.name_of(call, length);
        let table = match &name {
            Some(name) => name.split('.').next().map(str::to_lowercase),
            None => self.open.as_deref().map(str::to_lowercase),
        };
        if table.is_some_and(|table| self.created.contains(&table)) {
            return;
        }
        self.findings.breaks(call.at, change, name.as_deref());
    }

    /// `orders.total`: by its keywords, else the first names, with the table that is open in front of a lone column.
    fn name_of(&self, call: &Call, length: usize) -> Option<String> {
        let names = self.names(call);
        let keyed = |keys: &str| {
            names
                .iter()
                .find(|named| calls::has_word(keys, &named.keyword))
        };
        let table = keyed(TABLE_KEYS).map(|named| named.name.as_str());
        let column = keyed(COLUMN_KEYS).map(|named| named.name.as_str());
        if table.is_some() || column.is_some() {
            let parts: Vec<&str> = table.into_iter().chain(column).collect();
            return Some(parts.join("."));
        }
        let first = names.first().map(|named| named.name.as_str());
        match length {
            // Of the table that is open.
            0 => joined(self.open.as_deref(), first.or(self.column.as_deref())),
            1 => first.map(str::to_owned),
            _ => joined(first, names.get(1).map(|named| named.name.as_str())),
        }
    }

    fn first_name(&self, call: &Call) -> Option<String> {
        let named = self.names(call).into_iter().next();
        named.map(|named| named.name)
    }

    /// The first names among its arguments: texts in quotes, and symbols.
    fn names(&self, call: &Call) -> Vec<Named> {
        let code = &self.program.code;
        let start = call.arguments.start;
        let end = call.arguments.end.min(start + LONGEST_STATEMENT);
        let range = start..code.floor_char_boundary(end);
        let mut found: Vec<(usize, &str)> = Vec::new();
        for literal in self.program.literals_in(&range).iter().take(MOST_NAMES) {
            found.push((literal.at, &self.program.source[literal.content.clone()]));
        }
        found.extend(arguments::symbols(code, &range));
        found.sort_unstable();
        found.truncate(MOST_NAMES);
        let named = found.into_iter().map(|(at, name)| Named {
            keyword: arguments::keyword_before(code, at).to_owned(),
            name: name.trim().to_owned(),
        });
        named
            .filter(|named| named.name.len() <= LONGEST_NAME)
            .collect()
    }

    /// What follows a call up to the end of its statement, without blanks.
    fn statement(&self, call: &Call) -> String {
        let code = &self.program.code;
        let arguments = call.arguments.end.min(call.at + LONGEST_STATEMENT);
        let after = code.floor_char_boundary(arguments);
        let limit = code.floor_char_boundary(after + LONGEST_STATEMENT);
        let end = end_of_chain(&code[after..limit]);
        let statement = &code[call.at..after + end];
        statement.split_whitespace().collect()
    }

    /// The SQL in a call's first argument.
    fn judge_sql(&mut self, call: &Call) {
        let range = arguments::first_argument(self.program, &call.arguments);
        if self.program.literals_in(&range).is_empty() {
            return self
                .findings
                .unsure(call.at, "runs SQL that is not in the call");
        }
        self.sql += range.len();
        if self.sql > MOST_SQL {
            return self.findings.unsure_of_all("runs too much SQL to read");
        }
        let (base, text) = arguments::sql_in(self.program, &range);
        sql::judge(&text, base, self.findings);
    }
}

/// The end of a line, or of the last one that a chain of calls goes on in.
fn end_of_chain(text: &str) -> usize {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if end > 0 && !line.trim_start().starts_with(['.', '-']) {
            break;
        }
        if let Some(last) = line.find(';') {
            return end + last;
        }
        end += line.len();
    }
    end
}

fn joined(table: Option<&str>, column: Option<&str>) -> Option<String> {
    match (table, column) {
        (Some(table), Some(column)) => Some(format!("{table}.{column}")),
        (table, column) => table.or(column).map(str::to_owned),
    }
}
