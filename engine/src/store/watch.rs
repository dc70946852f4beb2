//! Telling those who wait that something in a store changed. For whoever writes a store: what a [`Watch`] is made of.
//!
//! A watch carries nothing: who is woken reads the store. So nobody who is slow blocks a writer, or has anything kept for it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::{id::RunId, store::StoreError};

/// Tells that something changed. What changed before it was made is not told, and several changes may be told as one.
#[derive(Debug)]
pub struct Watch(watch::Receiver<()>);

impl Watch {
    /// Returns once something has changed since this returned last: true, or false if nothing will any more.
    pub async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }

    /// Returns once something has changed since this, or [`Self::changed`], returned last.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if nothing will any more.
    pub(crate) async fn next(&mut self) -> Result<(), StoreError> {
        let gone = || StoreError::Gone("it tells of no change any more".to_owned());
        if self.changed().await { Ok(()) } else { Err(gone()) }
    }
}

/// What can be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// The journal of a run.
    Run(RunId),
    /// The inbox of a run.
    Inbox(RunId),
    /// The runs that are due.
    Due,
}

/// Hears of all that is told, at once and in order: for whoever tells it to other processes.
pub trait Listener: Send + Sync {
    /// Something changed. The store waits meanwhile: be quick.
    fn changed(&self, topic: Topic);
}

/// The watches of a store.
pub struct Watches {
    runs: ByRun,
    inboxes: ByRun,
    due: watch::Sender<()>,
    listener: Option<Arc<dyn Listener>>,
}

impl Default for Watches {
    fn default() -> Self {
        Self { runs: ByRun::default(), inboxes: ByRun::default(), due: watch::Sender::new(()), listener: None }
    }
}

impl fmt::Debug for Watches {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Watches")
            .field("runs", &self.runs)
            .field("inboxes", &self.inboxes)
            .finish_non_exhaustive()
    }
}

impl Watches {
    /// Watches with somebody who hears of all changes.
    pub fn with_listener(listener: Arc<dyn Listener>) -> Self {
        Self { listener: Some(listener), ..Self::default() }
    }

    /// A watch.
    pub fn watch(&self, topic: Topic) -> Watch {
        match topic {
            Topic::Run(run) => self.run(run),
            Topic::Inbox(run) => self.inbox(run),
            Topic::Due => self.due(),
        }
    }

    /// Tells of a change.
    pub fn tell(&self, topic: Topic) {
        match topic {
            Topic::Run(run) => self.tell_run(run),
            Topic::Inbox(run) => self.tell_inbox(run),
            Topic::Due => self.tell_due(),
        }
    }

    /// Whether anybody would be told of a change.
    pub fn is_watched(&self, topic: Topic) -> bool {
        match topic {
            Topic::Run(run) => self.runs.is_watched(run),
            Topic::Inbox(run) => self.inboxes.is_watched(run),
            Topic::Due => self.due.receiver_count() > 0,
        }
    }

    fn listen(&self, topic: Topic) {
        if let Some(listener) = &self.listener {
            listener.changed(topic);
        }
    }

    /// A watch of a run's journal.
    pub fn run(&self, run: RunId) -> Watch {
        self.runs.watch(run)
    }

    /// A watch of a run's inbox.
    pub fn inbox(&self, run: RunId) -> Watch {
        self.inboxes.watch(run)
    }

    /// A watch of the runs that are due.
    pub fn due(&self) -> Watch {
        Watch(self.due.subscribe())
    }

    /// Tells that a run has a new record, which can be read now, or was let go.
    pub fn tell_run(&self, run: RunId) {
        self.runs.tell(run);
        self.listen(Topic::Run(run));
    }

    /// Tells that a run has a new message, which can be read now.
    pub fn tell_inbox(&self, run: RunId) {
        self.inboxes.tell(run);
        self.listen(Topic::Inbox(run));
    }

    /// Tells that a run is due, now or later, which was not, or that one was let go.
    pub fn tell_due(&self) {
        self.due.send_replace(());
        self.listen(Topic::Due);
    }

    /// Tells everybody here: the store has failed, and says so to whoever asks; or it is another now.
    pub fn tell_all(&self) {
        self.runs.tell_all();
        self.inboxes.tell_all();
        self.due.send_replace(());
    }
}

/// The watches of runs that somebody watches.
#[derive(Debug, Default)]
struct ByRun(Mutex<Watched>);

#[derive(Debug, Default)]
struct Watched {
    senders: BTreeMap<RunId, watch::Sender<()>>,
    /// Those that nobody watches any more are looked for when there are so many.
    enough: usize,
}

impl ByRun {
    fn watch(&self, run: RunId) -> Watch {
        let mut watched = self.watched();
        if watched.senders.len() >= watched.enough {
            watched.senders.retain(|_, sender| sender.receiver_count() > 0);
            watched.enough = 2 * watched.senders.len() + 8;
        }
        Watch(watched.senders.entry(run).or_insert_with(|| watch::Sender::new(())).subscribe())
    }

    fn tell(&self, run: RunId) {
        if let Some(sender) = self.watched().senders.get(&run) {
            sender.send_replace(());
        }
    }

    fn is_watched(&self, run: RunId) -> bool {
        self.watched().senders.get(&run).is_some_and(|sender| sender.receiver_count() > 0)
    }

    fn tell_all(&self) {
        self.watched().senders.values().for_each(|sender| sender.send_replace(()));
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        // A panic elsewhere leaves nothing half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        assert!(watches.runs.watched().senders.len() < 10);
    }
}
