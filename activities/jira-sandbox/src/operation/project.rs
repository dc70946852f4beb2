//! Projects: get one, search.

use serde_json::json;

use crate::{
    answer::{Answer, Refusal},
    refusal,
    request::Request,
    view::View,
    world::{Project, World},
};

/// `getProject`.
pub(crate) fn get(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let id_or_key = request.part("projectIdOrKey");
    let found = world.visible_project(request.caller, id_or_key);
    let project = found.ok_or_else(|| refusal::project_not_found(id_or_key))?;
    Ok(Answer::ok(View::new(request, world).full_project(project)))
}

/// `searchProjects`: those that the caller may browse. \[SPEC\]
pub(crate) fn search(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let page = request.page(50, 100)?;
    let visible = world.projects.iter().filter(|project| world.visible_project(request.caller, &project.key).is_some());
    let found: Vec<_> = visible.filter(|project| is_wanted(project, request)).collect();
    let view = View::new(request, world);
    let link = view.link(&format!("project/search?maxResults={}&startAt={}", page.length, page.start));
    Ok(Answer::ok(json!({
        "self": link,
        "maxResults": page.length,
        "startAt": page.start,
        "total": found.len(),
        "isLast": page.start + page.length >= found.len(),
        "values": page.of(&found).into_iter().map(|project| view.project(project)).collect::<Vec<_>>(),
    })))
}

fn is_wanted(project: &Project, request: &Request<'_>) -> bool {
    let (keys, ids) = (request.list("keys"), request.list("id"));
    let query = request.query("query").unwrap_or_default().to_lowercase();
    (keys.is_empty() || keys.contains(&project.key.as_str()))
        && (ids.is_empty() || ids.contains(&project.id.to_string().as_str()))
        && (project.name.to_lowercase().contains(&query) || project.key.to_lowercase().contains(&query))
}
