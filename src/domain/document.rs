//! Reads a JSON or YAML file into a JSON document. A key that is written twice is an error that names its
//! line: nobody can tell which of the two values was meant.

mod comments;
mod yaml;

use std::{collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::outside::OutsideText;

/// Open brackets, and lists that one line opens.
const DEEPEST: usize = 500;

/// When two keys of one mapping count as the same.
#[derive(Clone, Copy)]
pub(crate) enum Keys {
    Exact,
    AnyLetterCase,
}

impl Keys {
    fn fold(self, key: &str) -> String {
        match self {
            Self::Exact => key.to_owned(),
            Self::AnyLetterCase => key.to_lowercase(),
        }
    }
}

/// Reads `text` as JSON where it begins like it, else (or where that fails) as YAML.
///
/// # Errors
/// The parser's sentence, with line and column where it knows them.
pub(crate) fn parse(text: &str, keys: Keys) -> Result<Value, String> {
    // Editors on Windows put a byte order mark in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if is_deep(text) {
        return Err("it is nested too deeply".to_owned());
    }
    // A comment may stand in front of everything.
    if !text.trim_start().starts_with(['{', '[', '/']) {
        return read_yaml(text, keys);
    }
    let error = match read_json(text, keys) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let scan = comments::scan(text);
    if scan.is_json && scan.text != text {
        return read_json(&scan.text, keys);
    }
    if let Some(line) = scan.slash_comment {
        return Err(format!(
            "it is not JSON, and YAML has no comments like the one at line {line}: begin it with #"
        ));
    }
    // YAML has mappings in braces, too; where it is neither, JSON's error is the clearer one.
    read_yaml(text, keys).map_err(|_| error)
}

/// Whether some place in it may be nested deeper than in any file that people write.
fn is_deep(text: &str) -> bool {
    // The YAML parser takes time by the square of the depth: a small file could keep it busy for minutes. Brackets
    // in quotes count here, too, which does no harm at this depth.
    let mut open = 0_usize;
    let mut indicators = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        // `- - - x` opens three lists in one line.
        match byte {
            b'-' | b'?' | b':' => indicators += 1,
            b' ' | b'\t' => {}
            _ => indicators = 0,
        }
        if open > DEEPEST || indicators > DEEPEST {
            return true;
        }
    }
    false
}

fn read_json(text: &str, keys: Keys) -> Result<Value, String> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Node(keys).deserialize(&mut json).map_err(quoted)?;
    // Anything after the first value would be ignored otherwise.
    json.end().map_err(quoted)?;
    Ok(value)
}

fn read_yaml(text: &str, keys: Keys) -> Result<Value, String> {
    let parser = || serde_yaml::Deserializer::from_str(text);
    let mut value = Node(keys).deserialize(parser()).map_err(quoted)?;
    yaml::keep_spelling(&mut value, parser()).map_err(quoted)?;
    yaml::merge(&mut value, &|key| keys.fold(key))?;
    Ok(value)
}

/// A parser's error repeats words of the file.
fn quoted(error: impl fmt::Display) -> String {
    OutsideText::new(error.to_string()).to_string()
}

/// The entries of a list; none where it is something else.
pub(crate) fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(entries) => entries,
        _ => &[],
    }
}

/// Reads one value of any kind.
#[derive(Clone, Copy)]
struct Node(Keys);

impl<'de> DeserializeSeed<'de> for Node {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plain value, a list or a mapping")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        // YAML has `.nan` and `.inf`.
        let number = Number::from_f64(value).map(Value::Number);
        number.ok_or_else(|| E::custom("a number that JSON cannot write"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        let mut seen = HashSet::new();
        loop {
            let key = Key {
                keys: self.0,
                seen: &mut seen,
            };
            let Some(key) = mapping.next_key_seed(key)? else {
                return Ok(Value::Object(members));
            };
            members.insert(key, mapping.next_value_seed(self)?);
        }
    }
}

/// Reads one key.
struct Key<'a> {
    keys: Keys,
    seen: &'a mut HashSet<String>,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        // The parsers add the line on which a visitor fails: raised here, that is the key's own line.
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key that is plain text")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<String, E> {
        if self.seen.insert(self.keys.fold(key)) {
            return Ok(key.to_owned());
        }
        Err(E::custom(format_args!("the key \"{key}\" is there twice")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::outside::without_marks;

    #[test]
    fn a_key_written_twice_names_its_line() {
        for (text, line) in [
            ("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n", "line 5"),
            (
                "{\n \"a\": 1,\n \"b\": [{\"x\": 1,\n  \"x\": 2}]}",
                "line 4",
            ),
            ("a: 1\na: 1", "line 2"),
            ("{a: 1,\n a: 2}", "line 1"),
        ] {
            let error = parse(text, Keys::Exact).unwrap_err();
            assert!(error.contains(line), "{text:?}: {error}");
        }
        let error = parse("Hooks: 1\nhooks: 2", Keys::AnyLetterCase).unwrap_err();
        let error = without_marks(&error);
        assert_eq!(error, "the key \"hooks\" is there twice at line 2 column 1");
        assert!(parse("Hooks: 1\nhooks: 2", Keys::Exact).is_ok());
    }

    #[test]
    fn json_and_yaml_say_the_same() {
        let wanted =
            json!({"version": 0.0, "n": 12, "neg": -1, "s": "\u{1f600}/", "l": [true, null, {}]});
        let text =
            r#"{"version": 0.0, "n": 12, "neg": -1, "s": "\ud83d\ude00\/", "l": [true, null, {}]}"#;
        assert_eq!(parse(text, Keys::Exact).unwrap(), wanted);
        let text = "version: 0.0\nn: 12\nneg: -1\ns: \u{1f600}/\nl: [true, ~, {}]";
        assert_eq!(parse(text, Keys::Exact).unwrap(), wanted);
        let flow = "{version: 0.0, n: 12, neg: -1, s: \u{1f600}/, l: [true, null, {}]}";
        assert_eq!(parse(flow, Keys::Exact).unwrap(), wanted);
    }

    #[test]
    fn what_json_cannot_say_is_refused() {
        for text in [
            "a: .nan",
            "a: !Ref b",
            "? [x]\n: 1",
            "a: 1\n---\nb: 1",
            "<<: 1",
            "<<: [{a: 1}, b]",
            "<<: {a: 1}\n<<: {b: 1}",
            "{\"a\": 1, \"a\": 2} // twice",
            "{a: 1, /* two */ b: 2}",
            "{\"a\": 1} x",
        ] {
            assert!(parse(text, Keys::Exact).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_merge_key_takes_what_the_mapping_has_not() {
        let read = |text| parse(text, Keys::Exact).unwrap();
        let text = "base: &base {a: 1, b: 1}\nown:\n  <<: *base\n  b: 2\n";
        assert_eq!(read(text)["own"], json!({"b": 2, "a": 1}));
        let text = "x: &x {a: 1, c: {d: 1}}\ny: &y {a: 2, b: 2}\nown: {b: 3, <<: [*x, *y]}\n";
        assert_eq!(read(text)["own"], json!({"b": 3, "a": 1, "c": {"d": 1}}));
        // It is an ordinary key in JSON.
        assert_eq!(read(r#"{"<<": 1}"#), json!({"<<": 1}));
        let text = "base: &base {Hooks: 1}\nown: {hooks: 2, <<: *base}";
        let folded = parse(text, Keys::AnyLetterCase).unwrap();
        assert_eq!(folded["own"], json!({"hooks": 2}));
    }

    #[test]
    fn a_plain_word_keeps_its_spelling() {
        let text = "{list: [1.10, 0x1F, +5, 1e3, 12, -1, 0.5, 1.0], yes: True, no: false, base: &b {n: 2.50}, c: {<<: *b}}";
        let list = json!(["1.10", "0x1F", "+5", "1e3", 12, -1, 0.5, 1.0]);
        let own = json!({"n": "2.50"});
        let wanted = json!({"list": list, "yes": "True", "no": false, "base": own, "c": own});
        assert_eq!(parse(text, Keys::Exact), Ok(wanted));
    }

    #[test]
    fn a_comment_in_json_is_no_part_of_a_key() {
        let text = "// first\n{\"a\": 1, /* second */ \"b\": 2, // third\n\"c\": [3,], # fourth\n}";
        let wanted = json!({"a": 1, "b": 2, "c": [3]});
        assert_eq!(parse(text, Keys::Exact), Ok(wanted));
        let error = parse("{a: 1,\n // two\n b: 2}", Keys::Exact).unwrap_err();
        assert!(error.contains("the one at line 2"), "{error}");
        let error = parse("{\"a\": 1, // one\n\"a\": 2}", Keys::Exact).unwrap_err();
        assert!(error.contains("line 2"), "{error}");
        let flow = parse("{image: http://web1, path: /srv//app}", Keys::Exact);
        assert_eq!(
            flow,
            Ok(json!({"image": "http://web1", "path": "/srv//app"}))
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*", yamlish in "[a-c:{}\\[\\],\"'|>&*!# \n0-9.~?/<-]{0,60}") {
            for text in [text, yamlish] {
                let _ = parse(&text, Keys::AnyLetterCase).map(|value| value.to_string());
            }
        }

        #[test]
        fn comments_change_nothing(
            map in proptest::collection::hash_map("\\PC{0,6}", "\\PC{0,6}", 1..6),
            comment in "(//|#)[ -~é]{0,8}|/\\*[ -)+-~\n]{0,8}\\*/",
        ) {
            let value = json!({"map": map, "list": [1, true, null, -2.5]});
            // Line breaks inside of texts are escaped.
            let text = serde_json::to_string_pretty(&value).unwrap();
            let commented = text.replace('\n', &format!(" {comment}\n"));
            prop_assert_eq!(parse(&commented, Keys::Exact), Ok(value));
        }

        #[test]
        fn what_json_writes_is_read_back(map in proptest::collection::hash_map("\\PC{0,6}", any::<i64>(), 0..6)) {
            let value = json!(map);
            prop_assert_eq!(parse(&value.to_string(), Keys::Exact).unwrap(), value);
        }
    }
}
