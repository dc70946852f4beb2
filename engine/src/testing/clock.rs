//! Time that costs none: it stands still while anything can go on, and then goes to what is waited for.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::clock::Clock;

/// A clock that goes with tokio's. In a runtime whose time is paused (`#[tokio::test(start_paused = true)]`) a day's wait takes no time.
///
/// It begins at the beginning of 1970, so that whatever it stamps is the same each time.
#[derive(Clone, Copy, Debug)]
pub struct PausedClock {
    began: Instant,
}

impl Default for PausedClock {
    fn default() -> Self {
        Self { began: now() }
    }
}

#[async_trait]
impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + (now() - self.began)
    }

    fn elapsed(&self) -> Duration {
        now() - self.began
    }

    async fn sleep_until(&self, until: Timestamp) {
        let left = Duration::try_from(until.duration_since(self.now())).unwrap_or_default();
        tokio::time::sleep(left).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the runtime moves this clock")]
fn now() -> Instant {
    Instant::now()
}

/// A clock that moves as far as somebody waits, at once, and as far as it is told. It needs no runtime.
///
/// ```
/// # use std::time::Duration;
/// # use flowrun_engine::{clock::Clock, testing::MovedClock};
/// # use jiff::Timestamp;
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let clock = MovedClock::default();
/// clock.sleep_until(Timestamp::from_second(3600)?).await;
/// clock.pass(Duration::from_secs(5));
/// assert_eq!(clock.now(), Timestamp::from_second(3605)?);
/// # Ok::<(), jiff::Error>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct MovedClock {
    began: Timestamp,
    now: Mutex<Timestamp>,
}

/// It is the beginning of 1970.
impl Default for MovedClock {
    fn default() -> Self {
        Self::at(Timestamp::UNIX_EPOCH)
    }
}

impl MovedClock {
    /// It is this time.
    pub fn at(now: Timestamp) -> Self {
        Self { began: now, now: Mutex::new(now) }
    }

    /// So much time passes.
    pub fn pass(&self, time: Duration) {
        *self.time() += time;
    }

    fn time(&self) -> MutexGuard<'_, Timestamp> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        *self.time()
    }

    fn elapsed(&self) -> Duration {
        Duration::try_from(self.now().duration_since(self.began)).unwrap_or_default()
    }

    async fn sleep_until(&self, until: Timestamp) {
        let mut now = self.time();
        *now = until.max(*now);
    }
}
