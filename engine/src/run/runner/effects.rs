//! The effect log of a step that a run drives: intents go to the runner, which makes them durable before it answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::{
    activity::{EffectLog, Failure, Intent, Settlement, Stopped},
    diagnostic::Code,
    id::OperationId,
    run::state::EffectState,
};

/// An attempt is about to send an effect.
pub(super) struct Intended {
    pub(super) operation: OperationId,
    pub(super) intent: Intent,
    /// Answered with the time once the intent is durable; dropped if nothing new may be sent.
    pub(super) grant: oneshot::Sender<Timestamp>,
}

/// The effects of a step, shared by its attempt and the runner.
pub(super) struct StepEffects {
    runner: mpsc::UnboundedSender<Intended>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    results: BTreeMap<u32, Value>,
    /// Settlements that are not durable yet.
    settlements: Vec<(OperationId, Settlement)>,
    /// When the last effect began that was not the step's first.
    further_at: Option<Timestamp>,
    /// Effects that may have been sent and have not settled.
    on_the_wire: BTreeSet<OperationId>,
}

impl StepEffects {
    /// The log of a step whose effects have had these results so far.
    pub(super) fn new(runner: mpsc::UnboundedSender<Intended>, results: BTreeMap<u32, Value>) -> Self {
        Self { runner, kept: Mutex::new(Kept { results, ..Kept::default() }) }
    }

    /// Takes the settlements that are not durable yet, to make them so.
    pub(super) fn take_settlements(&self) -> Vec<(OperationId, Settlement)> {
        std::mem::take(&mut self.kept().settlements)
    }

    /// Whether an effect may have been sent and has not settled.
    pub(super) fn is_on_the_wire(&self, operation: &OperationId) -> bool {
        self.kept().on_the_wire.contains(operation)
    }

    /// When the last effect began that was not the step's first.
    pub(super) fn further_at(&self) -> Option<Timestamp> {
        self.kept().further_at
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Each change is whole before anything can panic.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl EffectLog for StepEffects {
    fn result(&self, effect: u32) -> Option<Value> {
        self.kept().results.get(&effect).cloned()
    }

    async fn intend(&self, operation: &OperationId, intent: &Intent) -> Result<(), Stopped> {
        let (grant, granted) = oneshot::channel();
        let intended = Intended { operation: operation.clone(), intent: intent.clone(), grant };
        self.runner.send(intended).map_err(|_| Stopped)?;
        let at = granted.await.map_err(|_| Stopped)?;
        let mut kept = self.kept();
        if !kept.results.is_empty() {
            kept.further_at = Some(at);
        }
        kept.on_the_wire.insert(operation.clone());
        Ok(())
    }

    fn settle(&self, operation: &OperationId, settlement: Settlement) {
        let mut kept = self.kept();
        kept.on_the_wire.remove(operation);
        if let Settlement::Happened(result) = &settlement {
            kept.results.insert(operation.effect, result.clone());
        }
        kept.settlements.push((operation.clone(), settlement));
    }
}

/// What is known of an effect whose process ended before the answer came.
pub(super) fn lost(effect: &EffectState) -> Failure {
    let message = format!("the process ended before the answer came to: {}", effect.intent.summary);
    Failure::transient(Code::EFFECT_UNKNOWN, message).in_doubt()
}
