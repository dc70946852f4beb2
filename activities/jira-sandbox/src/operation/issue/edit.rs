//! `editIssue`: what may be set afterwards, and the issue that comes out of it.

use serde_json::{Map, Value};

use super::{shape::Shape, update::UpdateBody};
use crate::{
    answer::{AcceptedChange, Answer, Refusal},
    effect::{Change, IssueEdited},
    field::{Field, FieldKind},
    operation::{history_metadata, metadata, properties},
    refusal,
    request::ApiRequest,
    view::View,
    world::{Issue, User, World},
};

/// `editIssue`. A transition in the body is ignored. \[SPEC\]
pub(crate) fn edit(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let body = request.object()?;
    let issue = crate::operation::visible_issue(request, world)?;
    check_right(request, issue, world)?;
    let given = UpdateBody::of(body)?;
    let on_screen = |field: &Field| editable(field, issue, (request.caller, world));
    let update = given.read(issue, (on_screen, |_: &str| false), (request, world))?;
    check_required(&update.fields, issue, world)?;
    let mut properties = properties(body.get("properties"))?;
    if !world.switches.edit_properties_stored {
        properties.clear();
    }
    let edited = IssueEdited {
        issue: issue.id,
        fields: update.fields,
        status: None,
        properties,
        comments: update.comments,
        history_metadata: history_metadata(body, world)?,
    };
    let answer = answer(request, (issue, &edited), world)?;
    Ok(AcceptedChange { change: Change::IssueEdited(edited), issue: Some(issue.key.clone()), answer })
}

/// The permission to edit, and those that single parameters need.
fn check_right(request: &ApiRequest<'_>, issue: &Issue, world: &World) -> Result<(), Refusal> {
    let is = |name: &str, value: &str| request.query(name) == Some(value);
    metadata::check_overrides(request)?;
    if !world.permits_on(request.caller, "EDIT_ISSUES", issue) {
        return Err(refusal::edit_not_permitted(world.switches.edit_without_permission as u16));
    }
    let administers = world.permits_globally(request.caller, "ADMINISTER")
        || world.permits_on(request.caller, "ADMINISTER_PROJECTS", issue);
    if is("notifyUsers", "false") && !administers && world.switches.quiet_edit_refused {
        return Err(refusal::quiet_edit_not_permitted());
    }
    Ok(())
}

/// Whether the caller may set a field of an issue: it is on the edit screen, and its own permission is held. A comment can
/// be added with any edit. \[unverified\]
pub(crate) fn editable(field: &Field, issue: &Issue, (user, world): (&User, &World)) -> bool {
    let Some(issue_type) = world.type_of(issue) else { return false };
    let held = field.permission.is_none_or(|key| world.permits_on(user, key, issue));
    let shown = match field.kind {
        FieldKind::Comments => return true,
        FieldKind::Project | FieldKind::IssueType | FieldKind::Computed(..) => return false,
        _ if issue_type.edits(&field.id) => true,
        // Without the screen it is enough that the field belongs to the issue type. \[SPEC\]
        _ => !world.switches.edit_needs_screen && (!field.is_custom() || issue_type.creates(&field.id)),
    };
    shown && (held || !world.switches.fields_need_permissions)
}

/// A field that the issue cannot be without may not be cleared. \[SPEC\] for the status of an invalid value.
fn check_required(fields: &Map<String, Value>, issue: &Issue, world: &World) -> Result<(), Refusal> {
    let Some(issue_type) = world.type_of(issue) else { return Ok(()) };
    let cleared = fields.iter().filter(|(_, value)| value.is_null() || value.as_array().is_some_and(Vec::is_empty));
    let cleared = cleared.filter_map(|(id, _)| world.field(id));
    let wrong = cleared.filter(|field| metadata::required(field, issue_type, world));
    let wrong: Vec<_> = wrong.map(|field| (field.id.clone(), format!("{} is required.", field.name))).collect();
    if wrong.is_empty() { Ok(()) } else { Err(Refusal::fields(wrong)) }
}

/// Nothing, or with `returnIssue` the issue as it will be. \[SPEC\]
fn answer(request: &ApiRequest<'_>, (issue, edited): (&Issue, &IssueEdited), world: &World) -> Result<Answer, Refusal> {
    if request.query("returnIssue") != Some("true") {
        return Ok(Answer::no_content());
    }
    let shape = Shape::new((&[], "*all"), (request.list("expand"), Vec::new()), world)?;
    let mut after = issue.clone();
    after.set(edited, request.now);
    Ok(Answer::ok(shape.show(View::new(request, world), &after)))
}
