//! Links between issues, and the types that they are of.

use super::{HistoryEntry, HistoryItem, Issue, World};
use crate::effect::{Effect, IssuesLinked};

/// A type of links, with what each end says of the other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LinkType {
    pub(crate) id: String,
    pub(crate) name: String,
    /// What the issue says that is linked to: "is blocked by".
    pub(crate) inward: String,
    /// What the issue says that the link starts from: "blocks".
    pub(crate) outward: String,
}

/// A link from one issue to another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Link {
    pub(crate) id: u64,
    /// The id of its type.
    pub(crate) link_type: String,
    /// The id of the issue that says the outward words.
    pub(crate) from: u64,
    /// The id of the issue that says the inward ones.
    pub(crate) to: u64,
}

impl World {
    /// A type of links by its id, or by its name.
    pub(crate) fn link_type(&self, id_or_name: &str) -> Option<&LinkType> {
        let by_id = self.link_types.iter().find(|kind| kind.id == id_or_name);
        by_id.or_else(|| self.link_types.iter().find(|kind| kind.name == id_or_name))
    }

    /// The links of an issue, oldest first.
    pub(crate) fn links_of(&self, issue: u64) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(move |link| link.from == issue || link.to == issue)
    }

    /// The link of a type between two issues. One of a type that reads the same from both ends has no direction. \[unverified\]
    pub(crate) fn link_between(&self, kind: &LinkType, from: u64, to: u64) -> Option<&Link> {
        let has_direction = kind.inward != kind.outward;
        let is_it =
            |link: &&Link| (link.from, link.to) == (from, to) || (!has_direction && (link.from, link.to) == (to, from));
        self.links.iter().filter(|link| link.link_type == kind.id).find(is_it)
    }

    pub(super) fn link_issues(&mut self, effect: &Effect, linked: &IssuesLinked) {
        if let Some(id) = linked.id {
            self.next_link = self.next_link.max(id + 1);
            let IssuesLinked { link_type, from, to, .. } = linked;
            self.links.push(Link { id, link_type: link_type.clone(), from: *from, to: *to });
            self.note_link(effect, linked);
        }
        linked.comment.iter().for_each(|added| self.add_comment(effect, added));
    }

    /// Both issues tell of it in their histories. \[unverified\]
    fn note_link(&mut self, effect: &Effect, IssuesLinked { link_type, from, to, .. }: &IssuesLinked) {
        let Some(LinkType { inward, outward, .. }) = self.link_type(link_type).cloned() else { return };
        for (issue, words, other) in [(from, outward, to), (to, inward, from)] {
            let Some(key) = self.issues.get(other).map(|other| other.key.clone()) else { continue };
            let Some(issue) = self.issues.get_mut(issue) else { continue };
            issue.tell(effect, item(&words, key));
        }
    }

    /// Forgets the links of issues that are gone.
    pub(super) fn forget_links(&mut self, gone: &[u64]) {
        self.links.retain(|link| !gone.contains(&link.from) && !gone.contains(&link.to));
    }
}

impl Issue {
    /// Something happened to it that its history tells.
    pub(super) fn tell(&mut self, effect: &Effect, item: HistoryItem) {
        self.updated = effect.time;
        self.history.push(HistoryEntry::of(effect, vec![item]));
    }
}

fn item(words: &str, key: String) -> HistoryItem {
    HistoryItem {
        field: "Link".to_owned(),
        field_id: "issuelinks".to_owned(),
        field_type: "jira",
        from: None,
        from_string: None,
        to_string: Some(format!("This issue {words} {key}")),
        to: Some(key),
    }
}
