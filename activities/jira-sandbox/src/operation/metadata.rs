//! Metadata: the issue types of a project, and the fields that can be set when an issue is created or edited.

mod everything;

use serde_json::{Map, Value, json};

pub(crate) use everything::create_everything;

use crate::{
    answer::{Answer, Refusal},
    field::{Field, FieldKind, FieldOption},
    operation::{issue, visible_issue},
    refusal,
    request::ApiRequest,
    view::{View, object},
    world::{Issue, IssueType, Project, User, World},
};

/// `getCreateIssueMetaIssueTypes`: what the caller may create; the list is in `issueTypes`. \[RT\]
pub(crate) fn create_types(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let project = project(request, world)?;
    let page = request.page(50, 200)?;
    let view = View::new(request, world);
    let types = page.of(creatable(project, request.caller, world));
    Ok(Answer::ok(object!({
        "maxResults": page.length,
        "startAt": page.start,
        "total": creatable(project, request.caller, world).len(),
        "issueTypes": types.iter().map(|issue_type| create_type(view, issue_type)).collect::<Vec<_>>(),
    })))
}

/// `getCreateIssueMetaIssueTypeId`: the fields of the create screen.
pub(crate) fn create_fields(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let project = project(request, world)?;
    let page = request.page(50, 200)?;
    let wanted = request.part("issueTypeId");
    let found = creatable(project, request.caller, world).into_iter().find(|issue_type| issue_type.id == wanted);
    let issue_type = found.ok_or_else(|| Refusal::message(400, "The issue type is not found or not creatable."))?;
    let fields: Vec<_> =
        world.fields.iter().filter(|field| settable(field, issue_type, project, (request.caller, world))).collect();
    let view = View::new(request, world);
    let shown = page.of(&fields).into_iter().map(|field| create_field(view, field, issue_type, project));
    Ok(Answer::ok(object!({
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
    let readable = !matches!(field.kind, FieldKind::Comments);
    readable && issue_type.creates(&field.id) && (held || !world.switches.fields_need_permissions)
}

/// Whether a create of that type fails without the field.
pub(crate) fn required_without_default(field: &Field, issue_type: &IssueType, world: &World) -> bool {
    required(field, issue_type, world) && !has_default(field)
}

/// Whether an issue of that type cannot be without the field.
pub(crate) fn required(field: &Field, issue_type: &IssueType, world: &World) -> bool {
    let always =
        matches!(field.kind, FieldKind::Project | FieldKind::IssueType | FieldKind::Summary | FieldKind::Parent);
    let asked = |(name, id): &(String, String)| *name == issue_type.name && *id == field.id;
    let asked = issue_type.required.contains(&field.id) || world.adjustments.required.iter().any(asked);
    let shown = issue_type.creates(&field.id) || issue_type.edits(&field.id);
    shown && (always || field.id == "reporter" || asked)
}

fn has_default(field: &Field) -> bool {
    matches!(field.id.as_str(), "reporter" | "priority")
}

/// Create metadata of a project that is not visible is refused; \[SPEC\] documents 400 and no 404 here.
fn project<'w>(request: &ApiRequest<'_>, world: &'w World) -> Result<&'w Project, Refusal> {
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

/// `getEditIssueMeta`: the fields that the caller may edit; without Edit Issues there are none. \[SPEC\]
pub(crate) fn edit_fields(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let issue = visible_issue(request, world)?;
    check_overrides(request)?;
    Ok(Answer::ok(object!({ "fields": editable_fields(issue, View::new(request, world)), })))
}

/// The fields of an issue that the caller may edit, `FieldMetadata` by id. \[SPEC\]
pub(crate) fn editable_fields(issue: &Issue, view: View<'_>) -> Value {
    if !view.world.permits_on(view.caller, "EDIT_ISSUES", issue) {
        return json!({});
    }
    let fields = view.world.fields.iter().filter(|field| issue::editable(field, issue, (view.caller, view.world)));
    let is_required =
        |field: &Field| view.world.type_of(issue).is_some_and(|issue_type| required(field, issue_type, view.world));
    fields
        .map(|field| (field.id.clone(), described(view, field, is_required(field), issue)))
        .collect::<Map<_, _>>()
        .into()
}

/// Only Connect and Forge apps may look past the screens. \[SPEC\]
pub(crate) fn check_overrides(request: &ApiRequest<'_>) -> Result<(), Refusal> {
    let overrides = ["overrideScreenSecurity", "overrideEditableFlag"];
    let asked = overrides.into_iter().find(|name| request.query(name) == Some("true"));
    asked.map_or(Ok(()), |name| Err(refusal::override_not_permitted(name)))
}

/// A field of an existing issue, `FieldMetadata`. \[SPEC\]
pub(crate) fn described(view: View<'_>, field: &Field, required: bool, issue: &Issue) -> Value {
    let project = view.world.project_of(issue);
    let context = project.and_then(|project| Some((project.issue_type(&issue.issue_type)?, project)));
    context.map_or(Value::Null, |context| metadata(view, field, required, context))
}

/// `FieldCreateMetadata`: as `FieldMetadata`, and the id. \[SPEC\]
fn create_field(view: View<'_>, field: &Field, issue_type: &IssueType, project: &Project) -> Value {
    let mut shown = metadata(view, field, required(field, issue_type, view.world), (issue_type, project));
    shown["fieldId"] = field.id.as_str().into();
    shown
}

fn metadata(view: View<'_>, field: &Field, required: bool, (issue_type, project): (&IssueType, &Project)) -> Value {
    let mut shown = object!({
        "required": required,
        "schema": field.schema(),
        "name": field.name.as_str(),
        "key": field.id.as_str(),
        "hasDefaultValue": has_default(field),
        "operations": field.operations(),
    });
    if let Some(values) = allowed_values(view, field, issue_type, project) {
        shown["allowedValues"] = values;
    }
    if field.id == "priority" {
        let default = view.world.priority(&view.world.default_priority);
        shown["defaultValue"] = default.map_or(Value::Null, |priority| view.priority(priority));
    }
    if matches!(field.kind, FieldKind::User | FieldKind::Users) {
        shown["autoCompleteUrl"] = view.link("user/search?query=").into();
    }
    shown
}

fn allowed_values(view: View<'_>, field: &Field, issue_type: &IssueType, project: &Project) -> Option<Value> {
    Some(match &field.kind {
        FieldKind::Project => json!([view.project(project)]),
        FieldKind::IssueType => json!([view.issue_type(issue_type)]),
        FieldKind::Priority => view.world.priorities.iter().map(|priority| view.priority(priority)).collect(),
        FieldKind::Resolution => view.world.resolutions.iter().map(|resolution| view.resolution(resolution)).collect(),
        FieldKind::Security => project.security_levels.iter().map(|level| view.security_level(level)).collect(),
        FieldKind::Components => project.components.iter().map(|component| view.component(component)).collect(),
        FieldKind::Version | FieldKind::Versions => {
            let open = project.versions.iter().filter(|version| !version.archived);
            open.map(|version| view.version(version, project)).collect()
        }
        FieldKind::Select(options) | FieldKind::MultiSelect(options) => {
            options.iter().map(|option| view.option(option)).collect()
        }
        FieldKind::Cascading(options) => options.iter().map(|option| with_children(view, option)).collect(),
        _ => return None,
    })
}

fn with_children(view: View<'_>, option: &FieldOption) -> Value {
    let mut shown = view.option(option);
    shown["children"] = option.children.iter().map(|child| view.option(child)).collect();
    shown
}
