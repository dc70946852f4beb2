//! How Jira shows who watches an issue, and the work that was logged on it.

use serde_json::{Map, Value, json};

use super::View;
use crate::{
    clock::jira_time,
    duration,
    world::{Issue, Worklog},
};

/// An issue shows so many worklogs inside itself. \[SPEC\]
const INSIDE: usize = 20;

impl View<'_> {
    /// How many watch an issue, and whether the caller does, `Watchers`. \[SPEC\]
    pub(crate) fn watches(&self, issue: &Issue) -> Value {
        json!({
            "self": self.link(&format!("issue/{}/watchers", issue.key)),
            "watchCount": issue.watchers.len(),
            "isWatching": issue.watchers.contains(&self.caller.account_id),
        })
    }

    /// The first worklogs inside an issue, `PageOfWorklogs`. \[SPEC\]
    pub(super) fn worklogs(&self, issue: &Issue) -> Value {
        let found = self.world.visible_worklogs(self.caller, issue);
        let shown = found.iter().take(INSIDE).map(|worklog| self.worklog(issue.id, worklog, false)).collect::<Value>();
        json!({ "startAt": 0, "maxResults": INSIDE, "total": found.len(), "worklogs": shown })
    }

    /// Work that was logged, `Worklog`. \[SPEC\]
    pub(crate) fn worklog(&self, issue: u64, worklog: &Worklog, with_properties: bool) -> Value {
        let author = self.account(Some(&worklog.author));
        let property = |(key, value): (&String, &Value)| json!({ "key": key, "value": value });
        let shown = [
            ("self", Some(self.link(&format!("issue/{issue}/worklog/{}", worklog.id)).into())),
            ("author", Some(author.clone())),
            ("updateAuthor", Some(author)),
            ("comment", worklog.comment.clone()),
            ("visibility", worklog.visibility.clone()),
            ("created", Some(jira_time(worklog.created).into())),
            ("updated", Some(jira_time(worklog.created).into())),
            ("started", Some(jira_time(worklog.started).into())),
            ("timeSpent", Some(duration::text(worklog.seconds).into())),
            ("timeSpentSeconds", Some(worklog.seconds.into())),
            ("id", Some(worklog.id.to_string().into())),
            ("issueId", Some(issue.to_string().into())),
            ("properties", with_properties.then(|| worklog.properties.iter().map(property).collect())),
        ];
        shown.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Map<_, _>>().into()
    }
}
