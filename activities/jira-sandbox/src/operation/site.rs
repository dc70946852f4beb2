//! What is the same for the whole site: its version, fields, priorities, issue types and statuses.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Refusal},
    clock::jira_time,
    field::Field,
    jql::names_of,
    request::ApiRequest,
    view::{View, extend},
    world::{IssueType, World},
};

/// `getServerInfo`: says `Cloud`, as clients look for it. \[SPEC\]
pub(crate) fn server_info(site: &str, now: Timestamp) -> Answer {
    Answer::ok(json!({
        "baseUrl": site,
        "displayUrl": site,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100_000,
        "buildDate": "2026-07-01T00:00:00.000+0000",
        "serverTime": jira_time(now),
        "serverTimeZone": "Etc/UTC",
        "scmInfo": "0000000000000000000000000000000000000000",
        "serverTitle": "flowrun sandbox",
    }))
}

/// `getFields`.
pub(crate) fn fields(_: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    Ok(Answer::ok(world.fields.iter().map(field).collect::<Value>()))
}

/// `getPriorities`.
pub(crate) fn priorities(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let view = View::new(request, world);
    let shown = world.priorities.iter().map(|priority| {
        let mut shown = view.priority(priority);
        extend(
            &mut shown,
            json!({
                "statusColor": priority.color,
                "description": priority.description,
                "isDefault": priority.id == world.default_priority,
            }),
        );
        shown
    });
    Ok(Answer::ok(shown.collect::<Value>()))
}

/// `getIssueAllTypes`: those of the projects that the caller may browse. \[SPEC\]
pub(crate) fn issue_types(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let view = View::new(request, world);
    let visible = world.projects.iter().filter(|project| world.visible_project(request.caller, &project.key).is_some());
    let mut types: Vec<&IssueType> = Vec::new();
    for issue_type in visible.flat_map(|project| &project.issue_types) {
        if !types.iter().any(|known| known.id == issue_type.id) {
            types.push(issue_type);
        }
    }
    Ok(Answer::ok(types.into_iter().map(|issue_type| view.issue_type(issue_type)).collect::<Value>()))
}

/// `getStatuses`.
pub(crate) fn statuses(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let view = View::new(request, world);
    Ok(Answer::ok(world.statuses.iter().map(|status| view.status(status)).collect::<Value>()))
}

/// `FieldDetails`. \[SPEC\]
fn field(field: &Field) -> Value {
    let clauses: Vec<String> = match field.id.strip_prefix("customfield_") {
        Some(number) => vec![format!("cf[{number}]"), field.name.clone()],
        None => names_of(&field.id).iter().map(|name| (*name).to_owned()).collect(),
    };
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    put("id", field.id.as_str().into());
    put("key", field.id.as_str().into());
    put("name", field.name.as_str().into());
    put("custom", field.is_custom().into());
    put("orderable", true.into());
    put("navigable", field.navigable.into());
    put("searchable", (!clauses.is_empty()).into());
    put("clauseNames", json!(clauses));
    put("schema", field.schema());
    shown.into()
}
