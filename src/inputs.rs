//! The inputs that a caller gives: texts of `-i`, read by the declared type, and a file of `--inputs`.
//!
//! Whether they fit the declared schemas, and which are missing or unknown, the engine says.

use std::{collections::BTreeMap, path::Path};

use flowrun_engine::{
    definition::{self, Definition},
    diagnostic::{Code, Diagnostic},
};
use serde_json::{Map, Value};

use crate::{arguments::GivenInput, error::CommandError, reading, report::Reported, source};

/// A longer file is no input: the journal has it, and Jira takes no text of this size.
const LONGEST_FILE: u64 = 8 * 1024 * 1024;

/// The inputs of a run: what was given, checked, with defaults filled in. All problems are found at once.
pub(crate) fn bind(
    definition: &Definition,
    given: &[GivenInput],
    file: Option<&Path>,
) -> Result<Map<String, Value>, CommandError> {
    let from_file = file.map(|path| read_file(definition, path)).transpose()?.unwrap_or_default();
    let (inputs, unread) = join(definition, given, from_file);
    bound(definition, inputs, &unread)
}

/// Inputs that fit what is declared, with defaults filled in; or all that is wrong with them.
fn bound(
    definition: &Definition,
    inputs: Map<String, Value>,
    unread: &Unread<'_>,
) -> Result<Map<String, Value>, CommandError> {
    match definition.bind_inputs(inputs) {
        Ok(inputs) if unread.is_empty() => Ok(inputs),
        bound => {
            let found = bound.err().into_iter().flatten().filter(|problem| !is_told(problem, unread));
            let unread = unread.iter().map(|(name, problem)| told_of(name, problem));
            Err(CommandError::Reported(unread.chain(found).map(Reported::from).collect()))
        }
    }
}

/// The inputs of a run that goes on with some of them changed: those of before, and what was given in their places; `None` where nothing was.
pub(crate) fn rebind(
    definition: &Definition,
    before: &Map<String, Value>,
    (given, file): (&[GivenInput], Option<&Path>),
) -> Result<Option<Map<String, Value>>, CommandError> {
    if given.is_empty() && file.is_none() {
        return Ok(None);
    }
    let from_file = file.map(|path| read_file(definition, path)).transpose()?.unwrap_or_default();
    let (changed, unread) = join(definition, given, from_file);
    let inputs = before.clone().into_iter().chain(changed).collect();
    bound(definition, inputs, &unread).map(Some)
}

/// Inputs that could not be read, and why.
type Unread<'a> = BTreeMap<&'a str, String>;

/// Whether a problem is of an input that could not be read: that it is missing is no news.
fn is_told(problem: &Diagnostic, unread: &Unread<'_>) -> bool {
    unread.keys().any(|name| problem.message.contains(&format!("`{name}`")))
}

fn told_of(name: &str, problem: &str) -> Diagnostic {
    Diagnostic::error(Code::INPUT_VALUE, None, format!("the input `{name}` cannot be read: {problem}"))
}

/// Reads a file of inputs.
fn read_file(definition: &Definition, path: &Path) -> Result<Map<String, Value>, CommandError> {
    let source = source::read_as("the inputs", path).map_err(|problem| CommandError::Reported(vec![*problem]))?;
    definition::read_inputs(&source, definition)
        .map_err(|faults| CommandError::Reported(Reported::all(&source, faults)))
}

/// Joins what was given, each text read by the type that the definition declares.
fn join<'a>(
    definition: &Definition,
    given: &'a [GivenInput],
    file: Map<String, Value>,
) -> (Map<String, Value>, Unread<'a>) {
    let mut texts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    given.iter().for_each(|input| texts.entry(&input.name).or_default().push(&input.text));
    let (mut inputs, mut unread) = (file, Unread::new());
    for (name, texts) in texts {
        let schema = definition.input(name).map_or(&Value::Null, |input| &input.schema);
        let read = match inputs.shift_remove(name) {
            Some(_) => Err("it is given both by `-i` and in the file of `--inputs`: give it once".to_owned()),
            None => read_all(name, schema, &texts),
        };
        match read {
            Ok(value) => drop(inputs.insert(name.to_owned(), value)),
            Err(problem) => drop(unread.insert(name, problem)),
        }
    }
    (inputs, unread)
}

/// Reads all texts of one input.
fn read_all(name: &str, schema: &Value, texts: &[&str]) -> Result<Value, String> {
    let contents: Vec<String> = texts.iter().map(|text| content(name, text)).collect::<Result<_, _>>()?;
    match contents.as_slice() {
        [text] if !is(schema, "array") || text.trim_start().starts_with('[') => read_one(schema, text),
        texts if is(schema, "array") => {
            let items = texts.iter().map(|text| read_one(&schema["items"], text));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        texts => Err(format!("it is given {} times, and is not an array", texts.len())),
    }
}

/// A text, or what is in the file that it names: `@log.txt`, `@-` is stdin; `@@` begins a text with `@`. The line break that ends
/// a file is no part of its text: a summary is one line.
fn content(name: &str, text: &str) -> Result<String, String> {
    match text.strip_prefix('@') {
        None => Ok(text.to_owned()),
        Some(rest) if rest.starts_with('@') => Ok(rest.to_owned()),
        Some(path) => reading::text_or_stdin(Path::new(path), &format!("the input `{name}`"), LONGEST_FILE)
            .map(|text| without_last_break(&text).to_owned())
            .map_err(|error| format!("the file `{path}`: {error} (a string that begins with `@` is written `@@…`)")),
    }
}

fn without_last_break(text: &str) -> &str {
    text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line))
}

/// Reads a text by a schema's type. Of several types the text is the last resort.
fn read_one(schema: &Value, text: &str) -> Result<Value, String> {
    let types = types(schema);
    let takes_text = types.is_empty() || types.contains(&"string");
    // A version `1.10` is no number that is printed back as `1.1`.
    let is_printed_back = |value: &Value| format!("{value}") == text.trim();
    let keeps_spelling = |value: &Value| !takes_text || !value.is_number() || is_printed_back(value);
    let json = || serde_json::from_str::<Value>(text).ok().filter(keeps_spelling);
    if types.is_empty() {
        return Ok(json().unwrap_or_else(|| Value::String(text.to_owned())));
    }
    let fits = |value: &Value| types.iter().any(|name| *name != "string" && has_type(value, name));
    match json().filter(fits) {
        Some(value) => Ok(value),
        None if types.contains(&"string") => Ok(Value::String(text.to_owned())),
        None => Err(format!("`{}` is not {}", text.trim(), with_article(&types.join(" or ")))),
    }
}

/// `an integer or null`
fn with_article(types: &str) -> String {
    let article = if types.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {types}")
}

/// The types that a schema allows; none where it does not say, and its values do not tell.
fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => match schema["enum"].as_array() {
            Some(values) if values.iter().all(Value::is_string) => vec!["string"],
            _ => Vec::new(),
        },
    }
}

fn is(schema: &Value, name: &str) -> bool {
    types(schema).contains(&name)
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_read_by_the_declared_type() {
        let cases = [
            (json!({"type": "string"}), vec!["12"], Ok(json!("12"))),
            (json!({"type": "string"}), vec!["@@ann"], Ok(json!("@ann"))),
            (json!({"type": "integer"}), vec!["12"], Ok(json!(12))),
            (json!({"type": "integer"}), vec!["1.5"], Err("`1.5` is not an integer")),
            (json!({"type": "boolean"}), vec!["true"], Ok(json!(true))),
            (json!({"type": "boolean"}), vec!["yes"], Err("`yes` is not a boolean")),
            (json!({"type": ["string", "null"]}), vec!["null"], Ok(json!(null))),
            (json!({"type": ["string", "null"]}), vec!["nil"], Ok(json!("nil"))),
            (json!({"type": "array", "items": {"type": "string"}}), vec!["1"], Ok(json!(["1"]))),
            (json!({"type": "array", "items": {"type": "integer"}}), vec!["1", "2"], Ok(json!([1, 2]))),
            (json!({"type": "array"}), vec![r#"["a", 1]"#], Ok(json!(["a", 1]))),
            (json!({"type": "object"}), vec![r#"{"a": 1}"#], Ok(json!({"a": 1}))),
            (json!({"type": "string"}), vec!["a", "b"], Err("it is given 2 times, and is not an array")),
            (json!({"enum": ["1", "2"]}), vec!["1"], Ok(json!("1"))),
            (json!({}), vec!["1"], Ok(json!(1))),
            (json!({}), vec!["1.10"], Ok(json!("1.10"))),
            (json!({"type": ["string", "number"]}), vec!["1e3"], Ok(json!("1e3"))),
            (json!({"type": ["string", "number"]}), vec!["1.5"], Ok(json!(1.5))),
            (json!({"type": "number"}), vec!["1.10"], Ok(json!(1.1))),
            (json!({}), vec!["123456789012345678901"], Ok(json!("123456789012345678901"))),
        ];
        for (schema, texts, expected) in cases {
            assert_eq!(read_all("x", &schema, &texts), expected.map_err(str::to_owned), "{schema} {texts:?}");
        }
    }

    #[test]
    fn a_value_can_be_a_files_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.txt");
        let text = format!("@{}", path.display());
        for end in ["", "\n", "\r\n"] {
            fs::write(&path, format!("one\ntwo{end}")).unwrap();
            assert_eq!(read_all("x", &json!({"type": "string"}), &[&text]), Ok(json!("one\ntwo")), "{end:?}");
        }
        assert!(read_all("x", &json!({"type": "string"}), &["@/nowhere"]).unwrap_err().contains("the file `/nowhere`"));
    }
}
