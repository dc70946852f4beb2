//! Files of inputs: a map from input to value, in YAML or JSON, with the same rules as definitions.
//!
//! A text that can be JSON is read as JSON first: YAML lacks some of JSON's escapes, such as the pairs in which many programs
//! write an emoji.

use serde_json::{Map, Value};

use super::{Definition, Position, Source, spelling};
use crate::{
    diagnostic::{Code, Diagnostic, Severity},
    yaml::{self, Document},
};

/// Reads a file of inputs for a definition. An empty one has none.
///
/// # Errors
/// Everything that is wrong with it, with places.
pub fn read_inputs(source: &Source, definition: &Definition) -> Result<Map<String, Value>, Vec<Diagnostic>> {
    let text = source.text().trim_start_matches('\u{feff}');
    if text.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#')) {
        return Ok(Map::new());
    }
    let has_name_of_json = source.name().to_ascii_lowercase().ends_with(".json");
    let json = (has_name_of_json || text.trim_start().starts_with('{')).then(|| read_json(source));
    match json {
        Some(Ok(Value::Object(inputs))) => Ok(inputs),
        Some(Err(fault)) if has_name_of_json => read_yaml(source, definition).map_err(|faults| {
            // What YAML refuses in words of its own is told; what is not YAML either was meant as JSON.
            if faults.iter().all(|fault| fault.code == Code::YAML_SYNTAX) { vec![fault] } else { faults }
        }),
        Some(_) | None => read_yaml(source, definition),
    }
}

/// Reads a text as JSON; or the first thing that is wrong with it.
fn read_json(source: &Source) -> Result<Value, Diagnostic> {
    yaml::read_json(source.text().trim_start_matches('\u{feff}')).map_err(|error| {
        let span = source.byte(Position { line: error.line(), column: error.column() });
        let words = error.to_string();
        let words = words.split(" at line ").next().unwrap_or_default();
        Diagnostic::error(Code::YAML_SYNTAX, span..span, format!("the file is not JSON: {words}"))
    })
}

fn read_yaml(source: &Source, definition: &Definition) -> Result<Map<String, Value>, Vec<Diagnostic>> {
    let reading = yaml::read(source.text());
    match reading.document {
        Some(document) if reading.faults.is_empty() => inputs(document, definition),
        // Here even a doubt is an error: what would be warned of goes into a run at once.
        _ => Err(reading.faults.into_iter().map(|fault| Diagnostic { severity: Severity::Error, ..fault }).collect()),
    }
}

fn inputs(document: Document, definition: &Definition) -> Result<Map<String, Value>, Vec<Diagnostic>> {
    let Document { value, spans } = document;
    match value {
        Value::Object(mut inputs) => {
            for (name, value) in &mut inputs {
                if let (Some(input), Some(span)) = (definition.input(name), spans.field(spans.root(), name)) {
                    spelling::keep_of_input(value, span, &spans, &input.schema);
                }
            }
            Ok(inputs)
        }
        Value::Null => Ok(Map::new()),
        _ => {
            let fault = Diagnostic::error(Code::WRONG_TYPE, spans.value(spans.root()), "this is not a map of inputs");
            Err(vec![fault.with_help("write `NAME: VALUE`, one on each line")])
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{definition::Input, expression::ValueType, id::DefinitionHash};

    fn definition() -> Definition {
        let input = |name: &str, schema: Value| Input { name: name.to_owned(), schema, default: None };
        Definition {
            hash: DefinitionHash::new("test"),
            source: Source::new("p.yaml", ""),
            process: "p".into(),
            version: "1".into(),
            description: None,
            access_token: None,
            concurrency: None,
            inputs: vec![
                input("release", json!({ "type": "string" })),
                input("releases", json!({ "type": "array", "items": { "type": "string" } })),
                input("count", json!({ "type": "number" })),
            ],
            input_type: ValueType::default(),
            nodes: Vec::new(),
            outputs: Vec::new(),
            passed_over: Vec::new(),
        }
    }

    fn read(name: &str, text: &str) -> Result<Value, Vec<String>> {
        let inputs = read_inputs(&Source::new(name, text), &definition());
        let told = |fault: &Diagnostic| format!("{} {:?} {}", fault.code, fault.span, fault.message);
        inputs.map(Value::Object).map_err(|faults| faults.iter().map(told).collect())
    }

    fn codes(text: &str) -> Vec<String> {
        read("inputs.yaml", text).unwrap_err().iter().map(|fault| fault[..6].to_owned()).collect()
    }

    #[test]
    fn a_file_of_inputs_is_a_map() {
        let read = |text| read("inputs.yaml", text);
        assert_eq!(read("summary: x\ncount: 3\n"), Ok(json!({ "summary": "x", "count": 3 })));
        assert_eq!(read(r#"{"summary": "x"}"#), Ok(json!({ "summary": "x" })));
        assert_eq!(read("{summary: x}"), Ok(json!({ "summary": "x" })));
        assert_eq!(read("\n# nothing\n"), Ok(json!({})));
        assert_eq!(read(""), Ok(json!({})));
        assert_eq!(codes("- x\n"), ["FR0203"]);
        assert_eq!(codes("a: 1\na: 2\nb: .nan\n"), ["FR0102", "FR0107"]);
        assert_eq!(codes("summary: Release #7 is out\n"), ["FR0114"]);
        assert_eq!(codes(r#"{"a": 1, "a": 2}"#), ["FR0102"], "JSON is no way around it");
        assert_eq!(codes(r#"{"a": {"b": 1, "b": 2}}"#), ["FR0102"]);
    }

    #[test]
    fn json_is_read_as_json() {
        let emoji = r#"{"text": "works \ud83d\ude00"}"#;
        for name in ["inputs.json", "inputs", "INPUTS.JSON"] {
            assert_eq!(read(name, emoji), Ok(json!({ "text": "works \u{1F600}" })), "{name}");
        }
        assert_eq!(read("i.json", &format!("\u{feff} {emoji}")), Ok(json!({ "text": "works \u{1F600}" })));
        let lone = read("inputs.json", r#"{"text": "\ud83d"}"#).unwrap_err().join("; ");
        assert!(lone.starts_with("FR0101 Some(") && lone.contains("the file is not JSON: "), "{lone}");
        assert_eq!(read("inputs.json", "summary: x\n"), Ok(json!({ "summary": "x" })));
    }

    #[test]
    fn a_plain_scalar_keeps_its_spelling() {
        for spelling in ["1.10", "2026.10", "1e3", "0x1F", "123456789012345678901", "7"] {
            let read = read("i.yaml", &format!("release: {spelling}\nreleases: [{spelling}]\n"));
            assert_eq!(read, Ok(json!({ "release": spelling, "releases": [spelling] })));
        }
        assert_eq!(read("i.yaml", "count: 1.10\n"), Ok(json!({ "count": 1.1 })));
    }
}
