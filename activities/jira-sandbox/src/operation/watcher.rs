//! Who watches an issue.

use serde_json::Value;

use super::visible_issue;
use crate::{
    answer::{AcceptedChange, Answer, Refusal},
    effect::{Change, WatcherAdded},
    refusal,
    request::ApiRequest,
    view::View,
    world::World,
};

/// `getIssueWatchers`: of others only their number, without the permission to see who they are. \[SPEC\]
pub(crate) fn list(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let issue = visible_issue(request, world)?;
    let view = View::new(request, world);
    let sees = |account: &String| {
        *account == request.caller.account_id || world.permits_on(request.caller, "VIEW_VOTERS_AND_WATCHERS", issue)
    };
    let shown = issue.watchers.iter().filter(|account| sees(account)).map(|account| view.account(Some(account)));
    let mut answer = view.watches(issue);
    answer["watchers"] = shown.collect::<Value>();
    Ok(Answer::ok(answer))
}

/// `addWatcher`: the account id is the whole body. Whoever watches already goes on to. \[unverified\]
pub(crate) fn add(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let account = request.body.and_then(Value::as_str).ok_or_else(|| refusal::body_invalid("a string is expected"))?;
    let issue = visible_issue(request, world)?;
    if account != request.caller.account_id && !world.permits_on(request.caller, "MANAGE_WATCHERS", issue) {
        return Err(refusal::watchers_not_permitted());
    }
    let user = world.user(account).filter(|user| user.active).ok_or_else(refusal::user_not_found)?;
    // Nobody watches what is hidden. \[unverified\]
    if !world.permits_on(user, "BROWSE_PROJECTS", issue) {
        return Err(refusal::watcher_cannot_see());
    }
    let added = WatcherAdded { issue: issue.id, account: account.to_owned() };
    Ok(AcceptedChange {
        change: Change::WatcherAdded(added),
        issue: Some(issue.key.clone()),
        answer: Answer::no_content(),
    })
}
