//! The assignee of an issue, set without the permission to edit it.

use serde_json::{Map, Value, json};

use crate::{
    answer::{AcceptedChange, Answer, Refusal},
    effect::{Change, IssueEdited},
    field_value::{FieldContext, read},
    operation::{body::only, visible_issue},
    refusal,
    request::ApiRequest,
    world::World,
};

/// The ways in which a body can name a user; people are named by account id alone. \[SPEC\]
const NAMES: [&str; 3] = ["accountId", "name", "key"];

/// What else the body may have, and nothing looks at. \[SPEC\]
const IGNORED: [&str; 13] = [
    "accountType",
    "active",
    "appType",
    "applicationRoles",
    "avatarUrls",
    "displayName",
    "emailAddress",
    "expand",
    "groups",
    "guest",
    "locale",
    "self",
    "timeZone",
];

/// `assignIssue`: an account id, null for nobody, `-1` for the project's default. \[SPEC\]
pub(crate) fn assign(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let body = request.object()?;
    only(body, &[&NAMES[..], &IGNORED[..]].concat())?;
    let issue = visible_issue(request, world)?;
    if !world.permits_on(request.caller, "ASSIGN_ISSUES", issue) {
        return Err(refusal::assign_not_permitted());
    }
    let (Some(project), Some(field)) = (world.project_of(issue), world.field("assignee")) else {
        return Err(refusal::issue_not_found());
    };
    let assignee = match account(body)? {
        None => Value::Null,
        Some(account) => read(field, &json!({ "accountId": account }), FieldContext { world, project })
            .map_err(|message| Refusal::field(400, "assignee", message))?,
    };
    let edited = IssueEdited {
        issue: issue.id,
        fields: Map::from_iter([("assignee".to_owned(), assignee)]),
        ..IssueEdited::default()
    };
    Ok(AcceptedChange {
        change: Change::IssueEdited(edited),
        issue: Some(issue.key.clone()),
        answer: Answer::no_content(),
    })
}

/// The account that is asked for; `None` for nobody.
fn account(body: &Map<String, Value>) -> Result<Option<&str>, Refusal> {
    let given: Vec<_> = NAMES.iter().filter_map(|name| Some((*name, body.get(*name)?))).collect();
    match given.as_slice() {
        [] => Err(refusal::assignee_missing()),
        [(_, Value::Null)] => Ok(None),
        [("accountId", Value::String(account))] => Ok(Some(account)),
        [("accountId", _)] => Err(refusal::body_unreadable()),
        _ => Err(refusal::assignee_not_by_account()),
    }
}
