//! What the other processes are told of changes: for each connection, which of what it watches has changed since it was told last. However
//! often something changes, it is noted once.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use flowrun_engine::store::watch::{Listener, Topic};
use tokio::sync::Notify;

/// Hears of all changes, and notes them for the connections that watch.
#[derive(Debug, Default)]
pub(crate) struct Hub(Mutex<Vec<Weak<Notices>>>);

/// The changes of one connection.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    topics: Mutex<Topics>,
    noted: Notify,
}

#[derive(Debug, Default)]
struct Topics {
    subscribed: BTreeSet<Topic>,
    changed: BTreeSet<Topic>,
}

impl Hub {
    /// A further connection, until it is dropped.
    pub(crate) fn connect(&self) -> Arc<Notices> {
        let notices = Arc::<Notices>::default();
        let mut connected = self.connected();
        connected.retain(|notices| notices.strong_count() > 0);
        connected.push(Arc::downgrade(&notices));
        notices
    }

    fn connected(&self) -> MutexGuard<'_, Vec<Weak<Notices>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Hub {
    fn changed(&self, topic: Topic) {
        self.connected().iter().filter_map(Weak::upgrade).for_each(|notices| notices.note(topic));
    }
}

impl Notices {
    /// Notes changes of this from now on.
    pub(crate) fn subscribe(&self, topic: Topic) {
        self.topics().subscribed.insert(topic);
    }

    /// And no more.
    pub(crate) fn unsubscribe(&self, topic: Topic) {
        self.topics().subscribed.remove(&topic);
    }

    /// What has changed since this was asked last.
    pub(crate) fn take(&self) -> BTreeSet<Topic> {
        std::mem::take(&mut self.topics().changed)
    }

    /// Returns once something has changed.
    pub(crate) async fn noted(&self) {
        self.noted.notified().await;
    }

    fn note(&self, topic: Topic) {
        let mut topics = self.topics();
        if topics.subscribed.contains(&topic) && topics.changed.insert(topic) {
            self.noted.notify_one();
        }
    }

    fn topics(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use flowrun_engine::id::RunId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_connection_is_told_of_what_it_watches_once() {
        let (hub, run) = (Hub::default(), RunId::new(Uuid::from_u128(1)));
        let (one, other) = (hub.connect(), hub.connect());
        one.subscribe(Topic::Run(run));
        other.subscribe(Topic::Due);
        for _ in 0..3 {
            hub.changed(Topic::Run(run));
            hub.changed(Topic::Inbox(run));
        }
        assert_eq!(one.take(), BTreeSet::from([Topic::Run(run)]));
        assert_eq!((one.take(), other.take()), (BTreeSet::new(), BTreeSet::new()));
        one.unsubscribe(Topic::Run(run));
        hub.changed(Topic::Run(run));
        assert_eq!(one.take(), BTreeSet::new());
        drop(one);
        drop(hub.connect());
        assert_eq!(hub.connected().len(), 2);
    }
}
