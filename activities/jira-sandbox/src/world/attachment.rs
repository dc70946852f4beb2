//! The attachments of issues: what is known of each. Their contents are files beside the world.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{HistoryEntry, HistoryItem, Issue, World};
use crate::{
    attachment::AttachmentSettings,
    effect::{AttachmentAdded, AttachmentsAdded, Change, Effect},
};

/// All attachments of a world, and what its administrator set for them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attachments {
    pub(crate) settings: AttachmentSettings,
    /// By id.
    pub(crate) all: BTreeMap<u64, Attachment>,
    /// The id of the next one; none is ever used again.
    pub(crate) next: u64,
}

/// A file on an issue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attachment {
    pub(crate) id: u64,
    /// The id of its issue.
    pub(crate) issue: u64,
    /// An account id.
    pub(crate) author: String,
    pub(crate) created: Timestamp,
    pub(crate) filename: String,
    pub(crate) mime_type: String,
    /// In bytes.
    pub(crate) size: u64,
}

impl Attachments {
    /// A world's first attachments.
    pub(crate) fn new(settings: AttachmentSettings) -> Self {
        Self { settings, all: BTreeMap::new(), next: 10000 }
    }
}

impl Attachment {
    /// The attachment that an addition makes.
    pub(crate) fn new(issue: u64, author: &str, created: Timestamp, added: &AttachmentAdded) -> Self {
        Self {
            id: added.id,
            issue,
            author: author.to_owned(),
            created,
            filename: added.filename.clone(),
            mime_type: added.mime_type.clone(),
            size: added.size,
        }
    }
}

impl World {
    /// The attachments of an issue, oldest first.
    pub(crate) fn attachments_of(&self, issue: &Issue) -> impl Iterator<Item = &Attachment> + use<'_> {
        let issue = issue.id;
        self.attachments.all.values().filter(move |attachment| attachment.issue == issue)
    }

    /// The ids of the attachments that a change takes away.
    pub(crate) fn attachments_lost(&self, change: &Change) -> Vec<u64> {
        match change {
            Change::AttachmentRemoved(removed) => vec![removed.id],
            Change::IssuesDeleted(issues) => {
                let lost = self.attachments.all.values().filter(|attachment| issues.contains(&attachment.issue));
                lost.map(|attachment| attachment.id).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn add_attachments(&mut self, effect: &Effect, added: &AttachmentsAdded) {
        let Some(issue) = self.issues.get_mut(&added.issue) else { return };
        issue.updated = effect.time;
        let items = added.files.iter().map(|file| item(None, Some((file.id, &file.filename))));
        issue.history.push(HistoryEntry::of(effect, items.collect()));
        for file in &added.files {
            self.attachments.next = self.attachments.next.max(file.id + 1);
            let attachment = Attachment::new(added.issue, &effect.account, effect.time, file);
            self.attachments.all.insert(file.id, attachment);
        }
    }

    pub(super) fn remove_attachment(&mut self, effect: &Effect, id: u64) {
        let Some(attachment) = self.attachments.all.remove(&id) else { return };
        let Some(issue) = self.issues.get_mut(&attachment.issue) else { return };
        issue.updated = effect.time;
        issue.history.push(HistoryEntry::of(effect, vec![item(Some((id, &attachment.filename)), None)]));
    }
}

/// How the history tells of an attachment. \[unverified\]
fn item(from: Option<(u64, &str)>, to: Option<(u64, &str)>) -> HistoryItem {
    let id = |file: Option<(u64, &str)>| file.map(|(id, _)| id.to_string());
    let name = |file: Option<(u64, &str)>| file.map(|(_, name)| name.to_owned());
    HistoryItem {
        field: "Attachment".to_owned(),
        field_id: "attachment".to_owned(),
        field_type: "jira",
        from: id(from),
        from_string: name(from),
        to: id(to),
        to_string: name(to),
    }
}
