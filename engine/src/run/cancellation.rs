//! Asking something to stop: whoever drives a run has one end, the run the other.

use std::sync::Arc;

use tokio::sync::watch;

/// Asks all who have a clone of it to stop, once and for all.
#[derive(Clone, Debug)]
pub struct CancellationToken(Arc<watch::Sender<bool>>);

impl CancellationToken {
    /// One that asks nothing yet.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Asks to stop. Asking again changes nothing.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when somebody has asked to stop.
    pub async fn cancelled(&self) {
        let mut asked = self.0.subscribe();
        // The sender lasts, since it is borrowed here: there is no end but the asking.
        let _asked: Result<_, _> = asked.wait_for(|asked| *asked).await;
    }
}

impl Default for CancellationToken {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_clones_are_asked_before_and_after() {
        let token = CancellationToken::new();
        let (early, clone) = (token.clone(), token.clone());
        let waiting = tokio::spawn(async move { early.cancelled().await });
        tokio::task::yield_now().await;
        assert!(!clone.is_cancelled() && !waiting.is_finished());
        clone.cancel();
        clone.cancel();
        waiting.await.unwrap();
        token.cancelled().await;
        assert!(token.is_cancelled());
    }
}
