//! Permissions: what the caller holds, and a check of many at once.

use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Refusal},
    field_value::is_number,
    operation::body::{list, only, required, text},
    permission::{self, Permission, PermissionType},
    refusal,
    request::ApiRequest,
    world::{Issue, Project, User, World},
};

/// `getMyPermissions`: one unknown key refuses the whole call; the context must be visible. \[SPEC\]
pub(crate) fn mine(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let keys = request.list("permissions");
    if keys.is_empty() {
        return Err(refusal::permissions_missing());
    }
    if request.query("commentId").is_some() && keys != ["BROWSE_PROJECTS"] {
        return Err(Refusal::message(400, "With a comment only the permission BROWSE_PROJECTS can be asked for."));
    }
    let permissions = keys.iter().map(|key| known(key)).collect::<Result<Vec<_>, _>>()?;
    let context = context(request, world)?;
    let entry = |permission: &&Permission| {
        let held = context.permits(permission, request.caller, world);
        (permission.key.to_owned(), shown(permission, held))
    };
    Ok(Answer::ok(json!({ "permissions": permissions.iter().map(entry).collect::<Map<_, _>>() })))
}

/// `getAllPermissions`: every key, without who holds it. \[SPEC\]
pub(crate) fn all(_: &ApiRequest<'_>, _: &World) -> Result<Answer, Refusal> {
    let entry = |permission: &Permission| (permission.key.to_owned(), described(permission));
    Ok(Answer::ok(json!({ "permissions": permission::PERMISSIONS.iter().map(entry).collect::<Map<_, _>>() })))
}

/// `getBulkPermissions`: numeric ids only, invalid ones are ignored; only what is granted is answered. \[SPEC\]
pub(crate) fn check(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let body = request.object()?;
    only(body, &["accountId", "globalPermissions", "projectPermissions"])?;
    let user = subject(text(body, "accountId")?, request, world)?;
    let global = list(body, "globalPermissions", Value::as_str)?;
    let global = global
        .into_iter()
        .map(|key| Ok((key, of_kind(key, PermissionType::Global)?)))
        .collect::<Result<Vec<_>, _>>()?;
    let granted =
        global.iter().filter(|(_, permission)| world.permits_globally(user, permission.key)).map(|(key, _)| *key);
    let mut projects = Vec::new();
    let all_asked = list(body, "projectPermissions", |asked| Some(BulkPermissions::read(asked.as_object()?)))?;
    for asked in all_asked.into_iter().collect::<Result<Vec<_>, _>>()? {
        for key in &asked.permissions {
            of_kind(key, PermissionType::Project)?;
            projects.extend(asked.granted(key, user, world));
        }
    }
    Ok(Answer::ok(json!({ "globalPermissions": granted.collect::<Vec<_>>(), "projectPermissions": projects })))
}

/// Whose permissions are checked: the caller's, or for an administrator anybody's. \[SPEC\]
fn subject<'a>(asked: Option<&str>, request: &ApiRequest<'a>, world: &'a World) -> Result<&'a User, Refusal> {
    match asked {
        Some(account) if account != request.caller.account_id => {
            if !world.permits_globally(request.caller, "ADMINISTER") {
                return Err(refusal::check_not_permitted());
            }
            world.user(account).ok_or_else(|| Refusal::field(400, "accountId", "The user does not exist."))
        }
        _ => Ok(request.caller),
    }
}

/// Permissions that are asked for in projects and on issues, `BulkProjectPermissions`. \[SPEC\]
struct BulkPermissions<'a> {
    permissions: Vec<&'a str>,
    projects: Vec<u64>,
    issues: Vec<u64>,
}

/// So many projects, and so many issues, can be asked for at once. \[SPEC\]
const MOST_ASKED: usize = 1000;

impl<'a> BulkPermissions<'a> {
    fn read(given: &'a Map<String, Value>) -> Result<Self, Refusal> {
        only(given, &["permissions", "projects", "issues"])?;
        let numbers = |name: &str| match list(given, name, Value::as_u64)? {
            numbers if numbers.len() > MOST_ASKED => Err(refusal::too_many(name, MOST_ASKED)),
            numbers => Ok(numbers),
        };
        let permissions = required(given, "permissions", Value::as_str)?;
        Ok(Self { permissions, projects: numbers("projects")?, issues: numbers("issues")? })
    }

    /// Where of all that is asked for the user holds a permission; `None` where it is held nowhere.
    fn granted(&self, key: &str, user: &User, world: &World) -> Option<Value> {
        let in_project = |id: &&u64| {
            let project = world.projects.iter().find(|project| project.id == **id);
            project.is_some_and(|project| world.permits_in(user, key, project))
        };
        let on_issue = |id: &&u64| world.issues.get(id).is_some_and(|issue| world.permits_on(user, key, issue));
        let projects: Vec<_> = self.projects.iter().filter(in_project).collect();
        let issues: Vec<_> = self.issues.iter().filter(on_issue).collect();
        let nothing = projects.is_empty() && issues.is_empty();
        (!nothing).then(|| json!({ "permission": key, "projects": projects, "issues": issues }))
    }
}

/// What the permissions are asked for.
enum PermissionTarget<'w> {
    /// Any project.
    Anywhere,
    Project(&'w Project),
    Issue(&'w Issue),
}

impl PermissionTarget<'_> {
    fn permits(&self, permission: &Permission, user: &User, world: &World) -> bool {
        match self {
            Self::Anywhere => world.permits_anywhere(user, permission),
            Self::Project(project) => world.permits_in(user, permission.key, project),
            Self::Issue(issue) => world.permits_on(user, permission.key, issue),
        }
    }
}

/// The context must be visible to the caller; an id wins over a key, an issue over a project. \[SPEC\] on all but the
/// last, which is \[unverified\], as is that an id is not taken for a key nor a key for an id.
fn context<'w>(request: &ApiRequest<'_>, world: &'w World) -> Result<PermissionTarget<'w>, Refusal> {
    if let Some(name) =
        ["projectUuid", "projectConfigurationUuid"].into_iter().find(|name| request.query(name).is_some())
    {
        return Err(refusal::not_served(&format!("`{name}` of getMyPermissions")));
    }
    let mut context = PermissionTarget::Anywhere;
    if let Some((project, fits)) = named(request, "projectId", "projectKey") {
        let found = world.visible_project(request.caller, project).filter(|_| fits);
        context = PermissionTarget::Project(found.ok_or_else(|| refusal::project_not_found(project))?);
    }
    if let Some((issue, fits)) = named(request, "issueId", "issueKey") {
        let found = world.visible_issue(request.caller, issue).filter(|_| fits);
        context = PermissionTarget::Issue(found.ok_or_else(refusal::issue_not_found)?);
    }
    Ok(context)
}

/// The id, else the key, that a query gives, and whether it has the form of one.
fn named<'q>(request: &ApiRequest<'q>, id: &str, key: &str) -> Option<(&'q str, bool)> {
    let of = |name: &str| request.query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
    of(id).map(|id| (id, is_number(id))).or_else(|| of(key).map(|key| (key, !is_number(key))))
}

/// `UserPermission`. \[SPEC\]
fn shown(permission: &Permission, held: bool) -> Value {
    let mut shown = described(permission);
    shown["havePermission"] = held.into();
    shown
}

fn described(permission: &Permission) -> Value {
    json!({
        "id": permission.id(),
        "key": permission.key,
        "name": permission.name,
        "type": if permission.kind == PermissionType::Global { "GLOBAL" } else { "PROJECT" },
        "description": format!("The permission {}.", permission.name),
    })
}

fn known(key: &str) -> Result<&'static Permission, Refusal> {
    permission::find(key).ok_or_else(|| refusal::permission_unknown(key))
}

fn of_kind(key: &str, kind: PermissionType) -> Result<&'static Permission, Refusal> {
    known(key).and_then(|found| if found.kind == kind { Ok(found) } else { Err(refusal::permission_unknown(key)) })
}
