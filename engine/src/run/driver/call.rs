//! The tasks that call activities: an attempt, a look for a lost effect, a look at one that a person knows of.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::Poll,
};

use serde_json::Value;
use tokio::sync::mpsc;

use super::effects::{Message, StepEffects};
use crate::{
    activity::{Activity, Attempt, Done, Failure, OpenEffect, Reconciled, perform},
    diagnostic::Code,
    id::{RunId, StepPath},
    preflight,
    requirement::Authority,
    run::{
        CancellationToken,
        engine::EngineParts,
        machine::{Call, CallEnd},
    },
};

/// What a call is for.
pub(super) enum Work {
    /// The step's work.
    Attempt,
    /// Finding out what became of this effect.
    Reconcile(OpenEffect),
    /// Looking at what a person says this effect made.
    Adopt(OpenEffect, String),
    /// Asking whether a grant is missing.
    AskGrants,
}

/// All that a call needs.
pub(super) struct Caller {
    activity: Option<Arc<dyn Activity>>,
    authority: Arc<dyn Authority>,
    run: RunId,
    step: StepPath,
    number: u32,
    input: Arc<Value>,
    done: Done,
    effects: StepEffects,
    driver: mpsc::UnboundedSender<Message>,
}

impl Caller {
    /// A call that is to do this work, and tells the driver of it. Only attempts may have effects.
    pub(super) fn of(parts: &EngineParts, run: RunId, call: Call, driver: &mpsc::UnboundedSender<Message>) -> Self {
        let Call { step, attempt, activity, input, results } = call;
        Self {
            activity: parts.catalogue.get(activity.as_str()).cloned(),
            authority: parts.authority.clone(),
            run,
            step,
            number: attempt,
            input,
            done: results.into(),
            effects: StepEffects::new(driver.clone()),
            driver: driver.clone(),
        }
    }

    /// Does the work, unless it is dropped first, and tells the driver how it ended.
    pub(super) async fn run(self, work: Work, dropped: CancellationToken) {
        let end = tokio::select! {
            biased;
            end = self.done(&work) => end,
            () = dropped.cancelled() => CallEnd::Dropped,
        };
        let is_on_the_wire = self.effects.is_on_the_wire();
        // A driver that is gone hears nothing any more.
        let _ = self.driver.send(Message::Ended { step: self.step, end, is_on_the_wire });
    }

    async fn done(&self, work: &Work) -> CallEnd {
        match work {
            Work::Attempt => CallEnd::Returned(self.attempted().await),
            Work::Reconcile(open) => CallEnd::Reconciled(self.reconciled(open).await),
            Work::Adopt(open, key) => CallEnd::Adopted(self.adopted(open, key).await),
            Work::AskGrants => CallEnd::GrantsAsked(self.missing_grant().await),
        }
    }

    async fn attempted(&self) -> Result<Value, Failure> {
        let activity = self.activity()?;
        guarded(perform(activity.as_ref(), self.attempt(), &self.effects)).await?
    }

    async fn reconciled(&self, open: &OpenEffect) -> Reconciled {
        let looked = match self.activity() {
            Ok(activity) => guarded(activity.reconcile(&self.attempt(), open)).await,
            Err(failure) => Err(failure),
        };
        looked.unwrap_or_else(|failure| Reconciled::Undecidable(failure.message))
    }

    /// What an effect gave, by what a person says that it made.
    ///
    /// # Errors
    /// When that is not there.
    pub(super) async fn adopted(&self, open: &OpenEffect, key: &str) -> Result<Value, Failure> {
        let activity = self.activity()?;
        guarded(activity.adopt(&self.attempt(), open, key)).await?
    }

    async fn missing_grant(&self) -> Result<Option<Failure>, Failure> {
        let activity = self.activity()?;
        guarded(preflight::missing_grant(activity.as_ref(), &self.input, self.authority.as_ref())).await?
    }

    fn attempt(&self) -> Attempt<'_> {
        let Self { run, step, number, input, done, .. } = self;
        Attempt { run: *run, step, number: *number, input, done }
    }

    fn activity(&self) -> Result<&Arc<dyn Activity>, Failure> {
        let missing = || Failure::permanent(Code::ACTIVITY_BROKEN, "this program does not have the activity");
        self.activity.as_ref().ok_or_else(missing)
    }
}

/// A panic of an activity is its failure, not the engine's.
async fn guarded<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let mut work = Box::pin(work);
    poll_fn(move |context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Poll::Ready(Err(Failure::permanent(Code::ACTIVITY_BROKEN, format!("the activity panicked: {text}"))))
        }
    })
    .await
}
