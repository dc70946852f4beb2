//! The place that a machine has: a state directory, with a socket of the system's and sled.

use std::{
    fs::{self, Permissions},
    io::{self, ErrorKind},
    os::unix::fs::PermissionsExt,
    sync::Arc,
    thread,
};

use async_trait::async_trait;
use flowrun_engine::{
    id::{DriverId, RunId},
    store::{Claim, Inspection, SledStore, StoreError, watch::Watches},
};
use rustix::process::geteuid;
use tokio::{
    net::{UnixListener, UnixStream},
    sync::oneshot,
};

use crate::{
    directory::Directory,
    place::{Listener, NotConnected, Place, ServedStore, Stream},
};

#[async_trait]
impl Place for Directory {
    fn directory(&self) -> &Directory {
        self
    }

    async fn connect(&self) -> Result<Box<dyn Stream>, NotConnected> {
        let path = self.socket().map_err(NotConnected::Failed)?;
        let connected = UnixStream::connect(&path).await;
        let stream = connected.and_then(of_this_user).map_err(|error| match error.kind() {
            ErrorKind::NotFound
            | ErrorKind::ConnectionRefused
            | ErrorKind::WouldBlock
            | ErrorKind::ConnectionReset
            | ErrorKind::NotConnected => NotConnected::Nobody,
            _ => NotConnected::unreachable(self, &error),
        })?;
        Ok(Box::new(stream))
    }

    fn open(&self, owner: &str, watches: Arc<Watches>) -> Result<Box<dyn ServedStore>, StoreError> {
        Ok(Box::new(SledStore::open_with(&self.store, owner, watches)?))
    }

    /// The directory is nobody else's, so that nobody connects before the socket's mode is set.
    fn listen(&self) -> Result<Box<dyn Listener>, StoreError> {
        let path = self.socket()?;
        let bound = || -> io::Result<UnixListener> {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let listener = UnixListener::bind(&path)?;
            fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            Ok(listener)
        };
        let listener = bound().map_err(|error| {
            let socket = self.processes.join("socket");
            StoreError::Unsuitable(format!("its socket `{}` cannot be made: {error}", socket.display()))
        })?;
        Ok(Box::new(listener))
    }

    fn stop_listening(&self) {
        let _ = self.socket().map(fs::remove_file);
    }
}

#[async_trait]
impl Listener for UnixListener {
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>> {
        loop {
            let (stream, _) = Self::accept(self).await?;
            match of_this_user(stream) {
                Ok(stream) => return Ok(Box::new(stream)),
                Err(error) => tracing::debug!(%error, "what connected was not let in"),
            }
        }
    }
}

#[async_trait]
impl ServedStore for SledStore {
    fn notices(&self) -> &[String] {
        Self::notices(self)
    }

    async fn hold(&self, claim: &Claim) -> Result<(), StoreError> {
        Self::hold(self, claim).await
    }

    async fn newest_claim(&self, run: RunId) -> Result<Option<Claim>, StoreError> {
        Self::newest_claim(self, run).await
    }

    fn claims_of(&self, driver: DriverId) -> Vec<Claim> {
        Self::claims_of(self, driver)
    }

    async fn inspect(&self) -> Result<Inspection, StoreError> {
        Self::inspect(self).await
    }

    /// Closing waits for the disk, which no worker of a runtime is to do; without a thread it must.
    fn close(self: Box<Self>, closed: oneshot::Sender<()>) {
        let close = move || {
            drop(self);
            // Whoever does not wait need not be told.
            closed.send(())
        };
        drop(thread::Builder::new().name("flowrun-close".to_owned()).spawn(close));
    }
}

/// A stream whose other end is this user's.
fn of_this_user(stream: UnixStream) -> io::Result<UnixStream> {
    match stream.peer_cred()?.uid() == geteuid().as_raw() {
        true => Ok(stream),
        false => Err(ErrorKind::PermissionDenied.into()),
    }
}
