//! Where every key and value of a document is written: a tree beside the values, in bytes of the text.
//!
//! It is a tree and not a table of pointers, so that it grows with the file and not with the length of paths in it.
//! Below an alias, places are those inside the anchored node.

use std::{cell::RefCell, collections::HashMap, ops::Range};

use saphyr_parser::ScalarStyle;

use super::align::{Alignment, align};

/// One node of a document: a scalar, a list or a mapping. [`Spans`] knows where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span(u32);

/// The places of one document.
#[derive(Debug)]
pub(crate) struct Spans {
    text: String,
    nodes: Vec<Node>,
    /// The scalar that was aligned last: a long text with many faults is aligned once.
    aligned: RefCell<Option<(Span, Option<Alignment>)>>,
}

/// What is known of a place.
#[derive(Debug)]
pub(super) struct Node {
    /// The key that leads here; `None` in lists and for the root.
    pub(super) key: Option<Range<usize>>,
    /// The value, without the blanks after it; empty, at the end of its key, for a null that is not written.
    pub(super) value: Range<usize>,
    /// What it is.
    pub(super) form: Form,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Form {
    /// A scalar, and whether an anchor or a tag stands before it.
    Scalar(ScalarStyle, bool),
    /// A list.
    Items(Vec<Span>),
    /// A mapping. Only looked up, never iterated: it may have thousands of keys.
    Fields(HashMap<String, Span>),
    /// It stands for an anchored node.
    Alias(Span),
}

impl Spans {
    /// No places yet, of this text.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), nodes: Vec::new(), aligned: RefCell::new(None) }
    }

    /// Adds a node that nothing leads to yet.
    pub(super) fn add(&mut self, node: Node) -> Span {
        let span = Span(u32::try_from(self.nodes.len()).expect("the limit of nodes is far below"));
        self.nodes.push(node);
        span
    }

    /// What is known of a place.
    pub(super) fn node(&self, span: Span) -> &Node {
        &self.nodes[span.0 as usize]
    }

    /// The same, to change it.
    pub(super) fn node_mut(&mut self, span: Span) -> &mut Node {
        &mut self.nodes[span.0 as usize]
    }

    /// The whole document.
    pub(crate) fn root(&self) -> Span {
        Span(0)
    }

    /// The value of `name` in a mapping.
    pub(crate) fn field(&self, span: Span, name: &str) -> Option<Span> {
        match &self.node(self.resolve(span)).form {
            Form::Fields(fields) => fields.get(name).copied(),
            _ => None,
        }
    }

    /// An item of a list.
    pub(crate) fn item(&self, span: Span, index: usize) -> Option<Span> {
        match &self.node(self.resolve(span)).form {
            Form::Items(items) => items.get(index).copied(),
            _ => None,
        }
    }

    /// The place that a JSON pointer leads to, as far as it leads.
    pub(crate) fn nearest(&self, pointer: &str) -> Span {
        self.nearest_from(self.root(), pointer)
    }

    /// The same, of a pointer that begins at `span`.
    pub(crate) fn nearest_from(&self, mut span: Span, pointer: &str) -> Span {
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let index = step.parse().ok();
            match self.field(span, &step).or_else(|| self.item(span, index?)) {
                Some(inner) => span = inner,
                None => break,
            }
        }
        span
    }

    /// Where the key is written that leads to a place; where there is none, as in a list, the value's start.
    pub(crate) fn key(&self, span: Span) -> Range<usize> {
        let node = self.node(span);
        let start = node.value.start;
        node.key.clone().unwrap_or(start..start)
    }

    /// Where the value is written.
    pub(crate) fn value(&self, span: Span) -> Range<usize> {
        self.node(span).value.clone()
    }

    /// Where the bytes `within` of a scalar's `value` are written; the whole scalar, where that cannot be told.
    ///
    /// `value` is what serde_yaml read. Should the parsers differ, the whole scalar is given and never a wrong place.
    pub(crate) fn inside(&self, span: Span, value: &str, within: Range<usize>) -> Range<usize> {
        let span = self.resolve(span);
        let mut aligned = self.aligned.borrow_mut();
        if aligned.as_ref().is_none_or(|(of, _)| *of != span) {
            *aligned = Some((span, self.align(span, value)));
        }
        let found = aligned.as_ref().and_then(|(_, alignment)| alignment.as_ref()?.locate(within));
        let whole = self.value(span);
        found.map_or(whole.clone(), |range| whole.start + range.start..whole.start + range.end)
    }

    /// The characters of a plain scalar of one line, as they are written: `1.10`.
    pub(crate) fn spelling(&self, span: Span) -> Option<&str> {
        let node = self.node(self.resolve(span));
        match node.form {
            // An anchor stands before it, and no blank is in a number.
            Form::Scalar(ScalarStyle::Plain, _) => self.text.get(node.value.clone())?.split_whitespace().last(),
            _ => None,
        }
    }

    /// Whether a place is a mapping of so many keys.
    pub(super) fn is_mapping_of(&self, span: Span, length: usize) -> bool {
        matches!(&self.node(self.resolve(span)).form, Form::Fields(fields) if fields.len() == length)
    }

    /// Whether a place is a list of so many items.
    pub(super) fn is_list_of(&self, span: Span, length: usize) -> bool {
        matches!(&self.node(self.resolve(span)).form, Form::Items(items) if items.len() == length)
    }

    /// Whether a place is a scalar.
    pub(super) fn is_scalar(&self, span: Span) -> bool {
        matches!(self.node(self.resolve(span)).form, Form::Scalar(..))
    }

    fn align(&self, span: Span, value: &str) -> Option<Alignment> {
        let node = self.node(span);
        let Form::Scalar(style, properties) = &node.form else { return None };
        align(self.text.get(node.value.clone())?, *style, *properties, value)
    }

    /// Past aliases. An alias to an alias cannot be written.
    pub(super) fn resolve(&self, span: Span) -> Span {
        match self.node(span).form {
            Form::Alias(target) => target,
            _ => span,
        }
    }
}
