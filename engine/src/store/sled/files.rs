//! The files of a store, beside and around what sled makes of them.

use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

/// sled's log: all data.
pub(super) const DB: &str = "db";
/// Who has the store open, in words.
const OWNER: &str = "owner";
/// Makes the store's directory and those above it that are missing, durably.
pub(super) fn create_directory(store: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = store.ancestors().take_while(|path| *path != Path::new("") && !path.exists()).collect();
    let mut builder = fs::DirBuilder::new();
    // Inputs and outputs are in it: they are nobody else's.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(store)?;
    missing.into_iter().try_for_each(|directory| sync(parent(directory)))
}

/// What a new store consists of, and must be on the disk before it is used.
pub(super) fn sync_new(store: &Path) -> io::Result<()> {
    [&store.join(DB), &store.join("conf"), &store.join("blobs"), store, parent(store)].into_iter().try_for_each(sync)
}

/// Takes sled's lock, unless somebody has it. It is free again when the file is dropped.
pub(super) fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Opens sled's log; `None` if there is none.
pub(super) fn open_db(store: &Path) -> io::Result<Option<File>> {
    absent(File::options().read(true).write(true).open(store.join(DB)))
}

/// Says who has the store.
pub(super) fn write_owner(store: &Path, owner: &str) -> io::Result<()> {
    fs::write(store.join(OWNER), owner)
}

/// Who has the store, as far as it is known.
pub(super) fn read_owner(store: &Path) -> String {
    let owner = fs::read_to_string(store.join(OWNER)).unwrap_or_default();
    if owner.trim().is_empty() { "another process".to_owned() } else { owner.trim().to_owned() }
}

/// Nobody has the store.
pub(super) fn remove_owner(store: &Path) -> io::Result<()> {
    absent(fs::remove_file(store.join(OWNER))).map(|_| ())
}

/// sled's snapshots, the newest last.
pub(super) fn snapshots(store: &Path) -> io::Result<Vec<PathBuf>> {
    let mut snapshots = Vec::new();
    let Some(entries) = absent(fs::read_dir(store))? else { return Ok(snapshots) };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("snap.") {
            snapshots.push(entry.path());
        }
    }
    snapshots.sort();
    Ok(snapshots)
}

/// Copies the whole store beside itself, durably, under its name, `word` and a number; says where.
pub(super) fn copy_beside(store: &Path, word: &str) -> io::Result<PathBuf> {
    let name = store.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside =
        (1..).map(|number| store.with_file_name(format!("{name}.{word}-{number}"))).find(|path| !path.exists());
    let beside = beside.expect("numbers do not end");
    copy(store, &beside)?;
    Ok(beside)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let (entry, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        if entry.is_dir() {
            copy(&entry, &to)?;
        } else {
            fs::copy(&entry, &to)?;
            sync(&to)?;
        }
    }
    sync(to)
}

/// Has the disk take a file or a directory.
pub(super) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))
}

fn absent<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn above_a_bare_name_is_the_current_directory() {
        assert_eq!(parent(Path::new("store")), Path::new("."));
        assert_eq!(parent(Path::new("state/store")), Path::new("state"));
        assert_eq!(parent(Path::new("/")), Path::new("."));
    }
}
