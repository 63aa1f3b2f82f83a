use proptest::prelude::*;

use super::super::judgement::Findings;
use super::*;

fn told(words: &Vocabulary, text: &str) -> String {
    let mut findings = Findings::new(text);
    judge(text, words, &mut findings);
    findings.into_judgement().told()
}

#[track_caller]
fn check(words: &Vocabulary, table: &[(&str, &str)]) {
    for (text, wanted) in table {
        assert_eq!(told(words, text), *wanted, "{text}");
    }
}

#[test]
fn rails() {
    check(
        &RAILS,
        &[
            (
                "class DropTotal < ActiveRecord::Migration[7.1]\n  def change\n    safety_assured { remove_column :orders, :total, :decimal }\n  end\nend\n",
                "3 drops the column orders.total",
            ),
            (
                "class A < ActiveRecord::Migration[7.1]\n  def up\n    rename_table :orders, :purchases\n    rename_column(:a, 'b', :c)\n    change_column :a, :d, :bigint\n    drop_table :e\n  end\n\n  def down\n    raise ActiveRecord::IrreversibleMigration\n  end\nend\n",
                "3 renames the table orders | 4 renames the column a.b | 5 changes the column a.d | 6 drops the table e",
            ),
            (
                "class A < ActiveRecord::Migration[7.1]\n  disable_ddl_transaction!\n\n  def change\n    # remove_column :orders, :total\n    create_table :lines do |t|\n      t.string :name, null: false\n      t.references :order, foreign_key: true\n      t.timestamps\n    end\n    add_index :lines, :name, unique: true\n    add_column :orders, :note, :string, default: \"remove_column\", null: false\n    add_index :orders, %i[a b], algorithm: :concurrently\n  end\nend\n",
                "additive",
            ),
            (
                "class A < ActiveRecord::Migration[7.1]\n  def up\n    add_column :a, :b, :int\n  end\n\n  def down\n    remove_column :a, :b\n  end\nend\n",
                "additive",
            ),
            (
                "class A < ActiveRecord::Migration[7.1]\n  def change\n    reversible do |dir|\n      dir.up { execute 'CREATE VIEW v AS SELECT 1' }\n      dir.down do\n        execute 'DROP VIEW v'\n      end\n    end\n  end\nend\n",
                "additive",
            ),
            (
                "class A < ActiveRecord::Migration[7.1]\n  def up\n    execute <<~SQL\n      CREATE TABLE x (id int);\n      ALTER TABLE orders DROP COLUMN total;\n    SQL\n  end\nend\n",
                "5 drops the column orders.total",
            ),
            (
                "class A < ActiveRecord::Migration[7.1]\n  def change\n    change_table :orders do |t|\n      t.remove :total\n      t.rename :a, :b\n      t.string :note, null: false\n    end\n  end\nend\n",
                "4 drops the column orders.total | 5 renames the column orders.a | 6 adds the required column orders.note",
            ),
            (
                "class A < ActiveRecord::Migration[7.1]\n  def change\n    add_column :orders, :note, :string, null: false\n    change_column_null :orders, :total, false\n    add_foreign_key :orders, :users\n  end\nend\n",
                "3 adds the required column orders.note | 4 requires a value in orders.total | 5 adds a constraint to orders",
            ),
            (
                "class A < ActiveRecord::Migration[7.1]\n  def up\n    Order.where(total: nil).update_all(total: 0)\n  end\nend\n",
                "unknown: line 3 changes rows",
            ),
            (
                "class A < ActiveRecord::Migration[7.1]\n  def up\n    Backfill.run\n  end\nend\n",
                "unknown: line 3 calls run, which this action does not know",
            ),
            (
                "class A < ActiveRecord::Migration[7.1]\n  def change\n    remove_index :a, :b\n  end\nend\n",
                "unknown: line 3 drops an index",
            ),
        ],
    );
    // The end of `down` is not found: all of it counts.
    let text = "class A\n  def down\n    remove_column :a, :b\n";
    assert_eq!(told(&RAILS, text), "3 drops the column a.b");
}

#[test]
fn django() {
    let file = |operations: &str| {
        format!(
            "from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n    dependencies = [('orders', '0001_initial')]\n    operations = [\n{operations}\n    ]\n"
        )
    };
    for (operations, wanted) in [
        (
            "migrations.RemoveField(model_name='order', name='total'),",
            "6 drops the column order.total",
        ),
        (
            "migrations.RemoveField(\n    'order',\n    'total',\n),",
            "6 drops the column order.total",
        ),
        (
            "migrations.DeleteModel(name='Order'),",
            "6 drops the table Order",
        ),
        (
            "migrations.RenameField(model_name='order', old_name='a', new_name='b'),",
            "6 renames the column order.a",
        ),
        (
            "migrations.AlterField(model_name='order', name='a', field=models.TextField()),",
            "6 changes the column order.a",
        ),
        (
            "migrations.AddField(model_name='order', name='n', field=models.IntegerField(default=0)),",
            "6 adds the required column order.n",
        ),
        (
            "migrations.AddField('order', 'n', models.IntegerField(null=True)),",
            "additive",
        ),
        (
            "migrations.AddField('order', 'n', models.IntegerField(db_default=0)),",
            "additive",
        ),
        (
            "migrations.CreateModel(name='Line', fields=[('id', models.BigAutoField(primary_key=True))]),\nmigrations.AddField('line', 'n', models.IntegerField()),",
            "additive",
        ),
        (
            "# migrations.RemoveField('a', 'b')\nmigrations.AddIndex('order', models.Index(fields=['a'], name='RemoveField')),",
            "additive",
        ),
        (
            "migrations.RunPython(forwards, migrations.RunPython.noop),",
            "unknown: line 6 runs Python code",
        ),
        (
            "migrations.RunSQL('CREATE INDEX i ON a (b)', reverse_sql='DROP INDEX i'),",
            "additive",
        ),
        (
            "migrations.RunSQL(sql=\"\"\"\n  ALTER TABLE orders\n  DROP COLUMN total;\n\"\"\"),",
            "7 drops the column orders.total",
        ),
        (
            "migrations.RunSQL(SQL_OF_ELSEWHERE),",
            "unknown: line 6 runs SQL that is not in the call",
        ),
        (
            "migrations.SeparateDatabaseAndState(\n    database_operations=[],\n    state_operations=[migrations.DeleteModel('Order')],\n),",
            "additive",
        ),
        (
            "OwnOperation('order'),",
            "unknown: line 6 calls OwnOperation, which this action does not know",
        ),
    ] {
        assert_eq!(told(&DJANGO, &file(operations)), wanted, "{operations}");
    }
}

#[test]
fn alembic() {
    let file = |up: &str, down: &str| {
        format!(
            "\"\"\"Drop total.\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\ndef upgrade() -> None:\n    {up}\n\n\ndef downgrade() -> None:\n    {down}\n"
        )
    };
    for (up, wanted) in [
        (
            "op.drop_column('orders', 'total')",
            "6 drops the column orders.total",
        ),
        ("op.drop_table('orders')", "6 drops the table orders"),
        (
            "op.rename_table('orders', 'purchases')",
            "6 renames the table orders",
        ),
        (
            "op.alter_column('orders', 'a', new_column_name='b')",
            "6 renames the column orders.a",
        ),
        (
            "op.alter_column('orders', 'a', existing_type=sa.Integer(), type_=sa.String())",
            "6 changes the column orders.a",
        ),
        (
            "op.alter_column('orders', 'a', existing_type=sa.Integer(), nullable=False)",
            "6 requires a value in orders.a",
        ),
        (
            "op.alter_column('orders', 'a', existing_nullable=False, server_default='1')",
            "unknown: line 6 changes a default",
        ),
        (
            "op.add_column('orders', sa.Column('n', sa.Integer(), nullable=False))",
            "6 adds the required column orders.n",
        ),
        (
            "op.add_column('orders', sa.Column('n', sa.Integer(), nullable=False, server_default='0'))",
            "additive",
        ),
        (
            "with op.batch_alter_table('orders') as batch_op:\n        batch_op.drop_column('total')",
            "7 drops the column orders.total",
        ),
        (
            "op.create_table('lines', sa.Column('id', sa.Integer()), sa.PrimaryKeyConstraint('id'))\n    op.create_index(op.f('i'), 'lines', ['id'])",
            "additive",
        ),
        (
            "op.execute('ALTER TABLE orders DROP COLUMN total')",
            "6 drops the column orders.total",
        ),
        (
            "op.execute(\n        \"ALTER TABLE orders \"\n        \"DROP COLUMN total\"\n    )",
            "7 drops the column orders.total",
        ),
        (
            "op.execute(sa.text('UPDATE orders SET a = 1'))",
            "unknown: line 6 changes rows",
        ),
        (
            "backfill(op.get_bind())",
            "unknown: line 6 calls backfill, which this action does not know",
        ),
        ("pass", "additive"),
    ] {
        let text = file(up, "op.drop_table('lines')");
        assert_eq!(told(&ALEMBIC, &text), wanted, "{up}");
    }
}

#[test]
fn type_orm() {
    let file = |up: &str| {
        format!(
            "import {{ MigrationInterface, QueryRunner }} from \"typeorm\";\n\nexport class A1 implements MigrationInterface {{\n  name = 'A1';\n\n  public async up(queryRunner: QueryRunner): Promise<void> {{\n    {up}\n  }}\n\n  public async down(queryRunner: QueryRunner): Promise<void> {{\n    await queryRunner.query(`DROP TABLE \"lines\"`);\n    await queryRunner.dropTable('lines');\n  }}\n}}\n"
        )
    };
    for (up, wanted) in [
        (
            "await queryRunner.query(`ALTER TABLE \"orders\" DROP COLUMN \"total\"`);",
            "7 drops the column orders.total",
        ),
        (
            "await queryRunner.query(\"ALTER TABLE \\\"orders\\\" RENAME COLUMN \\\"a\\\" TO \\\"b\\\"\");",
            "7 renames the column orders.a",
        ),
        (
            "await queryRunner.query(`CREATE TABLE \"lines\" (\"id\" SERIAL NOT NULL)`);",
            "additive",
        ),
        (
            "await queryRunner.dropColumn('orders', 'total');",
            "7 drops the column orders.total",
        ),
        (
            "await queryRunner.addColumn('orders', new TableColumn({ name: 'n', type: 'int' }));",
            "7 adds the required column n",
        ),
        (
            "await queryRunner.addColumn('orders', new TableColumn({ name: 'n', type: 'int', isNullable: true }));",
            "additive",
        ),
        (
            "// await queryRunner.dropColumn('a', 'b');\n    await queryRunner.createTable(new Table({ name: 'lines', columns: [] }), true);",
            "additive",
        ),
        (
            "await queryRunner.query(sql);",
            "unknown: line 7 runs SQL that is not in the call",
        ),
        (
            "await seed(queryRunner);",
            "unknown: line 7 calls seed, which this action does not know",
        ),
    ] {
        assert_eq!(told(&TYPE_ORM, &file(up)), wanted, "{up}");
    }
}

#[test]
fn knex() {
    let file = |up: &str| {
        format!(
            "exports.up = async function (knex) {{\n  {up}\n}};\n\nexports.down = (knex) => knex.schema.dropTable('lines')\n\nexports.config = {{ transaction: false }};\n"
        )
    };
    for (up, wanted) in [
        (
            "await knex.schema.dropTable('orders');",
            "2 drops the table orders",
        ),
        (
            "await knex.schema.alterTable('orders', (table) => {\n    table.dropColumn('total');\n  });",
            "3 drops the column orders.total",
        ),
        (
            "await knex.schema.table('orders', (t) => {\n    t.renameColumn('a', 'b');\n    t.string('n').notNullable();\n  });",
            "3 renames the column orders.a | 4 adds the required column orders.n",
        ),
        (
            "await knex.schema.alterTable('orders', (table) => {\n    table.text('a').notNullable().alter();\n  });",
            "3 changes the column orders.a",
        ),
        (
            "return knex.schema\n    .createTable('lines', (table) => {\n      table.increments('id');\n      table.string('name').notNullable().unique();\n    });",
            "additive",
        ),
        (
            "await knex.schema.alterTable('orders', (table) => {\n    table.string('n').nullable();\n    table.integer('m').notNullable().defaultTo(0);\n    table.index(['n']);\n  });",
            "additive",
        ),
        (
            "await knex.raw('ALTER TABLE orders DROP COLUMN total');",
            "2 drops the column orders.total",
        ),
        (
            "await knex('orders').update({ a: 1 });",
            "unknown: line 2 changes rows",
        ),
    ] {
        assert_eq!(told(&KNEX, &file(up)), wanted, "{up}");
    }
    let down_first = "export const down = async (knex) => {\n  await knex.schema.dropTable('lines');\n};\nexport async function up(knex) {\n  await knex.schema.createTable('lines', (t) => { t.increments(); });\n}\n";
    assert_eq!(told(&KNEX, down_first), "additive");
}

#[test]
fn sequelize() {
    let file = |up: &str| {
        format!(
            "'use strict';\nmodule.exports = {{\n  async up(queryInterface, Sequelize) {{\n    {up}\n  }},\n\n  async down(queryInterface, Sequelize) {{\n    await queryInterface.dropTable('lines');\n  }}\n}};\n"
        )
    };
    for (up, wanted) in [
        (
            "await queryInterface.removeColumn('orders', 'total');",
            "4 drops the column orders.total",
        ),
        (
            "await queryInterface.addColumn('orders', 'n', { type: Sequelize.STRING(9), allowNull: false });",
            "4 adds the required column orders.n",
        ),
        (
            "await queryInterface.createTable('lines', { id: { type: Sequelize.INTEGER } });",
            "additive",
        ),
        (
            "await queryInterface.sequelize.query('DROP VIEW v');",
            "4 drops the view v",
        ),
    ] {
        assert_eq!(told(&SEQUELIZE, &file(up)), wanted, "{up}");
    }
}

#[test]
fn ef_core() {
    let file = |up: &str| {
        format!(
            "using Microsoft.EntityFrameworkCore.Migrations;\n\nnamespace Shop.Migrations\n{{\n    /// <inheritdoc />\n    public partial class A : Migration\n    {{\n        protected override void Up(MigrationBuilder migrationBuilder)\n        {{\n            {up}\n        }}\n\n        protected override void Down(MigrationBuilder migrationBuilder)\n        {{\n            migrationBuilder.DropTable(name: \"Lines\");\n        }}\n    }}\n}}\n"
        )
    };
    for (up, wanted) in [
        (
            "migrationBuilder.DropColumn(\n                name: \"Total\",\n                table: \"Orders\");",
            "10 drops the column Orders.Total",
        ),
        (
            "migrationBuilder.DropTable(name: \"Orders\");",
            "10 drops the table Orders",
        ),
        (
            "migrationBuilder.RenameColumn(name: \"A\", table: \"Orders\", newName: \"B\");",
            "10 renames the column Orders.A",
        ),
        (
            "migrationBuilder.AlterColumn<string>(name: \"A\", table: \"Orders\", type: \"text\", nullable: false, oldType: \"varchar\");",
            "10 changes the column Orders.A",
        ),
        (
            "migrationBuilder.AddColumn<int>(name: \"N\", table: \"Orders\", nullable: false);",
            "10 adds the required column Orders.N",
        ),
        (
            "migrationBuilder.AddColumn<int>(name: \"N\", table: \"Orders\", nullable: false, defaultValue: 0);",
            "additive",
        ),
        (
            "migrationBuilder.CreateTable(\n                name: \"Lines\",\n                columns: table => new\n                {\n                    Id = table.Column<int>(type: \"integer\", nullable: false)\n                        .Annotation(\"a\", 1)\n                },\n                constraints: table =>\n                {\n                    table.PrimaryKey(\"PK_Lines\", x => x.Id);\n                });\n            migrationBuilder.CreateIndex(name: \"I\", table: \"Lines\", column: \"A\", unique: true);",
            "additive",
        ),
        (
            "migrationBuilder.Sql(@\"ALTER TABLE \"\"Orders\"\" DROP COLUMN \"\"Total\"\";\");",
            "10 drops the column Orders.Total",
        ),
        (
            "migrationBuilder.Sql(\"UPDATE Orders SET A = 1\");",
            "unknown: line 10 changes rows",
        ),
        (
            "// migrationBuilder.DropTable(name: \"Orders\");",
            "additive",
        ),
    ] {
        assert_eq!(told(&EF_CORE, &file(up)), wanted, "{up}");
    }
}

#[test]
fn ecto() {
    let file = |body: &str| {
        format!("defmodule Shop.Repo.Migrations.A do\n  use Ecto.Migration\n\n{body}\nend\n")
    };
    for (body, wanted) in [
        (
            "  def change do\n    alter table(:orders) do\n      remove :total, :decimal\n    end\n  end",
            "6 drops the column orders.total",
        ),
        (
            "  def change do\n    alter table(\"orders\") do\n      modify :total, :decimal, from: :integer\n      add :n, :integer, null: false\n    end\n  end",
            "6 changes the column orders.total | 7 adds the required column orders.n",
        ),
        (
            "  def change do\n    rename table(:orders), :a, to: :b\n    rename table(:orders), to: table(:purchases)\n  end",
            "5 renames the column orders.a | 6 renames the table orders",
        ),
        (
            "  def change do\n    drop table(:orders)\n  end",
            "5 drops the table orders",
        ),
        (
            "  def change do\n    # drop table(:orders)\n    create table(:lines) do\n      add :name, :string, null: false\n      add :order_id, references(:orders, on_delete: :nothing)\n      timestamps()\n    end\n\n    create unique_index(:lines, [:name])\n    create index(:orders, [:a])\n  end",
            "additive",
        ),
        (
            "  def up do\n    create table(:lines)\n  end\n\n  def down do\n    drop table(:lines)\n  end",
            "additive",
        ),
        (
            "  def up, do: create table(:lines)\n\n  def down, do: drop table(:lines)\n",
            "additive",
        ),
        (
            "  def change do\n    execute \"CREATE VIEW v AS SELECT 1\", \"DROP VIEW v\"\n  end",
            "additive",
        ),
        (
            "  def up do\n    execute \"\"\"\n    ALTER TABLE orders DROP COLUMN total\n    \"\"\"\n  end",
            "6 drops the column orders.total",
        ),
        (
            "  def up do\n    Shop.Repo.update_all(Shop.Order, set: [a: 1])\n  end",
            "unknown: line 5 changes rows",
        ),
    ] {
        assert_eq!(told(&ECTO, &file(body)), wanted, "{body}");
    }
}

#[test]
fn laravel() {
    let file = |up: &str| {
        format!(
            "<?php\n\nuse Illuminate\\Support\\Facades\\Schema;\n\nreturn new class extends Migration\n{{\n    public function up(): void\n    {{\n        {up}\n    }}\n\n    public function down(): void\n    {{\n        Schema::dropIfExists('lines');\n    }}\n}};\n"
        )
    };
    for (up, wanted) in [
        (
            "Schema::dropIfExists('orders');",
            "9 drops the table orders",
        ),
        (
            "Schema::rename('orders', 'purchases');",
            "9 renames the table orders",
        ),
        (
            "Schema::table('orders', function (Blueprint $table) {\n            $table->dropColumn(['total', 'tax']);\n            $table->renameColumn('a', 'b');\n            $table->string('c', 50)->change();\n        });",
            "10 drops the column orders.total | 11 renames the column orders.a | 12 changes the column orders.c",
        ),
        (
            "Schema::table('orders', function (Blueprint $table) {\n            $table->string('n');\n        });",
            "10 adds the required column orders.n",
        ),
        (
            "Schema::table('orders', function (Blueprint $table) {\n            $table->string('n')->nullable()->after('id');\n            $table->softDeletes();\n            $table->index(['n']);\n        });",
            "additive",
        ),
        (
            "Schema::create('lines', function (Blueprint $table) {\n            $table->id();\n            $table->string('name');\n            $table->foreignId('order_id')->constrained();\n            $table->unique(['name']);\n            $table->timestamps();\n        });",
            "additive",
        ),
        (
            "DB::statement('ALTER TABLE orders DROP COLUMN total');",
            "9 drops the column orders.total",
        ),
        (
            "DB::table('orders')->update(['a' => 1]);",
            "unknown: line 9 changes rows",
        ),
        (
            "# Schema::drop('orders');\n        // Schema::drop('orders');\n        /* Schema::drop('orders'); */",
            "additive",
        ),
    ] {
        assert_eq!(told(&LARAVEL, &file(up)), wanted, "{up}");
    }
}

const ALL: [&Vocabulary; 9] = [
    &RAILS, &DJANGO, &ALEMBIC, &TYPE_ORM, &KNEX, &SEQUELIZE, &EF_CORE, &ECTO, &LARAVEL,
];

/// Words of all languages and frameworks, in any order.
fn soup() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "def",
            "down",
            "up",
            "end",
            "do",
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            "\"",
            "'",
            "`",
            "\"\"\"",
            "<<~SQL",
            "SQL",
            "<<<A",
            "%w[",
            "@\"",
            "#",
            "//",
            "/*",
            "*/",
            "=begin",
            "\n",
            "\n  ",
            ":a",
            "a:",
            "a =",
            ".",
            "->",
            "::",
            "execute",
            "op.",
            "remove_column",
            "migrationBuilder.Sql(",
            "Schema::table(",
            "=>",
            ",",
            ";",
            "<",
            ">",
            "é",
            "\u{0}",
            "\\",
            "state_operations=[",
            "def downgrade():",
            ".down",
            "exports.down =",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,4}",
    ];
    (prop::collection::vec(word, 0..40), any::<bool>())
        .prop_map(|(words, squeezed)| words.join(if squeezed { "" } else { " " }))
}

proptest! {
    #[test]
    fn no_text_panics(text in soup()) {
        for words in ALL {
            told(words, &text);
        }
    }
}

#[test]
fn hostile_texts_end_soon() {
    let many = |part: &str| part.repeat((1 << 13) / part.len());
    for text in [
        many("("),
        many("execute("),
        many("execute \""),
        many("execute(\"DROP TABLE a\")\n"),
        many("remove_column :a, :b\n"),
        many("remove_column "),
        many("def down\n"),
        many("down(a) {"),
        many("exports.down = "),
        many("def downgrade():\n"),
        many("state_operations=["),
        many("<<~A "),
        many("%w[ "),
        many("a.b."),
        many("$table->string('a')"),
        many("add_column :a, :b,\n"),
        many("\n"),
        many(" "),
    ] {
        for words in ALL {
            told(words, &text);
        }
    }
}
