//! The world: accounts, one or more projects, issues and comments. Pure: it changes by [`World::apply`] only, so the
//! same seed and the same effects give the same world.

mod permits;
mod seed;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    effect::{Change, CommentAdded, Effect, IssueCreated},
    switches::Switches,
};

/// What an administrator changed in the built-in world.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adjustments {
    /// Permissions taken from users: e-mail and permission key.
    pub revoked: Vec<(String, String)>,
    /// Fields made required: name of the issue type and id of the field.
    pub required: Vec<(String, String)>,
}

/// Everything that Jira would have in its database, and how this Jira behaves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct World {
    pub(crate) users: Vec<User>,
    pub(crate) projects: Vec<Project>,
    pub(crate) issues: BTreeMap<u64, Issue>,
    pub(crate) switches: Switches,
    pub(crate) adjustments: Adjustments,
    next_issue: u64,
    next_comment: u64,
}

/// An Atlassian account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) account_id: &'static str,
    pub(crate) email: &'static str,
    pub(crate) display_name: &'static str,
    pub(crate) groups: &'static [&'static str],
    pub(crate) permissions: Vec<&'static str>,
}

/// A project, its issue types and components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Project {
    pub(crate) id: u64,
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) issue_types: Vec<IssueType>,
    pub(crate) components: Vec<Component>,
    pub(crate) next_number: u64,
}

/// An issue type and the fields of its create screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IssueType {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) subtask: bool,
    pub(crate) avatar: u64,
    pub(crate) screen: &'static [&'static str],
}

/// A part of a project that issues can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Component {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
}

/// A step of the built-in flow of issues, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) category: (u64, &'static str, &'static str, &'static str),
    /// The transition that leads here, from everywhere.
    pub(crate) transition: &'static str,
}

/// How urgent an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Priority {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) color: &'static str,
}

/// An issue; `fields` are the stored values by field id.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Issue {
    pub(crate) id: u64,
    pub(crate) key: String,
    pub(crate) project: u64,
    pub(crate) issue_type: String,
    pub(crate) status: &'static str,
    pub(crate) creator: String,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) fields: Map<String, Value>,
    pub(crate) properties: BTreeMap<String, Value>,
    pub(crate) comments: Vec<Comment>,
}

/// A comment on an issue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) created: Timestamp,
    pub(crate) body: Value,
    pub(crate) visibility: Option<Value>,
    pub(crate) properties: BTreeMap<String, Value>,
}

pub(crate) use permits::ROLES;
pub(crate) use seed::{DEFAULT_PRIORITY, PRIORITIES, STATUSES};

impl World {
    /// The built-in world, as it is before any effect.
    pub(crate) fn built_in(switches: Switches, adjustments: Adjustments) -> Self {
        seed::world(switches, adjustments)
    }

    /// Makes the change of an effect. Never refuses: what is in the log has happened.
    pub(crate) fn apply(&mut self, effect: &Effect, change: &Change) {
        match change {
            Change::IssueCreated(created) => self.create_issue(effect, created),
            Change::IssuesDeleted(ids) => ids.iter().for_each(|id| {
                self.issues.remove(id);
            }),
            Change::CommentAdded(added) => self.add_comment(effect, added),
        }
    }

    pub(crate) fn next_issue(&self) -> u64 {
        self.next_issue
    }

    pub(crate) fn next_comment(&self) -> u64 {
        self.next_comment
    }

    pub(crate) fn user(&self, account_id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.account_id == account_id)
    }

    pub(crate) fn user_by_email(&self, email: &str) -> Option<&User> {
        self.users.iter().find(|user| user.email.eq_ignore_ascii_case(email))
    }

    /// Finds a project by id or key, in either case as Jira does.
    pub(crate) fn project(&self, id_or_key: &str) -> Option<&Project> {
        self.projects
            .iter()
            .find(|project| project.key.eq_ignore_ascii_case(id_or_key) || project.id.to_string() == id_or_key)
    }

    pub(crate) fn project_of(&self, issue: &Issue) -> Option<&Project> {
        self.projects.iter().find(|project| project.id == issue.project)
    }

    /// Finds an issue by id or key.
    pub(crate) fn issue(&self, id_or_key: &str) -> Option<&Issue> {
        match id_or_key.parse::<u64>() {
            Ok(id) => self.issues.get(&id),
            Err(_) => self.issues.values().find(|issue| issue.key.eq_ignore_ascii_case(id_or_key)),
        }
    }

    /// The sub-tasks of an issue, oldest first.
    pub(crate) fn subtasks(&self, parent: &Issue) -> Vec<&Issue> {
        self.issues.values().filter(|issue| issue.fields.get("parent") == Some(&parent.id.into())).collect()
    }

    /// Finds a comment anywhere by its id, with its issue.
    pub(crate) fn comment(&self, id: &str) -> Option<(&Issue, &Comment)> {
        let id = id.parse::<u64>().ok()?;
        self.issues.values().find_map(|issue| {
            let comment = issue.comments.iter().find(|comment| comment.id == id)?;
            Some((issue, comment))
        })
    }

    fn create_issue(&mut self, effect: &Effect, created: &IssueCreated) {
        let Some(project) = self.projects.iter_mut().find(|project| project.id == created.project) else { return };
        project.next_number = project.next_number.max(created.number + 1);
        let key = format!("{}-{}", project.key, created.number);
        self.next_issue = self.next_issue.max(created.id + 1);
        let issue = Issue {
            id: created.id,
            key,
            project: created.project,
            issue_type: created.issue_type.clone(),
            status: STATUSES[0].id,
            creator: effect.account.clone(),
            created: effect.time,
            updated: effect.time,
            fields: created.fields.clone(),
            properties: created.properties.clone(),
            comments: Vec::new(),
        };
        self.issues.insert(created.id, issue);
    }

    fn add_comment(&mut self, effect: &Effect, added: &CommentAdded) {
        self.next_comment = self.next_comment.max(added.id + 1);
        let Some(issue) = self.issues.get_mut(&added.issue) else { return };
        issue.updated = effect.time;
        issue.comments.push(Comment::new(effect.account.clone(), effect.time, added));
    }
}

impl Comment {
    /// The comment that an addition makes.
    pub(crate) fn new(author: String, created: Timestamp, added: &CommentAdded) -> Self {
        Self {
            id: added.id,
            author,
            created,
            body: added.body.clone(),
            visibility: added.visibility.clone(),
            properties: added.properties.clone(),
        }
    }
}

impl Project {
    /// Finds an issue type by its id.
    pub(crate) fn issue_type(&self, id: &str) -> Option<&IssueType> {
        self.issue_types.iter().find(|issue_type| issue_type.id == id)
    }
}
