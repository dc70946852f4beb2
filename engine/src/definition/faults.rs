//! What is wrong with the form of a definition: the errors of the schema, made one clear diagnostic for each fault.
//!
//! A misspelt key is one fault, though the schema has two errors for it: a key too many and one that is missing. What the
//! schema cannot say well is in `rules`.

mod choice;
mod value;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use jsonschema::{PatternOptions, Validator, error::ValidationErrorKind};
use serde_json::Value;

pub(crate) use value::Problem;

use self::choice::Finding;
use super::{pointer, schema::process_schema, written};
use crate::{
    activity::Catalogue,
    diagnostic::{Code, Diagnostic},
    suggestion::similar,
    yaml::Document,
};

/// The faults of a document's form.
pub(super) fn check(document: &Document, catalogue: &Catalogue) -> Vec<Diagnostic> {
    let schema = process_schema(catalogue);
    let validator = validator(&schema).expect("the schema is made here, of schemas that the activities' tests check");
    let errors: Vec<_> = validator.iter_errors(&document.value).collect();
    let findings = errors.iter().flat_map(choice::findings).filter(|finding| !is_checked_elsewhere(finding));
    let mut objects: BTreeMap<String, Keys> = BTreeMap::new();
    let mut values: BTreeMap<String, Finding<'_, '_>> = BTreeMap::new();
    for finding in findings {
        match &finding {
            Finding::Error(error) => match error.kind() {
                ValidationErrorKind::AdditionalProperties { unexpected } => {
                    let keys = objects.entry(finding.pointer()).or_default();
                    keys.unknown.extend(unexpected.iter().cloned());
                    keys.known.extend(known_keys(&schema, error.schema_path().as_str()));
                }
                ValidationErrorKind::Required { property } => {
                    let keys = objects.entry(finding.pointer()).or_default();
                    keys.missing.extend(property.as_str().map(str::to_owned));
                }
                _ => keep_clearest(&mut values, finding),
            },
            _ => keep_clearest(&mut values, finding),
        }
    }
    let of_keys = objects.iter().flat_map(|(pointer, keys)| key_faults(document, &schema, pointer, keys));
    let of_values = values.values().map(|finding| finding.diagnostic(document, &schema));
    of_keys.chain(of_values).collect()
}

/// A validator whose patterns take linear time, and that reads nothing from outside.
pub(super) fn validator(schema: &Value) -> Result<Validator, Box<jsonschema::ValidationError<'static>>> {
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft7);
    options.with_pattern_options(PatternOptions::regex()).build(schema).map_err(Box::new)
}

/// The keys of one mapping that are wrong.
#[derive(Default)]
struct Keys {
    unknown: Vec<String>,
    missing: BTreeSet<String>,
    known: BTreeSet<String>,
}

/// Of the errors at one value, the first that says what type it should have, else the first.
fn keep_clearest<'a, 'i>(values: &mut BTreeMap<String, Finding<'a, 'i>>, finding: Finding<'a, 'i>) {
    let pointer = finding.pointer();
    match values.get(&pointer) {
        Some(kept) if kept.is_type() || !finding.is_type() => {}
        _ => drop(values.insert(pointer, finding)),
    }
}

/// Names, kinds of nodes, durations and the insides of inputs have rules of their own.
fn is_checked_elsewhere(finding: &Finding<'_, '_>) -> bool {
    let pointer = finding.pointer();
    let inside_input = pointer.starts_with("/inputs/") && finding.instance().is_object();
    let below_input = pointer.starts_with("/inputs/") && pointer::names(&pointer).len() > 2;
    match finding.keyword() {
        "propertyNames" => true,
        "required" if pointer::is_node(&pointer) && finding.misses("activity") => true,
        "pattern" if pointer.ends_with("/as") && pointer::node(&pointer).is_some() => true,
        _ => inside_input || below_input || pointer::is_duration(&pointer),
    }
}

/// The keys that the object has in the schema whose `additionalProperties` was passed over.
fn known_keys(schema: &Value, keyword: &str) -> Vec<String> {
    let object = keyword.rsplit_once('/').and_then(|(object, _)| schema.pointer(object));
    let properties = object.and_then(|object| object.get("properties")?.as_object());
    properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect()
}

fn key_faults(document: &Document, schema: &Value, pointer: &str, keys: &Keys) -> Vec<Diagnostic> {
    let mut missing = keys.missing.clone();
    let object = pointer::names(pointer).iter().try_fold(&document.value, |value, name| value.get(name));
    let is_free = |name: &&String| object.is_none_or(|object| object.get(name.as_str()).is_none());
    let mut found = Vec::new();
    for name in &keys.unknown {
        let place = document.places.key(document.places.nearest(&pointer::join(pointer, name)));
        if pointer::is_node(pointer) && written::NOT_BUILT.contains(&name.as_str()) {
            let is_second_kind = object.is_some_and(|node| is_second_kind(node, name));
            found.extend((!is_second_kind).then(|| not_built(name, place)));
            continue;
        }
        let meant = similar(name, keys.missing.iter().map(String::as_str))
            .or_else(|| similar(name, keys.known.iter().filter(is_free).map(String::as_str)));
        if let Some(meant) = meant {
            missing.remove(meant);
        }
        let fault = unknown_key(name, meant, place, keys);
        found.push(match meant.is_none().then(|| belongs_elsewhere(name, pointer, object, schema)).flatten() {
            Some(help) => {
                missing.remove("with");
                fault.with_help(help)
            }
            None => fault,
        });
    }
    let place = document.places.key(document.places.nearest(pointer));
    found.extend(missing.iter().map(|name| missing_key(name, pointer, place.clone())));
    let node = pointer::node(pointer);
    found.into_iter().map(|fault| Diagnostic { node: node.clone(), ..fault }).collect()
}

/// Whether a key is a kind of node beside another, which `rules` reports.
fn is_second_kind(node: &Value, name: &str) -> bool {
    let kinds = node.as_object().into_iter().flat_map(|node| node.keys());
    let mut kinds = kinds.map(String::as_str).filter(|key| written::KINDS.contains(key));
    written::KINDS.contains(&name) && kinds.next() != Some(name)
}

/// Where a key belongs that stands one level too high or too low.
fn belongs_elsewhere(name: &str, pointer: &str, object: Option<&Value>, schema: &Value) -> Option<String> {
    if pointer::is_node(pointer) {
        let activity = object?.get("activity")?.as_str()?;
        let inputs = schema["definitions"].get(activity)?.get("properties")?;
        return inputs.get(name).map(|_| format!("`{name}` is an input of `{activity}`: write it under `with`"));
    }
    let is_with = matches!(pointer::names(pointer).as_slice(), [_, _, with] if with == "with");
    let of_node = schema["definitions"]["Node"]["properties"].get(name).filter(|_| is_with);
    of_node.map(|_| format!("`{name}` is a key of the node: write it beside `with`"))
}

fn unknown_key(name: &str, meant: Option<&str>, place: Range<usize>, keys: &Keys) -> Diagnostic {
    let fault = Diagnostic::error(Code::UNKNOWN_KEY, place, format!("there is no key `{name}` here"));
    match meant {
        Some(meant) => fault.with_help(format!("did you mean `{meant}`?")),
        None if keys.known.is_empty() => fault.with_help("remove it"),
        None => {
            let known: Vec<String> = keys.known.iter().map(|name| format!("`{name}`")).collect();
            fault.with_help(format!("the keys here are {}", known.join(", ")))
        }
    }
}

fn missing_key(name: &str, pointer: &str, place: Range<usize>) -> Diagnostic {
    let fault = Diagnostic::error(Code::MISSING_KEY, place, format!("the key `{name}` is missing"));
    match pointer::names(pointer).last().map(String::as_str) {
        None => fault.with_help(format!("write `{name}:` at the top of the file")),
        Some(_) if pointer::is_node(pointer) => fault.with_help("the activity has inputs that must be given"),
        Some(mapping) => fault.with_help(format!("write `{name}:` in `{mapping}`")),
    }
}

fn not_built(name: &str, place: Range<usize>) -> Diagnostic {
    let message = format!("`{name}` is part of the language, but this version of flowrun does not have it yet");
    Diagnostic::error(Code::NOT_BUILT_YET, place, message).with_help("remove it; a node has an `activity`")
}
