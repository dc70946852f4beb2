//! The keyring that holds the keys of sealed access tokens: the system's, or whatever an embedder has in its place.

#[cfg(feature = "passphrase")]
mod keys;
#[cfg(feature = "keyring")]
mod system;

use std::{error::Error, fmt, sync::Arc, time::Duration};

use secrecy::SecretString;

#[cfg(feature = "passphrase")]
pub(super) use keys::Keys;

/// How the first line of a file begins that a key of a keyring seals; the public half of that key ends it, and the form of age follows.
pub(super) const HEAD: &[u8] = b"flowrun-keyring ";

/// Where the keys of access tokens are held: short texts, each under a name of its own.
pub trait Keyring: fmt::Debug + Send + Sync {
    /// The text under `entry`; `None` where there is none.
    ///
    /// # Errors
    /// When the keyring cannot be used.
    fn get(&self, entry: &str) -> Result<Option<SecretString>, KeyringError>;

    /// Puts a text under `entry`, in place of what is there.
    ///
    /// # Errors
    /// When the keyring cannot be used.
    fn set(&self, entry: &str, text: SecretString) -> Result<(), KeyringError>;

    /// Removes what is under `entry`, if anything is.
    ///
    /// # Errors
    /// When the keyring cannot be used.
    fn remove(&self, entry: &str) -> Result<(), KeyringError>;
}

/// Why a keyring cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// This flowrun was built without it.
    #[error("this build of flowrun cannot use keyrings (feature `keyring`)")]
    NotBuilt,
    /// The system has none, or none that this process reaches.
    #[error("no keyring can be reached by this process")]
    Absent(#[source] Box<dyn Error + Send + Sync>),
    /// It is locked, and nobody unlocked it.
    #[error("it is locked")]
    Locked(#[source] Box<dyn Error + Send + Sync>),
    /// It gave no answer.
    #[error("it gave no answer within {} seconds", .waited.as_secs())]
    Silent {
        /// How long it was waited for.
        waited: Duration,
    },
    /// It refused.
    #[error("it refused")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
}

impl KeyringError {
    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotBuilt => "build it with `--features keyring`, or keep the access token with `--keep file`",
            Self::Silent { .. } => "check whether it asks for its password in another window, and try again",
            Self::Locked(_) => "unlock it, and try again; runs that nobody watches keep theirs with `--keep file`",
            Self::Absent(_) | Self::Refused(_) => {
                "run flowrun in the session of your desktop; where there is none, keep the access token with `--keep file`"
            }
        }
    }
}

/// The system's keyring: Secret Service, Keychain or Credential Manager.
pub(in super::super) fn of_this_system() -> Arc<dyn Keyring> {
    #[cfg(feature = "keyring")]
    return Arc::new(system::SystemKeyring::default());
    #[cfg(not(feature = "keyring"))]
    return Arc::new(NotBuilt);
}

/// In a build that knows no keyring.
#[cfg(not(feature = "keyring"))]
#[derive(Debug)]
struct NotBuilt;

#[cfg(not(feature = "keyring"))]
impl Keyring for NotBuilt {
    fn get(&self, _: &str) -> Result<Option<SecretString>, KeyringError> {
        Err(KeyringError::NotBuilt)
    }

    fn set(&self, _: &str, _: SecretString) -> Result<(), KeyringError> {
        Err(KeyringError::NotBuilt)
    }

    fn remove(&self, _: &str) -> Result<(), KeyringError> {
        Err(KeyringError::NotBuilt)
    }
}
