//! Values, built along with the places: one reading of an ordinary file gives both.
//!
//! What is ordinary is a matter of the text and of what was met in it: `yaml` reads any other file a second time, with serde_yaml.

use serde_json::{Map, Value};

use super::scalar;

/// The value of a document as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Building {
    open: Vec<Open>,
    root: Option<Value>,
}

/// A list or a mapping that is still open.
#[derive(Debug)]
enum Open {
    Items(Vec<Value>),
    /// What there is of it, and the key whose value comes next.
    Fields(Map<String, Value>, Option<String>),
}

impl Building {
    /// A list begins.
    pub(super) fn list(&mut self) {
        self.open.push(Open::Items(Vec::new()));
    }

    /// A mapping begins.
    pub(super) fn mapping(&mut self) {
        self.open.push(Open::Fields(Map::new(), None));
    }

    /// A key of the innermost mapping.
    pub(super) fn key(&mut self, name: &str) {
        if let Some(Open::Fields(_, key)) = self.open.last_mut() {
            *key = Some(name.to_owned());
        }
    }

    /// A scalar; a plain one may be a number, a boolean or null.
    pub(super) fn scalar(&mut self, text: &str, is_plain: bool) {
        self.put(if is_plain { scalar::value(text) } else { text.into() });
    }

    /// The innermost list or mapping ends.
    pub(super) fn end(&mut self) {
        match self.open.pop() {
            Some(Open::Items(items)) => self.put(items.into()),
            Some(Open::Fields(fields, _)) => self.put(fields.into()),
            None => {}
        }
    }

    fn put(&mut self, value: Value) {
        match self.open.last_mut() {
            Some(Open::Items(items)) => items.push(value),
            Some(Open::Fields(fields, key)) => fields.extend(key.take().map(|key| (key, value))),
            None => self.root = Some(value),
        }
    }

    /// The document, if it is a mapping: the parsers read a block scalar at the root differently.
    pub(super) fn finish(self) -> Option<Value> {
        self.root.filter(Value::is_object)
    }
}

/// Whether a text has nothing that the two parsers are known to read differently: tabs, line breaks but `\n`, a last line without
/// one, and what is taken for the mark between two documents.
pub(super) fn is_ordinary(text: &str) -> bool {
    let is_odd = |char: char| matches!(char, '\t' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    let has_odd = match text.is_ascii() {
        true => text.bytes().any(|byte| byte == b'\t' || byte == b'\r'),
        false => text.contains(is_odd),
    };
    let has_mark = text.contains("---") || text.starts_with("...") || text.contains("\n...");
    text.ends_with('\n') && !has_odd && !has_mark
}
