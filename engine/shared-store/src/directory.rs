//! The state directory: where in it the store, its socket and the processes that share it are, and whether it can have them.
//!
//! ```text
//!   runs/               the store; sled has its own lock in it
//!   processes/          0700, and the owner's
//!   processes/holder    locked by the process that has the store, or is about to open it; says who that is
//!   processes/socket    0600; whoever has the store serves it here
//!   processes/UUID      one of each process (`presence`)
//! ```

use std::{
    fs::{self, DirBuilder, File, Permissions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use flowrun_engine::store::StoreError;
use rustix::process::geteuid;

use crate::{
    network::FileSystem,
    presence::{Process, living, try_lock},
};

/// So long may the path of a socket be on every system.
const LONGEST_SOCKET_PATH: usize = 100;

/// A state directory that can be shared.
#[derive(Debug)]
pub(crate) struct Directory {
    /// Where the store is.
    pub(crate) store: PathBuf,
    /// Where the processes are.
    pub(crate) processes: PathBuf,
    /// Open, so that its socket has a short name however long the path is.
    handle: File,
}

/// The right to open the store. It ends with the process, or when it is dropped.
#[derive(Debug)]
pub(crate) struct HolderLock(#[expect(dead_code, reason = "the lock is that of the open file")] File);

impl Directory {
    /// Makes what is missing, and sees that it can be shared by processes of this user, and of nobody else.
    ///
    /// # Errors
    /// [`StoreError::Unsuitable`] if it cannot be, and [`StoreError::Io`].
    pub(crate) fn prepare(
        path: &Path,
        file_system: impl Fn(&Path) -> io::Result<FileSystem>,
    ) -> Result<Self, StoreError> {
        let processes = processes_of(path);
        create_durably(&processes).map_err(|error| failed("making it", error))?;
        let opened =
            || -> io::Result<_> { Ok((fs::metadata(&processes)?, file_system(&processes)?, File::open(&processes)?)) };
        let (metadata, file_system, handle) = opened().map_err(|error| failed("looking at it", error))?;
        if let Some(name) = file_system.network() {
            return Err(StoreError::on_network(path, name));
        }
        if metadata.uid() != geteuid().as_raw() {
            let why = format!("`{}` belongs to another user, who would have to serve its socket", processes.display());
            return Err(StoreError::Unsuitable(why));
        }
        if metadata.permissions().mode() & 0o077 != 0 {
            let closed = fs::set_permissions(&processes, Permissions::from_mode(0o700));
            closed.map_err(|error| failed("closing it to others", error))?;
        }
        Ok(Self { store: path.join("runs"), processes, handle })
    }

    /// The path of the socket, in a form that is short enough for one.
    ///
    /// # Errors
    /// [`StoreError::Unsuitable`] if there is none.
    pub(crate) fn socket(&self) -> Result<PathBuf, StoreError> {
        let path = self.processes.join("socket");
        if path.as_os_str().len() <= LONGEST_SOCKET_PATH {
            return Ok(path);
        }
        if cfg!(target_os = "linux") {
            use std::os::fd::AsRawFd;
            return Ok(PathBuf::from(format!("/proc/self/fd/{}/socket", self.handle.as_raw_fd())));
        }
        let why = format!("`{}` is longer than the path of a socket may be", path.display());
        Err(StoreError::Unsuitable(why))
    }

    /// Takes the right to open the store, unless another process has it.
    pub(crate) fn try_hold(&self, process: &Process) -> io::Result<Option<HolderLock>> {
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(self.holder())?;
        if !try_lock(&file)? {
            return Ok(None);
        }
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(serde_json::to_string(process)?.as_bytes())?;
        Ok(Some(HolderLock(file)))
    }

    /// Who has the store, or had it last.
    pub(crate) fn holder_process(&self) -> Option<Process> {
        read_process(&self.holder())
    }

    fn holder(&self) -> PathBuf {
        self.processes.join("holder")
    }
}

/// Where the processes of a state directory are.
pub(crate) fn processes_of(state: &Path) -> PathBuf {
    state.join("processes")
}

/// Who has the store of a state directory, or is about to open it, and lives.
pub fn holder_of(state: &Path) -> Option<Process> {
    let directory = processes_of(state);
    let holder = read_process(&directory.join("holder"))?;
    let living = living(&directory).ok()?;
    living.into_iter().map(|found| found.process).find(|process| *process == holder)
}

fn read_process(holder: &Path) -> Option<Process> {
    let mut text = String::new();
    File::open(holder).and_then(|file| file.take(64 << 10).read_to_string(&mut text)).ok()?;
    serde_json::from_str(&text).ok()
}

/// Makes a directory and those above it that are missing. What is kept in them must not vanish with them.
fn create_durably(directory: &Path) -> io::Result<()> {
    let missing: Vec<_> = directory.ancestors().take_while(|path| *path != Path::new("") && !path.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    missing.into_iter().try_for_each(|directory| {
        let above = directory.parent().filter(|above| *above != Path::new(""));
        File::open(above.unwrap_or(Path::new(".")))?.sync_all()
    })
}

/// The disk said no.
pub(crate) fn failed(what: &str, error: io::Error) -> StoreError {
    StoreError::Io { message: format!("{what}: {error}"), source: Some(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process() -> Process {
        Process { pid: 7, command: "flowrun run".to_owned(), since: None, birth: None }
    }

    #[test]
    fn a_network_file_system_is_refused_by_name() {
        let directory = tempfile::tempdir().unwrap();
        let nfs = |_: &Path| Ok(FileSystem { magic: 0x6969, kind: None });
        let error = Directory::prepare(directory.path(), nfs).unwrap_err();
        assert!(matches!(&error, StoreError::Unsuitable(why) if why.contains("network file system (NFS)")), "{error}");
    }

    #[test]
    fn one_at_a_time_may_open_the_store_and_says_who_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let places = Directory::prepare(directory.path(), FileSystem::of).unwrap();
        assert_eq!(places.holder_process(), None);
        let held = places.try_hold(&process()).unwrap().unwrap();
        assert!(places.try_hold(&Process { pid: 8, ..process() }).unwrap().is_none());
        assert_eq!(places.holder_process(), Some(process()));
        drop(held);
        assert!(places.try_hold(&Process { pid: 8, ..process() }).unwrap().is_some());
    }

    #[test]
    fn others_may_not_look_in() {
        let directory = tempfile::tempdir().unwrap();
        let processes = directory.path().join("processes");
        fs::create_dir(&processes).unwrap();
        fs::set_permissions(&processes, Permissions::from_mode(0o755)).unwrap();
        Directory::prepare(directory.path(), FileSystem::of).unwrap();
        assert_eq!(fs::metadata(&processes).unwrap().mode() & 0o777, 0o700);
    }
}
