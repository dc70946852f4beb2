//! Inputs: their schemas and defaults when a definition is loaded, and the values that a run is given.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Definition, Input, faults::Problem, language, pointer, rules};
use crate::{
    diagnostic::{Code, Diagnostic},
    suggestion::{Suggestions, did_you_mean},
    yaml::{Document, Place},
};

/// The problems of the inputs' schemas and defaults, and the names of inputs whose schema is of no use.
pub(super) fn check(document: &Document) -> (Vec<Diagnostic>, BTreeSet<String>) {
    let (mut found, mut unusable) = (Vec::new(), BTreeSet::new());
    for (name, schema, _) in rules::entries(document, "inputs") {
        let faults = schema_faults(document, name, schema);
        if !faults.is_empty() || !schema.is_object() {
            unusable.insert(name.clone());
        } else if let Some(default) = schema.get("default") {
            found.extend(default_faults(document, name, schema, default));
        }
        found.extend(faults);
    }
    (found, unusable)
}

fn schema_faults(document: &Document, name: &str, schema: &Value) -> Vec<Diagnostic> {
    if !schema.is_object() {
        return Vec::new();
    }
    let base = pointer::join("/inputs", name);
    let mut found = Vec::new();
    unknown_keywords(document, schema, document.places.nearest(&base), &mut found);
    let meta = jsonschema::draft7::meta::validator();
    let errors: Vec<_> = meta.iter_errors(schema).collect();
    for (at, problem) in Problem::of(&errors, &Value::Null) {
        let place = problem.place(document, &format!("{base}{at}"));
        let fault = Diagnostic::error(Code::BAD_INPUT_SCHEMA, place, problem.message);
        found.push(Diagnostic { help: problem.help, ..fault });
    }
    if found.is_empty()
        && let Err(error) = language::validator(schema)
    {
        let place =
            document.places.value(document.places.nearest(&format!("{base}{}", error.instance_path().as_str())));
        let fault = Diagnostic::error(Code::BAD_INPUT_SCHEMA, place, format!("this is no JSON Schema: {error}"));
        found.push(fault.with_help("a schema refers to nothing outside of itself, and its patterns are regular"));
    }
    found
}

/// JSON Schema passes over keywords that it does not know; here they are misspelt.
fn unknown_keywords(document: &Document, schema: &Value, place: Place, found: &mut Vec<Diagnostic>) {
    for (name, value) in schema.as_object().into_iter().flatten() {
        let Some(inner) = document.places.field(place, name) else { continue };
        if !KEYWORDS.contains(&name.as_str()) && !name.starts_with("x-") && !name.starts_with('$') {
            let message = format!("JSON Schema has no keyword `{name}`");
            let fault = Diagnostic::error(Code::UNKNOWN_KEY, document.places.key(inner), message);
            let help =
                did_you_mean(name, KEYWORDS).unwrap_or_else(|| "remove it, or let it start with `x-`".to_owned());
            found.push(fault.with_help(help));
        }
        match name.as_str() {
            "$ref" if value.as_str().is_some_and(|reference| !reference.starts_with('#')) => {
                let place = document.places.value(inner);
                let fault =
                    Diagnostic::error(Code::BAD_INPUT_SCHEMA, place, format!("{value} is outside of this schema"));
                found.push(fault.with_help("write the schema out here"));
            }
            "properties" | "patternProperties" | "definitions" => {
                for (name, schema) in value.as_object().into_iter().flatten() {
                    let inner = document.places.field(inner, name);
                    inner.inspect(|inner| unknown_keywords(document, schema, *inner, found));
                }
            }
            "items" | "additionalProperties" | "contains" | "not" | "propertyNames" | "if" | "then" | "else" => {
                unknown_keywords(document, value, inner, found);
            }
            "allOf" | "anyOf" | "oneOf" => {
                for (index, schema) in value.as_array().into_iter().flatten().enumerate() {
                    let inner = document.places.item(inner, index);
                    inner.inspect(|inner| unknown_keywords(document, schema, *inner, found));
                }
            }
            _ => {}
        }
    }
}

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

/// What is wrong with a default. `default: null` makes an input that may be left out, whatever its type.
fn default_faults(document: &Document, name: &str, schema: &Value, default: &Value) -> Vec<Diagnostic> {
    let Ok(validator) = language::validator(schema) else { return Vec::new() };
    if default.is_null() {
        return Vec::new();
    }
    let base = format!("{}/default", pointer::join("/inputs", name));
    let faults = Problem::all(&validator, schema, default).into_iter().map(|(at, problem)| {
        let place = problem.place(document, &format!("{base}{at}"));
        let fault = Diagnostic::error(
            Code::DEFAULT_DOES_NOT_FIT,
            place,
            format!("the default does not fit: {}", problem.message),
        );
        Diagnostic { help: problem.help, ..fault }
    });
    faults.collect()
}

impl Definition {
    /// The input `name`.
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.name == name)
    }

    /// The inputs of a run: what it is given, checked, with defaults for the rest, in the order of the file.
    ///
    /// # Errors
    /// Everything that is wrong with what is given: inputs that do not exist, are missing, or do not fit their schema.
    pub fn bind_inputs(&self, given: Map<String, Value>) -> Result<Map<String, Value>, Vec<Diagnostic>> {
        let (suggestions, known) = (Suggestions::default(), self.names().collect::<BTreeSet<_>>());
        let unknown = given.keys().filter(|name| !known.contains(name.as_str()));
        let unknown: Vec<_> = unknown.map(|name| (name, suggestions.similar(name, self.names()))).collect();
        let misspelt: BTreeSet<&str> = unknown.iter().filter_map(|(_, meant)| *meant).collect();
        let mut found: Vec<Diagnostic> = unknown.iter().map(|(name, meant)| self.unknown_input(name, *meant)).collect();
        let mut bound = Map::new();
        for input in &self.inputs {
            match given.get(&input.name).or(input.default.as_ref()) {
                Some(value) => {
                    found.extend(input.problems(value));
                    bound.insert(input.name.clone(), value.clone());
                }
                None if misspelt.contains(input.name.as_str()) => {}
                None => found.push(missing_input(input)),
            }
        }
        if found.is_empty() { Ok(bound) } else { Err(found) }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().map(|input| input.name.as_str())
    }

    fn unknown_input(&self, name: &str, meant: Option<&str>) -> Diagnostic {
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if self.inputs.is_empty() => "the process has no inputs".to_owned(),
            None => format!("its inputs are `{}`", self.names().collect::<Vec<_>>().join("`, `")),
        };
        let message = format!("`{}` has no input `{name}`", self.process);
        Diagnostic::error(Code::INPUT_VALUE, None, message).with_help(help)
    }
}

fn missing_input(input: &Input) -> Diagnostic {
    let name = &input.name;
    let fault = Diagnostic::error(Code::INPUT_VALUE, None, format!("the input `{name}` is missing"));
    fault.with_help(format!("give it with `-i {name}=…`; it has no default"))
}

impl Input {
    /// The types that its schema allows, as JSON Schema names them; none where it does not say.
    pub fn types(&self) -> Vec<&str> {
        match self.schema.get("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// What is wrong with a value for it. Where null is the default it may be given too.
    fn problems(&self, value: &Value) -> Vec<Diagnostic> {
        if value.is_null() && self.default == Some(Value::Null) {
            return Vec::new();
        }
        let validator =
            language::validator(&self.schema).expect("the schema was checked when the definition was loaded");
        let problems = Problem::all(&validator, &self.schema, value).into_iter().map(|(at, problem)| {
            let within = if at.is_empty() { String::new() } else { format!(" (at `{at}`)") };
            let message = format!("the input `{}` does not fit{within}: {}", self.name, problem.message);
            Diagnostic { help: problem.help, ..Diagnostic::error(Code::INPUT_VALUE, None, message) }
        });
        problems.collect()
    }
}
