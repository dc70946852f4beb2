//! Who may do what: the schemes of projects, issue security, and what of the world is visible to whom.

use serde_json::Value;

use super::{Comment, Holders, Issue, Project, User, World};
use crate::{
    permission::{self, Permission, PermissionType},
    switches::ArchivedProjects,
};

/// What an archived project leaves of its permissions. \[unverified\]
const IN_ARCHIVED: [&str; 2] = ["BROWSE_PROJECTS", "ADMINISTER_PROJECTS"];

impl World {
    /// Whether a user holds a global permission.
    pub(crate) fn permits_globally(&self, user: &User, key: &str) -> bool {
        let granted = self.global_permissions.iter().filter(|grant| grant.permissions.iter().any(|held| held == key));
        let held = granted.map(|grant| &grant.to).any(|holders| holders.name(user));
        self.adjusted(user, key, (held, None))
    }

    /// Whether a user holds a permission in a project: a permission of its reporters or assignees counts, since the user
    /// could be one. A global permission is held everywhere. \[SPEC\]
    pub(crate) fn permits_in(&self, user: &User, key: &str, project: &Project) -> bool {
        self.permits_at(user, key, (project, None))
    }

    /// Whether a user holds a permission on an issue. \[SPEC\]
    pub(crate) fn permits_on(&self, user: &User, key: &str, issue: &Issue) -> bool {
        let project = self.project_of(issue);
        project.is_some_and(|project| {
            self.passes_security(user, (project, issue)) && self.permits_at(user, key, (project, Some(issue)))
        })
    }

    /// Whether the answer to "has the user this permission" is yes without a project: in any of them. \[SPEC\]
    pub(crate) fn permits_anywhere(&self, user: &User, permission: &Permission) -> bool {
        match permission.kind {
            PermissionType::Global => self.permits_globally(user, permission.key),
            PermissionType::Project => {
                self.projects.iter().any(|project| self.permits_in(user, permission.key, project))
            }
        }
    }

    /// Finds a project that the user may browse.
    pub(crate) fn visible_project(&self, user: &User, id_or_key: &str) -> Option<&Project> {
        self.project(id_or_key).filter(|project| self.permits_in(user, "BROWSE_PROJECTS", project))
    }

    /// Finds an issue that the user may browse, and whose security level lets the user see it.
    pub(crate) fn visible_issue(&self, user: &User, id_or_key: &str) -> Option<&Issue> {
        self.issue(id_or_key).filter(|issue| self.permits_on(user, "BROWSE_PROJECTS", issue))
    }

    /// The comments of an issue that the user may see, oldest first.
    pub(crate) fn visible_comments<'world>(&self, user: &User, issue: &'world Issue) -> Vec<&'world Comment> {
        issue.comments.iter().filter(|comment| self.sees(user, issue, comment)).collect()
    }

    /// Whether the user belongs to the group or role that a comment is restricted to.
    pub(crate) fn sees(&self, user: &User, issue: &Issue, comment: &Comment) -> bool {
        self.may_see(user, issue, comment.visibility.as_ref())
    }

    /// Whether the user belongs to the group or role that something on an issue is restricted to.
    pub(super) fn may_see(&self, user: &User, issue: &Issue, visibility: Option<&Value>) -> bool {
        let Some(visibility) = visibility else { return true };
        let name = visibility["value"].as_str().unwrap_or_default();
        match visibility["type"].as_str() {
            Some("group") => user.groups.iter().any(|group| group == name),
            _ => self.project_of(issue).is_some_and(|project| project.has_in_role(user, name)),
        }
    }

    fn permits_at(&self, user: &User, key: &str, (project, issue): (&Project, Option<&Issue>)) -> bool {
        if permission::find(key).is_some_and(|permission| permission.kind == PermissionType::Global) {
            return self.permits_globally(user, key);
        }
        // Without Browse Projects no other permission of the project counts, since nothing is visible.
        let browses = key == "BROWSE_PROJECTS" || self.is_granted(user, "BROWSE_PROJECTS", (project, issue));
        browses && self.is_granted(user, key, (project, issue)) && self.archive_permits(key, project)
    }

    fn is_granted(&self, user: &User, key: &str, (project, issue): (&Project, Option<&Issue>)) -> bool {
        let scheme = self.permission_schemes.iter().find(|scheme| scheme.name == project.permission_scheme);
        let mut grants = scheme.iter().flat_map(|scheme| &scheme.grants);
        let held = grants
            .any(|grant| grant.permissions.iter().any(|held| held == key) && holds(&grant.to, user, (project, issue)));
        self.adjusted(user, key, (held, Some(project)))
    }

    fn adjusted(&self, user: &User, key: &str, (held, project): (bool, Option<&Project>)) -> bool {
        let project = project.map(|project| project.key.as_str());
        if let Some(granted) = self.changed_permissions.decide(&user.email, key, project) {
            return granted;
        }
        let names =
            |(email, permission): &(String, String)| email.eq_ignore_ascii_case(&user.email) && permission == key;
        (held || self.adjustments.granted.iter().any(names)) && !self.adjustments.revoked.iter().any(names)
    }

    fn archive_permits(&self, key: &str, project: &Project) -> bool {
        !project.archived
            || match self.switches.archived_projects {
                ArchivedProjects::ReadOnly => IN_ARCHIVED.contains(&key),
                ArchivedProjects::Hidden => false,
            }
    }

    fn passes_security(&self, user: &User, (project, issue): (&Project, &Issue)) -> bool {
        let Some(id) = issue.text("security") else { return true };
        let level = project.security_levels.iter().find(|level| level.id == id);
        level.is_none_or(|level| holds(&level.members, user, (project, Some(issue))))
    }
}

impl Project {
    /// Whether the user plays a role in the project.
    pub(crate) fn has_in_role(&self, user: &User, role: &str) -> bool {
        self.roles.get(role).is_some_and(|members| members.name(user))
    }
}

/// Whether a user is among the holders; without an issue everybody could be its reporter or assignee. \[SPEC\]
fn holds(holders: &Holders, user: &User, (project, issue): (&Project, Option<&Issue>)) -> bool {
    let is = |field: &str| issue.is_none_or(|issue| issue.text(field) == Some(user.account_id.as_str()));
    holders.name(user)
        || holders.roles.iter().any(|role| project.has_in_role(user, role))
        || (holders.reporter && is("reporter"))
        || (holders.assignee && is("assignee"))
        || (holders.lead && project.lead == user.account_id)
}
