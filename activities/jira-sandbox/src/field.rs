//! The fields of issues, and what each holds. Those of every site are in `system`, those that people added come from the
//! seed; how a value is read is in [`crate::field_value`].

mod system;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) use system::fields as system_fields;

/// A field of issues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: FieldKind,
    pub(crate) navigable: bool,
    /// The permission that setting it needs besides creating or editing.
    pub(crate) permission: Option<&'static str>,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FieldKind {
    Project,
    IssueType,
    Parent,
    Summary,
    Document,
    User,
    Users,
    Priority,
    Resolution,
    Security,
    Labels,
    Components,
    Version,
    Versions,
    Date,
    DateTime,
    Text,
    Url,
    Number,
    Select(Vec<FieldOption>),
    MultiSelect(Vec<FieldOption>),
    /// Options with children; one of each is chosen.
    Cascading(Vec<FieldOption>),
    /// The sprints that the boards of this site have; an issue is in one, and was in those that are closed.
    Sprint(Vec<Sprint>),
    /// The comments; an update can add one.
    Comments,
    /// Jira itself sets it; type and, for a list, type of its items.
    Computed(&'static str, Option<&'static str>),
}

/// A value that a select field offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldOption {
    pub(crate) id: String,
    pub(crate) value: String,
    pub(crate) children: Vec<Self>,
}

/// A sprint of a board. \[CONN\]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sprint {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) state: SprintState,
}

/// How far a sprint is. \[CONN\]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SprintState {
    /// It has not begun.
    Future,
    /// It goes on.
    Active,
    /// It is over, and takes no more issues. \[unverified\]
    Closed,
}

impl Field {
    /// Whether people added it to this site.
    pub(crate) fn is_custom(&self) -> bool {
        self.id.starts_with("customfield_")
    }

    /// Its number, for a custom field.
    fn custom_id(&self) -> Option<u64> {
        self.id.strip_prefix("customfield_")?.parse().ok()
    }

    /// Whether it holds several values.
    pub(crate) fn is_list(&self) -> bool {
        matches!(
            self.kind,
            FieldKind::Labels
                | FieldKind::Components
                | FieldKind::Versions
                | FieldKind::Users
                | FieldKind::MultiSelect(_)
        )
    }

    /// Its type as Jira describes it, `JsonTypeBean`. \[SPEC\]
    pub(crate) fn schema(&self) -> Value {
        let (kind, items) = self.type_names();
        let mut schema = Map::new();
        schema.insert("type".to_owned(), kind.into());
        if let Some(items) = items {
            schema.insert("items".to_owned(), items.into());
        }
        match self.custom_id() {
            Some(number) => {
                let custom = match self.kind {
                    FieldKind::Sprint(_) => "com.pyxis.greenhopper.jira:gh-sprint".to_owned(),
                    _ => format!("com.atlassian.jira.plugin.system.customfieldtypes:{}", self.custom_type()),
                };
                schema.insert("custom".to_owned(), custom.into());
                schema.insert("customId".to_owned(), number.into());
            }
            None => {
                schema.insert("system".to_owned(), self.id.clone().into());
            }
        }
        schema.into()
    }

    /// What an update may do with it. \[SPEC\]
    pub(crate) fn operations(&self) -> Value {
        match self.kind {
            FieldKind::Comments => json!(["add"]),
            _ if self.is_list() => json!(["add", "set", "remove"]),
            _ => json!(["set"]),
        }
    }

    fn type_names(&self) -> (&'static str, Option<&'static str>) {
        match &self.kind {
            FieldKind::Project => ("project", None),
            FieldKind::IssueType => ("issuetype", None),
            FieldKind::Parent => ("issuelink", None),
            FieldKind::Summary | FieldKind::Document | FieldKind::Text | FieldKind::Url => ("string", None),
            FieldKind::User => ("user", None),
            FieldKind::Users => ("array", Some("user")),
            FieldKind::Priority => ("priority", None),
            FieldKind::Resolution => ("resolution", None),
            FieldKind::Security => ("securitylevel", None),
            FieldKind::Labels => ("array", Some("string")),
            FieldKind::Components => ("array", Some("component")),
            FieldKind::Version => ("version", None),
            FieldKind::Versions => ("array", Some("version")),
            FieldKind::Date => ("date", None),
            FieldKind::DateTime => ("datetime", None),
            FieldKind::Number => ("number", None),
            FieldKind::Select(_) => ("option", None),
            FieldKind::MultiSelect(_) => ("array", Some("option")),
            FieldKind::Cascading(_) => ("option-with-child", None),
            FieldKind::Sprint(_) => ("array", Some("json")),
            FieldKind::Comments => ("comments-page", None),
            FieldKind::Computed(kind, items) => (kind, *items),
        }
    }

    fn custom_type(&self) -> &'static str {
        match self.kind {
            FieldKind::Document => "textarea",
            FieldKind::Number => "float",
            FieldKind::Select(_) => "select",
            FieldKind::MultiSelect(_) => "multiselect",
            FieldKind::Cascading(_) => "cascadingselect",
            FieldKind::User => "userpicker",
            FieldKind::Users => "multiuserpicker",
            FieldKind::Version => "version",
            FieldKind::Versions => "multiversion",
            FieldKind::Labels => "labels",
            FieldKind::Url => "url",
            FieldKind::Date => "datepicker",
            FieldKind::DateTime => "datetime",
            _ => "textfield",
        }
    }
}
