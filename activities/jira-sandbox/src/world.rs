//! The world: accounts, one or more projects, issues and comments. Pure: it changes by [`World::apply`] only, so the
//! same seed and the same effects give the same world.

mod attachment;
mod changed_permissions;
mod history;
mod index;
mod issue;
mod link;
mod new_project;
mod permits;
mod project;
mod user;
mod workflow;
mod worklog;

use std::collections::BTreeMap;

pub(crate) use attachment::{Attachment, Attachments};
pub(crate) use changed_permissions::{ChangedPermission, ChangedPermissions};
pub(crate) use index::EarlierVersions;
pub(crate) use issue::{Comment, HistoryEntry, HistoryItem, Issue};
pub(crate) use link::{Link, LinkType};
pub(crate) use project::{Component, IssueType, Project, SecurityLevel, Version};
pub(crate) use user::{Holders, PermissionGrant, PermissionScheme, User};
pub(crate) use workflow::{Category, Priority, Resolution, ResolutionAfter, ScreenField, Status, Transition, Workflow};
pub(crate) use worklog::Worklog;

use crate::{
    effect::{
        Change, CommentAdded, CommentPropertyChanged, Effect, IssueCreated, IssueEdited, PropertyChanged, WatcherAdded,
    },
    field::Field,
    limits::Limits,
    switches::Switches,
};

/// What an administrator changed in the world of the seed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adjustments {
    /// Permissions given to users: e-mail and permission key, a project's in every project.
    pub granted: Vec<(String, String)>,
    /// Permissions taken from users: e-mail and permission key. What is taken is not granted.
    pub revoked: Vec<(String, String)>,
    /// Fields made required: name of the issue type and id of the field.
    pub required: Vec<(String, String)>,
}

/// Everything that Jira would have in its database, and how this Jira behaves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct World {
    pub(crate) users: Vec<User>,
    /// Every group, also those that nobody is in.
    pub(crate) groups: Vec<String>,
    /// The roles that every project has.
    pub(crate) roles: Vec<String>,
    pub(crate) permission_schemes: Vec<PermissionScheme>,
    pub(crate) global_permissions: Vec<PermissionGrant>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) workflows: Vec<Workflow>,
    pub(crate) resolutions: Vec<Resolution>,
    /// The priorities, most urgent first.
    pub(crate) priorities: Vec<Priority>,
    /// The id of the priority of an issue that was created without one.
    pub(crate) default_priority: String,
    /// Every field of this site, in the order in which an issue shows them.
    pub(crate) fields: Vec<Field>,
    /// The issue types of the site, also those that no project has.
    pub(crate) issue_types: Vec<IssueType>,
    pub(crate) projects: Vec<Project>,
    /// The types of links.
    pub(crate) link_types: Vec<LinkType>,
    pub(crate) issues: BTreeMap<u64, Issue>,
    /// The links between issues, oldest first.
    pub(crate) links: Vec<Link>,
    pub(crate) attachments: Attachments,
    pub(crate) switches: Switches,
    pub(crate) limits: Limits,
    /// How long a search does not see a change, in seconds.
    pub(crate) search_lag_seconds: u64,
    /// How long a single search may not see a change, in seconds.
    pub(crate) longest_search_lag_seconds: u64,
    pub(crate) adjustments: Adjustments,
    /// What was changed in the permissions while the world goes on.
    pub(crate) changed_permissions: ChangedPermissions,
    pub(crate) earlier: EarlierVersions,
    pub(crate) next_issue: u64,
    pub(crate) next_comment: u64,
    pub(crate) next_link: u64,
    pub(crate) next_worklog: u64,
}

impl World {
    /// Makes the change of an effect. Never refuses: what is in the log has happened.
    pub(crate) fn apply(&mut self, effect: &Effect, change: &Change) {
        self.keep_earlier(change, effect.time);
        for lost in self.attachments_lost(change) {
            self.remove_attachment(effect, lost);
        }
        match change {
            Change::IssueCreated(created) => self.create_issue(effect, created),
            Change::IssuesDeleted(ids) => {
                self.issues.retain(|id, _| !ids.contains(id));
                self.forget_links(ids);
            }
            Change::IssuesLinked(linked) => self.link_issues(effect, linked),
            Change::IssueEdited(edited) => self.edit_issue(effect, edited),
            Change::CommentAdded(added) => self.add_comment(effect, added),
            Change::WatcherAdded(added) => self.add_watcher(added),
            Change::WorklogAdded(added) => self.add_worklog(effect, added),
            Change::CommentPropertyChanged(changed) => self.change_comment_property(changed),
            Change::AttachmentsAdded(added) => self.add_attachments(effect, added),
            // What it takes away is gone already.
            Change::AttachmentRemoved(_) => {}
            Change::PropertyChanged(changed) => self.change_property(changed),
            Change::ProjectCreated(created) => self.create_project(effect, created),
        }
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

    /// Finds a field by its id.
    pub(crate) fn field(&self, id: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.id == id)
    }

    pub(crate) fn status(&self, id: &str) -> Option<&Status> {
        self.statuses.iter().find(|status| status.id == id)
    }

    pub(crate) fn resolution(&self, id: &str) -> Option<&Resolution> {
        self.resolutions.iter().find(|resolution| resolution.id == id)
    }

    pub(crate) fn priority(&self, id: &str) -> Option<&Priority> {
        self.priorities.iter().find(|priority| priority.id == id)
    }

    /// The workflow of an issue type in a project.
    pub(crate) fn workflow(&self, project: &Project, issue_type: &str) -> Option<&Workflow> {
        let name = project.workflows.get(issue_type).unwrap_or(&project.workflow);
        self.workflows.iter().find(|workflow| workflow.name == *name)
    }

    pub(crate) fn type_of(&self, issue: &Issue) -> Option<&IssueType> {
        self.project_of(issue).and_then(|project| project.issue_type(&issue.issue_type))
    }

    pub(crate) fn project_of(&self, issue: &Issue) -> Option<&Project> {
        self.projects.iter().find(|project| project.id == issue.project)
    }

    /// Finds an issue by id or key.
    pub(crate) fn issue(&self, id_or_key: &str) -> Option<&Issue> {
        let is_it = |key: &String| key.eq_ignore_ascii_case(id_or_key);
        match id_or_key.parse::<u64>() {
            Ok(id) => self.issues.get(&id),
            Err(_) => {
                let by_key = self.issues.values().find(|issue| is_it(&issue.key));
                by_key.or_else(|| self.issues.values().find(|issue| issue.former_keys.iter().any(is_it)))
            }
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
            status: created.status.clone(),
            creator: effect.account.clone(),
            created: effect.time,
            updated: effect.time,
            resolved: None,
            fields: created.fields.clone(),
            properties: created.properties.clone(),
            comments: Vec::new(),
            watchers: Vec::new(),
            worklogs: Vec::new(),
            history: Vec::new(),
            former_keys: Vec::new(),
        };
        self.issues.insert(created.id, issue);
    }

    fn edit_issue(&mut self, effect: &Effect, edited: &IssueEdited) {
        let items = self.history_of(edited);
        let Some(issue) = self.issues.get_mut(&edited.issue) else { return };
        issue.set(edited, effect.time);
        if !items.is_empty() {
            let (account, time) = (effect.account.clone(), effect.time);
            let metadata = edited.history_metadata.clone();
            issue.history.push(HistoryEntry { id: effect.seq, account, time, metadata, items });
        }
        edited.comments.iter().for_each(|added| self.add_comment(effect, added));
    }

    fn add_comment(&mut self, effect: &Effect, added: &CommentAdded) {
        self.next_comment = self.next_comment.max(added.id + 1);
        let Some(issue) = self.issues.get_mut(&added.issue) else { return };
        issue.updated = effect.time;
        issue.comments.push(Comment::new(effect.account.clone(), effect.time, added));
    }

    /// Watching changes nothing of the issue itself. \[unverified\]
    fn add_watcher(&mut self, added: &WatcherAdded) {
        let Some(issue) = self.issues.get_mut(&added.issue) else { return };
        if !issue.watchers.contains(&added.account) {
            issue.watchers.push(added.account.clone());
        }
    }

    /// A property is not a field: neither `updated` nor the history tells of it. \[unverified\]
    fn change_property(&mut self, changed: &PropertyChanged) {
        let Some(issue) = self.issues.get_mut(&changed.issue) else { return };
        match &changed.value {
            Some(value) => issue.properties.insert(changed.key.clone(), value.clone()),
            None => issue.properties.remove(&changed.key),
        };
    }

    fn change_comment_property(&mut self, changed: &CommentPropertyChanged) {
        let Some(issue) = self.issues.get_mut(&changed.issue) else { return };
        let Some(comment) = issue.comments.iter_mut().find(|comment| comment.id == changed.comment) else { return };
        match &changed.value {
            Some(value) => comment.properties.insert(changed.key.clone(), value.clone()),
            None => comment.properties.remove(&changed.key),
        };
    }
}
