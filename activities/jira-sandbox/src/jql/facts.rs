//! What an issue answers when a query asks about one of its fields.

use serde_json::Value as Json;

use super::{
    atom::ComparableValue,
    date,
    query_field::{QueryField, ValueDomain, ValueSource},
    value::{QueryContext, key},
};
use crate::{document, field::FieldKind, world::Issue};

/// An issue that is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct IssueFacts<'a> {
    pub(super) context: QueryContext<'a>,
    pub(super) issue: &'a Issue,
}

impl IssueFacts<'_> {
    /// Whether the field has no value.
    pub(super) fn is_empty(self, queried: &QueryField) -> bool {
        if queried.domain == ValueDomain::Text {
            self.texts(queried).is_empty()
        } else {
            self.values(queried).is_empty()
        }
    }

    /// The values of the field, comparable with those that a query names.
    pub(super) fn values(self, queried: &QueryField) -> Vec<ComparableValue> {
        match &queried.source {
            ValueSource::Key => key(&self.issue.key).into_iter().collect(),
            ValueSource::StatusCategory => {
                let status = self.context.world.status(&self.issue.status);
                status.map(|status| ComparableValue::word(status.category.shown().1)).into_iter().collect()
            }
            ValueSource::Field(id) => self.field(id, queried.domain),
            ValueSource::Text | ValueSource::Comments => Vec::new(),
        }
    }

    /// The texts of the field.
    pub(super) fn texts(self, queried: &QueryField) -> Vec<String> {
        match &queried.source {
            ValueSource::Field(id) => self.stored_text(id).into_iter().collect(),
            ValueSource::Comments => self.comments(),
            ValueSource::Text => {
                let is_text =
                    |kind: &FieldKind| matches!(kind, FieldKind::Summary | FieldKind::Text | FieldKind::Document);
                let fields = self.context.world.fields.iter().filter(|field| is_text(&field.kind));
                fields.filter_map(|field| self.stored_text(&field.id)).chain(self.comments()).collect()
            }
            ValueSource::Key | ValueSource::StatusCategory => Vec::new(),
        }
    }

    /// What an issue is sorted by: names where people sort by names, places where there is an order.
    pub(super) fn rank(self, queried: &QueryField) -> Option<ComparableValue> {
        match (&queried.source, queried.domain) {
            (_, ValueDomain::Project) => {
                self.context.world.project_of(self.issue).map(|project| ComparableValue::word(&project.key))
            }
            (_, ValueDomain::User) => self.values(queried).into_iter().next().map(|account| self.display_name(account)),
            (_, ValueDomain::Text) => self.texts(queried).first().map(|text| ComparableValue::word(text)),
            (_, ValueDomain::Status | ValueDomain::StatusCategory) => self
                .context
                .world
                .statuses
                .iter()
                .position(|status| status.id == self.issue.status)
                .map(ComparableValue::place),
            _ => {
                let mut values = self.values(queried);
                values.sort_by(|left, right| super::atom::compare(Some(left), Some(right)));
                values.into_iter().next()
            }
        }
    }

    fn display_name(self, account: ComparableValue) -> ComparableValue {
        let ComparableValue::Word(id) = &account else { return account };
        self.context.world.user(id).map_or(account.clone(), |user| ComparableValue::word(&user.display_name))
    }

    fn field(self, id: &str, domain: ValueDomain) -> Vec<ComparableValue> {
        let issue = self.issue;
        match id {
            "project" => return vec![ComparableValue::word(&issue.project.to_string())],
            "issuetype" => return vec![ComparableValue::word(&issue.issue_type)],
            "status" => return vec![ComparableValue::word(&issue.status)],
            "creator" => return vec![ComparableValue::word(&issue.creator)],
            "created" => return vec![ComparableValue::Time(issue.created)],
            "updated" => return vec![ComparableValue::Time(issue.updated)],
            "resolutiondate" => return issue.resolved.map(ComparableValue::Time).into_iter().collect(),
            _ => {}
        }
        let Some(stored) = issue.fields.get(id) else { return Vec::new() };
        match stored {
            Json::Array(items) => items.iter().filter_map(|item| self.stored(item, domain)).collect(),
            one => self.stored(one, domain).into_iter().collect(),
        }
    }

    fn stored(self, stored: &Json, domain: ValueDomain) -> Option<ComparableValue> {
        match (domain, stored) {
            (ValueDomain::Number, Json::Number(number)) => number.as_f64().map(ComparableValue::Number),
            (ValueDomain::Time, Json::String(text)) => date::stored(text).map(ComparableValue::Time),
            (ValueDomain::Priority, Json::String(id)) => self
                .context
                .world
                .priorities
                .iter()
                .rev()
                .position(|priority| priority.id == *id)
                .map(ComparableValue::place),
            (ValueDomain::Issue, Json::Number(id)) => {
                self.context.world.issues.get(&id.as_u64()?).and_then(|issue| key(&issue.key))
            }
            (_, Json::String(text)) => Some(ComparableValue::word(text)),
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
        let comments = self.context.world.visible_comments(self.context.caller, self.issue);
        comments.into_iter().map(|comment| document::text(&comment.body)).collect()
    }
}
