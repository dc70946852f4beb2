//! How Jira shows an attachment, in an issue and by itself.

use serde_json::{Value, json};

use super::{View, extend};
use crate::{
    clock::jira_time,
    world::{Attachment, Issue},
};

impl View<'_> {
    /// An attachment as its issue and its upload show it, `Attachment`. \[SPEC\] Thumbnails are not served, so none is
    /// named.
    pub(crate) fn attachment(&self, attachment: &Attachment) -> Value {
        let mut shown = self.common(attachment);
        extend(
            &mut shown,
            json!({ "id": attachment.id.to_string(), "author": self.account(Some(&attachment.author)) }),
        );
        shown
    }

    /// An attachment by itself, `AttachmentMetadata`: its id is a number here. \[SPEC\]
    pub(crate) fn attachment_metadata(&self, attachment: &Attachment) -> Value {
        let mut shown = self.common(attachment);
        let author = self.world.user(&attachment.author).map_or(Value::Null, |user| self.full_user(user, &[]));
        extend(&mut shown, json!({ "id": attachment.id, "author": author }));
        shown
    }

    /// The attachments of an issue, oldest first.
    pub(super) fn attachments(&self, issue: &Issue) -> Value {
        self.world.attachments_of(issue).map(|attachment| self.attachment(attachment)).collect()
    }

    fn common(&self, attachment: &Attachment) -> Value {
        json!({
            "self": self.link(&format!("attachment/{}", attachment.id)),
            "filename": attachment.filename,
            "created": jira_time(attachment.created),
            "size": attachment.size,
            "mimeType": attachment.mime_type,
            "content": self.link(&format!("attachment/content/{}", attachment.id)),
        })
    }
}
