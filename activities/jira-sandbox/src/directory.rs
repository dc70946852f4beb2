//! The directory of a world: its lock, its credentials and its effect log. One process has it at a time.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use crate::{
    access::Credentials,
    attachment::store::AttachmentStore,
    durable::{self, create_directory, sync_directory},
    effect::Effect,
    log::{self, EffectLog},
    oauth::OAuth,
    seed::Seed,
    world::{ChangedPermissions, World},
};

const EFFECTS: &str = "effects.jsonl";
const CREDENTIALS: &str = "credentials.json";
const ATTACHMENTS: &str = "attachments";
const LOCK: &str = "lock";
const SEED: &str = "seed.yaml";
const GRANTS: &str = "grants.json";
const ADDRESS: &str = "address";
const OAUTH: &str = "oauth.json";

/// Why a sandbox cannot start, or a world's directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is reachable from other machines.
    #[error("the sandbox listens on loopback addresses only, not on `{0}`")]
    NotLoopback(std::net::SocketAddr),
    /// The address cannot be bound.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// The address asked for.
        address: std::net::SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Another process has the world.
    #[error("the sandbox world in `{0}` is in use by another process")]
    InUse(PathBuf),
    /// The directory or a file in it cannot be read or written.
    #[error("cannot use the sandbox world in `{path}`")]
    Directory {
        /// The world's directory, or the file in it.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A file is not what the sandbox wrote.
    #[error("the file `{path}` is damaged at line {line}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The world has effects already, and was made from another seed.
    #[error("the sandbox world in `{0}` was made from another seed")]
    OtherSeed(PathBuf),
    /// The world was written by a newer version.
    #[error("the sandbox world in `{path}` has format {found}; this version knows format 1")]
    NewerFormat {
        /// The world's directory.
        path: PathBuf,
        /// The format it has.
        found: u32,
    },
}

/// A world's directory, held by this process until it is dropped.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    _lock: File,
}

/// Reads the effects of a world without taking it; a half-written last line is left out.
///
/// # Errors
/// When the log cannot be read or is damaged. A world without a log has no effects.
pub fn read_effects(directory: &Path) -> Result<Vec<Effect>, StartError> {
    let path = directory.join(EFFECTS);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(StartError::Directory { path, source }),
    };
    let (effects, _) = log::parse(&bytes).map_err(|damaged| StartError::Damaged { path, line: damaged.0 })?;
    Ok(effects.into_iter().map(|recorded| recorded.effect).collect())
}

/// Where the world in `directory` is served, if a process has it and says so.
pub fn served_address(directory: &Path) -> Option<String> {
    let lock = File::open(directory.join(LOCK)).ok()?;
    let is_taken = matches!(lock.try_lock(), Err(TryLockError::WouldBlock));
    is_taken.then(|| fs::read_to_string(directory.join(ADDRESS)).ok()).flatten().filter(|address| !address.is_empty())
}

impl Directory {
    /// Makes the directory where it is missing, and takes its lock.
    pub(crate) fn take(path: &Path) -> Result<Self, StartError> {
        let failed = |source| StartError::Directory { path: path.to_owned(), source };
        create_directory(path).map_err(failed)?;
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(path.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StartError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the effect log.
    pub(crate) fn log(&self) -> Result<EffectLog, StartError> {
        let path = self.path.join(EFFECTS);
        let opened = EffectLog::open(&path).and_then(|log| sync_directory(&self.path).map(|()| log));
        match opened {
            Ok(Ok(log)) => Ok(log),
            Ok(Err(damaged)) => Err(StartError::Damaged { path, line: damaged.0 }),
            Err(source) => Err(StartError::Directory { path, source }),
        }
    }

    /// The contents of attachments.
    pub(crate) fn store(&self) -> Result<AttachmentStore, StartError> {
        let path = self.path.join(ATTACHMENTS);
        let made = AttachmentStore::at(path.clone()).and_then(|store| sync_directory(&self.path).map(|()| store));
        made.map_err(|source| StartError::Directory { path, source })
    }

    /// The seed that the world is made from: the given one while nothing has happened yet, else the one that was kept.
    pub(crate) fn seed(&self, given: Option<&Seed>, log: &EffectLog) -> Result<Seed, StartError> {
        let path = self.path.join(SEED);
        let failed = |source| StartError::Directory { path: path.clone(), source };
        let kept = optional(fs::read_to_string(&path)).map_err(failed)?;
        match (kept, given) {
            (Some(kept), Some(given)) if kept != given.text() && !log.effects.is_empty() => {
                Err(StartError::OtherSeed(self.path.clone()))
            }
            (None, Some(_)) if !log.effects.is_empty() => Err(StartError::OtherSeed(self.path.clone())),
            (Some(kept), None) => {
                Seed::parse(&kept).map_err(|error| StartError::Damaged { path, line: error.line.unwrap_or(1) })
            }
            (_, given) => {
                let seed = given.cloned().unwrap_or_else(Seed::built_in);
                durable::write(&self.path, SEED, seed.text().as_bytes()).map_err(failed)?;
                Ok(seed)
            }
        }
    }

    /// Forgets every effect, every attachment, and what was changed in the permissions.
    pub(crate) fn clear(&self) -> Result<(), StartError> {
        let path = self.path.join(EFFECTS);
        let cleared = OpenOptions::new().write(true).truncate(true).open(&path).and_then(|file| file.sync_data());
        optional(cleared).map_err(|source| StartError::Directory { path, source })?;
        let swept = self.store()?.sweep(&BTreeSet::new());
        swept.map_err(|source| StartError::Directory { path: self.path.join(ATTACHMENTS), source })?;
        let kept = self.keep_permissions(&ChangedPermissions::default());
        kept.map_err(|source| StartError::Directory { path: self.path.join(GRANTS), source })
    }

    /// Forgets the seed: the next sandbox here begins with the built-in one, or with one that it is given.
    pub(crate) fn forget_seed(&self) -> Result<(), StartError> {
        let path = self.path.join(SEED);
        let removed = optional(fs::remove_file(&path)).and_then(|_| sync_directory(&self.path));
        removed.map_err(|source| StartError::Directory { path, source })
    }

    /// The permissions that were changed while the world went on.
    pub(crate) fn changed_permissions(&self) -> Result<ChangedPermissions, StartError> {
        let path = self.path.join(GRANTS);
        match optional(fs::read(&path)) {
            Ok(None) => Ok(ChangedPermissions::default()),
            Ok(Some(bytes)) => serde_json::from_slice(&bytes)
                .map_err(|error: serde_json::Error| StartError::Damaged { path, line: error.line() }),
            Err(source) => Err(StartError::Directory { path, source }),
        }
    }

    /// Keeps the changed permissions, whole or not at all.
    pub(crate) fn keep_permissions(&self, changed: &ChangedPermissions) -> io::Result<()> {
        durable::write(&self.path, GRANTS, &serde_json::to_vec_pretty(changed)?)
    }

    /// Says where the world is served.
    pub(crate) fn keep_address(&self, address: &str) -> io::Result<()> {
        durable::write(&self.path, ADDRESS, address.as_bytes())
    }

    /// Reads the world's credentials, or makes them for a new world.
    pub(crate) fn credentials(&self, world: &World) -> Result<Credentials, StartError> {
        let path = self.path.join(CREDENTIALS);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let credentials = Credentials::random(world);
                self.keep(&credentials).map_err(|source| StartError::Directory { path, source })?;
                return Ok(credentials);
            }
            Err(source) => return Err(StartError::Directory { path, source }),
        };
        let damaged = |error: serde_json::Error| StartError::Damaged { path, line: error.line() };
        let credentials: Credentials = serde_json::from_slice(&bytes).map_err(damaged)?;
        match credentials.format {
            1 => self.completed(credentials, world),
            found => Err(StartError::NewerFormat { path: self.path.clone(), found }),
        }
    }

    fn completed(&self, mut credentials: Credentials, world: &World) -> Result<Credentials, StartError> {
        if credentials.complete(world) {
            let failed = |source| StartError::Directory { path: self.path.join(CREDENTIALS), source };
            self.keep(&credentials).map_err(failed)?;
        }
        Ok(credentials)
    }

    /// Writes the credentials for their owner only, whole or not at all.
    pub(crate) fn keep(&self, credentials: &Credentials) -> io::Result<()> {
        durable::write(&self.path, CREDENTIALS, &serde_json::to_vec_pretty(credentials)?)
    }

    /// Reads what the authorization server knows, or begins anew for a new world.
    pub(crate) fn oauth(&self) -> Result<OAuth, StartError> {
        let path = self.path.join(OAUTH);
        let failed = |source| StartError::Directory { path: path.clone(), source };
        let Some(bytes) = optional(fs::read(&path)).map_err(failed)? else {
            let oauth = OAuth::new();
            self.keep_oauth(&oauth).map_err(failed)?;
            return Ok(oauth);
        };
        let damaged = |error: serde_json::Error| StartError::Damaged { path: path.clone(), line: error.line() };
        let oauth: OAuth = serde_json::from_slice(&bytes).map_err(damaged)?;
        match oauth.format {
            1 => Ok(oauth),
            found => Err(StartError::NewerFormat { path: self.path.clone(), found }),
        }
    }

    /// Keeps what the authorization server knows, for its owner only.
    pub(crate) fn keep_oauth(&self, oauth: &OAuth) -> io::Result<()> {
        durable::write(&self.path, OAUTH, &serde_json::to_vec(oauth)?)
    }
}

/// What a file gives; nothing where there is none.
fn optional<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
