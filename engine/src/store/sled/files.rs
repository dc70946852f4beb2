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
/// How long `db` was when the store was closed; 0 while it is open. That it is there says that the store was once complete.
const LENGTH: &str = "length";

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

/// sled's lock, taken by ourselves: `None` if somebody has it. Free again when the file is dropped.
pub(super) fn lock(file: File) -> io::Result<Option<File>> {
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
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

/// Notes how long `db` has to be, durably.
pub(super) fn write_length(store: &Path, length: u64) -> io::Result<()> {
    let new = store.join("length.new");
    fs::write(&new, length.to_string())?;
    sync(&new)?;
    fs::rename(&new, store.join(LENGTH))?;
    sync(store)
}

/// How long `db` has to be at least; `None` if the store was never complete.
pub(super) fn read_length(store: &Path) -> io::Result<Option<u64>> {
    let text = absent(fs::read_to_string(store.join(LENGTH)))?;
    // Whatever else it holds, it does not prove that something was lost.
    Ok(text.map(|text| text.trim().parse().unwrap_or(0)))
}

/// sled's snapshots, the newest last.
pub(super) fn snapshots(store: &Path) -> io::Result<Vec<PathBuf>> {
    let mut snapshots = Vec::new();
    for entry in fs::read_dir(store)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("snap.") {
            snapshots.push(entry.path());
        }
    }
    snapshots.sort();
    Ok(snapshots)
}

/// Copies the whole store beside itself, durably, and says where.
pub(super) fn copy_aside(store: &Path) -> io::Result<PathBuf> {
    let name = store.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let aside =
        (1..).map(|number| store.with_file_name(format!("{name}.damaged-{number}"))).find(|path| !path.exists());
    let aside = aside.expect("numbers do not end");
    copy(store, &aside)?;
    Ok(aside)
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

fn sync(path: &Path) -> io::Result<()> {
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
