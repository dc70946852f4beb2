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
    pub(crate) kind: Kind,
    pub(crate) navigable: bool,
    /// The permission that setting it needs besides creating or editing.
    pub(crate) permission: Option<&'static str>,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
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
        matches!(self.kind, Kind::Labels | Kind::Components | Kind::Versions | Kind::Users | Kind::MultiSelect(_))
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
                    Kind::Sprint(_) => "com.pyxis.greenhopper.jira:gh-sprint".to_owned(),
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
            Kind::Comments => json!(["add"]),
            _ if self.is_list() => json!(["add", "set", "remove"]),
            _ => json!(["set"]),
        }
    }

    fn type_names(&self) -> (&'static str, Option<&'static str>) {
        match &self.kind {
            Kind::Project => ("project", None),
            Kind::IssueType => ("issuetype", None),
            Kind::Parent => ("issuelink", None),
            Kind::Summary | Kind::Document | Kind::Text | Kind::Url => ("string", None),
            Kind::User => ("user", None),
            Kind::Users => ("array", Some("user")),
            Kind::Priority => ("priority", None),
            Kind::Resolution => ("resolution", None),
            Kind::Security => ("securitylevel", None),
            Kind::Labels => ("array", Some("string")),
            Kind::Components => ("array", Some("component")),
            Kind::Version => ("version", None),
            Kind::Versions => ("array", Some("version")),
            Kind::Date => ("date", None),
            Kind::DateTime => ("datetime", None),
            Kind::Number => ("number", None),
            Kind::Select(_) => ("option", None),
            Kind::MultiSelect(_) => ("array", Some("option")),
            Kind::Cascading(_) => ("option-with-child", None),
            Kind::Sprint(_) => ("array", Some("json")),
            Kind::Comments => ("comments-page", None),
            Kind::Computed(kind, items) => (kind, *items),
        }
    }

    fn custom_type(&self) -> &'static str {
        match self.kind {
            Kind::Document => "textarea",
            Kind::Number => "float",
            Kind::Select(_) => "select",
            Kind::MultiSelect(_) => "multiselect",
            Kind::Cascading(_) => "cascadingselect",
            Kind::User => "userpicker",
            Kind::Users => "multiuserpicker",
            Kind::Version => "version",
            Kind::Versions => "multiversion",
            Kind::Labels => "labels",
            Kind::Url => "url",
            Kind::Date => "datepicker",
            Kind::DateTime => "datetime",
            _ => "textfield",
        }
    }
}
