//! What an issue answers when a query asks about one of its fields.

use serde_json::Value as Json;

use super::{
    atom::Atom,
    date,
    subject::{Domain, Subject, What},
    value::{Scope, key},
};
use crate::{document, field::Kind, world::Issue};

/// An issue that is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) issue: &'a Issue,
}

impl Facts<'_> {
    /// Whether the field has no value.
    pub(super) fn is_empty(self, subject: &Subject) -> bool {
        if subject.domain == Domain::Text { self.texts(subject).is_empty() } else { self.values(subject).is_empty() }
    }

    /// The values of the field, comparable with those that a query names.
    pub(super) fn values(self, subject: &Subject) -> Vec<Atom> {
        match &subject.what {
            What::Key => key(&self.issue.key).into_iter().collect(),
            What::StatusCategory => {
                let status = self.scope.world.status(&self.issue.status);
                status.map(|status| Atom::word(status.category.shown().1)).into_iter().collect()
            }
            What::Field(id) => self.field(id, subject.domain),
            What::Text | What::Comments => Vec::new(),
        }
    }

    /// The texts of the field.
    pub(super) fn texts(self, subject: &Subject) -> Vec<String> {
        match &subject.what {
            What::Field(id) => self.stored_text(id).into_iter().collect(),
            What::Comments => self.comments(),
            What::Text => {
                let is_text = |kind: &Kind| matches!(kind, Kind::Summary | Kind::Text | Kind::Document);
                let fields = self.scope.world.fields.iter().filter(|field| is_text(&field.kind));
                fields.filter_map(|field| self.stored_text(&field.id)).chain(self.comments()).collect()
            }
            What::Key | What::StatusCategory => Vec::new(),
        }
    }

    /// What an issue is sorted by: names where people sort by names, places where there is an order.
    pub(super) fn rank(self, subject: &Subject) -> Option<Atom> {
        match (&subject.what, subject.domain) {
            (_, Domain::Project) => self.scope.world.project_of(self.issue).map(|project| Atom::word(&project.key)),
            (_, Domain::User) => self.values(subject).into_iter().next().map(|account| self.display_name(account)),
            (_, Domain::Text) => self.texts(subject).first().map(|text| Atom::word(text)),
            (_, Domain::Status | Domain::StatusCategory) => {
                self.scope.world.statuses.iter().position(|status| status.id == self.issue.status).map(Atom::place)
            }
            _ => {
                let mut values = self.values(subject);
                values.sort_by(|left, right| super::atom::compare(Some(left), Some(right)));
                values.into_iter().next()
            }
        }
    }

    fn display_name(self, account: Atom) -> Atom {
        let Atom::Word(id) = &account else { return account };
        self.scope.world.user(id).map_or(account.clone(), |user| Atom::word(&user.display_name))
    }

    fn field(self, id: &str, domain: Domain) -> Vec<Atom> {
        let issue = self.issue;
        match id {
            "project" => return vec![Atom::word(&issue.project.to_string())],
            "issuetype" => return vec![Atom::word(&issue.issue_type)],
            "status" => return vec![Atom::word(&issue.status)],
            "creator" => return vec![Atom::word(&issue.creator)],
            "created" => return vec![Atom::Time(issue.created)],
            "updated" => return vec![Atom::Time(issue.updated)],
            "resolutiondate" => return issue.resolved.map(Atom::Time).into_iter().collect(),
            _ => {}
        }
        let Some(stored) = issue.fields.get(id) else { return Vec::new() };
        match stored {
            Json::Array(items) => items.iter().filter_map(|item| self.stored(item, domain)).collect(),
            one => self.stored(one, domain).into_iter().collect(),
        }
    }

    fn stored(self, stored: &Json, domain: Domain) -> Option<Atom> {
        match (domain, stored) {
            (Domain::Number, Json::Number(number)) => number.as_f64().map(Atom::Number),
            (Domain::Time, Json::String(text)) => date::stored(text).map(Atom::Time),
            (Domain::Priority, Json::String(id)) => {
                self.scope.world.priorities.iter().rev().position(|priority| priority.id == *id).map(Atom::place)
            }
            (Domain::Issue, Json::Number(id)) => {
                self.scope.world.issues.get(&id.as_u64()?).and_then(|issue| key(&issue.key))
            }
            (_, Json::String(text)) => Some(Atom::word(text)),
            _ => None,
        }
    }

    fn stored_text(self, id: &str) -> Option<String> {
        match self.issue.fields.get(id)? {
            Json::String(text) => Some(text.clone()),
            document @ Json::Object(_) => Some(document::text(document)),
            _ => None,
        }
    }

    fn comments(self) -> Vec<String> {
        let comments = self.scope.world.visible_comments(self.scope.caller, self.issue);
        comments.into_iter().map(|comment| document::text(&comment.body)).collect()
    }
}
