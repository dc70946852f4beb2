//! What an operation gives back: an answer, an accepted change, or a refusal.

use serde_json::{Map, Value, json};

use crate::{byte_range::ByteRange, effect::Change};

/// A status, headers beside those that every answer has, and what is in the body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) content: Content,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    None,
    Json(Value),
    /// A text with its media type.
    Text(&'static str, String),
    /// Bytes of an attachment.
    Attachment(Download),
}

/// The bytes of an attachment that are asked for; never [`ByteRange::Malformed`] nor [`ByteRange::Unsatisfiable`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Download {
    pub(crate) id: u64,
    pub(crate) mime_type: String,
    pub(crate) size: u64,
    pub(crate) range: ByteRange,
}

/// A change that passed every check, and the answer once it is durable.
#[derive(Debug)]
pub(crate) struct AcceptedChange {
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
        Self::new(200, Content::Json(body))
    }

    pub(crate) fn created(body: Value) -> Self {
        Self::new(201, Content::Json(body))
    }

    pub(crate) fn no_content() -> Self {
        Self::new(204, Content::None)
    }

    /// The form in which the gateway before Jira refuses. \[OPS\]
    pub(crate) fn gateway(status: u16, message: &str) -> Self {
        Self::new(status, Content::Json(json!({ "code": status, "message": message })))
    }

    /// A refusal in words alone, as filters before Jira's resources give it.
    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::new(status, Content::Text("text/plain;charset=UTF-8", text.to_owned()))
    }

    pub(crate) fn new(status: u16, content: Content) -> Self {
        Self { status, headers: Vec::new(), content }
    }

    /// The same answer with one more header.
    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The body, if it is JSON.
    pub(crate) fn json(&self) -> Option<&Value> {
        if let Content::Json(body) = &self.content { Some(body) } else { None }
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
        Self::new(refusal.status, Content::Json(body))
    }
}
