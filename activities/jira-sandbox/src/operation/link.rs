//! Links between issues, and the types that there are.

use serde_json::{Map, Value, json};

use super::{body::only, comment};
use crate::{
    answer::{AcceptedChange, Answer, Content, Refusal},
    effect::{Change, CommentAdded, IssuesLinked},
    refusal,
    request::ApiRequest,
    view::View,
    world::{Issue, LinkType, World},
};

/// `getIssueLinkTypes`.
pub(crate) fn types(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let view = View::new(request, world);
    let types = world.link_types.iter().map(|kind| view.link_type(kind)).collect::<Value>();
    Ok(Answer::ok(json!({ "issueLinkTypes": types })))
}

/// `linkIssues`: from `inwardIssue`, which then says the outward words, to `outwardIssue`: so it was seen by many, against what
/// the names say (mozilla/jira-bugzilla-integration#1285). A link that is there is not made again, and nothing tells. \[SPEC\]
pub(crate) fn link(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let body = request.object()?;
    only(body, &["comment", "inwardIssue", "outwardIssue", "type"])?;
    let kind = kind(body, world)?;
    let [from, to] = [issue(body, "inwardIssue", request, world)?, issue(body, "outwardIssue", request, world)?];
    if !world.permits_on(request.caller, "LINK_ISSUES", from) {
        return Err(refusal::link_not_permitted());
    }
    if from.id == to.id {
        return Err(refusal::link_to_itself());
    }
    let is_new = world.link_between(kind, from.id, to.id).is_none();
    let most = world.switches.most_issue_links;
    if is_new && [from, to].iter().any(|issue| world.links_of(issue.id).count() >= most) {
        return Err(refusal::too_many_links(most));
    }
    let linked = IssuesLinked {
        id: is_new.then_some(world.next_link),
        link_type: kind.id.clone(),
        from: from.id,
        to: to.id,
        comment: comment_of(body, from, (request, world))?,
    };
    let answer = Answer::new(201, Content::None);
    Ok(AcceptedChange { change: Change::IssuesLinked(linked), issue: Some(from.key.clone()), answer })
}

/// The type, by id or name. \[SPEC\]
fn kind<'world>(body: &Map<String, Value>, world: &'world World) -> Result<&'world LinkType, Refusal> {
    let given = body.get("type").and_then(Value::as_object).ok_or_else(|| refusal::body_invalid("type is required"))?;
    only(given, &["id", "inward", "name", "outward", "self"])?;
    let named = ["id", "name"].into_iter().find_map(|name| given.get(name)?.as_str()).unwrap_or_default();
    world.link_type(named).ok_or_else(|| refusal::link_type_not_found(named))
}

/// An end of the link, by id or key. \[SPEC\]
fn issue<'world>(
    body: &Map<String, Value>,
    end: &str,
    request: &ApiRequest<'_>,
    world: &'world World,
) -> Result<&'world Issue, Refusal> {
    let required = || refusal::body_invalid(&format!("{end} is required"));
    let given = body.get(end).and_then(Value::as_object).ok_or_else(required)?;
    only(given, &["fields", "id", "key", "self"])?;
    let named = ["id", "key"].into_iter().find_map(|name| given.get(name)?.as_str()).ok_or_else(required)?;
    world.visible_issue(request.caller, named).ok_or_else(refusal::issue_not_found)
}

/// The comment, which is added to the issue that the link starts from. \[SPEC\] Without it there is no link either.
fn comment_of(
    body: &Map<String, Value>,
    from: &Issue,
    (request, world): (&ApiRequest<'_>, &World),
) -> Result<Option<CommentAdded>, Refusal> {
    let Some(given) = body.get("comment").filter(|given| !given.is_null()) else { return Ok(None) };
    if !world.permits_on(request.caller, "ADD_COMMENTS", from) {
        return Err(refusal::comment_not_permitted(400));
    }
    let given = given.as_object().ok_or_else(refusal::body_unreadable)?;
    comment::read(given, from, 0, (request, world)).map(Some)
}
