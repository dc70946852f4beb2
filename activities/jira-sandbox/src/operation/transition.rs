//! Transitions of issues: which there are, and going through one.

mod perform;

use serde_json::{Map, Value, json};

pub(crate) use perform::perform;

use crate::{
    answer::{Answer, Refusal},
    field::Field,
    operation::{metadata, visible_issue},
    request::ApiRequest,
    view::{View, object},
    world::{Issue, Transition, User, World},
};

/// `getTransitions`: without Transition Issues, and for an id that is not there, the list is empty. \[SPEC\]
pub(crate) fn list(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let issue = visible_issue(request, world)?;
    let with_fields = request.list("expand").contains(&"transitions.fields");
    let all = request.query("includeUnavailableTransitions") == Some("true");
    let mut shown = available(issue, (with_fields, all), View::new(request, world));
    if let (Some(wanted), Some(transitions)) = (request.query("transitionId"), shown.as_array_mut()) {
        transitions.retain(|transition| transition["id"] == wanted);
    }
    Ok(Answer::ok(object!({ "expand": "transitions", "transitions": shown, })))
}

/// The transitions that the caller can take an issue through, or all of its workflow.
pub(crate) fn available(issue: &Issue, (with_fields, all): (bool, bool), view: View<'_>) -> Value {
    if !view.world.permits_on(view.caller, "TRANSITION_ISSUES", issue) {
        return json!([]);
    }
    let transitions = of(issue, view.world).iter().filter(|transition| all || transition.starts_from(&issue.status));
    transitions.map(|transition| shown(transition, issue, with_fields, view)).collect()
}

/// The transitions of an issue's workflow.
fn of<'w>(issue: &Issue, world: &'w World) -> &'w [Transition] {
    let project = world.project_of(issue);
    let workflow = project.and_then(|project| world.workflow(project, &issue.issue_type));
    workflow.map_or(&[], |workflow| &workflow.transitions)
}

/// `IssueTransition`; a live site says `isLooped` where the document has `looped`. \[SPEC\] \[RT\]
fn shown(transition: &Transition, issue: &Issue, with_fields: bool, view: View<'_>) -> Value {
    let to = view.world.status(transition.to.as_ref().unwrap_or(&issue.status));
    let mut shown = object!({
        "id": transition.id.as_str(),
        "name": transition.name.as_str(),
        "to": to.map_or(Value::Null, |status| view.status(status)),
        "hasScreen": transition.screen.is_some(),
        "isGlobal": transition.from.is_none(),
        "isInitial": false,
        "isAvailable": transition.starts_from(&issue.status),
        "isConditional": false,
        "isLooped": transition.to.is_none(),
    });
    if with_fields {
        shown["fields"] = fields(transition, issue, view);
    }
    shown
}

/// The fields of a transition's screen, `FieldMetadata` by id. \[SPEC\]
fn fields(transition: &Transition, issue: &Issue, view: View<'_>) -> Value {
    let described = view.world.fields.iter().filter_map(|field| {
        let required = on_screen(transition, field, issue, (view.caller, view.world))?;
        Some((field.id.clone(), metadata::described(view, field, required, issue)))
    });
    described.collect::<Map<_, _>>().into()
}

/// Whether a field of the transition's screen is required; `None` where the caller does not find it there.
fn on_screen(transition: &Transition, field: &Field, issue: &Issue, (user, world): (&User, &World)) -> Option<bool> {
    let shown = transition.screen.iter().flatten().find(|shown| shown.field == field.id)?;
    let held = field.permission.is_none_or(|key| world.permits_on(user, key, issue));
    (held || !world.switches.fields_need_permissions).then_some(shown.required)
}
