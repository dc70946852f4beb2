//! Serving the open store to other processes. Each connection has tasks of its own: one that reads slowly makes nobody else wait, and
//! only so much is kept for it.

mod connection;
mod notices;

use std::{sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::sleep};

use self::connection::serve_connection;
pub(crate) use self::notices::Hub;
use crate::{
    claimants::LOOK_EVERY,
    greeting::Greeting,
    open_store::OpenStore,
    place::{Listener, Place},
    presence::{ProcessId, is_gone},
};

/// A system that has no more files to give has some again soon.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(50);

/// What serving takes.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) store: Arc<OpenStore>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) greeting: Greeting,
    pub(crate) place: Arc<dyn Place>,
}

impl Server {
    /// Serves, until dropped.
    pub(crate) async fn serve(self, mut listener: Box<dyn Listener>) {
        let mut connections = JoinSet::new();
        let store = self.store.clone();
        connections.spawn(async move { store.claimants.watch_over().await });
        loop {
            tokio::select! {
                biased;
                accepted = listener.accept() => match accepted {
                    Ok(stream) => drop(connections.spawn(serve_connection(self.clone(), stream))),
                    Err(error) => {
                        tracing::debug!(%error, "a process cannot be served");
                        sleep(PAUSE_AFTER_FAILURE).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    /// Ends the claims of a process whose connection broke, once it is gone. That alone says nothing: it may be stopped.
    async fn release_once_gone(
        &self,
        process: ProcessId,
        drivers: impl IntoIterator<Item = flowrun_engine::id::DriverId>,
    ) {
        while !is_gone(&self.place.directory().processes, process) {
            sleep(LOOK_EVERY).await;
        }
        drivers.into_iter().for_each(|driver| self.store.release_all(driver));
    }
}
