//! Time, as the engine is given it.
//!
//! Deciding reads no clock; the runner reads this one. Tests and simulations bring a clock that they move.
//!
//! ```
//! use flowrun_engine::{clock::Clock, testing::PausedClock};
//! use jiff::ToSpan;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
//! let clock = PausedClock::default();
//! let tomorrow = clock.now() + 24.hours();
//! clock.sleep_until(tomorrow).await; // takes no time: the runtime's is paused
//! assert!(clock.now() >= tomorrow);
//! # });
//! ```

use std::{
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use jiff::Timestamp;

/// Where the runner gets the time from.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// How long ago some moment of this process was. It goes on evenly, whoever sets the time that [`Self::now`] tells.
    fn elapsed(&self) -> Duration;

    /// Returns once `now()` is `until` or later.
    async fn sleep_until(&self, until: Timestamp);
}

/// The runtime's timer ends a sleep at its next tick. Who paces requests of which one goes every ten milliseconds would lose a tenth
/// by that: what is left then a thread sleeps, which is exact to a tenth of a tick.
const TICK: Duration = Duration::from_millis(1);

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the engine's time comes from the machine")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(clippy::disallowed_methods, reason = "the one place where the engine's time comes from the machine")]
    fn elapsed(&self) -> Duration {
        static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGINNING.elapsed()
    }

    async fn sleep_until(&self, until: Timestamp) {
        // The wall clock may be set while we sleep, so look again.
        while let Ok(left) = Duration::try_from(until.duration_since(self.now())) {
            match left.checked_sub(TICK) {
                Some(more) if more >= TICK => tokio::time::sleep(more.min(Duration::from_secs(60))).await,
                _ if left.is_zero() => return,
                // A runtime that ends takes no more of them, and nobody waits any more.
                _ => drop(tokio::task::spawn_blocking(move || thread::sleep(left)).await),
            }
        }
    }
}
