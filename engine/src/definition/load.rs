//! Text → [`Definition`], or everything that is wrong with it, at once. There are two doors: one for authors, one for what was let in
//! once.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use serde_json::Value;

use super::{
    Definition, Source,
    assemble::assemble,
    draft::Draft,
    expressions, faults, graph, input,
    plan::Plan,
    problems::{Door, Problems},
    rules, spelling,
};
use crate::{
    activity::Catalogue,
    diagnostic::{Code, Diagnostic},
    suggestion::Suggestions,
    yaml::{self, Document},
};

/// What loading gave.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The text.
    pub source: Source,
    /// The definition; none if there is an error.
    pub definition: Option<Definition>,
    /// All problems in the order of the file; one for each cause.
    pub diagnostics: Vec<Diagnostic>,
}

/// Loads a definition that may use the activities of `catalogue`.
///
/// # Panics
/// When an activity's input schema is not a JSON Schema.
pub fn load(source: &Source, catalogue: &Catalogue) -> Loaded {
    read(source, catalogue, Door::Author)
}

/// Loads a definition that was accepted once and that a run began with. What today's rules would refuse is passed over as long as the
/// same runs as before ([`WhenKept`](crate::diagnostic::WhenKept)): the definition says what that was, and so do the diagnostics, as
/// warnings. There are no others, but errors where something cannot be passed over.
///
/// What a check would have known of a value's type is unknown where it failed, so that the value is taken as it comes.
///
/// # Panics
/// When an activity's input schema is not a JSON Schema.
pub fn load_kept(source: &Source, catalogue: &Catalogue) -> Loaded {
    let mut loaded = read(source, catalogue, Door::Store);
    if let Some(definition) = &mut loaded.definition {
        definition.passed_over.clone_from(&loaded.diagnostics);
    }
    loaded
}

fn read(source: &Source, catalogue: &Catalogue, door: Door) -> Loaded {
    let too_large = source.check_size().err();
    let mut diagnostics = door.told(Problems::essential(too_large.into_iter().collect()));
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Loaded { source: source.clone(), definition: None, diagnostics };
    }
    let yaml::Reading { document, faults } = yaml::read(source.text());
    diagnostics.extend(door.told(Problems::essential(faults)));
    let count = diagnostics.len();
    let definition = document.and_then(|mut document| {
        spelling::keep(&mut document, catalogue);
        check((source, &document), catalogue, door, &mut diagnostics)
    });
    let rest = diagnostics.split_off(count.min(diagnostics.len()));
    add_to_those_of_text(&mut diagnostics, rest);
    sort(&mut diagnostics);
    let definition = definition.filter(|_| !diagnostics.iter().any(Diagnostic::is_error));
    Loaded { source: source.clone(), definition, diagnostics }
}

/// Checks a document whose text may have had faults already.
fn check(
    (source, document): (&Source, &Document),
    catalogue: &Catalogue,
    door: Door,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Definition> {
    if let Err(fault) = rules::check_size(document) {
        let told = door.told(Problems::essential(vec![fault]));
        if told.iter().any(Diagnostic::is_error) {
            *diagnostics = told;
            return None;
        }
        diagnostics.extend(told);
    }
    let sections_twice = diagnostics.iter().any(|fault| is_section_twice(fault, document, source));
    diagnostics.extend(door.told(faults::check(document, catalogue)));
    diagnostics.extend(door.told(rules::check(document, catalogue)));
    let (of_inputs, unusable) = input::check(document, catalogue.texts());
    diagnostics.extend(door.told(of_inputs));
    if sections_twice || !has_sections(&document.value) {
        return None;
    }
    // What a kept schema says of types holds, whatever else is wrong with it: numbers are read by it.
    let unusable = if door == Door::Author { unusable } else { BTreeSet::new() };
    let draft = Draft::of(document, catalogue, &unusable);
    let suggestions = Suggestions::default();
    let mut compiled = expressions::compile(&draft, &document.spans, catalogue.texts(), &suggestions);
    diagnostics.extend(door.told(mem::take(&mut compiled.problems)));
    let of_graph = graph::check(&draft, &compiled, &document.spans, &suggestions);
    diagnostics.extend(door.told(Problems::essential(of_graph)));
    if diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let definition = assemble(source, document, &draft, compiled)
        .inspect_err(|error| diagnostics.push(Diagnostic::error(Code::WRONG_TYPE, None, error.to_string())))
        .ok()?;
    diagnostics.extend(door.told(Problems::incidental(Plan::new(&definition, None, catalogue).problems())));
    Some(definition)
}

/// What the text makes of a value is not a second fault of the value: it says what an error is about better than the error.
fn add_to_those_of_text(of_text: &mut Vec<Diagnostic>, rest: Vec<Diagnostic>) {
    let at_start = of_text.iter().enumerate().rev().filter_map(|(number, fault)| Some((start(fault)?, number)));
    let at_start: BTreeMap<usize, usize> = at_start.collect();
    for fault in rest {
        match start(&fault).and_then(|start| at_start.get(&start)) {
            Some(&known) => of_text[known].severity = of_text[known].severity.min(fault.severity),
            None => of_text.push(fault),
        }
    }
}

fn start(fault: &Diagnostic) -> Option<usize> {
    fault.span.as_ref().map(|span| span.start)
}

/// Whether a whole section is there twice: half of its names are unknown then.
fn is_section_twice(fault: &Diagnostic, document: &Document, source: &Source) -> bool {
    let key = fault.span.clone().and_then(|span| source.text().get(span)).unwrap_or_default();
    let column = fault.span.as_ref().map_or(0, |span| source.position(span.start).column);
    let root = source.position(document.spans.value(document.spans.root()).start).column;
    fault.code == Code::DUPLICATE_KEY && column == root && SECTIONS.contains(&key.trim_matches(['"', '\'']))
}

/// Whether names can be looked up: a section that is not a mapping has none.
fn has_sections(value: &Value) -> bool {
    value.is_object() && SECTIONS.iter().all(|name| value.get(name).is_none_or(Value::is_object))
}

const SECTIONS: [&str; 3] = ["inputs", "nodes", "finally"];

/// In the order of the file; the same problem, as through an alias, once.
fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|fault| {
        let span = fault.span.clone().unwrap_or(usize::MAX..usize::MAX);
        (span.start, span.end, fault.code)
    });
    diagnostics.dedup_by(|second, first| {
        (second.code, &second.span, &second.message) == (first.code, &first.span, &first.message)
    });
}
