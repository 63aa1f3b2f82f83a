use proptest::prelude::*;

use super::*;
use crate::domain::globs::Globs;
use crate::outside::{OutsideText, without_marks};

fn file(path: &str, text: &str) -> ChangedFile {
    ChangedFile {
        path: path.to_owned(),
        status: FileStatus::Added,
        text: Some(text.to_owned()),
        before: None,
    }
}

fn assessed(files: &[ChangedFile]) -> Assessment {
    assess(files, &Globs::default())
}

fn told(files: &[ChangedFile]) -> String {
    let target = OutsideText::new("v1.0.0");
    let told = sentence(&assessed(files), &target);
    without_marks(&told.unwrap_or_default())
}

const ADDS: &str = "CREATE TABLE lines (id int);";
const DROPS: &str = "\n\nALTER TABLE orders DROP COLUMN total;";

#[test]
fn the_worst_is_told() {
    let other = file("src/main.rs", "drop_table");
    let adds = file("migrations/1.sql", ADDS);
    let adds_too = file(
        "db/migrate/20261120_a.rb",
        "def change\n  add_column :a, :b, :int\nend\n",
    );
    let drops = file("db/20261120_orders.sql", DROPS);
    let unclear = file("migrations/3.sql", "UPDATE a SET b = 1;");

    assert_eq!(kind_of(&other.path, &Globs::default()), None);
    let none = assessed(std::slice::from_ref(&other));
    assert_eq!(none.safety.as_str(), "none");
    let two = assessed(&[other.clone(), adds.clone(), adds_too.clone()]);
    assert_eq!((two.safety, two.additive), (Safety::Additive, 2));
    let three = assessed(&[adds.clone(), unclear.clone()]);
    assert_eq!((three.safety, three.additive), (Safety::Unknown, 1));
    let all = assessed(&[adds, adds_too, unclear, drops]);
    assert_eq!(all.safety.as_str(), "destructive");
    assert_eq!((all.additive, all.unknown.len()), (2, 1));
    let (path, statements) = &all.destructive[0];
    assert_eq!(path, "db/20261120_orders.sql");
    assert_eq!(statements[0].line, 3);
    assert_eq!(
        statements[0].text.raw(),
        "ALTER TABLE orders DROP COLUMN total"
    );
}

#[test]
fn words_for_people() {
    let adds = file("migrations/1.sql", ADDS);
    let drops = file("db/20261120_orders.sql", DROPS);
    let unread = ChangedFile {
        text: None,
        ..file("migrations/2.sql", "")
    };
    let many = [
        file(
            "migrations/4.sql",
            "ALTER TABLE a ADD COLUMN b int NOT NULL;",
        ),
        file(
            "migrations/5.sql",
            "ALTER TABLE a ADD CONSTRAINT c UNIQUE (b);\nDROP TABLE d;",
        ),
        unread.clone(),
    ];
    let unclear = [unread, file("migrations/3.sql", "UPDATE a SET b = 1;")];
    let nullable = file("migrations/6.sql", "ALTER TABLE a ALTER b DROP NOT NULL;");
    assert_eq!(told(&[]), "");
    let sentences = [
        told(std::slice::from_ref(&adds)),
        told(&[adds.clone(), file("migrations/7.sql", ADDS)]),
        told(&[adds, drops]),
        told(&many),
        told(&many[1..]),
        told(&[nullable]),
        told(&unclear),
    ];
    insta::assert_snapshot!(sentences.join("\n"), @r"
    yes: the migrations that stay only add (1 file)
    yes: the migrations that stay only add (2 files)
    careful: db/20261120_orders.sql drops the column orders.total, which v1.0.0 may still use
    careful: migrations/4.sql adds the required column a.b, which v1.0.0 may leave empty (and 3 more)
    careful: migrations/5.sql adds a constraint to a, which v1.0.0 may not respect (and 2 more)
    careful: migrations/6.sql allows NULL in a.b, which v1.0.0 may not expect
    unknown: migrations/2.sql could not be read (and 1 more)
    ");
}

#[test]
fn an_old_file_is_judged_by_how_it_changed() {
    let with = |status, path: &str, text: Option<&str>| {
        let changed = ChangedFile {
            path: path.to_owned(),
            status,
            text: text.map(str::to_owned),
            before: None,
        };
        let assessment = assessed(&[changed]);
        let reason = assessment.unknown.first();
        (
            assessment.safety,
            reason.map(|(_, reason)| reason.clone()).unwrap_or_default(),
        )
    };
    let (safety, reason) = with(FileStatus::Modified, "migrations/1.sql", Some(ADDS));
    assert_eq!(safety, Safety::Unknown);
    assert_eq!(
        reason,
        "was changed after it was written: which of its texts ran is not known"
    );
    // Flyway runs it again, and Liquibase what was added to it.
    for path in ["db/migration/R__views.sql", "db/changelog/1.sql"] {
        assert_eq!(
            with(FileStatus::Modified, path, Some(ADDS)).0,
            Safety::Additive,
            "{path}"
        );
    }
    assert_eq!(
        with(FileStatus::Modified, "migrations/1.sql", Some(DROPS)).0,
        Safety::Destructive
    );
    assert_eq!(
        with(FileStatus::Renamed, "migrations/1.sql", Some("")).0,
        Safety::Additive
    );
    assert_eq!(
        with(FileStatus::Renamed, "migrations/1.sql", Some(DROPS)).0,
        Safety::Destructive
    );
    let (safety, reason) = with(FileStatus::Removed, "migrations/1.sql", None);
    assert_eq!(safety, Safety::Unknown);
    assert_eq!(reason, "was removed: what it did to the schema stays");
    assert_eq!(
        with(FileStatus::Added, "migrations/1.sql", None).1,
        "could not be read"
    );
    let huge = " ".repeat((1 << 18) + 1);
    assert_eq!(
        with(FileStatus::Added, "migrations/1.sql", Some(&huge)).1,
        "has more than 256 KiB"
    );
}

/// All work is bounded, whatever a repository holds.
#[test]
fn no_more_is_read_than_a_run_can_wait_for() {
    let large = file(
        "migrations/1.sql",
        &format!("{ADDS}{}", " ".repeat(1 << 17)),
    );
    let assessment = assessed(&vec![large; 40]);
    assert_eq!(assessment.safety, Safety::Unknown);
    assert_eq!((assessment.additive, assessment.unknown.len()), (31, 9));
    let (_, reason) = &assessment.unknown[0];
    assert_eq!(reason, "was not read: the migrations have more than 4 MiB");
}

/// The lines that were added, without what stands around them.
#[test]
fn a_part_of_a_file_is_judged_as_it_is() {
    let part = ChangedFile {
        status: FileStatus::Modified,
        ..file(
            "db/migrate/20261120_a.rb",
            "    remove_column :orders, :total\n",
        )
    };
    assert_eq!(assessed(&[part]).safety, Safety::Destructive);
}

#[test]
fn a_place_of_ones_own_goes_by_the_text() {
    let extra = Globs::parse("schema/**").unwrap();
    for (path, text, safety) in [
        (
            "schema/a.py",
            "class M(migrations.Migration):\n    operations = [migrations.DeleteModel('A')]\n",
            Safety::Destructive,
        ),
        (
            "schema/a.py",
            "def upgrade():\n    op.drop_table('a')\n",
            Safety::Destructive,
        ),
        (
            "schema/a.ts",
            "export const up = (knex) => knex.schema.dropTable('a');\n",
            Safety::Destructive,
        ),
        (
            "schema/a.ts",
            "export const answer = 42;\n",
            Safety::Unknown,
        ),
        ("schema/a.go", "package main", Safety::Unknown),
        ("schema/a.sql", ADDS, Safety::Additive),
    ] {
        assert_eq!(assess(&[file(path, text)], &extra).safety, safety, "{path}");
    }
}

proptest! {
    /// A name in a file is no sentence of ours: whatever stands there is marked as from outside.
    #[test]
    fn what_a_file_says_stays_marked(name in "[a-zA-Z_é.<>@#:`*\\[\\]-]{1,30}") {
        let text = format!("ALTER TABLE t DROP COLUMN \"{name}\";");
        let target = OutsideText::new("v1");
        let assessment = assessed(&[file("migrations/1.sql", &text)]);
        let told = sentence(&assessment, &target).unwrap_or_default();
        let own = crate::outside::cleaned(&told, |_| "*".to_owned());
        let known = ["careful: * drops the column *, which * may still use",
            "careful: * drops the column (see the file), which * may still use"];
        prop_assert!(known.contains(&own.as_str()), "{}", own);
    }
}
