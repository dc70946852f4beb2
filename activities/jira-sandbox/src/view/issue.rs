//! How Jira shows an issue: each field in the form of its kind.

use serde_json::{Map, Value, json};

use super::View;
use crate::{
    clock::jira_time,
    field::{Field, Kind},
    world::{Issue, PRIORITIES, STATUSES, Status},
};

impl View<'_> {
    /// An issue with the fields asked for, `IssueBean`. \[SPEC\]
    pub(crate) fn issue(&self, issue: &Issue, fields: &[&Field]) -> Value {
        let shown = fields.iter().filter(|field| !self.is_absent(issue, field));
        json!({
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": issue.id.to_string(),
            "self": self.link(&format!("issue/{}", issue.id)),
            "key": issue.key,
            "fields": shown.map(|field| (field.id.to_owned(), self.field(issue, field))).collect::<Map<_, _>>(),
        })
    }

    /// One field of an issue.
    pub(crate) fn field(&self, issue: &Issue, field: &Field) -> Value {
        let stored = issue.fields.get(field.id).unwrap_or(&Value::Null);
        match field.kind {
            Kind::Project => self.world.project_of(issue).map_or(Value::Null, |project| self.project(project)),
            Kind::IssueType => self.type_of(issue),
            Kind::Parent => stored
                .as_u64()
                .and_then(|id| self.world.issues.get(&id))
                .map_or(Value::Null, |parent| self.mention(parent)),
            Kind::User => self.account(stored.as_str()),
            Kind::Priority => PRIORITIES
                .iter()
                .find(|priority| priority.id == *stored)
                .map_or(Value::Null, |priority| self.priority(priority)),
            Kind::Labels => stored.as_array().map_or_else(|| json!([]), |labels| json!(labels)),
            Kind::Components => self.components(issue, stored),
            Kind::Select(options) => self.chosen(stored, options),
            Kind::Computed(..) => self.computed(issue, field.id),
            Kind::Summary | Kind::Document | Kind::Date | Kind::Text | Kind::Number => stored.clone(),
        }
    }

    /// An issue as another one mentions it, `LinkedIssue`. \[SPEC\]
    pub(crate) fn mention(&self, issue: &Issue) -> Value {
        let field = |id: &str| crate::field::find(id).map_or(Value::Null, |field| self.field(issue, field));
        json!({
            "id": issue.id.to_string(),
            "key": issue.key,
            "self": self.link(&format!("issue/{}", issue.id)),
            "fields": {
                "summary": field("summary"),
                "status": field("status"),
                "priority": field("priority"),
                "issuetype": field("issuetype"),
            },
        })
    }

    /// A page of comments inside an issue.
    fn comments(&self, issue: &Issue) -> Value {
        let comments: Vec<_> = self.world.visible_comments(self.caller, issue);
        json!({
            "comments": comments.iter().map(|comment| self.comment(issue.id, comment)).collect::<Vec<_>>(),
            "self": self.link(&format!("issue/{}/comment", issue.id)),
            "maxResults": comments.len(),
            "total": comments.len(),
            "startAt": 0,
        })
    }

    fn computed(&self, issue: &Issue, id: &str) -> Value {
        match id {
            "status" => self.status(status_of(issue)),
            "creator" => self.account(Some(&issue.creator)),
            "created" => jira_time(issue.created).into(),
            "updated" => jira_time(issue.updated).into(),
            "comment" => self.comments(issue),
            "worklog" => json!({ "startAt": 0, "maxResults": 20, "total": 0, "worklogs": [] }),
            "subtasks" => self.world.subtasks(issue).into_iter().map(|subtask| self.mention(subtask)).collect(),
            "fixVersions" | "versions" | "issuelinks" | "attachment" => json!([]),
            "workratio" => json!(-1),
            "watches" => {
                json!({ "self": self.link(&format!("issue/{}/watchers", issue.key)), "watchCount": 0, "isWatching": false })
            }
            "votes" => {
                json!({ "self": self.link(&format!("issue/{}/votes", issue.key)), "votes": 0, "hasVoted": false })
            }
            _ => Value::Null,
        }
    }

    fn type_of(&self, issue: &Issue) -> Value {
        let project = self.world.project_of(issue);
        let issue_type = project.and_then(|project| project.issue_type(&issue.issue_type));
        issue_type.map_or(Value::Null, |issue_type| self.issue_type(issue_type))
    }

    fn components(&self, issue: &Issue, stored: &Value) -> Value {
        let Some(project) = self.world.project_of(issue) else { return json!([]) };
        let chosen = |id: &str| stored.as_array().is_some_and(|ids| ids.iter().any(|stored| stored == id));
        project
            .components
            .iter()
            .filter(|component| chosen(component.id))
            .map(|component| self.component(component))
            .collect()
    }

    fn chosen(&self, stored: &Value, options: &[(&str, &str)]) -> Value {
        let option = options.iter().find(|(id, _)| id == stored);
        option.map_or(Value::Null, |(id, value)| self.option(id, value))
    }

    /// One of a select field's options.
    pub(crate) fn option(&self, id: &str, value: &str) -> Value {
        json!({ "self": self.link(&format!("customFieldOption/{id}")), "value": value, "id": id })
    }

    /// Jira leaves the parent out where there is none, and shows a custom field where its issue type has it.
    fn is_absent(&self, issue: &Issue, field: &Field) -> bool {
        let project = self.world.project_of(issue);
        let issue_type = project.and_then(|project| project.issue_type(&issue.issue_type));
        (field.id == "parent" && !issue.fields.contains_key("parent"))
            || (field.is_custom() && !issue_type.is_some_and(|issue_type| issue_type.shows(field.id)))
    }
}

fn status_of(issue: &Issue) -> &'static Status {
    STATUSES.iter().find(|status| status.id == issue.status).unwrap_or(&STATUSES[0])
}
