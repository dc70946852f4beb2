//! Setting and deleting a comment's property.

use serde_json::Value;

use crate::{
    answer::{AcceptedChange, Answer, Content, Refusal},
    effect::{Change, CommentPropertyChanged},
    refusal,
    request::ApiRequest,
    world::{Comment, Issue, World},
};

/// `setCommentProperty`: 201 where it is new, 200 where it was there. \[SPEC\]
pub(crate) fn set(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let (issue, comment) = editable(request, world)?;
    let key = request.part("propertyKey");
    let value = request.body.cloned().unwrap_or(Value::Null);
    crate::operation::check_property(key, &value)?;
    let answer = Answer::new(if comment.properties.contains_key(key) { 200 } else { 201 }, Content::None);
    Ok(accepted(issue, comment, (key, Some(value)), answer))
}

/// `deleteCommentProperty`.
pub(crate) fn delete(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let (issue, comment) = editable(request, world)?;
    let key = request.part("propertyKey");
    if !comment.properties.contains_key(key) {
        return Err(refusal::property_not_found(key));
    }
    Ok(accepted(issue, comment, (key, None), Answer::no_content()))
}

fn accepted(issue: &Issue, comment: &Comment, (key, value): (&str, Option<Value>), answer: Answer) -> AcceptedChange {
    let changed = CommentPropertyChanged { issue: issue.id, comment: comment.id, key: key.to_owned(), value };
    AcceptedChange { change: Change::CommentPropertyChanged(changed), issue: Some(issue.key.clone()), answer }
}

/// The comment that the path names, which the caller may see and edit. \[SPEC\]
fn editable<'w>(request: &ApiRequest<'_>, world: &'w World) -> Result<(&'w Issue, &'w Comment), Refusal> {
    let id = request.part("commentId");
    let (issue, comment) = super::visible(id, request, world).ok_or_else(|| refusal::comment_not_found(id))?;
    let permits = |key| world.permits_on(request.caller, key, issue);
    let own = comment.author == request.caller.account_id && permits("EDIT_OWN_COMMENTS");
    if own || permits("EDIT_ALL_COMMENTS") { Ok((issue, comment)) } else { Err(refusal::comment_not_editable()) }
}
