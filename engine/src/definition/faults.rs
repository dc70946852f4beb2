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

use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

pub(super) use value::FORMATS;
pub(crate) use value::Problem;

use self::choice::{Finding, Within};
use super::{other_tools, pointer, problems::Problems, schema, written};
use crate::{
    activity::Catalogue,
    diagnostic::{Code, Diagnostic},
    form::Form,
    kind::{self, WrittenKind},
    suggestion::similar,
    yaml::Document,
};

/// The faults of a document's form. Of those inside of a `with` nothing is lost: the activity's strict schema refuses the same when the
/// node's time comes.
pub(super) fn check(document: &Document, catalogue: &Catalogue) -> Problems {
    let mut objects: BTreeMap<String, Keys> = BTreeMap::new();
    let mut errors = Vec::new();
    for part in parts(document, catalogue, &mut objects) {
        let found: Vec<_> = part.form.validator().expect(IS_SCHEMA).iter_errors(part.value).collect();
        errors.push((part, found));
    }
    let mut values: BTreeMap<String, Finding<'_, '_>> = BTreeMap::new();
    let findings = errors.iter().flat_map(|(part, errors)| {
        errors.iter().flat_map(|error| choice::findings(error, Within { at: &part.at, schema: &part.form.schema }))
    });
    for finding in findings.filter(|finding| !is_checked_elsewhere(finding)) {
        let keys = objects.entry(finding.pointer());
        match finding.error_kind() {
            Some(ValidationErrorKind::AdditionalProperties { unexpected }) => {
                let keys = keys.or_default();
                keys.unknown.extend(unexpected.iter().cloned());
                keys.known.extend(finding.known_keys());
            }
            Some(ValidationErrorKind::Required { property }) => {
                keys.or_default().missing.extend(property.as_str().map(str::to_owned));
            }
            _ => keep_clearest(&mut values, finding),
        }
    }
    let mut found = Problems::default();
    for (pointer, keys) in &objects {
        let faults = key_faults(document, catalogue, pointer, keys);
        // A node lacks no key but `with`.
        let lacks_with = pointer::is_node(pointer) && keys.unknown.is_empty();
        found.append(Problems::told_apart(faults, |_| !lacks_with && !pointer::is_in_with(pointer)));
    }
    for (pointer, finding) in &values {
        let is_handed_on = pointer::is_in_with(pointer) && !is_lost_with(pointer, finding);
        let fault = vec![finding.diagnostic(document)];
        found.append(Problems::told_apart(fault, |fault| !is_handed_on && fault.code != Code::BAD_NAME));
    }
    found
}

/// Whether a `with` is not a mapping at all, so that nothing of it is handed on.
fn is_lost_with(pointer: &str, finding: &Finding<'_, '_>) -> bool {
    pointer::names(pointer).len() == 3 && !finding.instance().is_object()
}

/// A part of a document that does not have its form.
struct Part<'a> {
    /// The JSON pointer of the part.
    at: String,
    value: &'a Value,
    form: &'a Form,
}

/// The parts that do not have their form: the document without what is inside `with`, and what steps are given where its kind has a form
/// for that, as an activity has. What is not there, but must be, is a key that is missing.
fn parts<'a>(document: &'a Document, catalogue: &'a Catalogue, objects: &mut BTreeMap<String, Keys>) -> Vec<Part<'a>> {
    let language = catalogue.language();
    let whole = Part { at: String::new(), value: &document.value, form: schema::document(language) };
    let mut found: Vec<Part<'a>> = Some(whole).filter(Part::is_wrong).into_iter().collect();
    for section in pointer::SECTIONS {
        let nodes = document.value.get(section).and_then(Value::as_object);
        for (id, node) in nodes.into_iter().flatten() {
            let Some(kind) = WrittenKind::of(|name| node.get(name), catalogue) else { continue };
            let key = kind.written().arguments();
            let at = || pointer::join(&format!("/{section}"), id);
            match (node.get(key), kind.written().form()) {
                (Some(value), Some(form)) => {
                    let part = Part { at: String::new(), value, form };
                    if part.is_wrong() {
                        found.push(Part { at: pointer::join(&at(), key), ..part });
                    }
                }
                (None, _) if kind.written().must_have_arguments() => {
                    objects.entry(at()).or_default().missing.insert(key.to_owned());
                }
                (Some(_) | None, _) => {}
            }
        }
    }
    found
}

impl Part<'_> {
    fn is_wrong(&self) -> bool {
        !self.form.takes(self.value).expect(IS_SCHEMA)
    }
}

/// Why no form fails to compile.
const IS_SCHEMA: &str = "the written types give a JSON Schema, and an activity's is one by its contract";

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
    let is_list_of_nodes = finding.instance().is_array() && matches!(pointer.as_str(), "/nodes" | "/finally");
    match finding.keyword() {
        "propertyNames" => true,
        "required" if pointer::is_node(&pointer) && finding.misses("activity") => true,
        "pattern" if pointer.ends_with("/as") && pointer::node(&pointer).is_some() => true,
        _ => pointer.starts_with("/inputs/") || is_list_of_nodes || pointer::is_duration(&pointer),
    }
}

fn key_faults(document: &Document, catalogue: &Catalogue, pointer: &str, keys: &Keys) -> Vec<Diagnostic> {
    let mut missing = keys.missing.clone();
    let object = pointer::names(pointer).iter().try_fold(&document.value, |value, name| value.get(name));
    let is_free = |name: &&String| object.is_none_or(|object| object.get(name.as_str()).is_none());
    let mut found = Vec::new();
    for name in &keys.unknown {
        let span = document.spans.key(document.spans.nearest(&pointer::join(pointer, name)));
        if pointer::is_node(pointer) && written::NOT_BUILT.contains(&name.as_str()) {
            let is_second_kind = object.is_some_and(|node| is_second_kind(node, name));
            found.extend((!is_second_kind).then(|| not_built(name, span)));
            continue;
        }
        let other = other_tools::key(name).filter(|key| keys.known.contains(*key) && is_free(&&(*key).to_owned()));
        let meant = similar(name, keys.missing.iter().map(String::as_str))
            .or_else(|| similar(name, keys.known.iter().filter(is_free).map(String::as_str)))
            .or(other);
        if let Some(meant) = meant {
            missing.remove(meant);
        }
        let fault = unknown_key(name, meant, span, keys);
        found.push(match meant.is_none().then(|| belongs_elsewhere(name, pointer, object, catalogue)).flatten() {
            Some(help) => {
                missing.remove("with");
                fault.with_help(help)
            }
            None => fault,
        });
    }
    let span = document.spans.key(document.spans.nearest(pointer));
    found.extend(missing.iter().map(|name| missing_key(name, pointer, span.clone())));
    let node = pointer::node(pointer);
    found.into_iter().map(|fault| Diagnostic { node: node.clone(), ..fault }).collect()
}

/// Whether a key is a kind of node beside another, which `rules` reports.
fn is_second_kind(node: &Value, name: &str) -> bool {
    let kinds = node.as_object().into_iter().flat_map(|node| node.keys());
    let mut kinds = kinds.map(String::as_str).filter(|key| kind::KEYS.contains(key));
    kind::KEYS.contains(&name) && kinds.next() != Some(name)
}

/// Where a key belongs that stands one level too high or too low.
fn belongs_elsewhere(name: &str, pointer: &str, object: Option<&Value>, catalogue: &Catalogue) -> Option<String> {
    if pointer::is_node(pointer) {
        let object = object?;
        let kind = WrittenKind::of(|name| object.get(name), catalogue)?;
        let (of, key) = (object.get(kind.written().key())?.as_str()?, kind.written().arguments());
        let inputs = kind.written().schema()?.get("properties")?;
        return inputs.get(name).map(|_| format!("`{name}` is an input of `{of}`: write it under `{key}`"));
    }
    let is_with = matches!(pointer::names(pointer).as_slice(), [_, _, with] if with == "with");
    let of_document = &schema::document(catalogue.language()).schema;
    let of_node = of_document["definitions"]["Node"]["properties"].get(name).filter(|_| is_with);
    of_node.map(|_| format!("`{name}` is a key of the node: write it beside `with`"))
}

fn unknown_key(name: &str, meant: Option<&str>, span: Range<usize>, keys: &Keys) -> Diagnostic {
    let fault = Diagnostic::error(Code::UNKNOWN_KEY, span, format!("there is no key `{name}` here"));
    match meant {
        Some(meant) => fault.with_help(format!("did you mean `{meant}`?")),
        None if keys.known.is_empty() => fault.with_help("remove it"),
        None => {
            let known: Vec<String> = keys.known.iter().map(|name| format!("`{name}`")).collect();
            fault.with_help(format!("the keys here are {}", known.join(", ")))
        }
    }
}

fn missing_key(name: &str, pointer: &str, span: Range<usize>) -> Diagnostic {
    let fault = Diagnostic::error(Code::MISSING_KEY, span, format!("the key `{name}` is missing"));
    match pointer::names(pointer).last().map(String::as_str) {
        None => fault.with_help(format!("write `{name}:` at the top of the file")),
        Some(_) if pointer::is_node(pointer) => fault.with_help("the activity has inputs that must be given"),
        Some(mapping) => fault.with_help(format!("write `{name}:` in `{mapping}`")),
    }
}

fn not_built(name: &str, span: Range<usize>) -> Diagnostic {
    let message = format!("`{name}` is part of the language, but this version of flowrun does not have it yet");
    Diagnostic::error(Code::NOT_BUILT_YET, span, message).with_help("remove it; a node has an `activity`")
}
