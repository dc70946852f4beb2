//! Projects: their issue types, components, versions, roles and security levels.

use std::collections::BTreeMap;

use super::Holders;
use crate::effect::AssigneeType;

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Project {
    pub(crate) id: u64,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) url: Option<String>,
    /// An account id.
    pub(crate) lead: String,
    /// The type's key, such as `software`.
    pub(crate) project_type: String,
    /// The key of the template that it was made from, where that is known.
    pub(crate) template: Option<String>,
    pub(crate) assignee_type: AssigneeType,
    pub(crate) archived: bool,
    pub(crate) private: bool,
    /// The name of a permission scheme.
    pub(crate) permission_scheme: String,
    /// The name of the workflow of all issue types that have no other.
    pub(crate) workflow: String,
    /// Id of an issue type to the name of its own workflow.
    pub(crate) workflows: BTreeMap<String, String>,
    pub(crate) issue_types: Vec<IssueType>,
    pub(crate) components: Vec<Component>,
    pub(crate) versions: Vec<Version>,
    /// The members of each role by its name.
    pub(crate) roles: BTreeMap<String, Holders>,
    pub(crate) security_levels: Vec<SecurityLevel>,
    pub(crate) next_number: u64,
}

/// An issue type, and the fields of its screens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IssueType {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) subtask: bool,
    pub(crate) avatar: u64,
    pub(crate) create_screen: Vec<String>,
    pub(crate) edit_screen: Vec<String>,
    pub(crate) required: Vec<String>,
}

/// A part of a project that issues can name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Component {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// A version of a project's product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) released: bool,
    pub(crate) archived: bool,
}

/// A level that hides an issue from everybody but its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecurityLevel {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) members: Holders,
}

impl Project {
    /// Finds an issue type by its id.
    pub(crate) fn issue_type(&self, id: &str) -> Option<&IssueType> {
        self.issue_types.iter().find(|issue_type| issue_type.id == id)
    }

    /// The account that is assigned where the default is asked for; `None` where that is nobody.
    pub(crate) fn default_assignee(&self) -> Option<&str> {
        (self.assignee_type == AssigneeType::ProjectLead).then_some(self.lead.as_str())
    }
}

impl IssueType {
    /// Whether a field is on the create screen.
    pub(crate) fn creates(&self, field: &str) -> bool {
        self.create_screen.iter().any(|shown| shown == field)
    }

    /// Whether a field is on the edit screen.
    pub(crate) fn edits(&self, field: &str) -> bool {
        self.edit_screen.iter().any(|shown| shown == field)
    }
}
