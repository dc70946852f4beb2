//! The scopes that there are, by the names that the developer console and the consent page show.

use super::consent::OFFLINE;
use crate::routes::served_operations;

/// Key and name of those that have a name; granular ones are called by their keys. \[SPEC\], \[3LO\]
pub(super) const NAMED: [(&str, &str); 8] = [
    ("read:jira-work", "View Jira issue data"),
    ("read:jira-user", "View user profiles"),
    ("write:jira-work", "Create and manage issues"),
    ("manage:jira-project", "Manage project settings"),
    ("manage:jira-configuration", "Manage Jira global settings"),
    ("manage:jira-data-provider", "Manage development and release information for third parties in Jira"),
    ("manage:jira-webhook", "Manage Jira webhooks"),
    ("read:me", "View active user profile"),
];

/// What the developer console and the consent page call a scope.
pub(super) fn name(scope: &str) -> Option<&'static str> {
    NAMED.iter().find(|(key, _)| *key == scope).map(|(_, name)| *name)
}

/// Whether there is such a scope: one with a name, or one that an operation needs.
pub(super) fn exists(scope: &str) -> bool {
    let needed = || served_operations().iter().any(|operation| operation.granular.contains(&scope));
    scope == OFFLINE || name(scope).is_some() || needed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_that_an_operation_needs_exists() {
        for operation in served_operations() {
            for scope in operation.classic.iter().chain(operation.granular) {
                assert!(exists(scope), "{scope}");
            }
        }
        assert!(!exists("read:everything") && !exists(""));
    }
}
