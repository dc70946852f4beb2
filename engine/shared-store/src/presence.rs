//! Which processes share a store: each has a file in a directory, with a lock that the kernel frees when the process has ended, and
//! never before. What is in the file says who it is, and as which drivers it claims runs.
//!
//! The lock is that of the open file, so that several in one process are told apart.

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    io::{self, ErrorKind, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use flowrun_engine::id::DriverId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::birth::Birth;

/// The name of a process among those that share a store. Numbers of processes are given anew; these are not.
pub(crate) type ProcessId = Uuid;

/// A process that shares a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// What it does, in words: `flowrun run intake.yaml`.
    pub command: String,
    /// Since when it shares the store.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// What tells it from others that have its number. Earlier versions say nothing of it.
    #[serde(default)]
    pub(crate) birth: Option<Birth>,
}

impl Process {
    /// This one.
    pub(crate) fn this(command: &str, now: Timestamp) -> Self {
        Self { pid: std::process::id(), command: command.to_owned(), since: Some(now), birth: Birth::of_this().ok() }
    }
}

impl std::fmt::Display for Process {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} (process {})", self.command, self.pid)
    }
}

/// That this process is there, as long as it lives or until this is dropped.
#[derive(Debug)]
pub(crate) struct Presence {
    pub(crate) id: ProcessId,
    path: PathBuf,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    file: File,
    drivers: BTreeSet<DriverId>,
}

/// A process that was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) id: ProcessId,
    pub(crate) process: Process,
    pub(crate) drivers: Vec<DriverId>,
    /// Whether one of them drives all runs that go on by themselves.
    pub(crate) drives_all: bool,
}

/// The lines that say so, and that it is so no longer.
const DRIVES_ALL: [&str; 2] = ["drives all", "drives all no longer"];

impl Presence {
    /// Says that this process is there.
    pub(crate) fn begin(directory: &Path, process: &Process) -> io::Result<Self> {
        let mut line = serde_json::to_string(process)?;
        line.push('\n');
        loop {
            let id = Uuid::from_u128(fastrand::u128(..));
            let path = directory.join(id.to_string());
            let mut file = File::create_new(&path)?;
            // Whoever looks for processes that have ended may have taken it for one's, until it has its lock.
            if try_lock(&file)? && is_at(&file, &path)? {
                file.write_all(line.as_bytes())?;
                let written = Mutex::new(Written { file, drivers: BTreeSet::new() });
                return Ok(Self { id, path, written });
            }
        }
    }

    /// Says as whom it claims runs, before it does.
    pub(crate) fn add_driver(&self, driver: DriverId) -> io::Result<()> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if !written.drivers.contains(&driver) {
            written.file.write_all(format!("{driver}\n").as_bytes())?;
            written.drivers.insert(driver);
        }
        Ok(())
    }

    /// Says that one of its drivers drives all runs that go on by themselves, once more or once less.
    pub(crate) fn set_drives_all(&self, drives_all: bool) -> io::Result<()> {
        let line = DRIVES_ALL[usize::from(!drives_all)];
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.file.write_all(format!("{line}\n").as_bytes())
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // Whoever finds it, without its lock, removes it as well.
        let _ = fs::remove_file(&self.path);
    }
}

/// The processes that live. Files of others are removed.
pub(crate) fn living(directory: &Path) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if !is_gone(directory, id) {
            found.extend(read(&entry.path(), id));
        }
    }
    Ok(found)
}

/// Whether a process has ended. Its file is removed then.
pub(crate) fn is_gone(directory: &Path, id: ProcessId) -> bool {
    let path = directory.join(id.to_string());
    let file = match File::open(&path) {
        Ok(file) => file,
        // It has ended in good order. Where that cannot be told, it lives.
        Err(error) => return error.kind() == ErrorKind::NotFound,
    };
    // Shared: two that look at once do not take each other for the process.
    if !matches!(file.try_lock_shared(), Ok(())) {
        return false;
    }
    let _ = fs::remove_file(&path);
    true
}

fn read(path: &Path, id: ProcessId) -> Option<Found> {
    let text = fs::read_to_string(path).ok()?;
    let (first, rest) = text.split_once('\n')?;
    let process = serde_json::from_str(first).ok()?;
    let whole: Vec<_> = rest.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).collect();
    let drivers = whole.iter().filter_map(|line| line.parse().ok().map(DriverId::new)).collect();
    let [began, ended] = DRIVES_ALL.map(|said| whole.iter().filter(|line| **line == said).count());
    Some(Found { id, process, drivers, drives_all: began > ended })
}

/// Takes the lock of a file; not if somebody has it.
pub(crate) fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether a file is the one at `path`.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let (own, there) = (file.metadata()?, fs::metadata(path));
    match there {
        Ok(there) => Ok((own.dev(), own.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process() -> Process {
        Process { pid: 7, command: "flowrun run".to_owned(), since: None, birth: None }
    }

    #[test]
    fn a_process_is_there_with_its_drivers_until_it_ends() {
        let directory = tempfile::tempdir().unwrap();
        let one = Presence::begin(directory.path(), &process()).unwrap();
        let two = Presence::begin(directory.path(), &process()).unwrap();
        let driver = DriverId::new(Uuid::from_u128(3));
        one.add_driver(driver).unwrap();
        one.add_driver(driver).unwrap();
        let mut found = living(directory.path()).unwrap();
        found.sort_by_key(|found| found.drivers.len());
        let told: Vec<_> = found.iter().map(|found| (found.id, &found.process, found.drivers.as_slice())).collect();
        assert_eq!(told, [(two.id, &process(), &[][..]), (one.id, &process(), &[driver][..])]);
        let drives_all = || living(directory.path()).unwrap().iter().any(|found| found.drives_all);
        for (says, expected) in [(true, true), (true, true), (false, true), (false, false), (true, true)] {
            two.set_drives_all(says).unwrap();
            assert_eq!(drives_all(), expected);
        }
        let id = one.id;
        drop(one);
        assert!(is_gone(directory.path(), id) && !is_gone(directory.path(), two.id));
    }

    #[test]
    fn a_file_whose_process_was_killed_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let id = Uuid::from_u128(5);
        fs::write(directory.path().join(id.to_string()), "{\"pid\":1,\"command\":\"x\"}\nhalf of a li").unwrap();
        fs::write(directory.path().join("holder"), "").unwrap();
        assert!(living(directory.path()).unwrap().is_empty());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
