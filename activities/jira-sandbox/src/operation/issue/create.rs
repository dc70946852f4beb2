//! `createIssue`: the checks in Jira's order, and the issue that comes out of them.

use serde_json::{Map, Value, json};

use crate::{
    answer::{AcceptedChange, Answer, Refusal},
    effect::{Change, IssueCreated},
    field::{Field, FieldKind},
    field_value::{self, FieldContext},
    operation::{history_metadata, metadata, properties},
    refusal,
    request::ApiRequest,
    view::View,
    world::{IssueType, Project, World},
};

/// `createIssue`.
pub(crate) fn create(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let body = request.object()?;
    check_served(body)?;
    // The history of an issue begins after its creation, and has nowhere to keep it.
    history_metadata(body, world)?;
    let given = match body.get("fields") {
        Some(Value::Object(fields)) => fields,
        _ => return Err(refusal::body_invalid("fields must be an object")),
    };
    let project = project(given, request, world)?;
    if !world.permits_in(request.caller, "CREATE_ISSUES", project) {
        return Err(refusal::create_not_permitted(world.switches.create_without_permission as u16));
    }
    let issue_type = issue_type(given, project)?;
    let fields = fields(given, issue_type, project, (request, world))?;
    let mut properties = properties(body.get("properties"))?;
    if !properties.is_empty()
        && world.switches.create_properties_need_edit
        && !world.permits_in(request.caller, "EDIT_ISSUES", project)
    {
        return Err(refusal::properties_not_permitted());
    }
    if !world.switches.create_properties_stored {
        properties.clear();
    }
    let created = IssueCreated {
        id: world.next_issue,
        number: project.next_number,
        project: project.id,
        issue_type: issue_type.id.clone(),
        status: world.workflow(project, &issue_type.id).map(|workflow| workflow.initial.clone()).unwrap_or_default(),
        fields,
        properties,
    };
    Ok(accepted(created, project, View::new(request, world)))
}

fn accepted(created: IssueCreated, project: &Project, view: View<'_>) -> AcceptedChange {
    let key = format!("{}-{}", project.key, created.number);
    let id = created.id.to_string();
    let link = view.link(&format!("issue/{id}"));
    AcceptedChange {
        change: Change::IssueCreated(created),
        answer: Answer::created(json!({ "id": id, "key": key, "self": link })),
        issue: Some(key),
    }
}

/// `update` and `transition` at create are Jira's, and not served here.
fn check_served(body: &Map<String, Value>) -> Result<(), Refusal> {
    let empty = |value: &Value| value.is_null() || value.as_object().is_some_and(Map::is_empty);
    match ["update", "transition"].into_iter().find(|name| body.get(*name).is_some_and(|value| !empty(value))) {
        Some(name) => Err(refusal::not_served(&format!("`{name}` of createIssue"))),
        None => Ok(()),
    }
}

/// The project must be there and visible. \[SPEC\] for the status of an invalid value.
fn project<'w>(given: &Map<String, Value>, request: &ApiRequest<'_>, world: &'w World) -> Result<&'w Project, Refusal> {
    let named = given.get("project").and_then(field_value::id_or_key);
    let found = named.and_then(|named| world.visible_project(request.caller, named));
    found.ok_or_else(|| Refusal::field(400, "project", "Specify a valid project ID or key"))
}

/// The issue type must be one of the project's. \[SPEC\] for the status of an invalid value.
fn issue_type<'a>(given: &Map<String, Value>, project: &'a Project) -> Result<&'a IssueType, Refusal> {
    let named = given.get("issuetype").filter(|value| !value.is_null());
    let named = named.ok_or_else(|| Refusal::field(400, "issuetype", "Specify an issue type"))?;
    let found = project.issue_types.iter().find(|kind| field_value::names(named, &kind.id, &kind.name));
    found.ok_or_else(|| Refusal::field(400, "issuetype", "Specify a valid issue type"))
}

/// Reads every field, and reports every fault at once. \[SPEC\]
fn fields(
    given: &Map<String, Value>,
    issue_type: &IssueType,
    project: &Project,
    (request, world): (&ApiRequest<'_>, &World),
) -> Result<Map<String, Value>, Refusal> {
    let (mut fields, mut errors) = (Map::new(), Vec::new());
    for (id, value) in given.iter().filter(|(id, _)| *id != "project" && *id != "issuetype") {
        let on_screen = |field: &&Field| metadata::settable(field, issue_type, project, (request.caller, world));
        let settable = world.field(id).filter(on_screen);
        let read = match settable {
            Some(field) => super::read(field, value, (FieldContext { world, project }, request.caller)),
            None => Err(field_value::not_on_screen(id)),
        };
        match read {
            Ok(value) => drop(fields.insert(id.clone(), value)),
            Err(message) => errors.push((id.clone(), message)),
        }
    }
    errors.extend(missing(&fields, given, issue_type, world));
    if !errors.is_empty() {
        return Err(Refusal::fields(errors));
    }
    fields.retain(|_, value| !value.is_null());
    fields.entry("priority").or_insert_with(|| world.default_priority.as_str().into());
    fields.entry("reporter").or_insert_with(|| request.caller.account_id.as_str().into());
    Ok(fields)
}

/// The required fields that were not given, or given as null. \[SPEC\]
fn missing(
    fields: &Map<String, Value>,
    given: &Map<String, Value>,
    issue_type: &IssueType,
    world: &World,
) -> Vec<(String, String)> {
    let required = world.fields.iter().filter(|field| metadata::required_without_default(field, issue_type, world));
    let required = required.filter(|field| !matches!(field.kind, FieldKind::Project | FieldKind::IssueType));
    let unset = required.filter(|field| match fields.get(&field.id) {
        Some(value) => value.is_null() || value.as_array().is_some_and(Vec::is_empty),
        // A value that was refused has its own message already.
        None => !given.contains_key(&field.id),
    });
    unset.map(|field| (field.id.clone(), missing_message(field))).collect()
}

fn missing_message(field: &Field) -> String {
    match field.id.as_str() {
        "summary" => "You must specify a summary of the issue.".to_owned(),
        "parent" => "Issue type is a sub-task but parent issue key or id not specified.".to_owned(),
        _ => format!("{} is required.", field.name),
    }
}
