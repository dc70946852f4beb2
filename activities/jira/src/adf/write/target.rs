//! Where links and images lead that are open while Markdown is written as ADF.

use pulldown_cmark::{CowStr, LinkType};
use serde_json::{Value, json};

use super::super::{address, placeholder};

/// Something that leads somewhere, or wants to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    pub(super) kind: TargetKind,
    pub(super) address: String,
    title: String,
    /// How long the text of the document was when it began.
    pub(super) since: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TargetKind {
    /// Its text is a link.
    Link,
    /// It may not lead there: its address stands behind its text.
    Refused,
    /// An address between `<` and `>` that is none: it stays as it was written.
    Bracketed,
    /// An image in a link: its description is a part of the link's text.
    Inner,
}

impl Target {
    /// The target of a link or an image, its values filled in. `is_inner`: inside another one.
    pub(super) fn new(
        link_type: LinkType,
        [address, title]: [&CowStr<'_>; 2],
        values: &[String],
        (is_inner, since): (bool, usize),
    ) -> Self {
        let [mut address, title] = [address, title].map(|text| placeholder::filled(text, values));
        if link_type == LinkType::Email {
            address.insert_str(0, "mailto:");
        }
        let kind = match link_type {
            _ if is_inner => TargetKind::Inner,
            _ if address::is_allowed(&address) => TargetKind::Link,
            LinkType::Autolink => TargetKind::Bracketed,
            _ => TargetKind::Refused,
        };
        Self { kind, address: address.trim().to_owned(), title, since }
    }

    /// The mark of a text that leads there; `None` if it may not.
    pub(super) fn mark(&self) -> Option<Value> {
        let attributes = match self.title.as_str() {
            "" => json!({ "href": self.address }),
            title => json!({ "href": self.address, "title": title }),
        };
        (self.kind == TargetKind::Link).then(|| json!({ "type": "link", "attrs": attributes }))
    }

    /// What is to be shown at its end, behind the text that it has.
    pub(super) fn rest(&self, text: &str) -> String {
        match self.kind {
            TargetKind::Bracketed => ">".into(),
            _ if text.is_empty() => self.address.clone(),
            TargetKind::Refused if !self.address.is_empty() && text.trim() != self.address => {
                format!(" ({})", self.address)
            }
            _ => String::new(),
        }
    }
}
