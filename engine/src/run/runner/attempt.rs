//! The tasks that call activities: an attempt, a look for a lost effect, the adoption of one that a person knows of.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc;

use super::effects::{Intended, StepEffects};
use crate::{
    activity::{Activity, Attempt, Failure, Intent, Look},
    clock::Clock,
    diagnostic::Code,
    id::{OperationId, StepId},
    run::{
        CancellationToken, RunState,
        engine::EngineParts,
        retry::later,
        state::{Progress, StepState},
    },
};

/// A task that ended.
pub(super) struct Finished {
    pub(super) step: StepId,
    pub(super) how: How,
}

/// How a task ended.
pub(super) enum How {
    /// The attempt gave its output, or failed.
    Ended(Result<Value, Failure>),
    /// The attempt was dropped, since the run stops.
    Dropped,
    /// A lost effect was looked for; with what was seen of it before.
    Looked { operation: OperationId, seen: Failure, look: Look },
    /// An effect that a person says has happened was looked at.
    Adopted { operation: OperationId, result: Result<Value, Failure> },
}

/// All that a task needs.
pub(super) struct Call {
    activity: Option<Arc<dyn Activity>>,
    input: Arc<Value>,
    attempt: Attempt,
    effects: Arc<StepEffects>,
    clock: Arc<dyn Clock>,
    limit: Limit,
    /// The effect that is to be looked at, and the key that a person gave for it.
    effect: Option<(OperationId, Intent)>,
    key: String,
}

/// How long the activity may take.
struct Limit {
    timeout: Duration,
    until: Timestamp,
    /// Whether it is the step's deadline that ends it.
    is_deadline: bool,
}

impl Call {
    /// A call for the last attempt of a step.
    pub(super) fn of(
        parts: &EngineParts,
        state: &RunState,
        id: &StepId,
        intend: mpsc::UnboundedSender<Intended>,
    ) -> Self {
        let number = state.step_number(id).expect("a step that has begun is in the definition");
        let (node, step) = (state.node(number.0), state.step(number));
        let activity = parts.catalogue.get(node.activity.as_str()).cloned();
        let own = activity.as_ref().map_or(Duration::ZERO, |activity| activity.description().timeout);
        let effects = Arc::new(StepEffects::new(intend, step.results.clone()));
        let key = match &step.progress {
            Progress::Decided(_, key) => key.clone(),
            _ => String::new(),
        };
        Self {
            activity,
            input: step.input.clone(),
            attempt: Attempt::new(state.run(), id.clone(), step.last_attempt(), effects.clone()),
            effects,
            clock: parts.clock.clone(),
            limit: Limit::of(step, node.timeout.unwrap_or(own), parts.clock.now()),
            effect: step.open_effect().map(|effect| (effect.operation.clone(), effect.intent.clone())),
            key,
        }
    }

    /// The log of the step's effects.
    pub(super) fn effects(&self) -> &Arc<StepEffects> {
        &self.effects
    }

    /// Makes the attempt.
    pub(super) async fn run(self, dropped: CancellationToken) -> Finished {
        let how = match &self.activity {
            None => How::Ended(Err(no_activity())),
            Some(_) if self.limit.until <= self.clock.now() => How::Ended(Err(self.limit.failure())),
            Some(activity) => tokio::select! {
                biased;
                ended = guarded(activity.run(&self.input, &self.attempt)) => How::Ended(ended.and_then(|result| result)),
                () = dropped.cancelled() => How::Dropped,
                () = self.limit_reached() => How::Ended(Err(self.limit.failure())),
            },
        };
        Finished { step: self.attempt.step().clone(), how }
    }

    /// Returns when the attempt has taken too long. With each effect after the step's first its time begins anew: a node
    /// with many effects is not slow.
    async fn limit_reached(&self) {
        let mut until = self.limit.until;
        loop {
            self.clock.sleep_until(until).await;
            let anew = self.effects.further_at().map(|at| later(at, self.limit.timeout));
            match anew.filter(|anew| *anew > until && !self.limit.is_deadline) {
                Some(anew) => until = anew,
                None => return,
            }
        }
    }

    /// Looks for the open effect, of which `seen` was seen.
    pub(super) async fn look(self, seen: Failure) -> Finished {
        let (operation, intent) = self.effect.as_ref().expect("only open effects are looked for");
        let until = later(self.clock.now(), self.limit.timeout);
        let look = match &self.activity {
            None => Look::Undecidable(no_activity().message),
            Some(activity) => tokio::select! {
                biased;
                look = guarded(activity.look(&self.input, intent, &self.attempt)) => {
                    look.unwrap_or_else(|failure| Look::Undecidable(failure.message))
                }
                () = self.clock.sleep_until(until) => Look::Undecidable("looking for it took too long".to_owned()),
            },
        };
        let how = How::Looked { operation: operation.clone(), seen, look };
        Finished { step: self.attempt.step().clone(), how }
    }

    /// Looks at what a person says the open effect made.
    pub(super) async fn adopt(self) -> Finished {
        let result = self.adopted().await;
        let (operation, _) = self.effect.expect("only open effects are decided about");
        Finished { step: self.attempt.step().clone(), how: How::Adopted { operation, result } }
    }

    /// What the open effect gave, by what a person says that it made.
    pub(super) async fn adopted(&self) -> Result<Value, Failure> {
        let (_, intent) = self.effect.as_ref().expect("only open effects are decided about");
        let until = later(self.clock.now(), self.limit.timeout);
        let late = || Failure::transient(Code::TIMED_OUT, "looking at it took too long");
        match &self.activity {
            None => Err(no_activity()),
            Some(activity) => tokio::select! {
                biased;
                result = guarded(activity.adopt(&self.input, intent, &self.key, &self.attempt)) => {
                    result.and_then(|result| result)
                }
                () = self.clock.sleep_until(until) => Err(late()),
            },
        }
    }
}

impl Limit {
    fn of(step: &StepState, timeout: Duration, now: Timestamp) -> Self {
        let until = later(now, timeout);
        // What has had effects is finished, late or not: its output names them.
        let is_deadline = step.deadline < until && step.results.is_empty();
        Self { timeout, until: if is_deadline { step.deadline } else { until }, is_deadline }
    }

    fn failure(&self) -> Failure {
        match self.is_deadline {
            true => Failure::permanent(Code::DEADLINE_PASSED, "the step's deadline passed"),
            false => {
                let message = format!("the attempt took longer than {} ms", self.timeout.as_millis());
                Failure::transient(Code::TIMED_OUT, message)
            }
        }
    }
}

fn no_activity() -> Failure {
    Failure::permanent(Code::ACTIVITY_BROKEN, "this program does not have the activity")
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
