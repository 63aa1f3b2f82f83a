use proptest::prelude::*;

use super::super::judgement::{Findings, Judgement};
use super::*;
use crate::outside::without_marks;

/// Line and reason of each statement, `additive`, or why it is unknown.
fn told(sql: &str) -> Vec<String> {
    let forward = without_way_back(sql);
    let mut findings = Findings::new(sql);
    judge(&forward, 0, &mut findings);
    match findings.into_judgement() {
        Judgement::Additive => vec!["additive".to_owned()],
        Judgement::Unknown(reason) => vec![format!("unknown: {}", without_marks(&reason))],
        Judgement::Destructive(statements) => statements
            .iter()
            .map(|statement| format!("{} {}", statement.line, without_marks(&statement.why)))
            .collect(),
    }
}

#[track_caller]
fn check(table: &[(&str, &str)]) {
    for (sql, wanted) in table {
        assert_eq!(told(sql).join(" | "), *wanted, "{sql}");
    }
}

#[test]
fn postgresql_is_judged_by_squawks_rules() {
    check(&[
        (
            "ALTER TABLE orders DROP COLUMN total;",
            "1 drops the column orders.total",
        ),
        (
            "ALTER TABLE ONLY shop.orders DROP COLUMN IF EXISTS \"total\" CASCADE;",
            "1 drops the column shop.orders.total",
        ),
        (
            "ALTER TABLE a ADD COLUMN x int,\n DROP y;",
            "1 drops the column a.y",
        ),
        (
            "DROP TABLE IF EXISTS orders, lines CASCADE;",
            "1 drops the table orders",
        ),
        ("DROP VIEW sums;", "1 drops the view sums"),
        ("DROP MATERIALIZED VIEW sums;", "1 drops the view sums"),
        ("DROP TYPE mood;", "1 drops the type mood"),
        ("DROP SCHEMA shop CASCADE;", "1 drops the schema shop"),
        ("DROP DATABASE shop;", "1 drops the database shop"),
        ("DROP SEQUENCE s;", "1 drops the sequence s"),
        ("DROP FUNCTION f(int);", "1 drops the function f"),
        (
            "ALTER TABLE a RENAME COLUMN b TO c;",
            "1 renames the column a.b",
        ),
        ("ALTER TABLE a RENAME b TO c;", "1 renames the column a.b"),
        ("ALTER TABLE a RENAME TO b;", "1 renames the table a"),
        (
            "ALTER TABLE a ALTER COLUMN b TYPE numeric(10,2) USING b::numeric;",
            "1 changes the column a.b",
        ),
        (
            "ALTER TABLE a ALTER b SET DATA TYPE timestamp with time zone;",
            "1 changes the column a.b",
        ),
        (
            "ALTER TABLE a ALTER COLUMN b SET NOT NULL;",
            "1 requires a value in a.b",
        ),
        (
            "ALTER TABLE a ALTER COLUMN b DROP NOT NULL;",
            "1 allows NULL in a.b",
        ),
        (
            "ALTER TABLE a ALTER COLUMN b DROP DEFAULT;",
            "1 drops the default of a.b",
        ),
        (
            "ALTER TABLE a ADD COLUMN b int NOT NULL;",
            "1 adds the required column a.b",
        ),
        (
            "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID;",
            "1 adds a constraint to a",
        ),
        (
            "ALTER TABLE a ADD CONSTRAINT c FOREIGN KEY (b) REFERENCES d (id);",
            "1 adds a constraint to a",
        ),
        (
            "CREATE UNIQUE INDEX CONCURRENTLY i ON a (lower(b));",
            "1 adds a constraint to a",
        ),
        (
            "ALTER TABLE a SET SCHEMA old;",
            "1 moves to another schema: a",
        ),
        ("ALTER TYPE mood RENAME TO moods;", "1 renames mood"),
        (
            "ALTER TABLE a DROP CONSTRAINT c;",
            "unknown: line 1 drops a constraint",
        ),
        (
            "\n\nDROP INDEX CONCURRENTLY i;",
            "unknown: line 3 drops an index",
        ),
        (
            "ALTER TABLE a ALTER b SET DEFAULT 2;",
            "unknown: line 1 changes a default",
        ),
    ]);
}

#[test]
fn what_only_adds_is_harmless() {
    check(&[
        ("", "additive"),
        (
            "-- nothing\n/* DROP TABLE a; /* nested */ DROP TABLE b; */",
            "additive",
        ),
        (
            "CREATE TABLE a (id bigserial PRIMARY KEY, b text NOT NULL UNIQUE);",
            "additive",
        ),
        ("ALTER TABLE a ADD COLUMN b int;", "additive"),
        (
            "ALTER TABLE a ADD COLUMN IF NOT EXISTS b timestamp with time zone NOT NULL DEFAULT now();",
            "additive",
        ),
        (
            "ALTER TABLE a ADD COLUMN b text[] DEFAULT '{}'::text[];",
            "additive",
        ),
        (
            "ALTER TABLE a ADD COLUMN b int REFERENCES c (id), ADD COLUMN d text;",
            "additive",
        ),
        (
            "CREATE INDEX CONCURRENTLY i ON a (b) WHERE c IS NOT NULL;",
            "additive",
        ),
        ("ALTER TYPE mood ADD VALUE 'fine';", "additive"),
        ("COMMENT ON TABLE a IS 'DROP TABLE a;';", "additive"),
        ("INSERT INTO a VALUES (1, 'DROP TABLE a');", "additive"),
        (
            "BEGIN; SET LOCAL lock_timeout = '5s'; CREATE VIEW v AS SELECT 1; COMMIT;",
            "additive",
        ),
        (
            "CREATE FUNCTION f() RETURNS void AS $$ BEGIN DROP TABLE a; END $$ LANGUAGE plpgsql;",
            "additive",
        ),
        (
            "SELECT pg_catalog.set_config('search_path', '', false);",
            "additive",
        ),
        ("GRANT SELECT ON a TO reader;", "additive"),
        ("ALTER TABLE a VALIDATE CONSTRAINT c;", "additive"),
    ]);
}

/// A rule that squawk would skip here is not skipped: its comments are for locks.
#[test]
fn a_comment_for_squawk_hides_nothing() {
    check(&[(
        "-- squawk-ignore ban-drop-column\nALTER TABLE a DROP COLUMN b;",
        "2 drops the column a.b",
    )]);
}

#[test]
fn what_the_file_made_itself_breaks_nothing() {
    check(&[
        (
            "CREATE TABLE a (id int);\nALTER TABLE a ADD CONSTRAINT c UNIQUE (id);\nCREATE UNIQUE INDEX i ON a (id);",
            "additive",
        ),
        (
            "CREATE TABLE tmp (id int); INSERT INTO tmp SELECT 1; DROP TABLE tmp;",
            "additive",
        ),
        (
            "CREATE TABLE IF NOT EXISTS a (id int);\nDROP TABLE a;",
            "2 drops the table a",
        ),
        (
            "ALTER TABLE a ADD COLUMN b int;\nUPDATE a SET b = c * 2, \"b\" = 1 WHERE b IS NULL;",
            "additive",
        ),
        (
            "ALTER TABLE a ADD COLUMN b int;\nUPDATE a SET b = 1, c = 2;",
            "unknown: line 2 changes rows",
        ),
        (
            "CREATE TABLE \"new_User\" (id int);\nINSERT INTO \"new_User\" SELECT id FROM \"User\";\nDROP TABLE \"User\";\nALTER TABLE \"new_User\" RENAME TO \"User\";",
            "3 drops the table User",
        ),
    ]);
}

#[test]
fn rows_are_judged_by_what_is_lost() {
    check(&[
        ("TRUNCATE TABLE a, b CASCADE;", "1 empties the table a"),
        ("DELETE FROM a;", "1 deletes all rows of a"),
        (
            "DELETE FROM a WHERE b < now();",
            "unknown: line 1 deletes rows",
        ),
        ("UPDATE a SET b = 1;", "unknown: line 1 changes rows"),
        (
            "INSERT INTO a VALUES (1) ON CONFLICT (id) DO UPDATE SET b = 1;",
            "unknown: line 1 changes rows",
        ),
        (
            "WITH old AS (DELETE FROM a RETURNING *) SELECT 1;",
            "unknown: line 1 changes rows",
        ),
        (
            "SELECT drop_chunks('a', interval '1 day');",
            "unknown: line 1 calls a function",
        ),
        (
            "REVOKE ALL ON a FROM writer;",
            "unknown: line 1 takes away a right",
        ),
        (
            "CREATE OR REPLACE VIEW v AS SELECT 1;",
            "unknown: line 1 replaces a view or a function",
        ),
    ]);
}

#[test]
fn blocks_are_looked_into() {
    check(&[
        (
            "DO $$ BEGIN\n CREATE TYPE mood AS ENUM ('ok');\nEXCEPTION\n WHEN duplicate_object THEN null;\nEND $$;",
            "additive",
        ),
        (
            "DO $body$\nBEGIN\n IF EXISTS (SELECT 1 FROM pg_class) THEN\n  ALTER TABLE a DROP COLUMN b;\n END IF;\nEND\n$body$;",
            "4 drops the column a.b",
        ),
        (
            "DO $$ BEGIN EXECUTE 'DROP TABLE ' || name; END $$;",
            "unknown: line 1 runs a procedure or a statement that is made at run time",
        ),
        (
            "DO $$ BEGIN PERFORM f(); END $$;",
            "unknown: line 1 calls a function",
        ),
    ]);
}

#[test]
fn other_dialects_are_judged_by_their_verbs() {
    check(&[
        (
            "ALTER TABLE `orders` DROP COLUMN `total`, ALGORITHM=INPLACE;",
            "1 drops the column orders.total",
        ),
        (
            "ALTER TABLE `orders` DROP `total`;",
            "1 drops the column orders.total",
        ),
        (
            "ALTER TABLE `orders` CHANGE COLUMN `total` `sum` DECIMAL(10,2) NOT NULL;",
            "1 renames the column orders.total",
        ),
        (
            "ALTER TABLE orders CHANGE total total BIGINT UNSIGNED;",
            "1 changes the column orders.total",
        ),
        (
            "ALTER TABLE orders MODIFY COLUMN total BIGINT UNSIGNED;",
            "1 changes the column orders.total",
        ),
        (
            "ALTER TABLE `orders` ADD COLUMN `n` INT UNSIGNED NOT NULL AFTER `id`;",
            "1 adds the required column orders.n",
        ),
        (
            "ALTER TABLE `orders` ADD COLUMN `n` INT UNSIGNED NOT NULL DEFAULT 0 AFTER `id`;",
            "additive",
        ),
        (
            "ALTER TABLE `orders` ADD INDEX `i` (`n`), ADD KEY `k` (`m`);",
            "additive",
        ),
        (
            "ALTER TABLE `orders` ADD UNIQUE INDEX `i` (`n`);",
            "1 adds a constraint to orders",
        ),
        (
            "ALTER TABLE `orders` DROP INDEX `i`;",
            "unknown: line 1 drops an index",
        ),
        (
            "ALTER TABLE `orders` DROP FOREIGN KEY `f`;",
            "unknown: line 1 drops a constraint",
        ),
        ("RENAME TABLE `a` TO `b`;", "1 renames the table a"),
        ("ALTER TABLE `a` RENAME AS `b`;", "1 renames the table a"),
        (
            "ALTER TABLE [dbo].[Orders] DROP COLUMN [Total]\nGO\nCREATE TABLE [dbo].[X] ([Id] int)\nGO",
            "1 drops the column dbo.Orders.Total",
        ),
        (
            "ALTER TABLE [Orders] ALTER COLUMN [Total] decimal(10,2) NOT NULL",
            "1 changes the column Orders.Total",
        ),
        (
            "EXEC sp_rename 'Orders.Total', 'Sum', 'COLUMN';",
            "1 renames Orders.Total",
        ),
        (
            "IF COL_LENGTH('a', 'b') IS NOT NULL\n ALTER TABLE a DROP COLUMN b",
            "2 drops the column a.b",
        ),
        (
            "DELIMITER //\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 1//\nDELIMITER ;",
            "unknown: line 2 adds a trigger",
        ),
        (
            "# MySQL's comment\nCREATE TABLE `a` (`it` VARCHAR(9) DEFAULT 'it\\'s') ENGINE=InnoDB;",
            "additive",
        ),
        (
            "PRAGMA foreign_keys=OFF;\nCREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT);",
            "additive",
        ),
        (
            "ALTER TABLE a FROBNICATE b;",
            "unknown: line 1 could not be parsed",
        ),
        ("hello world", "unknown: line 1 could not be parsed"),
        (
            "ALTER TABLE a DROP COLUMN b; hello",
            "1 drops the column a.b",
        ),
    ]);
}

#[test]
fn only_the_way_forward_counts() {
    for (up, down) in [
        ("-- +goose Up", "-- +goose Down"),
        ("-- migrate:up", "-- migrate:down"),
        ("-- +migrate Up", "-- +migrate Down"),
        ("-- rambler up", "-- rambler down"),
    ] {
        let only_down = format!("{up}\nCREATE TABLE a (id int);\n{down}\nDROP TABLE a;\n");
        assert_eq!(told(&only_down), ["additive"], "{up}");
        let both = format!("{down}\nCREATE TABLE a (id int);\n{up}\nDROP TABLE a;\n");
        assert_eq!(told(&both), ["4 drops the table a"], "{up}");
    }
}

#[test]
fn the_excerpt_is_one_short_line() {
    let sql = format!(
        "ALTER TABLE a\n\tDROP   COLUMN b, ADD COLUMN {} int; SELECT 1",
        "c".repeat(500)
    );
    let mut findings = Findings::new(&sql);
    judge(&sql, 0, &mut findings);
    let Judgement::Destructive(statements) = findings.into_judgement() else {
        panic!("it drops a column");
    };
    let text = statements[0].text.raw();
    assert!(
        text.starts_with("ALTER TABLE a DROP COLUMN b, ADD"),
        "{text}"
    );
    assert_eq!(text.chars().count(), 121);
}

/// What a person may write, and what nobody would: words and marks in any order.
fn soup() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "ALTER",
            "TABLE",
            "DROP",
            "CREATE",
            "ADD",
            "COLUMN",
            "RENAME",
            "TO",
            "MERGE",
            "LOCALTIME",
            "NATURAL",
            "UPDATE",
            "SET",
            "NOT",
            "NULL",
            "DO",
            "BEGIN",
            "END",
            "CHECK",
            "CASE",
            "WHEN",
            "SELECT",
            "a",
            "\"b\"",
            "`c`",
            "[d]",
            "'e'",
            "$$",
            "$1$",
            "(",
            ")",
            ",",
            ";",
            ".",
            "::",
            "*",
            "--",
            "/*",
            "*/",
            "#",
            "\n",
            "é",
            "\u{0}",
            "\\",
            "'",
            "\"",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,4}",
    ];
    prop::collection::vec(word, 0..40).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn no_text_panics(sql in soup(), squeezed in any::<bool>()) {
        let sql = if squeezed { sql.replace(' ', "") } else { sql };
        told(&sql);
    }

    /// Squawk's parser panics on some texts; on what it gets from here it must not.
    #[test]
    fn no_order_of_its_keywords_stops_squawk(
        start in prop::sample::select(vec!["ALTER TABLE a", "ALTER", "DROP", "ALTER TABLE a ADD", "ALTER TYPE a"]),
        words in prop::collection::vec(prop_oneof![
            prop::sample::select(squawk::KEYWORDS.split(' ').collect::<Vec<_>>()),
            prop::sample::select(vec!["(a)", ",", "a", "\"a\"", ".", "'a'", "1", "::", ":", "=", "-", "+", "MERGE"]),
        ], 0..40),
    ) {
        let sql = format!("{start} {}", words.join(" "));
        let tokens = tokens::tokens(&sql);
        squawk::findings(&tokens);
    }

    #[test]
    fn a_comment_changes_nothing(comment in "[a-zA-Z ;']{0,20}", word in prop::sample::select(vec!["DROP", "ADD"])) {
        let plain = format!("ALTER TABLE a {word} COLUMN b int");
        let commented = format!("ALTER /*{comment}*/ TABLE a --{comment}\n {word} COLUMN b int");
        let is_additive = |sql: &str| told(sql) == ["additive"];
        prop_assert_eq!(is_additive(&plain), is_additive(&commented));
    }
}

/// Texts that made the parser of squawk panic, or would make a careless reader slow.
#[test]
fn hostile_texts_end_soon() {
    let many = |part: &str| part.repeat((1 << 16) / part.len());
    for text in [
        "ALTER TABLE t MERGE LOCALTIME t * NATURAL ,".to_owned(),
        many("("),
        many("ALTER TABLE a ADD CHECK ("),
        many("ALTER TABLE a DROP b;"),
        many("DROP TABLE a,b;"),
        many("$a "),
        many("$1$ "),
        many("[a "),
        many("/*"),
        many("'"),
        many("DO $$ DO $$ "),
        many("a."),
        many("NOT "),
    ] {
        told(&text);
    }
}
