//! Access tokens that are sealed with keys of a keyring; the keyring is a map here.

use std::{
    collections::HashMap,
    io,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use secrecy::{ExposeSecret, SecretString};

use super::*;

#[derive(Debug, Default)]
struct MapKeyring {
    entries: Mutex<HashMap<String, SecretString>>,
    asked: AtomicU32,
    is_locked: AtomicBool,
}

impl MapKeyring {
    fn entries(&self) -> MutexGuard<'_, HashMap<String, SecretString>> {
        self.entries.lock().expect("nobody panicked with it")
    }

    fn use_entries<T>(&self, with: impl FnOnce(&mut HashMap<String, SecretString>) -> T) -> Result<T, KeyringError> {
        if self.is_locked.load(Ordering::Relaxed) {
            return Err(KeyringError::Locked(io::Error::other("nobody is there").into()));
        }
        Ok(with(&mut self.entries()))
    }

    fn names(&self) -> Vec<String> {
        self.entries().keys().cloned().collect()
    }
}

impl Keyring for MapKeyring {
    fn get(&self, entry: &str) -> Result<Option<SecretString>, KeyringError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.use_entries(|entries| entries.get(entry).cloned())
    }

    fn set(&self, entry: &str, text: SecretString) -> Result<(), KeyringError> {
        self.use_entries(|entries| drop(entries.insert(entry.to_owned(), text)))
    }

    fn remove(&self, entry: &str) -> Result<(), KeyringError> {
        self.use_entries(|entries| drop(entries.remove(entry)))
    }
}

/// A keyring, and the way to open stores that use it as another process would.
fn keyring() -> (TempDir, Arc<MapKeyring>, impl Fn() -> TokenStore) {
    let (directory, keyring) = (TempDir::new().expect("a directory"), Arc::new(MapKeyring::default()));
    let (path, shared) = (directory.path().join("tokens"), Arc::clone(&keyring));
    (directory, keyring, move || TokenStore::with_keyring(&path, Unlock::never(), shared.clone()))
}

#[tokio::test]
async fn a_key_of_its_own_seals_each_access_token() {
    let (_directory, keyring, open) = keyring();
    let store = open();
    store.check_writable(Sealing::Keyring).unwrap();
    assert!(keyring.names().is_empty(), "what was tried is removed");
    write(&store, &sample::oauth("acme"), Sealing::Keyring).await.unwrap();
    write(&store, &sample::api_token("ann"), Sealing::Keyring).await.unwrap();
    let keys = keyring.names();
    assert_eq!(keys.len(), 2);
    let bytes = fs::read(store.path().join("acme.token")).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("canary"));
    assert!(matches!(open().find(&name()), Ok(Some((_, Sealing::Keyring)))));

    let refreshing = open();
    refreshing.read(&name()).unwrap();
    write(&refreshing, &sample::oauth("acme"), Sealing::Keyring).await.unwrap();
    assert!(keyring.names().iter().all(|key| keys.contains(key)), "what is written again keeps its key");
    let before = keyring.asked.load(Ordering::Relaxed);
    refreshing.read(&name()).unwrap();
    assert_eq!(keyring.asked.load(Ordering::Relaxed), before, "a process gets a key once");
}

#[tokio::test]
async fn what_is_gone_leaves_no_key() {
    let (_directory, keyring, open) = keyring();
    write(&open(), &sample::oauth("acme"), Sealing::Keyring).await.unwrap();
    write(&open(), &sample::oauth("acme"), Sealing::Open).await.unwrap();
    assert!(keyring.names().is_empty(), "it is open now: {:?}", keyring.names());
    write(&open(), &sample::oauth("acme"), Sealing::Keyring).await.unwrap();
    let store = open();
    let locked = store.lock(&name()).await.unwrap();
    assert!(store.remove(locked).unwrap());
    assert!(keyring.names().is_empty(), "it is removed: {:?}", keyring.names());
}

#[tokio::test]
async fn a_keyring_that_does_not_help_is_told() {
    let (_directory, keyring, open) = keyring();
    write(&open(), &sample::oauth("acme"), Sealing::Keyring).await.unwrap();
    keyring.is_locked.store(true, Ordering::Relaxed);
    let error = open().read(&name()).unwrap_err();
    let failure = flowrun_engine::activity::Failure::from(error);
    assert_eq!(failure.message, "the keyring cannot be used: it is locked: nobody is there");
    assert_eq!(failure.recovery, flowrun_engine::activity::Recovery::NeedsGrant, "a run waits for a person");
    let refused = write(&open(), &sample::oauth("acme"), Sealing::Keyring).await.unwrap_err();
    assert!(matches!(refused, StoreError::Keyring(KeyringError::Locked(_))), "{refused:?}");
    keyring.is_locked.store(false, Ordering::Relaxed);
    assert!(open().read(&name()).unwrap().is_some(), "nothing was changed meanwhile");

    let key = keyring.names().pop().unwrap();
    keyring.set(&key, "AGE-SECRET-KEY-1NOT-A-KEY".into()).unwrap();
    assert!(matches!(open().read(&name()).unwrap_err(), StoreError::KeyLost { .. }));
    keyring.remove(&key).unwrap();
    assert!(matches!(open().read(&name()).unwrap_err(), StoreError::KeyLost { .. }));
    write(&open(), &sample::oauth("acme"), Sealing::Keyring).await.unwrap();
    assert!(open().read(&name()).unwrap().is_some(), "adding it again makes a key");
}

#[tokio::test]
async fn a_file_that_names_no_key_is_damaged() {
    let (_directory, keyring, open) = keyring();
    write(&open(), &sample::oauth("acme"), Sealing::Keyring).await.unwrap();
    let file = open().path().join("acme.token");
    let (bytes, text) = (fs::read(&file).unwrap(), keyring.entries().values().next().unwrap().clone());
    for cut in [b"flowrun-keyring ".len(), 40, bytes.len() - 3] {
        fs::write(&file, &bytes[..cut]).unwrap();
        let error = open().read(&name()).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{cut}: {error:?}");
        assert!(!format!("{error:?}").contains(text.expose_secret()));
    }
}
