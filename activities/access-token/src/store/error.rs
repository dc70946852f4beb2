//! Why kept access tokens cannot be used, and what to do.

use std::{io, path::PathBuf, time::Duration};

use flowrun_engine::{
    activity::{Failure, Recovery},
    diagnostic::{Code, causes},
};

use super::KeyringError;
use crate::TokenName;

/// Why kept access tokens cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk refuses.
    #[error("`{}` cannot be {action}", .path.display())]
    Io {
        /// What was to be done: "read".
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// Its mode lets others at it.
    #[error("`{}` is open to other users of this machine (mode {mode:04o})", .path.display())]
    Exposed {
        /// What.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The mode that it should have.
        wanted: u32,
    },
    /// It is somebody else's.
    #[error("`{}` belongs to another user of this machine (user id {owner})", .path.display())]
    Foreign {
        /// What.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// It is a symbolic link, a pipe, or something else.
    #[error("`{}` is not a {expected}; symbolic links are not followed", .path.display())]
    NotPlain {
        /// What.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
    },
    /// It cannot be understood.
    #[error("`{}` is damaged: {why}", .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it, without any of its content.
        why: String,
    },
    /// It was written by a newer flowrun.
    #[error("`{}` was written by a newer version of flowrun (format {format})", .path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// It is sealed, and nobody gave the passphrase.
    #[error("`{}` is sealed, and no passphrase was given", .path.display())]
    Sealed {
        /// Which file.
        path: PathBuf,
    },
    /// The passphrase does not open it.
    #[error("the passphrase does not open `{}`", .path.display())]
    WrongPassphrase {
        /// Which file.
        path: PathBuf,
    },
    /// Nothing was ever sealed with a key like this.
    #[error("`{}` is not sealed with the key that it should have", .path.display())]
    OtherKey {
        /// Which file.
        path: PathBuf,
    },
    /// The key of a file is not in the keyring.
    #[error("the keyring does not have the key of `{}`", .path.display())]
    KeyLost {
        /// Which file.
        path: PathBuf,
    },
    /// The keyring cannot be used.
    #[error("the keyring cannot be used")]
    Keyring(#[from] KeyringError),
    /// This flowrun was built without sealing.
    #[error("this build of flowrun cannot seal access tokens (feature `{feature}`)")]
    NoSealing {
        /// What it would take.
        feature: &'static str,
    },
    /// Another process changes it all the time.
    #[error("the access token `{name}` is locked by {} for more than {} seconds", whoever(.holder.as_ref()), .waited.as_secs())]
    Locked {
        /// Which.
        name: TokenName,
        /// The process that holds it, as far as it told.
        holder: Option<u32>,
        /// How long it was waited for.
        waited: Duration,
    },
}

impl StoreError {
    /// The code under which it is reported.
    pub fn code(&self) -> Code {
        Code::TOKENS_UNUSABLE
    }

    /// Whether the same may work later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Locked { .. } => true,
            Self::Io { cause, .. } => matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded),
            _ => false,
        }
    }

    /// Whether the file is sealed, whole as far as can be told, and does not open.
    pub fn is_closed(&self) -> bool {
        matches!(
            self,
            Self::Sealed { .. }
                | Self::WrongPassphrase { .. }
                | Self::OtherKey { .. }
                | Self::KeyLost { .. }
                | Self::Keyring(_)
                | Self::NoSealing { .. }
        )
    }

    /// What to do.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Io { cause, .. } => match cause.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                    "make room on the disk".to_owned()
                }
                _ => {
                    "make sure that you can read and write it, or name another directory with `--tokens-dir`".to_owned()
                }
            },
            Self::Exposed { path, wanted, .. } => {
                format!(
                    "others may have read it: `chmod {wanted:o} {}`, and change the secrets at Atlassian",
                    path.display()
                )
            }
            Self::Foreign { path, .. } => {
                format!("run flowrun as its owner, or `chown` it: `{}`", path.display())
            }
            Self::NotPlain { .. } => {
                "put the file or directory itself there, or name another directory with `--tokens-dir`".to_owned()
            }
            Self::Damaged { path, .. } => {
                format!("restore it from a backup, or remove `{}` and add the access token again", path.display())
            }
            Self::Newer { .. } => "use the version of flowrun that wrote it, or a newer one".to_owned(),
            Self::Sealed { .. } => {
                "give it in `FLOWRUN_PASSPHRASE`, as systemd's credential `flowrun-passphrase`, or at \
                the prompt"
                    .to_owned()
            }
            Self::WrongPassphrase { path } => format!(
                "give the one that was chosen first; if it is lost, remove `{}` and add the access tokens again",
                path.display()
            ),
            Self::OtherKey { path } => {
                format!("its key was replaced or restored: remove `{}` and add the access token again", path.display())
            }
            Self::KeyLost { path } => format!(
                "it was sealed by another user, on another machine, or its key was removed: remove it with `flowrun token remove {}`, and \
                 add it again",
                path.file_stem().unwrap_or_default().display()
            ),
            Self::Keyring(cause) => cause.help().to_owned(),
            Self::NoSealing { .. } => "build it with that feature, or keep the access token unsealed".to_owned(),
            Self::Locked { .. } => "see what that process does; its lock ends with it".to_owned(),
        })
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        // A person can mend it, and nothing was asked of Jira: a run waits for that.
        let recovery =
            if error.is_transient() { Recovery::Transient { not_before: None } } else { Recovery::NeedsGrant };
        let failure = Self { recovery, ..Self::permanent(error.code(), causes(&error)) };
        Self { help: error.help(), ..failure }
    }
}

pub(super) fn whoever(process: Option<&u32>) -> String {
    process.map_or_else(|| "another process".to_owned(), |process| format!("process {process}"))
}
