//! Time that costs none: it stands still while anything can go on, and then goes to what is waited for.

use std::time::Duration;

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
