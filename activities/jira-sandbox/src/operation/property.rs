//! Properties of issues and comments: what was stored with a create or a comment. \[SPEC\]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    answer::{Answer, Refusal},
    operation::visible_issue,
    refusal,
    request::Request,
    view::View,
    world::{Comment, World},
};

/// `getIssuePropertyKeys`.
pub(crate) fn issue_keys(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let issue = visible_issue(request, world)?;
    Ok(keys(&issue.properties, &format!("issue/{}", issue.id), View::new(request, world)))
}

/// `getIssueProperty`.
pub(crate) fn issue_property(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    property(&visible_issue(request, world)?.properties, request)
}

/// `getCommentPropertyKeys`.
pub(crate) fn comment_keys(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let comment = comment(request, world)?;
    Ok(keys(&comment.properties, &format!("comment/{}", comment.id), View::new(request, world)))
}

/// `getCommentProperty`.
pub(crate) fn comment_property(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    property(&comment(request, world)?.properties, request)
}

/// The comment that the path names, on an issue that is visible, itself visible.
fn comment<'world>(request: &Request<'_>, world: &'world World) -> Result<&'world Comment, Refusal> {
    let id = request.part("commentId");
    let found = world.comment(id).filter(|(issue, comment)| {
        world.visible_issue(request.caller, &issue.key).is_some() && world.sees(request.caller, issue, comment)
    });
    found.map(|(_, comment)| comment).ok_or_else(|| refusal::comment_not_found(id))
}

fn keys(properties: &BTreeMap<String, Value>, owner: &str, view: View<'_>) -> Answer {
    let entry = |key: &String| json!({ "self": view.link(&format!("{owner}/properties/{key}")), "key": key });
    Answer::ok(json!({ "keys": properties.keys().map(entry).collect::<Vec<_>>() }))
}

fn property(properties: &BTreeMap<String, Value>, request: &Request<'_>) -> Result<Answer, Refusal> {
    let key = request.part("propertyKey");
    let value = properties.get(key).ok_or_else(|| refusal::property_not_found(key))?;
    Ok(Answer::ok(json!({ "key": key, "value": value })))
}
