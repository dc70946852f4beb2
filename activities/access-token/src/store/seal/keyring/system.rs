//! The keyring of the operating system: Secret Service, Keychain or Credential Manager, by crate `keyring`.
//!
//! It may ask a person for a password, and its own calls have no bound: each is made on a thread that is waited for so long
//! and no longer.

use std::{
    sync::{
        Mutex, PoisonError,
        mpsc::{RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

use keyring::{Entry, Error};
use secrecy::{ExposeSecret, SecretString};

use super::{Keyring, KeyringError};

/// What its entries are listed under.
const SERVICE: &str = "flowrun";

/// Time enough to type a password.
const PATIENCE: Duration = Duration::from_secs(60);

/// Longer waits are told.
const TOLD_AFTER: Duration = Duration::from_secs(3);

/// The keyring of the operating system.
#[derive(Debug, Default)]
pub(super) struct SystemKeyring {
    /// When it was last waited for in vain: whoever asks for several keys waits once.
    silent_since: Mutex<Option<Instant>>,
}

impl Keyring for SystemKeyring {
    fn get(&self, entry: &str) -> Result<Option<SecretString>, KeyringError> {
        self.answer(entry, |entry| match entry.get_password() {
            Ok(text) => Ok(Some(text.into())),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn set(&self, entry: &str, text: SecretString) -> Result<(), KeyringError> {
        self.answer(entry, move |entry| entry.set_password(text.expose_secret()))
    }

    fn remove(&self, entry: &str) -> Result<(), KeyringError> {
        self.answer(entry, |entry| match entry.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            removed => removed,
        })
    }
}

impl SystemKeyring {
    /// What `ask` gets of an entry, within [`PATIENCE`].
    #[expect(
        clippy::disallowed_methods,
        reason = "how long the keyring of this machine is silent is no part of any decision"
    )]
    fn answer<T: Send + 'static>(
        &self,
        entry: &str,
        ask: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, KeyringError> {
        let mut silent_since = self.silent_since.lock().unwrap_or_else(PoisonError::into_inner);
        if silent_since.is_some_and(|since| since.elapsed() < PATIENCE) {
            return Err(KeyringError::Silent { waited: PATIENCE });
        }
        let answer = wait(entry.to_owned(), ask);
        *silent_since = matches!(answer, Err(KeyringError::Silent { .. })).then(Instant::now);
        answer
    }
}

fn wait<T: Send + 'static>(
    entry: String,
    ask: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
) -> Result<T, KeyringError> {
    let (sender, receiver) = channel();
    let asking = move || {
        let answer = reach().and_then(|()| Entry::new(SERVICE, &entry).and_then(|entry| ask(&entry)).map_err(refused));
        // Nobody may wait any longer.
        let _ = sender.send(answer);
    };
    let thread = thread::Builder::new().name("keyring".to_owned());
    thread.spawn(asking).map_err(|cause| KeyringError::Refused(cause.into()))?;
    let answer = receiver.recv_timeout(TOLD_AFTER).or_else(|_| {
        tracing::info!("waiting for the keyring: it may ask for its password in another window");
        receiver.recv_timeout(PATIENCE - TOLD_AFTER)
    });
    answer.unwrap_or_else(|lost| match lost {
        RecvTimeoutError::Timeout => Err(KeyringError::Silent { waited: PATIENCE }),
        RecvTimeoutError::Disconnected => Err(KeyringError::Refused("its library panicked".into())),
    })
}

/// Whether there is a keyring.
fn reach() -> Result<(), KeyringError> {
    Entry::store_status().as_ref().copied().map_err(|cause| KeyringError::Absent(cause.to_string().into()))
}

fn refused(error: Error) -> KeyringError {
    match error {
        Error::NoStorageAccess(cause) => KeyringError::Locked(cause),
        error => KeyringError::Refused(Box::new(error)),
    }
}
