//! Which files are migrations, and whose: by their paths alone.

use crate::domain::globs::Globs;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framework {
    Rails,
    Django,
    Alembic,
    Flyway,
    Liquibase,
    Prisma,
    Drizzle,
    /// TypeORM, Knex or Sequelize: their files lie at the same places, and their texts tell them apart.
    Script,
    EfCore,
    GolangMigrate,
    Ecto,
    Laravel,
    /// goose, dbmate, sql-migrate, diesel and others.
    Sql,
    /// Django or Alembic, at a place of the user's own.
    Python,
    /// A kind of file that nothing here reads: Java, Kotlin, Go, Doctrine's, or one at a place of the user's own.
    Other,
}

/// The framework whose migration a file is. `extra` names further places, whose files are judged by their extension.
pub(crate) fn kind_of(path: &str, extra: &Globs) -> Option<Framework> {
    let parts = Parts::of(path)?;
    if parts.leads_back() {
        return None;
    }
    let found = match parts.extension {
        "rb" => rails(&parts),
        "py" => python(&parts),
        "cs" => ef_core(&parts),
        "exs" => ecto(&parts),
        "php" => laravel(&parts).or(doctrine(&parts)),
        "java" | "kt" => flyway_in_code(&parts),
        "go" => goose(&parts),
        "sql" => sql(&parts),
        "xml" | "yaml" | "yml" | "json" => liquibase(&parts),
        "js" | "cjs" | "mjs" | "ts" | "cts" | "mts" => script(&parts),
        _ => None,
    };
    if found.is_none() && extra.is_match(path) {
        return by_extension(&parts);
    }
    found
}

fn by_extension(parts: &Parts) -> Option<Framework> {
    Some(match parts.extension {
        "rb" => Framework::Rails,
        "py" if parts.name == "__init__.py" => return None,
        "py" => Framework::Python,
        "cs" if is_generated(parts) => return None,
        "cs" => Framework::EfCore,
        "exs" => Framework::Ecto,
        "php" => Framework::Laravel,
        "sql" => Framework::Sql,
        "xml" | "yaml" | "yml" | "json" => Framework::Liquibase,
        "js" | "cjs" | "mjs" | "ts" | "cts" | "mts" => Framework::Script,
        "md" | "txt" | "toml" | "lock" => return None,
        _ => Framework::Other,
    })
}

/// A path in its parts.
struct Parts<'p> {
    folders: Vec<&'p str>,
    name: &'p str,
    /// The name without its last extension.
    stem: &'p str,
    extension: &'p str,
}

impl<'p> Parts<'p> {
    fn of(path: &'p str) -> Option<Self> {
        let mut folders: Vec<&str> = path.split('/').collect();
        let name = folders.pop()?;
        let (stem, extension) = name.rsplit_once('.')?;
        Some(Self {
            folders,
            name,
            stem,
            extension,
        })
    }

    /// Whether the last folders are these.
    fn is_in(&self, folders: &[&str]) -> bool {
        self.folders.ends_with(folders)
    }

    /// Whether one of the folders, however far up, is this one.
    fn is_below(&self, folder: &str) -> bool {
        self.folders.contains(&folder)
    }

    /// A file of SQL that takes another one back: golang-migrate, diesel, Flyway's undo.
    fn leads_back(&self) -> bool {
        if self.extension != "sql" {
            return false;
        }
        let stem = self.stem;
        let is_undo = stem.starts_with('U') && is_versioned(stem, 'U');
        // `20261120_scale_down.sql` goes forward.
        let ends = [".down", ".undo", ".rollback"];
        is_undo || stem == "down" || ends.iter().any(|end| stem.ends_with(end))
    }
}

/// Flyway's names: `V1_2__orders`, `R__views`.
fn is_versioned(stem: &str, prefix: char) -> bool {
    let Some((version, _)) = stem
        .strip_prefix(prefix)
        .and_then(|rest| rest.split_once("__"))
    else {
        return false;
    };
    let is_part = |c: char| c.is_ascii_digit() || "._".contains(c);
    let is_repeatable = prefix == 'R' && version.is_empty();
    is_repeatable || !version.is_empty() && version.chars().all(is_part)
}

fn starts_with_digits(name: &str, least: usize) -> bool {
    let digits = name.chars().take_while(char::is_ascii_digit);
    digits.count() >= least
}

fn rails(parts: &Parts) -> Option<Framework> {
    let is_database = |folder: &&str| folder.ends_with("migrate");
    // A second database has its own: db/animals_migrate.
    let is_migration = parts.is_below("db") && parts.folders.last().is_some_and(is_database);
    (is_migration && starts_with_digits(parts.name, 3)).then_some(Framework::Rails)
}

fn python(parts: &Parts) -> Option<Framework> {
    if parts.is_in(&["migrations"]) && starts_with_digits(parts.name, 4) {
        return Some(Framework::Django);
    }
    let is_environment = |folder: &&str| folder.contains("alembic") || folder.contains("migration");
    let is_version = parts.is_in(&["versions"]) && parts.name != "__init__.py";
    let is_alembic = is_version && parts.folders.iter().any(is_environment);
    is_alembic.then_some(Framework::Alembic)
}

fn is_generated(parts: &Parts) -> bool {
    parts.stem.ends_with(".Designer") || parts.stem.ends_with("ModelSnapshot")
}

fn ef_core(parts: &Parts) -> Option<Framework> {
    let is_migration = parts.is_below("Migrations") && !is_generated(parts);
    is_migration.then_some(Framework::EfCore)
}

fn ecto(parts: &Parts) -> Option<Framework> {
    let is_migration = parts.is_below("priv") && parts.is_in(&["migrations"]);
    (is_migration && starts_with_digits(parts.name, 4)).then_some(Framework::Ecto)
}

fn laravel(parts: &Parts) -> Option<Framework> {
    let is_migration = parts
        .folders
        .windows(2)
        .any(|pair| pair == ["database", "migrations"]);
    is_migration.then_some(Framework::Laravel)
}

/// `migrations/Version20261120101500.php`, also sorted into folders by year and month.
fn doctrine(parts: &Parts) -> Option<Framework> {
    let is_place = |folder: &&str| matches!(*folder, "migrations" | "Migrations");
    let version = parts.stem.strip_prefix("Version")?;
    let is_version = version.len() == 14 && starts_with_digits(version, 14);
    let is_migration = is_version && parts.folders.iter().any(is_place);
    is_migration.then_some(Framework::Other)
}

/// `db/migration/V2__drop_total.java`: the class that Flyway runs.
fn flyway_in_code(parts: &Parts) -> Option<Framework> {
    let is_place = |folder: &&str| matches!(*folder, "migration" | "migrations");
    let is_test = parts.folders.windows(2).any(|pair| pair == ["src", "test"]);
    let is_versioned = is_versioned(parts.stem, 'V') || is_versioned(parts.stem, 'R');
    let is_migration = is_versioned && !is_test && parts.folders.iter().any(is_place);
    is_migration.then_some(Framework::Other)
}

/// `migrations/00002_drop_total.go`
fn goose(parts: &Parts) -> Option<Framework> {
    let is_place = |folder: &&str| matches!(*folder, "migration" | "migrations");
    let (number, _) = parts.stem.split_once('_')?;
    let is_numbered = !number.is_empty() && starts_with_digits(number, number.len());
    let is_migration =
        parts.folders.last().is_some_and(is_place) && is_numbered && !parts.stem.ends_with("_test");
    is_migration.then_some(Framework::Other)
}

fn sql(parts: &Parts) -> Option<Framework> {
    if is_versioned(parts.stem, 'V')
        || is_versioned(parts.stem, 'R')
        || is_versioned(parts.stem, 'B')
    {
        return Some(Framework::Flyway);
    }
    if liquibase(parts).is_some() {
        return Some(Framework::Liquibase);
    }
    if parts.stem.ends_with(".up") {
        return Some(Framework::GolangMigrate);
    }
    if parts.is_below("drizzle") {
        return Some(Framework::Drizzle);
    }
    if parts.is_below("prisma") && parts.name == "migration.sql" {
        return Some(Framework::Prisma);
    }
    let is_place = |folder: &&str| matches!(*folder, "migrations" | "migration" | "migrate");
    let is_numbered = parts.is_in(&["db"]) && starts_with_digits(parts.name, 3);
    let is_migration = parts.folders.iter().any(is_place) || is_numbered;
    is_migration.then_some(Framework::Sql)
}

/// `db/changelog/db.changelog-1.0.xml`; release notes are called a changelog as well, but lie elsewhere.
fn liquibase(parts: &Parts) -> Option<Framework> {
    let is_place = |folder: &&str| matches!(*folder, "db" | "database" | "liquibase" | "resources");
    let is_log = |name: &&str| matches!(*name, "changelog" | "changelogs" | "changesets");
    if parts.stem.to_ascii_lowercase().starts_with("db.changelog") {
        return Some(Framework::Liquibase);
    }
    let names_log =
        parts.folders.iter().any(is_log) || parts.stem.to_ascii_lowercase().contains("changelog");
    let is_migration =
        parts.is_below("liquibase") || parts.folders.iter().any(is_place) && names_log;
    is_migration.then_some(Framework::Liquibase)
}

fn script(parts: &Parts) -> Option<Framework> {
    let is_place = |folder: &&str| matches!(*folder, "migrations" | "migration" | "migrate");
    let is_other = [".d", ".test", ".spec"]
        .iter()
        .any(|end| parts.stem.ends_with(end));
    let is_migration = parts.folders.last().is_some_and(is_place) && !is_other;
    (is_migration && parts.stem != "index").then_some(Framework::Script)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(path: &str) -> Option<Framework> {
        kind_of(path, &Globs::default())
    }

    #[test]
    fn each_framework_has_its_places() {
        use Framework::*;
        for (path, framework) in [
            ("db/migrate/20261120101500_drop_total.rb", Rails),
            (
                "services/shop/db/migrate/20261120101500_drop_total.rb",
                Rails,
            ),
            ("db/animals_migrate/20261120101500_drop_dogs.rb", Rails),
            ("orders/migrations/0002_auto_20261120.py", Django),
            ("backend/orders/migrations/0012_total.py", Django),
            ("alembic/versions/3ab91f2_drop_total.py", Alembic),
            ("api/migrations/versions/3ab91f2_drop_total.py", Alembic),
            ("src/main/resources/db/migration/V2__drop_total.sql", Flyway),
            ("db/V1.2.3__orders.sql", Flyway),
            ("db/migration/R__views.sql", Flyway),
            (
                "src/main/resources/db/changelog/db.changelog-master.yaml",
                Liquibase,
            ),
            (
                "src/main/resources/db/changelog/changes/002-orders.xml",
                Liquibase,
            ),
            ("liquibase/002.sql", Liquibase),
            ("prisma/migrations/20261120_total/migration.sql", Prisma),
            (
                "packages/db/prisma/migrations/20261120_total/migration.sql",
                Prisma,
            ),
            ("drizzle/0003_wild_hulk.sql", Drizzle),
            ("apps/web/drizzle/20261120_total/migration.sql", Drizzle),
            ("src/migrations/1700000000000-DropTotal.ts", Script),
            ("migrations/20261120_total.js", Script),
            ("db/migrations/20261120_total.cjs", Script),
            ("src/Shop/Migrations/20261120_DropTotal.cs", EfCore),
            (
                "src/Shop/Data/Migrations/Identity/20261120_DropTotal.cs",
                EfCore,
            ),
            ("migrations/000002_total.up.sql", GolangMigrate),
            ("priv/repo/migrations/20261120101500_drop_total.exs", Ecto),
            (
                "apps/shop/priv/repo/migrations/20261120101500_drop_total.exs",
                Ecto,
            ),
            (
                "database/migrations/2026_11_20_101500_drop_total.php",
                Laravel,
            ),
            ("migrations/00002_total.sql", Sql),
            ("db/migrations/20261120_total.sql", Sql),
            ("migrations/2026-11-20-101500_total/up.sql", Sql),
            ("db/20261120_orders.sql", Sql),
            ("src/main/java/db/migration/V2__DropTotal.java", Other),
            ("src/main/kotlin/db/migration/V2_1__DropTotal.kt", Other),
            ("src/main/java/shop/migrations/R__Views.java", Other),
            ("migrations/00002_drop_total.go", Other),
            ("internal/db/migrations/20261120101500_drop_total.go", Other),
            ("migrations/Version20261120101500.php", Other),
            ("src/Migrations/Version20261120101500.php", Other),
            ("migrations/2026/11/Version20261120101500.php", Other),
        ] {
            assert_eq!(kind(path), Some(framework), "{path}");
        }
    }

    #[test]
    fn other_files_are_none() {
        for path in [
            "README.md",
            "Makefile",
            "app/models/order.rb",
            "db/schema.rb",
            "db/seeds.sql",
            "db/migrate/helper.rb",
            "orders/migrations/__init__.py",
            "alembic/env.py",
            "docs/versions/1.py",
            "db/migration/U2__drop_total.sql",
            "migrations/000002_total.down.sql",
            "migrations/2026-11-20-101500_total/down.sql",
            "CHANGELOG.json",
            "changelogs/1.2.yaml",
            "prisma/schema.prisma",
            "prisma/seed.sql",
            "drizzle/meta/0003_snapshot.json",
            "src/Shop/Migrations/20261120_DropTotal.Designer.cs",
            "src/Shop/Migrations/ShopModelSnapshot.cs",
            "src/migrations/index.ts",
            "src/migrations/total.test.ts",
            "src/migrations/types.d.ts",
            "priv/repo/seeds.exs",
            "database/seeders/OrderSeeder.php",
            "src/main/java/db/migration/Helper.java",
            "src/main/java/db/migration/Version2.java",
            "src/main/java/shop/V2__DropTotal.java",
            "src/test/java/db/migration/V2__DropTotal.java",
            "src/main/kotlin/db/migration/Tables.kt",
            "migrations/migrations.go",
            "migrations/embed_fs.go",
            "migrations/00002_drop_total_test.go",
            "internal/orders/00002_drop_total.go",
            "migrations/internal/v2_orders.go",
            "src/Version20261120101500.php",
            "migrations/Version.php",
            "migrations/Version20261120101500Test.php",
            "migrations/VersionOfTheSchema.php",
        ] {
            assert_eq!(kind(path), None, "{path}");
        }
    }

    #[test]
    fn further_places_go_by_the_extension() {
        let extra = Globs::parse("schema/**\n!schema/old/**").unwrap();
        for (path, framework) in [
            ("schema/1.sql", Some(Framework::Sql)),
            ("schema/a.rb", Some(Framework::Rails)),
            ("schema/a.py", Some(Framework::Python)),
            ("schema/__init__.py", None),
            ("schema/a.mts", Some(Framework::Script)),
            ("schema/a.go", Some(Framework::Other)),
            ("schema/README.md", None),
            ("schema/1.down.sql", None),
            ("schema/old/1.sql", None),
            ("sql/1.sql", None),
        ] {
            assert_eq!(kind_of(path, &extra), framework, "{path}");
        }
    }
}
