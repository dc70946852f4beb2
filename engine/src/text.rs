//! Text kinds: the languages that services read, such as JQL and Markdown, so that a value which stands in such a text
//! stays a value.
//!
//! A package of activities brings its kinds with its catalogue. A schema says by the keyword `x-text` where texts of a kind
//! belong, and which values are of it. Until such a text is needed, the engine keeps what an author wrote and what was
//! computed apart; then the kind puts both together. It alone knows how a value is written at its place.
//!
//! ```
//! use flowrun_engine::text::{Fault, Part, Planned, TextKind};
//! use serde_json::{Value, json};
//!
//! /// A language in which values stand in single quotes, and a quote is doubled.
//! struct Quoted;
//!
//! impl TextKind for Quoted {
//!     fn name(&self) -> &'static str { "quoted" }
//!     fn title(&self) -> &'static str { "quoted text" }
//!     fn function(&self) -> Option<&'static str> { None }
//!     fn check(&self, _: &[Planned<'_>]) -> Vec<Fault> { Vec::new() }
//!     fn assemble(&self, parts: &[Part<'_>]) -> Result<Value, Fault> {
//!         let written = parts.iter().map(|part| match part {
//!             Part::Literal(text) | Part::Fragment { text, .. } => (*text).to_owned(),
//!             Part::Value { value, .. } => format!("'{}'", value.as_str().unwrap_or_default().replace('\'', "''")),
//!         });
//!         Ok(json!(written.collect::<String>()))
//!     }
//! }
//!
//! let name = json!("O'Hara' or true");
//! let parts = [Part::Literal("name = "), Part::Value { source: "inputs.name", value: &name }];
//! assert_eq!(Quoted.assemble(&parts), Ok(json!("name = 'O''Hara'' or true'")));
//! ```

mod shape;

use std::{collections::BTreeMap, fmt, ops::Deref, sync::Arc};

use serde_json::Value;

pub(crate) use shape::Shape;

/// A language that a service reads. Pure: the same parts give the same text.
pub trait TextKind: Send + Sync {
    /// Its name, as `x-text` writes it: `jql`.
    fn name(&self) -> &'static str;

    /// What it is called in messages: `JQL`.
    fn title(&self) -> &'static str;

    /// The function by which an author says that a value is of this kind: `jql.raw`. It is the whole of an expression. A kind
    /// without one is for schemas of activities alone.
    fn function(&self) -> Option<&'static str>;

    /// Whether a text of the kind `fragment` is one of this kind as well.
    fn takes(&self, fragment: &str) -> bool {
        fragment == self.name()
    }

    /// What is wrong with a text before its values are there.
    fn check(&self, parts: &[Planned<'_>]) -> Vec<Fault>;

    /// Puts a text together.
    ///
    /// # Errors
    /// When a value cannot stand where it does.
    fn assemble(&self, parts: &[Part<'_>]) -> Result<Value, Fault>;
}

/// A part of a text, its values not there yet.
#[derive(Clone, Debug, PartialEq)]
pub enum Planned<'a> {
    /// What the author wrote.
    Literal(&'a str),
    /// A value.
    Value {
        /// The expression that gives it.
        source: &'a str,
        /// What it may be; empty where that is not known.
        types: Vec<PlainType>,
    },
    /// A text of the kind itself.
    Fragment {
        /// The expression that gives it.
        source: &'a str,
    },
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Part<'a> {
    /// What the author wrote.
    Literal(&'a str),
    /// A value.
    Value {
        /// The expression that gave it.
        source: &'a str,
        /// It.
        value: &'a Value,
    },
    /// A text of the kind itself.
    Fragment {
        /// The expression that gave it.
        source: &'a str,
        /// It.
        text: &'a str,
    },
}

/// The types of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainType {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number without a fraction.
    Integer,
    /// Any number.
    Number,
    /// A text.
    String,
    /// A list.
    List,
    /// A map.
    Map,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The number of the part; none for the whole text.
    pub part: Option<usize>,
    /// What is wrong, a lower-case fragment.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// A kind, shared by the texts that are of it.
#[derive(Clone)]
pub struct SharedKind(Arc<dyn TextKind>);

impl Deref for SharedKind {
    type Target = dyn TextKind;

    fn deref(&self) -> &Self::Target {
        self.0.as_ref()
    }
}

impl PartialEq for SharedKind {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl fmt::Debug for SharedKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The kinds of a catalogue, by name.
#[derive(Clone, Debug, Default)]
pub struct TextKinds(BTreeMap<&'static str, SharedKind>);

impl TextKinds {
    /// Adds a kind; one of the same name is replaced.
    #[must_use]
    pub fn with(mut self, kind: impl TextKind + 'static) -> Self {
        self.0.insert(kind.name(), SharedKind(Arc::new(kind)));
        self
    }

    /// The kind `name`.
    pub fn get(&self, name: &str) -> Option<&SharedKind> {
        self.0.get(name)
    }

    /// All of them, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = &SharedKind> {
        self.0.values()
    }

    /// The names of those that the schema of an input may name.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.0.values().filter(|kind| kind.function().is_some()).map(|kind| kind.name())
    }
}
