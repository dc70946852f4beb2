//! The directory that files may be taken from. What a definition names stays inside it: cap-primitives resolves every path
//! component by component, so that neither `..` nor a symbolic link leads out, whatever changes meanwhile.

mod opened;

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

#[cfg(unix)]
use cap_primitives::fs::{FileTypeExt, OpenOptionsExt};
use cap_primitives::{
    ambient_authority,
    fs::{FileType, FollowSymlinks, Metadata, OpenOptions, open, open_ambient_dir, stat},
};

pub(crate) use self::opened::{OpenedFile, hexadecimal};

/// A directory that files are taken from, or none.
///
/// It is opened when a file is asked for: a run that asks for none needs no directory.
#[derive(Clone, Debug)]
pub struct Files {
    directory: Option<PathBuf>,
    /// Whether what was sent already may be gone.
    may_be_gone: bool,
}

/// Why a file cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// There is no directory to take it from.
    #[error("`{path}` cannot be read: no directory of files is known; `--files DIR` names one")]
    NoDirectory { path: String },
    /// The path leads out of every directory.
    #[error(
        "`{path}` leads out of the directory that files are taken from, the definition's own or that of `--files DIR`"
    )]
    Escapes { path: String },
    /// The path leads out of the directory.
    #[error("`{path}` leads out of `{}`, where files are taken from; `--files DIR` names another directory", directory.display())]
    Outside { path: String, directory: PathBuf },
    /// The directory cannot be opened.
    #[error("the directory `{}` of files cannot be opened: {cause}", directory.display())]
    Directory { directory: PathBuf, cause: io::Error },
    /// There is nothing of this name.
    #[error("there is no file `{path}` in `{}`", directory.display())]
    Missing { path: String, directory: PathBuf },
    /// It is not a file.
    #[error("`{path}` in `{}` is {kind}, not a file", directory.display())]
    NoFile { path: String, directory: PathBuf, kind: &'static str },
    /// It cannot be read.
    #[error("`{path}` cannot be read: {cause}")]
    Unreadable { path: String, cause: io::Error },
    /// It is not what it was when it was first read.
    #[error("`{path}` changed while it was being read")]
    Changed { path: String },
}

impl Files {
    /// No directory: every file is refused.
    pub const fn none() -> Self {
        Self { directory: None, may_be_gone: false }
    }

    /// The files in `directory`, which should be absolute.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        Self { directory: Some(directory.into()), may_be_gone: false }
    }

    /// The same, for a run that goes on: what it attached before need no longer be there, so that a file is missed only when
    /// it is to be sent.
    #[must_use]
    pub fn of_a_run_that_goes_on(self) -> Self {
        Self { may_be_gone: true, ..self }
    }

    /// Refuses a path that cannot be opened; without a directory, or in a run that goes on, only one that leads out of any.
    pub(crate) fn check(&self, path: &str) -> Result<(), FileError> {
        match self.directory {
            Some(_) if !self.may_be_gone => self.open(path).map(drop),
            _ if escapes(Path::new(path)) => Err(FileError::Escapes { path: shortened(path) }),
            _ => Ok(()),
        }
    }

    /// Opens a file for reading. Never waits: a named pipe is refused, not read.
    pub(crate) fn open(&self, path: &str) -> Result<OpenedFile, FileError> {
        let named = || shortened(path);
        let directory = self.directory.as_ref().ok_or_else(|| FileError::NoDirectory { path: named() })?;
        let folder = Folder::open(directory)?;
        let file = folder.file(path).map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => FileError::Missing { path: named(), directory: directory.clone() },
            _ if is_escape(&cause) => FileError::Outside { path: named(), directory: directory.clone() },
            _ => FileError::Unreadable { path: named(), cause },
        })?;
        let file = file.map_err(|kind| FileError::NoFile { path: named(), directory: directory.clone(), kind })?;
        OpenedFile::new(path.to_owned(), Arc::new(file))
    }
}

/// An open directory.
struct Folder<'a> {
    path: &'a Path,
    handle: fs::File,
}

impl<'a> Folder<'a> {
    fn open(path: &'a Path) -> Result<Self, FileError> {
        let handle = open_ambient_dir(path, ambient_authority())
            .map_err(|cause| FileError::Directory { directory: path.to_owned(), cause })?;
        Ok(Self { path, handle })
    }

    /// The file at `path`, or what else is there.
    fn file(&self, path: &str) -> io::Result<Result<fs::File, &'static str>> {
        let given = Path::new(path);
        let inside = given.strip_prefix(self.path).unwrap_or(given);
        match self.file_inside(inside) {
            // An absolute path, or link, is refused as it is, and may yet lead to a place inside.
            Err(cause) if is_escape(&cause) => match self.resolved(inside) {
                Some(resolved) => self.file_inside(&resolved),
                None => Err(cause),
            },
            other => other,
        }
    }

    fn file_inside(&self, path: &Path) -> io::Result<Result<fs::File, &'static str>> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        // Opening a device can do something already, so it is looked at first.
        if let Some(kind) = other_kind(stat(&self.handle, path, FollowSymlinks::Yes)?.file_type()) {
            return Ok(Err(kind));
        }
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
        let file = open(&self.handle, path, &options)?;
        let kind = other_kind(Metadata::from_file(&file)?.file_type());
        Ok(kind.map_or(Ok(file), Err))
    }

    /// Where `path` leads, from this directory; `None` where that is outside.
    fn resolved(&self, path: &Path) -> Option<PathBuf> {
        let target = fs::canonicalize(self.path.join(path)).ok()?;
        let root = fs::canonicalize(self.path).ok()?;
        target.strip_prefix(root).map(Path::to_owned).ok()
    }
}

/// What something is that is not a file.
fn other_kind(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        return None;
    }
    #[cfg(unix)]
    {
        if kind.is_fifo() {
            return Some("a named pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_block_device() || kind.is_char_device() {
            return Some("a device");
        }
    }
    Some(if kind.is_dir() { "a directory" } else { "something else" })
}

/// A path as a message has it: of a long one the beginning.
fn shortened(path: &str) -> String {
    match path.char_indices().nth(255) {
        Some((end, _)) => format!("{}…", &path[..end]),
        None => path.to_owned(),
    }
}

/// Whether cap-primitives refused a path because it leads out: its own error, not the system's.
fn is_escape(cause: &io::Error) -> bool {
    cause.kind() == io::ErrorKind::PermissionDenied && cause.raw_os_error().is_none()
}

/// Whether a relative path leads out of any directory.
fn escapes(path: &Path) -> bool {
    let mut depth = 0_usize;
    for component in path.components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::ParentDir if depth == 0 => return true,
            Component::ParentDir => depth -= 1,
            Component::CurDir => {}
            // Where an absolute path leads depends on the directory.
            Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests;
