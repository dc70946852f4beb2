//! What is the same for the whole site: its version, fields, priorities, issue types and statuses.

use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Refusal},
    clock::jira_time,
    field::{FIELDS, Field},
    request::Request,
    view::{View, extend},
    world::{DEFAULT_PRIORITY, PRIORITIES, STATUSES, World},
};

/// `getServerInfo`: says `Cloud`, as clients look for it. \[SPEC\]
pub(crate) fn server_info(request: &Request<'_>, _: &World) -> Result<Answer, Refusal> {
    Ok(Answer::ok(json!({
        "baseUrl": request.site,
        "displayUrl": request.site,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100_000,
        "buildDate": "2026-07-01T00:00:00.000+0000",
        "serverTime": jira_time(request.now),
        "serverTimeZone": "Etc/UTC",
        "scmInfo": "0000000000000000000000000000000000000000",
        "serverTitle": "flowrun sandbox",
    })))
}

/// `getFields`.
pub(crate) fn fields(_: &Request<'_>, _: &World) -> Result<Answer, Refusal> {
    Ok(Answer::ok(FIELDS.iter().map(field).collect::<Value>()))
}

/// `getPriorities`.
pub(crate) fn priorities(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let view = View::new(request, world);
    let shown = PRIORITIES.iter().map(|priority| {
        let mut shown = view.priority(priority);
        extend(
            &mut shown,
            json!({
                "statusColor": priority.color,
                "description": priority.description,
                "isDefault": priority.id == DEFAULT_PRIORITY,
            }),
        );
        shown
    });
    Ok(Answer::ok(shown.collect::<Value>()))
}

/// `getIssueAllTypes`: those of the projects that the caller may browse. \[SPEC\]
pub(crate) fn issue_types(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let view = View::new(request, world);
    let visible = world.projects.iter().filter(|project| world.visible_project(request.caller, project.key).is_some());
    let types = visible.flat_map(|project| &project.issue_types);
    Ok(Answer::ok(types.map(|issue_type| view.issue_type(issue_type)).collect::<Value>()))
}

/// `getStatuses`.
pub(crate) fn statuses(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let view = View::new(request, world);
    Ok(Answer::ok(STATUSES.iter().map(|status| view.status(status)).collect::<Value>()))
}

/// `FieldDetails`. \[SPEC\]
fn field(field: &Field) -> Value {
    let mut clauses = vec![field.name.to_owned()];
    match field.id.strip_prefix("customfield_") {
        Some(number) => clauses.insert(0, format!("cf[{number}]")),
        None => clauses = vec![field.id.to_owned()],
    }
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    put("id", field.id.into());
    put("key", field.id.into());
    put("name", field.name.into());
    put("custom", field.is_custom().into());
    put("orderable", true.into());
    put("navigable", field.navigable.into());
    put("searchable", true.into());
    put("clauseNames", json!(clauses));
    put("schema", field.schema());
    shown.into()
}
