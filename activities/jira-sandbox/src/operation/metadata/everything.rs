//! The create metadata of all projects at once: deprecated, and still what some clients ask for. \[SPEC\]

use serde_json::{Map, Value, json};

use super::{creatable, create_field, create_type, settable};
use crate::{
    answer::{Answer, Refusal},
    request::ApiRequest,
    view::View,
    world::{IssueType, Project, World},
};

/// `getCreateIssueMeta`: the projects in which the caller may create; the fields only where they are expanded. \[SPEC\]
pub(crate) fn create_everything(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let wanted = MetadataFilter {
        projects: [request.list("projectIds"), request.list("projectKeys")].concat(),
        types: [request.list("issuetypeIds"), request.list("issuetypeNames")].concat(),
        with_fields: request.list("expand").contains(&"projects.issuetypes.fields"),
    };
    let visible = world.projects.iter().filter(|project| world.visible_project(request.caller, &project.key).is_some());
    let shown = visible.filter(|project| wanted.has_project(project));
    let shown = shown.filter_map(|project| wanted.project(project, request, world)).collect::<Vec<_>>();
    Ok(Answer::ok(json!({ "expand": "projects", "projects": shown })))
}

/// What is asked for; an empty list asks for all.
struct MetadataFilter<'a> {
    projects: Vec<&'a str>,
    types: Vec<&'a str>,
    with_fields: bool,
}

impl MetadataFilter<'_> {
    fn has_project(&self, project: &Project) -> bool {
        let id = project.id.to_string();
        self.projects.is_empty() || self.projects.iter().any(|given| [&id, &project.key].iter().any(|own| own == given))
    }

    fn has_type(&self, issue_type: &IssueType) -> bool {
        let own = [&issue_type.id, &issue_type.name];
        self.types.is_empty() || self.types.iter().any(|given| own.iter().any(|own| own == given))
    }

    /// A project with its issue types. `None` where the caller may create none of them.
    fn project(&self, project: &Project, request: &ApiRequest<'_>, world: &World) -> Option<Value> {
        let view = View::new(request, world);
        let types = creatable(project, request.caller, world).into_iter().filter(|kind| self.has_type(kind));
        let types: Vec<_> = types.map(|kind| self.issue_type(kind, project, (request, world))).collect();
        let shown = json!({
            "expand": "issuetypes",
            "self": view.link(&format!("project/{}", project.id)),
            "id": project.id.to_string(),
            "key": project.key,
            "name": project.name,
            "avatarUrls": view.avatars("projectavatar"),
            "issuetypes": types,
        });
        (!types.is_empty()).then_some(shown)
    }

    fn issue_type(&self, kind: &IssueType, project: &Project, (request, world): (&ApiRequest<'_>, &World)) -> Value {
        let view = View::new(request, world);
        let mut shown = create_type(view, kind);
        if self.with_fields {
            let fields = world.fields.iter().filter(|field| settable(field, kind, project, (request.caller, world)));
            let fields = fields.map(|field| {
                let mut shown = create_field(view, field, kind, project);
                shown.as_object_mut().and_then(|shown| shown.shift_remove("fieldId"));
                (field.id.clone(), shown)
            });
            shown["fields"] = fields.collect::<Map<_, _>>().into();
        }
        shown
    }
}
