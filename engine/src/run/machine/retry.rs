//! When a failed attempt is followed by another, and when the step fails.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    activity::{Failure, Recovery},
    diagnostic::Code,
    kind::Retry,
    run::state::StepState,
};

/// What follows a failed attempt.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    /// Another attempt, at this time.
    Again(Timestamp),
    /// Another attempt, once the grant is there.
    Park,
    /// The step fails.
    Fail(Failure),
}

/// What a step is asked with: the policy, the time, and a number over `0.0..1.0` for the jitter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    pub(super) retry: &'a Retry,
    pub(super) now: Timestamp,
    pub(super) fraction: f64,
}

/// The wait for a rate limit that is over already: a service whose limit ends at once is not asked in a loop.
const WAIT_FOR_NOTHING: Duration = Duration::from_secs(1);

/// What follows when the running attempt of `step` fails with `failure`.
pub(super) fn after(failure: &Failure, step: &StepState, moment: Moment<'_>) -> Next {
    let at = match failure.recovery {
        Recovery::Permanent | Recovery::PerhapsDenied => return Next::Fail(failure.clone()),
        Recovery::NeedsGrant | Recovery::Denied => return Next::Park,
        Recovery::RateLimited { until } if until > moment.now => until,
        Recovery::RateLimited { .. } => later(moment.now, WAIT_FOR_NOTHING),
        Recovery::Transient { not_before } => {
            let tried = step.counted + 1;
            if tried >= moment.retry.attempts.get() {
                return Next::Fail(failure.clone());
            }
            let at = later(moment.now, wait(moment.retry, tried, moment.fraction));
            not_before.map_or(at, |earliest| earliest.max(at))
        }
    };
    if at > step.deadline { Next::Fail(too_late(failure)) } else { Next::Again(at) }
}

/// The wait after so many counted attempts.
fn wait(retry: &Retry, tried: u32, fraction: f64) -> Duration {
    let exponent = i32::try_from(tried - 1).unwrap_or(i32::MAX);
    let longest = retry.max_delay.as_secs_f64();
    let seconds = (retry.delay.as_secs_f64() * retry.backoff.powi(exponent)).min(longest);
    let factor = if retry.jitter { 0.7 + 0.6 * fraction } else { 1.0 };
    Duration::try_from_secs_f64(seconds * factor).unwrap_or(retry.max_delay)
}

/// A time so much later, or the end of the calendar.
pub(super) fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The failure of a step whose next attempt would come after its deadline.
fn too_late(last: &Failure) -> Failure {
    Failure {
        code: Code::DEADLINE_PASSED,
        message: format!("the step's deadline passes before the next attempt; the last one failed: {last}"),
        recovery: Recovery::Permanent,
        ..last.clone()
    }
}
