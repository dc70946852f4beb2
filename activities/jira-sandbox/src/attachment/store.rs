//! The contents of attachments: files named by the attachments' ids, in the world's directory, or in a temporary one for a
//! world in memory. A site that is asked in the same process keeps none.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use tempfile::{NamedTempFile, TempDir};

use super::ReceivedFile;
use crate::durable::sync_directory;

/// Where the contents are.
#[derive(Debug, Clone)]
pub(crate) struct AttachmentStore {
    /// `None` where contents are not kept.
    path: Option<PathBuf>,
    /// Its directory goes when the last clone does.
    _temporary: Option<std::sync::Arc<TempDir>>,
}

impl AttachmentStore {
    /// The files of a world with a directory.
    pub(crate) fn at(path: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&path)?;
        Ok(Self { path: Some(path), _temporary: None })
    }

    /// Keeps nothing.
    pub(crate) fn none() -> Self {
        Self { path: None, _temporary: None }
    }

    /// The files of a world in memory; they go with it.
    pub(crate) fn temporary() -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("flowrun-sandbox-").tempdir()?;
        Ok(Self { path: Some(directory.path().to_owned()), _temporary: Some(directory.into()) })
    }

    /// A new file for what a client sends; it is gone when dropped. `None` where contents are not kept.
    pub(crate) fn receive(&self) -> io::Result<Option<NamedTempFile>> {
        let new = |path| tempfile::Builder::new().prefix("incoming-").tempfile_in(path);
        self.path.as_ref().map(new).transpose()
    }

    /// Gives received files their ids, durably. Their contents have been synced before.
    pub(crate) fn keep<'r>(&self, files: impl IntoIterator<Item = (u64, &'r ReceivedFile)>) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        for (id, file) in files {
            if let Some(content) = &file.content {
                fs::rename(content, file_of(path, id))?;
            }
        }
        sync_directory(path)
    }

    /// Opens an attachment's content.
    pub(crate) fn open(&self, id: u64) -> io::Result<File> {
        let path = self.path.as_ref().ok_or_else(|| io::Error::other("contents are not kept"))?;
        File::open(file_of(path, id))
    }

    /// Removes contents. What cannot be removed now, the next start removes.
    pub(crate) fn remove(&self, ids: impl IntoIterator<Item = u64>) {
        let Some(path) = &self.path else { return };
        for id in ids {
            if let Err(error) = fs::remove_file(file_of(path, id)) {
                tracing::warn!(%error, id, "the content of an attachment cannot be removed");
            }
        }
    }

    /// Removes what belongs to none of these attachments: what a crash left, and what an effect had not yet named.
    pub(crate) fn sweep(&self, known: &BTreeSet<u64>) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let known: BTreeSet<String> = known.iter().map(u64::to_string).collect();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| known.contains(name)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

fn file_of(path: &Path, id: u64) -> PathBuf {
    path.join(id.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn received(store: &AttachmentStore, text: &str) -> ReceivedFile {
        let mut file = store.receive().expect("a file").expect("it is kept");
        file.write_all(text.as_bytes()).expect("written");
        ReceivedFile {
            filename: "a".to_owned(),
            mime_type: "text/plain".to_owned(),
            size: text.len() as u64,
            sha256: String::new(),
            content: Some(file.into_temp_path()),
        }
    }

    fn names(store: &AttachmentStore) -> Vec<String> {
        let entries = fs::read_dir(store.path.as_ref().expect("a path")).expect("a directory");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn what_is_kept_stays_and_what_is_dropped_goes() {
        let store = AttachmentStore::temporary().expect("a store");
        let (kept, dropped) = (received(&store, "kept"), received(&store, "dropped"));
        store.keep([(7, &kept)]).expect("kept");
        drop((kept, dropped));
        assert_eq!(names(&store), ["7"]);
        assert_eq!(io::read_to_string(store.open(7).expect("there")).expect("read"), "kept");
    }

    #[test]
    fn a_sweep_leaves_what_is_known() {
        let store = AttachmentStore::temporary().expect("a store");
        let files = [received(&store, "a"), received(&store, "b")];
        store.keep([(1, &files[0]), (2, &files[1])]).expect("kept");
        let left = received(&store, "left by a crash").content.expect("it is kept").keep().expect("left");
        store.sweep(&BTreeSet::from([2])).expect("swept");
        assert_eq!((names(&store), left.exists()), (vec!["2".to_owned()], false));
    }

    #[test]
    fn the_directory_of_a_world_in_memory_goes_with_it() {
        let store = AttachmentStore::temporary().expect("a store");
        let path = store.path.clone().expect("a path");
        drop(store.clone());
        assert!(path.exists());
        drop(store);
        assert!(!path.exists());
    }
}
