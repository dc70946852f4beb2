//! How long requests whose answers were lost may still land: what is not there until then is not there for good.
//!
//! The time is told by a clock that nobody sets, and begins anew with each process: a wall clock that jumps makes nobody believe in an
//! absence too early. What this process did not send itself counts from the first look for it.

use std::{collections::BTreeMap, time::Duration};

use flowrun_engine::id::OperationId;

/// What was sent lately, or looked for.
#[derive(Debug)]
pub(super) struct Landings {
    /// For how long a request may land after it was sent.
    within: Duration,
    since: BTreeMap<OperationId, Duration>,
}

/// What is long over is forgotten once there are so many.
const MOST: usize = 1024;

impl Landings {
    /// Requests land within this time, or never.
    pub(super) fn within(within: Duration) -> Self {
        Self { within, since: BTreeMap::new() }
    }

    /// A request goes out `now`: a time since some moment of this process.
    pub(super) fn sent(&mut self, operation: &OperationId, now: Duration) {
        self.since.insert(operation.clone(), now);
        if self.since.len() > MOST {
            // Twice as long, so that a look at the end of the time still finds it over.
            let over = self.within.saturating_mul(2);
            self.since.retain(|_, since| now.saturating_sub(*since) <= over);
        }
    }

    /// An answer came that tells what became of it.
    pub(super) fn is_known(&mut self, operation: &OperationId) {
        self.since.remove(operation);
    }

    /// How much longer it may land; `None` once it no longer can. Of what is not known here the time begins `now`.
    pub(super) fn left(&mut self, operation: &OperationId, now: Duration) -> Option<Duration> {
        if !self.since.contains_key(operation) {
            self.sent(operation, now);
        }
        let since = self.since.get(operation).copied().unwrap_or(now);
        let left = self.within.saturating_sub(now.saturating_sub(since));
        (!left.is_zero()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use flowrun_engine::id::{EffectId, StepPath};

    use super::*;

    fn operation(attempt: u32) -> OperationId {
        let run = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        OperationId { run, effect: EffectId { step: StepPath::of("note".into()), name: "comment/0".into(), attempt } }
    }

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_was_sent_here_counts_from_then_and_the_rest_from_the_first_look() {
        let mut landings = Landings::within(at(60));
        landings.sent(&operation(1), at(100));
        assert_eq!(landings.left(&operation(1), at(110)), Some(at(50)));
        assert_eq!(landings.left(&operation(1), at(160)), None);
        assert_eq!(landings.left(&operation(2), at(500)), Some(at(60)));
        assert_eq!(landings.left(&operation(2), at(559)), Some(at(1)));
        assert_eq!(landings.left(&operation(2), at(560)), None);
        landings.is_known(&operation(2));
        assert_eq!(landings.left(&operation(2), at(600)), Some(at(60)));
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let mut landings = Landings::within(at(60));
        (0..5_000).for_each(|number| landings.sent(&operation(number), at(u64::from(number))));
        assert!(landings.since.len() <= MOST + 1, "{}", landings.since.len());
    }
}
