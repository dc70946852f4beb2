//! An effect as data: all that is known of it before it is sent. Whoever drives a run keeps the [`Intent`] of it first; plans show it.

use std::{any::Any, fmt, sync::Arc};

use hmac_sha256::Hash;
use jiff::Timestamp;
use serde_json::Value;

use crate::id::{EffectId, EffectName};

/// An effect that an attempt is to have.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Effect {
    /// Its name within the step, the same in every attempt.
    pub name: EffectName,
    /// What the journal keeps of it.
    pub intent: Intent,
    /// What is sent.
    pub request: Arc<dyn EffectRequest>,
    /// What it changes of something that is there.
    pub changes: Vec<Change>,
    /// The result that it will have, where that is known before.
    pub predicted: Option<Value>,
}

/// What is sent: whatever the activity's `send` understands.
pub trait EffectRequest: Any + fmt::Debug + Send + Sync {
    /// The request as people see it, without anything secret.
    fn shown(&self) -> Value;
}

impl EffectRequest for Value {
    fn shown(&self) -> Value {
        self.clone()
    }
}

/// A change of something that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What: `status`, `assignee`.
    pub field: String,
    /// What it is.
    pub from: Value,
    /// What it will be.
    pub to: Value,
}

/// What the journal keeps of an effect before it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// On what: `project OPS`, `issue OPS-7`.
    pub target: String,
    /// In words for the person who may have to decide: "create a Bug in project OPS".
    pub summary: String,
    /// The SHA-256 of the request.
    pub request_hash: String,
    /// What was there before, as far as looking needs it later.
    pub baseline: Value,
    /// What a person gives who says that it happened.
    pub named: Option<Named>,
    /// How a person sees whether it happened.
    pub whereabouts: Option<Box<Whereabouts>>,
    /// Whether it makes something new that only its answer names: what follows may need that, so the answer is on the disk before
    /// anything else is read.
    pub creates: bool,
}

/// How a person names the thing that an effect made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name, where it is known before: `OPS-7`. Else what stands for it: `ID`.
    pub name: String,
    /// What stands for it, in words: "the comment's id". `None` where the name is known.
    pub words: Option<String>,
}

/// How a person sees whether an effect happened, where the activity cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// Where, as an address for a browser.
    pub link: Option<String>,
    /// A search that finds it, in the service's own language.
    pub query: Option<String>,
    /// What it is recognised by there, in words.
    pub signs: String,
}

/// An effect that was sent, and whose end is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenEffect {
    /// Which.
    pub id: EffectId,
    /// What was kept of it.
    pub intent: Intent,
    /// When that was kept. It was sent after that, or not at all.
    pub intended_at: Timestamp,
}

/// How an effect ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Settlement {
    /// It happened, with this result.
    Happened(Value),
    /// The answer proves that it did not.
    DidNotHappen,
}

impl Effect {
    /// An effect of this name: on what, in words for a person, and what is sent.
    pub fn new(
        name: impl Into<EffectName>,
        target: impl Into<String>,
        summary: impl Into<String>,
        request: impl EffectRequest,
    ) -> Self {
        let intent = Intent {
            target: target.into(),
            summary: summary.into(),
            request_hash: hash(&request.shown()),
            baseline: Value::Null,
            named: None,
            whereabouts: None,
            creates: false,
        };
        let request = Arc::new(request);
        Self { name: name.into(), intent, request, changes: Vec::new(), predicted: None }
    }

    /// The same, of an effect that makes something new.
    #[must_use]
    pub fn creating(mut self) -> Self {
        self.intent.creates = true;
        self
    }

    /// The same, of a thing that only the service has a name for: what stands for the name, and what it is in words.
    #[must_use]
    pub fn known_by(mut self, name: &str, words: &str) -> Self {
        self.intent.named = Some(Named { name: name.to_owned(), words: Some(words.to_owned()) });
        self
    }

    /// The same, of a thing whose name is known before.
    #[must_use]
    pub fn on(mut self, name: &str) -> Self {
        self.intent.named = Some(Named { name: name.to_owned(), words: None });
        self
    }

    /// The same, with how a person sees whether it happened.
    #[must_use]
    pub fn seen_at(mut self, whereabouts: Whereabouts) -> Self {
        self.intent.whereabouts = Some(Box::new(whereabouts));
        self
    }

    /// The same, with what was there before.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Value) -> Self {
        self.intent.baseline = baseline;
        self
    }

    /// The same, with something that it changes.
    #[must_use]
    pub fn changing(mut self, field: impl Into<String>, from: Value, to: Value) -> Self {
        self.changes.push(Change { field: field.into(), from, to });
        self
    }

    /// The same, with the result that it will have.
    #[must_use]
    pub fn giving(self, result: Value) -> Self {
        Self { predicted: Some(result), ..self }
    }

    /// What is sent, as what `prepare` made it.
    ///
    /// # Panics
    /// When that is of another type, which is a mistake of the activity.
    pub fn request<T: EffectRequest>(&self) -> &T {
        let request: &dyn Any = self.request.as_ref();
        request.downcast_ref().expect("an activity sends what it prepared")
    }
}

fn hash(shown: &Value) -> String {
    Hash::hash(shown.to_string().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
