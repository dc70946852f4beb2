//! Who has which run in this process: one at a time writes to a run's journal, whoever drives it, or whoever records a signal for one
//! that nobody drives.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{mpsc, watch};

use super::{EngineError, driver::SignalRequest};
use crate::id::RunId;

/// The runs that somebody has.
#[derive(Debug)]
pub(super) struct LiveRuns {
    held: Mutex<BTreeMap<RunId, Holder>>,
    /// Changes when a driver lets a run go.
    let_go: watch::Sender<()>,
}

/// Who has a run.
#[derive(Clone, Debug)]
struct Holder {
    is_driver: bool,
    /// Ends when the run is let go.
    signals: mpsc::UnboundedSender<SignalRequest>,
}

/// A run that is held, until it is dropped.
pub(super) struct LiveRun<'live> {
    // In this order: who finds that nobody hears its signal finds the run let go.
    _mark: Mark<'live>,
    /// What is said to whoever drives it.
    pub(super) signals: mpsc::UnboundedReceiver<SignalRequest>,
}

struct Mark<'live> {
    live: &'live LiveRuns,
    run: RunId,
    is_driver: bool,
}

impl Default for LiveRuns {
    fn default() -> Self {
        Self { held: Mutex::default(), let_go: watch::Sender::new(()) }
    }
}

impl LiveRuns {
    /// Takes a run to drive it, or to record a signal. Waits for who records one.
    ///
    /// # Errors
    /// [`EngineError::AlreadyDriven`] if somebody drives it.
    pub(super) async fn take(&self, run: RunId, is_driver: bool) -> Result<LiveRun<'_>, EngineError> {
        loop {
            let other = match self.try_take(run, is_driver) {
                Ok(taken) => return Ok(taken),
                Err(holder) if holder.is_driver => return Err(EngineError::AlreadyDriven(run)),
                Err(holder) => holder.signals,
            };
            other.closed().await;
        }
    }

    fn try_take(&self, run: RunId, is_driver: bool) -> Result<LiveRun<'_>, Holder> {
        let mut held = self.held();
        if let Some(holder) = held.get(&run) {
            return Err(holder.clone());
        }
        let (sender, signals) = mpsc::unbounded_channel();
        held.insert(run, Holder { is_driver, signals: sender });
        Ok(LiveRun { _mark: Mark { live: self, run, is_driver }, signals })
    }

    /// How to reach who drives a run, if somebody does.
    pub(super) fn driver(&self, run: RunId) -> Option<mpsc::UnboundedSender<SignalRequest>> {
        self.held().get(&run).filter(|holder| holder.is_driver).map(|holder| holder.signals.clone())
    }

    /// Whether somebody drives a run.
    pub(super) fn is_driven(&self, run: RunId) -> bool {
        self.driver(run).is_some()
    }

    /// How many runs are held.
    pub(super) fn count(&self) -> usize {
        self.held().len()
    }

    /// Changes when a driver lets a run go.
    pub(super) fn watch(&self) -> watch::Receiver<()> {
        self.let_go.subscribe()
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<RunId, Holder>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        self.live.held().remove(&self.run);
        if self.is_driver {
            self.live.let_go.send_replace(());
        }
    }
}
