//! The effect log of a step that a run drives: intents go to the driver, which has them made durable before it answers.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::{
    activity::{EffectLog, Intent, Settlement, Stopped},
    id::{EffectId, EffectName, StepPath},
    run::machine::CallEnd,
};

/// What a call tells the driver, in the order in which it happened.
pub(super) enum Message {
    /// An attempt is about to send an effect.
    Intended {
        effect: EffectId,
        intent: Intent,
        /// Answered once the intent is durable; dropped if nothing new may be sent.
        granted: oneshot::Sender<()>,
    },
    /// The answer to an effect came.
    Settled { effect: EffectId, settlement: Settlement },
    /// The call ended.
    Ended { step: StepPath, end: CallEnd, is_on_the_wire: bool },
}

/// The effects of a step, as its attempt sees them.
pub(super) struct StepEffects {
    driver: mpsc::UnboundedSender<Message>,
    kept: Mutex<Kept>,
}

struct Kept {
    results: BTreeMap<EffectName, Value>,
    /// An effect that may have been sent and has not settled.
    on_the_wire: Option<EffectId>,
}

impl StepEffects {
    /// The log of a step whose effects have had these results so far.
    pub(super) fn new(driver: mpsc::UnboundedSender<Message>, results: BTreeMap<EffectName, Value>) -> Self {
        Self { driver, kept: Mutex::new(Kept { results, on_the_wire: None }) }
    }

    /// Whether an effect may have been sent and has not settled.
    pub(super) fn is_on_the_wire(&self) -> bool {
        self.kept().on_the_wire.is_some()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Each change is whole before anything can panic.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl EffectLog for StepEffects {
    fn result(&self, name: &EffectName) -> Option<Value> {
        self.kept().results.get(name).cloned()
    }

    async fn intend(&self, effect: &EffectId, intent: &Intent) -> Result<(), Stopped> {
        let (granted, answer) = oneshot::channel();
        let intended = Message::Intended { effect: effect.clone(), intent: intent.clone(), granted };
        self.driver.send(intended).map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)?;
        self.kept().on_the_wire = Some(effect.clone());
        Ok(())
    }

    fn settle(&self, effect: &EffectId, settlement: Settlement) {
        let mut kept = self.kept();
        kept.on_the_wire = None;
        if let Settlement::Happened(result) = &settlement {
            kept.results.insert(effect.name.clone(), result.clone());
        }
        // A driver that is gone hears nothing any more, and what is not settled is looked for.
        let _ = self.driver.send(Message::Settled { effect: effect.clone(), settlement });
    }
}
