//! Jira's permissions: their keys, and what administrators see them called.

pub(crate) const ADD_COMMENTS: &str = "ADD_COMMENTS";
pub(crate) const ADMINISTER: &str = "ADMINISTER";
pub(crate) const ASSIGN_ISSUES: &str = "ASSIGN_ISSUES";
pub(crate) const ASSIGNABLE_USER: &str = "ASSIGNABLE_USER";
pub(crate) const BROWSE_PROJECTS: &str = "BROWSE_PROJECTS";
pub(crate) const CREATE_ATTACHMENTS: &str = "CREATE_ATTACHMENTS";
pub(crate) const CREATE_ISSUES: &str = "CREATE_ISSUES";
pub(crate) const DELETE_ISSUES: &str = "DELETE_ISSUES";
pub(crate) const EDIT_ISSUES: &str = "EDIT_ISSUES";
pub(crate) const LINK_ISSUES: &str = "LINK_ISSUES";
pub(crate) const MODIFY_REPORTER: &str = "MODIFY_REPORTER";
pub(crate) const RESOLVE_ISSUES: &str = "RESOLVE_ISSUES";
pub(crate) const SCHEDULE_ISSUES: &str = "SCHEDULE_ISSUES";
pub(crate) const SET_ISSUE_SECURITY: &str = "SET_ISSUE_SECURITY";
pub(crate) const TRANSITION_ISSUES: &str = "TRANSITION_ISSUES";

/// The name of a permission on Jira's screens, and what it lets a user do.
pub(crate) struct Words {
    /// "Create issues"
    pub(crate) name: &'static str,
    /// "set the reporter of": fits after "may not", and before an issue or issues.
    pub(crate) verb: &'static str,
}

/// The words for a permission; `None` for one that no activity needs.
pub(crate) fn words(key: &str) -> Option<Words> {
    let (name, verb) = match key {
        ADD_COMMENTS => ("Add comments", "comment on"),
        ADMINISTER => ("Administer Jira", "administer"),
        ASSIGN_ISSUES => ("Assign issues", "assign"),
        BROWSE_PROJECTS => ("Browse projects", "see"),
        CREATE_ATTACHMENTS => ("Create attachments", "attach files to"),
        CREATE_ISSUES => ("Create issues", "create"),
        DELETE_ISSUES => ("Delete issues", "delete"),
        EDIT_ISSUES => ("Edit issues", "edit"),
        LINK_ISSUES => ("Link issues", "link"),
        MODIFY_REPORTER => ("Modify reporter", "set the reporter of"),
        RESOLVE_ISSUES => ("Resolve issues", "set the resolution of"),
        SCHEDULE_ISSUES => ("Schedule issues", "set the due date of"),
        SET_ISSUE_SECURITY => ("Set issue security", "set the security level of"),
        TRANSITION_ISSUES => ("Transition issues", "change the status of"),
        _ => return None,
    };
    Some(Words { name, verb })
}
