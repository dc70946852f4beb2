//! The key of a directory: it seals the access tokens there that are kept under the passphrase, and the passphrase seals it.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use age::{DecryptError, scrypt};
use secrecy::{ExposeSecret, SecretString};

use super::{PassphraseUse, Unlock, identity::Identity};
use crate::store::{StoreError, directory::Directory, document::Content};

/// Access tokens' files have another extension: none can have this name.
const FILE: &str = "identity.age";

/// Opening it takes a fraction of a second and 128 MiB, once in a process (2 to this power rounds of scrypt).
const WORK: u8 = 17;

/// A file that asks for more is not opened: it would take minutes, or all memory.
const MOST_WORK: u8 = 20;

/// The key of a directory, which is opened once.
#[derive(Debug)]
pub(super) struct DirectoryKey {
    unlock: Unlock,
    opened: Mutex<Option<Identity>>,
}

impl DirectoryKey {
    pub(super) fn new(unlock: Unlock) -> Self {
        Self { unlock, opened: Mutex::default() }
    }

    /// Seals; makes the directory's key where there is none yet.
    pub(super) fn seal(&self, directory: &Directory, content: &[u8]) -> Result<Content, StoreError> {
        let get = || match open(directory, &self.unlock)? {
            Some(identity) => Ok(identity),
            None => make(directory, &self.unlock),
        };
        Ok(self.identity(get)?.seal(content))
    }

    /// Unseals the content of the file at `path`.
    pub(super) fn unseal(&self, directory: &Directory, content: &[u8], path: &Path) -> Result<Content, StoreError> {
        let get = || open(directory, &self.unlock)?.ok_or_else(|| StoreError::OtherKey { path: path.to_owned() });
        self.identity(get)?.unseal(content, path)
    }

    fn identity(&self, get: impl FnOnce() -> Result<Identity, StoreError>) -> Result<Identity, StoreError> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.is_none() {
            *opened = Some(get()?);
        }
        Ok(opened.clone().expect("it was got above"))
    }
}

/// Opens the key of `directory`; `None` where it has none.
fn open(directory: &Directory, unlock: &Unlock) -> Result<Option<Identity>, StoreError> {
    let Some(sealed) = directory.read(FILE)? else { return Ok(None) };
    let path = directory.path().join(FILE);
    let Some(passphrase) = unlock.ask(PassphraseUse::ToOpen) else { return Err(StoreError::Sealed { path }) };
    let mut key = scrypt::Identity::new(passphrase);
    key.set_max_work_factor(MOST_WORK);
    let opened = age::decrypt(&key, &sealed).map(Content::new);
    let opened = opened.map_err(|cause| match cause {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
            StoreError::WrongPassphrase { path: path.clone() }
        }
        cause => StoreError::Damaged { path: path.clone(), why: cause.to_string() },
    })?;
    let identity = std::str::from_utf8(&opened).ok().and_then(Identity::parse);
    identity.map(Some).ok_or_else(|| StoreError::Damaged { path, why: "it holds no key".to_owned() })
}

/// Makes the key of `directory`. Where another process was quicker, its key is opened.
fn make(directory: &Directory, unlock: &Unlock) -> Result<Identity, StoreError> {
    let path = directory.path().join(FILE);
    let chosen = unlock.ask(PassphraseUse::ToChoose).filter(|chosen| !chosen.expose_secret().is_empty());
    let Some(passphrase) = chosen else { return Err(StoreError::Sealed { path }) };
    let identity = Identity::generate();
    if directory.create(FILE, &sealed(&identity, passphrase))? {
        return Ok(identity);
    }
    open(directory, unlock)?.ok_or(StoreError::Sealed { path })
}

fn sealed(identity: &Identity, passphrase: SecretString) -> Vec<u8> {
    let mut recipient = scrypt::Recipient::new(passphrase);
    recipient.set_work_factor(WORK);
    age::encrypt(&recipient, identity.text().expose_secret().as_bytes())
        .expect("memory takes all, and the passphrase is the only recipient")
}
