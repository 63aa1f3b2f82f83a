use proptest::prelude::*;

use super::*;

fn told(path: &str, text: &str) -> String {
    let mut findings = Findings::new(text);
    judge(path, text, None, &mut findings);
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

fn told_since(path: &str, before: &str, text: &str) -> String {
    let mut findings = Findings::new(text);
    judge(path, text, Some(before), &mut findings);
    findings.into_judgement().told()
}

const EDITED: &str = "begins a change set that was changed after it was written: which of its texts ran is not known";

#[test]
fn of_xml_only_what_is_new_is_judged() {
    let log = |sets: &[&str]| {
        let sets = sets.join("\n");
        format!("<databaseChangeLog>\n{sets}\n</databaseChangeLog>")
    };
    let drop = "<changeSet id=\"1\" author=\"kim\">\n<dropColumn tableName=\"a\" columnName=\"é\"/>\n</changeSet>";
    let add = "<changeSet id=\"2\" author=\"kim\">\n<addColumn tableName=\"a\"><column name=\"c\" type=\"int\"/></addColumn>\n</changeSet>";
    let rename = "<changeSet id=\"3\" author=\"kim\">\n<renameTable oldTableName=\"a\" newTableName=\"b\"/>\n</changeSet>";
    let told = |before: &[&str], now: &[&str]| told_since("a.xml", &log(before), &log(now));
    assert_eq!(told(&[drop], &[drop, add]), "additive");
    assert_eq!(told(&[drop], &[drop, add, rename]), "9 renames the table a");
    assert_eq!(told(&[], &[drop]), "3 drops the column a.é");
    let spaced = drop.replace("\n<", "\n\n  <!-- why -->\n\t<");
    assert_eq!(told(&[&spaced], &[drop, add]), "additive");
    let edited = add.replace("int", "bigint");
    assert_eq!(
        told(&[drop, add], &[drop, &edited]),
        format!("unknown: line 5 {EDITED}")
    );
    let again = edited.replace("<changeSet", "<changeSet runOnChange=\"true\"");
    assert_eq!(told(&[drop, add], &[drop, &again]), "additive");
    let worse = drop.replace("é", "d");
    assert_eq!(told(&[drop], &[&worse]), "3 drops the column a.d");
    // The same id of somebody else is another change set, and one without an end is none.
    let other = drop.replace("kim", "lee");
    assert_eq!(told(&[&other], &[drop]), "3 drops the column a.é");
    let open = drop.replace("</changeSet>", "");
    assert_eq!(told(&[&open], &[&open]), "3 drops the column a.é");
    // Under another name, Liquibase runs all of it again.
    let text = log(&[drop]);
    let renamed = text.replace(
        "<databaseChangeLog>",
        "<databaseChangeLog logicalFilePath=\"b\">",
    );
    assert_eq!(
        told_since("a.xml", &text, &renamed),
        "3 drops the column a.é"
    );
}

#[test]
fn of_yaml_and_json_only_what_is_new_is_judged() {
    let log = |sets: &[&str]| format!("databaseChangeLog:\n{}", sets.concat());
    let drop = "  - changeSet:\n      id: 1\n      author: kim\n      changes:\n        - dropColumn:\n            tableName: a\n            columnName: b\n";
    let next = "  - changeSet:\n      id: 2\n      author: kim\n      changes:\n        - dropColumn:\n            tableName: a\n            columnName: c\n";
    let add = "  - changeSet:\n      id: 3\n      author: kim\n      changes:\n        - addColumn:\n            tableName: a\n";
    let told = |before: &[&str], now: &[&str]| told_since("a.yaml", &log(before), &log(now));
    assert_eq!(told(&[drop], &[drop, add]), "additive");
    assert_eq!(told(&[drop], &[drop, next]), "13 drops the column a.c");
    assert_eq!(told(&[drop], &["  # why\n", drop, add]), "additive");
    let edited = add.replace("tableName: a", "tableName: b");
    assert_eq!(
        told(&[drop, add], &[drop, &edited]),
        format!("unknown: line 9 {EDITED}")
    );
    let again = edited.replace("id: 3", "id: 3\n      runOnChange: true");
    assert_eq!(told(&[drop, add], &[drop, &again]), "additive");
    assert_eq!(told(&["  - ["], &[drop]), "6 drops the column a.b");
    let json = |sets: &str| format!("{{\"databaseChangeLog\": [\n{sets}\n]}}");
    let one = "{\"changeSet\": {\"id\": \"1\", \"author\": \"kim\", \"changes\": [{\"dropTable\": {\"tableName\": \"a\"}}]}}";
    let two = one.replace("\"1\"", "\"2\"");
    assert_eq!(told_since("a.json", &json(one), &json(one)), "additive");
    assert_eq!(
        told_since("a.json", &json(one), &json(&format!("{one},\n{two}"))),
        "3 drops the table a"
    );
}

#[test]
fn of_formatted_sql_only_what_is_new_is_judged() {
    let head = "--liquibase formatted sql\n";
    let drop = "--changeset kim:1 splitStatements:true\nALTER TABLE a DROP COLUMN b;\n--rollback ALTER TABLE a ADD b int;\n";
    let add = "-- Changeset kim:2\nALTER TABLE a ADD COLUMN c int;\n";
    let log = |sets: &[&str]| format!("{head}{}", sets.concat());
    let told = |before: &[&str], now: &[&str]| told_since("a.sql", &log(before), &log(now));
    assert_eq!(told(&[drop], &[drop, add]), "additive");
    assert_eq!(told(&[drop], &[drop, "\n-- more\n\n", add]), "additive");
    assert_eq!(told(&[add], &[add, drop]), "5 drops the column a.b");
    let edited = add.replace("int", "bigint");
    assert_eq!(
        told(&[drop, add], &[drop, &edited]),
        format!("unknown: line 5 {EDITED}")
    );
    let again = edited.replace("kim:2", "kim:2 runOnChange:true");
    assert_eq!(told(&[drop, add], &[drop, &again]), "additive");
    // What was a part of a comment is none now.
    let comment = "--changeset kim:3\nSELECT 1; -- no\n-- DROP TABLE a;\n";
    let hidden = "--changeset kim:3\nSELECT 1; -- no\nDROP TABLE a;\n";
    assert_eq!(told(&[comment], &[hidden]), "4 drops the table a");
    // Without change sets, nobody can say what of it is new.
    assert_eq!(
        told_since("a.sql", "DROP TABLE a;", "DROP TABLE a;"),
        "1 drops the table a"
    );
}

proptest! {
    #[test]
    fn no_text_panics(words in prop::collection::vec(prop_oneof![
        prop::sample::select(vec!["<", ">", "/>", "</sql>", "<sql>", "<addColumn", "<column ", "nullable=\"false\"", "=", "\"",
            "<![CDATA[", "]]>", "<!--", "-->", "&lt;", "é", "tableName=é", "\n", "databaseChangeLog:", "- changeSet:", "{", "[",
            "<changeSet id='1'>", "</changeSet>", "--changeset", "-- changeset a:1\n"]).prop_map(str::to_owned),
        "\\PC{0,4}",
    ], 0..40)) {
        let text = words.concat();
        for path in ["a.xml", "a.yaml", "a.json", "a.sql"] {
            told(path, &text);
            told_since(path, &text, &text);
            told_since(path, &text[..text.floor_char_boundary(text.len() / 2)], &text);
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
    for text in [
        many("<changeSet id='a'>"),
        many("<changeSet id='a'/>"),
        many("<changeSet id='a'></changeSet>"),
        many("</changeSet>"),
        many("--changeset a:1\n"),
        many("--changeset\n"),
        many("databaseChangeLog:\n- changeSet: {}\n"),
    ] {
        for path in ["a.xml", "a.sql", "a.yaml"] {
            told_since(path, &text, &text);
        }
    }
    let members = many("\"\\u0061\":1,");
    let json = format!(
        "{{\"databaseChangeLog\":[{{\"x\":1,{}\"z\":1}}]}}",
        &members[..members.len() - 12]
    );
    told("a.json", &json);
    assert_eq!(told("a.json", &many("[")), "unknown: could not be parsed");
}
