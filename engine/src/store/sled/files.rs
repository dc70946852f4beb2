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
    let beside = free_beside(store, word);
    copy(store, &beside)?;
    Ok(beside)
}

fn free_beside(store: &Path, word: &str) -> PathBuf {
    let numbered = (1..).map(|number| beside(store, &format!("{word}-{number}")));
    numbered.into_iter().find(|path| !path.exists()).expect("numbers do not end")
}

/// The place beside a store under its name and `word`.
pub(super) fn beside(store: &Path, word: &str) -> PathBuf {
    let name = store.file_name().unwrap_or_default().to_string_lossy().into_owned();
    store.with_file_name(format!("{name}.{word}"))
}

/// Puts a directory beside `store`, durably, under its name, `word` and a number; says where.
pub(super) fn put_aside(directory: &Path, store: &Path, word: &str) -> io::Result<PathBuf> {
    let aside = free_beside(store, word);
    fs::rename(directory, &aside)?;
    sync_parent(store)?;
    Ok(aside)
}

/// Removes a directory with all that is in it, if it is there.
pub(super) fn remove_if_there(directory: &Path) -> io::Result<()> {
    absent(fs::remove_dir_all(directory)).map(|_| ())
}

/// How many bytes the files of a store have.
pub(super) fn size(store: &Path) -> io::Result<u64> {
    let mut size = 0;
    for entry in fs::read_dir(store)? {
        let entry = entry?;
        size += if entry.file_type()?.is_dir() { self::size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(size)
}

/// Exchanges two directories in one step, durably: at each moment one of them is at each place.
pub(super) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    exchange_names(one, other)?;
    sync_parent(one)
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchange_names(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchange_names(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Has the disk take what lies beside `path`, by its names.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    sync(parent(path))
}

/// Whether an open file is the log of the store that is in `store` now.
pub(super) fn is_db_of(db: &File, store: &Path) -> io::Result<bool> {
    let Some(there) = absent(fs::metadata(store.join(DB)))? else { return Ok(false) };
    let open = db.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Ok((open.dev(), open.ino()) == (there.dev(), there.ino()))
    }
    #[cfg(not(unix))]
    {
        Ok(open.len() == there.len())
    }
}

/// Copies a directory, durably.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
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
