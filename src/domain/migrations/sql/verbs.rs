//! What each statement of SQL does, by its first words.

use super::super::judgement::{Change, Findings};
use super::alter;
use super::squawk::{self, Finding};
use super::statement::{self, Seen};
use super::tokens::{Kind, Token};

/// Statements that leave tables and rows as they are, or only add to them. `INSERT` adds: code that reads a table
/// reads its new rows as well.
const HARMLESS: &str = "ANALYZE CLUSTER COMMENT COMMIT COPY END GRANT INSERT LISTEN LOCK NOTIFY OPTIMIZE PRAGMA \
    PRINT REFRESH REINDEX RELEASE RESET ROLLBACK SAVEPOINT SET SHOW START UNLOCK USE VACUUM \
    VALUES";
/// Parts of a procedure: what they do is in a statement within them.
const PROCEDURAL: &str = "BEGIN DECLARE ELSE ELSEIF ELSIF EXCEPTION FOR IF LOOP NULL RAISE RETURN WHILE WHEN \
    BEGIN DECLARE ELSE ELSEIF ELSIF EXCEPTION FOR IF LOOP NULL RAISE RETURN WHILE WHEN";
const VERBS: &str = "ALTER CALL CREATE DELETE DROP EXEC EXECUTE INSERT MERGE PERFORM RENAME REPLACE TRUNCATE \
    UPDATE";
/// Functions that settings and sequences are set with, and locks of a migration taken.
const HARMLESS_FUNCTIONS: &str = "set_config setval nextval pg_advisory_lock pg_advisory_unlock pg_advisory_xact_lock now \
    count max min coalesce current_setting lower upper uuid_generate_v4 gen_random_uuid";

pub(super) fn judge(statement: &[Token], base: usize, seen: &mut Seen, findings: &mut Findings) {
    let Some(first) = statement.first() else {
        return;
    };
    let mut judge = Judge {
        statement,
        at: base + first.at,
        base,
        seen,
        findings,
    };
    judge.judge(first);
}

struct Judge<'a, 't, 's, 'f> {
    statement: &'a [Token<'t>],
    /// The byte of the file where the statement begins.
    at: usize,
    base: usize,
    seen: &'s mut Seen,
    findings: &'s mut Findings<'f>,
}

impl Judge<'_, '_, '_, '_> {
    fn judge(&mut self, first: &Token) {
        if first.is("ALTER") {
            return self.judge_alter();
        }
        if first.is("DROP") {
            return self.judge_drop();
        }
        if first.is("CREATE") {
            return self.judge_create();
        }
        if first.is_any("TRUNCATE DELETE UPDATE RENAME") {
            return self.judge_rows(first);
        }
        if first.is("INSERT") && self.has("UPDATE") {
            // ON CONFLICT DO UPDATE, ON DUPLICATE KEY UPDATE.
            return self.unsure("changes rows");
        }
        if first.is_any("SELECT WITH") {
            return self.judge_query();
        }
        if first.is("DO") || first.is_any(PROCEDURAL) {
            return self.judge_procedure();
        }
        if first.is_any("EXEC EXECUTE CALL") {
            return self.judge_call();
        }
        if first.is("REVOKE") {
            return self.unsure("takes away a right");
        }
        if first.is_any("MERGE REPLACE") {
            return self.unsure("changes rows");
        }
        if !first.is_any(HARMLESS) {
            self.unsure("could not be parsed");
        }
    }

    fn judge_alter(&mut self) {
        let alter = alter::Alter::of(self.statement);
        let name = alter.name.clone().unwrap_or_default();
        let is_new = self.seen.has_created(&name);
        for column in alter.new_columns() {
            self.seen.add_column(&name, &column);
        }
        // Nobody used what the file itself creates.
        if is_new {
            return;
        }
        let found = squawk::findings(self.statement);
        for (index, finding) in found.unwrap_or_else(|| alter.findings()) {
            let name = alter.name_of(index, finding);
            self.tell(finding, name.as_deref());
        }
    }

    fn judge_drop(&mut self) {
        let object = self.statement.get(1);
        let after = statement::skip(self.statement, 2, "INDEX VIEW TABLE");
        let start = statement::skip(self.statement, after, BEFORE_NAME);
        let names = statement::names_at(self.statement, start);
        let is_named = !names.is_empty();
        let name = self.seen.first_old(names);
        if is_named && name.is_none() {
            return;
        }
        let found = squawk::findings(self.statement);
        let finding = found.and_then(|found| found.first().map(|(_, finding)| *finding));
        let finding = finding.or(object.map(dropped)).unwrap_or(UNKNOWN);
        self.tell(finding, name.as_deref());
    }

    fn judge_create(&mut self) {
        let head = &self.statement[..self.statement.len().min(6)];
        if head.iter().any(|token| token.is("REPLACE")) {
            return self.unsure("replaces a view or a function");
        }
        if head.iter().any(|token| token.is("INDEX")) {
            return self.judge_index();
        }
        if head.iter().any(|token| token.is("TRIGGER")) {
            return self.unsure("adds a trigger");
        }
        // With IF NOT EXISTS it may have been there before.
        if head.iter().any(|token| token.is("EXISTS")) {
            return;
        }
        let kinds = "TABLE VIEW TYPE SEQUENCE FUNCTION SCHEMA DOMAIN";
        let Some(kind) = head.iter().position(|token| token.is_any(kinds)) else {
            return;
        };
        if let (Some(name), _) = statement::name_at(self.statement, kind + 1) {
            self.seen.create(&name);
        }
    }

    fn judge_index(&mut self) {
        let is_unique = self
            .statement
            .get(1)
            .is_some_and(|token| token.is("UNIQUE"));
        let on = self.statement.iter().position(|token| token.is("ON"));
        if !is_unique {
            return;
        }
        let start = statement::skip(self.statement, on.map_or(0, |on| on + 1), BEFORE_NAME);
        let (table, _) = statement::name_at(self.statement, start);
        if table
            .as_deref()
            .is_some_and(|table| self.seen.has_created(table))
        {
            return;
        }
        self.tell(Finding::Breaks(Change::Restricts), table.as_deref());
    }

    /// Rows that are gone for good, or hold something else.
    fn judge_rows(&mut self, first: &Token) {
        let start = statement::skip(self.statement, 1, BEFORE_TABLE);
        let (table, after) = statement::name_at(self.statement, start);
        let table = table.unwrap_or_default();
        if self.seen.has_created(&table) {
            return;
        }
        if first.is("TRUNCATE") {
            return self.breaks(Change::Empties, &table);
        }
        if first.is("RENAME") {
            return self.breaks(Change::RenamesTable, &table);
        }
        if first.is("UPDATE") {
            // A new column that is filled: code of before it does not look at it.
            if !self.sets_only_new_columns(&table, after) {
                self.unsure("changes rows");
            }
            return;
        }
        // Which rows a condition means is not in the file: those that code of before needs, or its leftovers.
        if self.has("WHERE") || self.has("USING") || self.has("JOIN") {
            return self.unsure("deletes rows");
        }
        self.breaks(Change::DeletesRows, &table);
    }

    fn sets_only_new_columns(&self, table: &str, start: usize) -> bool {
        let Some(set) = self.statement[start..]
            .iter()
            .position(|token| token.is("SET"))
        else {
            return false;
        };
        let rest = &self.statement[start + set + 1..];
        let ends = |token: &Token| token.depth == 0 && token.is_any("WHERE FROM ORDER LIMIT");
        let end = rest.iter().position(ends).unwrap_or(rest.len());
        let mut assignments = rest[..end].split(|token| token.depth == 0 && token.is_mark(","));
        assignments.all(|assignment| {
            let (column, _) = statement::name_at(assignment, 0);
            column.is_some_and(|column| self.seen.has_added(table, &column))
        })
    }

    fn judge_query(&mut self) {
        if self.has("DELETE") || self.has("UPDATE") || self.has("MERGE") {
            return self.unsure("changes rows");
        }
        for pair in self.statement.windows(2) {
            let [name, open] = pair else {
                continue;
            };
            let is_call = name.kind == Kind::Word && open.is_mark("(");
            // A name with an open parenthesis is a keyword as often as a function: IN (…), AS (…).
            let is_function = is_call && name.text.contains(|c: char| c == '_' || c.is_lowercase());
            if is_function && !name.is_any(HARMLESS_FUNCTIONS) && !name.is_any(BEFORE_PARENTHESIS) {
                return self.unsure("calls a function");
            }
        }
    }

    /// `DO $$ … $$`, `IF NOT EXISTS (…) ALTER TABLE …`: the first verb that is not in parentheses.
    fn judge_procedure(&mut self) {
        if let Some(body) = self.statement.iter().find(|token| token.kind == Kind::Body) {
            let (start, inner) = body.body();
            let base = self.base + body.at + start;
            let tokens = super::tokens::tokens(inner);
            for statement in statement::statements(&tokens) {
                judge_part(statement, base, self.seen, self.findings);
            }
            return;
        }
        judge_part(self.statement, self.base, self.seen, self.findings);
    }

    /// SQL Server renames by a procedure.
    fn judge_call(&mut self) {
        let is_rename = self.statement.iter().any(|token| {
            token.is("sp_rename") || token.unquoted().eq_ignore_ascii_case("sp_rename")
        });
        if is_rename {
            let renamed = self.statement.iter().find(|token| token.kind == Kind::Text);
            let name = renamed.map(|token| token.unquoted()).unwrap_or_default();
            return self.breaks(Change::RenamesObject, name);
        }
        self.unsure("runs a procedure or a statement that is made at run time");
    }

    fn has(&self, word: &str) -> bool {
        self.statement.iter().any(|token| token.is(word))
    }

    fn tell(&mut self, finding: Finding, name: Option<&str>) {
        match finding {
            Finding::Breaks(change) => self.findings.breaks(self.at, change, name),
            Finding::Unsure(what) => self.findings.unsure(self.at, what),
        }
    }

    fn breaks(&mut self, change: Change, name: &str) {
        self.findings.breaks(self.at, change, Some(name));
    }

    fn unsure(&mut self, what: &'static str) {
        self.findings.unsure(self.at, what);
    }
}

/// A statement within a procedure, with what leads to it in front: `IF … THEN`, `EXCEPTION WHEN … THEN`.
fn judge_part(part: &[Token], base: usize, seen: &mut Seen, findings: &mut Findings) {
    let is_verb = |token: &Token| token.depth == 0 && token.is_any(VERBS);
    let Some(verb) = part.iter().position(is_verb) else {
        // No verb: END, RAISE, RETURN, an assignment, a query.
        return;
    };
    if part[verb].is("PERFORM") {
        return findings.unsure(base + part[verb].at, "calls a function");
    }
    judge(&part[verb..], base, seen, findings);
}

const UNKNOWN: Finding = Finding::Unsure("could not be parsed");
const BEFORE_NAME: &str = "IF EXISTS ONLY CONCURRENTLY";
const BEFORE_TABLE: &str = "TABLE TABLES FROM ONLY IF EXISTS";
const BEFORE_PARENTHESIS: &str = "in as exists from where and or on any all values not cast select";

/// What a `DROP` of some dialect drops.
fn dropped(object: &Token) -> Finding {
    for (word, change) in [
        ("TABLE", Change::DropsTable),
        ("DATABASE", Change::DropsDatabase),
        ("SCHEMA", Change::DropsSchema),
        ("VIEW", Change::DropsView),
        ("MATERIALIZED", Change::DropsView),
        ("TYPE", Change::DropsType),
        ("DOMAIN", Change::DropsType),
        ("SEQUENCE", Change::DropsSequence),
        ("EXTENSION", Change::DropsExtension),
        ("FUNCTION", Change::DropsRoutine),
        ("PROCEDURE", Change::DropsRoutine),
        ("PROC", Change::DropsRoutine),
        ("AGGREGATE", Change::DropsRoutine),
        ("SYNONYM", Change::DropsObject),
        ("PACKAGE", Change::DropsObject),
    ] {
        if object.is(word) {
            return Finding::Breaks(change);
        }
    }
    if object.is("INDEX") {
        return Finding::Unsure("drops an index");
    }
    if object.is_any("TRIGGER RULE POLICY EVENT ROLE USER STATISTICS") {
        return Finding::Unsure("drops a trigger, a rule or a user");
    }
    UNKNOWN
}
