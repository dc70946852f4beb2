//! Files of inputs: a map from input to value, in YAML or JSON, with the same rules as definitions.

use serde_json::{Map, Value};

use super::Source;
use crate::{
    diagnostic::{Code, Diagnostic, Severity},
    yaml,
};

/// Reads a file of inputs. An empty one has none.
///
/// # Errors
/// Everything that is wrong with it, with places.
pub fn read_inputs(source: &Source) -> Result<Map<String, Value>, Vec<Diagnostic>> {
    if source.text().lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#')) {
        return Ok(Map::new());
    }
    let reading = yaml::read(source.text());
    match reading.document {
        Some(document) if reading.faults.is_empty() => match document.value {
            Value::Object(inputs) => Ok(inputs),
            Value::Null => Ok(Map::new()),
            _ => {
                let place = document.places.value(document.places.root());
                let fault = Diagnostic::error(Code::WRONG_TYPE, place, "this is no map of inputs");
                Err(vec![fault.with_help("write `NAME: VALUE`, a line each")])
            }
        },
        // Here even a doubt is an error: what would be warned of goes into a run at once.
        _ => Err(reading.faults.into_iter().map(|fault| Diagnostic { severity: Severity::Error, ..fault }).collect()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Value, Vec<Code>> {
        let inputs = read_inputs(&Source::new("inputs.yaml", text));
        inputs.map(Value::Object).map_err(|faults| faults.iter().map(|fault| fault.code).collect())
    }

    #[test]
    fn a_file_of_inputs_is_a_map() {
        assert_eq!(read("summary: x\ncount: 3\n"), Ok(json!({ "summary": "x", "count": 3 })));
        assert_eq!(read(r#"{"summary": "x"}"#), Ok(json!({ "summary": "x" })));
        assert_eq!(read("\n# nothing\n"), Ok(json!({})));
        assert_eq!(read(""), Ok(json!({})));
        assert_eq!(read("- x\n"), Err(vec![Code::WRONG_TYPE]));
        assert_eq!(read("a: 1\na: 2\nb: .nan\n"), Err(vec![Code::DUPLICATE_KEY, Code::NOT_FINITE]));
        assert_eq!(read("summary: Release #7 is out\n"), Err(vec![Code::GLUED_COMMENT]));
    }
}
