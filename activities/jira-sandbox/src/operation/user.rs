//! Users: the caller, one by account id, and the searches that find an account id for an e-mail.

use serde_json::Value;

use crate::{
    answer::{Answer, Refusal},
    refusal,
    request::ApiRequest,
    view::View,
    world::{Project, User, World},
};

/// No search looks further than this. \[SPEC\]
const FARTHEST: usize = 1000;

/// `getCurrentUser`.
pub(crate) fn myself(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    Ok(Answer::ok(View::new(request, world).full_user(request.caller, &request.list("expand"))))
}

/// `getUser`, by account id; needs Browse users and groups for anybody else. \[SPEC\]
pub(crate) fn get(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let account = request.query("accountId").ok_or_else(refusal::user_not_found)?;
    if account != request.caller.account_id && !world.permits_globally(request.caller, "USER_PICKER") {
        return Err(refusal::users_not_permitted());
    }
    let user = world.user(account).ok_or_else(refusal::user_not_found)?;
    Ok(Answer::ok(View::new(request, world).full_user(user, &request.list("expand"))))
}

/// `findUsers`: active ones; without Browse users and groups an empty list, not an error. \[SPEC\]
pub(crate) fn search(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let wanted = UserFilter::read(request)?;
    let may_look = world.permits_globally(request.caller, "USER_PICKER");
    let found = world.users.iter().filter(|user| may_look && user.active && wanted.fits(user));
    let page = request.page(50, FARTHEST)?;
    Ok(list(page.of(found.take(FARTHEST)), request, world))
}

/// `findAssignableUsers`: in a project or for an issue; needs Browse users and groups or Assign Issues.
///
/// Without a query everybody is looked for, although \[SPEC\] wants one. \[unverified\]
/// The page is cut first, and those of it that cannot be assigned are left out then: it may be shorter than the next
/// one. \[SPEC\]
pub(crate) fn assignable(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let wanted =
        if UserFilter::is_given(request) { UserFilter::read(request)? } else { UserFilter::Prefix(String::new()) };
    let project = project(request, world)?;
    let may_look = world.permits_globally(request.caller, "USER_PICKER")
        || world.permits_in(request.caller, "ASSIGN_ISSUES", project);
    let candidates = world.users.iter().filter(|user| may_look && wanted.fits(user));
    let mut found = request.page(50, FARTHEST)?.of(candidates.take(FARTHEST));
    found.retain(|user| user.active && world.permits_in(user, "ASSIGNABLE_USER", project));
    Ok(list(found, request, world))
}

/// The project of the assignment, by itself or through an issue.
fn project<'w>(request: &ApiRequest<'_>, world: &'w World) -> Result<&'w Project, Refusal> {
    if let Some(issue) = request.query("issueKey").or_else(|| request.query("issueId")) {
        let issue = world.visible_issue(request.caller, issue).ok_or_else(refusal::issue_not_found)?;
        return world.project_of(issue).ok_or_else(refusal::issue_not_found);
    }
    let project = request
        .query("project")
        .ok_or_else(|| Refusal::message(400, "The query parameter 'project', 'issueKey' or 'issueId' is required."))?;
    world.visible_project(request.caller, project).ok_or_else(|| refusal::project_not_found(project))
}

fn list(users: Vec<&User>, request: &ApiRequest<'_>, world: &World) -> Answer {
    let view = View::new(request, world);
    Answer::ok(users.into_iter().map(|user| view.user(user)).collect::<Value>())
}

/// Who is looked for.
enum UserFilter<'a> {
    Account(&'a str),
    /// A prefix of the e-mail, of the name or of a word of the name, in either case. \[SPEC\]
    Prefix(String),
}

impl<'a> UserFilter<'a> {
    fn is_given(request: &ApiRequest<'_>) -> bool {
        request.query("query").is_some() || request.query("accountId").is_some()
    }

    /// One of the two ways, not both. \[SPEC\]
    fn read(request: &'a ApiRequest<'_>) -> Result<Self, Refusal> {
        match (request.query("query"), request.query("accountId")) {
            (Some(_), Some(_)) => {
                Err(Refusal::message(400, "Only one of the query parameters 'query' and 'accountId' can be given."))
            }
            (Some(query), None) => Ok(Self::Prefix(query.to_lowercase())),
            (None, Some(account)) => Ok(Self::Account(account)),
            (None, None) => Err(Refusal::message(400, "The query parameter 'query' or 'accountId' is required.")),
        }
    }

    /// A hidden e-mail address is matched all the same. \[unverified\]
    fn fits(&self, user: &User) -> bool {
        let starts = |text: &str, prefix: &str| text.to_lowercase().starts_with(prefix);
        match self {
            Self::Account(account) => user.account_id == *account,
            Self::Prefix(prefix) => {
                let words = user.display_name.split(' ');
                starts(&user.email, prefix)
                    || starts(&user.display_name, prefix)
                    || words.into_iter().any(|word| starts(word, prefix))
            }
        }
    }
}
