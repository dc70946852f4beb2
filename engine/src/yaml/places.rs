//! Where every key and value of a document is written: a tree beside the values, in bytes of the text.
//!
//! It is a tree and not a table of pointers, so that it grows with the file and not with the length of paths in it.
//! Below an alias, places are those inside the anchored node.

use std::{cell::RefCell, collections::HashMap, ops::Range};

use saphyr_parser::ScalarStyle;

use super::align::{Alignment, align};

/// One node of a document: a scalar, a list or a mapping. [`Places`] knows where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(u32);

/// The places of one document.
#[derive(Debug)]
pub(crate) struct Places {
    text: String,
    nodes: Vec<Node>,
    /// The scalar that was aligned last: a long text with many faults is aligned once.
    aligned: RefCell<Option<(Place, Option<Alignment>)>>,
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
    Items(Vec<Place>),
    /// A mapping. Only looked up, never iterated: it may have thousands of keys.
    Fields(HashMap<String, Place>),
    /// It stands for an anchored node.
    Alias(Place),
}

impl Places {
    /// No places yet, of this text.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), nodes: Vec::new(), aligned: RefCell::new(None) }
    }

    /// Adds a node that nothing leads to yet.
    pub(super) fn add(&mut self, node: Node) -> Place {
        let place = Place(u32::try_from(self.nodes.len()).expect("the limit of nodes is far below"));
        self.nodes.push(node);
        place
    }

    /// What is known of a place.
    pub(super) fn node(&self, place: Place) -> &Node {
        &self.nodes[place.0 as usize]
    }

    /// The same, to change it.
    pub(super) fn node_mut(&mut self, place: Place) -> &mut Node {
        &mut self.nodes[place.0 as usize]
    }

    /// The whole document.
    pub(crate) fn root(&self) -> Place {
        Place(0)
    }

    /// The value of `name` in a mapping.
    pub(crate) fn field(&self, place: Place, name: &str) -> Option<Place> {
        match &self.node(self.resolve(place)).form {
            Form::Fields(fields) => fields.get(name).copied(),
            _ => None,
        }
    }

    /// An item of a list.
    pub(crate) fn item(&self, place: Place, index: usize) -> Option<Place> {
        match &self.node(self.resolve(place)).form {
            Form::Items(items) => items.get(index).copied(),
            _ => None,
        }
    }

    /// The place that a JSON pointer leads to, as far as it leads.
    pub(crate) fn nearest(&self, pointer: &str) -> Place {
        self.nearest_from(self.root(), pointer)
    }

    /// The same, of a pointer that begins at `place`.
    pub(crate) fn nearest_from(&self, mut place: Place, pointer: &str) -> Place {
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let index = step.parse().ok();
            match self.field(place, &step).or_else(|| self.item(place, index?)) {
                Some(inner) => place = inner,
                None => break,
            }
        }
        place
    }

    /// Where the key is written that leads to a place; where there is none, as in a list, the value's start.
    pub(crate) fn key(&self, place: Place) -> Range<usize> {
        let node = self.node(place);
        let start = node.value.start;
        node.key.clone().unwrap_or(start..start)
    }

    /// Where the value is written.
    pub(crate) fn value(&self, place: Place) -> Range<usize> {
        self.node(place).value.clone()
    }

    /// Where the bytes `within` of a scalar's `value` are written; the whole scalar, where that cannot be told.
    ///
    /// `value` is what serde_yaml read. Should the parsers differ, the whole scalar is given and never a wrong place.
    pub(crate) fn inside(&self, place: Place, value: &str, within: Range<usize>) -> Range<usize> {
        let place = self.resolve(place);
        let mut aligned = self.aligned.borrow_mut();
        if aligned.as_ref().is_none_or(|(of, _)| *of != place) {
            *aligned = Some((place, self.align(place, value)));
        }
        let found = aligned.as_ref().and_then(|(_, alignment)| alignment.as_ref()?.locate(within));
        let whole = self.value(place);
        found.map_or(whole.clone(), |range| whole.start + range.start..whole.start + range.end)
    }

    /// The characters of a plain scalar of one line, as they are written: `1.10`.
    pub(crate) fn spelling(&self, place: Place) -> Option<&str> {
        let node = self.node(self.resolve(place));
        match node.form {
            // An anchor stands before it, and no blank is in a number.
            Form::Scalar(ScalarStyle::Plain, _) => self.text.get(node.value.clone())?.split_whitespace().last(),
            _ => None,
        }
    }

    /// Whether a place is a mapping of so many keys.
    pub(super) fn is_mapping_of(&self, place: Place, length: usize) -> bool {
        matches!(&self.node(self.resolve(place)).form, Form::Fields(fields) if fields.len() == length)
    }

    /// Whether a place is a list of so many items.
    pub(super) fn is_list_of(&self, place: Place, length: usize) -> bool {
        matches!(&self.node(self.resolve(place)).form, Form::Items(items) if items.len() == length)
    }

    /// Whether a place is a scalar.
    pub(super) fn is_scalar(&self, place: Place) -> bool {
        matches!(self.node(self.resolve(place)).form, Form::Scalar(..))
    }

    fn align(&self, place: Place, value: &str) -> Option<Alignment> {
        let node = self.node(place);
        let Form::Scalar(style, properties) = &node.form else { return None };
        align(self.text.get(node.value.clone())?, *style, *properties, value)
    }

    /// Past aliases. An alias to an alias cannot be written.
    pub(super) fn resolve(&self, place: Place) -> Place {
        match self.node(place).form {
            Form::Alias(target) => target,
            _ => place,
        }
    }
}
