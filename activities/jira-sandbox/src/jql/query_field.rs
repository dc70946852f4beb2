//! What a query can ask about: the names of fields in queries, and which operators each takes.

use super::tree::Operator;
use crate::{
    field::{Field, FieldKind},
    world::World,
};

/// Fields of queries that Jira has and the sandbox does not, in lower case.
const NOT_SERVED: &[&str] = &[
    "approvals",
    "attachments",
    "category",
    "development",
    "epic link",
    "filter",
    "hierarchylevel",
    "issue.property",
    "issuelink",
    "issuelinktype",
    "lastviewed",
    "level",
    "organizations",
    "originalestimate",
    "rank",
    "remainingestimate",
    "request",
    "savedfilter",
    "searchrequest",
    "sprint",
    "statuscategorychangeddate",
    "timeestimate",
    "timeoriginalestimate",
    "timespent",
    "voter",
    "votes",
    "watcher",
    "watchers",
    "worklogauthor",
    "worklogcomment",
    "worklogdate",
    "workratio",
];

/// Whether Jira knows the field and the sandbox does not.
pub(super) fn is_not_served(name: &str) -> bool {
    NOT_SERVED.contains(&name.trim().to_lowercase().as_str())
}

/// A field of a query, found by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QueryField {
    /// The name as it was written, for messages.
    pub(super) name: String,
    pub(super) source: ValueSource,
    pub(super) domain: ValueDomain,
}

/// Where the values of a queried field are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ValueSource {
    Key,
    StatusCategory,
    /// Summary, description, environment, comments and custom fields of text.
    Text,
    Comments,
    /// A field by its id.
    Field(String),
}

/// Which values there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueDomain {
    Project,
    Issue,
    IssueType,
    Status,
    StatusCategory,
    Resolution,
    Priority,
    User,
    /// A text that is equal or not: a label, an address.
    Exact,
    Component,
    Version,
    Option,
    Sprint,
    Text,
    Number,
    Time,
}

impl QueryField {
    /// Finds a field by its name in a query: a system field by its own names, a custom field by name or `cf[…]`.
    pub(super) fn find(name: &str, world: &World) -> Option<Self> {
        let lower = name.trim().to_lowercase();
        let (source, domain) = match system(&lower) {
            Some(found) => found,
            None => custom(&lower, world)?,
        };
        Some(Self { name: name.to_owned(), source, domain })
    }
}

/// A system field: its names in queries, the first one the usual one, and where its values are.
type SystemField = (&'static [&'static str], &'static str, ValueDomain);

/// The system fields that are served, by field id. \[unverified\] as far as Jira has more names for them.
const SYSTEM: &[SystemField] = &[
    (&["project"], "project", ValueDomain::Project),
    (&["issuetype", "type"], "issuetype", ValueDomain::IssueType),
    (&["status"], "status", ValueDomain::Status),
    (&["resolution"], "resolution", ValueDomain::Resolution),
    (&["priority"], "priority", ValueDomain::Priority),
    (&["assignee"], "assignee", ValueDomain::User),
    (&["reporter"], "reporter", ValueDomain::User),
    (&["creator"], "creator", ValueDomain::User),
    (&["labels"], "labels", ValueDomain::Exact),
    (&["component"], "components", ValueDomain::Component),
    (&["fixVersion"], "fixVersions", ValueDomain::Version),
    (&["affectedVersion"], "versions", ValueDomain::Version),
    (&["parent"], "parent", ValueDomain::Issue),
    (&["summary"], "summary", ValueDomain::Text),
    (&["description"], "description", ValueDomain::Text),
    (&["environment"], "environment", ValueDomain::Text),
    (&["created", "createdDate"], "created", ValueDomain::Time),
    (&["updated", "updatedDate"], "updated", ValueDomain::Time),
    (&["resolved", "resolutiondate"], "resolutiondate", ValueDomain::Time),
    (&["due", "duedate"], "duedate", ValueDomain::Time),
    (&["comment"], "comment", ValueDomain::Text),
];

/// The names of a system field in queries, none where it is not searched.
pub(crate) fn names_of(id: &str) -> &'static [&'static str] {
    SYSTEM.iter().find(|(_, field, _)| *field == id).map_or(&[], |(names, ..)| names)
}

fn system(name: &str) -> Option<(ValueSource, ValueDomain)> {
    match name {
        "key" | "issuekey" | "issue" | "id" => return Some((ValueSource::Key, ValueDomain::Issue)),
        "statuscategory" => return Some((ValueSource::StatusCategory, ValueDomain::StatusCategory)),
        "text" => return Some((ValueSource::Text, ValueDomain::Text)),
        "comment" => return Some((ValueSource::Comments, ValueDomain::Text)),
        _ => {}
    }
    let has_name = |names: &[&str]| names.iter().any(|own| own.eq_ignore_ascii_case(name));
    let (_, id, domain) = SYSTEM.iter().find(|(names, ..)| has_name(names))?;
    Some((ValueSource::Field((*id).to_owned()), *domain))
}

fn custom(name: &str, world: &World) -> Option<(ValueSource, ValueDomain)> {
    let number = name.strip_prefix("cf[").and_then(|rest| rest.strip_suffix(']'));
    let id = number.map(|number| format!("customfield_{number}"));
    let is_wanted = |field: &Field| match &id {
        Some(id) => field.id == *id,
        None => field.is_custom() && field.name.to_lowercase() == name,
    };
    let field = world.fields.iter().find(|field| is_wanted(field))?;
    Some((ValueSource::Field(field.id.clone()), domain(field)?))
}

fn domain(field: &Field) -> Option<ValueDomain> {
    Some(match field.kind {
        FieldKind::Text | FieldKind::Document => ValueDomain::Text,
        FieldKind::User | FieldKind::Users => ValueDomain::User,
        FieldKind::Labels | FieldKind::Url => ValueDomain::Exact,
        FieldKind::Date | FieldKind::DateTime => ValueDomain::Time,
        FieldKind::Number => ValueDomain::Number,
        FieldKind::Version | FieldKind::Versions => ValueDomain::Version,
        FieldKind::Select(_) | FieldKind::MultiSelect(_) | FieldKind::Cascading(_) => ValueDomain::Option,
        FieldKind::Sprint(_) => ValueDomain::Sprint,
        _ => return None,
    })
}

impl ValueDomain {
    /// Whether Jira takes the operator for such a field. \[unverified\]
    pub(super) fn takes(self, operator: Operator) -> bool {
        match operator {
            Operator::Contains | Operator::ContainsNot => self == Self::Text,
            Operator::Is | Operator::IsNot => true,
            Operator::Equals | Operator::NotEquals | Operator::In | Operator::NotIn => self != Self::Text,
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                matches!(self, Self::Issue | Self::Priority | Self::Number | Self::Time)
            }
        }
    }
}
