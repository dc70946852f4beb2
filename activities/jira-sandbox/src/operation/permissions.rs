//! Permissions: what the caller holds, and a check of many at once.

use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Refusal},
    permission::{self, Kind, Permission},
    refusal,
    request::Request,
    world::{Issue, Project, User, World},
};

/// `getMyPermissions`: one unknown key refuses the whole call; the context must be visible. \[SPEC\]
pub(crate) fn mine(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
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
pub(crate) fn all(_: &Request<'_>, _: &World) -> Result<Answer, Refusal> {
    let entry = |permission: &Permission| (permission.key.to_owned(), described(permission));
    Ok(Answer::ok(json!({ "permissions": permission::PERMISSIONS.iter().map(entry).collect::<Map<_, _>>() })))
}

/// `getBulkPermissions`: numeric ids only, invalid ones are ignored; only what is granted is answered. \[SPEC\]
pub(crate) fn check(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let body = request.object()?;
    let user = subject(body.get("accountId"), request, world)?;
    let global = strings(body.get("globalPermissions"))?;
    let global = global.into_iter().map(|key| Ok((key, of_kind(key, Kind::Global)?))).collect::<Result<Vec<_>, _>>()?;
    let granted =
        global.iter().filter(|(_, permission)| world.permits_globally(user, permission.key)).map(|(key, _)| *key);
    let mut projects = Vec::new();
    for asked in list(body.get("projectPermissions"))? {
        for key in strings(asked.get("permissions"))? {
            of_kind(key, Kind::Project)?;
            projects.extend(grant(key, asked, user, world)?);
        }
    }
    Ok(Answer::ok(json!({ "globalPermissions": granted.collect::<Vec<_>>(), "projectPermissions": projects })))
}

/// Whose permissions are checked: the caller's, or for an administrator anybody's. \[SPEC\]
fn subject<'a>(asked: Option<&Value>, request: &Request<'a>, world: &'a World) -> Result<&'a User, Refusal> {
    match asked.and_then(Value::as_str) {
        Some(account) if account != request.caller.account_id => {
            if !world.permits_globally(request.caller, "ADMINISTER") {
                return Err(refusal::check_not_permitted());
            }
            world.user(account).ok_or_else(|| Refusal::field(400, "accountId", "The user does not exist."))
        }
        _ => Ok(request.caller),
    }
}

fn grant(key: &str, asked: &Value, user: &User, world: &World) -> Result<Option<Value>, Refusal> {
    let held = |id: &u64| {
        let project = world.projects.iter().find(|project| project.id == *id);
        project.is_some_and(|project| world.permits_in(user, key, project))
    };
    let projects: Vec<u64> = numbers(asked.get("projects"))?.into_iter().filter(held).collect();
    let held = |id: &u64| world.issues.get(id).is_some_and(|issue| world.permits_on(user, key, issue));
    let issues: Vec<u64> = numbers(asked.get("issues"))?.into_iter().filter(held).collect();
    let nothing = projects.is_empty() && issues.is_empty();
    Ok((!nothing).then(|| json!({ "permission": key, "projects": projects, "issues": issues })))
}

/// What the permissions are asked for.
enum Context<'w> {
    /// Any project.
    Anywhere,
    Project(&'w Project),
    Issue(&'w Issue),
}

impl Context<'_> {
    fn permits(&self, permission: &Permission, user: &User, world: &World) -> bool {
        match self {
            Self::Anywhere => world.permits_anywhere(user, permission),
            Self::Project(project) => world.permits_in(user, permission.key, project),
            Self::Issue(issue) => world.permits_on(user, permission.key, issue),
        }
    }
}

/// The context must be visible to the caller; an id wins over a key, an issue over a project. \[SPEC\] on all but the
/// last, which is \[unverified\].
fn context<'w>(request: &Request<'_>, world: &'w World) -> Result<Context<'w>, Refusal> {
    let mut context = Context::Anywhere;
    if let Some(project) = request.query("projectId").or_else(|| request.query("projectKey")) {
        let found = world.visible_project(request.caller, project);
        context = Context::Project(found.ok_or_else(|| refusal::project_not_found(project))?);
    }
    if let Some(issue) = request.query("issueId").or_else(|| request.query("issueKey")) {
        let found = world.visible_issue(request.caller, issue);
        context = Context::Issue(found.ok_or_else(refusal::issue_not_found)?);
    }
    Ok(context)
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
        "type": if permission.kind == Kind::Global { "GLOBAL" } else { "PROJECT" },
        "description": format!("The permission {}.", permission.name),
    })
}

fn known(key: &str) -> Result<&'static Permission, Refusal> {
    permission::find(key).ok_or_else(|| refusal::permission_unknown(key))
}

fn of_kind(key: &str, kind: Kind) -> Result<&'static Permission, Refusal> {
    known(key).and_then(|found| if found.kind == kind { Ok(found) } else { Err(refusal::permission_unknown(key)) })
}

fn list(value: Option<&Value>) -> Result<&[Value], Refusal> {
    match value {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(refusal::body_invalid("a list is expected")),
    }
}

fn strings(value: Option<&Value>) -> Result<Vec<&str>, Refusal> {
    match list(value)? {
        items if items.iter().all(Value::is_string) => Ok(items.iter().filter_map(Value::as_str).collect()),
        _ => Err(refusal::body_invalid("a list of strings is expected")),
    }
}

fn numbers(value: Option<&Value>) -> Result<Vec<u64>, Refusal> {
    let number = |item: &Value| item.as_u64().ok_or_else(|| refusal::body_invalid("a list of numbers is expected"));
    list(value)?.iter().map(number).collect()
}
