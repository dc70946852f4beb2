//! Searches by JQL, over an index that lags behind the issues.

mod cursor;
mod request;

use serde_json::json;

use crate::{
    answer::{Answer, Refusal},
    jql::{CheckedQuery, JqlError, QueryContext, SortKey},
    operation::body::{only, text},
    refusal,
    request::ApiRequest,
    view::{View, object},
    world::{Issue, World},
};
use cursor::Cursor;
use request::SearchRequest;

/// Where fields are shown, a page has at most so many issues, whatever was asked for. \[SPEC\] says that there may be
/// fewer; the number is \[unverified\].
const LONGEST_PAGE_WITH_FIELDS: usize = 100;

/// `searchAndReconsileIssuesUsingJql`, both forms: pages follow one another by token, and nothing says how many. \[SPEC\]
pub(crate) fn issues(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let asked = SearchRequest::read(request, world)?;
    let cursor = asked.token.map(|token| Cursor::read(token, asked.jql, request.now)).transpose()?;
    let length = asked.length()?;
    let search = search(asked.jql, request, world)?;
    let mut found = found(&search, &asked.reconciled, request, world);
    found.sort_by(|(left, _), (right, _)| search.compare(left, right));
    if let Some(cursor) = &cursor {
        found.retain(|(rank, _)| search.compare(rank, &cursor.after).is_gt());
    }
    let length = if asked.shows_fields() { length.min(LONGEST_PAGE_WITH_FIELDS) } else { length };
    let page = &found[..length.min(found.len())];
    let is_last = page.len() == found.len();
    let view = View::new(request, world);
    let mut answer = object!({
        "issues": page.iter().map(|(_, issue)| asked.show(view, issue)).collect::<Vec<_>>(),
        "isLast": is_last,
    });
    if let Some((rank, _)) = page.last().filter(|_| !is_last) {
        answer["nextPageToken"] = Cursor::token(rank.clone(), asked.jql, request.now).into();
    }
    asked.describe_fields(&mut answer);
    Ok(Answer::ok(answer))
}

/// `countIssues`: how many a query finds, about. \[SPEC\]
pub(crate) fn count(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let body = request.object()?;
    only(body, &["jql"])?;
    let search = search(text(body, "jql")?.unwrap_or_default(), request, world)?;
    Ok(Answer::ok(json!({ "count": found(&search, &[], request, world).len() })))
}

fn search<'a>(jql: &str, request: &'a ApiRequest<'_>, world: &'a World) -> Result<CheckedQuery<'a>, Refusal> {
    let context = QueryContext { world, caller: request.caller, now: request.now };
    CheckedQuery::new(jql, context).map_err(|error| match error {
        JqlError::Unbounded => refusal::query_unbounded(),
        JqlError::Refused(messages) => Refusal::messages(400, messages),
        JqlError::NotServed(what) => refusal::not_served(&what),
    })
}

/// What a query finds among the issues that the caller may browse, as the index has them. The issues of archived projects
/// are not in it. \[unverified\]
fn found<'w>(
    search: &CheckedQuery<'_>,
    reconciled: &[u64],
    request: &ApiRequest<'_>,
    world: &'w World,
) -> Vec<(SortKey, &'w Issue)> {
    let issues = world.indexed(request.now, request.search_lag, reconciled).into_iter();
    let live = issues.filter(|issue| world.project_of(issue).is_some_and(|project| !project.archived));
    let visible = live.filter(|issue| world.permits_on(request.caller, "BROWSE_PROJECTS", issue));
    visible.filter(|issue| search.finds(issue)).map(|issue| (search.rank(issue), issue)).collect()
}
