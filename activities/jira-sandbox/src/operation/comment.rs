//! Comments of issues: list, get, several by id, add; their properties are in `property`.

mod property;

use serde_json::{Map, Value, json};

pub(crate) use property::{delete as delete_property, set as set_property};

use crate::{
    answer::{AcceptedChange, Answer, Refusal},
    document,
    effect::{Change, CommentAdded},
    operation::{
        body::{only, required},
        properties, visible_issue,
    },
    refusal,
    request::ApiRequest,
    view::{View, object},
    world::{Comment, Issue, World},
};

/// `getComments`, oldest first unless `orderBy=-created`. \[SPEC\] Properties are not expanded here. \[unverified\]
pub(crate) fn list(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let issue = visible_issue(request, world)?;
    let mut comments = world.visible_comments(request.caller, issue);
    match request.query("orderBy") {
        None | Some("created" | "+created") => {}
        Some("-created") => comments.reverse(),
        Some(_) => return Err(refusal::query_invalid("orderBy")),
    }
    let page = request.page(100, 5000)?;
    let view = View::new(request, world);
    Ok(Answer::ok(object!({
        "startAt": page.start,
        "maxResults": page.length,
        "total": comments.len(),
        "comments": page.of(&comments).into_iter().map(|comment| view.comment(issue.id, comment)).collect::<Vec<_>>(),
    })))
}

/// `getComment`.
pub(crate) fn get(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let issue = visible_issue(request, world)?;
    let id = request.part("id");
    let comments = world.visible_comments(request.caller, issue);
    let found = comments.into_iter().find(|comment| comment.id.to_string() == id);
    let comment = found.ok_or_else(|| refusal::comment_not_found(id))?;
    Ok(Answer::ok(View::new(request, world).comment(issue.id, comment)))
}

/// `getCommentsByIds`: up to 1,000 of any issues; those that are not visible are left out. \[unverified\]
pub(crate) fn by_ids(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let body = request.object()?;
    only(body, &["ids"])?;
    let ids = required(body, "ids", Value::as_u64)?;
    if ids.len() > 1000 {
        return Err(refusal::too_many("ids", 1000));
    }
    let view = View::new(request, world);
    let with_properties = request.list("expand").contains(&"properties");
    let shown = |(issue, comment): (&Issue, &Comment)| {
        let mut shown = view.comment(issue.id, comment);
        if with_properties {
            shown["properties"] = comment.properties.iter().map(entity_property).collect();
        }
        shown
    };
    let found = ids.iter().filter_map(|id| visible(&id.to_string(), request, world)).map(shown).collect::<Vec<_>>();
    Ok(Answer::ok(json!({
        "isLast": true,
        "maxResults": 1_048_576,
        "startAt": 0,
        "total": found.len(),
        "values": found,
    })))
}

/// A property in the form in which comments show theirs, `EntityProperty`. \[SPEC\]
fn entity_property((key, value): (&String, &Value)) -> Value {
    json!({ "key": key, "value": value })
}

/// A comment anywhere by its id, on an issue that is visible, itself visible.
pub(super) fn visible<'w>(id: &str, request: &ApiRequest<'_>, world: &'w World) -> Option<(&'w Issue, &'w Comment)> {
    world.comment(id).filter(|(issue, comment)| {
        world.visible_issue(request.caller, &issue.key).is_some() && world.sees(request.caller, issue, comment)
    })
}

/// `addComment`.
pub(crate) fn add(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let body = request.object()?;
    let issue = visible_issue(request, world)?;
    if !world.permits_on(request.caller, "ADD_COMMENTS", issue) {
        return Err(refusal::comment_not_permitted(world.switches.comment_without_permission as u16));
    }
    let added = read(body, issue, 0, (request, world))?;
    let comment = Comment::new(request.caller.account_id.clone(), request.now, &added);
    let answer = Answer::created(View::new(request, world).comment(issue.id, &comment));
    Ok(AcceptedChange { change: Change::CommentAdded(added), issue: Some(issue.key.clone()), answer })
}

/// Reads a comment that is to be added to an issue, with `before` others.
pub(super) fn read(
    given: &Map<String, Value>,
    issue: &Issue,
    before: usize,
    (request, world): (&ApiRequest<'_>, &World),
) -> Result<CommentAdded, Refusal> {
    let text = given.get("body").filter(|text| !text.is_null()).ok_or_else(refusal::comment_missing)?;
    if !document::is_document(text, &world.switches) {
        return Err(refusal::comment_invalid());
    }
    if document::is_empty(text) {
        return Err(refusal::comment_missing());
    }
    if document::is_too_long(text, &world.switches) {
        return Err(Refusal::field(400, "comment", document::TOO_LONG));
    }
    if issue.comments.len() + before >= world.switches.most_comments {
        return Err(refusal::too_many_comments(world.switches.most_comments));
    }
    Ok(CommentAdded {
        id: world.next_comment + before as u64,
        issue: issue.id,
        body: text.clone(),
        visibility: visibility(given.get("visibility"), issue, (request, world))?,
        properties: properties(given.get("properties"))?,
    })
}

/// The group or role that may see the comment, by its name. \[SPEC\]
pub(super) fn visibility(
    given: Option<&Value>,
    issue: &Issue,
    (request, world): (&ApiRequest<'_>, &World),
) -> Result<Option<Value>, Refusal> {
    let Some(given) = given.filter(|given| !given.is_null()) else { return Ok(None) };
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let name = text("value").or_else(|| text("identifier")).unwrap_or_default();
    let (kind, known) = match text("type") {
        Some("group") => ("Group", world.groups.iter().any(|group| group == name)),
        Some("role") => {
            ("Role", world.project_of(issue).is_some_and(|project| project.has_in_role(request.caller, name)))
        }
        _ => return Err(refusal::body_invalid("visibility needs a type, group or role")),
    };
    if !known {
        return Err(refusal::visibility_invalid(kind, name));
    }
    Ok(Some(json!({ "type": kind.to_lowercase(), "value": name, "identifier": name })))
}
