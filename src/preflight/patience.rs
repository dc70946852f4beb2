//! Waiting for a rate limit while grants are checked, as a run waits for one: so a run goes on as it would have.

use flowrun_engine::{
    activity::{Failure, Recovery},
    clock::Clock,
};
use jiff::{SignedDuration, Timestamp};

/// A limit that lasts longer is told, and not waited for: as long as a step may take.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// Checks, and checks again each time that a rate limit is over; `tell` hears until when is waited.
///
/// # Errors
/// What checking gives, but for rate limits; and a rate limit that would not be over within a day of the beginning.
pub(super) async fn patiently<T>(
    clock: &dyn Clock,
    tell: impl Fn(Timestamp),
    check: impl AsyncFn() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let give_up = clock.now().saturating_add(LONGEST).unwrap_or(Timestamp::MAX);
    loop {
        match check().await {
            Err(Failure { recovery: Recovery::RateLimited { until }, .. }) if until < give_up => {
                tell(until);
                clock.sleep_until(until).await;
            }
            checked => return checked,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use flowrun_engine::{diagnostic::Code, testing::MovedClock};

    use super::*;

    fn limited(seconds: i64) -> Failure {
        let until = Timestamp::from_second(seconds).expect("a time");
        Failure { recovery: Recovery::RateLimited { until }, ..Failure::permanent(Code::RATE_LIMITED, "429") }
    }

    /// What the checks give one after the other; what comes of them; until when was waited.
    fn checked(answers: Vec<Result<u8, Failure>>) -> (Result<u8, Failure>, Vec<i64>) {
        let (clock, told, answers) = (MovedClock::default(), Mutex::new(Vec::new()), Mutex::new(answers.into_iter()));
        let tell = |until: Timestamp| told.lock().unwrap().push(until.as_second());
        let check = async || answers.lock().unwrap().next().expect("no more checks than answers");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let result = runtime.block_on(patiently(&clock, tell, check));
        let told = told.lock().unwrap().clone();
        (result, told)
    }

    #[test]
    fn rate_limits_are_waited_for_within_a_day_and_nothing_else_is() {
        let day = 24 * 60 * 60;
        let other = Failure::transient(Code::TIMED_OUT, "late");
        let cases = [
            (vec![Ok(1)], Ok(1), vec![]),
            (vec![Err(limited(5)), Ok(1)], Ok(1), vec![5]),
            (vec![Err(limited(5)), Err(limited(9)), Ok(1)], Ok(1), vec![5, 9]),
            (vec![Err(limited(5)), Err(other.clone())], Err(other.clone()), vec![5]),
            (vec![Err(limited(day - 1)), Err(limited(day + 1))], Err(limited(day + 1)), vec![day - 1]),
            (vec![Err(limited(day))], Err(limited(day)), vec![]),
        ];
        for (answers, result, waits) in cases {
            assert_eq!(checked(answers.clone()), (result, waits), "{answers:?}");
        }
    }
}
