//! Text → [`Definition`], or everything that is wrong with it, at once.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Definition, Source, assemble::assemble, draft::Draft, expressions, faults, graph, input, rules, spelling};
use crate::{
    activity::Catalogue,
    diagnostic::{Code, Diagnostic},
    preflight::problems,
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
/// When an activity's input schema is no JSON Schema.
pub fn load(source: &Source, catalogue: &Catalogue) -> Loaded {
    if let Err(fault) = source.check_size() {
        return Loaded { source: source.clone(), definition: None, diagnostics: vec![fault] };
    }
    let yaml::Reading { document, faults: mut diagnostics } = yaml::read(source.text());
    let count = diagnostics.len();
    let definition = document.and_then(|mut document| {
        spelling::keep(&mut document, catalogue);
        check(source, &document, catalogue, &mut diagnostics)
    });
    let rest = diagnostics.split_off(count.min(diagnostics.len()));
    add_to_those_of_text(&mut diagnostics, rest);
    sort(&mut diagnostics);
    let definition = definition.filter(|_| !diagnostics.iter().any(Diagnostic::is_error));
    Loaded { source: source.clone(), definition, diagnostics }
}

/// Checks a document whose text may have had faults already.
fn check(
    source: &Source,
    document: &Document,
    catalogue: &Catalogue,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Definition> {
    if let Err(fault) = rules::check_size(document) {
        *diagnostics = vec![fault];
        return None;
    }
    let sections_twice = diagnostics.iter().any(|fault| is_section_twice(fault, document, source));
    diagnostics.extend(faults::check(document, catalogue));
    diagnostics.extend(rules::check(document, catalogue));
    let (of_inputs, unusable) = input::check(document, catalogue.texts());
    diagnostics.extend(of_inputs);
    if sections_twice || !has_sections(&document.value) {
        return None;
    }
    let draft = Draft::of(document, catalogue, &unusable);
    let suggestions = Suggestions::default();
    let mut compiled = expressions::compile(&draft, &document.places, catalogue, &suggestions);
    diagnostics.append(&mut compiled.diagnostics);
    diagnostics.extend(graph::check(&draft, &compiled, &document.places, &suggestions));
    if diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let definition = assemble(source, document, &draft, compiled, catalogue.language())
        .inspect_err(|error| diagnostics.push(Diagnostic::error(Code::WRONG_TYPE, None, error.to_string())))
        .ok()?;
    diagnostics.extend(problems(&definition, None, catalogue));
    Some(definition)
}

/// What the text makes of a value is no second fault of the value: it says what an error is about better than the error.
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
    fault.place.as_ref().map(|place| place.start)
}

/// Whether a whole section is there twice: half of its names are unknown then.
fn is_section_twice(fault: &Diagnostic, document: &Document, source: &Source) -> bool {
    let key = fault.place.clone().and_then(|place| source.text().get(place)).unwrap_or_default();
    let column = fault.place.as_ref().map_or(0, |place| source.position(place.start).column);
    let root = source.position(document.places.value(document.places.root()).start).column;
    fault.code == Code::DUPLICATE_KEY && column == root && SECTIONS.contains(&key.trim_matches(['"', '\'']))
}

/// Whether names can be looked up: a section that is no mapping has none.
fn has_sections(value: &Value) -> bool {
    value.is_object() && SECTIONS.iter().all(|name| value.get(name).is_none_or(Value::is_object))
}

const SECTIONS: [&str; 3] = ["inputs", "nodes", "finally"];

/// In the order of the file; the same problem, as through an alias, once.
fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|fault| {
        let place = fault.place.clone().unwrap_or(usize::MAX..usize::MAX);
        (place.start, place.end, fault.code)
    });
    diagnostics.dedup_by(|second, first| {
        (second.code, &second.place, &second.message) == (first.code, &first.place, &first.message)
    });
}
