//! The fields of issues: which there are, what they hold, how a value is read and refused.

mod read;

use serde_json::{Map, Value, json};

pub(crate) use read::{Context, names, not_on_screen, read};

/// A field of issues.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) navigable: bool,
    /// The permission that setting it needs besides creating or editing.
    pub(crate) permission: Option<&'static str>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Project,
    IssueType,
    Parent,
    Summary,
    Document,
    User,
    Priority,
    Labels,
    Components,
    Date,
    Text,
    Number,
    /// Options: id and value.
    Select(&'static [(&'static str, &'static str)]),
    /// Jira itself sets it; type and, for a list, type of its items.
    Computed(&'static str, Option<&'static str>),
}

/// Finds a field by its id.
pub(crate) fn find(id: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.id == id)
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
                let custom = format!("com.atlassian.jira.plugin.system.customfieldtypes:{}", self.custom_type());
                schema.insert("custom".to_owned(), custom.into());
                schema.insert("customId".to_owned(), number.into());
            }
            None => {
                schema.insert("system".to_owned(), self.id.into());
            }
        }
        schema.into()
    }

    /// What an update may do with it. \[SPEC\]
    pub(crate) fn operations(&self) -> Value {
        match self.kind {
            Kind::Labels | Kind::Components => json!(["add", "set", "remove"]),
            _ => json!(["set"]),
        }
    }

    fn type_names(&self) -> (&'static str, Option<&'static str>) {
        match self.kind {
            Kind::Project => ("project", None),
            Kind::IssueType => ("issuetype", None),
            Kind::Parent => ("issuelink", None),
            Kind::Summary | Kind::Document | Kind::Text => ("string", None),
            Kind::User => ("user", None),
            Kind::Priority => ("priority", None),
            Kind::Labels => ("array", Some("string")),
            Kind::Components => ("array", Some("component")),
            Kind::Date => ("date", None),
            Kind::Number => ("number", None),
            Kind::Select(_) => ("option", None),
            Kind::Computed(kind, items) => (kind, items),
        }
    }

    fn custom_type(&self) -> &'static str {
        match self.kind {
            Kind::Document => "textarea",
            Kind::Number => "float",
            Kind::Select(_) => "select",
            Kind::User => "userpicker",
            Kind::Date => "datepicker",
            _ => "textfield",
        }
    }
}

const fn field(id: &'static str, name: &'static str, kind: Kind) -> Field {
    Field { id, name, kind, navigable: true, permission: None }
}

const fn guarded(id: &'static str, name: &'static str, kind: Kind, permission: &'static str) -> Field {
    Field { id, name, kind, navigable: true, permission: Some(permission) }
}

const fn hidden(id: &'static str, name: &'static str, kind: Kind) -> Field {
    Field { id, name, kind, navigable: false, permission: None }
}

/// Every field of this site, in the order in which an issue shows them.
pub(crate) const FIELDS: &[Field] = &[
    field("issuetype", "Issue Type", Kind::IssueType),
    field("project", "Project", Kind::Project),
    field("parent", "Parent", Kind::Parent),
    field("summary", "Summary", Kind::Summary),
    field("description", "Description", Kind::Document),
    field("status", "Status", Kind::Computed("status", None)),
    field("priority", "Priority", Kind::Priority),
    guarded("assignee", "Assignee", Kind::User, "ASSIGN_ISSUES"),
    guarded("reporter", "Reporter", Kind::User, "MODIFY_REPORTER"),
    field("creator", "Creator", Kind::Computed("user", None)),
    field("labels", "Labels", Kind::Labels),
    field("components", "Components", Kind::Components),
    guarded("duedate", "Due date", Kind::Date, "SCHEDULE_ISSUES"),
    field("created", "Created", Kind::Computed("datetime", None)),
    field("updated", "Updated", Kind::Computed("datetime", None)),
    field("resolution", "Resolution", Kind::Computed("resolution", None)),
    field("resolutiondate", "Resolved", Kind::Computed("datetime", None)),
    field("fixVersions", "Fix versions", Kind::Computed("array", Some("version"))),
    field("versions", "Affects versions", Kind::Computed("array", Some("version"))),
    field("issuelinks", "Linked Issues", Kind::Computed("array", Some("issuelinks"))),
    field("subtasks", "Sub-tasks", Kind::Computed("array", Some("issuelinks"))),
    field("watches", "Watchers", Kind::Computed("watches", None)),
    field("votes", "Votes", Kind::Computed("votes", None)),
    field("workratio", "Work Ratio", Kind::Computed("number", None)),
    hidden("attachment", "Attachment", Kind::Computed("array", Some("attachment"))),
    hidden("comment", "Comment", Kind::Computed("comments-page", None)),
    hidden("worklog", "Log Work", Kind::Computed("array", Some("worklog"))),
    field("customfield_10101", "Customer", Kind::Text),
    field("customfield_10102", "Steps to reproduce", Kind::Document),
    field("customfield_10103", "Story points", Kind::Number),
    field("customfield_10104", "Found in", Kind::Select(FOUND_IN)),
    field("customfield_10105", "Approver", Kind::User),
    field("customfield_10106", "Target date", Kind::Date),
];

const FOUND_IN: &[(&str, &str)] = &[("10201", "Production"), ("10202", "Staging"), ("10203", "Development")];
