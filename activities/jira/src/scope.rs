//! OAuth scopes: what each of Jira's operations needs, and what the developer console calls the classic ones.
//!
//! An operation is allowed to a token that has all of its classic scopes, or all of its granular ones.

use flowrun_engine::requirement::Scopes;

/// The scopes of one operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ScopeSets {
    classic: &'static [&'static str],
    granular: &'static [&'static str],
}

impl ScopeSets {
    /// The classic ones, all needed together, and the granular ones that do instead.
    pub(crate) const fn new(classic: &'static [&'static str], granular: &'static [&'static str]) -> Self {
        Self { classic, granular }
    }

    /// As the engine compares them.
    pub(crate) fn scopes(self) -> Scopes {
        Scopes::new(self.classic, self.granular)
    }
}

const READ_WORK: &str = "read:jira-work";
const WRITE_WORK: &str = "write:jira-work";
const READ_USER: &str = "read:jira-user";
const MANAGE_CONFIGURATION: &str = "manage:jira-configuration";

pub(crate) const CREATE_ISSUE: ScopeSets = ScopeSets {
    classic: &[WRITE_WORK],
    granular: &[
        "read:issue:jira",
        "write:attachment:jira",
        "write:comment.property:jira",
        "write:comment:jira",
        "write:issue:jira",
    ],
};

pub(crate) const GET_ISSUE: ScopeSets = ScopeSets {
    classic: &[READ_WORK],
    granular: &[
        "read:avatar:jira",
        "read:field-configuration:jira",
        "read:issue-meta:jira",
        "read:issue-security-level:jira",
        "read:issue.changelog:jira",
        "read:issue.vote:jira",
        "read:issue:jira",
        "read:status:jira",
        "read:user:jira",
    ],
};

pub(crate) const COMMENT_PROPERTY: ScopeSets =
    ScopeSets { classic: &[READ_WORK], granular: &["read:comment.property:jira"] };

pub(crate) const DELETE_ISSUE: ScopeSets = ScopeSets { classic: &[WRITE_WORK], granular: &["delete:issue:jira"] };

pub(crate) const WRITE_ISSUE: ScopeSets = ScopeSets { classic: &[WRITE_WORK], granular: &["write:issue:jira"] };

pub(crate) const EDIT_METADATA: ScopeSets =
    ScopeSets { classic: &[READ_WORK], granular: &["read:field-configuration:jira", "read:issue-meta:jira"] };

pub(crate) const GET_TRANSITIONS: ScopeSets = ScopeSets {
    classic: &[READ_WORK],
    granular: &["read:field-configuration:jira", "read:issue.transition:jira", "read:status:jira"],
};

pub(crate) const DO_TRANSITION: ScopeSets =
    ScopeSets { classic: &[WRITE_WORK], granular: &["write:issue.property:jira", "write:issue:jira"] };

pub(crate) const ADD_COMMENT: ScopeSets = ScopeSets {
    classic: &[WRITE_WORK],
    granular: &[
        "read:avatar:jira",
        "read:comment.property:jira",
        "read:comment:jira",
        "read:group:jira",
        "read:project-role:jira",
        "read:project:jira",
        "read:user:jira",
        "write:comment:jira",
    ],
};

pub(crate) const GET_COMMENT: ScopeSets = ScopeSets {
    classic: &[READ_WORK],
    granular: &[
        "read:avatar:jira",
        "read:comment.property:jira",
        "read:comment:jira",
        "read:group:jira",
        "read:project-role:jira",
        "read:project:jira",
        "read:user:jira",
    ],
};

pub(crate) const ADD_ATTACHMENT: ScopeSets = ScopeSets {
    classic: &[WRITE_WORK],
    granular: &["read:attachment:jira", "read:avatar:jira", "read:user:jira", "write:attachment:jira"],
};

pub(crate) const ATTACHMENT_CONTENT: ScopeSets =
    ScopeSets { classic: &[READ_WORK], granular: &["read:attachment:jira"] };

pub(crate) const ATTACHMENT_META: ScopeSets =
    ScopeSets { classic: &[READ_WORK], granular: &["read:instance-configuration:jira"] };

pub(crate) const CREATE_PROJECT: ScopeSets =
    ScopeSets { classic: &[MANAGE_CONFIGURATION], granular: &["read:project:jira", "write:project:jira"] };

pub(crate) const VALIDATE_PROJECT_KEY: ScopeSets =
    ScopeSets { classic: &[READ_WORK], granular: &["read:project:jira"] };

pub(crate) const GET_PROJECT: ScopeSets = ScopeSets {
    classic: &[READ_WORK],
    granular: &[
        "read:application-role:jira",
        "read:avatar:jira",
        "read:group:jira",
        "read:issue-type-hierarchy:jira",
        "read:issue-type:jira",
        "read:project-category:jira",
        "read:project-version:jira",
        "read:project.component:jira",
        "read:project.property:jira",
        "read:project:jira",
        "read:user:jira",
    ],
};

pub(crate) const SEARCH_ISSUES: ScopeSets = ScopeSets {
    classic: &[READ_WORK],
    granular: &[
        "read:field.default-value:jira",
        "read:field.option:jira",
        "read:field:jira",
        "read:group:jira",
        "read:issue-details:jira",
    ],
};

pub(crate) const FIELDS: ScopeSets = ScopeSets {
    classic: &[READ_WORK],
    granular: &[
        "read:avatar:jira",
        "read:field-configuration:jira",
        "read:field:jira",
        "read:project-category:jira",
        "read:project:jira",
    ],
};

pub(crate) const FIND_USERS: ScopeSets = ScopeSets {
    classic: &[READ_USER],
    granular: &[
        "read:application-role:jira",
        "read:avatar:jira",
        "read:group:jira",
        "read:user.property:jira",
        "read:user:jira",
    ],
};

pub(crate) const CREATE_METADATA: ScopeSets = ScopeSets {
    classic: &[READ_WORK],
    granular: &["read:avatar:jira", "read:field-configuration:jira", "read:issue-meta:jira"],
};

pub(crate) const ASSIGNABLE_USERS: ScopeSets = ScopeSets {
    classic: &[READ_USER],
    granular: &[
        "read:application-role:jira",
        "read:avatar:jira",
        "read:group:jira",
        "read:issue:jira",
        "read:project:jira",
        "read:user:jira",
    ],
};

pub(crate) const MYSELF: ScopeSets = ScopeSets {
    classic: &[READ_USER],
    granular: &["read:application-role:jira", "read:avatar:jira", "read:group:jira", "read:user:jira"],
};

pub(crate) const MY_PERMISSIONS: ScopeSets = ScopeSets { classic: &[READ_WORK], granular: &["read:permission:jira"] };

/// No scope is needed.
pub(crate) const NONE: ScopeSets = ScopeSets::new(&[], &[]);

/// A classic scope, as the developer console and the consent screen show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsoleScope {
    /// The line that stands for it.
    pub name: &'static str,
    /// Its key.
    pub key: &'static str,
    /// What it allows.
    pub allows: &'static str,
}

const NAMES: [ConsoleScope; 7] = [
    named("View Jira issue data", READ_WORK, "read projects and issues, search, attachments and worklogs"),
    named("View user profiles", READ_USER, "read the names, e-mail addresses and avatars that the user may see"),
    named(
        "Create and manage issues",
        WRITE_WORK,
        "create, edit, move and delete issues, comment and attach as the user",
    ),
    named("Manage project settings", "manage:jira-project", "change project settings, versions and components"),
    named("Manage Jira global settings", MANAGE_CONFIGURATION, "administer Jira: create projects and custom fields"),
    named(
        "Manage development and release information for third parties in Jira",
        "manage:jira-data-provider",
        "provide development and release data",
    ),
    named("Manage Jira webhooks", "manage:jira-webhook", "register webhooks of the app"),
];

const fn named(name: &'static str, key: &'static str, allows: &'static str) -> ConsoleScope {
    ConsoleScope { name, key, allows }
}

/// The classic scopes that people meet, in the order of AgilePoint's page; some of them nothing needs.
pub fn scope_names() -> &'static [ConsoleScope] {
    &NAMES
}

/// The line that stands for a classic scope in the developer console and on the consent screen.
pub fn console_name(scope: &str) -> Option<&'static str> {
    NAMES.iter().find(|named| named.key == scope).map(|named| named.name)
}
