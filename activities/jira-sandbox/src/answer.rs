//! What an operation gives back: an answer, an accepted change, or a refusal.

use serde_json::{Map, Value, json};

use crate::effect::Change;

/// A status and a JSON body, if any.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
}

/// A change that passed every check, and the answer once it is durable.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) change: Change,
    /// The key of the issue that is made, changed or deleted; `None` where it is about something else.
    pub(crate) issue: Option<String>,
    pub(crate) answer: Answer,
}

/// A refusal in Jira's own form, `ErrorCollection`. \[SPEC\]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    messages: Vec<String>,
    errors: Map<String, Value>,
}

impl Answer {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: 200, body: Some(body) }
    }

    pub(crate) fn created(body: Value) -> Self {
        Self { status: 201, body: Some(body) }
    }

    pub(crate) fn no_content() -> Self {
        Self { status: 204, body: None }
    }

    /// The form in which the gateway before Jira refuses. \[OPS\]
    pub(crate) fn gateway(status: u16, message: &str) -> Self {
        Self { status, body: Some(json!({ "code": status, "message": message })) }
    }
}

impl Refusal {
    /// The same words with another status.
    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn message(status: u16, message: impl Into<String>) -> Self {
        Self::messages(status, vec![message.into()])
    }

    pub(crate) fn messages(status: u16, messages: Vec<String>) -> Self {
        Self { status, messages, errors: Map::new() }
    }

    pub(crate) fn field(status: u16, field: &str, message: impl Into<String>) -> Self {
        Self { status, messages: Vec::new(), errors: Map::from_iter([(field.to_owned(), message.into().into())]) }
    }

    /// All that is wrong with the fields, in one refusal, as Jira gives it. \[SPEC\]
    pub(crate) fn fields(errors: Vec<(String, String)>) -> Self {
        let errors = errors.into_iter().map(|(field, message)| (field, message.into())).collect();
        Self { status: 400, messages: Vec::new(), errors }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let body = json!({ "errorMessages": refusal.messages, "errors": refusal.errors });
        Self { status: refusal.status, body: Some(body) }
    }
}
