//! Granular scopes that several operations need, all of a list together. \[SPEC\]

/// Reading issues whole.
pub(super) const READ_ISSUE: &[&str] = &[
    "read:issue-meta:jira",
    "read:issue-security-level:jira",
    "read:issue.vote:jira",
    "read:issue.changelog:jira",
    "read:avatar:jira",
    "read:issue:jira",
    "read:status:jira",
    "read:user:jira",
    "read:field-configuration:jira",
];

/// Changing fields of issues.
pub(super) const WRITE_ISSUES: &[&str] = &["write:issue:jira"];

/// Reading comments.
pub(super) const READ_COMMENTS: &[&str] = &[
    "read:comment:jira",
    "read:comment.property:jira",
    "read:group:jira",
    "read:project:jira",
    "read:project-role:jira",
    "read:user:jira",
    "read:avatar:jira",
];

/// Reading properties of comments.
pub(super) const READ_COMMENT_PROPERTIES: &[&str] = &["read:comment.property:jira"];

/// Reading properties of issues.
pub(super) const READ_ISSUE_PROPERTIES: &[&str] = &["read:issue.property:jira"];

/// Reading what a new issue can have.
pub(super) const READ_CREATE_METADATA: &[&str] =
    &["read:issue-meta:jira", "read:avatar:jira", "read:field-configuration:jira"];

/// Reading projects whole.
pub(super) const READ_PROJECTS: &[&str] = &[
    "read:issue-type:jira",
    "read:project:jira",
    "read:project.property:jira",
    "read:user:jira",
    "read:application-role:jira",
    "read:avatar:jira",
    "read:group:jira",
    "read:issue-type-hierarchy:jira",
    "read:project-category:jira",
    "read:project-version:jira",
    "read:project.component:jira",
];

/// Reading one user.
pub(super) const READ_USERS: &[&str] =
    &["read:application-role:jira", "read:group:jira", "read:user:jira", "read:avatar:jira"];

/// Searching with JQL.
pub(super) const SEARCH_ISSUES: &[&str] = &[
    "read:issue-details:jira",
    "read:field.default-value:jira",
    "read:field.option:jira",
    "read:field:jira",
    "read:group:jira",
];

/// Reading which keys of projects are free.
pub(super) const READ_PROJECT_NAMES: &[&str] = &["read:project:jira"];
