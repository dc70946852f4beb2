//! The history of an issue, by itself and inside it.

use serde_json::{Value, json};

use crate::{
    answer::{Answer, Refusal},
    clock::jira_time,
    operation::visible_issue,
    request::ApiRequest,
    view::View,
    world::{HistoryEntry, HistoryItem, Issue, World},
};

/// `getChangeLogs`, oldest first. \[SPEC\]
pub(crate) fn list(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let issue = visible_issue(request, world)?;
    let page = request.page(100, 100)?;
    let view = View::new(request, world);
    let path = format!("issue/{}/changelog?startAt={}&maxResults={}", issue.id, page.start, page.length);
    Ok(Answer::ok(json!({
        "self": view.link(&path),
        "startAt": page.start,
        "maxResults": page.length,
        "total": issue.history.len(),
        "isLast": page.end() >= issue.history.len(),
        "values": page.of(&issue.history).into_iter().map(|entry| shown(view, entry)).collect::<Vec<_>>(),
    })))
}

/// The history that `expand=changelog` shows: the newest 100 entries, the newest first. The order is \[unverified\].
pub(super) fn inside(view: View<'_>, issue: &Issue) -> Value {
    let newest = issue.history.iter().rev().take(100).map(|entry| shown(view, entry)).collect::<Vec<_>>();
    json!({ "startAt": 0, "maxResults": newest.len(), "total": issue.history.len(), "histories": newest })
}

/// `Changelog`. \[SPEC\]
fn shown(view: View<'_>, entry: &HistoryEntry) -> Value {
    let mut shown = json!({
        "id": (10000 + entry.id).to_string(),
        "author": view.account(Some(&entry.account)),
        "created": jira_time(entry.time),
        "items": entry.items.iter().map(item).collect::<Vec<_>>(),
    });
    if let Some(metadata) = &entry.metadata {
        shown["historyMetadata"] = metadata.clone();
    }
    shown
}

/// `ChangeDetails`: a text that is not there is left out of the answer, but for `toString`. \[unverified\]
fn item(item: &HistoryItem) -> Value {
    let mut shown = json!({ "field": item.field, "fieldtype": item.field_type, "fieldId": item.field_id });
    for (name, text) in
        [("from", &item.from), ("fromString", &item.from_string), ("to", &item.to), ("toString", &item.to_string)]
    {
        if let Some(text) = text {
            shown[name] = text.as_str().into();
        }
    }
    // A client in JavaScript would take what is left out for the function of every object.
    if item.to_string.is_none() {
        shown["toString"] = "".into();
    }
    shown
}
