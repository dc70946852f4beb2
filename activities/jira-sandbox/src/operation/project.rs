//! Projects: get one, list and search them, their types and statuses; creating is in `create`, keys are in `key`.

mod create;
mod key;
mod template;

use serde_json::{Value, json};

pub(crate) use create::create;
pub(crate) use key::{suggest, validate};

use crate::{
    answer::{Answer, Refusal},
    refusal,
    request::ApiRequest,
    view::View,
    world::{IssueType, Project, World},
};

/// `getProject`.
pub(crate) fn get(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let project = visible(request, world)?;
    Ok(Answer::ok(View::new(request, world).full_project(project)))
}

/// `getAllProjects`: those that the caller may browse and that are not archived. \[SPEC\]
pub(crate) fn all(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let view = View::new(request, world);
    let found = all_visible(request, world).into_iter().filter(|project| !project.archived);
    Ok(Answer::ok(found.map(|project| view.project(project)).collect::<Value>()))
}

/// `searchProjects`: those that the caller may browse. \[SPEC\]
pub(crate) fn search(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let page = request.page(50, 100)?;
    let mut found = all_visible(request, world);
    found.retain(|project| is_wanted(project, request));
    sort(&mut found, request.query("orderBy").unwrap_or("key"))?;
    let view = View::new(request, world);
    let link = |start| view.link(&format!("project/search?maxResults={}&startAt={start}", page.length));
    let next = page.end();
    let is_last = next >= found.len();
    let mut answer = json!({
        "self": link(page.start),
        "maxResults": page.length,
        "startAt": page.start,
        "total": found.len(),
        "isLast": is_last,
        "values": page.of(&found).into_iter().map(|project| view.project(project)).collect::<Vec<_>>(),
    });
    if !is_last {
        answer["nextPage"] = link(next).into();
    }
    Ok(Answer::ok(answer))
}

/// `getAllStatuses`: those of each issue type's workflow. \[SPEC\]
pub(crate) fn statuses(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let project = visible(request, world)?;
    let view = View::new(request, world);
    let shown = |issue_type: &IssueType| {
        let statuses = world.statuses.iter().filter(|status| reaches(world, (project, issue_type), &status.id));
        json!({
            "self": view.link(&format!("issueType/{}", issue_type.id)),
            "id": issue_type.id,
            "name": issue_type.name,
            "subtask": issue_type.subtask,
            "statuses": statuses.map(|status| view.status(status)).collect::<Vec<_>>(),
        })
    };
    Ok(Answer::ok(project.issue_types.iter().map(shown).collect::<Value>()))
}

/// `getAllProjectTypes`, whether or not the site has a licence for them. \[SPEC\]
pub(crate) fn types(_: &ApiRequest<'_>, _: &World) -> Result<Answer, Refusal> {
    let shown = |project_type: &template::ProjectType| {
        json!({
            "key": project_type.key,
            "formattedKey": project_type.name,
            "descriptionI18nKey": format!("jira.project.type.{}.description", project_type.key),
            "icon": "",
            "color": project_type.color,
        })
    };
    Ok(Answer::ok(template::TYPES.iter().map(shown).collect::<Value>()))
}

fn visible<'w>(request: &ApiRequest<'_>, world: &'w World) -> Result<&'w Project, Refusal> {
    let id_or_key = request.part("projectIdOrKey");
    world.visible_project(request.caller, id_or_key).ok_or_else(|| refusal::project_not_found(id_or_key))
}

/// What an administrator of the site or of the project may see in lists, Browse Projects or not. \[SPEC\]
fn all_visible<'w>(request: &ApiRequest<'_>, world: &'w World) -> Vec<&'w Project> {
    let administers = world.permits_globally(request.caller, "ADMINISTER");
    let permits = |project: &Project| {
        ["BROWSE_PROJECTS", "ADMINISTER_PROJECTS"].iter().any(|key| world.permits_in(request.caller, key, project))
    };
    world.projects.iter().filter(|project| administers || permits(project)).collect()
}

fn is_wanted(project: &Project, request: &ApiRequest<'_>) -> bool {
    let [keys, ids, types, status] = ["keys", "id", "typeKey", "status"].map(|name| request.list(name));
    let query = request.query("query").unwrap_or_default().to_lowercase();
    let state = if project.archived { "archived" } else { "live" };
    (keys.is_empty() || keys.contains(&project.key.as_str()))
        && (ids.is_empty() || ids.contains(&project.id.to_string().as_str()))
        && (types.is_empty() || types.contains(&project.project_type.as_str()))
        && (if status.is_empty() { !project.archived } else { status.contains(&state) })
        && (project.name.to_lowercase().contains(&query) || project.key.to_lowercase().contains(&query))
}

/// Sorts by key or name; the other orders of the document are not served.
fn sort(projects: &mut [&Project], order: &str) -> Result<(), Refusal> {
    let (descending, by) = match order.strip_prefix('-') {
        Some(by) => (true, by),
        None => (false, order.strip_prefix('+').unwrap_or(order)),
    };
    match by {
        "key" => projects.sort_by(|left, right| left.key.cmp(&right.key)),
        "name" => projects.sort_by_key(|project| project.name.to_lowercase()),
        "category" | "owner" | "issueCount" | "lastIssueUpdatedDate" | "archivedDate" | "deletedDate" => {
            return Err(refusal::not_served(&format!("`orderBy={order}` of projects")));
        }
        _ => return Err(refusal::query_invalid("orderBy")),
    }
    if descending {
        projects.reverse();
    }
    Ok(())
}

/// Whether issues of a type can be in a status: they begin there, or a transition leads there.
fn reaches(world: &World, (project, issue_type): (&Project, &IssueType), status: &str) -> bool {
    world.workflow(project, &issue_type.id).is_some_and(|workflow| {
        let mut ends = workflow.transitions.iter().filter_map(|transition| transition.to.as_deref());
        workflow.initial == status || ends.any(|to| to == status)
    })
}
