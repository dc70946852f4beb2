//! A link between two issues: how it is asked for, found among those that are there, and refused.

use std::fmt;

use flowrun_engine::activity::Failure;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    LINK, ToLink,
    way::{Side, Way},
};
use crate::{
    activity::{Prepared, text},
    client::{Call, ErrorKind, JiraError, Reader, endpoint, endpoint::Write},
    input::IssueKey,
    permission::{BROWSE_PROJECTS, LINK_ISSUES},
    scope::ScopeSets,
};

pub(super) static LINK_ISSUE: Write<0> = Write::new(
    "POST /rest/api/3/issueLink",
    ScopeSets::new(&["write:jira-work"], &["write:comment:jira", "write:issue-link:jira", "write:issue:jira"]),
    &[BROWSE_PROJECTS, LINK_ISSUES],
);

/// One of the two issues.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct End {
    pub(super) id: String,
    pub(super) key: String,
}

/// A link, as the journal keeps it: from `issue` to `to`, in the words of `issue`.
#[derive(Clone, Deserialize, Serialize)]
pub(in crate::activity) struct Linked {
    pub(super) issue: End,
    pub(super) to: End,
    pub(super) way: Way,
}

impl End {
    pub(super) fn read(issue: &Value, given: &IssueKey) -> Result<Self, Failure> {
        let subject = given.to_string();
        Ok(Self { id: text(issue, "id", &subject)?, key: text(issue, "key", &subject)? })
    }
}

impl fmt::Display for Linked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "issue {} {} {}", self.issue.key, self.way.words, self.to.key)
    }
}

impl Linked {
    /// The effect that makes the link. Jira calls the issue that says the outward words `inwardIssue`.
    pub(super) fn effect(&self) -> Prepared<ToLink> {
        let Self { issue, to, way } = self;
        let (first, second) = if way.side == Side::Outward { (issue, to) } else { (to, issue) };
        let body = json!({
            "type": { "id": way.link_type }, "inwardIssue": { "id": first.id }, "outwardIssue": { "id": second.id },
        });
        let call = Call::new(&LINK_ISSUE, [], format!("issue `{}`", issue.key)).body(body).writes_to(&issue.key);
        let words = format!("make a link: {self}");
        let effect = Prepared::new(LINK, format!("issue {}", issue.key), words, call, ToLink::Link(self.clone()));
        let effect = effect.seen_at(&issue.key, "the linked issues");
        effect.known(|effect| {
            effect
                .on(&issue.key)
                .with_baseline(json!({ "key": issue.key, "id": issue.id, "linked": self }))
                .changing("issuelinks", Value::Null, json!(format!("{} {}", way.words, to.key)))
                .giving(json!(self))
        })
    }

    /// The id of the link, if the issue that was read has it.
    pub(super) fn find(&self, issue: &Value) -> Option<String> {
        let links = issue["fields"]["issuelinks"].as_array().into_iter().flatten();
        let (end, other) = match self.way.side {
            Side::Outward => ("outwardIssue", "inwardIssue"),
            Side::Inward => ("inwardIssue", "outwardIssue"),
        };
        let leads_there = |link: &Value, end: &str| link[end]["id"] == self.to.id.as_str();
        let is_it = |link: &&Value| {
            link["type"]["id"] == self.way.link_type.as_str()
                && (leads_there(link, end) || (self.way.mutual && leads_there(link, other)))
        };
        links.into_iter().find(is_it).and_then(|link| link["id"].as_str()).map(str::to_owned)
    }

    /// The id of the link, if it is there now.
    pub(super) async fn look(&self, reader: &Reader) -> Result<Option<String>, JiraError> {
        let call = Call::new(&endpoint::GET_ISSUE, [&*self.issue.id], format!("issue `{}`", self.issue.key));
        Ok(self.find(&reader.send(&call.query("fields", "issuelinks")).await?))
    }

    /// Both issues and the type were read just before, so what Jira does not find is the permission.
    pub(super) fn refusal(&self, error: JiraError) -> Failure {
        if !matches!(error.kind, ErrorKind::NotFound | ErrorKind::Refused) {
            return error.into();
        }
        let words = error.words.clone();
        error.retold(&format!("Jira does not link issue `{}` to `{}`", self.issue.key, self.to.key), words).with_help(format!(
            "it needs `{LINK_ISSUES}` in the project of the issue on the outward side, and both issues need room for one more link"
        ))
    }
}
