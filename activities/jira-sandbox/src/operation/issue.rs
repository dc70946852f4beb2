//! Issues: create, get, fetch several, delete.

mod create;
mod select;

use serde_json::{Map, Value, json};

pub(crate) use create::create;

use crate::{
    answer::{Accepted, Answer, Refusal},
    effect::Change,
    field::Field,
    refusal,
    request::Request,
    view::{View, extend},
    world::{Issue, World},
};

/// `getIssue`.
pub(crate) fn get(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let issue = super::visible_issue(request, world)?;
    let shape =
        Shape::new((&request.list("fields"), "*all"), (request.list("expand"), request.list("properties")), world)?;
    Ok(Answer::ok(shape.show(View::new(request, world), issue)))
}

/// `bulkFetchIssues`: up to 100 issues; what is not visible is left out and named. \[SPEC\]
pub(crate) fn fetch(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let body = request.object()?;
    let strings = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items.iter().filter_map(Value::as_str).collect()),
        Some(_) => Err(refusal::body_invalid(&format!("{name} must be a list"))),
    };
    let wanted: Vec<&str> = strings("issueIdsOrKeys")?;
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
pub(crate) fn delete(request: &Request<'_>, world: &World) -> Result<Accepted, Refusal> {
    let issue = super::visible_issue(request, world)?;
    if !world.permits_on(request.caller, "DELETE_ISSUES", issue) {
        return Err(refusal::delete_not_permitted());
    }
    let subtasks = world.subtasks(issue);
    if !subtasks.is_empty() && request.query("deleteSubtasks") != Some("true") {
        return Err(refusal::has_subtasks(&issue.key));
    }
    let ids = subtasks.iter().map(|subtask| subtask.id).chain([issue.id]).collect();
    Ok(Accepted { change: Change::IssuesDeleted(ids), issue: Some(issue.key.clone()), answer: Answer::no_content() })
}

/// How much of an issue is asked for.
#[derive(Debug)]
pub(super) struct Shape<'a> {
    pub(super) fields: Vec<&'a Field>,
    pub(super) expand: Vec<&'a str>,
    pub(super) properties: Vec<&'a str>,
}

impl<'a> Shape<'a> {
    /// The fields that are asked for, or those that are the operation's default; what to expand, and the properties.
    pub(super) fn new(
        (fields, default): (&[&str], &str),
        (expand, properties): (Vec<&'a str>, Vec<&'a str>),
        world: &'a World,
    ) -> Result<Self, Refusal> {
        let shape = Self { fields: select::fields(fields, default, world), expand, properties };
        shape.check()?;
        Ok(shape)
    }

    /// Names what Jira would add and the sandbox does not have.
    fn check(&self) -> Result<(), Refusal> {
        let missing = ["renderedFields", "operations", "versionedRepresentations", "editmeta", "transitions"];
        match self.expand.iter().find(|expand| missing.contains(expand)) {
            Some(expand) => Err(refusal::not_served(&format!("`expand={expand}` of issues"))),
            None => Ok(()),
        }
    }

    pub(super) fn show(&self, view: View<'_>, issue: &Issue) -> Value {
        let mut shown = view.issue(issue, &self.fields);
        let of_fields = |show: fn(&Field) -> Value| -> Map<String, Value> {
            self.fields.iter().map(|field| (field.id.clone(), show(field))).collect()
        };
        if self.expand.contains(&"names") {
            extend(&mut shown, json!({ "names": of_fields(|field| field.name.as_str().into()) }));
        }
        if self.expand.contains(&"schema") {
            extend(&mut shown, json!({ "schema": of_fields(Field::schema) }));
        }
        if self.expand.contains(&"changelog") {
            // Nothing that the sandbox serves edits an issue, so no history ever grows.
            extend(&mut shown, json!({ "changelog": { "startAt": 0, "maxResults": 0, "total": 0, "histories": [] } }));
        }
        if !self.properties.is_empty() {
            extend(&mut shown, json!({ "properties": self.properties(issue) }));
        }
        shown
    }

    fn properties(&self, issue: &Issue) -> Map<String, Value> {
        let all = self.properties.contains(&"*all");
        let wanted = issue.properties.iter().filter(|(key, _)| all || self.properties.contains(&key.as_str()));
        wanted.map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}
