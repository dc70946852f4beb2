//! Plain scalars keep their spelling: where a string is asked for, `1.10` is that text, and no number that is printed back.
//!
//! YAML reads `1.10`, `1e3`, `0x1F` and `123456789012345678901` as numbers. What is asked for, the schemas say. The keyword
//! `x-as-written` in an activity's schema says that only the service knows: there a number is handed on as it is spelled, unless it
//! would be printed the same. So it is in `outputs`, where nobody is known who takes it.

use serde_json::{Map, Value};

use crate::{
    activity::Catalogue,
    kind::WrittenKind,
    yaml::{Document, Span, Spans},
};

/// Gives the strings of a definition that are written as numbers their spelling.
pub(super) fn keep(document: &mut Document, catalogue: &Catalogue) {
    let Document { value, spans } = document;
    let Some(root) = value.as_object_mut() else { return };
    texts(root, spans.root(), spans, &["version", "description", "access_token"]);
    if let (Some(Value::Object(concurrency)), Some(span)) =
        (root.get_mut("concurrency"), spans.field(spans.root(), "concurrency"))
    {
        texts(concurrency, span, spans, &["key"]);
    }
    for (schema, span) in section(root, "inputs", spans) {
        input(schema, span, spans);
    }
    for (output, span) in section(root, "outputs", spans) {
        AsWritten { spans, in_objects: true }.keep(output, span);
    }
    for name in ["nodes", "finally"] {
        for (node, span) in section(root, name, spans) {
            let Some(node) = node.as_object_mut() else { continue };
            texts(node, span, spans, &["description"]);
            let Some(kind) = WrittenKind::of(|name| node.get(name), catalogue) else { continue };
            let key = kind.written().arguments();
            if let (Some(schema), Some(arguments), Some(span)) =
                (kind.written().schema(), node.get_mut(key), spans.field(span, key))
                && has_number(arguments)
            {
                Spelling { spans, root: schema }.keep(arguments, span, schema, DEEPEST);
            }
        }
    }
}

/// Gives a value for an input its spelling, where the input's schema asks for strings.
pub(super) fn keep_of_input(value: &mut Value, span: Span, spans: &Spans, schema: &Value) {
    Spelling { spans, root: schema }.keep(value, span, schema, DEEPEST);
}

/// How deep schemas are read.
const DEEPEST: usize = 32;

fn section<'a>(root: &'a mut Map<String, Value>, name: &str, spans: &Spans) -> Vec<(&'a mut Value, Span)> {
    let Some(span) = spans.field(spans.root(), name) else { return Vec::new() };
    let fields = root.get_mut(name).and_then(Value::as_object_mut).into_iter().flatten();
    fields.filter_map(|(name, value)| Some((value, spans.field(span, name)?))).collect()
}

fn has_number(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::Array(items) => items.iter().any(has_number),
        Value::Object(fields) => fields.values().any(has_number),
        _ => false,
    }
}

/// Fields that are strings whatever is in them.
fn texts(fields: &mut Map<String, Value>, span: Span, spans: &Spans, names: &[&str]) {
    for name in names {
        if let (Some(value), Some(span)) = (fields.get_mut(*name), spans.field(span, name)) {
            spell(value, span, spans);
        }
    }
}

/// Gives numbers of which nobody here knows what they are their spelling, unless they are printed back so.
struct AsWritten<'a> {
    spans: &'a Spans,
    /// Whether objects are looked into; else they are handed on as they are.
    in_objects: bool,
}

impl AsWritten<'_> {
    fn keep(&self, value: &mut Value, span: Span) {
        match value {
            Value::Number(_) if !is_printed_back(value, span, self.spans) => spell(value, span, self.spans),
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.spans.item(span, index).into_iter().for_each(|span| self.keep(item, span));
                }
            }
            Value::Object(fields) if self.in_objects => {
                for (name, field) in fields {
                    self.spans.field(span, name).into_iter().for_each(|span| self.keep(field, span));
                }
            }
            _ => {}
        }
    }
}

fn is_printed_back(number: &Value, span: Span, spans: &Spans) -> bool {
    let printed = number.to_string();
    spans.spelling(span).is_none_or(|spelling| spelling == printed)
}

fn spell(value: &mut Value, span: Span, spans: &Spans) {
    if let (Value::Number(_), Some(spelling)) = (&*value, spans.spelling(span)) {
        *value = spelling.into();
    }
}

/// The values in the schema of an input: its default, and what it may be.
fn input(schema: &mut Value, span: Span, spans: &Spans) {
    let Some(keywords) = schema.as_object_mut() else { return };
    for name in ["default", "const", "enum"] {
        let (Some(mut value), Some(span)) = (keywords.remove(name), spans.field(span, name)) else { continue };
        let list = serde_json::json!({ "items": keywords });
        let own = Value::Object(keywords.clone());
        let schema = if name == "enum" { &list } else { &own };
        keep_of_input(&mut value, span, spans, schema);
        keywords.insert(name.to_owned(), value);
    }
    for (name, part) in keywords.iter_mut() {
        let Some(span) = spans.field(span, name) else { continue };
        match name.as_str() {
            "items" | "additionalProperties" => input(part, span, spans),
            "properties" => {
                for (name, part) in part.as_object_mut().into_iter().flatten() {
                    let span = spans.field(span, name);
                    span.into_iter().for_each(|span| input(part, span, spans));
                }
            }
            _ => {}
        }
    }
}

struct Spelling<'a> {
    spans: &'a Spans,
    /// The schema that references lead into.
    root: &'a Value,
}

impl Spelling<'_> {
    fn keep(&self, value: &mut Value, span: Span, schema: &Value, depth: usize) {
        if depth == 0 {
            return;
        }
        let mut parts = Vec::new();
        self.parts(schema, depth, &mut parts);
        let takes_as_written = parts.iter().any(|part| part.get("x-as-written").is_some());
        match value {
            Value::Number(_) if self.is_text(value, span, &parts) => spell(value, span, self.spans),
            Value::Array(items) => {
                let schema = parts.iter().find_map(|part| part.get("items"));
                for (index, item) in items.iter_mut().enumerate() {
                    if let (Some(schema), Some(span)) = (schema, self.spans.item(span, index)) {
                        self.keep(item, span, schema, depth - 1);
                    }
                }
            }
            Value::Object(fields) => {
                for (name, field) in fields.iter_mut() {
                    let schema = parts.iter().find_map(|part| part.get("properties")?.get(name.as_str()));
                    let schema = schema.or_else(|| parts.iter().find_map(|part| part.get("additionalProperties")));
                    let Some(span) = self.spans.field(span, name) else { continue };
                    match schema {
                        _ if takes_as_written => AsWritten { spans: self.spans, in_objects: false }.keep(field, span),
                        Some(schema) => self.keep(field, span, schema, depth - 1),
                        None => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// Where a number is taken as well, one that is printed back as it is written stays a number: it is the same.
    fn is_text(&self, number: &Value, span: Span, parts: &[&Value]) -> bool {
        let types: Vec<&str> = parts.iter().flat_map(|part| types(part)).collect();
        let is_whole = number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|float| float.fract() == 0.0);
        let is_number = types.contains(&"number") || (types.contains(&"integer") && is_whole);
        types.contains(&"string") && (!is_number || !is_printed_back(number, span, self.spans))
    }

    /// A schema, what it refers to, and its branches.
    fn parts<'s>(&'s self, schema: &'s Value, depth: usize, found: &mut Vec<&'s Value>) {
        if depth == 0 {
            return;
        }
        found.push(schema);
        let reference = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
        let referred = reference.and_then(|pointer| self.root.pointer(pointer));
        let branches = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|name| schema.get(name)?.as_array());
        referred.into_iter().chain(branches.flatten()).for_each(|part| self.parts(part, depth - 1, found));
    }
}

/// The types that a schema names, or that its values have.
fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => {
            let values = schema.get("enum").and_then(Value::as_array).into_iter().flatten().chain(schema.get("const"));
            values.map(|value| if value.is_string() { "string" } else { "other" }).collect()
        }
    }
}
