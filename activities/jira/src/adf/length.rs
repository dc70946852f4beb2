//! How long a rich text may be.
//!
//! Jira Cloud answers a longer one with 400, "The entered text is too long. It exceeds the allowed limit of 32767
//! characters". Whether it counts the document's text or more is not known: what is refused here is too long in any case.

use serde_json::Value;

use super::NoDocument;

/// Characters that a rich text may have.
pub(super) const MOST: usize = 32_767;

/// What is longer is not even read. Markdown of that many characters can have as few in its text, since `&#95;` is one.
const LONGEST_MARKDOWN: usize = 8 * MOST;

/// Refuses Markdown that is too long to be read.
pub(super) fn readable(markdown: &str) -> Result<(), NoDocument> {
    // The bytes are known at once.
    let characters = if markdown.len() > LONGEST_MARKDOWN { of_text(markdown) } else { 0 };
    if characters > LONGEST_MARKDOWN { Err(NoDocument::Long { characters }) } else { Ok(()) }
}

/// Refuses more characters than Jira takes.
pub(super) fn limited(characters: usize) -> Result<(), NoDocument> {
    if characters > MOST { Err(NoDocument::Long { characters }) } else { Ok(()) }
}

/// The characters of a text.
fn of_text(text: &str) -> usize {
    text.chars().count()
}

/// The characters of a document's text. A hard break is one.
pub(crate) fn of_document(node: &Value) -> usize {
    let own = match node["type"].as_str() {
        Some("text") => node["text"].as_str().map_or(0, of_text),
        Some("hardBreak") => 1,
        _ => 0,
    };
    own + node["content"].as_array().into_iter().flatten().map(of_document).sum::<usize>()
}
