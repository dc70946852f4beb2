//! Markdown of parts: what an author wrote, and values that stand in it. A value is not Markdown: whatever is in it, the
//! finished document shows exactly its characters.
//!
//! Placeholders go through the parser in the values' stead, which says where each value stands: in words, in code, in an
//! address. There it is written in such a way that it reads as itself.

mod fill;
mod fragment;

use super::{length, link, placeholder, write};

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Markdown that the author wrote.
    Literal(&'a str),
    /// Markdown that a value holds and is declared to. It stays in the quote or the item of a list where it begins.
    Fragment(&'a str),
    /// Plain text: it shows as it is, its line breaks as hard breaks.
    Value(&'a str),
}

impl<'a> Part<'a> {
    fn text(self) -> &'a str {
        match self {
            Self::Literal(text) | Self::Fragment(text) | Self::Value(text) => text,
        }
    }
}

/// The Markdown that reads as the parts together: values word for word, wherever they stand.
///
/// U+0000 and the noncharacters U+FDD0 to U+FDEF become U+FFFD, in Markdown as in values. What stands in a comment of
/// HTML is not shown, and what is not an account id mentions nobody.
pub(crate) fn assemble(parts: &[Part<'_>]) -> String {
    let together = || parts.iter().map(|part| part.text()).collect::<String>();
    if length::readable(&together()).is_err() {
        // Nobody reads it: it is refused for its length.
        return together();
    }
    let Template { text, values } = Template::of(parts);
    if values.is_empty() {
        return text;
    }
    let text = link::explicit_with_values(&text, &values);
    let wanted = write::document(&text, &values);
    let ways = [fill::Way::Escaped, fill::Way::Coded].map(|way| fill::filled(&text, &values, way));
    let [escaped, coded] = ways;
    // Beside some words even an escaped value means something: `&` and `amp;`.
    if write::document(&placeholder::without(&escaped), &[]) == wanted { escaped } else { coded }
}

/// Markdown with placeholders, and their values.
pub(super) struct Template {
    pub(super) text: String,
    pub(super) values: Vec<String>,
}

impl Template {
    pub(super) fn of(parts: &[Part<'_>]) -> Self {
        let mut template = Self { text: String::new(), values: Vec::new() };
        // What stands between two values is read as one.
        let mut literal = String::new();
        for part in parts {
            match part {
                Part::Literal(text) => literal.push_str(text),
                Part::Fragment(text) => {
                    let line = format!("{}{literal}", template.last_line());
                    literal.push_str(&fragment::placed(text, &line));
                }
                Part::Value(value) => {
                    template.text.push_str(&placeholder::without(&std::mem::take(&mut literal)));
                    template.text.push_str(&placeholder::of(template.values.len()));
                    template.values.push(placeholder::shown(value));
                }
            }
        }
        template.text.push_str(&placeholder::without(&literal));
        template
    }

    fn last_line(&self) -> &str {
        self.text.rsplit('\n').next().unwrap_or_default()
    }
}
