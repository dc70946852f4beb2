//! How an access token is kept: open to its owner, or sealed with a key that a passphrase or the system's keyring holds.

#[cfg(feature = "passphrase")]
mod identity;
mod keyring;
#[cfg(feature = "passphrase")]
mod passphrase;

use std::{fmt, path::Path, sync::Arc};

use secrecy::SecretString;

pub(super) use keyring::of_this_system;
pub use keyring::{Keyring, KeyringError};

use super::{StoreError, directory::Directory, document::Content};
use crate::TokenName;

/// How an access token is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealing {
    /// In a file that its owner alone can read.
    Open,
    /// In such a file, and sealed with the directory's key, which a passphrase opens.
    Passphrase,
    /// In such a file, and sealed with a key of its own, which the system's keyring holds.
    Keyring,
}

/// For what a passphrase is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassphraseUse {
    /// To open what was sealed.
    ToOpen,
    /// The directory has no key yet: to choose one.
    ToChoose,
}

type Ask = dyn Fn(PassphraseUse) -> Option<SecretString> + Send + Sync;

/// Who knows the passphrase.
#[derive(Clone)]
pub struct Unlock(
    #[cfg_attr(not(feature = "passphrase"), expect(dead_code, reason = "nothing is sealed in this build"))] Arc<Ask>,
);

impl Unlock {
    /// Nobody: what is sealed stays so.
    pub fn never() -> Self {
        Self::with(|_| None)
    }

    /// Whoever answers this; `None` where there is no passphrase to be had.
    pub fn with(ask: impl Fn(PassphraseUse) -> Option<SecretString> + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }

    #[cfg(feature = "passphrase")]
    fn ask(&self, asked: PassphraseUse) -> Option<SecretString> {
        (self.0)(asked)
    }
}

impl fmt::Debug for Unlock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Unlock")
    }
}

/// How the content of a file is kept, by its first bytes.
fn sealing_of(content: &[u8]) -> Sealing {
    if content.starts_with(b"age-encryption.org/") {
        Sealing::Passphrase
    } else if content.starts_with(keyring::HEAD) {
        Sealing::Keyring
    } else {
        Sealing::Open
    }
}

/// Seals and unseals the content of files.
#[cfg(feature = "passphrase")]
#[derive(Debug)]
pub(super) struct Seals {
    passphrase: passphrase::DirectoryKey,
    keyring: keyring::Keys,
}

#[cfg(feature = "passphrase")]
impl Seals {
    pub(super) fn new(unlock: Unlock, keyring: Arc<dyn Keyring>) -> Self {
        Self { passphrase: passphrase::DirectoryKey::new(unlock), keyring: keyring::Keys::new(keyring) }
    }

    /// The content of the file at `path`, open, and how it was kept.
    pub(super) fn unseal(
        &self,
        directory: &Directory,
        name: &TokenName,
        content: &Content,
        path: &Path,
    ) -> Result<(Content, Sealing), StoreError> {
        let sealing = sealing_of(content);
        let open = match sealing {
            Sealing::Open => content.clone(),
            Sealing::Passphrase => self.passphrase.unseal(directory, content, path)?,
            Sealing::Keyring => self.keyring.unseal(name, content, path)?,
        };
        Ok((open, sealing))
    }

    /// The content for a file that had the `former` one.
    pub(super) fn seal(
        &self,
        directory: &Directory,
        name: &TokenName,
        former: Option<&[u8]>,
        content: Content,
        sealing: Sealing,
    ) -> Result<Content, StoreError> {
        match sealing {
            Sealing::Open => Ok(content),
            Sealing::Passphrase => self.passphrase.seal(directory, &content),
            Sealing::Keyring => self.keyring.seal(name, former, &content),
        }
    }

    /// Removes what opened the `former` content of a file and does not open what is there `now`.
    pub(super) fn forget(&self, name: &TokenName, former: Option<&[u8]>, now: Option<&[u8]>) {
        self.keyring.forget(name, former, now);
    }

    /// Whether something could be sealed so.
    pub(super) fn check(&self, directory: &Directory, sealing: Sealing) -> Result<(), StoreError> {
        match sealing {
            Sealing::Open => Ok(()),
            Sealing::Passphrase => self.passphrase.seal(directory, b"").map(drop),
            Sealing::Keyring => self.keyring.probe(),
        }
    }
}

/// In a build that cannot seal.
#[cfg(not(feature = "passphrase"))]
#[derive(Debug)]
pub(super) struct Seals;

#[cfg(not(feature = "passphrase"))]
impl Seals {
    pub(super) fn new(_: Unlock, _: Arc<dyn Keyring>) -> Self {
        Self
    }

    pub(super) fn unseal(
        &self,
        _: &Directory,
        _: &TokenName,
        content: &Content,
        _: &Path,
    ) -> Result<(Content, Sealing), StoreError> {
        self.check_sealing(sealing_of(content)).map(|()| (content.clone(), Sealing::Open))
    }

    pub(super) fn seal(
        &self,
        _: &Directory,
        _: &TokenName,
        _: Option<&[u8]>,
        content: Content,
        sealing: Sealing,
    ) -> Result<Content, StoreError> {
        self.check_sealing(sealing).map(|()| content)
    }

    pub(super) fn forget(&self, _: &TokenName, _: Option<&[u8]>, _: Option<&[u8]>) {}

    pub(super) fn check(&self, _: &Directory, sealing: Sealing) -> Result<(), StoreError> {
        self.check_sealing(sealing)
    }

    fn check_sealing(&self, sealing: Sealing) -> Result<(), StoreError> {
        match sealing {
            Sealing::Open => Ok(()),
            Sealing::Passphrase => Err(StoreError::NoSealing { feature: "passphrase" }),
            Sealing::Keyring => Err(StoreError::NoSealing { feature: "keyring" }),
        }
    }
}
