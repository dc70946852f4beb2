//! What is wrong with one value, in words.

use std::{collections::BTreeMap, ops::Range};

use jsonschema::error::{ValidationError, ValidationErrorKind};
use serde_json::Value;

use super::choice::{self, Finding, What, Within};
use crate::{
    definition::pointer,
    diagnostic::{Code, Diagnostic},
    suggestion::did_you_mean,
    yaml::Document,
};

/// What is wrong with a value, before it has a place.
#[derive(Debug)]
pub(crate) struct Problem {
    /// Which kind.
    pub(in crate::definition) code: Code,
    /// In words.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<String>,
    /// Where it is shown: at the key that leads to the value, and not at the value.
    pub(in crate::definition) at_key: bool,
}

impl Problem {
    /// Its place in a document, where `pointer` leads to the value.
    pub(in crate::definition) fn span(&self, document: &Document, pointer: &str) -> Range<usize> {
        let span = document.spans.nearest(pointer);
        if self.at_key { document.spans.key(span) } else { document.spans.value(span) }
    }

    /// All problems of a value that the validator of `schema` finds, each with its JSON pointer.
    pub(crate) fn all(validator: &jsonschema::Validator, schema: &Value, value: &Value) -> Vec<(String, Self)> {
        Self::of(&validator.iter_errors(value).collect::<Vec<_>>(), schema, |_| None)
    }

    /// The problems that these errors come down to, one for each value, each with its JSON pointer. `spelling` gives the
    /// characters of a plain scalar.
    pub(in crate::definition) fn of<'d>(
        errors: &[ValidationError<'_>],
        schema: &Value,
        spelling: impl Fn(&str) -> Option<&'d str>,
    ) -> Vec<(String, Self)> {
        let within = Within { at: "", schema };
        let mut clearest = BTreeMap::new();
        let findings = errors.iter().flat_map(|error| choice::findings(error, within));
        findings.for_each(|finding| super::keep_clearest(&mut clearest, finding));
        let problems = clearest.into_iter().flat_map(|(pointer, finding)| {
            let spelling = spelling(&pointer);
            finding.by_key(pointer, spelling)
        });
        problems.collect()
    }

    /// A value that has none of these types.
    pub(in crate::definition) fn wrong_type(value: &Value, types: &[&str]) -> Self {
        wrong_type(value, types, None)
    }

    pub(in crate::definition) fn new(code: Code, message: impl Into<String>, help: Option<String>) -> Self {
        let at_key = matches!(code, Code::MISSING_KEY | Code::UNKNOWN_KEY);
        Self { code, message: message.into(), help, at_key }
    }
}

impl Finding<'_, '_> {
    /// At its place. What is missing is at the key of the mapping that lacks it, the second of two that exclude each other
    /// at its key, everything else at the value.
    pub(super) fn diagnostic(&self, document: &Document) -> Diagnostic {
        let pointer = self.pointer();
        let exclusive = self.exclusive_keys();
        let spelling = document.spans.spelling(document.spans.nearest(&pointer));
        let problem = self.problem(&exclusive, spelling);
        let range = match exclusive.last() {
            Some(second) => document.spans.key(document.spans.nearest(&pointer::join(&pointer, second))),
            None => problem.span(document, &pointer),
        };
        let fault = Diagnostic::error(problem.code, range, problem.message);
        let help = problem.help.or_else(|| advice(&pointer, self.instance()));
        Diagnostic { help, node: pointer::node(&pointer), ..fault }
    }

    /// What is wrong, in words.
    fn problem(&self, exclusive: &[&str], spelling: Option<&str>) -> Problem {
        match &self.what {
            What::Error => self.of_error(exclusive, spelling),
            What::OneIsMissing(names) => {
                Problem::new(Code::MISSING_KEY, format!("one of the keys {} is missing", list(names, " or ")), None)
            }
            What::NoType(types) => wrong_type(self.instance(), types, spelling),
        }
    }

    /// Its problem; of keys that there are not, one for each.
    fn by_key(&self, pointer: String, spelling: Option<&str>) -> Vec<(String, Problem)> {
        let Some(ValidationErrorKind::AdditionalProperties { unexpected }) = self.error_kind() else {
            return vec![(pointer, self.problem(&[], spelling))];
        };
        let unknown = |name: &String| {
            let problem = Problem::new(Code::UNKNOWN_KEY, format!("there is no key `{name}`"), None);
            (pointer::join(&pointer, name), problem)
        };
        unexpected.iter().map(unknown).collect()
    }

    /// The keys of a mapping that exclude each other by the `oneOf` of the schema, in the order of the file.
    fn exclusive_keys(&self) -> Vec<&str> {
        let Some(ValidationErrorKind::OneOfMultipleValid { .. }) = self.error_kind() else { return Vec::new() };
        let choices = self.owner().and_then(|owner| owner.get("oneOf")?.as_array());
        let required = choices.into_iter().flatten().filter_map(|choice| choice.get("required")?.as_array());
        let names: Vec<&str> = required.flatten().filter_map(Value::as_str).collect();
        let fields = self.instance().as_object();
        fields
            .into_iter()
            .flat_map(|fields| fields.keys())
            .map(String::as_str)
            .filter(|name| names.contains(name))
            .collect()
    }

    fn of_error(&self, exclusive: &[&str], spelling: Option<&str>) -> Problem {
        let (error, value) = (self.error, self.instance());
        match error.kind() {
            ValidationErrorKind::Type { .. } => wrong_type(value, &choice::types(error), spelling),
            ValidationErrorKind::Enum { options } => not_an_option(value, options, &self.pointer()),
            ValidationErrorKind::Constant { expected_value } => {
                Problem::new(Code::VALUE_NOT_ALLOWED, format!("{} is not `{expected_value}`", shown(value)), None)
            }
            ValidationErrorKind::Pattern { .. } if self.pointer() == "/process" => {
                let help = "the name of a process has lower-case letters, digits and `-`, and starts with a letter";
                Problem::new(
                    Code::BAD_NAME,
                    format!("{} is not a name for a process", shown(value)),
                    Some(help.to_owned()),
                )
            }
            ValidationErrorKind::Pattern { .. } if let Some(expected) = self.expected() => {
                Problem::new(Code::VALUE_NOT_ALLOWED, format!("{} is not {expected}", shown(value)), None)
            }
            ValidationErrorKind::Format { format }
                if let Some((_, expected)) = FORMATS.iter().find(|(name, _)| name == format) =>
            {
                Problem::new(Code::VALUE_NOT_ALLOWED, format!("{} is not {expected}", shown(value)), None)
            }
            ValidationErrorKind::MinLength { .. } if value == "" => {
                Problem::new(Code::VALUE_NOT_ALLOWED, "an empty string is not allowed here", None)
            }
            ValidationErrorKind::MinItems { .. } if value.as_array().is_some_and(Vec::is_empty) => {
                Problem::new(Code::VALUE_NOT_ALLOWED, "an empty list is not allowed here", None)
            }
            ValidationErrorKind::OneOfMultipleValid { .. } => {
                let message = match exclusive {
                    [] => format!("{} fits several choices, and must fit only one", shown(value)),
                    keys => format!("{} exclude each other", list(keys, " and ")),
                };
                Problem::new(Code::VALUE_NOT_ALLOWED, message, None)
            }
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                Problem::new(Code::MISSING_KEY, format!("the key `{name}` is missing"), None)
            }
            _ => Problem::new(Code::VALUE_NOT_ALLOWED, error.masked_with(shown(value)).to_string(), None),
        }
    }

    /// What a pattern stands for, in words, where its schema says so by the keyword [`EXPECTED`].
    fn expected(&self) -> Option<&str> {
        self.owner()?.get(EXPECTED)?.as_str()
    }
}

/// The formats of draft 7, and what they are in words.
pub(in crate::definition) const FORMATS: [(&str, &str); 17] = [
    ("date", "a date, such as `2026-01-31`"),
    ("time", "a time with its offset, such as `09:30:00Z`"),
    ("date-time", "a date and time with its offset, such as `2026-01-31T09:30:00Z`"),
    ("email", "an e-mail address"),
    ("idn-email", "an e-mail address"),
    ("hostname", "a host name"),
    ("idn-hostname", "a host name"),
    ("ipv4", "an IPv4 address"),
    ("ipv6", "an IPv6 address"),
    ("uri", "a full address, such as `https://example.com/page`"),
    ("uri-reference", "a full or relative address"),
    ("iri", "a full address, such as `https://example.com/page`"),
    ("iri-reference", "a full or relative address"),
    ("uri-template", "a template of addresses, such as `https://example.com/{name}`"),
    ("json-pointer", "a JSON pointer, such as `/a/0`"),
    ("relative-json-pointer", "a relative JSON pointer, such as `1/a`"),
    ("regex", "a regular expression"),
];

/// The keyword by which a schema says what its pattern stands for: "an issue's key, such as `OPS-7`".
const EXPECTED: &str = "x-expected";

/// `spelling` is how a plain scalar is written: `1.10` is printed back as another number.
fn wrong_type(value: &Value, types: &[&str], spelling: Option<&str>) -> Problem {
    let mut words: Vec<&str> = types.iter().map(|name| type_in_words(name)).collect();
    words.dedup();
    let found = match (value, spelling) {
        (Value::Number(_) | Value::Bool(_), Some(spelling)) => format!("`{spelling}`"),
        _ => shown(value),
    };
    let help = match (value, spelling) {
        (Value::Number(_) | Value::Bool(_), _) if !types.contains(&"string") => None,
        (Value::Number(_) | Value::Bool(_), Some(spelling)) => Some(format!("quote it: `\"{spelling}\"`")),
        (Value::Number(number), None) if number.is_f64() => Some("quote it, as it is written".to_owned()),
        (Value::Number(_) | Value::Bool(_), None) => Some(format!("quote it: `\"{value}\"`")),
        (Value::String(text), _) if reads_as(text, types) => Some(format!("without quotes it is one: `{text}`")),
        _ => None,
    };
    Problem::new(Code::WRONG_TYPE, format!("expected {}, found {found}", words.join(" or ")), help)
}

/// What to write in a place of the language where people often write something else.
fn advice(pointer: &str, value: &Value) -> Option<String> {
    let (_, key) = pointer.rsplit_once('/')?;
    match (key, value) {
        ("for_each", Value::Array(_)) if pointer::names(pointer).len() == 3 => {
            let list = value.to_string().replace('"', "'");
            let shown = if list.len() > LONGEST_SHOWN { "[…]" } else { &list };
            Some(format!("it is an expression, so quote it: `\"{shown}\"`"))
        }
        ("retry", Value::Number(attempts)) => Some(format!("write `{{ attempts: {attempts} }}`")),
        _ => None,
    }
}

/// Whether a quoted text would have one of these types without its quotes.
fn reads_as(text: &str, types: &[&str]) -> bool {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Bool(_)) => types.contains(&"boolean"),
        Ok(Value::Number(number)) => types.contains(&"number") || (types.contains(&"integer") && number.is_i64()),
        _ => false,
    }
}

fn not_an_option(value: &Value, options: &Value, pointer: &str) -> Problem {
    let texts: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let meant = value.as_str().and_then(|written| did_you_mean(written, texts.iter().copied()));
    if pointer.ends_with("/activity") && pointer::names(pointer).len() == 3 {
        let help = meant.unwrap_or_else(|| "`flowrun activities` lists them".to_owned());
        let name = value.as_str().unwrap_or_default();
        return Problem::new(Code::UNKNOWN_ACTIVITY, format!("there is no activity `{name}`"), Some(help));
    }
    let allowed = match options.as_array() {
        Some(options) if options.iter().any(|option| !option.is_string()) => {
            options.iter().map(|option| format!("`{option}`")).collect::<Vec<_>>().join(", ")
        }
        _ => list(&texts, ", "),
    };
    Problem::new(Code::VALUE_NOT_ALLOWED, format!("{} is not one of {allowed}", shown(value)), meant)
}

fn list(names: &[&str], between: &str) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(between)
}

fn type_in_words(name: &str) -> &str {
    match name {
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "a boolean (`true` or `false`)",
        "array" => "a list",
        "object" => "a map",
        other => other,
    }
}

/// A value as a message names it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
        Value::String(text) if text.chars().count() > LONGEST_SHOWN => {
            format!("the string `{}…`", text.chars().take(LONGEST_SHOWN).collect::<String>())
        }
        Value::String(text) => format!("`{text}`"),
        Value::Bool(_) | Value::Number(_) => format!("`{value}`"),
    }
}

/// How many characters of a text a message shows.
const LONGEST_SHOWN: usize = 40;
