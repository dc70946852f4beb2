//! What this process has asked of the store and not been answered, whoever has the store: it, another, or nobody for a moment.
//!
//! Whatever is asked gets a number. Where another process has the store, requests are sent in their order; when that process ends,
//! all that are unanswered are asked again, in their order. That is harmless: records carry their numbers, claims end with the store that gave
//! them, and a message is looked for before it is posted again.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use flowrun_engine::{
    id::RunId,
    store::{Claim, StoreError, Watch, watch::Topic, watch::Watches},
};
use tokio::sync::{Notify, oneshot};

use crate::{
    frame::Frame,
    open_store::{Asked, OpenStore},
    request::{Answer, Answered, Request},
    wire::{Fault, encode_request},
};

/// Where requests are kept.
#[derive(Debug)]
pub(crate) struct Desk {
    contents: Mutex<Contents>,
    watches: Arc<Watches>,
    /// Told when there is something to send.
    unsent: Notify,
    /// Told when nothing is unanswered any more.
    answered: Notify,
}

#[derive(Debug)]
struct Contents {
    /// The store, where this process has it.
    store: Option<Arc<OpenStore>>,
    unanswered: BTreeMap<u64, Unanswered>,
    /// The number of the next request.
    next: u64,
    /// Those from this number on were not sent on the connection that there is.
    unsent: u64,
    /// The claims that this process has.
    held: BTreeMap<RunId, Claim>,
    /// What is watched here.
    topics: BTreeSet<Topic>,
    /// What nobody watches any more is looked for when there are so many.
    enough: usize,
    /// Why nothing can be asked any more.
    dead: Option<Fault>,
}

#[derive(Debug)]
struct Unanswered {
    request: Request,
    reply: Option<oneshot::Sender<Answered>>,
    was_sent: bool,
}

impl Desk {
    pub(crate) fn new(watches: Arc<Watches>) -> Self {
        let contents = Contents {
            store: None,
            unanswered: BTreeMap::new(),
            // 0 is no request's.
            next: 1,
            unsent: 1,
            held: BTreeMap::new(),
            topics: BTreeSet::new(),
            enough: 0,
            dead: None,
        };
        Self { contents: Mutex::new(contents), watches, unsent: Notify::new(), answered: Notify::new() }
    }

    /// Asks for something, now: what is asked later is done later.
    pub(crate) fn ask(&self, request: Request) -> Asked {
        let mut contents = self.contents();
        if let Some(fault) = &contents.dead {
            return Box::pin(ready(Err(fault.clone().into())));
        }
        contents.note(&request);
        if let Some(store) = &contents.store {
            return store.ask(request);
        }
        let (reply, answered) = oneshot::channel();
        contents.put(request, Some(reply));
        drop(contents);
        self.unsent.notify_one();
        Box::pin(async move { answered.await.unwrap_or_else(|_| Err(closed())) })
    }

    /// Claims a run, and remembers it.
    pub(crate) async fn claim(&self, request: Request) -> Answered {
        // The store is not closed before the claim is remembered: it is told to whoever has the store then.
        let store = self.contents().store.clone();
        let answered = self.ask(request).await;
        if let (Some(_), Ok(Answer::Claimed(claim))) = (&store, &answered) {
            self.contents().held.insert(claim.run, claim.clone());
        }
        answered
    }

    /// A watch. What is asked after it was made sees what it does not tell.
    pub(crate) fn watch(&self, topic: Topic) -> Watch {
        let mut contents = self.contents();
        let watch = self.watches.watch(topic);
        if contents.topics.insert(topic) && contents.store.is_none() && contents.dead.is_none() {
            contents.put(Request::Subscribe(topic), None);
            contents.sweep(&self.watches);
            drop(contents);
            self.unsent.notify_one();
        } else {
            contents.sweep(&self.watches);
        }
        watch
    }

    /// Whether this process has the store.
    pub(crate) fn store(&self) -> Option<Arc<OpenStore>> {
        self.contents().store.clone()
    }

    /// The claims that this process has.
    pub(crate) fn held(&self) -> Vec<Claim> {
        self.contents().held.values().cloned().collect()
    }

    /// This process has the store from now on. Gives all that was asked before.
    pub(crate) fn open(&self, store: Arc<OpenStore>) -> Vec<(u64, Asked)> {
        let mut contents = self.contents();
        let asked = contents.unanswered.iter().map(|(number, unanswered)| {
            let Unanswered { request, was_sent, .. } = unanswered;
            (*number, store.ask(if *was_sent { request.repeated() } else { request.clone() }))
        });
        let asked = asked.collect();
        contents.store = Some(store);
        asked
    }

    /// This process has the store no longer; what uses it still ends by itself.
    pub(crate) fn close(&self) {
        self.contents().store = None;
    }

    /// There is a new connection: gives what comes first on it, the claims and watches of this process. All that is unanswered follows.
    pub(crate) fn connect(&self) -> Vec<Request> {
        let mut contents = self.contents();
        contents.unsent = 0;
        let held = contents.held.values().cloned().map(Request::Hold);
        let watched = contents.topics.iter().filter(|topic| self.watches.is_watched(**topic));
        held.chain([Request::HeldAll]).chain(watched.copied().map(Request::Subscribe)).collect()
    }

    /// Waits until there is something to send, and gives it.
    pub(crate) async fn unsent(&self) -> Vec<Frame> {
        loop {
            let noted = self.unsent.notified();
            let frames = self.contents().take_unsent();
            if !frames.is_empty() {
                return frames;
            }
            noted.await;
        }
    }

    /// A request was answered.
    pub(crate) fn answer(&self, number: u64, answered: Answered) {
        let mut contents = self.contents();
        let Some(Unanswered { reply, .. }) = contents.unanswered.remove(&number) else { return };
        let claimed = if let Ok(Answer::Claimed(claim)) = &answered { Some(claim.clone()) } else { None };
        if let Some(claim) = &claimed {
            contents.held.insert(claim.run, claim.clone());
        }
        let is_answered = contents.unanswered.is_empty();
        drop(contents);
        let is_lost = reply.is_some_and(|reply| reply.send(answered).is_err());
        if let Some(claim) = claimed.filter(|_| is_lost) {
            // Whoever claimed the run no longer waits for it.
            drop(self.ask(Request::Release(claim)));
        }
        if is_answered {
            self.answered.notify_one();
        }
    }

    /// Whether something is unanswered.
    pub(crate) fn has_unanswered(&self) -> bool {
        !self.contents().unanswered.is_empty()
    }

    /// Returns once nothing is unanswered.
    pub(crate) async fn all_answered(&self) {
        loop {
            let noted = self.answered.notified();
            if !self.has_unanswered() {
                return;
            }
            noted.await;
        }
    }

    /// Sees whether the other side still answers.
    pub(crate) fn ping(&self) {
        self.contents().put(Request::Ping, None);
        self.unsent.notify_one();
    }

    /// Nothing can be asked any more.
    pub(crate) fn fail(&self, error: &StoreError) {
        let fault = Fault::of(error);
        let mut contents = self.contents();
        let unanswered = std::mem::take(&mut contents.unanswered);
        contents.store = None;
        contents.dead = Some(fault.clone());
        drop(contents);
        self.watches.tell_all();
        for reply in unanswered.into_values().filter_map(|unanswered| unanswered.reply) {
            // Whoever no longer waits need not be told.
            drop(reply.send(Err(fault.clone().into())));
        }
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        // A panic elsewhere leaves nothing half changed.
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    /// Notes what a request changes of the claims of this process.
    fn note(&mut self, request: &Request) {
        match request {
            Request::Create(new) => {
                if let Some(driver) = new.driver {
                    self.held.insert(new.summary.run, Claim::first(new.summary.run, driver));
                }
            }
            Request::Release(claim) if self.held.get(&claim.run) == Some(claim) => {
                self.held.remove(&claim.run);
            }
            _ => {}
        }
    }

    fn put(&mut self, request: Request, reply: Option<oneshot::Sender<Answered>>) {
        self.unanswered.insert(self.next, Unanswered { request, reply, was_sent: false });
        self.next += 1;
    }

    fn take_unsent(&mut self) -> Vec<Frame> {
        let unsent = self.unanswered.range_mut(self.unsent..);
        let frames = unsent.map(|(number, unanswered)| {
            let request = &unanswered.request;
            let frame = match unanswered.was_sent {
                true => encode_request(*number, &request.repeated()),
                false => encode_request(*number, request),
            };
            unanswered.was_sent = true;
            frame
        });
        let frames = frames.collect();
        self.unsent = self.next;
        frames
    }

    /// Forgets what nobody watches any more, from time to time.
    fn sweep(&mut self, watches: &Watches) {
        if self.topics.len() < self.enough {
            return;
        }
        let gone: Vec<_> = self.topics.iter().copied().filter(|topic| !watches.is_watched(*topic)).collect();
        for topic in gone {
            self.topics.remove(&topic);
            if self.store.is_none() {
                self.put(Request::Unsubscribe(topic), None);
            }
        }
        self.enough = 2 * self.topics.len() + 64;
    }
}

fn closed() -> StoreError {
    StoreError::Gone("it was closed".to_owned())
}
