//! The contract of stores holds in each role: with the store open, connected to another that has it, and after taking it over.

use std::{path::Path, sync::Mutex};

use async_trait::async_trait;
use flowrun_engine::store::{
    StoreError,
    conformance::{Stores, conformance},
};
use flowrun_shared_store::SharedStore;
use tempfile::TempDir;

fn open(directory: &Path) -> Result<SharedStore, StoreError> {
    SharedStore::open(directory, "a test")
}

/// Each store in a directory of its own, which it has open.
#[derive(Default)]
struct Holders(Mutex<Option<TempDir>>);

impl Holders {
    fn open(&self) -> Result<SharedStore, StoreError> {
        let store = open(self.0.lock().unwrap().as_ref().unwrap().path())?;
        assert!(store.is_holder());
        Ok(store)
    }
}

#[async_trait]
impl Stores for Holders {
    type Store = SharedStore;

    async fn fresh(&self) -> Result<SharedStore, StoreError> {
        *self.0.lock().unwrap() = Some(tempfile::tempdir().unwrap());
        self.open()
    }

    async fn reopened(&self, store: SharedStore) -> Result<Option<SharedStore>, StoreError> {
        drop(store);
        self.open().map(Some)
    }
}

/// Each store asks another, which has it open.
struct Clients {
    holder: Mutex<Option<(SharedStore, TempDir)>>,
    /// Whether the other ends in place of being asked anew.
    takes_over: bool,
}

#[async_trait]
impl Stores for Clients {
    type Store = SharedStore;

    async fn fresh(&self) -> Result<SharedStore, StoreError> {
        let directory = tempfile::tempdir().unwrap();
        let holder = open(directory.path())?;
        let client = open(directory.path())?;
        assert!(holder.is_holder() && !client.is_holder());
        *self.holder.lock().unwrap() = Some((holder, directory));
        Ok(client)
    }

    async fn reopened(&self, store: SharedStore) -> Result<Option<SharedStore>, StoreError> {
        let (holder, directory) = self.holder.lock().unwrap().take().unwrap();
        if self.takes_over {
            drop(holder);
            *self.holder.lock().unwrap() = Some((open(directory.path())?, directory));
            return Ok(Some(store));
        }
        drop(store);
        let again = open(directory.path())?;
        *self.holder.lock().unwrap() = Some((holder, directory));
        Ok(Some(again))
    }
}

#[tokio::test]
async fn whoever_has_the_store_keeps_the_contract() {
    conformance(&Holders::default()).await.unwrap();
}

#[tokio::test]
async fn whoever_asks_another_keeps_the_contract() {
    conformance(&Clients { holder: Mutex::default(), takes_over: false }).await.unwrap();
}

#[tokio::test]
async fn whoever_takes_the_store_over_keeps_the_contract() {
    conformance(&Clients { holder: Mutex::default(), takes_over: true }).await.unwrap();
}
