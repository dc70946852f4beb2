//! Properties of issues and comments: what was stored with a create, an edit or a comment, or by itself. \[SPEC\]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    answer::{AcceptedChange, Answer, Content, Refusal},
    effect::{Change, PropertyChanged},
    operation::{check_property as check, comment::visible, visible_issue},
    refusal,
    request::ApiRequest,
    view::View,
    world::{Comment, World},
};

/// `getIssuePropertyKeys`.
pub(crate) fn issue_keys(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let issue = visible_issue(request, world)?;
    Ok(keys(&issue.properties, &format!("issue/{}", issue.id), View::new(request, world)))
}

/// `getIssueProperty`.
pub(crate) fn issue_property(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    property(&visible_issue(request, world)?.properties, request)
}

/// `setIssueProperty`: the body is the value; 201 the first time, 200 afterwards, without a body. \[SPEC\] \[RT\]
pub(crate) fn set_issue_property(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let issue = visible_issue(request, world)?;
    if !world.permits_on(request.caller, "EDIT_ISSUES", issue) {
        return Err(refusal::properties_not_permitted());
    }
    let value = request.body.unwrap_or(&Value::Null);
    let key = request.part("propertyKey");
    check(key, value)?;
    let status = if issue.properties.contains_key(key) { 200 } else { 201 };
    let change = PropertyChanged { issue: issue.id, key: key.to_owned(), value: Some(value.clone()) };
    let answer = Answer::new(status, Content::None);
    Ok(AcceptedChange { change: Change::PropertyChanged(change), issue: Some(issue.key.clone()), answer })
}

/// `deleteIssueProperty`: 404 also where the caller may not edit the issue. \[SPEC\]
pub(crate) fn delete_issue_property(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let issue = visible_issue(request, world)?;
    let key = request.part("propertyKey");
    if !world.permits_on(request.caller, "EDIT_ISSUES", issue) || !issue.properties.contains_key(key) {
        return Err(refusal::property_not_found(key));
    }
    let change = PropertyChanged { issue: issue.id, key: key.to_owned(), value: None };
    let change = Change::PropertyChanged(change);
    Ok(AcceptedChange { change, issue: Some(issue.key.clone()), answer: Answer::no_content() })
}

/// `getCommentPropertyKeys`.
pub(crate) fn comment_keys(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let comment = comment(request, world)?;
    Ok(keys(&comment.properties, &format!("comment/{}", comment.id), View::new(request, world)))
}

/// `getCommentProperty`.
pub(crate) fn comment_property(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    property(&comment(request, world)?.properties, request)
}

/// The comment that the path names, if it is visible.
fn comment<'world>(request: &ApiRequest<'_>, world: &'world World) -> Result<&'world Comment, Refusal> {
    let id = request.part("commentId");
    visible(id, request, world).map(|(_, comment)| comment).ok_or_else(|| refusal::comment_not_found(id))
}

fn keys(properties: &BTreeMap<String, Value>, owner: &str, view: View<'_>) -> Answer {
    let entry = |key: &String| json!({ "self": view.link(&format!("{owner}/properties/{key}")), "key": key });
    Answer::ok(json!({ "keys": properties.keys().map(entry).collect::<Vec<_>>() }))
}

fn property(properties: &BTreeMap<String, Value>, request: &ApiRequest<'_>) -> Result<Answer, Refusal> {
    let key = request.part("propertyKey");
    let value = properties.get(key).ok_or_else(|| refusal::property_not_found(key))?;
    Ok(Answer::ok(json!({ "key": key, "value": value })))
}
