//! Making an attempt: what every driver of runs does with an activity, effect by effect.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::Value;

use super::{Activity, Attempt, Certainty, Done, Effect, Failure, Intent, Reads, Settlement};
use crate::{diagnostic::Code, id::EffectId};

/// The run stops: nothing new may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// Keeps the effects of one step. A driver's is the journal; tests have [`MemoryEffectLog`].
#[async_trait]
pub trait EffectLog: Send + Sync {
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

/// Makes an attempt: reads, prepares, and has each effect that is not done sent once its intent is durable. What is not proven to
/// have happened or not is left unsettled.
///
/// The future may be dropped while no effect is on the wire.
///
/// # Errors
/// What the activity fails with; and a failure without an effect if the run stops before one.
pub async fn perform(activity: &dyn Activity, attempt: Attempt<'_>, effects: &dyn EffectLog) -> Result<Value, Failure> {
    let reads = activity.read(&attempt).await?;
    let mut done = attempt.done.clone();
    for effect in activity.prepare(&attempt, &reads)? {
        if !done.has(effect.name.as_str()) {
            let result = send(activity, &attempt.after(&done), &reads, &effect, effects).await?;
            done.add(effect.name, result);
        }
    }
    activity.output(&attempt.after(&done), reads).await
}

async fn send(
    activity: &dyn Activity,
    attempt: &Attempt<'_>,
    reads: &Reads,
    effect: &Effect,
    effects: &dyn EffectLog,
) -> Result<Value, Failure> {
    let id = attempt.effect(&effect.name);
    let stops = |_| Failure::transient(Code::STOPPED, "the run stops before this effect");
    effects.intend(&id, &effect.intent).await.map_err(stops)?;
    let sent = activity.send(attempt, reads, effect).await;
    match &sent {
        Ok(result) => effects.settle(&id, Settlement::Happened(result.clone())),
        Err(failure) if failure.certainty == Certainty::NoEffect => effects.settle(&id, Settlement::DidNotHappen),
        Err(_) => {}
    }
    sent
}

/// Effects kept in memory: for tests of activities without a driver.
#[derive(Debug, Default)]
pub struct MemoryEffectLog {
    intents: Mutex<Vec<(EffectId, Intent)>>,
    done: Mutex<Done>,
}

impl MemoryEffectLog {
    /// All intents so far, in order.
    pub fn intents(&self) -> Vec<(EffectId, Intent)> {
        self.intents.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The effects that are done so far.
    pub fn done(&self) -> Done {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl EffectLog for MemoryEffectLog {
    async fn intend(&self, effect: &EffectId, intent: &Intent) -> Result<(), Stopped> {
        self.intents.lock().unwrap_or_else(PoisonError::into_inner).push((effect.clone(), intent.clone()));
        Ok(())
    }

    fn settle(&self, effect: &EffectId, settlement: Settlement) {
        if let Settlement::Happened(result) = settlement {
            self.done.lock().unwrap_or_else(PoisonError::into_inner).add(effect.name.clone(), result);
        }
    }
}
