//! Time, as the engine is given it.
//!
//! Deciding reads no clock; the runner reads this one. Tests and simulations bring a clock that they move.

use async_trait::async_trait;
use jiff::Timestamp;

/// Where the runner gets the time from.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Returns once `now()` is `until` or later.
    async fn sleep_until(&self, until: Timestamp);
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the engine's time comes from the machine")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep_until(&self, until: Timestamp) {
        // The wall clock may be set while we sleep, so look again.
        while let Ok(left) = std::time::Duration::try_from(until.duration_since(self.now())) {
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(std::time::Duration::from_secs(60))).await;
        }
    }
}
