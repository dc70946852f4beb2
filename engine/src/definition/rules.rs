//! Rules of the language that a schema cannot say, or not well: names, kinds of nodes, durations, keys that belong together.

use std::ops::Range;

use serde_json::{Map, Value};

use super::{numbers, other_tools, parse_duration, pointer::SECTIONS, problems::Problems, written};
use crate::{
    activity::Catalogue,
    diagnostic::{Code, Diagnostic},
    id::StepPath,
    kind::{self, WrittenKind},
    yaml::{Document, Span, Spans},
};

/// The most nodes of a graph.
const NODES: usize = 10_000;

/// Refuses a graph that is too large, before any work is done on it.
pub(super) fn check_size(document: &Document) -> Result<(), Diagnostic> {
    let nodes = SECTIONS.into_iter().flat_map(|section| entries(document, section));
    let Some((_, _, span)) = nodes.into_iter().nth(NODES) else { return Ok(()) };
    let fault =
        Diagnostic::error(Code::TOO_MANY_NODES, document.spans.key(span), "the graph has more than 10,000 nodes");
    Err(fault.with_help("use `for_each` for many items, or split the process"))
}

/// What breaks these rules. Of the names of inputs and nodes, and of numbers that are handed on, nothing is lost: expressions see the
/// same. What an item is called hides other names.
pub(super) fn check(document: &Document, catalogue: &Catalogue) -> Problems {
    let mut found = Problems::default();
    for (name, _, span) in entries(document, "inputs") {
        found.incidental.extend(bad_name("an input", name, document.spans.key(span)));
    }
    if let Some(defaults) = document.value.get("defaults") {
        let span = document.spans.nearest("/defaults");
        durations(defaults, span, &document.spans, &mut found.essential);
    }
    found.essential.extend(no_nodes(document));
    found.essential.extend(SECTIONS.into_iter().filter_map(|section| list_of_nodes(document, section)));
    for section in SECTIONS {
        for (id, value, span) in entries(document, section) {
            let mut of_node = Problems::default();
            if let Some(fault) = bad_name("a node", id, document.spans.key(span)) {
                of_node.push(fault, !names_steps(id));
            }
            if let Some(node) = value.as_object() {
                Rules { node, span, spans: &document.spans, catalogue }.check(&mut of_node);
            }
            of_node.of_node(id);
            found.append(of_node);
        }
    }
    found
}

/// A process without nodes does nothing.
fn no_nodes(document: &Document) -> Option<Diagnostic> {
    document.value.get("nodes").and_then(Value::as_object).filter(|nodes| nodes.is_empty())?;
    let span = document.spans.field(document.spans.root(), "nodes")?;
    let fault = Diagnostic::error(Code::MISSING_KEY, document.spans.value(span), "`nodes` has no node");
    Some(fault.with_help("write at least one: `NAME: { activity: … }`"))
}

/// Nodes that are items of a list, as other tools have their steps.
fn list_of_nodes(document: &Document, section: &str) -> Option<Diagnostic> {
    document.value.get(section).filter(|nodes| nodes.is_array())?;
    let span = document.spans.value(document.spans.field(document.spans.root(), section)?);
    let fault = Diagnostic::error(Code::WRONG_TYPE, span, "expected a map, found a list");
    Some(fault.with_help(
        "the name of a node is its key: write `NAME:` instead of each `- `, and the rest of the node below it",
    ))
}

/// The entries of a section, each with its place.
pub(super) fn entries<'a>(document: &'a Document, section: &str) -> Vec<(&'a String, &'a Value, Span)> {
    let fields = document.value.get(section).and_then(Value::as_object);
    let Some(span) = document.spans.field(document.spans.root(), section) else { return Vec::new() };
    let fields = fields.into_iter().flatten();
    fields.filter_map(|(name, value)| Some((name, value, document.spans.field(span, name)?))).collect()
}

/// One node and what is around it.
struct Rules<'a> {
    node: &'a Map<String, Value>,
    span: Span,
    spans: &'a Spans,
    catalogue: &'a Catalogue,
}

impl Rules<'_> {
    fn check(&self, Problems { essential: found, incidental }: &mut Problems) {
        self.kind(found);
        self.item_name(found);
        self.keys_that_apply(found);
        self.edges_twice(found);
        self.numbers(incidental);
        self.at_least_once(incidental);
        for (name, value) in self.node {
            if let (true, Some(span)) = (is_duration(name), self.spans.field(self.span, name)) {
                found.extend(duration(name, value, self.spans.value(span)));
            }
        }
        if let (Some(retry), Some(span)) = (self.node.get("retry"), self.spans.field(self.span, "retry")) {
            retry_durations(retry, span, self.spans, found);
        }
    }

    /// A node has exactly one kind.
    fn kind(&self, found: &mut Vec<Diagnostic>) {
        let kinds: Vec<&str> = self.node.keys().map(String::as_str).filter(|name| kind::KEYS.contains(name)).collect();
        match kinds.as_slice() {
            [] if !self.node.keys().any(|name| is_like_a_kind(name)) => {
                let fault =
                    Diagnostic::error(Code::KIND_OF_NODE, self.spans.key(self.span), "the node has no `activity`");
                found.push(fault.with_help("write what it does: `activity: …`"));
            }
            [first, others @ ..] => found.extend(others.iter().map(|second| {
                let message = format!("a node is one thing only: it cannot have both `{first}` and `{second}`");
                Diagnostic::error(Code::KIND_OF_NODE, self.key(second), message).with_help("make two nodes of it")
            })),
            [] => {}
        }
    }

    fn item_name(&self, found: &mut Vec<Diagnostic>) {
        if let (Some(Value::String(name)), Some(span)) = (self.node.get("as"), self.spans.field(self.span, "as"))
            && name != "item"
        {
            found.extend(bad_name("an item", name, self.spans.value(span)));
        }
    }

    /// Keys that mean something only where others are.
    fn keys_that_apply(&self, found: &mut Vec<Diagnostic>) {
        if !self.node.contains_key("for_each") {
            for name in ["as", "max_parallel", "on_item_failure"] {
                if self.node.contains_key(name) {
                    let message = format!("`{name}` applies only beside `for_each`");
                    found.push(
                        Diagnostic::error(Code::KEY_DOES_NOT_APPLY, self.key(name), message).with_help("remove it"),
                    );
                }
            }
        }
        for name in kind::KEYS_OF_SOME.into_iter().filter(|name| self.node.contains_key(*name)) {
            if let Some((message, help)) = self.written().and_then(|kind| does_not_apply(kind, name)) {
                found.push(Diagnostic::error(Code::KEY_DOES_NOT_APPLY, self.key(name), message).with_help(help));
            }
        }
    }

    /// What may be done twice because the node says so.
    fn at_least_once(&self, found: &mut Vec<Diagnostic>) {
        if let (Some("retry"), Some(span)) =
            (self.node.get("on_unknown").and_then(Value::as_str), self.spans.field(self.span, "on_unknown"))
            && self.written().is_some_and(|kind| does_not_apply(kind, "on_unknown").is_none())
        {
            let message =
                "where it cannot be shown whether the effect happened it is sent again, and may be done twice";
            let warning = Diagnostic::warning(Code::AT_LEAST_ONCE, self.spans.value(span), message);
            found.push(warning.with_help("remove it, and a person is asked then; keep it if twice does no harm"));
        }
    }

    /// A node that is named twice in a list, or an outcome.
    fn edges_twice(&self, found: &mut Vec<Diagnostic>) {
        let Some(span) = self.spans.field(self.span, "after") else { return };
        match self.node.get("after") {
            Some(Value::Array(items)) => found.extend(self.twice(items, span)),
            Some(Value::Object(edges)) => {
                for (name, outcomes) in edges {
                    if let (Some(outcomes), Some(span)) = (outcomes.as_array(), self.spans.field(span, name)) {
                        found.extend(self.twice(outcomes, span));
                    }
                }
            }
            _ => {}
        }
    }

    fn twice(&self, items: &[Value], span: Span) -> Vec<Diagnostic> {
        let mut seen = std::collections::BTreeSet::new();
        let texts = items.iter().enumerate().filter_map(|(index, item)| Some((index, item.as_str()?)));
        let repeated = texts.filter(|(_, item)| !seen.insert(*item));
        let faults = repeated.filter_map(|(index, item)| {
            let range = self.spans.value(self.spans.item(span, index)?);
            let fault = Diagnostic::error(Code::VALUE_NOT_ALLOWED, range, format!("`{item}` is listed twice"));
            Some(fault.with_help("remove one of the two"))
        });
        faults.collect()
    }

    /// Numbers in what a step is given that would be read as others.
    fn numbers(&self, found: &mut Vec<Diagnostic>) {
        let Some(kind) = self.written() else { return };
        let key = kind.written().arguments();
        let (Some(arguments), Some(base)) = (self.node.get(key), self.spans.field(self.span, key)) else { return };
        let span = |at: &str| self.spans.nearest_from(base, at);
        let types = kind.written().input_type();
        for (at, problem) in numbers::misread(arguments, types, |at| self.spans.spelling(span(at))) {
            let fault = Diagnostic::error(problem.code, self.spans.value(span(&at)), problem.message);
            found.push(Diagnostic { help: problem.help, ..fault });
        }
    }

    fn written(&self) -> Option<WrittenKind<'_>> {
        WrittenKind::of(|name| self.node.get(name), self.catalogue)
    }

    /// Where a key of the node is written.
    fn key(&self, name: &str) -> Range<usize> {
        self.spans.key(self.spans.field(self.span, name).unwrap_or(self.span))
    }
}

/// Why a key of some kinds does not apply to a node of this kind, and the help.
fn does_not_apply(kind: WrittenKind<'_>, key: &str) -> Option<(String, &'static str)> {
    let written = kind.written();
    if written.keys().contains(&key) {
        return written.does_not_apply(key);
    }
    Some((format!("`{key}` does not apply beside `{}`", written.key()), "remove it"))
}

/// Whether a key is a misspelt kind, which is reported as an unknown key.
fn is_like_a_kind(name: &str) -> bool {
    let meant = crate::suggestion::similar(name, kind::KEYS.iter().copied()).or_else(|| other_tools::key(name));
    meant.is_some_and(|meant| kind::KEYS.contains(&meant) && written::NODE_KEYS.contains(&meant))
}

fn durations(value: &Value, span: Span, spans: &Spans, found: &mut Vec<Diagnostic>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        if let (true, Some(span)) = (is_duration(name), spans.field(span, name)) {
            found.extend(duration(name, value, spans.value(span)));
        }
    }
    if let (Some(retry), Some(span)) = (value.get("retry"), spans.field(span, "retry")) {
        retry_durations(retry, span, spans, found);
    }
}

fn retry_durations(retry: &Value, span: Span, spans: &Spans, found: &mut Vec<Diagnostic>) {
    for name in ["delay", "max_delay"] {
        if let (Some(value), Some(span)) = (retry.get(name), spans.field(span, name)) {
            found.extend(duration(name, value, spans.value(span)));
        }
    }
}

fn is_duration(name: &str) -> bool {
    matches!(name, "timeout" | "deadline")
}

fn duration(name: &str, value: &Value, span: Range<usize>) -> Option<Diagnostic> {
    let help = "write a number and a unit, such as `500ms`, `30s`, `10m`, `2h` or `1h30m`";
    let message = match value {
        Value::String(text) => match parse_duration(text) {
            Ok(read) if read.is_zero() && is_duration(name) => format!("`{name}` must be longer than zero"),
            Ok(_) => return None,
            Err(_) => format!("`{text}` is not a duration"),
        },
        Value::Null => format!("`{name}` has no duration"),
        Value::Array(_) | Value::Object(_) => "a list or a map is not a duration".to_owned(),
        other => format!("`{other}` is not a duration"),
    };
    Some(Diagnostic::error(Code::BAD_DURATION, span, message).with_help(help))
}

/// The fault of a name that is not allowed.
fn bad_name(of: &str, name: &str, span: Range<usize>) -> Option<Diagnostic> {
    let (message, help) = if KEYWORDS.contains(&name) {
        (format!("`{name}` is a keyword of expressions, so it cannot name {of}"), "choose another name")
    } else if ROOTS.contains(&name) {
        (format!("`{name}` has a meaning in expressions, so it cannot name {of}"), "choose another name")
    } else if !is_name(name) {
        (
            format!("`{name}` cannot name {of}"),
            "a name has lower-case letters, digits and `_`, and starts with a letter",
        )
    } else {
        return None;
    };
    Some(Diagnostic::error(Code::BAD_NAME, span, message).with_help(help))
}

/// Whether a journal can name steps by it: one that cannot be read back would lose the run.
fn names_steps(id: &str) -> bool {
    id.parse::<StepPath>().is_ok_and(|path| path == StepPath::of(id.into()))
}

const KEYWORDS: [&str; 4] = ["in", "true", "false", "null"];

/// What expressions read from.
pub(super) const ROOTS: [&str; 6] = ["inputs", "nodes", "item", "index", "run", "result"];

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_')
}
