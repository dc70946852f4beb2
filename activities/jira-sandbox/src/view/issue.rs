//! How Jira shows an issue: each field in the form of its kind.

use serde_json::{Map, Value, json};

use super::{View, object};
use crate::{
    clock::jira_time,
    field::{Field, FieldKind, FieldOption, Sprint},
    world::{Issue, Project},
};

impl View<'_> {
    /// An issue with the fields asked for, `IssueBean`. \[SPEC\]
    pub(crate) fn issue(&self, issue: &Issue, fields: &[&Field]) -> Value {
        let shown = fields.iter().filter(|field| !self.is_absent(issue, field));
        object!({
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": issue.id.to_string(),
            "self": self.link(&format!("issue/{}", issue.id)),
            "key": issue.key.as_str(),
            "fields": shown.map(|field| (field.id.clone(), self.field(issue, field))).collect::<Map<_, _>>(),
        })
    }

    /// One field of an issue.
    pub(crate) fn field(&self, issue: &Issue, field: &Field) -> Value {
        let stored = issue.fields.get(&field.id).unwrap_or(&Value::Null);
        let Some(project) = self.world.project_of(issue) else { return Value::Null };
        match &field.kind {
            FieldKind::Project => self.project(project),
            FieldKind::IssueType => {
                project.issue_type(&issue.issue_type).map_or(Value::Null, |kind| self.issue_type(kind))
            }
            FieldKind::Parent => {
                let parent = stored.as_u64().and_then(|id| self.world.issues.get(&id));
                parent.map_or(Value::Null, |parent| self.mention(parent))
            }
            FieldKind::Labels => stored.as_array().map_or_else(|| json!([]), |labels| json!(labels)),
            FieldKind::Components | FieldKind::Versions | FieldKind::Users | FieldKind::MultiSelect(_) => {
                self.several(field, stored, project)
            }
            FieldKind::User
            | FieldKind::Priority
            | FieldKind::Resolution
            | FieldKind::Security
            | FieldKind::Version
            | FieldKind::Select(_) => stored.as_str().map_or(Value::Null, |id| self.one(field, id, project)),
            FieldKind::Cascading(options) => self.cascading(stored, options),
            FieldKind::Sprint(sprints) => self.sprints(stored, sprints),
            FieldKind::Comments => self.comments(issue),
            FieldKind::Computed(..) => self.computed(issue, &field.id),
            FieldKind::Summary
            | FieldKind::Document
            | FieldKind::Date
            | FieldKind::DateTime
            | FieldKind::Text
            | FieldKind::Url
            | FieldKind::Number => stored.clone(),
        }
    }

    /// A list field; a custom one that is empty is null. \[unverified\]
    fn several(&self, field: &Field, stored: &Value, project: &Project) -> Value {
        match stored.as_array() {
            None if field.is_custom() => Value::Null,
            None => json!([]),
            Some(ids) => ids.iter().filter_map(Value::as_str).map(|id| self.one(field, id, project)).collect(),
        }
    }

    /// The thing that an id in a field means; null where it is gone.
    fn one(&self, field: &Field, id: &str, project: &Project) -> Value {
        let shown = match &field.kind {
            FieldKind::User | FieldKind::Users => self.world.user(id).map(|user| self.user(user)),
            FieldKind::Priority => self.world.priority(id).map(|priority| self.priority(priority)),
            FieldKind::Resolution => self.world.resolution(id).map(|resolution| self.resolution(resolution)),
            FieldKind::Security => {
                let level = project.security_levels.iter().find(|level| level.id == id);
                level.map(|level| self.security_level(level))
            }
            FieldKind::Components => {
                let component = project.components.iter().find(|component| component.id == id);
                component.map(|component| self.component(component))
            }
            FieldKind::Version | FieldKind::Versions => {
                let version = project.versions.iter().find(|version| version.id == id);
                version.map(|version| self.version(version, project))
            }
            FieldKind::Select(options) | FieldKind::MultiSelect(options) => {
                options.iter().find(|option| option.id == id).map(|option| self.option(option))
            }
            _ => None,
        };
        shown.unwrap_or(Value::Null)
    }

    /// An option, with the one below it in `child`.
    fn cascading(&self, stored: &Value, options: &[FieldOption]) -> Value {
        let id = |place: usize| stored.get(place).and_then(Value::as_str);
        let find = |options: &[FieldOption], id: Option<&str>| {
            options.iter().find(|option| Some(option.id.as_str()) == id).cloned()
        };
        let Some(parent) = find(options, id(0)) else { return Value::Null };
        let mut shown = self.option(&parent);
        if let Some(child) = find(&parent.children, id(1)) {
            shown["child"] = self.option(&child);
        }
        shown
    }

    /// The sprints of an issue, each an object, though one is set by its id alone; null for none. \[CONN\]
    fn sprints(&self, stored: &Value, sprints: &[Sprint]) -> Value {
        let Some(ids) = stored.as_array() else { return Value::Null };
        let shown =
            |sprint: &Sprint| json!({ "id": sprint.id, "name": sprint.name, "state": sprint.state, "boardId": 1 });
        sprints.iter().filter(|sprint| ids.contains(&sprint.id.to_string().into())).map(shown).collect()
    }

    /// An issue as another one mentions it, `LinkedIssue`. \[SPEC\]
    pub(crate) fn mention(&self, issue: &Issue) -> Value {
        let field = |id: &str| self.world.field(id).map_or(Value::Null, |field| self.field(issue, field));
        object!({
            "id": issue.id.to_string(),
            "key": issue.key.as_str(),
            "self": self.link(&format!("issue/{}", issue.id)),
            "fields": object!({
                "summary": field("summary"),
                "status": field("status"),
                "priority": field("priority"),
                "issuetype": field("issuetype"),
            }),
        })
    }

    /// A page of comments inside an issue.
    fn comments(&self, issue: &Issue) -> Value {
        let comments: Vec<_> = self.world.visible_comments(self.caller, issue);
        object!({
            "comments": comments.iter().map(|comment| self.comment(issue.id, comment)).collect::<Vec<_>>(),
            "self": self.link(&format!("issue/{}/comment", issue.id)),
            "maxResults": comments.len(),
            "total": comments.len(),
            "startAt": 0,
        })
    }

    fn computed(&self, issue: &Issue, id: &str) -> Value {
        match id {
            "status" => self.world.status(&issue.status).map_or(Value::Null, |status| self.status(status)),
            "creator" => self.account(Some(&issue.creator)),
            "created" => jira_time(issue.created).into(),
            "updated" => jira_time(issue.updated).into(),
            "resolutiondate" => issue.resolved.map_or(Value::Null, |time| jira_time(time).into()),
            "worklog" => self.worklogs(issue),
            "subtasks" => self.world.subtasks(issue).into_iter().map(|subtask| self.mention(subtask)).collect(),
            "attachment" => self.attachments(issue),
            "issuelinks" => self.links(issue),
            "workratio" => json!(-1),
            "watches" => self.watches(issue),
            "votes" => {
                json!({ "self": self.link(&format!("issue/{}/votes", issue.key)), "votes": 0, "hasVoted": false })
            }
            _ => Value::Null,
        }
    }

    /// One of a select field's options.
    pub(crate) fn option(&self, option: &FieldOption) -> Value {
        let link = self.link(&format!("customFieldOption/{}", option.id));
        json!({ "self": link, "value": option.value, "id": option.id })
    }

    /// Jira leaves the parent out where there is none, and shows a custom field where its issue type has it.
    fn is_absent(&self, issue: &Issue, field: &Field) -> bool {
        let shows = |id: &str| self.world.type_of(issue).is_some_and(|kind| kind.creates(id) || kind.edits(id));
        match field.id.as_str() {
            "parent" | "security" => !issue.fields.contains_key(&field.id),
            id => field.is_custom() && !shows(id),
        }
    }
}
