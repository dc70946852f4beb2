//! The key of a directory, in the form of age: it seals every access token there, and a passphrase seals it.

use std::{fmt, path::Path};

use age::{DecryptError, scrypt, x25519};
use secrecy::{ExposeSecret, SecretString};

use super::{Asked, Unlock};
use crate::access_token::store::{StoreError, directory::Directory, document::Content};

/// Access tokens' files have another extension: none can have this name.
const FILE: &str = "identity.age";

/// Opening it takes a fraction of a second and 128 MiB, once in a process (2 to this power rounds of scrypt).
const WORK: u8 = 17;

/// A file that asks for more is not opened: it would take minutes, or all memory.
const MOST_WORK: u8 = 20;

/// The key of a directory.
#[derive(Clone)]
pub(super) struct Identity(x25519::Identity);

impl Identity {
    /// Opens the key of `directory`; `None` where it has none.
    pub(super) fn open(directory: &Directory, unlock: &Unlock) -> Result<Option<Self>, StoreError> {
        let Some(sealed) = directory.read(FILE)? else { return Ok(None) };
        let path = directory.path().join(FILE);
        let Some(passphrase) = unlock.ask(Asked::ToOpen) else { return Err(StoreError::Sealed { path }) };
        let mut key = scrypt::Identity::new(passphrase);
        key.set_max_work_factor(MOST_WORK);
        let opened = age::decrypt(&key, &sealed).map(Content::new);
        let opened = opened.map_err(|cause| match cause {
            DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
                StoreError::WrongPassphrase { path: path.clone() }
            }
            cause => StoreError::Damaged { path: path.clone(), why: cause.to_string() },
        })?;
        let identity = std::str::from_utf8(&opened).ok().and_then(|text| text.trim().parse().ok());
        let damaged = || StoreError::Damaged { path, why: "it holds no key".to_owned() };
        identity.map(|identity| Some(Self(identity))).ok_or_else(damaged)
    }

    /// Makes the key of `directory`. Where another process was quicker, its key is opened.
    pub(super) fn make(directory: &Directory, unlock: &Unlock) -> Result<Self, StoreError> {
        let path = directory.path().join(FILE);
        let chosen = unlock.ask(Asked::ToChoose).filter(|chosen| !chosen.expose_secret().is_empty());
        let Some(passphrase) = chosen else { return Err(StoreError::Sealed { path }) };
        let identity = x25519::Identity::generate();
        if directory.create(FILE, &sealed(&identity, passphrase))? {
            return Ok(Self(identity));
        }
        Self::open(directory, unlock)?.ok_or(StoreError::Sealed { path })
    }

    pub(super) fn seal(&self, content: &[u8]) -> Content {
        Content::new(age::encrypt(&self.0.to_public(), content).expect("memory takes all, and the key is whole"))
    }

    pub(super) fn unseal(&self, content: &[u8], path: &Path) -> Result<Content, StoreError> {
        age::decrypt(&self.0, content).map(Content::new).map_err(|cause| match cause {
            DecryptError::NoMatchingKeys => StoreError::OtherKey { path: path.to_owned() },
            cause => StoreError::Damaged { path: path.to_owned(), why: cause.to_string() },
        })
    }
}

fn sealed(identity: &x25519::Identity, passphrase: SecretString) -> Vec<u8> {
    let mut recipient = scrypt::Recipient::new(passphrase);
    recipient.set_work_factor(WORK);
    age::encrypt(&recipient, identity.to_string().expose_secret().as_bytes())
        .expect("memory takes all, and the passphrase is the only recipient")
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity(…)")
    }
}
