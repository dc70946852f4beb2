//! Time that stands still unless the world moves it. Whoever waits says until when; the world asks once it has polled.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use async_trait::async_trait;
use flowrun_engine::clock::Clock;
use jiff::Timestamp;

/// When worlds begin, in milliseconds.
const BEGINNING: i64 = 1_800_000_000_000;

/// The time of a world, in milliseconds from its beginning.
#[derive(Debug)]
pub(crate) struct Time {
    now: AtomicU64,
    /// Until when the call waits that was polled last; `u64::MAX` where it does not.
    wanted: AtomicU64,
}

impl Default for Time {
    fn default() -> Self {
        Self { now: AtomicU64::new(0), wanted: AtomicU64::new(u64::MAX) }
    }
}

impl Time {
    pub(crate) fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    pub(crate) fn stamp(&self) -> Timestamp {
        let now = i64::try_from(self.now()).expect("a world is young");
        Timestamp::from_millisecond(BEGINNING + now).expect("a world is young")
    }

    pub(crate) fn set(&self, now: u64) {
        self.now.store(now, Ordering::Relaxed);
    }

    /// Until when the call waits that was just polled, if it waits for a time.
    pub(crate) fn take_wanted(&self) -> Option<u64> {
        let wanted = self.wanted.swap(u64::MAX, Ordering::Relaxed);
        (wanted != u64::MAX).then_some(wanted)
    }

    /// Waits until a time.
    pub(crate) fn wait_until(self: &Arc<Self>, until: u64) -> Wait {
        Wait { time: Arc::clone(self), until }
    }
}

/// How long a world is old at a time, in whole milliseconds that are not less.
pub(crate) fn age_at(time: Timestamp) -> u64 {
    let nanoseconds = time.as_nanosecond() - i128::from(BEGINNING) * 1_000_000;
    u64::try_from((nanoseconds + 999_999) / 1_000_000).unwrap_or_default()
}

/// Ends when its time has come.
pub(crate) struct Wait {
    time: Arc<Time>,
    until: u64,
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.time.now() >= self.until {
            return Poll::Ready(());
        }
        self.time.wanted.fetch_min(self.until, Ordering::Relaxed);
        Poll::Pending
    }
}

/// A clock that shows the time of a world.
#[derive(Debug)]
pub(crate) struct WorldClock(pub(crate) Arc<Time>);

#[async_trait]
impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.0.stamp()
    }

    async fn sleep_until(&self, until: Timestamp) {
        self.0.wait_until(age_at(until)).await;
    }
}
