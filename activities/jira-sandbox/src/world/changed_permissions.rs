//! The permissions that an administrator changed while the world goes on.

use serde::{Deserialize, Serialize};

/// A permission of a user that is not as the seed's schemes say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedPermission {
    pub(crate) email: String,
    pub(crate) key: String,
    /// The project's key; everywhere without one.
    pub(crate) project: Option<String>,
    pub(crate) granted: bool,
}

/// All permissions that are not as the seed's schemes say, the latest last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ChangedPermissions(Vec<ChangedPermission>);

impl ChangedPermissions {
    /// With these, each of which replaces what was said of its permission before.
    pub(crate) fn with(&self, changes: impl IntoIterator<Item = ChangedPermission>) -> Self {
        let mut all = self.0.clone();
        for change in changes {
            all.retain(|earlier| {
                !(earlier.is_of(&change.email, &change.key) && earlier.is_within(change.project.as_deref()))
            });
            all.push(change);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn change(granted: bool, project: Option<&str>) -> [ChangedPermission; 1] {
        let (email, key) = ("dana@example.com".to_owned(), "ADD_COMMENTS".to_owned());
        [ChangedPermission { email, key, project: project.map(str::to_owned), granted }]
    }

    #[test]
    fn the_latest_change_counts_and_a_wide_one_replaces_narrow_ones() {
        let decide = |all: &ChangedPermissions, project| all.decide("Dana@example.com", "ADD_COMMENTS", project);
        let none = ChangedPermissions::default();
        assert_eq!(decide(&none, Some("OPS")), None);
        let in_ops = none.with(change(false, Some("OPS")));
        assert_eq!((decide(&in_ops, Some("ops")), decide(&in_ops, Some("WEB"))), (Some(false), None));
        assert_eq!(in_ops.decide("dana@example.com", "EDIT_ISSUES", Some("OPS")), None);
        let back = in_ops.with(change(true, Some("OPS")));
        assert_eq!((decide(&back, Some("OPS")), back.0.len()), (Some(true), 1));
        let everywhere = back.with(change(false, None));
        assert_eq!((decide(&everywhere, Some("OPS")), everywhere.0.len()), (Some(false), 1));
        let but_in_web = everywhere.with(change(true, Some("WEB")));
        assert_eq!((decide(&but_in_web, Some("WEB")), decide(&but_in_web, Some("OPS"))), (Some(true), Some(false)));
    }
}
