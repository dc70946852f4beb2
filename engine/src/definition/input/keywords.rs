//! The keywords of inputs' schemas. JSON Schema passes over what it does not know; here it is misspelt.

use serde_json::Value;

use crate::{
    definition::{faults::FORMATS, problems::Problems},
    diagnostic::{Code, Diagnostic},
    suggestion::did_you_mean,
    text::TextKinds,
    yaml::{Document, Span},
};

/// Checks the keywords of a schema and of those in it.
pub(super) fn check(document: &Document, kinds: &TextKinds, schema: &Value, span: Span, found: &mut Problems) {
    for (name, value) in schema.as_object().into_iter().flatten() {
        let Some(inner) = document.spans.field(span, name) else { continue };
        if let Some(fault) = meaning(name, value, kinds) {
            let span = Some(document.spans.value(inner));
            found.push(Diagnostic { span, ..fault }, says_what_a_value_is(name));
        }
        if !KEYWORDS.contains(&name.as_str()) && !name.starts_with("x-") && !name.starts_with('$') {
            let message = format!("JSON Schema has no keyword `{name}`");
            let fault = Diagnostic::error(Code::UNKNOWN_KEY, document.spans.key(inner), message);
            let meant = OTHER_KEYWORDS.iter().find(|(other, _)| other == name).map(|(_, keyword)| *keyword);
            let help = did_you_mean(name, KEYWORDS)
                .or_else(|| meant.map(|keyword| format!("did you mean `{keyword}`?")))
                .unwrap_or_else(|| "remove it, or let it start with `x-`".to_owned());
            found.push(fault.with_help(help), false);
        }
        match name.as_str() {
            "$ref" if value.as_str().is_some_and(|reference| !reference.starts_with('#')) => {
                let span = document.spans.value(inner);
                let fault =
                    Diagnostic::error(Code::BAD_INPUT_SCHEMA, span, format!("{value} is outside of this schema"));
                found.push(fault.with_help("write the schema out here"), true);
            }
            "properties" | "patternProperties" | "definitions" => {
                for (name, schema) in value.as_object().into_iter().flatten() {
                    let inner = document.spans.field(inner, name);
                    inner.inspect(|inner| check(document, kinds, schema, *inner, found));
                }
            }
            "items" | "additionalProperties" | "contains" | "not" | "propertyNames" | "if" | "then" | "else" => {
                check(document, kinds, value, inner, found);
            }
            "allOf" | "anyOf" | "oneOf" => {
                for (index, schema) in value.as_array().into_iter().flatten().enumerate() {
                    let inner = document.spans.item(inner, index);
                    inner.inspect(|inner| check(document, kinds, schema, *inner, found));
                }
            }
            _ => {}
        }
    }
}

/// Whether the last keyword of a pointer into a schema says what a value is, so that expressions read it otherwise without: a `number` is a
/// double, a text of a kind stays one. The others only refuse values.
pub(super) fn says_what_a_value_is(pointer: &str) -> bool {
    let keyword = pointer.rsplit('/').find(|name| name.parse::<usize>().is_err()).unwrap_or_default();
    keyword.is_empty() || SAYING_WHAT_A_VALUE_IS.contains(&keyword)
}

const SAYING_WHAT_A_VALUE_IS: [&str; 14] = [
    "type",
    "const",
    "enum",
    "nullable",
    "$ref",
    "definitions",
    "items",
    "properties",
    "patternProperties",
    "additionalProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "x-text",
];

/// What is wrong with a keyword that means more here than in JSON Schema alone.
fn meaning(name: &str, value: &Value, kinds: &TextKinds) -> Option<Diagnostic> {
    let fault =
        |message: String, help: String| Some(Diagnostic::error(Code::BAD_INPUT_SCHEMA, None, message).with_help(help));
    match (name, value) {
        ("writeOnly", Value::Bool(true)) => fault("an input cannot be a secret".to_owned(), NO_SECRETS.to_owned()),
        ("format", Value::String(format)) if format == "password" => {
            fault("an input cannot be a secret".to_owned(), NO_SECRETS.to_owned())
        }
        ("format", Value::String(format)) if !FORMATS.iter().any(|(known, _)| known == format) => {
            let known = FORMATS.iter().map(|(known, _)| *known);
            let help = did_you_mean(format, known.clone())
                .unwrap_or_else(|| format!("there are {}", known.collect::<Vec<_>>().join(", ")));
            fault(format!("there is no format `{format}`"), help)
        }
        ("required", Value::Bool(_)) => fault(
            "an input is required unless it has a `default`".to_owned(),
            "remove the keyword; an input that may be left out has a `default`, such as `default: null`".to_owned(),
        ),
        ("type", Value::String(kind)) if !TYPES.contains(&kind.as_str()) => {
            let meant = OTHER_TYPES.iter().find(|(other, _)| *other == kind.to_lowercase()).map(|(_, kind)| *kind);
            let help = meant.map(|kind| format!("did you mean `{kind}`?")).or_else(|| did_you_mean(kind, TYPES));
            fault(
                format!("there is no type `{kind}`"),
                help.unwrap_or_else(|| format!("there are {}", TYPES.join(", "))),
            )
        }
        ("x-text", Value::String(kind)) if kinds.names().any(|known| known == kind) => None,
        ("x-text", value) => {
            let kind = value.as_str().unwrap_or_default();
            let help = did_you_mean(kind, kinds.names())
                .unwrap_or_else(|| format!("there are {}", kinds.names().collect::<Vec<_>>().join(", ")));
            fault(format!("{value} is not a kind of text"), help)
        }
        _ => None,
    }
}

const NO_SECRETS: &str = "the inputs of a run are kept in its journal and shown: give a credential as an access token \
                          (`flowrun token add`); if the value is not a secret, remove the keyword";

/// The types of JSON Schema.
pub(super) const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "array", "object", "null"];

/// What other languages and tools call types.
const OTHER_TYPES: [(&str, &str); 14] = [
    ("str", "string"),
    ("text", "string"),
    ("date", "string"),
    ("choice", "string"),
    ("int", "integer"),
    ("long", "integer"),
    ("float", "number"),
    ("double", "number"),
    ("decimal", "number"),
    ("bool", "boolean"),
    ("list", "array"),
    ("map", "object"),
    ("dict", "object"),
    ("json", "object"),
];

/// What other tools call keywords.
const OTHER_KEYWORDS: [(&str, &str); 7] = [
    ("options", "enum"),
    ("choices", "enum"),
    ("values", "enum"),
    ("regex", "pattern"),
    ("min", "minimum"),
    ("max", "maximum"),
    ("name", "title"),
];

/// The keywords of draft 7.
const KEYWORDS: [&str; 43] = [
    "type",
    "enum",
    "const",
    "default",
    "title",
    "description",
    "examples",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "items",
    "additionalItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependencies",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "definitions",
    "readOnly",
    "writeOnly",
    "contentMediaType",
    "contentEncoding",
    "deprecated",
];
