//! Markdown as a text kind: values that stand in a rich text show as they are, whatever characters are in them.

mod field;

pub(crate) use field::{FieldText, by_type};

use flowrun_engine::text::{Fault, Part, PlainType, Planned, TextKind};
use serde_json::Value;

use crate::{adf, number::whole};

/// Rich texts, which authors write in Markdown.
pub(crate) struct Markdown;

impl TextKind for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn title(&self) -> &'static str {
        "Markdown"
    }

    fn function(&self) -> Option<&'static str> {
        Some("markdown")
    }

    fn check(&self, parts: &[Planned<'_>]) -> Vec<Fault> {
        misplaced(parts)
    }

    fn assemble(&self, parts: &[Part<'_>]) -> Result<Value, Fault> {
        let pieces = pieces(parts)?;
        Ok(markdown(&pieces).into())
    }
}

/// The texts of parts.
fn pieces<'a>(parts: &[Part<'a>]) -> Result<Vec<Piece<'a>>, Fault> {
    let pieces = parts.iter().enumerate().map(|(number, part)| match part {
        Part::Literal(text) => Ok(Piece::Literal(text)),
        Part::Fragment { text, .. } => Ok(Piece::Fragment(text)),
        Part::Value { source, value } => shown(value).map(Piece::Value).ok_or_else(|| no_text(Some(number), source)),
    });
    pieces.collect()
}

fn markdown(pieces: &[Piece<'_>]) -> String {
    adf::assemble(&pieces.iter().map(Piece::part).collect::<Vec<_>>())
}

/// What is seen of values that have no text.
fn misplaced(parts: &[Planned<'_>]) -> Vec<Fault> {
    // Alone, a value may be a document, or null where that has a meaning: the activity says.
    if parts.len() < 2 {
        return Vec::new();
    }
    let faults = parts.iter().enumerate().filter_map(|(number, part)| match part {
        Planned::Value { source, types } if !types.is_empty() && types.iter().all(|kind| !is_shown(*kind)) => {
            Some(no_text(Some(number), source))
        }
        _ => None,
    });
    faults.collect()
}

/// A part whose value is a text.
enum Piece<'a> {
    Literal(&'a str),
    Fragment(&'a str),
    Value(String),
}

impl Piece<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Literal(text) | Self::Fragment(text) => text,
            Self::Value(text) => text,
        }
    }

    fn part(&self) -> adf::Part<'_> {
        match self {
            Self::Literal(text) => adf::Part::Literal(text),
            Self::Fragment(text) => adf::Part::Fragment(text),
            Self::Value(text) => adf::Part::Value(text),
        }
    }
}

fn is_shown(kind: PlainType) -> bool {
    match kind {
        PlainType::Boolean | PlainType::Integer | PlainType::Number | PlainType::String => true,
        PlainType::Null | PlainType::List | PlainType::Map => false,
    }
}

/// The text of a value that has one.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) => Some(value.to_string()),
        // A number without a fraction has none in texts.
        Value::Number(number) => Some(whole(number).unwrap_or_else(|| number.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn no_text(part: Option<usize>, source: &str) -> Fault {
    let message = format!("`{source}` is not a string, number or boolean, so it cannot stand inside a string");
    let help = "take an element or a field of it, or say what to use instead of null".to_owned();
    Fault { part, message, help }
}

#[cfg(test)]
mod tests {
    use flowrun_engine::text::{Part, TextKind};
    use serde_json::{Value, json};

    use super::Markdown;
    use crate::adf::from_markdown;

    fn assembled(value: &Value) -> Result<String, String> {
        let parts = [Part::Literal("**It says** "), Part::Value { source: "x", value }, Part::Literal(".")];
        let text = Markdown.assemble(&parts).map_err(|fault| fault.message)?;
        Ok(from_markdown(text.as_str().expect("a text")).expect("a document")["content"][0]["content"].to_string())
    }

    #[test]
    fn a_value_shows_as_it_is() {
        let strong = json!({ "type": "text", "text": "It says", "marks": [{ "type": "strong" }] });
        let plain = |text: &str| json!([strong, { "type": "text", "text": text }]).to_string();
        let no_text = "`x` is not a string, number or boolean, so it cannot stand inside a string";
        let cases = [
            (
                json!("__init__.py: 5*3*2 failed in <module> of *.log"),
                Ok(plain(" __init__.py: 5*3*2 failed in <module> of *.log.")),
            ),
            (json!(3.0), Ok(plain(" 3."))),
            (json!(1.5), Ok(plain(" 1.5."))),
            (json!(true), Ok(plain(" true."))),
            (json!(null), Err(no_text.to_owned())),
            (json!(["a"]), Err(no_text.to_owned())),
        ];
        for (value, expected) in cases {
            let same = |text: String| serde_json::from_str::<Value>(&text).expect("JSON");
            assert_eq!(assembled(&value).map(same), expected.map(same), "{value}");
        }
    }
}
