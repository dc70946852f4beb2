//! The keys in a keyring: one for each access token, found by the first line of its file.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use secrecy::ExposeSecret;

use super::{HEAD, Keyring, KeyringError};
use crate::{
    TokenName,
    store::{StoreError, document::Content, seal::identity::Identity},
};

/// What is written to see whether a keyring takes anything.
const PROBE: &str = "probe";

/// Seals and unseals with keys of a keyring, each of which is got once.
#[derive(Debug)]
pub(in super::super) struct Keys {
    keyring: Arc<dyn Keyring>,
    /// By their public halves.
    got: Mutex<HashMap<String, Identity>>,
}

impl Keys {
    pub(in super::super) fn new(keyring: Arc<dyn Keyring>) -> Self {
        Self { keyring, got: Mutex::default() }
    }

    /// Seals with the key of the `former` content of the file, as long as the keyring has that; else with a new one.
    pub(in super::super) fn seal(
        &self,
        name: &TokenName,
        former: Option<&[u8]>,
        content: &[u8],
    ) -> Result<Content, StoreError> {
        let former = former.and_then(split).map(|(recipient, _)| self.find(name, recipient)).transpose()?;
        let identity = match former.flatten() {
            Some(identity) => identity,
            None => self.make(name)?,
        };
        Ok(Content::new([HEAD, identity.recipient().as_bytes(), b"\n", &identity.seal(content)].concat()))
    }

    /// Unseals the content of the file at `path`.
    pub(in super::super) fn unseal(
        &self,
        name: &TokenName,
        content: &[u8],
        path: &Path,
    ) -> Result<Content, StoreError> {
        let damaged = || StoreError::Damaged { path: path.to_owned(), why: "it does not name its key".to_owned() };
        let (recipient, sealed) = split(content).ok_or_else(damaged)?;
        let identity = self.find(name, recipient)?.ok_or_else(|| StoreError::KeyLost { path: path.to_owned() })?;
        identity.unseal(sealed, path)
    }

    /// Removes the key of a file's `former` content, unless it opens what is there `now`. A key that stays opens nothing.
    pub(in super::super) fn forget(&self, name: &TokenName, former: Option<&[u8]>, now: Option<&[u8]>) {
        let recipient_of = |content: &[u8]| split(content).map(|(recipient, _)| recipient.to_owned());
        let (Some(former), now) = (former.and_then(recipient_of), now.and_then(recipient_of)) else { return };
        if now.as_ref() == Some(&former) {
            return;
        }
        self.lock().remove(&former);
        if let Err(cause) = self.keyring.remove(&entry_of(name, &former)) {
            tracing::warn!(access_token = %name, %cause, "a key that opens nothing any more stays in the keyring");
        }
    }

    /// Whether the keyring would take a key.
    pub(in super::super) fn probe(&self) -> Result<(), StoreError> {
        self.keyring.set(PROBE, PROBE.into()).and_then(|()| self.keyring.remove(PROBE)).map_err(StoreError::from)
    }

    fn find(&self, name: &TokenName, recipient: &str) -> Result<Option<Identity>, KeyringError> {
        if let Some(got) = self.lock().get(recipient) {
            return Ok(Some(got.clone()));
        }
        let text = self.keyring.get(&entry_of(name, recipient))?;
        let identity = text.and_then(|text| Identity::parse(text.expose_secret()));
        // An entry that somebody else wrote is no key of ours.
        let identity = identity.filter(|identity| identity.recipient() == recipient);
        if let Some(identity) = &identity {
            self.lock().insert(recipient.to_owned(), identity.clone());
        }
        Ok(identity)
    }

    fn make(&self, name: &TokenName) -> Result<Identity, KeyringError> {
        let identity = Identity::generate();
        let recipient = identity.recipient();
        self.keyring.set(&entry_of(name, &recipient), identity.text())?;
        self.lock().insert(recipient, identity.clone());
        Ok(identity)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Identity>> {
        self.got.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nothing but a new key has a name of its own: two directories may have access tokens of one name.
fn entry_of(name: &TokenName, recipient: &str) -> String {
    format!("{name} {recipient}")
}

/// The public half of a sealed file's key, and what is sealed.
fn split(content: &[u8]) -> Option<(&str, &[u8])> {
    let content = content.strip_prefix(HEAD)?;
    let end = content.iter().position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&content[..end]).ok()?, &content[end + 1..]))
}
