//! Users: the caller, one by account id, and the searches that find an account id for an e-mail.

use serde_json::Value;

use crate::{
    answer::{Answer, Refusal},
    refusal,
    request::Request,
    view::View,
    world::{User, World},
};

/// `getCurrentUser`.
pub(crate) fn myself(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    Ok(Answer::ok(View::new(request, world).full_user(request.caller, &request.list("expand"))))
}

/// `getUser`, by account id; needs Browse users and groups for anybody else. \[SPEC\]
pub(crate) fn get(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let account = request.query("accountId").ok_or_else(refusal::user_not_found)?;
    let allowed = account == request.caller.account_id || world.permits_globally(request.caller, "USER_PICKER");
    let user = world.user(account).filter(|_| allowed).ok_or_else(refusal::user_not_found)?;
    Ok(Answer::ok(View::new(request, world).full_user(user, &request.list("expand"))))
}

/// `findUsers`: without Browse users and groups an empty list, not an error. \[SPEC\]
pub(crate) fn search(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    if request.query("query").is_none() && request.query("accountId").is_none() {
        return Err(Refusal::message(400, "The query parameter 'query' or 'accountId' is required."));
    }
    let may_look = world.permits_globally(request.caller, "USER_PICKER");
    list(request, world, |_| may_look)
}

/// `findAssignableUsers`: in a project or for an issue; needs Browse users and groups or Assign Issues. \[SPEC\]
pub(crate) fn assignable(request: &Request<'_>, world: &World) -> Result<Answer, Refusal> {
    let project = if let Some(issue) = request.query("issueKey").or_else(|| request.query("issueId")) {
        let issue = world.visible_issue(request.caller, issue).ok_or_else(refusal::issue_not_found)?;
        world.project_of(issue).ok_or_else(refusal::issue_not_found)?
    } else {
        let project = request.query("project").ok_or_else(|| {
            Refusal::message(400, "The query parameter 'project', 'issueKey' or 'issueId' is required.")
        })?;
        world.visible_project(request.caller, project).ok_or_else(|| refusal::project_not_found(project))?
    };
    let may_look = world.permits_globally(request.caller, "USER_PICKER")
        || world.permits_in(request.caller, "ASSIGN_ISSUES", project);
    list(request, world, |user| may_look && user.active && world.permits_in(user, "ASSIGNABLE_USER", project))
}

fn list(request: &Request<'_>, world: &World, shown: impl Fn(&User) -> bool) -> Result<Answer, Refusal> {
    let page = request.page(50, 1000)?;
    let view = View::new(request, world);
    let found = world.users.iter().filter(|user| shown(user) && is_wanted(user, request));
    Ok(Answer::ok(page.of(found).into_iter().map(|user| view.user(user)).collect::<Value>()))
}

/// A prefix of the e-mail, of the name or of a word of the name, in either case. \[SPEC\]
fn is_wanted(user: &User, request: &Request<'_>) -> bool {
    if let Some(account) = request.query("accountId") {
        return user.account_id == account;
    }
    let query = request.query("query").unwrap_or_default().to_lowercase();
    let name = user.display_name.to_lowercase();
    user.email.starts_with(&query) || name.starts_with(&query) || name.split(' ').any(|word| word.starts_with(&query))
}
