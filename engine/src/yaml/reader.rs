//! The parser's events → places, and everything that YAML allows and a definition does not.
//!
//! Nothing is expanded here: what an alias stands for is only counted, so that a bomb costs nothing.

mod offsets;
mod refused;

use std::{
    cell::OnceCell,
    collections::{BTreeMap, HashMap, hash_map::Entry},
    ops::Range,
};

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::Value;

use offsets::Offsets;

use super::{
    building::Building,
    limits::{self, Weight},
    misread, scalar,
    spans::{Form, Node, Span, Spans},
    syntax::{self, Refusal},
};
use crate::diagnostic::Diagnostic;

/// What the first pass gives: places, and the faults that let values be read all the same.
pub(super) struct Outline {
    /// The places of the first document; none where there is no document.
    pub(super) spans: Option<Spans>,
    /// Duplicate keys, tags and the like, in the order of the file.
    pub(super) faults: Vec<Diagnostic>,
    /// The first alias: what a later refusal to expand is blamed on.
    pub(super) first_alias: Option<Range<usize>>,
    /// The document's value, right where there are neither faults nor aliases.
    pub(super) value: Option<Value>,
}

/// Reads the first document.
///
/// # Errors
/// A syntax error, or a limit that is passed: nothing else can be said then.
pub(super) fn outline(text: &str) -> Result<Outline, Refusal> {
    let mut reader = Reader::new(text);
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| syntax::fault(text, reader.offsets.byte(error.marker().index()), &error))?;
        let range = reader.range(&span);
        if !reader.take(event, range)? {
            break;
        }
    }
    let spans = (reader.documents > 0).then_some(reader.spans);
    let value = reader.building.finish().filter(|_| !reader.has_odd_scalar);
    Ok(Outline { spans, faults: reader.faults, first_alias: reader.first_alias, value })
}

struct Reader<'a> {
    text: &'a str,
    offsets: Offsets,
    spans: Spans,
    building: Building,
    /// Whether there is a scalar that serde_yaml may read differently.
    has_odd_scalar: bool,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Option<(Span, Weight)>>,
    total: Weight,
    documents: usize,
    faults: Vec<Diagnostic>,
    first_alias: Option<Range<usize>>,
    /// Where each line but the first starts, once a fault names a line.
    lines: OnceCell<Vec<usize>>,
}

/// A collection that is still open.
struct Open {
    span: Span,
    anchor: usize,
    /// What the next node is to this one.
    next: Next,
    /// Where the last node in it ends.
    end: usize,
    weight: Weight,
    /// Whether it is in `{ }` or `[ ]`.
    is_flow: bool,
}

/// What the next node is to the collection that it stands in.
enum Next {
    Item,
    Key,
    /// The value of this key.
    Value(String, Range<usize>),
    /// The value of a key that was refused: it leads nowhere.
    Dropped,
}

/// A node before it has a place.
struct Found {
    range: Range<usize>,
    form: Form,
    anchor: usize,
    weight: Weight,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            offsets: Offsets::new(text),
            spans: Spans::new(text),
            building: Building::default(),
            has_odd_scalar: false,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            total: Weight::default(),
            documents: 0,
            faults: Vec::new(),
            first_alias: None,
            lines: OnceCell::new(),
        }
    }

    /// The line of a byte, from 1.
    fn line(&self, byte: usize) -> usize {
        let starts = || self.text.match_indices('\n').map(|(at, _)| at + 1).collect();
        self.lines.get_or_init(starts).partition_point(|start: &usize| *start <= byte) + 1
    }

    /// The span in bytes, without the blanks at its end: a block scalar's runs to the next token.
    fn range(&self, span: &saphyr_parser::Span) -> Range<usize> {
        let (start, end) = (self.offsets.byte(span.start.index()), self.offsets.byte(span.end.index()));
        let text = self.text.get(start..end).unwrap_or_default();
        start..start + text.trim_end_matches([' ', '\t', '\r', '\n']).len()
    }

    /// Takes an event; `false` when the document is over.
    fn take(&mut self, event: Event<'_>, range: Range<usize>) -> Result<bool, Diagnostic> {
        match event {
            Event::DocumentStart(_) => return Ok(self.document(range)),
            Event::Scalar(text, style, anchor, tag) => {
                self.faults.extend(tag.is_some().then(|| refused::tag_of_scalar(self.text, &range)));
                self.scalar(&text, (style, anchor, tag.is_some()), range)?;
            }
            Event::Alias(anchor) => self.alias(anchor, range)?,
            Event::SequenceStart(anchor, tag) => {
                self.faults.extend(tag.is_some().then(|| refused::tag(self.text, &range)));
                self.start(Form::Items(Vec::new()), anchor, range)?;
            }
            Event::MappingStart(anchor, tag) => {
                self.faults.extend(tag.is_some().then(|| refused::tag(self.text, &range)));
                self.start(Form::Fields(HashMap::new()), anchor, range)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(&range),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(true)
    }

    fn document(&mut self, range: Range<usize>) -> bool {
        self.documents += 1;
        if self.documents > 1 {
            self.faults.push(refused::second_document(range));
        }
        self.documents == 1
    }

    fn scalar(
        &mut self,
        text: &str,
        (style, anchor, tagged): (ScalarStyle, usize, bool),
        range: Range<usize>,
    ) -> Result<(), Diagnostic> {
        let properties = anchor != 0 || tagged;
        let written = !text.is_empty() || properties || style != ScalarStyle::Plain;
        let weight = Weight::scalar(text.len());
        self.has_odd_scalar |= style == ScalarStyle::Plain && self.is_flow() && self.is_odd_in_flow(text, &range);
        if let Some(Open { next: Next::Key, .. }) = self.open.last() {
            self.count(weight, &range)?;
            let next = self.scalar_key(text, style, range);
            if let Some(parent) = self.open.last_mut() {
                parent.weight.put(weight);
                parent.next = next;
            }
            return Ok(());
        }
        if style == ScalarStyle::Plain && !tagged && scalar::is_not_finite(text) {
            self.faults.push(refused::not_finite(text, range.clone()));
        }
        self.building.scalar(text, style == ScalarStyle::Plain && !tagged);
        let range = if written { range } else { self.unwritten(range.start) };
        if style == ScalarStyle::Plain && !properties {
            self.faults.extend(misread::value(self.text, &range));
        } else if anchor != 0 && text.is_empty() && style == ScalarStyle::Plain {
            self.faults.push(misread::anchor(self.text, range.start));
        }
        self.add(Found { range, form: Form::Scalar(style, properties), anchor, weight }).map(|_| ())
    }

    fn is_flow(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_flow)
    }

    /// Whether serde_yaml may refuse a plain scalar of `{ }` or `[ ]`: `[|]`, `{:a}`, `{a:}`, and a key of two lines.
    fn is_odd_in_flow(&self, text: &str, range: &Range<usize>) -> bool {
        text.is_empty() || text.starts_with(['|', '>', ':']) || self.text[range.clone()].contains('\n')
    }

    /// A scalar as a key: what comes next is its value.
    fn scalar_key(&mut self, text: &str, style: ScalarStyle, range: Range<usize>) -> Next {
        if style == ScalarStyle::Plain && text == "<<" {
            self.faults.push(refused::merge_key(range));
            return Next::Dropped;
        }
        if style == ScalarStyle::Plain && !scalar::is_text(text) {
            self.faults.push(refused::key(text, range));
            return Next::Dropped;
        }
        if style == ScalarStyle::Plain {
            self.faults.extend(misread::key(self.text, &range));
        }
        self.building.key(text);
        Next::Value(text.to_owned(), range)
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>) -> Result<(), Diagnostic> {
        self.first_alias.get_or_insert_with(|| range.clone());
        if let Some(Open { next: Next::Key, .. }) = self.open.last() {
            self.faults.push(refused::alias_as_key(range));
            self.expect(Next::Dropped);
            return Ok(());
        }
        let Some((target, weight)) = self.anchors.get(&anchor).cloned().flatten() else {
            return Err(refused::alias_in_itself(range));
        };
        self.check_depth(weight.height, &range)?;
        self.add(Found { range, form: Form::Alias(target), anchor: 0, weight }).map(|_| ())
    }

    fn start(&mut self, form: Form, anchor: usize, range: Range<usize>) -> Result<(), Diagnostic> {
        self.check_depth(1, &range)?;
        let next = if matches!(form, Form::Items(_)) {
            self.building.list();
            Next::Item
        } else {
            self.building.mapping();
            Next::Key
        };
        let end = range.end;
        let is_flow = self.is_flow() || self.text[range.start..].starts_with(['{', '[']);
        // The whole collection is counted where it ends; here it is itself.
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        let span = if let Some(Open { next: Next::Key, .. }) = self.open.last() {
            let outer = self.open.last().map_or(0, |open| self.spans.node(open.span).value.start);
            self.faults.push(refused::collection_as_key(self.text, outer, range.clone()));
            self.expect(Next::Dropped);
            self.count(Weight::scalar(0), &range)?;
            self.spans.add(Node { key: None, value: range, form })
        } else {
            self.add(Found { range, form, anchor: 0, weight: Weight::scalar(0) })?
        };
        self.open.push(Open { span, anchor, next, end, weight: Weight::collection(), is_flow });
        Ok(())
    }

    fn end(&mut self, range: &Range<usize>) {
        let Some(closed) = self.open.pop() else { return };
        self.building.end();
        // A block collection ends before the next token: its last node says where.
        let end = if range.is_empty() { closed.end } else { range.end };
        let node = self.spans.node_mut(closed.span);
        node.value.end = end.max(node.value.start);
        if closed.anchor != 0 {
            self.anchors.insert(closed.anchor, Some((closed.span, closed.weight)));
        }
        if let Some(parent) = self.open.last_mut() {
            parent.end = end;
            parent.weight.put(closed.weight);
        }
    }

    /// Adds a node under the innermost open collection.
    fn add(&mut self, found: Found) -> Result<Span, Diagnostic> {
        let Found { range, form, anchor, weight } = found;
        self.count(weight, &range)?;
        let is_collection = matches!(form, Form::Items(_) | Form::Fields(_));
        let end = range.end;
        let span = self.spans.add(Node { key: None, value: range, form });
        if anchor != 0 {
            self.anchors.insert(anchor, Some((span, weight)));
        }
        if let Some(parent) = self.open.last_mut() {
            parent.end = end;
            if !is_collection {
                parent.weight.put(weight);
            }
        }
        self.link(span);
        Ok(span)
    }

    /// Makes the innermost open collection lead to `span`.
    fn link(&mut self, span: Span) {
        let Some(parent) = self.open.last_mut() else { return };
        match std::mem::replace(&mut parent.next, Next::Key) {
            Next::Item => {
                parent.next = Next::Item;
                if let Form::Items(items) = &mut self.spans.node_mut(parent.span).form {
                    items.push(span);
                }
            }
            Next::Value(name, key) => {
                self.spans.node_mut(span).key = Some(key.clone());
                let parent = parent.span;
                self.field(parent, name, key, span);
            }
            Next::Key | Next::Dropped => {}
        }
    }

    /// Makes a mapping lead to `span` by `name`, unless it has that key already: the first counts.
    fn field(&mut self, mapping: Span, name: String, key: Range<usize>, span: Span) {
        let Form::Fields(fields) = &mut self.spans.node_mut(mapping).form else { return };
        let (first, name) = match fields.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(span);
                return;
            }
            Entry::Occupied(entry) => (*entry.get(), entry.key().clone()),
        };
        let first = self.spans.key(first).start;
        let line = self.line(first);
        self.faults.push(refused::key_again(&name, key, line));
    }

    fn expect(&mut self, next: Next) {
        if let Some(parent) = self.open.last_mut() {
            parent.next = next;
        }
    }

    /// Where a null is that is not written: the end of its key.
    fn unwritten(&self, start: usize) -> Range<usize> {
        let at = match self.open.last().map(|open| &open.next) {
            Some(Next::Value(_, key)) => key.end,
            _ => start,
        };
        at..at
    }

    fn count(&mut self, weight: Weight, at: &Range<usize>) -> Result<(), Diagnostic> {
        self.total.put(weight);
        limits::check(&self.total, at)
    }

    fn check_depth(&self, height: usize, at: &Range<usize>) -> Result<(), Diagnostic> {
        limits::check_depth(self.open.len() + height, at)
    }
}
