//! What a seed file may say. A section that is left out is as in the built-in world.

mod issue;
mod project;
mod site;

use schemars::JsonSchema;
use serde::Deserialize;

pub(super) use issue::{CommentSeed, IssueSeed};
pub(super) use project::{ComponentSeed, ProjectSeed, SecurityLevelSeed, VersionSeed};
pub(super) use site::{
    FieldSeed, FieldType, GrantSeed, HoldersSeed, IssueTypeSeed, LinkTypeSeed, OptionSeed, PermissionSchemeSeed,
    PrioritySeed, Relation, ResolutionSeed, ScreenFieldSeed, SprintSeed, StatusSeed, TransitionSeed, UserSeed,
    WorkflowSeed,
};

use crate::{attachment::AttachmentSettings, limits::Limits, switches::Switches};

/// A world of the sandbox.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "A world of the flowrun sandbox")]
pub(crate) struct SeedFile {
    /// The accounts. The first one is shown as the administrator.
    pub(super) users: Option<Vec<UserSeed>>,
    /// Every group of users, by name.
    pub(super) groups: Option<Vec<String>>,
    /// The roles that every project has, by name.
    pub(super) roles: Option<Vec<String>>,
    /// Who may do what in the projects that name the scheme.
    pub(super) permission_schemes: Option<Vec<PermissionSchemeSeed>>,
    /// Who may do what on the whole site.
    pub(super) global_permissions: Option<Vec<GrantSeed>>,
    /// The statuses that workflows use.
    pub(super) statuses: Option<Vec<StatusSeed>>,
    /// How issues go from status to status.
    pub(super) workflows: Option<Vec<WorkflowSeed>>,
    /// How issues can have ended.
    pub(super) resolutions: Option<Vec<ResolutionSeed>>,
    /// The priorities, most urgent first.
    pub(super) priorities: Option<Vec<PrioritySeed>>,
    /// The types of links between issues.
    pub(super) link_types: Option<Vec<LinkTypeSeed>>,
    /// The custom fields; those that every Jira has are always there.
    pub(super) custom_fields: Option<Vec<FieldSeed>>,
    /// The issue types and their screens.
    pub(super) issue_types: Option<Vec<IssueTypeSeed>>,
    /// The projects.
    pub(super) projects: Option<Vec<ProjectSeed>>,
    /// The issues; where projects are given and this is left out, there are none.
    pub(super) issues: Option<Vec<IssueSeed>>,
    /// What an administrator has set for attachments.
    pub(super) attachments: Option<AttachmentSettings>,
    /// How this Jira behaves where its documents leave it open.
    pub(super) switches: Option<Switches>,
    /// The rate limits; off where they are left out.
    pub(super) limits: Option<Limits>,
    /// How long a search does not see a change, in seconds; 0 where it is left out.
    pub(super) search_lag_seconds: Option<u64>,
}

impl SeedFile {
    /// This seed, with what it leaves out taken from another.
    pub(super) fn or(self, other: Self) -> Self {
        let no_issues = self.projects.is_some().then(Vec::new);
        Self {
            users: self.users.or(other.users),
            groups: self.groups.or(other.groups),
            roles: self.roles.or(other.roles),
            permission_schemes: self.permission_schemes.or(other.permission_schemes),
            global_permissions: self.global_permissions.or(other.global_permissions),
            statuses: self.statuses.or(other.statuses),
            workflows: self.workflows.or(other.workflows),
            resolutions: self.resolutions.or(other.resolutions),
            priorities: self.priorities.or(other.priorities),
            link_types: self.link_types.or(other.link_types),
            custom_fields: self.custom_fields.or(other.custom_fields),
            issue_types: self.issue_types.or(other.issue_types),
            projects: self.projects.or(other.projects),
            issues: self.issues.or(no_issues).or(other.issues),
            attachments: self.attachments.or(other.attachments),
            switches: self.switches.or(other.switches),
            limits: self.limits.or(other.limits),
            search_lag_seconds: self.search_lag_seconds.or(other.search_lag_seconds),
        }
    }
}
