//! What befalls a process, by its time: it is killed, asked to stop, its run is cancelled, its clock is set.

use std::{
    future::pending,
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use super::{Diary, SeededRandom};
use crate::{
    clock::Clock,
    id::RunId,
    run::{CancellationToken, Engine},
    testing::PausedClock,
};

/// The longest that anybody sleeps before looking at the clock again.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// A clock that goes with tokio's, and is set.
#[derive(Debug, Default)]
pub(super) struct SetClock {
    unset: PausedClock,
    /// How much it is off, in milliseconds.
    offset: AtomicI64,
}

#[async_trait]
impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        // It begins a day late: more than it is ever set back in all.
        let offset = SignedDuration::from_hours(24) + SignedDuration::from_millis(self.offset.load(Ordering::Relaxed));
        self.unset.now() + offset
    }

    fn elapsed(&self) -> Duration {
        self.unset.elapsed()
    }

    async fn sleep_until(&self, until: Timestamp) {
        while let Ok(left) = Duration::try_from(until.duration_since(self.now())) {
            if left.is_zero() {
                return;
            }
            // It may be set while one sleeps, so look again.
            sleep(left.min(LONGEST_SLEEP)).await;
        }
    }
}

/// One thing that befalls a process.
#[derive(Clone, Copy, Debug)]
enum Event {
    Killed,
    Stopped,
    Cancelled,
    /// The clock is set, by so many milliseconds.
    ClockSet(i64),
}

/// What befalls a process, in order, and when, from its beginning.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    events: Vec<(Duration, Event)>,
    has_cancelled: AtomicBool,
}

impl Trouble {
    pub(super) fn drawn(random: &SeededRandom) -> Self {
        let once_in = |times| random.below(times) == 0;
        // Some activities take milliseconds, some runs wait for minutes.
        let milliseconds = || Duration::from_millis(random.below([20, 2_000, 300_000][random.below(3)]) as u64);
        let mut events = Vec::new();
        for (times, event) in [(3, Event::Killed), (5, Event::Stopped), (12, Event::Cancelled)] {
            if once_in(times) {
                events.push((milliseconds(), event));
            }
        }
        for _ in 0..random.below(3) {
            let by = i64::try_from(random.below(7_200_000)).expect("two hours") - 3_600_000;
            events.push((milliseconds(), Event::ClockSet(by)));
        }
        events.sort_by_key(|(after, _)| *after);
        Self { events, has_cancelled: AtomicBool::new(false) }
    }

    /// Whether somebody cancelled the run, and was told so.
    pub(super) fn has_cancelled(&self) -> bool {
        self.has_cancelled.load(Ordering::Relaxed)
    }

    /// Lets it all befall the process that drives a run. Returns if it is killed.
    pub(super) async fn comes(
        &self,
        engine: &Engine,
        (run, stop): (RunId, &CancellationToken),
        (clock, diary): (&SetClock, &Diary),
    ) {
        let began = clock.elapsed();
        for (after, event) in &self.events {
            sleep((began + *after).saturating_sub(clock.elapsed())).await;
            match event {
                Event::Killed => return,
                Event::Stopped => {
                    diary.note(clock, "the process is asked to stop".to_owned());
                    stop.cancel();
                }
                Event::Cancelled => {
                    diary.note(clock, "somebody cancels the run".to_owned());
                    let told = engine.request_cancel(run).await.is_ok();
                    self.has_cancelled.fetch_or(told, Ordering::Relaxed);
                }
                Event::ClockSet(by) => {
                    clock.offset.fetch_add(*by, Ordering::Relaxed);
                    diary.note(clock, format!("the clock is set by {} s", by / 1000));
                }
            }
        }
        pending().await
    }
}
