//! The effect log of a step that a run drives: intents go to the driver, which has them made durable before it answers.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use crate::{
    activity::{EffectLog, Intent, Settlement, Stopped},
    id::{EffectId, StepPath},
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
    /// An effect that may have been sent and has not settled.
    on_the_wire: Mutex<Option<EffectId>>,
}

impl StepEffects {
    /// A log that tells this driver.
    pub(super) fn new(driver: mpsc::UnboundedSender<Message>) -> Self {
        Self { driver, on_the_wire: Mutex::default() }
    }

    /// Whether an effect may have been sent and has not settled.
    pub(super) fn is_on_the_wire(&self) -> bool {
        self.on_the_wire().is_some()
    }

    fn on_the_wire(&self) -> MutexGuard<'_, Option<EffectId>> {
        // Each change is whole before anything can panic.
        self.on_the_wire.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl EffectLog for StepEffects {
    async fn intend(&self, effect: &EffectId, intent: &Intent) -> Result<(), Stopped> {
        let (granted, answer) = oneshot::channel();
        let intended = Message::Intended { effect: effect.clone(), intent: intent.clone(), granted };
        self.driver.send(intended).map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)?;
        *self.on_the_wire() = Some(effect.clone());
        Ok(())
    }

    fn settle(&self, effect: &EffectId, settlement: Settlement) {
        let mut on_the_wire = self.on_the_wire();
        *on_the_wire = None;
        // A driver that is gone hears nothing any more, and what is not settled is looked for.
        let _ = self.driver.send(Message::Settled { effect: effect.clone(), settlement });
    }
}
