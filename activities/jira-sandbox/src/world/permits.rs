//! Who may do what: the permission scheme of the projects, and what of it is visible to whom.

use super::{Comment, Issue, Project, User, World};
use crate::permission::{Kind, Permission, find};

impl World {
    /// Whether a user holds a permission: a global one on the site, another in a project of the built-in scheme.
    ///
    /// All projects share one scheme, and no issue has a security level, so issue and project context agree.
    pub(crate) fn permits(&self, user: &User, key: &str) -> bool {
        let revoked = self.adjustments.revoked.iter();
        let taken = revoked.clone().any(|(email, taken)| email == user.email && taken == key);
        // Without Browse Projects no other project permission counts, since nothing is visible.
        let blind = find(key).is_some_and(|permission| permission.kind == Kind::Project)
            && revoked.clone().any(|(email, taken)| email == user.email && taken == "BROWSE_PROJECTS");
        user.permissions.contains(&key) && !taken && !blind
    }

    /// Whether the answer to "has the user this permission" is yes, outside of any project too.
    pub(crate) fn holds(&self, user: &User, permission: &Permission) -> bool {
        self.permits(user, permission.key) && (permission.kind == Kind::Global || !self.projects.is_empty())
    }

    /// Finds a project that the user may browse.
    pub(crate) fn visible_project(&self, user: &User, id_or_key: &str) -> Option<&Project> {
        self.project(id_or_key).filter(|_| self.permits(user, "BROWSE_PROJECTS"))
    }

    /// Finds an issue that the user may browse.
    pub(crate) fn visible_issue(&self, user: &User, id_or_key: &str) -> Option<&Issue> {
        self.issue(id_or_key).filter(|_| self.permits(user, "BROWSE_PROJECTS"))
    }

    /// The comments of an issue that the user may see, oldest first.
    pub(crate) fn visible_comments<'world>(&self, user: &User, issue: &'world Issue) -> Vec<&'world Comment> {
        issue.comments.iter().filter(|comment| self.sees(user, comment)).collect()
    }

    /// Whether the user belongs to the group or role that a comment is restricted to.
    pub(crate) fn sees(&self, user: &User, comment: &Comment) -> bool {
        let Some(visibility) = &comment.visibility else { return true };
        let name = visibility["value"].as_str().unwrap_or_default();
        match visibility["type"].as_str() {
            Some("group") => user.groups.contains(&name),
            _ => self.in_role(user, name),
        }
    }

    /// Whether the user plays a role of the projects.
    pub(crate) fn in_role(&self, user: &User, role: &str) -> bool {
        role == "Member" || self.permits(user, "ADMINISTER_PROJECTS")
    }
}

/// The roles that every project has.
pub(crate) const ROLES: [&str; 2] = ["Administrators", "Member"];
