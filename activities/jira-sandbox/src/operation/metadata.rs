//! Create metadata: the issue types of a project, and the fields of a create screen.

mod everything;

use serde_json::{Map, Value, json};

pub(crate) use everything::create_everything;

use crate::{
    answer::{Answer, Refusal},
    field::{Field, FieldOption, Kind},
    refusal,
    request::Request,
    view::View,
    world::{IssueType, Project, User, World},
};

/// `getCreateIssueMetaIssueTypes`: what the caller may create; the list is in `issueTypes`. \[RT\]
pub(crate) fn create_types(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let project = project(request, world)?;
    let page = request.page(50, 200)?;
    let view = View::new(request, world);
    let types = page.of(creatable(project, request.caller, world));
    Ok(Answer::ok(json!({
        "maxResults": page.length,
        "startAt": page.start,
        "total": creatable(project, request.caller, world).len(),
        "issueTypes": types.iter().map(|issue_type| create_type(view, issue_type)).collect::<Vec<_>>(),
    })))
}

/// `getCreateIssueMetaIssueTypeId`: the fields of the create screen.
pub(crate) fn create_fields(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let project = project(request, world)?;
    let page = request.page(50, 200)?;
    let wanted = request.part("issueTypeId");
    let found = creatable(project, request.caller, world).into_iter().find(|issue_type| issue_type.id == wanted);
    let issue_type = found.ok_or_else(|| Refusal::message(400, "The issue type is not found or not creatable."))?;
    let fields: Vec<_> =
        world.fields.iter().filter(|field| settable(field, issue_type, project, (request.caller, world))).collect();
    let view = View::new(request, world);
    let shown = page.of(&fields).into_iter().map(|field| create_field(view, field, issue_type, project));
    Ok(Answer::ok(json!({
        "maxResults": page.length,
        "startAt": page.start,
        "total": fields.len(),
        "fields": shown.collect::<Vec<_>>(),
    })))
}

/// Whether a user may set a field when creating an issue of a type: it is on the screen, and its own permission is held.
pub(crate) fn settable(
    field: &Field,
    issue_type: &IssueType,
    project: &Project,
    (user, world): (&User, &World),
) -> bool {
    let held = field.permission.is_none_or(|key| world.permits_in(user, key, project));
    issue_type.creates(&field.id) && (held || !world.switches.fields_need_permissions)
}

/// Whether a create of that type fails without the field.
pub(crate) fn required_without_default(field: &Field, issue_type: &IssueType, world: &World) -> bool {
    required(field, issue_type, world) && !has_default(field)
}

fn required(field: &Field, issue_type: &IssueType, world: &World) -> bool {
    let always = matches!(field.kind, Kind::Project | Kind::IssueType | Kind::Summary | Kind::Parent);
    let asked = |(name, id): &(String, String)| *name == issue_type.name && *id == field.id;
    let asked = issue_type.required.contains(&field.id) || world.adjustments.required.iter().any(asked);
    issue_type.creates(&field.id) && (always || field.id == "reporter" || asked)
}

fn has_default(field: &Field) -> bool {
    matches!(field.id.as_str(), "reporter" | "priority")
}

/// Create metadata of a project that is not visible is refused; \[SPEC\] documents 400 and no 404 here.
fn project<'w>(request: &Request<'_>, world: &'w World) -> Result<&'w Project, Refusal> {
    let id_or_key = request.part("projectIdOrKey");
    let found = world.visible_project(request.caller, id_or_key);
    found.ok_or_else(|| refusal::project_not_found(id_or_key).with_status(400))
}

/// Without Create Issues the lists are empty. \[unverified\]
fn creatable<'w>(project: &'w Project, user: &User, world: &World) -> Vec<&'w IssueType> {
    project.issue_types.iter().filter(|_| world.permits_in(user, "CREATE_ISSUES", project)).collect()
}

fn create_type(view: View<'_>, issue_type: &IssueType) -> Value {
    let mut shown = view.issue_type(issue_type);
    shown["expand"] = "fields".into();
    shown
}

/// `FieldCreateMetadata`. \[SPEC\]
fn create_field(view: View<'_>, field: &Field, issue_type: &IssueType, project: &Project) -> Value {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    put("required", required(field, issue_type, view.world).into());
    put("schema", field.schema());
    put("name", field.name.as_str().into());
    put("key", field.id.as_str().into());
    put("fieldId", field.id.as_str().into());
    put("hasDefaultValue", has_default(field).into());
    put("operations", field.operations());
    if let Some(values) = allowed_values(view, field, issue_type, project) {
        put("allowedValues", values);
    }
    if field.id == "priority" {
        let default = view.world.priority(&view.world.default_priority);
        put("defaultValue", default.map_or(Value::Null, |priority| view.priority(priority)));
    }
    if matches!(field.kind, Kind::User | Kind::Users) {
        put("autoCompleteUrl", view.link("user/search?query=").into());
    }
    shown.into()
}

fn allowed_values(view: View<'_>, field: &Field, issue_type: &IssueType, project: &Project) -> Option<Value> {
    Some(match &field.kind {
        Kind::Project => json!([view.project(project)]),
        Kind::IssueType => json!([view.issue_type(issue_type)]),
        Kind::Priority => view.world.priorities.iter().map(|priority| view.priority(priority)).collect(),
        Kind::Resolution => view.world.resolutions.iter().map(|resolution| view.resolution(resolution)).collect(),
        Kind::Security => project.security_levels.iter().map(|level| view.security_level(level)).collect(),
        Kind::Components => project.components.iter().map(|component| view.component(component)).collect(),
        Kind::Version | Kind::Versions => {
            let open = project.versions.iter().filter(|version| !version.archived);
            open.map(|version| view.version(version, project)).collect()
        }
        Kind::Select(options) | Kind::MultiSelect(options) => {
            options.iter().map(|option| view.option(option)).collect()
        }
        Kind::Cascading(options) => options.iter().map(|option| with_children(view, option)).collect(),
        _ => return None,
    })
}

fn with_children(view: View<'_>, option: &FieldOption) -> Value {
    let mut shown = view.option(option);
    shown["children"] = option.children.iter().map(|child| view.option(child)).collect();
    shown
}
