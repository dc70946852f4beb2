//! Atlassian Document Format: the form of Jira's rich texts.
//!
//! People write Markdown, [`from_markdown`] makes a document of it; [`to_markdown`] goes the other way. ADF allows less
//! nesting than Markdown: a heading in a list becomes bold text, a quote in a quote becomes part of it.

mod check;
mod read;
#[cfg(test)]
mod tests;
mod write;

use serde_json::{Value, json};

pub(crate) use read::to_markdown;
pub(crate) use write::from_markdown;

/// A rich text as a node's `with` gives it: Markdown, or a document as it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RichText {
    /// Markdown.
    Markdown(String),
    /// An ADF document.
    Document(Value),
}

/// Why a value is no ADF document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoDocument {
    /// It has not the form of one.
    #[error(
        "a rich text is Markdown, or an ADF document: an object with `type: doc`, `version: 1` and a list `content`"
    )]
    Form,
    /// A node in it is wrong: the place and the fault.
    #[error("this is no ADF document: {0}")]
    Node(String),
}

impl RichText {
    /// Reads a text or a document.
    pub(crate) fn of(value: Value) -> Result<Self, NoDocument> {
        match value {
            Value::String(text) => Ok(Self::Markdown(text)),
            document if document["type"] == "doc" && document["version"] == 1 && document["content"].is_array() => {
                match check::fault(&document) {
                    None => Ok(Self::Document(document)),
                    Some(fault) => Err(NoDocument::Node(fault)),
                }
            }
            _ => Err(NoDocument::Form),
        }
    }

    /// As it was given.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Markdown(text) => Value::String(text.clone()),
            Self::Document(document) => document.clone(),
        }
    }

    /// The document; `None` if there is nothing in it. Jira takes no empty comment.
    pub(crate) fn into_document(self) -> Option<Value> {
        let document = match self {
            Self::Markdown(text) => from_markdown(&text),
            Self::Document(document) => document,
        };
        let empty = document["content"].as_array().is_none_or(Vec::is_empty);
        (!empty).then_some(document)
    }
}

fn document(content: Vec<Value>) -> Value {
    json!({ "version": 1, "type": "doc", "content": content })
}
