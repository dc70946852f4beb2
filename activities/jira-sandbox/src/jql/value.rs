//! What the values and functions of a query mean in this world, for the one who asks. What that person may not see does
//! not exist.

use jiff::Timestamp;

use super::{
    JqlError,
    atom::Atom,
    date,
    subject::{Domain, Subject, What},
    tree::Value,
};
use crate::{
    field::{FieldOption, Kind, Sprint, SprintState},
    world::{Project, User, World},
};

/// In which world, by whom and when a query is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) world: &'a World,
    pub(crate) caller: &'a User,
    pub(crate) now: Timestamp,
}

/// Why a value means nothing.
#[derive(Debug)]
pub(super) enum Meaningless {
    /// There is no such value; whether that is refused is a switch.
    Unknown(String),
    /// It could not be a value of the field.
    Invalid(String),
    NotServed(String),
}

impl From<Meaningless> for JqlError {
    fn from(meaningless: Meaningless) -> Self {
        match meaningless {
            Meaningless::Unknown(message) | Meaningless::Invalid(message) => Self::Refused(vec![message]),
            Meaningless::NotServed(what) => Self::NotServed(what),
        }
    }
}

impl<'a> Scope<'a> {
    /// What one value means for a subject: all that have the name. `EMPTY` is handled by the caller.
    pub(super) fn atoms(self, subject: &Subject, value: &Value) -> Result<Vec<Atom>, Meaningless> {
        match value {
            Value::Empty => Ok(Vec::new()),
            Value::Text(text) => self.named(subject, text),
            Value::Function { name, arguments } => self.function(subject, name, arguments),
        }
    }

    fn named(self, subject: &Subject, text: &str) -> Result<Vec<Atom>, Meaningless> {
        let found = match subject.domain {
            Domain::Time => return self.time(subject, text),
            Domain::Number => return number(subject, text),
            Domain::Issue => return self.issue(subject, text),
            Domain::Exact => return Ok(vec![Atom::word(text)]),
            Domain::Project => {
                let named = |project: &Project| fits(text, &project.id.to_string(), &[&project.key, &project.name]);
                self.visible().filter(|project| named(project)).map(|found| Atom::word(&found.id.to_string())).collect()
            }
            Domain::IssueType => {
                let types = self.visible().flat_map(|project| &project.issue_types);
                words(text, types.map(|kind| (&kind.id, &kind.name)))
            }
            Domain::Component => {
                let components = self.visible().flat_map(|project| &project.components);
                words(text, components.map(|component| (&component.id, &component.name)))
            }
            Domain::Version => {
                let versions = self.visible().flat_map(|project| &project.versions);
                words(text, versions.map(|version| (&version.id, &version.name)))
            }
            Domain::Status => words(text, self.world.statuses.iter().map(|status| (&status.id, &status.name))),
            Domain::Resolution => {
                words(text, self.world.resolutions.iter().map(|resolution| (&resolution.id, &resolution.name)))
            }
            Domain::StatusCategory => {
                let categories = self.world.statuses.iter().map(|status| status.category.shown());
                let wanted = categories.filter(|(id, key, _, name)| fits(text, &id.to_string(), &[key, name]));
                wanted.map(|(_, key, ..)| Atom::word(key)).collect()
            }
            Domain::Priority => {
                let priorities = self.world.priorities.iter().rev().enumerate();
                let wanted = priorities.filter(|(_, priority)| fits(text, &priority.id, &[&priority.name]));
                wanted.map(|(place, _)| Atom::place(place)).collect()
            }
            Domain::User => self.users(text),
            Domain::Option => self.options(subject, text),
            Domain::Sprint => {
                let named = |sprint: &Sprint| fits(text, &sprint.id.to_string(), &[&sprint.name]);
                self.sprints(subject, named)
            }
            Domain::Text => Vec::new(),
        };
        if found.is_empty() { Err(unknown(subject, text)) } else { Ok(found) }
    }

    /// The projects that the one who asks may browse.
    fn visible(&self) -> impl Iterator<Item = &'a Project> {
        let Self { world, caller, .. } = *self;
        world.projects.iter().filter(move |project| world.permits_in(caller, "BROWSE_PROJECTS", project))
    }

    /// By account id, display name or e-mail address, where that is not hidden.
    fn users(self, text: &str) -> Vec<Atom> {
        let shows_email = |user: &User| !self.world.switches.emails_hidden || user.account_id == self.caller.account_id;
        let wanted = self.world.users.iter().filter(|user| {
            fits(text, &user.account_id, &[&user.display_name]) || (shows_email(user) && fits(text, "", &[&user.email]))
        });
        wanted.map(|user| Atom::word(&user.account_id)).collect()
    }

    fn options(self, subject: &Subject, text: &str) -> Vec<Atom> {
        let What::Field(id) = &subject.what else { return Vec::new() };
        match self.world.field(id).map(|field| &field.kind) {
            Some(Kind::Select(options) | Kind::MultiSelect(options) | Kind::Cascading(options)) => {
                words(text, options.iter().flat_map(with_children).map(|option| (&option.id, &option.value)))
            }
            _ => Vec::new(),
        }
    }

    /// The sprints of a field that are wanted: as its values are kept, by id.
    fn sprints(self, subject: &Subject, is_wanted: impl Fn(&Sprint) -> bool) -> Vec<Atom> {
        let What::Field(id) = &subject.what else { return Vec::new() };
        let Some(Kind::Sprint(sprints)) = self.world.field(id).map(|field| &field.kind) else { return Vec::new() };
        sprints.iter().filter(|sprint| is_wanted(sprint)).map(|sprint| Atom::word(&sprint.id.to_string())).collect()
    }

    /// An issue by key or id. It must be there, and be visible.
    fn issue(self, subject: &Subject, text: &str) -> Result<Vec<Atom>, Meaningless> {
        if let Some(issue) = self.world.visible_issue(self.caller, text) {
            return key(&issue.key).map(|key| vec![key]).ok_or_else(|| unknown(subject, text));
        }
        if key(text).is_none() && text.parse::<u64>().is_err() {
            return Err(Meaningless::Invalid(format!(
                "The issue key '{text}' for field '{}' is invalid.",
                subject.name
            )));
        }
        Err(Meaningless::Unknown(format!("An issue with key '{text}' does not exist for field '{}'.", subject.name)))
    }

    fn time(self, subject: &Subject, text: &str) -> Result<Vec<Atom>, Meaningless> {
        let time = date::time(text, self.now);
        let time = time.ok_or_else(|| Meaningless::Invalid(date::not_a_time(text, &subject.name)))?;
        Ok(vec![Atom::Time(time)])
    }

    fn function(self, subject: &Subject, name: &str, arguments: &[String]) -> Result<Vec<Atom>, Meaningless> {
        if let Some(time) = date::function(name, arguments, self.now) {
            let time = time.map_err(Meaningless::Invalid)?;
            return if subject.domain == Domain::Time { Ok(vec![Atom::Time(time)]) } else { Err(unfit(subject, name)) };
        }
        match name.to_lowercase().as_str() {
            "currentuser" | "membersof" if subject.domain != Domain::User => Err(unfit(subject, name)),
            "currentuser" => Ok(vec![Atom::word(&self.caller.account_id)]),
            "membersof" => self.members(arguments),
            "opensprints" => self.sprints_in(subject, name, arguments, SprintState::Active),
            "closedsprints" => self.sprints_in(subject, name, arguments, SprintState::Closed),
            "futuresprints" => self.sprints_in(subject, name, arguments, SprintState::Future),
            known if NOT_SERVED.contains(&known) => Err(Meaningless::NotServed(format!("the JQL function {name}()"))),
            _ => Err(Meaningless::Invalid(format!("Unable to find JQL function '{name}({})'.", arguments.join(", ")))),
        }
    }

    /// All sprints that are so far, of which there may be none. \[unverified\]
    fn sprints_in(
        self,
        subject: &Subject,
        name: &str,
        arguments: &[String],
        state: SprintState,
    ) -> Result<Vec<Atom>, Meaningless> {
        if subject.domain != Domain::Sprint {
            return Err(unfit(subject, name));
        }
        if !arguments.is_empty() {
            let message = format!("Function '{name}' expected '0' arguments but received '{}'.", arguments.len());
            return Err(Meaningless::Invalid(message));
        }
        Ok(self.sprints(subject, |sprint| sprint.state == state))
    }

    fn members(self, arguments: &[String]) -> Result<Vec<Atom>, Meaningless> {
        let [group] = arguments else {
            let message = format!("Function 'membersOf' expected '1' arguments but received '{}'.", arguments.len());
            return Err(Meaningless::Invalid(message));
        };
        let members =
            self.world.users.iter().filter(|user| user.groups.iter().any(|name| name.eq_ignore_ascii_case(group)));
        let members: Vec<_> = members.map(|user| Atom::word(&user.account_id)).collect();
        if members.is_empty() {
            let message = format!(
                "Function 'membersOf' can not generate a list of usernames for group '{group}'; the group does not exist."
            );
            return Err(Meaningless::Unknown(message));
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

fn number(subject: &Subject, text: &str) -> Result<Vec<Atom>, Meaningless> {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let message = || format!("The value '{text}' is not a number, as the field '{}' needs.", subject.name);
    Ok(vec![Atom::Number(number.ok_or_else(|| Meaningless::Invalid(message()))?)])
}

/// The value names nothing that the one who asks can see. \[unverified\]
fn unknown(subject: &Subject, text: &str) -> Meaningless {
    Meaningless::Unknown(format!("The value '{text}' does not exist for the field '{}'.", subject.name))
}

fn unfit(subject: &Subject, function: &str) -> Meaningless {
    Meaningless::Invalid(format!(
        "A value provided by the function '{function}' is invalid for the field '{}'.",
        subject.name
    ))
}

/// All whose id or name a text is.
fn words<'a>(text: &str, all: impl Iterator<Item = (&'a String, &'a String)>) -> Vec<Atom> {
    all.filter(|(id, name)| fits(text, id, &[name])).map(|(id, _)| Atom::word(id)).collect()
}

fn with_children(option: &FieldOption) -> impl Iterator<Item = &FieldOption> {
    std::iter::once(option).chain(&option.children)
}

/// Whether a text is an id, or one of the names in either case.
fn fits(text: &str, id: &str, names: &[&str]) -> bool {
    text == id || names.iter().any(|name| name.to_lowercase() == text.to_lowercase())
}

/// The parts of an issue key, for comparing. `None` where it is none.
pub(super) fn key(text: &str) -> Option<Atom> {
    let (project, number) = text.rsplit_once('-')?;
    let is_project = project.starts_with(|first: char| first.is_ascii_alphabetic())
        && project.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    is_project.then_some(())?;
    Some(Atom::Key(project.to_uppercase(), number.parse().ok()?))
}
