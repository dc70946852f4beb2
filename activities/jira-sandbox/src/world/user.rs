//! Accounts, and the ways in which a permission or a level names them.

/// An Atlassian account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) account_id: String,
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) groups: Vec<String>,
    pub(crate) active: bool,
}

/// Who holds something: a permission, a role, a security level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Holders {
    pub(crate) roles: Vec<String>,
    pub(crate) groups: Vec<String>,
    /// Account ids.
    pub(crate) users: Vec<String>,
    pub(crate) anyone: bool,
    pub(crate) reporter: bool,
    pub(crate) assignee: bool,
    pub(crate) lead: bool,
}

/// Permissions, and who holds them in the projects of the scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PermissionScheme {
    pub(crate) name: String,
    pub(crate) grants: Vec<PermissionGrant>,
}

/// Permissions that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PermissionGrant {
    pub(crate) permissions: Vec<String>,
    pub(crate) to: Holders,
}

impl Holders {
    /// Whether a user is named by themselves, by a group, or because everybody is.
    pub(crate) fn name(&self, user: &User) -> bool {
        self.anyone
            || self.users.contains(&user.account_id)
            || user.groups.iter().any(|group| self.groups.contains(group))
    }
}
