//! The fields that every Jira site has. \[SPEC\]

use super::{Field, Kind};

/// The fields of every site, in the order in which an issue shows them.
pub(crate) fn fields() -> Vec<Field> {
    vec![
        field("issuetype", "Issue Type", Kind::IssueType),
        field("project", "Project", Kind::Project),
        field("parent", "Parent", Kind::Parent),
        field("summary", "Summary", Kind::Summary),
        field("description", "Description", Kind::Document),
        field("environment", "Environment", Kind::Document),
        field("status", "Status", Kind::Computed("status", None)),
        field("priority", "Priority", Kind::Priority),
        guarded("security", "Security Level", Kind::Security, "SET_ISSUE_SECURITY"),
        guarded("assignee", "Assignee", Kind::User, "ASSIGN_ISSUES"),
        guarded("reporter", "Reporter", Kind::User, "MODIFY_REPORTER"),
        field("creator", "Creator", Kind::Computed("user", None)),
        field("labels", "Labels", Kind::Labels),
        field("components", "Components", Kind::Components),
        guarded("duedate", "Due date", Kind::Date, "SCHEDULE_ISSUES"),
        field("created", "Created", Kind::Computed("datetime", None)),
        field("updated", "Updated", Kind::Computed("datetime", None)),
        guarded("resolution", "Resolution", Kind::Resolution, "RESOLVE_ISSUES"),
        field("resolutiondate", "Resolved", Kind::Computed("datetime", None)),
        field("fixVersions", "Fix versions", Kind::Versions),
        field("versions", "Affects versions", Kind::Versions),
        field("issuelinks", "Linked Issues", Kind::Computed("array", Some("issuelinks"))),
        field("subtasks", "Sub-tasks", Kind::Computed("array", Some("issuelinks"))),
        field("watches", "Watchers", Kind::Computed("watches", None)),
        field("votes", "Votes", Kind::Computed("votes", None)),
        field("workratio", "Work Ratio", Kind::Computed("number", None)),
        hidden("attachment", "Attachment", Kind::Computed("array", Some("attachment"))),
        hidden("comment", "Comment", Kind::Comments),
        hidden("worklog", "Log Work", Kind::Computed("array", Some("worklog"))),
    ]
}

fn field(id: &str, name: &str, kind: Kind) -> Field {
    Field { id: id.to_owned(), name: name.to_owned(), kind, navigable: true, permission: None }
}

fn guarded(id: &str, name: &str, kind: Kind, permission: &'static str) -> Field {
    Field { permission: Some(permission), ..field(id, name, kind) }
}

fn hidden(id: &str, name: &str, kind: Kind) -> Field {
    Field { navigable: false, ..field(id, name, kind) }
}
