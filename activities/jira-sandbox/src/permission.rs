//! The permission keys of Jira that the sandbox knows, with their names. \[SPEC\] The key of Browse users and groups is
//! \[unverified\].

/// Whether a permission is held in a project or on the whole site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PermissionType {
    Global,
    Project,
}

/// One built-in permission.
#[derive(Debug)]
pub(crate) struct Permission {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: PermissionType,
}

impl Permission {
    /// A stable number, as Jira gives one with each permission.
    pub(crate) fn id(&self) -> String {
        PERMISSIONS.iter().position(|permission| permission.key == self.key).unwrap_or_default().to_string()
    }
}

/// Finds a permission by its key.
pub(crate) fn find(key: &str) -> Option<&'static Permission> {
    PERMISSIONS.iter().find(|permission| permission.key == key)
}

const fn global(key: &'static str, name: &'static str) -> Permission {
    Permission { key, name, kind: PermissionType::Global }
}

const fn project(key: &'static str, name: &'static str) -> Permission {
    Permission { key, name, kind: PermissionType::Project }
}

/// Every key that this sandbox recognises.
pub(crate) const PERMISSIONS: &[Permission] = &[
    global("ADMINISTER", "Administer Jira"),
    global("BULK_CHANGE", "Make bulk changes"),
    global("USER_PICKER", "Browse users and groups"),
    project("ADMINISTER_PROJECTS", "Administer Projects"),
    project("EDIT_WORKFLOW", "Edit Workflows"),
    project("EDIT_ISSUE_LAYOUT", "Edit Issue Layout"),
    project("BROWSE_PROJECTS", "Browse Projects"),
    project("MANAGE_SPRINTS_PERMISSION", "Manage sprints"),
    project("SERVICEDESK_AGENT", "Service Project Agent"),
    project("VIEW_DEV_TOOLS", "View Development Tools"),
    project("VIEW_READONLY_WORKFLOW", "View Read-Only Workflow"),
    project("ASSIGNABLE_USER", "Assignable User"),
    project("ASSIGN_ISSUES", "Assign Issues"),
    project("CLOSE_ISSUES", "Close Issues"),
    project("CREATE_ISSUES", "Create Issues"),
    project("DELETE_ISSUES", "Delete Issues"),
    project("EDIT_ISSUES", "Edit Issues"),
    project("LINK_ISSUES", "Link Issues"),
    project("MODIFY_REPORTER", "Modify Reporter"),
    project("MOVE_ISSUES", "Move Issues"),
    project("RESOLVE_ISSUES", "Resolve Issues"),
    project("SCHEDULE_ISSUES", "Schedule Issues"),
    project("SET_ISSUE_SECURITY", "Set Issue Security"),
    project("TRANSITION_ISSUES", "Transition Issues"),
    project("MANAGE_WATCHERS", "Manage Watchers"),
    project("VIEW_VOTERS_AND_WATCHERS", "View Voters and Watchers"),
    project("ADD_COMMENTS", "Add Comments"),
    project("DELETE_ALL_COMMENTS", "Delete All Comments"),
    project("DELETE_OWN_COMMENTS", "Delete Own Comments"),
    project("EDIT_ALL_COMMENTS", "Edit All Comments"),
    project("EDIT_OWN_COMMENTS", "Edit Own Comments"),
    project("CREATE_ATTACHMENTS", "Create Attachments"),
    project("DELETE_ALL_ATTACHMENTS", "Delete All Attachments"),
    project("DELETE_OWN_ATTACHMENTS", "Delete Own Attachments"),
    project("DELETE_ALL_WORKLOGS", "Delete All Worklogs"),
    project("DELETE_OWN_WORKLOGS", "Delete Own Worklogs"),
    project("EDIT_ALL_WORKLOGS", "Edit All Worklogs"),
    project("EDIT_OWN_WORKLOGS", "Edit Own Worklogs"),
    project("WORK_ON_ISSUES", "Work On Issues"),
];
