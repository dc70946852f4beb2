//! The edit screen of an issue: which of its fields the user may change.

use super::Screen;
use crate::{
    client::{Call, ErrorKind, JiraError, Reader, endpoint},
    input::IssueKey,
};

/// Reads what of an issue may be changed.
pub(crate) async fn edit_screen(reader: &Reader, issue: &IssueKey) -> Result<Screen, JiraError> {
    let call = Call::new(&endpoint::EDIT_FIELDS, [issue.as_str()], issue.to_string());
    let metadata = reader.send(&call).await?;
    let screen = Screen::of_object(format!("the edit screen of {issue}"), &metadata["fields"]);
    screen.map_err(|cause| JiraError::of_read(issue.to_string(), ErrorKind::Unreadable(cause.to_string())))
}
