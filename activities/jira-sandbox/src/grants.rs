//! Grants that an administrator changes while a world goes on: permissions and scopes are taken from users and given back.
//! They are kept beside the effect log, so that a sandbox that starts again still has them.

use std::io;

use serde::{Deserialize, Serialize};

use crate::{
    permission::{self, Kind},
    routes::served_operations,
    world::World,
};

/// A change of what one user may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantChange {
    /// The user's e-mail address.
    pub email: String,
    /// Whether it is given; it is taken otherwise.
    pub granted: bool,
    /// OAuth scopes of the user's bearer tokens.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Permission keys.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// The key of the project in which the permissions are changed; everywhere without one.
    #[serde(default)]
    pub project: Option<String>,
}

/// Why grants cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// There is no such user.
    #[error("the sandbox has no user `{email}`; it has {known}")]
    NoUser {
        /// The e-mail address that was given.
        email: String,
        /// Those that there are.
        known: String,
    },
    /// There is no such permission.
    #[error("Jira has no permission `{0}`")]
    NoPermission(String),
    /// No operation that is served needs such a scope.
    #[error("no operation needs the scope `{0}`; scopes are such as `write:jira-work` or `read:issue:jira`")]
    NoScope(String),
    /// There is no such project.
    #[error("the sandbox has no project `{key}`; it has {known}")]
    NoProject {
        /// The key that was given.
        key: String,
        /// Those that there are.
        known: String,
    },
    /// A global permission belongs to no project.
    #[error("`{0}` is a global permission: it is not held in a project")]
    Global(String),
    /// The change cannot be kept.
    #[error("the changed grants cannot be written")]
    Write(#[from] io::Error),
}

/// A permission of a user that is not as the seed's schemes say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedPermission {
    email: String,
    key: String,
    /// The project's key; everywhere without one.
    project: Option<String>,
    granted: bool,
}

/// All permissions that are not as the seed's schemes say, the latest last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ChangedPermissions(Vec<ChangedPermission>);

impl GrantChange {
    /// Refuses what the world does not have.
    pub(crate) fn check(&self, world: &World) -> Result<(), GrantError> {
        if world.user_by_email(&self.email).is_none() {
            let known = listed(world.users.iter().map(|user| user.email.as_str()));
            return Err(GrantError::NoUser { email: self.email.clone(), known });
        }
        if let Some(key) = self.project.as_ref().filter(|key| world.project(key).is_none()) {
            let known = listed(world.projects.iter().map(|project| project.key.as_str()));
            return Err(GrantError::NoProject { key: key.clone(), known });
        }
        if let Some(scope) = self.scopes.iter().find(|scope| !is_needed(scope)) {
            return Err(GrantError::NoScope(scope.clone()));
        }
        self.permissions.iter().try_for_each(|key| match permission::find(key) {
            None => Err(GrantError::NoPermission(key.clone())),
            Some(found) if found.kind == Kind::Global && self.project.is_some() => Err(GrantError::Global(key.clone())),
            Some(_) => Ok(()),
        })
    }
}

impl ChangedPermissions {
    /// With the permissions of `change`, which replace what was said of them before.
    pub(crate) fn with(&self, change: &GrantChange) -> Self {
        let mut all = self.0.clone();
        for key in &change.permissions {
            all.retain(|earlier| !(earlier.is_of(&change.email, key) && earlier.is_within(change.project.as_deref())));
            all.push(ChangedPermission {
                email: change.email.clone(),
                key: key.clone(),
                project: change.project.clone(),
                granted: change.granted,
            });
        }
        Self(all)
    }

    /// Whether a user was given or denied a permission; `None` where the schemes decide.
    pub(crate) fn decide(&self, email: &str, key: &str, project: Option<&str>) -> Option<bool> {
        let applies = |changed: &&ChangedPermission| {
            let is_here = changed.project.is_none() || project.is_some_and(|key| changed.is_within(Some(key)));
            changed.is_of(email, key) && is_here
        };
        self.0.iter().rfind(applies).map(|changed| changed.granted)
    }
}

impl ChangedPermission {
    fn is_of(&self, email: &str, key: &str) -> bool {
        self.email.eq_ignore_ascii_case(email) && self.key == key
    }

    /// Whether it is about no more than this project, or than everything.
    fn is_within(&self, project: Option<&str>) -> bool {
        match (&self.project, project) {
            (_, None) => true,
            (Some(own), Some(project)) => own.eq_ignore_ascii_case(project),
            (None, Some(_)) => false,
        }
    }
}

/// Whether a scope is one of those that operations need.
fn is_needed(scope: &str) -> bool {
    let served = served_operations();
    served.iter().any(|operation| operation.classic.contains(&scope) || operation.granular.contains(&scope))
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(granted: bool, project: Option<&str>) -> GrantChange {
        GrantChange {
            email: "dana@example.com".into(),
            granted,
            scopes: Vec::new(),
            permissions: vec!["ADD_COMMENTS".into()],
            project: project.map(str::to_owned),
        }
    }

    #[test]
    fn the_latest_change_counts_and_a_wide_one_replaces_narrow_ones() {
        let decide = |all: &ChangedPermissions, project| all.decide("Dana@example.com", "ADD_COMMENTS", project);
        let none = ChangedPermissions::default();
        assert_eq!(decide(&none, Some("OPS")), None);
        let in_ops = none.with(&change(false, Some("OPS")));
        assert_eq!((decide(&in_ops, Some("ops")), decide(&in_ops, Some("WEB"))), (Some(false), None));
        assert_eq!(in_ops.decide("dana@example.com", "EDIT_ISSUES", Some("OPS")), None);
        let back = in_ops.with(&change(true, Some("OPS")));
        assert_eq!((decide(&back, Some("OPS")), back.0.len()), (Some(true), 1));
        let everywhere = back.with(&change(false, None));
        assert_eq!((decide(&everywhere, Some("OPS")), everywhere.0.len()), (Some(false), 1));
        let but_in_web = everywhere.with(&change(true, Some("WEB")));
        assert_eq!((decide(&but_in_web, Some("WEB")), decide(&but_in_web, Some("OPS"))), (Some(true), Some(false)));
    }
}
