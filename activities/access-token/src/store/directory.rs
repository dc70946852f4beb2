//! Files that are their owner's alone, replaced as a whole and durably. Whatever the umask is, no byte is in a file that others can read.

mod ownership;

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

pub(super) use ownership::is_at;

use super::{StoreError, document::Content};

/// No access token is near this size.
const LONGEST: u64 = 256 * 1024;

/// What a full disk has no room for.
const PROBE: &[u8] = &[0; 16 * 1024];

/// A directory of mode 0700.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
}

impl Directory {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes it, and what is missing above it, for its owner alone; checks it where it is there.
    pub(super) fn make(&self) -> Result<(), StoreError> {
        if self.is_there()? {
            return Ok(());
        }
        let missing: Vec<_> = self.path.ancestors().take_while(|path| !is_current(path) && !path.exists()).collect();
        for path in missing.into_iter().rev() {
            make_private(path).map_err(io_error("made", path))?;
        }
        self.is_there().map(drop)
    }

    /// Whether it is there; an error where it is not its owner's alone.
    fn is_there(&self) -> Result<bool, StoreError> {
        match fs::symlink_metadata(&self.path) {
            Ok(found) if !found.is_dir() => {
                Err(StoreError::NotPlain { path: self.path.clone(), expected: "directory" })
            }
            Ok(found) => ownership::check(&found, &self.path, ownership::DIRECTORY).map(|()| true),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(false),
            Err(cause) => Err(io_error("read", &self.path)(cause)),
        }
    }

    /// The names of its files of an extension, without that.
    pub(super) fn stems(&self, extension: &str) -> Result<Vec<String>, StoreError> {
        if !self.is_there()? {
            return Ok(Vec::new());
        }
        let failed = io_error("read", &self.path);
        let names = fs::read_dir(&self.path)
            .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>());
        let stem =
            |name: &std::ffi::OsString| Some(name.to_str()?.strip_suffix(extension)?.strip_suffix('.')?.to_owned());
        Ok(names.map_err(failed)?.iter().filter_map(stem).collect())
    }

    /// A file's content; `None` where there is none.
    pub(super) fn read(&self, name: &str) -> Result<Option<Content>, StoreError> {
        if !self.is_there()? {
            return Ok(None);
        }
        let path = self.path.join(name);
        let (file, found) = match open_plain(OpenOptions::new().read(true), &path, "read") {
            Err(StoreError::Io { cause, .. }) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        ownership::check(&found, &path, ownership::FILE)?;
        let length = found.len().min(LONGEST);
        // Of this capacity from the start: what grows leaves copies behind.
        let mut content = Content::new(Vec::with_capacity(length as usize + 1));
        file.take(LONGEST).read_to_end(&mut content).map_err(io_error("read", &path))?;
        Ok(Some(content))
    }

    /// Replaces a file: temporary file, sync, rename, sync of the directory.
    pub(super) fn replace(&self, name: &str, temporary: &str, content: &[u8]) -> Result<(), StoreError> {
        self.make()?;
        let (path, temporary) = (self.path.join(name), self.path.join(temporary));
        let written = create_private(&temporary, content)
            .and_then(|()| fs::rename(&temporary, &path))
            .and_then(|()| sync_directory(&self.path));
        written.map_err(|cause| {
            // The rename took it away, or nobody needs it.
            let _ = fs::remove_file(&temporary);
            io_error("written", &path)(cause)
        })
    }

    /// Writes a new file, and nothing where there is one: `false`.
    #[cfg(feature = "passphrase")]
    pub(super) fn create(&self, name: &str, content: &[u8]) -> Result<bool, StoreError> {
        self.make()?;
        let path = self.path.join(name);
        let temporary = self.path.join(format!("{name}.{}.tmp", std::process::id()));
        let created = create_private(&temporary, content).and_then(|()| fs::hard_link(&temporary, &path));
        let _ = fs::remove_file(&temporary);
        match created.and_then(|()| sync_directory(&self.path)) {
            Ok(()) => Ok(true),
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(cause) => Err(io_error("written", &path)(cause)),
        }
    }

    /// Removes a file; `false` where there is none.
    pub(super) fn remove(&self, name: &str) -> Result<bool, StoreError> {
        let path = self.path.join(name);
        match fs::remove_file(&path).and_then(|()| sync_directory(&self.path)) {
            Ok(()) => Ok(true),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(false),
            Err(cause) => Err(io_error("removed", &path)(cause)),
        }
    }

    /// Writes something and removes it.
    pub(super) fn probe(&self) -> Result<(), StoreError> {
        let path = self.path.join(format!("probe.{}.tmp", std::process::id()));
        let written = create_private(&path, PROBE);
        let removed = fs::remove_file(&path);
        written.and(removed).map_err(io_error("written", &self.path))
    }

    /// A file to be locked, made where it is missing.
    pub(super) fn open_lock(&self, name: &str) -> Result<(File, PathBuf), StoreError> {
        let path = self.path.join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let (file, _) = open_plain(&mut options, &path, "locked")?;
        ownership::close_to_others(&file, ownership::FILE).map_err(io_error("locked", &path))?;
        Ok((file, path))
    }
}

/// Opens a file that is one, and no link, pipe or device; says what it is.
fn open_plain(options: &mut OpenOptions, path: &Path, action: &'static str) -> Result<(File, Metadata), StoreError> {
    let not_plain = || StoreError::NotPlain { path: path.to_owned(), expected: "file" };
    let file = ownership::open(options, path).map_err(|cause| match ownership::is_link(&cause) {
        true => not_plain(),
        false => io_error(action, path)(cause),
    })?;
    let found = file.metadata().map_err(io_error(action, path))?;
    if found.is_file() { Ok((file, found)) } else { Err(not_plain()) }
}

/// A new file: nobody else can open it before it has its mode, and it has its mode before it has content.
fn create_private(path: &Path, content: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    let mut file = ownership::open(OpenOptions::new().write(true).create_new(true), path)?;
    ownership::close_to_others(&file, ownership::FILE)?;
    file.write_all(content)?;
    file.sync_all()
}

fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, ownership::DIRECTORY);
    match builder.create(path) {
        // Another process was quicker.
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => return Ok(()),
        made => made?,
    }
    // A umask may have taken the owner's own rights.
    ownership::close_path_to_others(path, ownership::DIRECTORY)?;
    path.parent().filter(|parent| !is_current(parent)).map_or(Ok(()), sync_directory)
}

/// Whether this is what is above the first name of a relative path: the current directory, which is there.
fn is_current(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

/// Names are durable once their directory is.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(windows) { Ok(()) } else { File::open(path)?.sync_all() }
}

pub(super) fn io_error(action: &'static str, path: &Path) -> impl Fn(io::Error) -> StoreError + use<> {
    let path = path.to_owned();
    move |cause| StoreError::Io { action, path: path.clone(), cause }
}
