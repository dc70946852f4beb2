//! Telling those who wait that something in a store changed. For whoever writes a store: what a [`Watch`] is made of.
//!
//! A watch carries nothing: who is woken reads the store. So nobody who is slow blocks a writer, or has anything kept for it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::id::RunId;

/// Tells that something changed. What changed before it was made is not told, and several changes may be told as one.
#[derive(Debug)]
pub struct Watch(watch::Receiver<()>);

impl Watch {
    /// Returns once something has changed since this returned last: true, or false if nothing will any more.
    pub async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

/// The watches of a store.
#[derive(Debug)]
pub struct Watches {
    /// Of runs that somebody watches.
    runs: Mutex<BTreeMap<RunId, watch::Sender<()>>>,
    due: watch::Sender<()>,
}

impl Default for Watches {
    fn default() -> Self {
        Self { runs: Mutex::default(), due: watch::Sender::new(()) }
    }
}

impl Watches {
    /// A watch of a run's journal.
    pub fn run(&self, run: RunId) -> Watch {
        let mut runs = self.runs();
        runs.retain(|_, watched| watched.receiver_count() > 0);
        Watch(runs.entry(run).or_insert_with(|| watch::Sender::new(())).subscribe())
    }

    /// A watch of the runs that are due.
    pub fn due(&self) -> Watch {
        Watch(self.due.subscribe())
    }

    /// Tells that a run has a new record, which can be read now.
    pub fn tell_run(&self, run: RunId) {
        if let Some(watched) = self.runs().get(&run) {
            watched.send_replace(());
        }
    }

    /// Tells that a run is due, now or later, which was not.
    pub fn tell_due(&self) {
        self.due.send_replace(());
    }

    /// Tells everybody: the store has failed, and says so to whoever asks.
    pub fn tell_all(&self) {
        self.runs().values().for_each(|watched| watched.send_replace(()));
        self.tell_due();
    }

    fn runs(&self) -> MutexGuard<'_, BTreeMap<RunId, watch::Sender<()>>> {
        // A panic elsewhere leaves nothing half changed.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, task::Poll};

    use super::*;

    fn run(number: u128) -> RunId {
        RunId::new(uuid::Uuid::from_u128(number))
    }

    async fn is_told(watch: &mut Watch) -> bool {
        let mut changed = Box::pin(watch.changed());
        poll_fn(|context| Poll::Ready(changed.as_mut().poll(context).is_ready())).await
    }

    #[tokio::test]
    async fn each_is_told_of_what_it_watches_once_however_often_it_changed() {
        let watches = Watches::default();
        let (mut one, mut other, mut due) = (watches.run(run(1)), watches.run(run(2)), watches.due());
        watches.tell_run(run(1));
        watches.tell_run(run(1));
        assert_eq!([is_told(&mut one).await, is_told(&mut other).await, is_told(&mut due).await], [true, false, false]);
        watches.tell_due();
        assert_eq!([is_told(&mut one).await, is_told(&mut other).await, is_told(&mut due).await], [false, false, true]);
        watches.tell_all();
        assert_eq!([is_told(&mut one).await, is_told(&mut other).await, is_told(&mut due).await], [true; 3]);
        drop(watches);
        assert!(!one.changed().await);
    }

    #[test]
    fn nothing_is_kept_of_who_watches_no_more() {
        let watches = Watches::default();
        for number in 0..1000 {
            drop(watches.run(run(number)));
        }
        let _last = watches.run(run(1));
        assert_eq!(watches.runs().len(), 1);
    }
}
