//! Inputs: their schemas and defaults when a definition is loaded, and the values that a run is given.

mod keywords;

use std::{collections::BTreeSet, ops::Range};

use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value};

use super::{Definition, Input, faults::Problem, numbers, pointer, problems::Problems, rules};
use crate::{
    diagnostic::{Code, Diagnostic},
    expression::types::Type,
    form::{self, glance},
    suggestion::Suggestions,
    text::TextKinds,
    yaml::Document,
};

/// The problems of the inputs' schemas and defaults, and the names of inputs whose schema is of no use.
///
/// Texts are of `kinds`. The inputs of a run are bound when it starts: of what only refuses values nothing is lost later.
pub(super) fn check(document: &Document, kinds: &TextKinds) -> (Problems, BTreeSet<String>) {
    let (mut found, mut unusable) = (Problems::default(), BTreeSet::new());
    for (name, schema, _) in rules::entries(document, "inputs") {
        match compile(document, name, schema, kinds) {
            Ok(validator) => {
                let default = schema.get("default").filter(|default| !default.is_null());
                if let Some(default) = default {
                    found.incidental.extend(default_faults((document, name), (validator, schema), default));
                }
            }
            Err(faults) => {
                unusable.insert(name.clone());
                found.append(faults);
            }
        }
    }
    (found, unusable)
}

/// An input's schema, compiled unless it is seen to be one; or what is wrong with it, which may have been told already.
fn compile(document: &Document, name: &str, schema: &Value, kinds: &TextKinds) -> Result<Option<Validator>, Problems> {
    let base = pointer::join("/inputs", name);
    if !schema.is_object() {
        let fault = no_schema(schema, document.spans.value(document.spans.nearest(&base)));
        return Err(Problems::essential(vec![fault]));
    }
    let mut found = Problems::default();
    keywords::check(document, kinds, schema, document.spans.nearest(&base), &mut found);
    if found.is_empty() && glance::is_schema(schema) {
        return Ok(None);
    }
    let meta = jsonschema::draft7::meta::validator();
    let errors: Vec<_> = meta.iter_errors(schema).collect();
    let spelling = |at: &str| document.spans.spelling(document.spans.nearest(&format!("{base}{at}")));
    for (at, problem) in Problem::of(&errors, &Value::Null, spelling) {
        let span = problem.span(document, &format!("{base}{at}"));
        // What is told of a keyword in words of its own is told once.
        if found.has_one_at(&span) {
            continue;
        }
        let fault = Diagnostic::error(Code::BAD_INPUT_SCHEMA, span, problem.message);
        found.push(Diagnostic { help: problem.help, ..fault }, keywords::says_what_a_value_is(&at));
    }
    if !found.is_empty() {
        return Err(found);
    }
    form::input_validator(schema).map(Some).map_err(|error| {
        let span = document.spans.nearest(&format!("{base}{}", error.instance_path().as_str()));
        let message = format!("this is not a JSON Schema: {error}");
        let fault = Diagnostic::error(Code::BAD_INPUT_SCHEMA, document.spans.value(span), message);
        let fault = fault.with_help("a schema cannot refer to anything outside itself, and its patterns cannot have look-around or back references");
        let mut found = Problems::default();
        found.push(fault, keywords::says_what_a_value_is(error.instance_path().as_str()));
        found
    })
}

/// What is not a JSON Schema at all, as the name of a type alone.
fn no_schema(value: &Value, at: Range<usize>) -> Diagnostic {
    let problem = Problem::wrong_type(value, &["object"]);
    let kind = value.as_str().filter(|kind| keywords::TYPES.contains(kind)).unwrap_or("string");
    let fault = Diagnostic::error(Code::WRONG_TYPE, at, problem.message);
    fault.with_help(format!("write a JSON Schema: `{{ type: {kind} }}`"))
}

/// What is wrong with a default. `default: null` makes an input that may be left out, whatever its type.
fn default_faults(
    (document, name): (&Document, &str),
    (validator, schema): (Option<Validator>, &Value),
    default: &Value,
) -> Vec<Diagnostic> {
    let base = format!("{}/default", pointer::join("/inputs", name));
    let spelling = |at: &str| document.spans.spelling(document.spans.nearest(&format!("{base}{at}")));
    let mut problems = Vec::new();
    if glance::takes(schema, default) != Some(true) {
        let compiled = || form::input_validator(schema).expect("it is seen to be a schema");
        let validator = validator.unwrap_or_else(compiled);
        problems = Problem::of(&validator.iter_errors(default).collect::<Vec<_>>(), schema, spelling);
    }
    if problems.is_empty() {
        problems = numbers::misread(default, &Type::of_declared(schema), spelling);
    }
    let faults = problems.into_iter().map(|(at, problem)| {
        let span = problem.span(document, &format!("{base}{at}"));
        let fault = Diagnostic::error(
            Code::DEFAULT_DOES_NOT_FIT,
            span,
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

    /// The inputs that a run had under `before`, as far as they are still declared: to be bound. One that had its default takes the new one.
    pub fn carried_inputs(&self, before: &Self, had: &Map<String, Value>) -> Map<String, Value> {
        let is_default = |name: &str, value: &Value| {
            let had = before.input(name).and_then(|input| input.default.as_ref());
            let has = self.input(name).and_then(|input| input.default.as_ref());
            had == Some(value) && has.is_some()
        };
        let kept = had.iter().filter(|(name, value)| self.input(name).is_some() && !is_default(name, value));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
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

    /// A schema that was accepted once, and that values cannot be checked by any more.
    fn cannot_be_checked(&self, error: &ValidationError<'_>) -> Diagnostic {
        let message =
            format!("no value can be checked for the input `{}`: its schema is not a JSON Schema: {error}", self.name);
        Diagnostic::error(Code::INPUT_VALUE, None, message).with_help("correct the schema in the definition")
    }

    /// What is wrong with a value for it. Where null is the default it may be given too.
    fn problems(&self, value: &Value) -> Vec<Diagnostic> {
        let may_be_null = self.default == Some(Value::Null);
        if value.is_null() && may_be_null {
            return Vec::new();
        }
        let mut problems = Vec::new();
        if glance::takes(&self.schema, value) != Some(true) {
            match form::input_validator(&self.schema) {
                Ok(validator) => problems = Problem::all(&validator, &self.schema, value),
                Err(error) => return vec![self.cannot_be_checked(&error)],
            }
        }
        if problems.is_empty() {
            problems = numbers::misread(value, &Type::of_declared(&self.schema), |_| None);
        }
        let problems = problems.into_iter().map(|(at, problem)| {
            let within = if at.is_empty() { String::new() } else { format!(" (at `{at}`)") };
            let message = format!("the input `{}` does not fit{within}: {}", self.name, problem.message);
            Diagnostic { help: problem.help, ..Diagnostic::error(Code::INPUT_VALUE, None, message) }
        });
        problems.collect()
    }
}
