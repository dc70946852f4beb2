//! The fields that every Jira site has. \[SPEC\]

use super::{Field, FieldKind};

/// The fields of every site, in the order in which an issue shows them.
pub(crate) fn fields() -> Vec<Field> {
    vec![
        field("issuetype", "Issue Type", FieldKind::IssueType),
        field("project", "Project", FieldKind::Project),
        field("parent", "Parent", FieldKind::Parent),
        field("summary", "Summary", FieldKind::Summary),
        field("description", "Description", FieldKind::Document),
        field("environment", "Environment", FieldKind::Document),
        field("status", "Status", FieldKind::Computed("status", None)),
        field("priority", "Priority", FieldKind::Priority),
        guarded("security", "Security Level", FieldKind::Security, "SET_ISSUE_SECURITY"),
        guarded("assignee", "Assignee", FieldKind::User, "ASSIGN_ISSUES"),
        guarded("reporter", "Reporter", FieldKind::User, "MODIFY_REPORTER"),
        field("creator", "Creator", FieldKind::Computed("user", None)),
        field("labels", "Labels", FieldKind::Labels),
        field("components", "Components", FieldKind::Components),
        guarded("duedate", "Due date", FieldKind::Date, "SCHEDULE_ISSUES"),
        field("created", "Created", FieldKind::Computed("datetime", None)),
        field("updated", "Updated", FieldKind::Computed("datetime", None)),
        guarded("resolution", "Resolution", FieldKind::Resolution, "RESOLVE_ISSUES"),
        field("resolutiondate", "Resolved", FieldKind::Computed("datetime", None)),
        field("fixVersions", "Fix versions", FieldKind::Versions),
        field("versions", "Affects versions", FieldKind::Versions),
        field("issuelinks", "Linked Issues", FieldKind::Computed("array", Some("issuelinks"))),
        field("subtasks", "Sub-tasks", FieldKind::Computed("array", Some("issuelinks"))),
        field("watches", "Watchers", FieldKind::Computed("watches", None)),
        field("votes", "Votes", FieldKind::Computed("votes", None)),
        field("workratio", "Work Ratio", FieldKind::Computed("number", None)),
        hidden("attachment", "Attachment", FieldKind::Computed("array", Some("attachment"))),
        hidden("comment", "Comment", FieldKind::Comments),
        hidden("worklog", "Log Work", FieldKind::Computed("array", Some("worklog"))),
    ]
}

fn field(id: &str, name: &str, kind: FieldKind) -> Field {
    Field { id: id.to_owned(), name: name.to_owned(), kind, navigable: true, permission: None }
}

fn guarded(id: &str, name: &str, kind: FieldKind, permission: &'static str) -> Field {
    Field { permission: Some(permission), ..field(id, name, kind) }
}

fn hidden(id: &str, name: &str, kind: FieldKind) -> Field {
    Field { navigable: false, ..field(id, name, kind) }
}
