//! The parts of a seed that belong to the whole site.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{field::SprintState, world::Category};

/// An account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserSeed {
    /// Its address, by which the rest of the seed names it.
    pub(crate) email: String,
    /// Its id.
    pub(crate) account_id: String,
    /// Its name for people.
    pub(crate) display_name: String,
    /// The groups that it is in.
    #[serde(default)]
    pub(crate) groups: Vec<String>,
    /// Whether it has not been deactivated; true where it is left out.
    #[serde(default = "yes")]
    pub(crate) active: bool,
}

/// Who holds something. All who are named hold it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HoldersSeed {
    /// Roles of the project.
    pub(crate) roles: Vec<String>,
    /// Groups.
    pub(crate) groups: Vec<String>,
    /// Users by e-mail.
    pub(crate) users: Vec<String>,
    /// Everybody, or whoever stands in a relation to the issue or the project.
    pub(crate) related: Vec<Relation>,
}

/// Who somebody is to an issue or its project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Relation {
    /// Everybody who has an account.
    Anyone,
    /// The reporter of the issue.
    Reporter,
    /// The assignee of the issue.
    Assignee,
    /// The lead of the project.
    Lead,
}

/// Permissions that somebody holds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantSeed {
    /// Keys of permissions, such as `EDIT_ISSUES`.
    pub(crate) permissions: Vec<String>,
    /// Who holds them.
    pub(crate) to: HoldersSeed,
}

/// Who may do what in the projects of the scheme.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PermissionSchemeSeed {
    /// Its name.
    pub(crate) name: String,
    /// What is granted to whom.
    pub(crate) grants: Vec<GrantSeed>,
}

/// A status of issues.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusSeed {
    /// Its id.
    pub(crate) id: String,
    /// Its name, by which the rest of the seed names it.
    pub(crate) name: String,
    /// What it means for the progress of an issue.
    pub(crate) category: Category,
}

/// How issues go from status to status.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkflowSeed {
    /// Its name.
    pub(crate) name: String,
    /// The status of a new issue.
    pub(crate) initial: String,
    /// The ways between statuses.
    pub(crate) transitions: Vec<TransitionSeed>,
}

/// A way from some statuses to one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransitionSeed {
    /// Its id, once in a workflow.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// The status that it leads to. One without it loops: the issue keeps its status.
    pub(crate) to: Option<String>,
    /// The statuses that it starts from; from all of them where it is left out.
    pub(crate) from: Option<Vec<String>>,
    /// The fields of its screen; it has no screen where it is left out.
    pub(crate) screen: Option<Vec<ScreenFieldSeed>>,
    /// The resolution that it sets where its screen does not say.
    pub(crate) sets_resolution: Option<String>,
    /// Whether it clears the resolution.
    #[serde(default)]
    pub(crate) clears_resolution: bool,
}

/// A field of a transition's screen.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScreenFieldSeed {
    /// The field's id.
    pub(crate) field: String,
    /// Whether the transition fails without it.
    #[serde(default)]
    pub(crate) required: bool,
}

/// How an issue can have ended.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResolutionSeed {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// What it means.
    #[serde(default)]
    pub(crate) description: String,
}

/// How urgent an issue can be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrioritySeed {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// What it means.
    #[serde(default)]
    pub(crate) description: String,
    /// Its colour, such as `#d04437`.
    #[serde(default)]
    pub(crate) color: String,
    /// Whether an issue has it that is created without one.
    #[serde(default)]
    pub(crate) default: bool,
}

/// A type of links between issues.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkTypeSeed {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// What the issue that is linked to says of the other: `is blocked by`.
    pub(crate) inward: String,
    /// What the issue that the link starts from says of the other: `blocks`.
    pub(crate) outward: String,
}

/// A custom field.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldSeed {
    /// Its id: `customfield_` and a number.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub(crate) kind: FieldType,
    /// What can be chosen, for a field that offers a choice.
    #[serde(default)]
    pub(crate) options: Vec<OptionSeed>,
    /// The sprints that there are, for a field of type `sprint`.
    #[serde(default)]
    pub(crate) sprints: Vec<SprintSeed>,
}

/// A sprint.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SprintSeed {
    /// Its id, by which an issue is put into it.
    pub(crate) id: u64,
    /// Its name.
    pub(crate) name: String,
    /// How far it is.
    pub(crate) state: SprintState,
}

/// What a custom field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FieldType {
    /// A line of text.
    Text,
    /// Rich text.
    Textarea,
    /// A number.
    Number,
    /// A day.
    Date,
    /// A day and a time.
    Datetime,
    /// One of several options.
    Select,
    /// Several of several options.
    MultiSelect,
    /// An option, and one of those below it.
    Cascading,
    /// A user.
    User,
    /// Several users.
    MultiUser,
    /// A version of the project.
    Version,
    /// Several versions of the project.
    MultiVersion,
    /// An address.
    Url,
    /// Words.
    Labels,
    /// A sprint.
    Sprint,
}

/// A value that can be chosen.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptionSeed {
    /// Its id.
    pub(crate) id: String,
    /// Its text.
    pub(crate) value: String,
    /// The options below it, of a cascading field.
    #[serde(default)]
    pub(crate) children: Vec<Self>,
}

/// An issue type and its screens, which are lists of field ids.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssueTypeSeed {
    /// Its id.
    pub(crate) id: String,
    /// Its name, by which the rest of the seed names it.
    pub(crate) name: String,
    /// What it is for.
    #[serde(default)]
    pub(crate) description: String,
    /// Whether its issues belong to others.
    #[serde(default)]
    pub(crate) subtask: bool,
    /// The number of its picture.
    #[serde(default)]
    pub(crate) avatar: u64,
    /// The fields that can be set when an issue is created.
    pub(crate) create_screen: Vec<String>,
    /// The fields that can be set afterwards; those of the create screen where it is left out.
    pub(crate) edit_screen: Option<Vec<String>>,
    /// Those of the fields that an issue cannot be without.
    #[serde(default)]
    pub(crate) required: Vec<String>,
}

pub(super) fn yes() -> bool {
    true
}
