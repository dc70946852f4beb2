//! Permissions: what the caller holds, and a check of many at once.

use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Refusal},
    permission::{self, Kind, Permission},
    refusal,
    request::Request,
    world::{User, World},
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
    check_context(request, world)?;
    let entry = |permission: &&Permission| (permission.key.to_owned(), shown(permission, request.caller, world));
    Ok(Answer::ok(json!({ "permissions": permissions.iter().map(entry).collect::<Map<_, _>>() })))
}

/// `getBulkPermissions`: numeric ids only, invalid ones are ignored; only what is granted is answered. \[SPEC\]
pub(crate) fn check(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let body = request.object()?;
    let user = subject(body.get("accountId"), request, world)?;
    let global = strings(body.get("globalPermissions"))?;
    let global = global.into_iter().map(|key| Ok((key, of_kind(key, Kind::Global)?))).collect::<Result<Vec<_>, _>>()?;
    let granted = global.iter().filter(|(_, permission)| world.holds(user, permission)).map(|(key, _)| *key);
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
            if !world.permits(request.caller, "ADMINISTER") {
                return Err(refusal::check_not_permitted());
            }
            world.user(account).ok_or_else(|| Refusal::field(400, "accountId", "The user does not exist."))
        }
        _ => Ok(request.caller),
    }
}

fn grant(key: &str, asked: &Value, user: &User, world: &World) -> Result<Option<Value>, Refusal> {
    let held = world.permits(user, key);
    let there = |id: &u64| held && world.visible_project(user, &id.to_string()).is_some_and(|found| found.id == *id);
    let projects: Vec<u64> = numbers(asked.get("projects"))?.into_iter().filter(there).collect();
    let there = |id: &u64| held && world.visible_issue(user, &id.to_string()).is_some();
    let issues: Vec<u64> = numbers(asked.get("issues"))?.into_iter().filter(there).collect();
    let nothing = projects.is_empty() && issues.is_empty();
    Ok((!nothing).then(|| json!({ "permission": key, "projects": projects, "issues": issues })))
}

/// The context must be visible to the caller; an id wins over a key. \[SPEC\]
fn check_context(request: &Request<'_>, world: &World) -> Result<(), Refusal> {
    if let Some(issue) = request.query("issueId").or_else(|| request.query("issueKey")) {
        world.visible_issue(request.caller, issue).ok_or_else(refusal::issue_not_found)?;
    }
    if let Some(project) = request.query("projectId").or_else(|| request.query("projectKey")) {
        world.visible_project(request.caller, project).ok_or_else(|| refusal::project_not_found(project))?;
    }
    Ok(())
}

/// `UserPermission`. \[SPEC\]
fn shown(permission: &Permission, user: &User, world: &World) -> Value {
    json!({
        "id": permission.id(),
        "key": permission.key,
        "name": permission.name,
        "type": if permission.kind == Kind::Global { "GLOBAL" } else { "PROJECT" },
        "description": format!("The permission {}.", permission.name),
        "havePermission": world.holds(user, permission),
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
