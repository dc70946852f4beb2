//! Atlassian Document Format: the form of Jira's rich texts.
//!
//! People write Markdown: [`RichText`] makes a document of it; [`to_markdown`] goes the other way. ADF allows less
//! nesting than Markdown: a heading in a list becomes bold text, a quote in a quote becomes part of it. Values that stand
//! in Markdown, [`assemble`] keeps as they are.

mod address;
mod assemble;
mod check;
mod edit;
mod escape;
mod length;
mod link;
mod placeholder;
mod read;
mod reference;
#[cfg(test)]
mod tests;
mod write;

use serde_json::{Value, json};

pub(crate) use assemble::{Part, assemble};
pub(crate) use length::of_document as characters;
pub(crate) use read::to_markdown;

/// A rich text as a node's `with` gives it: Markdown, or a document as it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RichText {
    given: Value,
    document: Value,
}

/// Why a value is not an ADF document, or none that Jira takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoDocument {
    /// It has not the form of one.
    #[error(
        "a rich text is Markdown, or an ADF document: an object with `type: doc`, `version: 1` and a list `content`"
    )]
    Form,
    /// A node in it is wrong: the place and the fault.
    #[error("this is not an ADF document: {0}")]
    Node(String),
    /// Jira takes less.
    #[error("it has {characters} characters, and Jira takes {most} at most", most = length::MOST)]
    Long {
        /// How many it has.
        characters: usize,
    },
    /// It is Markdown of too many pieces.
    #[error("it has too many pieces, such as cells of tables, for one text")]
    Nodes,
}

impl RichText {
    /// Reads a text or a document.
    ///
    /// # Errors
    ///
    /// If it is neither, or more than Jira takes. Markdown is not even read that is far longer.
    pub(crate) fn of(given: Value) -> Result<Self, NoDocument> {
        let document = match &given {
            Value::String(text) => from_markdown(text)?,
            document if document["type"] == "doc" && document["version"] == 1 && document["content"].is_array() => {
                if let Some(fault) = check::fault(document) {
                    return Err(NoDocument::Node(fault));
                }
                length::limited(length::of_document(document))?;
                document.clone()
            }
            _ => return Err(NoDocument::Form),
        };
        Ok(Self { given, document })
    }

    /// As it was given.
    pub(crate) fn to_value(&self) -> Value {
        self.given.clone()
    }

    /// The document; `None` if there is nothing in it. Jira takes no empty comment.
    pub(crate) fn into_document(self) -> Option<Value> {
        (!is_blank(&self.document)).then_some(self.document)
    }
}

/// Makes a document of Markdown. A text without content gives a document without content.
///
/// # Errors
///
/// If it is more than Jira takes.
pub(crate) fn from_markdown(text: &str) -> Result<Value, NoDocument> {
    length::readable(text)?;
    let document = write::document(&placeholder::without(text), &[]).map_err(|_| NoDocument::Nodes)?;
    length::limited(length::of_document(&document))?;
    Ok(document)
}

/// Whether nothing is to be seen of a document: no text but white space, and nothing else.
fn is_blank(node: &Value) -> bool {
    match node["type"].as_str() {
        Some("doc" | "paragraph") => node["content"].as_array().is_none_or(|content| content.iter().all(is_blank)),
        Some("text") => node["text"].as_str().is_none_or(|text| text.trim().is_empty()),
        Some("hardBreak") => true,
        _ => false,
    }
}

fn document(content: Vec<Value>) -> Value {
    json!({ "version": 1, "type": "doc", "content": content })
}
