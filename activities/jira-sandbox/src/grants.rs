//! Grants that an administrator changes while a world goes on: permissions and scopes are taken from users and given back.
//! They are kept beside the effect log, so that a sandbox that starts again still has them.

use std::io;

use serde::{Deserialize, Serialize};

use crate::{
    permission::{self, PermissionType},
    routes::served_operations,
    world::{ChangedPermission, World},
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
            Some(found) if found.kind == PermissionType::Global && self.project.is_some() => {
                Err(GrantError::Global(key.clone()))
            }
            Some(_) => Ok(()),
        })
    }

    /// Its permissions, each by itself.
    pub(crate) fn changed_permissions(&self) -> impl Iterator<Item = ChangedPermission> {
        self.permissions.iter().map(|key| ChangedPermission {
            email: self.email.clone(),
            key: key.clone(),
            project: self.project.clone(),
            granted: self.granted,
        })
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
