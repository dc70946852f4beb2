//! The projects of a seed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::HoldersSeed;
use crate::effect::AssigneeType;

/// A project.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProjectSeed {
    /// Its id.
    pub(crate) id: u64,
    /// Its key, which the keys of its issues begin with.
    pub(crate) key: String,
    /// Its name.
    pub(crate) name: String,
    /// What it is for.
    #[serde(default)]
    pub(crate) description: String,
    /// Where more is said of it.
    pub(crate) url: Option<String>,
    /// Its lead, by e-mail.
    pub(crate) lead: String,
    /// The key of its type: `software`, `business` or `service_desk`.
    #[serde(rename = "type", default = "software")]
    pub(crate) kind: String,
    /// The key of the template that it was made from.
    pub(crate) template: Option<String>,
    /// Who is assigned by default; `UNASSIGNED` where it is left out.
    #[serde(default = "unassigned")]
    pub(crate) assignee_type: AssigneeType,
    /// Whether it is archived.
    #[serde(default)]
    pub(crate) archived: bool,
    /// Whether only those may see it who were added to it.
    #[serde(default)]
    pub(crate) private: bool,
    /// Its permission scheme, by name.
    pub(crate) permission_scheme: String,
    /// Its workflow, by name.
    pub(crate) workflow: String,
    /// Issue types that have another workflow: name of the type to name of the workflow.
    #[serde(default)]
    pub(crate) workflows: BTreeMap<String, String>,
    /// Its issue types, by name.
    pub(crate) issue_types: Vec<String>,
    /// Its components.
    #[serde(default)]
    pub(crate) components: Vec<ComponentSeed>,
    /// Its versions.
    #[serde(default)]
    pub(crate) versions: Vec<VersionSeed>,
    /// The members of its roles, by the name of the role.
    #[serde(default)]
    pub(crate) roles: BTreeMap<String, HoldersSeed>,
    /// The levels that issues can be hidden behind.
    #[serde(default)]
    pub(crate) security_levels: Vec<SecurityLevelSeed>,
}

/// A part of a project.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComponentSeed {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
}

/// A version of a project's product.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VersionSeed {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Whether it is out.
    #[serde(default)]
    pub(crate) released: bool,
    /// Whether no issue can name it any more.
    #[serde(default)]
    pub(crate) archived: bool,
}

/// A level that hides an issue from everybody but its members.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecurityLevelSeed {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Who sees the issues.
    pub(crate) members: HoldersSeed,
}

fn software() -> String {
    "software".to_owned()
}

fn unassigned() -> AssigneeType {
    AssigneeType::Unassigned
}
