//! `doTransition`: the checks, and what a transition sets.

use serde_json::{Map, Value};

use super::{of, on_screen};
use crate::{
    answer::{AcceptedChange, Answer, Refusal},
    effect::{Change, IssueEdited},
    field::Field,
    operation::{history_metadata, issue::update::UpdateBody, properties, visible_issue},
    refusal,
    request::ApiRequest,
    switches::OffScreenComment,
    world::{Issue, ResolutionAfter, Transition, World},
};

/// `doTransition`.
pub(crate) fn perform(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let body = request.object()?;
    let issue = visible_issue(request, world)?;
    if !world.permits_on(request.caller, "TRANSITION_ISSUES", issue) {
        return Err(refusal::transition_not_permitted());
    }
    let transition = named(body, issue, world)?;
    let given = UpdateBody::of(body)?;
    let shown = |field: &Field| on_screen(transition, field, issue, (request.caller, world)).is_some();
    let comment_is_dropped = world.switches.comment_off_screen == OffScreenComment::Dropped
        && !transition.screen.iter().flatten().any(|shown| shown.field == "comment");
    let dropped = |id: &str| comment_is_dropped && id == "comment";
    let update = given.read(issue, (shown, dropped), (request, world))?;
    let required = |field: &Field| on_screen(transition, field, issue, (request.caller, world)) == Some(true);
    check_required(&update.fields, !update.comments.is_empty(), issue, (required, world))?;
    let mut properties = properties(body.get("properties"))?;
    if !world.switches.transition_properties_stored {
        properties.clear();
    }
    let mut fields = update.fields;
    resolve(transition, &mut fields, issue);
    let edited = IssueEdited {
        issue: issue.id,
        fields,
        status: transition.to.clone(),
        properties,
        comments: update.comments,
        history_metadata: history_metadata(body, world)?,
    };
    let change = Change::IssueEdited(edited);
    Ok(AcceptedChange { change, issue: Some(issue.key.clone()), answer: Answer::no_content() })
}

/// The transition that the body names, if the issue can go through it from where it is. \[SPEC\] Its id is a text; a number is
/// read as one. \[CONN\]
fn named<'w>(body: &Map<String, Value>, issue: &Issue, world: &'w World) -> Result<&'w Transition, Refusal> {
    let id = match body.get("transition").and_then(|transition| transition.get("id")) {
        Some(Value::String(id)) => id.as_str(),
        Some(Value::Number(id)) if id.is_u64() => &id.to_string(),
        _ => return Err(refusal::transition_missing()),
    };
    let found = of(issue, world).iter().find(|transition| transition.id == id);
    found.filter(|transition| transition.starts_from(&issue.status)).ok_or_else(|| refusal::transition_invalid(id))
}

/// Required fields of the screen must be given, unless the issue has them already. \[unverified\] on the last clause.
fn check_required(
    fields: &Map<String, Value>,
    has_comment: bool,
    issue: &Issue,
    (required, world): (impl Fn(&Field) -> bool, &World),
) -> Result<(), Refusal> {
    let is_set = |field: &Field| match fields.get(&field.id).or_else(|| issue.fields.get(&field.id)) {
        None | Some(Value::Null) => field.id == "comment" && has_comment,
        Some(value) => value.as_array().is_none_or(|items| !items.is_empty()),
    };
    let missing = world.fields.iter().filter(|field| required(field) && !is_set(field));
    let missing: Vec<_> = missing.map(|field| (field.id.clone(), format!("{} is required.", field.name))).collect();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::fields(missing)) }
}

/// What the transition does to the resolution, unless the caller said.
fn resolve(transition: &Transition, fields: &mut Map<String, Value>, issue: &Issue) {
    if fields.contains_key("resolution") {
        return;
    }
    match &transition.resolution {
        ResolutionAfter::Set(id) => drop(fields.insert("resolution".to_owned(), id.as_str().into())),
        ResolutionAfter::Cleared if issue.fields.contains_key("resolution") => {
            fields.insert("resolution".to_owned(), Value::Null);
        }
        ResolutionAfter::Cleared | ResolutionAfter::Kept => {}
    }
}
