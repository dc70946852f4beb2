//! The history of issues: what a change of fields and status reads like.

use serde_json::Value;

use super::{HistoryItem, Issue, Project, World};
use crate::{
    effect::IssueEdited,
    field::{Field, FieldKind, FieldOption},
};

impl World {
    /// What an edit changes, field by field; what stays as it was is left out.
    pub(super) fn history_of(&self, edited: &IssueEdited) -> Vec<HistoryItem> {
        let Some(issue) = self.issues.get(&edited.issue) else { return Vec::new() };
        let mut items = Vec::new();
        if let Some(status) = edited.status.as_ref().filter(|status| **status != issue.status) {
            let name = |id: &str| self.status(id).map(|status| status.name.clone());
            items.push(HistoryItem {
                field: "status".to_owned(),
                field_id: "status".to_owned(),
                field_type: "jira",
                from: Some(issue.status.clone()),
                from_string: name(&issue.status),
                to: Some(status.clone()),
                to_string: name(status),
            });
        }
        let changed =
            edited.fields.iter().filter(|(id, value)| issue.fields.get(*id).unwrap_or(&Value::Null) != *value);
        items.extend(changed.filter_map(|(id, value)| self.history_item(issue, self.field(id)?, value)));
        items
    }

    fn history_item(&self, issue: &Issue, field: &Field, value: &Value) -> Option<HistoryItem> {
        let project = self.project_of(issue)?;
        let before = issue.fields.get(&field.id).unwrap_or(&Value::Null);
        let ((from, from_string), (to, to_string)) =
            (self.told(field, before, project), self.told(field, value, project));
        Some(HistoryItem {
            // The history calls system fields by their ids, and the fix versions by one of its own. \[unverified\]
            field: match field.id.as_str() {
                "fixVersions" => "Fix Version".to_owned(),
                "versions" => "Version".to_owned(),
                "components" => "Component".to_owned(),
                id if field.is_custom() => self.field(id).map_or(id, |field| &field.name).to_owned(),
                id => id.to_owned(),
            },
            field_id: field.id.clone(),
            field_type: if field.is_custom() { "custom" } else { "jira" },
            from,
            from_string,
            to,
            to_string,
        })
    }

    /// A stored value as the history has it: its ids, where it has some, and its text.
    fn told(&self, field: &Field, stored: &Value, project: &Project) -> (Option<String>, Option<String>) {
        if stored.is_null() {
            return (None, None);
        }
        let ids: Vec<&str> = match stored {
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            other => other.as_str().into_iter().collect(),
        };
        let names = |name: &dyn Fn(&str) -> Option<String>| {
            let names: Vec<_> = ids.iter().map(|id| name(id).unwrap_or_else(|| (*id).to_owned())).collect();
            (Some(ids.join(", ")), Some(names.join(", ")))
        };
        match &field.kind {
            FieldKind::User | FieldKind::Users => names(&|id| self.user(id).map(|user| user.display_name.clone())),
            FieldKind::Priority => names(&|id| self.priority(id).map(|priority| priority.name.clone())),
            FieldKind::Resolution => names(&|id| self.resolution(id).map(|resolution| resolution.name.clone())),
            FieldKind::Components => names(&|id| {
                project.components.iter().find(|component| component.id == id).map(|found| found.name.clone())
            }),
            FieldKind::Version | FieldKind::Versions => {
                names(&|id| project.versions.iter().find(|version| version.id == id).map(|found| found.name.clone()))
            }
            FieldKind::Security => {
                names(&|id| project.security_levels.iter().find(|level| level.id == id).map(|found| found.name.clone()))
            }
            FieldKind::Select(options) | FieldKind::MultiSelect(options) | FieldKind::Cascading(options) => {
                names(&|id| option_name(options, id))
            }
            FieldKind::Sprint(sprints) => {
                names(&|id| sprints.iter().find(|sprint| sprint.id.to_string() == id).map(|found| found.name.clone()))
            }
            FieldKind::Parent => {
                let parent = stored.as_u64().and_then(|id| self.issues.get(&id));
                (stored.as_u64().map(|id| id.to_string()), parent.map(|parent| parent.key.clone()))
            }
            FieldKind::Labels => (None, Some(ids.join(" "))),
            FieldKind::Document => (None, Some(crate::document::text(stored))),
            _ => (None, Some(stored.as_str().map_or_else(|| stored.to_string(), str::to_owned))),
        }
    }
}

fn option_name(options: &[FieldOption], id: &str) -> Option<String> {
    let all = options.iter().flat_map(|option| std::iter::once(option).chain(&option.children));
    all.into_iter().find(|option| option.id == id).map(|option| option.value.clone())
}
