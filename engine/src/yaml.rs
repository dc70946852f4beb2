//! YAML: the text of a definition → its values, and the place of each. The only module that knows YAML.
//!
//! saphyr-parser's events give the places, refuse what a definition may not have, and bound the work. Of an ordinary file they
//! give the values too. Of any other serde_yaml does, and where the two read it differently, it is refused.

mod align;
mod building;
mod limits;
mod misread;
mod reader;
mod recovery;
mod scalar;
mod slip;
mod spans;
mod syntax;
mod value;

use std::ops::Range;

use serde_json::Value;

pub(crate) use limits::FILE as LARGEST_FILE;
pub(crate) use spans::{Span, Spans};

use crate::diagnostic::{Code, Diagnostic, WhenKept};

/// The values of a document, and their places.
#[derive(Debug)]
pub(crate) struct Document {
    /// The root.
    pub(crate) value: Value,
    /// Where everything is written.
    pub(crate) spans: Spans,
}

/// What a text gave: a document unless it cannot be read at all, everything that YAML
/// allows and a definition does not, and what YAML hardly reads as it is meant.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The first document. Of keys that are written twice it has the first.
    pub(crate) document: Option<Document>,
    /// In the order of the file.
    pub(crate) faults: Vec<Diagnostic>,
}

/// Reads a text.
pub(crate) fn read(text: &str) -> Reading {
    if let Some(fault) = syntax::control_character(text) {
        return Reading { document: None, faults: vec![fault] };
    }
    match reader::outline(text) {
        Ok(outline) => with_values(text, outline),
        Err(refusal) => Reading { document: None, faults: recovery::faults(text, refusal) },
    }
}

/// Reads a text as JSON; a key that is written twice is refused there too.
///
/// # Errors
/// The first thing that is wrong with it.
pub(crate) fn read_json(text: &str) -> Result<Value, serde_json::Error> {
    value::json(text)
}

fn with_values(text: &str, outline: reader::Outline) -> Reading {
    let reader::Outline { spans, mut faults, first_alias, value } = outline;
    let Some(spans) = spans else {
        faults.push(
            Diagnostic::error(Code::MISSING_KEY, 0..0, "the file is empty")
                .with_help("a definition starts with `process:`"),
        );
        return Reading { document: None, faults };
    };
    if let Some(value) = value.filter(|_| faults.is_empty() && first_alias.is_none() && building::is_ordinary(text)) {
        return Reading { document: Some(Document { value, spans }), faults };
    }
    let value = match value::first_document(text.trim_start_matches('\u{feff}')) {
        Ok(value) => value,
        Err(error) => return Reading { document: None, faults: vec![refusal(text, &error, first_alias)] },
    };
    let document = Document { value, spans };
    // What is only suspected of the text changes nothing of what is read.
    let is_suspicion = |fault: &Diagnostic| fault.code.page().when_kept == WhenKept::GoesOn;
    let mut errors = faults.iter().filter(|fault| fault.is_error());
    if errors.all(is_suspicion)
        && let Some(span) = document.disagreement(&document.value, document.spans.root())
    {
        let message = "the file is not YAML: this can be read in two ways";
        let fault = Diagnostic::error(Code::YAML_SYNTAX, document.spans.value(span), message);
        let help = "look for unusual line breaks (U+0085, U+2028) and tabs, and quote the value";
        return Reading { document: None, faults: vec![fault.with_help(help)] };
    }
    Reading { document: Some(document), faults }
}

/// What serde_yaml refuses and the first pass did not.
fn refusal(text: &str, error: &serde_yaml::Error, first_alias: Option<Range<usize>>) -> Diagnostic {
    let words = error.to_string();
    let Some(location) = error.location() else {
        let code = if words.contains("repetition limit") { Code::TOO_MANY_YAML_NODES } else { Code::YAML_SYNTAX };
        let fault = Diagnostic::error(code, first_alias.unwrap_or(0..0), format!("the file cannot be read: {words}"));
        return fault.with_help("write out what aliases stand for");
    };
    let mark = usize::from(text.starts_with('\u{feff}'));
    let at = text.char_indices().nth(location.index() + mark).map_or(text.len(), |(byte, _)| byte);
    let words = words.split(" at line ").next().unwrap_or_default();
    syntax::refused(text, at, words).fault
}

impl Document {
    /// The first value whose form its place does not have: the two parsers read it differently.
    fn disagreement(&self, value: &Value, span: Span) -> Option<Span> {
        match value {
            Value::Object(fields) if self.spans.is_mapping_of(span, fields.len()) => {
                fields.iter().find_map(|(name, value)| match self.spans.field(span, name) {
                    Some(inner) => self.disagreement(value, inner),
                    None => Some(span),
                })
            }
            Value::Array(items) if self.spans.is_list_of(span, items.len()) => {
                items.iter().enumerate().find_map(|(index, value)| match self.spans.item(span, index) {
                    Some(inner) => self.disagreement(value, inner),
                    None => Some(span),
                })
            }
            Value::Object(_) | Value::Array(_) => Some(span),
            _ => (!self.spans.is_scalar(span)).then_some(span),
        }
    }
}

#[cfg(test)]
mod tests;
