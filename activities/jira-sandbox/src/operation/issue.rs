//! Issues: create, get, fetch several, edit, delete, and their history.

pub(crate) mod changelog;
mod create;
mod edit;
mod select;
mod shape;
pub(crate) mod update;

use serde_json::{Value, json};

pub(crate) use create::create;
pub(crate) use edit::{edit, editable};
pub(super) use shape::Shape;

use crate::{
    answer::{AcceptedChange, Answer, Refusal},
    effect::Change,
    field::{Field, FieldKind},
    field_value::{self, FieldContext, NO_PARENT, id_or_key},
    operation::body::{flag, list, only, required},
    refusal,
    request::ApiRequest,
    view::View,
    world::{User, World},
};

/// `getIssue`.
pub(crate) fn get(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let issue = super::visible_issue(request, world)?;
    let shape =
        Shape::new((&request.list("fields"), "*all"), (request.list("expand"), request.list("properties")), world)?;
    Ok(Answer::ok(shape.show(View::new(request, world), issue)))
}

/// `bulkFetchIssues`: up to 100 issues; what is not visible is left out and named. \[SPEC\]
pub(crate) fn fetch(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let body = request.object()?;
    only(body, &["expand", "fields", "fieldsByKeys", "issueIdsOrKeys", "properties"])?;
    flag(body, "fieldsByKeys")?;
    let strings = |name: &str| list(body, name, Value::as_str);
    let wanted = required(body, "issueIdsOrKeys", Value::as_str)?;
    if wanted.is_empty() || wanted.len() > 100 {
        return Err(refusal::body_invalid("issueIdsOrKeys must have 1 to 100 items"));
    }
    let shape = Shape::new((&strings("fields")?, "*navigable"), (strings("expand")?, strings("properties")?), world)?;
    let (mut issues, mut errors) = (Vec::new(), Vec::new());
    for id_or_key in wanted {
        match world.visible_issue(request.caller, id_or_key) {
            Some(issue) => issues.push(shape.show(View::new(request, world), issue)),
            None => errors.push(json!({ "id": id_or_key, "errorMessage": "The issue is not found." })),
        }
    }
    Ok(Answer::ok(json!({ "issues": issues, "issueErrors": errors })))
}

/// `deleteIssue`: sub-tasks only where asked for. \[SPEC\]
pub(crate) fn delete(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let issue = super::visible_issue(request, world)?;
    if !world.permits_on(request.caller, "DELETE_ISSUES", issue) {
        return Err(refusal::delete_not_permitted());
    }
    let subtasks = world.subtasks(issue);
    if !subtasks.is_empty() && request.query("deleteSubtasks") != Some("true") {
        return Err(refusal::has_subtasks(&issue.key));
    }
    let ids = subtasks.iter().map(|subtask| subtask.id).chain([issue.id]).collect();
    Ok(AcceptedChange {
        change: Change::IssuesDeleted(ids),
        issue: Some(issue.key.clone()),
        answer: Answer::no_content(),
    })
}

/// Reads a value that a user sets; a parent must be visible to that user.
fn read(field: &Field, value: &Value, (context, caller): (FieldContext<'_>, &User)) -> Result<Value, String> {
    let named = id_or_key(value);
    if field.kind == FieldKind::Parent
        && named.is_some_and(|named| context.world.visible_issue(caller, named).is_none())
    {
        return Err(NO_PARENT.to_owned());
    }
    field_value::read(field, value, context)
}
