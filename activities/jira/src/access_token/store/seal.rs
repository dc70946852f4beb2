//! How an access token is kept: open to its owner, or sealed with a key of the directory that a passphrase opens.

#[cfg(feature = "passphrase")]
mod identity;

use std::{fmt, path::Path, sync::Arc};

use secrecy::SecretString;

use super::{StoreError, directory::Directory, document::Content};

/// How an access token is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealing {
    /// In a file that its owner alone can read.
    Open,
    /// In such a file, and sealed with the directory's key.
    Passphrase,
}

/// For what a passphrase is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To open what was sealed.
    ToOpen,
    /// The directory has no key yet: to choose one.
    ToChoose,
}

type Ask = dyn Fn(Asked) -> Option<SecretString> + Send + Sync;

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
    pub fn with(ask: impl Fn(Asked) -> Option<SecretString> + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }

    #[cfg(feature = "passphrase")]
    fn ask(&self, asked: Asked) -> Option<SecretString> {
        (self.0)(asked)
    }
}

impl fmt::Debug for Unlock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Unlock")
    }
}

/// Whether a file's content is sealed, in the form of age.
pub(super) fn is_sealed(content: &[u8]) -> bool {
    content.starts_with(b"age-encryption.org/")
}

/// Seals and unseals with the directory's key, which is opened once.
#[cfg(feature = "passphrase")]
#[derive(Debug)]
pub(super) struct Seals {
    unlock: Unlock,
    identity: std::sync::Mutex<Option<identity::Identity>>,
}

#[cfg(feature = "passphrase")]
impl Seals {
    pub(super) fn new(unlock: Unlock) -> Self {
        Self { unlock, identity: std::sync::Mutex::default() }
    }

    /// Seals; makes the directory's key where there is none yet.
    pub(super) fn seal(&self, directory: &Directory, content: &[u8]) -> Result<Content, StoreError> {
        let make = || match identity::Identity::open(directory, &self.unlock)? {
            Some(identity) => Ok(identity),
            None => identity::Identity::make(directory, &self.unlock),
        };
        Ok(self.identity(make)?.seal(content))
    }

    /// Unseals the content of the file at `path`.
    pub(super) fn unseal(&self, directory: &Directory, content: &[u8], path: &Path) -> Result<Content, StoreError> {
        let open = || {
            let found = identity::Identity::open(directory, &self.unlock)?;
            found.ok_or_else(|| StoreError::OtherKey { path: path.to_owned() })
        };
        self.identity(open)?.unseal(content, path)
    }

    fn identity(
        &self,
        get: impl FnOnce() -> Result<identity::Identity, StoreError>,
    ) -> Result<identity::Identity, StoreError> {
        let mut known = self.identity.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if known.is_none() {
            *known = Some(get()?);
        }
        Ok(known.clone().expect("it was got above"))
    }
}

/// In a build that cannot seal.
#[cfg(not(feature = "passphrase"))]
#[derive(Debug)]
pub(super) struct Seals;

#[cfg(not(feature = "passphrase"))]
impl Seals {
    pub(super) fn new(_: Unlock) -> Self {
        Self
    }

    pub(super) fn seal(&self, _: &Directory, _: &[u8]) -> Result<Content, StoreError> {
        Err(StoreError::NoSealing)
    }

    pub(super) fn unseal(&self, _: &Directory, _: &[u8], _: &Path) -> Result<Content, StoreError> {
        Err(StoreError::NoSealing)
    }
}
