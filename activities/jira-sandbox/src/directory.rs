//! The directory of a world: its lock, its credentials and its effect log. One process has it at a time.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{
    access::Credentials,
    attachment::store::Store,
    effect::Effect,
    log::{self, EffectLog},
    world::World,
};

const EFFECTS: &str = "effects.jsonl";
const CREDENTIALS: &str = "credentials.json";
const ATTACHMENTS: &str = "attachments";
const LOCK: &str = "lock";

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

/// Puts a world back to its beginning; its credentials stay.
///
/// # Errors
/// [`StartError::InUse`] while another process has the world; also when the directory cannot be written.
pub fn reset(directory: &Path) -> Result<(), StartError> {
    let held = Directory::take(directory)?;
    let path = held.path.join(EFFECTS);
    match OpenOptions::new().write(true).truncate(true).open(&path).and_then(|file| file.sync_data()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(StartError::Directory { path, source: error });
        }
        _ => {}
    }
    let swept = held.store()?.sweep(&BTreeSet::new());
    swept.map_err(|source| StartError::Directory { path: held.path.join(ATTACHMENTS), source })
}

/// Makes a directory and those above it that are missing, durably.
fn create_directory(path: &Path) -> io::Result<()> {
    let is_missing = |path: &&Path| *path != Path::new("") && !path.exists();
    let missing: Vec<&Path> = path.ancestors().take_while(is_missing).collect();
    fs::create_dir_all(path)?;
    let parents = missing.into_iter().filter_map(Path::parent);
    parents.filter(|parent| *parent != Path::new("")).try_for_each(sync_directory)
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
    pub(crate) fn store(&self) -> Result<Store, StartError> {
        let path = self.path.join(ATTACHMENTS);
        let made = Store::at(path.clone()).and_then(|store| sync_directory(&self.path).map(|()| store));
        made.map_err(|source| StartError::Directory { path, source })
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
            1 => Ok(credentials),
            found => Err(StartError::NewerFormat { path: self.path.clone(), found }),
        }
    }

    /// Writes the credentials for their owner only, whole or not at all.
    pub(crate) fn keep(&self, credentials: &Credentials) -> io::Result<()> {
        let new = self.path.join("credentials.json.new");
        let mut file = private_file(&new)?;
        file.write_all(&serde_json::to_vec_pretty(credentials)?)?;
        file.sync_all()?;
        fs::rename(&new, self.path.join(CREDENTIALS))?;
        sync_directory(&self.path)
    }
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes new names in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}
