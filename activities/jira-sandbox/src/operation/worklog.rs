//! Work that was logged on an issue. Estimates are not kept, so what adjusts them is only read. \[SPEC\] for the forms.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    body::{only, text},
    comment::visibility,
    properties, visible_issue,
};
use crate::{
    answer::{AcceptedChange, Answer, Refusal},
    document, duration,
    effect::{Change, WorklogAdded},
    refusal,
    request::ApiRequest,
    view::View,
    world::{Issue, Worklog, World},
};

/// What else the body may have, and nothing looks at. \[SPEC\]
const IGNORED: [&str; 7] = ["author", "created", "id", "issueId", "self", "updateAuthor", "updated"];

/// `getIssueWorklog`, oldest first.
pub(crate) fn list(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let issue = visible_issue(request, world)?;
    let (after, before) = (moment(request, "startedAfter")?, moment(request, "startedBefore")?);
    let is_within = |worklog: &&Worklog| {
        let started = worklog.started.as_millisecond();
        after.is_none_or(|after| started >= after) && before.is_none_or(|before| started < before)
    };
    let view = View::new(request, world);
    let found: Vec<_> = world.visible_worklogs(request.caller, issue).into_iter().filter(is_within).collect();
    let page = request.page(5000, 5000)?;
    let with_properties = request.list("expand").contains(&"properties");
    let shown = page.of(&found).into_iter().map(|worklog| view.worklog(issue.id, worklog, with_properties));
    Ok(Answer::ok(json!({
        "startAt": page.start,
        "maxResults": page.length,
        "total": found.len(),
        "worklogs": shown.collect::<Value>(),
    })))
}

/// A time in a query, in milliseconds.
fn moment(request: &ApiRequest<'_>, name: &str) -> Result<Option<i64>, Refusal> {
    request.query(name).map(|text| text.parse().map_err(|_| refusal::query_invalid(name))).transpose()
}

/// `addWorklog`.
pub(crate) fn add(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let body = request.object()?;
    let known = ["comment", "properties", "started", "timeSpent", "timeSpentSeconds", "visibility"];
    only(body, &[&known[..], &IGNORED[..]].concat())?;
    let issue = visible_issue(request, world)?;
    if !world.permits_on(request.caller, "WORK_ON_ISSUES", issue) {
        return Err(refusal::work_not_permitted());
    }
    check_estimate(request)?;
    let most = world.switches.most_worklogs;
    if issue.worklogs.len() >= most {
        return Err(refusal::too_many_worklogs(most));
    }
    let added = read(body, issue, (request, world))?;
    let worklog = Worklog::new(request.caller.account_id.clone(), request.now, &added);
    let with_properties = request.list("expand").contains(&"properties");
    let answer = Answer::created(View::new(request, world).worklog(issue.id, &worklog, with_properties));
    Ok(AcceptedChange { change: Change::WorklogAdded(added), issue: Some(issue.key.clone()), answer })
}

fn read(
    body: &Map<String, Value>,
    issue: &Issue,
    (request, world): (&ApiRequest<'_>, &World),
) -> Result<WorklogAdded, Refusal> {
    let comment = body.get("comment").filter(|comment| !comment.is_null());
    if comment.is_some_and(|comment| !document::is_document(comment, &world.switches)) {
        return Err(refusal::comment_invalid());
    }
    if comment.is_some_and(|comment| document::is_too_long(comment, &world.switches)) {
        return Err(Refusal::field(400, "comment", document::TOO_LONG));
    }
    // \[SPEC\] wants it, and many clients leave it out: the work then began just now.
    let started = match text(body, "started")? {
        None => request.now,
        Some(text) => Timestamp::strptime("%Y-%m-%dT%H:%M:%S.%3f%z", text).map_err(|_| refusal::started_invalid())?,
    };
    Ok(WorklogAdded {
        id: world.next_worklog,
        issue: issue.id,
        started,
        seconds: seconds(body)?,
        comment: comment.cloned(),
        visibility: visibility(body.get("visibility"), issue, (request, world))?,
        properties: properties(body.get("properties"))?,
    })
}

/// The time spent, in one of two forms.
fn seconds(body: &Map<String, Value>) -> Result<u64, Refusal> {
    let given = (text(body, "timeSpent")?, body.get("timeSpentSeconds").filter(|seconds| !seconds.is_null()));
    let seconds = match given {
        (Some(_), Some(_)) => return Err(refusal::body_invalid("timeSpent and timeSpentSeconds exclude each other")),
        (None, None) => None,
        (None, Some(seconds)) => Some(seconds.as_u64().ok_or_else(refusal::body_unreadable)?),
        (Some(text), None) => Some(duration::seconds(text).ok_or_else(refusal::time_spent_invalid)?),
    };
    seconds.filter(|seconds| *seconds > 0).ok_or_else(refusal::time_spent_missing)
}

/// Each way to adjust the estimate needs what it says. \[SPEC\]
fn check_estimate(request: &ApiRequest<'_>) -> Result<(), Refusal> {
    let needed = match request.query("adjustEstimate") {
        None | Some("auto" | "leave") => return Ok(()),
        Some("new") => "newEstimate",
        Some("manual") => "reduceBy",
        Some(_) => return Err(refusal::query_invalid("adjustEstimate")),
    };
    let given = request.query(needed).and_then(duration::seconds);
    given.map(|_| ()).ok_or_else(|| refusal::query_invalid(needed))
}
