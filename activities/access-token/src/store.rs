//! Where access tokens are kept: a file each, in a directory that is its owner's alone.
//!
//! `directory` does all that is done to the disk, `document` is the form of a file, `seal` closes and opens it, `lock` lets one
//! process at a time change it. Whoever changes an access token holds its lock and has read it inside.

mod directory;
mod document;
mod error;
mod lock;
mod seal;
#[cfg(all(test, unix))]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

pub use error::StoreError;
pub use lock::TokenLock;
pub use seal::{Keyring, KeyringError, PassphraseUse, Sealing, Unlock};

use crate::{AccessToken, StoredToken, TokenName};
use directory::Directory;
use seal::Seals;

/// Access tokens have files of this extension, sealed or not: so a change from one to the other is one rename.
const EXTENSION: &str = "token";

/// Of this one while they are written.
const TEMPORARY: &str = "token.tmp";

/// The directory of access tokens.
///
/// But for [`lock`](Self::lock) its calls block: for the disk, and up to a minute for a person who is asked for the passphrase
/// or by the keyring, when the first file that is sealed so is read or written.
#[derive(Debug)]
pub struct TokenStore {
    directory: Directory,
    seals: Seals,
}

/// An access token of a list, readable or not.
#[derive(Debug)]
pub struct ListedToken {
    /// Its name.
    pub name: TokenName,
    /// What is known of it, and how it is kept; or why that cannot be read.
    pub token: Result<(AccessToken, Sealing), StoreError>,
}

impl TokenStore {
    /// The access tokens of `directory`, which need not be there. `unlock` is asked for the passphrase when the first sealed file
    /// is read or written, and not again once it was right.
    pub fn open(directory: impl Into<PathBuf>, unlock: Unlock) -> Self {
        Self::with_keyring(directory, unlock, seal::of_this_system())
    }

    /// The same, with the keys of a keyring that is not the system's.
    pub fn with_keyring(directory: impl Into<PathBuf>, unlock: Unlock, keyring: Arc<dyn Keyring>) -> Self {
        Self { directory: Directory::new(directory.into()), seals: Seals::new(unlock, keyring) }
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Every access token, by name. One that cannot be read hides no other.
    ///
    /// # Errors
    /// When the directory cannot be read, or is not its owner's alone.
    pub fn list(&self) -> Result<Vec<ListedToken>, StoreError> {
        let listed = |name: TokenName| match self.find(&name) {
            // Removed since the directory was read.
            Ok(None) => None,
            Ok(Some((kept, sealing))) => Some(ListedToken { name, token: Ok((kept.token, sealing)) }),
            Err(error) => Some(ListedToken { name, token: Err(error) }),
        };
        Ok(self.names()?.into_iter().filter_map(listed).collect())
    }

    /// The names of all access tokens, in order. None is opened.
    ///
    /// # Errors
    /// As for [`list`](Self::list).
    pub fn names(&self) -> Result<Vec<TokenName>, StoreError> {
        let mut names: Vec<_> = self.directory.stems(EXTENSION)?.iter().filter_map(|stem| stem.parse().ok()).collect();
        names.sort();
        Ok(names)
    }

    /// The access token `name`, where there is one.
    ///
    /// # Errors
    /// When its file cannot be read, is damaged, of a newer version or sealed, or can be read by others.
    pub fn read(&self, name: &TokenName) -> Result<Option<StoredToken>, StoreError> {
        Ok(self.find(name)?.map(|(kept, _)| kept))
    }

    /// The access token `name` and how it is kept, where there is one.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn find(&self, name: &TokenName) -> Result<Option<(StoredToken, Sealing)>, StoreError> {
        let file = file_of(name);
        let path = self.directory.path().join(&file);
        let mut content = self.directory.read(&file)?;
        loop {
            let Some(found) = content else { return Ok(None) };
            match self.seals.unseal(&self.directory, name, &found, &path) {
                Ok((open, sealing)) => return document::read(&open, name, &path).map(|kept| Some((kept, sealing))),
                Err(closed) if closed.is_closed() => {
                    // Whoever replaced it meanwhile has removed the key of what was there before.
                    content = self.directory.read(&file)?;
                    if content.as_ref().is_some_and(|now| **now == *found) {
                        return Err(closed);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The lock of the access token `name`, waited for a minute at most. What a killed process left half written is swept.
    ///
    /// # Errors
    /// When another process holds it all that time, or the directory cannot be written.
    pub async fn lock(&self, name: &TokenName) -> Result<TokenLock, StoreError> {
        self.lock_within(name, lock::PATIENCE).await
    }

    /// The same, waited for as long as `patience` is.
    ///
    /// # Errors
    /// As for [`lock`](Self::lock).
    pub async fn lock_within(&self, name: &TokenName, patience: Duration) -> Result<TokenLock, StoreError> {
        self.directory.make()?;
        let locked = TokenLock::wait(&self.directory, name, patience).await?;
        self.directory.remove(&temporary_of(name))?;
        Ok(locked)
    }

    /// Removes what killed processes left half written, of any access token that nobody has locked.
    ///
    /// # Errors
    /// When the directory cannot be read or written.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        for name in self.directory.stems(TEMPORARY)?.iter().filter_map(|stem| stem.parse().ok()) {
            let Ok(locked) = self.lock_within(&name, Duration::ZERO).await else { continue };
            if self.directory.read(&file_of(&name))?.is_none() {
                locked.remove(&self.directory);
            }
        }
        Ok(())
    }

    /// Writes an access token, as a whole: once this returned it outlasts a power cut, before that the former one does.
    ///
    /// # Errors
    /// When it cannot be written or sealed. The former one is still there.
    pub fn write(&self, kept: &StoredToken, sealing: Sealing, locked: &TokenLock) -> Result<(), StoreError> {
        let name = &kept.token.name;
        assert_eq!(name, locked.name(), "the lock of another access token protects nothing");
        let file = file_of(name);
        // What cannot be read is replaced, too.
        let former = self.directory.read(&file).ok().flatten();
        let former = former.as_ref().map(|content| content.as_slice());
        let content = self.seals.seal(&self.directory, name, former, document::write(kept), sealing)?;
        let replaced = self.directory.replace(&file, &temporary_of(name), &content);
        match &replaced {
            Ok(()) => self.seals.forget(name, former, Some(&content)),
            // Whatever is there keeps its key.
            Err(_) => {
                let now = self.directory.read(&file).ok().flatten();
                self.seals.forget(name, Some(&content), now.as_ref().map(|content| content.as_slice()));
            }
        }
        replaced
    }

    /// Removes an access token, its key in the keyring and its lock; `false` where there is none.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn remove(&self, locked: TokenLock) -> Result<bool, StoreError> {
        let file = file_of(locked.name());
        let former = self.directory.read(&file).ok().flatten();
        let is_removed = self.directory.remove(&file)?;
        self.seals.forget(locked.name(), former.as_ref().map(|content| content.as_slice()), None);
        locked.remove(&self.directory);
        Ok(is_removed)
    }

    /// Whether an access token could be written and sealed now: to be asked before a person is sent to a browser.
    ///
    /// # Errors
    /// When it could not: a read-only or full disk, a directory that others can read, a wrong passphrase, no keyring.
    pub fn check_writable(&self, sealing: Sealing) -> Result<(), StoreError> {
        self.directory.make()?;
        self.seals.check(&self.directory, sealing)?;
        self.directory.probe()
    }
}

fn file_of(name: &TokenName) -> String {
    format!("{name}.{EXTENSION}")
}

/// The lock is held by whoever writes it: one name is enough.
fn temporary_of(name: &TokenName) -> String {
    format!("{name}.{TEMPORARY}")
}
