//! What the values and functions of a query mean in this world, for the one who asks. What that person may not see does
//! not exist.

use jiff::Timestamp;

use super::{
    JqlError,
    atom::ComparableValue,
    date,
    query_field::{QueryField, ValueDomain, ValueSource},
    tree::Value,
};
use crate::{
    field::{FieldKind, FieldOption, Sprint, SprintState},
    world::{Project, User, World},
};

/// In which world, by whom and when a query is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueryContext<'a> {
    pub(crate) world: &'a World,
    pub(crate) caller: &'a User,
    pub(crate) now: Timestamp,
}

/// Why a value means nothing.
#[derive(Debug)]
pub(super) enum ValueProblem {
    /// There is no such value; whether that is refused is a switch.
    Unknown(String),
    /// It could not be a value of the field.
    Invalid(String),
    NotServed(String),
}

impl From<ValueProblem> for JqlError {
    fn from(meaningless: ValueProblem) -> Self {
        match meaningless {
            ValueProblem::Unknown(message) | ValueProblem::Invalid(message) => Self::Refused(vec![message]),
            ValueProblem::NotServed(what) => Self::NotServed(what),
        }
    }
}

impl<'a> QueryContext<'a> {
    /// What one value means for a queried field: all that have the name. `EMPTY` is handled by the caller.
    pub(super) fn atoms(self, queried: &QueryField, value: &Value) -> Result<Vec<ComparableValue>, ValueProblem> {
        match value {
            Value::Empty => Ok(Vec::new()),
            Value::Text(text) => self.named(queried, text),
            Value::Function { name, arguments } => self.function(queried, name, arguments),
        }
    }

    fn named(self, queried: &QueryField, text: &str) -> Result<Vec<ComparableValue>, ValueProblem> {
        let found = match queried.domain {
            ValueDomain::Time => return self.time(queried, text),
            ValueDomain::Number => return number(queried, text),
            ValueDomain::Issue => return self.issue(queried, text),
            ValueDomain::Exact => return Ok(vec![ComparableValue::word(text)]),
            ValueDomain::Project => {
                let named = |project: &Project| fits(text, &project.id.to_string(), &[&project.key, &project.name]);
                self.visible()
                    .filter(|project| named(project))
                    .map(|found| ComparableValue::word(&found.id.to_string()))
                    .collect()
            }
            ValueDomain::IssueType => {
                let types = self.visible().flat_map(|project| &project.issue_types);
                words(text, types.map(|kind| (&kind.id, &kind.name)))
            }
            ValueDomain::Component => {
                let components = self.visible().flat_map(|project| &project.components);
                words(text, components.map(|component| (&component.id, &component.name)))
            }
            ValueDomain::Version => {
                let versions = self.visible().flat_map(|project| &project.versions);
                words(text, versions.map(|version| (&version.id, &version.name)))
            }
            ValueDomain::Status => words(text, self.world.statuses.iter().map(|status| (&status.id, &status.name))),
            ValueDomain::Resolution => {
                words(text, self.world.resolutions.iter().map(|resolution| (&resolution.id, &resolution.name)))
            }
            ValueDomain::StatusCategory => {
                let categories = self.world.statuses.iter().map(|status| status.category.shown());
                let wanted = categories.filter(|(id, key, _, name)| fits(text, &id.to_string(), &[key, name]));
                wanted.map(|(_, key, ..)| ComparableValue::word(key)).collect()
            }
            ValueDomain::Priority => {
                let priorities = self.world.priorities.iter().rev().enumerate();
                let wanted = priorities.filter(|(_, priority)| fits(text, &priority.id, &[&priority.name]));
                wanted.map(|(place, _)| ComparableValue::place(place)).collect()
            }
            ValueDomain::User => self.users(text),
            ValueDomain::Option => self.options(queried, text),
            ValueDomain::Sprint => {
                let named = |sprint: &Sprint| fits(text, &sprint.id.to_string(), &[&sprint.name]);
                self.sprints(queried, named)
            }
            ValueDomain::Text => Vec::new(),
        };
        if found.is_empty() { Err(unknown(queried, text)) } else { Ok(found) }
    }

    /// The projects that the one who asks may browse.
    fn visible(&self) -> impl Iterator<Item = &'a Project> {
        let Self { world, caller, .. } = *self;
        world.projects.iter().filter(move |project| world.permits_in(caller, "BROWSE_PROJECTS", project))
    }

    /// By account id, display name or e-mail address, where that is not hidden.
    fn users(self, text: &str) -> Vec<ComparableValue> {
        let shows_email = |user: &User| !self.world.switches.emails_hidden || user.account_id == self.caller.account_id;
        let wanted = self.world.users.iter().filter(|user| {
            fits(text, &user.account_id, &[&user.display_name]) || (shows_email(user) && fits(text, "", &[&user.email]))
        });
        wanted.map(|user| ComparableValue::word(&user.account_id)).collect()
    }

    fn options(self, queried: &QueryField, text: &str) -> Vec<ComparableValue> {
        let ValueSource::Field(id) = &queried.source else { return Vec::new() };
        match self.world.field(id).map(|field| &field.kind) {
            Some(FieldKind::Select(options) | FieldKind::MultiSelect(options) | FieldKind::Cascading(options)) => {
                words(text, options.iter().flat_map(with_children).map(|option| (&option.id, &option.value)))
            }
            _ => Vec::new(),
        }
    }

    /// The sprints of a field that are wanted: as its values are kept, by id.
    fn sprints(self, queried: &QueryField, is_wanted: impl Fn(&Sprint) -> bool) -> Vec<ComparableValue> {
        let ValueSource::Field(id) = &queried.source else { return Vec::new() };
        let Some(FieldKind::Sprint(sprints)) = self.world.field(id).map(|field| &field.kind) else { return Vec::new() };
        sprints
            .iter()
            .filter(|sprint| is_wanted(sprint))
            .map(|sprint| ComparableValue::word(&sprint.id.to_string()))
            .collect()
    }

    /// An issue by key or id. It must be there, and be visible.
    fn issue(self, queried: &QueryField, text: &str) -> Result<Vec<ComparableValue>, ValueProblem> {
        if let Some(issue) = self.world.visible_issue(self.caller, text) {
            return key(&issue.key).map(|key| vec![key]).ok_or_else(|| unknown(queried, text));
        }
        if key(text).is_none() && text.parse::<u64>().is_err() {
            return Err(ValueProblem::Invalid(format!(
                "The issue key '{text}' for field '{}' is invalid.",
                queried.name
            )));
        }
        Err(ValueProblem::Unknown(format!("An issue with key '{text}' does not exist for field '{}'.", queried.name)))
    }

    fn time(self, queried: &QueryField, text: &str) -> Result<Vec<ComparableValue>, ValueProblem> {
        let time = date::time(text, self.now);
        let time = time.ok_or_else(|| ValueProblem::Invalid(date::not_a_time(text, &queried.name)))?;
        Ok(vec![ComparableValue::Time(time)])
    }

    fn function(
        self,
        queried: &QueryField,
        name: &str,
        arguments: &[String],
    ) -> Result<Vec<ComparableValue>, ValueProblem> {
        if let Some(time) = date::function(name, arguments, self.now) {
            let time = time.map_err(ValueProblem::Invalid)?;
            return if queried.domain == ValueDomain::Time {
                Ok(vec![ComparableValue::Time(time)])
            } else {
                Err(unfit(queried, name))
            };
        }
        match name.to_lowercase().as_str() {
            "currentuser" | "membersof" if queried.domain != ValueDomain::User => Err(unfit(queried, name)),
            "currentuser" => Ok(vec![ComparableValue::word(&self.caller.account_id)]),
            "membersof" => self.members(arguments),
            "opensprints" => self.sprints_in(queried, name, arguments, SprintState::Active),
            "closedsprints" => self.sprints_in(queried, name, arguments, SprintState::Closed),
            "futuresprints" => self.sprints_in(queried, name, arguments, SprintState::Future),
            known if NOT_SERVED.contains(&known) => Err(ValueProblem::NotServed(format!("the JQL function {name}()"))),
            _ => Err(ValueProblem::Invalid(format!("Unable to find JQL function '{name}({})'.", arguments.join(", ")))),
        }
    }

    /// All sprints that are so far, of which there may be none. \[unverified\]
    fn sprints_in(
        self,
        queried: &QueryField,
        name: &str,
        arguments: &[String],
        state: SprintState,
    ) -> Result<Vec<ComparableValue>, ValueProblem> {
        if queried.domain != ValueDomain::Sprint {
            return Err(unfit(queried, name));
        }
        if !arguments.is_empty() {
            let message = format!("Function '{name}' expected '0' arguments but received '{}'.", arguments.len());
            return Err(ValueProblem::Invalid(message));
        }
        Ok(self.sprints(queried, |sprint| sprint.state == state))
    }

    fn members(self, arguments: &[String]) -> Result<Vec<ComparableValue>, ValueProblem> {
        let [group] = arguments else {
            let message = format!("Function 'membersOf' expected '1' arguments but received '{}'.", arguments.len());
            return Err(ValueProblem::Invalid(message));
        };
        let members =
            self.world.users.iter().filter(|user| user.groups.iter().any(|name| name.eq_ignore_ascii_case(group)));
        let members: Vec<_> = members.map(|user| ComparableValue::word(&user.account_id)).collect();
        if members.is_empty() {
            let message = format!(
                "Function 'membersOf' can not generate a list of usernames for group '{group}'; the group does not exist."
            );
            return Err(ValueProblem::Unknown(message));
        }
        Ok(members)
    }
}

/// Functions that Jira has and the sandbox does not, in lower case.
const NOT_SERVED: &[&str] = &[
    "approved",
    "cascadeoption",
    "componentsleadbyuser",
    "currentlogin",
    "earliestunreleasedversion",
    "issuehistory",
    "issueswithremotelinksbyglobalid",
    "lastlogin",
    "latestreleasedversion",
    "linkedissues",
    "parentepic",
    "projectsleadbyuser",
    "projectswhereuserhaspermission",
    "projectswhereuserhasrole",
    "releasedversions",
    "standardissuetypes",
    "subtaskissuetypes",
    "unreleasedversions",
    "updatedby",
    "votedissues",
    "watchedissues",
];

fn number(queried: &QueryField, text: &str) -> Result<Vec<ComparableValue>, ValueProblem> {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let message = || format!("The value '{text}' is not a number, as the field '{}' needs.", queried.name);
    Ok(vec![ComparableValue::Number(number.ok_or_else(|| ValueProblem::Invalid(message()))?)])
}

/// The value names nothing that the one who asks can see. \[unverified\]
fn unknown(queried: &QueryField, text: &str) -> ValueProblem {
    ValueProblem::Unknown(format!("The value '{text}' does not exist for the field '{}'.", queried.name))
}

fn unfit(queried: &QueryField, function: &str) -> ValueProblem {
    ValueProblem::Invalid(format!(
        "A value provided by the function '{function}' is invalid for the field '{}'.",
        queried.name
    ))
}

/// All whose id or name a text is.
fn words<'a>(text: &str, all: impl Iterator<Item = (&'a String, &'a String)>) -> Vec<ComparableValue> {
    all.filter(|(id, name)| fits(text, id, &[name])).map(|(id, _)| ComparableValue::word(id)).collect()
}

fn with_children(option: &FieldOption) -> impl Iterator<Item = &FieldOption> {
    std::iter::once(option).chain(&option.children)
}

/// Whether a text is an id, or one of the names in either case.
fn fits(text: &str, id: &str, names: &[&str]) -> bool {
    text == id || names.iter().any(|name| name.to_lowercase() == text.to_lowercase())
}

/// The parts of an issue key, for comparing. `None` where it is none.
pub(super) fn key(text: &str) -> Option<ComparableValue> {
    let (project, number) = text.rsplit_once('-')?;
    let is_project = project.starts_with(|first: char| first.is_ascii_alphabetic())
        && project.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    is_project.then_some(())?;
    Some(ComparableValue::Key(project.to_uppercase(), number.parse().ok()?))
}
