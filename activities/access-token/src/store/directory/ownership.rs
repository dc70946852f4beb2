//! Whose a file is and who else may read it, on systems that have owners and modes; others protect a user's own folders themselves.

use std::{
    fs::{File, Metadata, OpenOptions},
    io,
    path::Path,
};

use super::StoreError;

/// The mode of a file.
pub(super) const FILE: u32 = 0o600;

/// The mode of a directory.
pub(super) const DIRECTORY: u32 = 0o700;

/// Opens a file that is no symbolic link; a new one is its owner's alone. What is no file is not waited for, as a pipe would be.
#[cfg(unix)]
pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits();
    options.mode(FILE).custom_flags(i32::try_from(flags).expect("flags of open are an int")).open(path)
}

#[cfg(not(unix))]
pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.open(path)
}

/// Whether this error says that there is a symbolic link.
pub(super) fn is_link(cause: &io::Error) -> bool {
    #[cfg(unix)]
    return cause.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    #[cfg(not(unix))]
    return false;
}

/// Refuses what is another user's, or is open to others.
#[cfg(unix)]
pub(super) fn check(found: &Metadata, path: &Path, wanted: u32) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt;
    let mode = found.mode() & 0o7777;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(StoreError::Foreign { path: path.to_owned(), owner: found.uid() });
    }
    if mode & 0o077 != 0 {
        return Err(StoreError::Exposed { path: path.to_owned(), mode, wanted });
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn check(_: &Metadata, _: &Path, _: u32) -> Result<(), StoreError> {
    Ok(())
}

/// Gives a file exactly this mode, whatever the umask made of it.
pub(super) fn close_to_others(file: &File, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    return file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    return Ok(drop((file, mode)));
}

/// Gives a directory exactly this mode, whatever the umask made of it.
pub(super) fn close_path_to_others(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    return std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    return Ok(drop((path, mode)));
}

/// Whether this open file is the one at `path`. Where files have no numbers none is removed while it is open.
#[cfg(unix)]
pub(in super::super) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |found: Metadata| (found.dev(), found.ino());
    let there = std::fs::symlink_metadata(path).map(number).ok();
    there.is_some() && file.metadata().map(number).ok() == there
}

#[cfg(not(unix))]
pub(in super::super) fn is_at(_: &File, _: &Path) -> bool {
    true
}
