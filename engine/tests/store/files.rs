//! Stores as files: copied, compared, and put somewhere quick.

use std::{collections::BTreeMap, fs, path::Path};

/// Copies a directory with all that is in it. Of a store that is open and at rest this is what a `kill -9` leaves.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// All files of a store, to compare.
pub(crate) fn contents(store: &Path) -> BTreeMap<String, Vec<u8>> {
    let paths = fs::read_dir(store).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.is_file());
    files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())).collect()
}
