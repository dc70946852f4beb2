//! What has to be done to an issue: which transition, with which fields, and where the comment goes. All of it is read and
//! checked before the first effect.

use flowrun_engine::activity::Failure;
use serde_json::{Map, Value, json};

use super::{Input, Moved, NAMES, Output};
use crate::{
    activity::{evidence::newest_change, fields::Form, issue_with_history, text},
    client::{ErrorKind, JiraError, Reader},
    input::IssueKey,
    resolve::{Aim, Assignable, Field, Move, Named, Transition, Users, transitions},
};

/// What has to be done.
pub(in crate::activity) struct TransitionPlan {
    /// Where the issue stands.
    pub(super) standing: Standing,
    /// The transition; none if it has the status already.
    pub(super) moving: Option<Moving>,
}

/// An issue as it is before anything is done.
#[derive(Debug)]
pub(in crate::activity) struct Standing {
    pub(super) id: String,
    pub(super) key: String,
    /// Its status.
    pub(super) from: Named,
    /// The newest entry of its history.
    pub(super) history: Option<u64>,
}

/// A transition with what is set on the way.
#[derive(Debug)]
pub(in crate::activity) struct Moving {
    pub(super) transition: Transition,
    fields: Map<String, Value>,
    comment: Option<Value>,
    /// The fields that `fields` names.
    further: Vec<String>,
}

/// Reads the issue and its transitions, and prepares the one that is asked for.
pub(super) async fn read(reader: &Reader, input: &Input, aim: Aim) -> Result<TransitionPlan, Failure> {
    let available = transitions(reader, &input.issue).await?;
    let required = available.iter().flat_map(|transition| &transition.screen.fields).filter(|field| field.required);
    let wanted = required.fold("status".to_owned(), |wanted, field| format!("{wanted},{}", field.field_id));
    let found = issue_with_history(reader, &input.issue, &wanted).await?;
    let standing = Standing::read(&found, &input.issue)?;
    let moving = match aim.find(&standing.key, &standing.from, &available)? {
        Move::Already => None,
        Move::Through(transition) => Some(prepare(reader, input, transition.clone(), &found).await?),
    };
    Ok(TransitionPlan { standing, moving })
}

async fn prepare(reader: &Reader, input: &Input, transition: Transition, found: &Value) -> Result<Moving, Failure> {
    let further: Vec<_> = input.fields.keys().cloned().collect();
    let form = Form { screen: &transition.screen, names: NAMES, changes: true, further: &further };
    let own = input.resolution.iter().map(|name| ("resolution", json!(name.as_str()))).collect();
    let users = Users::new(reader, Assignable::Issue(input.issue.as_str()));
    let fields = form.fill(own, input.fields.clone(), users, Map::new()).await?;
    let document = input.comment.clone().and_then(|text| text.0.into_document());
    let takes_comment = transition.screen.by_id("comment").is_some_and(|field| field.takes("add"));
    let comment = document.filter(|_| takes_comment);
    let missing = transition.screen.missing(&fields).into_iter();
    let missing: Vec<_> = missing.filter(|field| !has(field, found, comment.is_some())).collect();
    form.require(&missing)?;
    Ok(Moving { transition, fields, comment, further })
}

/// Whether a field that no input sets has a value all the same.
fn has(field: &Field, issue: &Value, commented: bool) -> bool {
    if field.field_id == "comment" {
        return commented;
    }
    let value = &issue["fields"][&field.field_id];
    !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty())
}

impl TransitionPlan {
    /// What the activity gives when it is done.
    pub(super) fn moved(&self) -> Moved {
        match &self.moving {
            Some(moving) => moving.moved(&self.standing),
            None => self.standing.moved(&self.standing.from, None, false),
        }
    }
}

impl Standing {
    fn moved(&self, to: &Named, transition: Option<&Named>, commented: bool) -> Moved {
        let output = Output {
            key: self.key.clone(),
            from: self.from.name.clone(),
            to: to.name.clone(),
            transition: transition.map(|transition| transition.name.clone()),
        };
        Moved { output, commented }
    }

    fn read(issue: &Value, given: &IssueKey) -> Result<Self, Failure> {
        let subject = given.to_string();
        let status = &issue["fields"]["status"];
        let named = status["id"].as_str().zip(status["name"].as_str());
        let unreadable = || JiraError::of_read(&*subject, ErrorKind::Unreadable("it has no `status`".into()));
        let (id, name) = named.ok_or_else(unreadable)?;
        let from = Named { id: id.to_owned(), name: name.to_owned() };
        let (id, key, history) = (text(issue, "id", &subject)?, text(issue, "key", &subject)?, newest_change(issue));
        Ok(Self { id, key, from, history })
    }
}

impl Moving {
    /// The body of the request, without its tag.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({ "transition": { "id": self.transition.named.id } });
        if !self.fields.is_empty() {
            body["fields"] = json!(self.fields);
        }
        if let Some(comment) = &self.comment {
            body["update"] = json!({ "comment": [{ "add": { "body": comment } }] });
        }
        body
    }

    /// What the transition gives.
    pub(super) fn moved(&self, standing: &Standing) -> Moved {
        standing.moved(&self.transition.to, Some(&self.transition.named), self.comment.is_some())
    }

    /// Jira's refusal, in terms of the inputs.
    pub(super) fn explain(&self, error: JiraError, key: &str) -> Failure {
        let (screen, further) = (&self.transition.screen, &self.further);
        let form = Form { screen, names: NAMES, changes: true, further };
        form.explain(error, &format!("transition `{}` of issue `{key}`", self.transition.named.name))
    }

    #[cfg(test)]
    pub(super) fn of(transition: Transition) -> Self {
        Self { transition, fields: Map::new(), comment: None, further: Vec::new() }
    }
}
