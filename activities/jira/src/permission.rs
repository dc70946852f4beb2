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
pub(crate) const USER_PICKER: &str = "USER_PICKER";

/// The name of a permission on Jira's screens, and what it lets a user do.
pub(crate) struct PermissionText {
    /// "Create issues"
    pub(crate) name: &'static str,
    /// "set the reporter of": fits after "may not", and before an issue or issues.
    pub(crate) verb: &'static str,
}

/// The words for a permission; `None` for one that has none here: its [`name_of`] does then.
pub(crate) fn words(key: &str) -> Option<PermissionText> {
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
        USER_PICKER => ("Browse users and groups", "look for"),
        TRANSITION_ISSUES => ("Transition issues", "change the status of"),
        _ => return None,
    };
    Some(PermissionText { name, verb })
}

/// What Jira's screens call most permissions: "Work on issues" for `WORK_ON_ISSUES`.
pub(crate) fn name_of(key: &str) -> String {
    let (first, rest) = key.split_at(key.len().min(1));
    first.to_owned() + &rest.to_lowercase().replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_names_follow_from_the_keys() {
        let named = |key: &str| words(key).map(|words| words.name.to_owned());
        for key in [ADD_COMMENTS, BROWSE_PROJECTS, LINK_ISSUES, MODIFY_REPORTER, SET_ISSUE_SECURITY] {
            assert_eq!(named(key), Some(name_of(key)));
        }
        assert_eq!((name_of("WORK_ON_ISSUES"), name_of("")), ("Work on issues".to_owned(), String::new()));
    }
}
