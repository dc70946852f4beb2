//! What a query can ask about: the names of fields in queries, and which operators each takes.

use super::tree::Operator;
use crate::{
    field::{Field, Kind},
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
pub(super) struct Subject {
    /// The name as it was written, for messages.
    pub(super) name: String,
    pub(super) what: What,
    pub(super) domain: Domain,
}

/// Where the values of a subject are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
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
pub(super) enum Domain {
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

impl Subject {
    /// Finds a subject by the name of a query: a system field by its own names, a custom field by name or `cf[…]`.
    pub(super) fn find(name: &str, world: &World) -> Option<Self> {
        let lower = name.trim().to_lowercase();
        let (what, domain) = match system(&lower) {
            Some(found) => found,
            None => custom(&lower, world)?,
        };
        Some(Self { name: name.to_owned(), what, domain })
    }
}

/// A system field: its names in queries, the first one the usual one, and where its values are.
type System = (&'static [&'static str], &'static str, Domain);

/// The system fields that are served, by field id. \[unverified\] as far as Jira has more names for them.
const SYSTEM: &[System] = &[
    (&["project"], "project", Domain::Project),
    (&["issuetype", "type"], "issuetype", Domain::IssueType),
    (&["status"], "status", Domain::Status),
    (&["resolution"], "resolution", Domain::Resolution),
    (&["priority"], "priority", Domain::Priority),
    (&["assignee"], "assignee", Domain::User),
    (&["reporter"], "reporter", Domain::User),
    (&["creator"], "creator", Domain::User),
    (&["labels"], "labels", Domain::Exact),
    (&["component"], "components", Domain::Component),
    (&["fixVersion"], "fixVersions", Domain::Version),
    (&["affectedVersion"], "versions", Domain::Version),
    (&["parent"], "parent", Domain::Issue),
    (&["summary"], "summary", Domain::Text),
    (&["description"], "description", Domain::Text),
    (&["environment"], "environment", Domain::Text),
    (&["created", "createdDate"], "created", Domain::Time),
    (&["updated", "updatedDate"], "updated", Domain::Time),
    (&["resolved", "resolutiondate"], "resolutiondate", Domain::Time),
    (&["due", "duedate"], "duedate", Domain::Time),
    (&["comment"], "comment", Domain::Text),
];

/// The names of a system field in queries, none where it is not searched.
pub(crate) fn names_of(id: &str) -> &'static [&'static str] {
    SYSTEM.iter().find(|(_, field, _)| *field == id).map_or(&[], |(names, ..)| names)
}

fn system(name: &str) -> Option<(What, Domain)> {
    match name {
        "key" | "issuekey" | "issue" | "id" => return Some((What::Key, Domain::Issue)),
        "statuscategory" => return Some((What::StatusCategory, Domain::StatusCategory)),
        "text" => return Some((What::Text, Domain::Text)),
        "comment" => return Some((What::Comments, Domain::Text)),
        _ => {}
    }
    let has_name = |names: &[&str]| names.iter().any(|own| own.eq_ignore_ascii_case(name));
    let (_, id, domain) = SYSTEM.iter().find(|(names, ..)| has_name(names))?;
    Some((What::Field((*id).to_owned()), *domain))
}

fn custom(name: &str, world: &World) -> Option<(What, Domain)> {
    let number = name.strip_prefix("cf[").and_then(|rest| rest.strip_suffix(']'));
    let id = number.map(|number| format!("customfield_{number}"));
    let is_wanted = |field: &Field| match &id {
        Some(id) => field.id == *id,
        None => field.is_custom() && field.name.to_lowercase() == name,
    };
    let field = world.fields.iter().find(|field| is_wanted(field))?;
    Some((What::Field(field.id.clone()), domain(field)?))
}

fn domain(field: &Field) -> Option<Domain> {
    Some(match field.kind {
        Kind::Text | Kind::Document => Domain::Text,
        Kind::User | Kind::Users => Domain::User,
        Kind::Labels | Kind::Url => Domain::Exact,
        Kind::Date | Kind::DateTime => Domain::Time,
        Kind::Number => Domain::Number,
        Kind::Version | Kind::Versions => Domain::Version,
        Kind::Select(_) | Kind::MultiSelect(_) | Kind::Cascading(_) => Domain::Option,
        Kind::Sprint(_) => Domain::Sprint,
        _ => return None,
    })
}

impl Domain {
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
