//! What files and directories need to outlive a crash of the machine.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// Makes a directory and those above it that are missing, durably.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    let is_missing = |path: &&Path| *path != Path::new("") && !path.exists();
    let missing: Vec<&Path> = path.ancestors().take_while(is_missing).collect();
    fs::create_dir_all(path)?;
    let parents = missing.into_iter().filter_map(Path::parent);
    parents.filter(|parent| *parent != Path::new("")).try_for_each(sync_directory)
}

/// Writes a file of a directory, for its owner only, whole or not at all.
pub(crate) fn write(directory: &Path, name: &str, contents: &[u8]) -> io::Result<()> {
    let new = directory.join(format!("{name}.new"));
    let mut file = private_file(&new)?;
    file.write_all(contents)?;
    file.sync_all()?;
    fs::rename(&new, directory.join(name))?;
    sync_directory(directory)
}

/// Makes new names in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
