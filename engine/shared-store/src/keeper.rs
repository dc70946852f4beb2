//! The thread that sees to it that somebody has the store: this process, or another to which it is connected. It begins with whichever
//! there is, and again whenever that ends.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use flowrun_engine::store::{StoreError, watch::Watches};
use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
    time::sleep,
};

use crate::{
    claimants::Claimants,
    client::{Connected, Ended, connect},
    desk::Desk,
    directory::{HolderLock, failed},
    greeting::Greeting,
    open_store::OpenStore,
    place::{Listener, NotConnected, Place, ServedStore},
    server::{Hub, Server},
};

/// How often it is tried to reach whoever has the store, or to have it.
const TRY_EVERY: Duration = Duration::from_millis(10);

/// So many times as long may it take to open or to close the store: whoever does so cannot answer.
const PATIENCE_WITH_OPENING: u32 = 5;

/// So long does opening the store wait for sled's lock by itself.
const OPENING_TRIES: Duration = Duration::from_millis(100);

/// What this process wants of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// To use it.
    Used,
    /// To use it later: others may have it until then.
    GivenUp,
    /// To be done with it, once all that was asked is answered.
    Ended,
}

/// What the thread works with.
pub(crate) struct Keeper {
    pub(crate) place: Arc<dyn Place>,
    pub(crate) greeting: Greeting,
    pub(crate) desk: Arc<Desk>,
    pub(crate) watches: Arc<Watches>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) wanted: watch::Receiver<Wanted>,
    /// Whether this process has the store, or is about to.
    pub(crate) is_holder: watch::Sender<bool>,
    /// How long somebody who has the store may be silent.
    pub(crate) patience: Duration,
}

/// Who has the store.
enum Role {
    Holder(Box<Holder>),
    Client(Connected),
}

/// This process has it.
struct Holder {
    store: Arc<OpenStore>,
    closed: oneshot::Receiver<()>,
    listener: Box<dyn Listener>,
    notices: Vec<String>,
    // Last: who takes it finds the rest done.
    lock: HolderLock,
}

/// How the first opening went: what the user should know.
pub(crate) type Opened = Result<Vec<String>, StoreError>;

impl Keeper {
    /// Keeps the store reachable until it is wanted no more. `opened` is told how it began.
    pub(crate) async fn keep(mut self, opened: mpsc::Sender<Opened>) {
        let mut opened = Some(opened);
        loop {
            let role = match self.next_role().await {
                Ok(Some(role)) => role,
                Ok(None) => return,
                Err(error) => {
                    self.desk.fail(&error);
                    // Whoever opened it is told, if that is still going on.
                    let _ = opened.take().map(|opened| opened.send(Err(error)));
                    return;
                }
            };
            match role {
                Role::Holder(holder) => self.hold(*holder, opened.take()).await,
                Role::Client(connected) => {
                    let _ = opened.take().map(|opened| opened.send(Ok(Vec::new())));
                    if let Err(error) = self.ask(connected).await {
                        return self.desk.fail(&error);
                    }
                }
            }
        }
    }

    /// Whoever has the store, or this process; `None` once it is wanted no more.
    async fn next_role(&mut self) -> Result<Option<Role>, StoreError> {
        let (mut tries, mut last) = (0, None);
        loop {
            let wanted = *self.wanted.borrow_and_update();
            match wanted {
                Wanted::Used => {}
                Wanted::Ended if self.desk.has_unanswered() => {}
                Wanted::Ended => return Ok(None),
                Wanted::GivenUp => {
                    if self.wanted.changed().await.is_err() {
                        return Ok(None);
                    }
                    tries = 0;
                    continue;
                }
            }
            match connect(&*self.place, &self.greeting, self.patience).await {
                Ok(connected) => return Ok(Some(Role::Client(connected))),
                Err(NotConnected::Failed(error)) => return Err(error),
                Err(NotConnected::NoAnswer) => return Err(self.no_answer()),
                Err(NotConnected::Nobody) => {}
            }
            let locked = self.place.directory().try_hold(&self.greeting.process);
            if let Some(lock) = locked.map_err(|error| failed("locking it", error))? {
                self.is_holder.send_replace(true);
                // Who gives the store up waits for it to be known that this process has it, or else sees that here.
                if *self.wanted.borrow() == Wanted::GivenUp {
                    drop(lock);
                    self.is_holder.send_replace(false);
                    continue;
                }
                return self.open(lock).await.map(|holder| Some(Role::Holder(Box::new(holder))));
            }
            // Another that tries has the same time.
            let holder = self.place.directory().holder_process();
            tries = if holder == last { tries + 1 } else { 0 };
            last = holder;
            if TRY_EVERY * tries >= PATIENCE_WITH_OPENING * self.patience {
                return Err(self.no_answer());
            }
            sleep(TRY_EVERY).await;
        }
    }

    fn no_answer(&self) -> StoreError {
        let owner = self.place.directory().holder_process();
        StoreError::NoAnswer { owner: owner.map_or_else(|| "another process".to_owned(), |owner| owner.to_string()) }
    }

    /// Opens the store, ready to be served: what this process has claimed is known before anybody else claims.
    async fn open(&self, lock: HolderLock) -> Result<Holder, StoreError> {
        let directory = self.place.directory();
        let sled = self.open_store().await?;
        tracing::debug!(path = %directory.store.display(), "this process has the store");
        let notices = sled.notices().to_vec();
        let claimants = Claimants::find(directory.processes.clone(), self.greeting.id);
        let claimants = claimants.map_err(|error| failed("looking for processes that share it", error))?;
        for claim in self.desk.held() {
            match sled.hold(&claim).await {
                Ok(()) | Err(StoreError::Superseded { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let (store, closed) = OpenStore::new(sled, claimants, self.place.clone());
        let listener = self.place.listen()?;
        Ok(Holder { store, closed, listener, notices, lock })
    }

    /// A process that shares no store, or only looks at this one, has sled's own lock for a while.
    async fn open_store(&self) -> Result<Box<dyn ServedStore>, StoreError> {
        let owner = self.greeting.process.to_string();
        for _ in 0..self.patience.as_millis() / OPENING_TRIES.as_millis() {
            match self.place.open(&owner, self.watches.clone()) {
                Err(StoreError::Locked { .. }) => sleep(TRY_EVERY).await,
                opened => return opened,
            }
        }
        self.place.open(&owner, self.watches.clone())
    }

    /// Has the store, and serves it, until it is to be given up.
    async fn hold(&mut self, holder: Holder, opened: Option<mpsc::Sender<Opened>>) {
        let Holder { store, closed, listener, notices, lock } = holder;
        let mut tasks = JoinSet::new();
        for (number, asked) in self.desk.open(store.clone()) {
            let desk = self.desk.clone();
            tasks.spawn(async move { desk.answer(number, asked.await) });
        }
        let _ = opened.map(|opened| opened.send(Ok(notices)));
        // What is another store now may have changed.
        self.watches.tell_all();
        let (hub, greeting, place) = (self.hub.clone(), self.greeting.clone(), self.place.clone());
        let mut serving = JoinSet::new();
        serving.spawn(Server { store: store.clone(), hub, greeting, place }.serve(listener));
        // Where nobody is left who could want it, it is not wanted.
        let _ = self.wanted.wait_for(|wanted| *wanted != Wanted::Used).await;
        // First, so that whoever takes the store over binds its own.
        self.place.stop_listening();
        self.desk.close();
        store.claimants.end_waiting();
        serving.shutdown().await;
        while tasks.join_next().await.is_some() {}
        drop(store);
        // What was asked for is on the disk then.
        let _ = closed.await;
        drop(lock);
        self.is_holder.send_replace(false);
    }

    /// Asks whoever has the store, until that ends.
    async fn ask(&mut self, connected: Connected) -> Result<(), StoreError> {
        let holder = connected.holder.process.clone();
        tracing::debug!(%holder, "another process has the store");
        self.watches.tell_all();
        let (desk, mut wanted) = (&self.desk, self.wanted.clone());
        let ending = async {
            let _ = wanted.wait_for(|wanted| *wanted == Wanted::Ended).await;
            desk.all_answered().await;
        };
        let ended = tokio::select! {
            biased;
            ended = connected.carry(desk, &self.watches, self.patience) => ended,
            () = ending => Ended::Lost,
        };
        match ended {
            Ended::Lost => Ok(()),
            Ended::NoAnswer => Err(StoreError::NoAnswer { owner: holder.to_string() }),
        }
    }
}
