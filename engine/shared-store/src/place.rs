//! Where processes that share a store meet: how they reach whoever has it, and what that opens. On a machine these are a socket and files
//! (`machine`); in a simulation neither.

use std::{io, sync::Arc};

use async_trait::async_trait;
use flowrun_engine::{
    id::{DriverId, RunId},
    store::{Claim, Inspection, Store, StoreError, watch::Watches},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::oneshot,
};

use crate::directory::Directory;

/// What two processes talk over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A place.
#[async_trait]
pub(crate) trait Place: Send + Sync + 'static {
    /// Where the files of the processes are.
    fn directory(&self) -> &Directory;

    /// Reaches whoever serves the store.
    async fn connect(&self) -> Result<Box<dyn Stream>, NotConnected>;

    /// Opens the store; `watches` are told of its changes.
    fn open(&self, owner: &str, watches: Arc<Watches>) -> Result<Box<dyn ServedStore>, StoreError>;

    /// Lets others reach this process.
    fn listen(&self) -> Result<Box<dyn Listener>, StoreError>;

    /// Lets nobody reach it any more.
    fn stop_listening(&self);
}

/// Takes those in who reach this process.
#[async_trait]
pub(crate) trait Listener: Send {
    /// The next one.
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>>;
}

/// A store as whoever serves it needs it.
#[async_trait]
pub(crate) trait ServedStore: Store {
    /// What the user should know about how it was opened.
    fn notices(&self) -> &[String];

    /// Takes note of a claim that its driver has kept since before the store was opened.
    async fn hold(&self, claim: &Claim) -> Result<(), StoreError>;

    /// The newest claim of a run, whether it is held or not.
    async fn newest_claim(&self, run: RunId) -> Result<Option<Claim>, StoreError>;

    /// The claims that a driver holds.
    fn claims_of(&self, driver: DriverId) -> Vec<Claim>;

    /// Reads everything, and says all that is wrong.
    async fn inspect(&self) -> Result<Inspection, StoreError>;

    /// Closes it, and says when it is closed: what was asked for is on the disk then.
    fn close(self: Box<Self>, closed: oneshot::Sender<()>);
}

/// Why there is no connection.
pub(crate) enum NotConnected {
    /// Nobody serves, at the moment.
    Nobody,
    /// Somebody does who does not answer.
    NoAnswer,
    /// It cannot be.
    Failed(StoreError),
}

impl NotConnected {
    /// The socket of a directory cannot be reached.
    pub(crate) fn unreachable(directory: &Directory, error: &io::Error) -> Self {
        let socket = directory.processes.join("socket");
        let why = format!("its socket `{}` cannot be reached: {error}", socket.display());
        Self::Failed(StoreError::Unsuitable(why))
    }
}
