use proptest::prelude::*;

use super::*;

fn told(path: &str, text: &str) -> String {
    let mut findings = Findings::new(text);
    judge(path, text, &mut findings);
    findings.into_judgement().told()
}

#[test]
fn xml() {
    for (changes, wanted) in [
        (
            "<dropColumn tableName=\"orders\" columnName=\"total\"/>",
            "3 drops the column orders.total",
        ),
        (
            "<renameTable oldTableName=\"orders\" newTableName=\"purchases\"/>",
            "3 renames the table orders",
        ),
        (
            "<modifyDataType tableName='orders' columnName='a' newDataType='bigint'/>",
            "3 changes the column orders.a",
        ),
        (
            "<addColumn tableName=\"orders\">\n<column name=\"n\" type=\"int\"><constraints nullable=\"false\"/></column>\n</addColumn>",
            "4 adds the required column orders.n",
        ),
        (
            "<addColumn tableName=\"orders\"><column name=\"n\" type=\"int\" defaultValueNumeric=\"0\"><constraints nullable=\"false\"/></column></addColumn>",
            "additive",
        ),
        (
            "<createTable tableName=\"lines\"><column name=\"id\" type=\"int\"><constraints primaryKey=\"true\" nullable=\"false\"/></column></createTable>\n<rollback><dropTable tableName=\"lines\"/></rollback>",
            "additive",
        ),
        (
            "<!-- <dropTable tableName=\"orders\"/> --><comment>dropTable</comment>",
            "additive",
        ),
        (
            "<preConditions onFail=\"MARK_RAN\"><tableExists tableName=\"a\"/></preConditions><createIndex indexName=\"i\" tableName=\"a\"><column name=\"b\"/></createIndex>",
            "additive",
        ),
        (
            "<sql>\nALTER TABLE orders DROP COLUMN total;</sql>",
            "4 drops the column orders.total",
        ),
        (
            "<sql><![CDATA[ DELETE FROM a WHERE b < 3 ]]></sql>",
            "unknown: line 3 deletes rows",
        ),
        (
            "<sqlFile path=\"a.sql\"/>",
            "unknown: line 3 runs something that is not in the file",
        ),
        (
            "<ext:ownChange/>",
            "unknown: line 3 has the change ownChange, which this action does not know",
        ),
    ] {
        let text = format!(
            "<?xml version=\"1.0\"?>\n<databaseChangeLog><changeSet id=\"1\" author=\"kim\">\n{changes}\n</changeSet></databaseChangeLog>"
        );
        assert_eq!(told("db/changelog/1.xml", &text), wanted, "{changes}");
    }
    let other = told("db/changelog/1.xml", "<pom></pom>");
    assert_eq!(
        other,
        "unknown: line 1 has the change pom, which this action does not know"
    );
}

#[test]
fn yaml_and_json() {
    let yaml = "databaseChangeLog:\n  - changeSet:\n      id: 1\n      author: kim\n      changes:\n        - createTable:\n            tableName: lines\n        - dropColumn:\n            tableName: orders\n            columnName: total\n      rollback:\n        - dropTable:\n            tableName: lines\n";
    assert_eq!(
        told("db/changelog/1.yaml", yaml),
        "8 drops the column orders.total"
    );
    let only_back = yaml.replace(
        "        - dropColumn:\n            tableName: orders\n            columnName: total\n",
        "",
    );
    assert_eq!(told("db/changelog/1.yaml", &only_back), "additive");
    let sql = "databaseChangeLog:\n  - changeSet:\n      id: 1\n      changes:\n        - sql:\n            sql: DROP TABLE orders\n";
    assert_eq!(told("db/changelog/1.yml", sql), "5 drops the table orders");
    let json = "{\"databaseChangeLog\": [{\"changeSet\": {\"id\": 1, \"changes\": [\n{\"addColumn\": {\"tableName\": \"orders\", \"columns\": [{\"column\": {\"name\": \"n\", \"constraints\": {\"nullable\": false}}}]}}]}}]}";
    assert_eq!(
        told("db/changelog/1.json", json),
        "2 adds the required column orders.n"
    );
    let master = "databaseChangeLog:\n  - include:\n      file: 1.yaml\n";
    assert_eq!(told("db/changelog/master.yaml", master), "additive");
    assert_eq!(
        told("db/changelog/1.yaml", "a: 1"),
        "unknown: is not a changelog of Liquibase"
    );
    assert_eq!(
        told("db/changelog/1.yaml", "a: ["),
        "unknown: could not be parsed"
    );
}

#[test]
fn sql() {
    let text = "--liquibase formatted sql\n--changeset kim:1\nCREATE TABLE a (id int);\n--rollback DROP TABLE a;\n";
    assert_eq!(told("db/changelog/1.sql", text), "additive");
    let text = "--liquibase formatted sql\n--changeset kim:1\nDROP TABLE a;\n";
    assert_eq!(told("db/changelog/1.sql", text), "3 drops the table a");
}

proptest! {
    #[test]
    fn no_text_panics(words in prop::collection::vec(prop_oneof![
        prop::sample::select(vec!["<", ">", "/>", "</sql>", "<sql>", "<addColumn", "<column ", "nullable=\"false\"", "=", "\"",
            "<![CDATA[", "]]>", "<!--", "-->", "&lt;", "é", "tableName=é", "\n", "databaseChangeLog:", "- changeSet:", "{", "["]).prop_map(str::to_owned),
        "\\PC{0,4}",
    ], 0..40)) {
        let text = words.concat();
        for path in ["a.xml", "a.yaml", "a.json", "a.sql"] {
            told(path, &text);
        }
    }
}

#[test]
fn hostile_texts_end_soon() {
    let many = |part: &str| part.repeat((1 << 16) / part.len());
    for text in [
        many("<addColumn>"),
        many("<sql>"),
        many("<a"),
        many("<![CDATA["),
        many("<!--"),
        many("<dropColumn tableName='a'/>"),
        many("</sql"),
    ] {
        assert_ne!(told("a.xml", &text), "additive");
    }
    let members = many("\"\\u0061\":1,");
    let json = format!(
        "{{\"databaseChangeLog\":[{{\"x\":1,{}\"z\":1}}]}}",
        &members[..members.len() - 12]
    );
    told("a.json", &json);
    assert_eq!(told("a.json", &many("[")), "unknown: could not be parsed");
}
