//! What an activity gets with each attempt: who it is, and the only way to an effect.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use hmac_sha256::Hash;
use serde_json::Value;

use super::{Certainty, Failure};
use crate::{
    diagnostic::Code,
    id::{EffectId, EffectName, OperationId, RunId, StepPath},
};

/// One try of a step.
#[derive(Clone)]
pub struct Attempt {
    run: RunId,
    step: StepPath,
    number: u32,
    effects: Arc<dyn EffectLog>,
}

/// An effect that is about to be asked for: what the journal keeps before it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// On what: `project OPS`, `issue OPS-7`.
    pub target: String,
    /// In words for the person who may have to decide: "create a Bug in project OPS".
    pub summary: String,
    /// The SHA-256 of the request's body.
    pub request_hash: String,
    /// What was there before, as far as looking needs it later.
    pub baseline: Value,
    /// What a person gives who says that it happened.
    pub named: Option<Named>,
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

impl Intent {
    /// An intent for a request with this body.
    pub fn new(target: impl Into<String>, summary: impl Into<String>, body: &Value) -> Self {
        let digest = Hash::hash(body.to_string().as_bytes());
        let request_hash = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let (target, summary) = (target.into(), summary.into());
        Self { target, summary, request_hash, baseline: Value::Null, named: None, creates: false }
    }

    /// The same, of an effect that makes something new.
    #[must_use]
    pub fn creating(self) -> Self {
        Self { creates: true, ..self }
    }

    /// The same, of a thing that only the service has a name for: what stands for the name, and what it is in words.
    #[must_use]
    pub fn known_by(self, name: &str, words: &str) -> Self {
        Self { named: Some(Named { name: name.to_owned(), words: Some(words.to_owned()) }), ..self }
    }

    /// The same, of a thing whose name is known before.
    #[must_use]
    pub fn on(self, name: &str) -> Self {
        Self { named: Some(Named { name: name.to_owned(), words: None }), ..self }
    }

    /// The same, with what was there before.
    #[must_use]
    pub fn with_baseline(self, baseline: Value) -> Self {
        Self { baseline, ..self }
    }
}

/// How an effect ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Settlement {
    /// It happened, with this result.
    Happened(Value),
    /// The answer proves that it did not.
    DidNotHappen,
}

/// The run stops: nothing new may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// Keeps the effects of one step. The runner's is the journal; tests have [`MemoryEffectLog`].
#[async_trait]
pub trait EffectLog: Send + Sync {
    /// The result of the effect `name`, if an earlier attempt of the step (or this one) had it done.
    fn result(&self, name: &EffectName) -> Option<Value>;

    /// Makes the intent durable, together with all settlements so far.
    ///
    /// Once it returned, a crash leaves the effect in doubt, never lost.
    ///
    /// # Errors
    /// [`Stopped`] if nothing new may be sent.
    async fn intend(&self, effect: &EffectId, intent: &Intent) -> Result<(), Stopped>;

    /// Notes how an effect ended. Durable at the next intent, or when the attempt ends.
    fn settle(&self, effect: &EffectId, settlement: Settlement);
}

impl Attempt {
    /// Attempt `number` (from 1) of a step, with where its effects are kept.
    pub fn new(run: RunId, step: StepPath, number: u32, effects: Arc<dyn EffectLog>) -> Self {
        Self { run, step, number, effects }
    }

    /// The run.
    pub fn run(&self) -> RunId {
        self.run
    }

    /// The step.
    pub fn step(&self) -> &StepPath {
        &self.step
    }

    /// The attempt's number, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The result of the effect `name`, if an earlier attempt had it done.
    ///
    /// For an activity that cannot prepare the effect a second time: what it deleted is no longer there to be read.
    pub fn result(&self, name: &str) -> Option<Value> {
        self.effects.result(&name.into())
    }

    /// Has an effect done, once: what an earlier attempt of the step had done is not sent again.
    ///
    /// `name` says which of the step's effects it is, the same in every attempt. `send` gets the operation id, to tag the
    /// effect with, and gives a result that is kept in the journal. It must send one request.
    ///
    /// # Errors
    /// What `send` fails with; and a failure without an effect if the run stops first.
    pub async fn effect<Send, Sent>(&self, name: &str, intent: Intent, send: Send) -> Result<Value, Failure>
    where
        Send: FnOnce(OperationId) -> Sent,
        Sent: Future<Output = Result<Value, Failure>>,
    {
        let name = EffectName::from(name);
        if let Some(result) = self.effects.result(&name) {
            return Ok(result);
        }
        let effect = EffectId { step: self.step.clone(), name, attempt: self.number };
        if self.effects.intend(&effect, &intent).await.is_err() {
            return Err(Failure::transient(Code::STOPPED, "the run stops before this effect"));
        }
        let sent = send(OperationId { run: self.run, effect: effect.clone() }).await;
        match &sent {
            Ok(result) => self.effects.settle(&effect, Settlement::Happened(result.clone())),
            Err(failure) if failure.certainty == Certainty::NoEffect => {
                self.effects.settle(&effect, Settlement::DidNotHappen);
            }
            Err(_) => {}
        }
        sent
    }
}

/// Effects kept in memory: for tests of activities without a runner.
#[derive(Debug, Default)]
pub struct MemoryEffectLog {
    intents: Mutex<Vec<(EffectId, Intent)>>,
    results: Mutex<BTreeMap<EffectName, Value>>,
}

impl MemoryEffectLog {
    /// All intents so far, in order.
    pub fn intents(&self) -> Vec<(EffectId, Intent)> {
        self.intents.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl EffectLog for MemoryEffectLog {
    fn result(&self, name: &EffectName) -> Option<Value> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    async fn intend(&self, effect: &EffectId, intent: &Intent) -> Result<(), Stopped> {
        self.intents.lock().unwrap_or_else(PoisonError::into_inner).push((effect.clone(), intent.clone()));
        Ok(())
    }

    fn settle(&self, effect: &EffectId, settlement: Settlement) {
        if let Settlement::Happened(result) = settlement {
            self.results.lock().unwrap_or_else(PoisonError::into_inner).insert(effect.name.clone(), result);
        }
    }
}
