//! What can go wrong below: sled's errors and the disk's, sorted once, in this project's words.
//!
//! A fault can be told more than once: after the first, a handle of sled is dead, and every later call gives the same.

use std::{
    any::Any,
    io::{self, ErrorKind},
};

use super::{SledStore, value::Unreadable};
use crate::{journal, store::StoreError};

/// Something below failed. Cheap to clone, unlike the errors that it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Another process has the database open.
    Locked,
    /// It has this format, which is not known yet.
    Newer(u32),
    /// It has this format, which is not read any more.
    Older(u32),
    /// It says something that is not known yet.
    NewerRecord(String),
    /// The disk said no.
    Io { kind: ErrorKind, message: String },
    /// What is there cannot be read.
    Damaged(String),
    /// It is not there any more, or not whole, though it was when it was opened.
    Gone(String),
}

impl Fault {
    /// A fault of the disk, while doing `what`.
    pub(super) fn io(what: &str, error: &io::Error) -> Self {
        let kind = error.kind();
        let words = words(kind).map_or_else(|| error.to_string(), ToOwned::to_owned);
        Self::Io { kind, message: format!("{what}: {words}") }
    }

    /// A fault of sled's, while doing `what`.
    pub(super) fn sled(what: &str, error: &::sled::Error) -> Self {
        match error {
            ::sled::Error::Io(error) if is_locked(error) => Self::Locked,
            ::sled::Error::Io(error) if !matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => {
                Self::io(what, error)
            }
            ::sled::Error::Io(_)
            | ::sled::Error::Corruption { .. }
            | ::sled::Error::ReportableBug(_)
            | ::sled::Error::Unsupported(_)
            | ::sled::Error::CollectionNotFound(_) => Self::unreadable(what, &error.to_string()),
        }
    }

    /// A panic of sled's, while doing `what`: it unwraps what it does not expect of its files and of the disk. Its words are
    /// for whoever mends flowrun.
    pub(super) fn panic(what: &str, payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied());
        let text = text.unwrap_or("it gave up without a word");
        let kind = SHORTAGES.iter().find(|(_, words)| words.iter().any(|words| text.contains(words)));
        match kind {
            Some((kind, _)) => Self::io(what, &(*kind).into()),
            None => Self::unreadable(what, text),
        }
    }

    fn unreadable(what: &str, sleds_words: &str) -> Self {
        tracing::debug!(what, sleds_words, "sled cannot read its files");
        Self::Damaged(format!("{what}: its files cannot be read as they are"))
    }

    /// The same for the store's callers. `owner` says who has the lock.
    pub(super) fn into_error(self, owner: impl FnOnce() -> String) -> StoreError {
        match self {
            Self::Locked => StoreError::Locked { owner: owner() },
            Self::Newer(found) => StoreError::Newer { found, supported: SledStore::FORMAT },
            Self::Older(found) => StoreError::Older { found, oldest: SledStore::OLDEST_FORMAT },
            Self::NewerRecord(message) => StoreError::NewerRecord(message),
            // The disk's words are in the message.
            Self::Io { message, .. } => StoreError::Io { message, source: None },
            Self::Damaged(message) => StoreError::Damaged(message),
            Self::Gone(message) => StoreError::Gone(message),
        }
    }
}

impl From<Unreadable> for Fault {
    fn from(error: Unreadable) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// What the machine lacks, and how sled says so as it panics.
const SHORTAGES: [(ErrorKind, &[&str]); 3] = [
    (ErrorKind::StorageFull, &["StorageFull", "No space left"]),
    (ErrorKind::OutOfMemory, &["failed to allocate", "OutOfMemory", "Cannot allocate memory"]),
    // A thread cannot be started.
    (ErrorKind::WouldBlock, &["WouldBlock", "Resource temporarily unavailable"]),
];

impl From<journal::Unreadable> for Fault {
    fn from(error: journal::Unreadable) -> Self {
        match error {
            journal::Unreadable::Newer(words) => Self::NewerRecord(words),
            journal::Unreadable::Damaged(words) => Self::Damaged(format!("a record cannot be read: {words}")),
        }
    }
}

/// Whether sled could not get its lock. It has no kind of error for that, only this text.
fn is_locked(error: &io::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}

/// The words for what people can mend. sled's copies of an error keep its kind, not its text.
const WORDS: [(ErrorKind, &str); 6] = [
    (ErrorKind::StorageFull, "no space left on device"),
    (ErrorKind::QuotaExceeded, "the disk quota is used up"),
    (ErrorKind::ReadOnlyFilesystem, "the file system is read-only"),
    (ErrorKind::PermissionDenied, "permission denied"),
    (ErrorKind::OutOfMemory, "not enough memory can be had"),
    (ErrorKind::WouldBlock, "no threads can be started"),
];

fn words(kind: ErrorKind) -> Option<&'static str> {
    WORDS.into_iter().find(|(known, _)| *known == kind).map(|(_, words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleds_own_lock_error_is_recognised() {
        let directory = tempfile::tempdir().unwrap();
        let _open = ::sled::open(directory.path()).unwrap();
        let error = ::sled::open(directory.path()).unwrap_err();
        assert_eq!(Fault::sled("opening", &error), Fault::Locked);
    }

    /// What the machine lacks × how sled tells it.
    #[test]
    fn what_the_machine_lacks_is_no_damage() {
        for (errno, kind) in [(28, ErrorKind::StorageFull), (12, ErrorKind::OutOfMemory), (11, ErrorKind::WouldBlock)] {
            let error = || io::Error::from_raw_os_error(errno);
            let unwrapped = std::panic::catch_unwind(|| panic!("as by `unwrap`: {:?}", error())).unwrap_err();
            let copied = std::panic::catch_unwind(|| panic!("{:?}", ::sled::Error::Io(error()).clone())).unwrap_err();
            let told = [
                Fault::io("writing", &error()),
                Fault::sled("writing", &::sled::Error::Io(error())),
                Fault::sled("writing", &::sled::Error::Io(error()).clone()),
                Fault::panic("writing", &*unwrapped),
                Fault::panic("writing", &*copied),
            ];
            for fault in told {
                assert!(matches!(&fault, Fault::Io { kind: found, .. } if *found == kind), "{errno}: {fault:?}");
            }
        }
        let allocating = std::panic::catch_unwind(|| panic!("failed to allocate critical IO buffer")).unwrap_err();
        let message = "writing: not enough memory can be had".to_owned();
        assert_eq!(Fault::panic("writing", &*allocating), Fault::Io { kind: ErrorKind::OutOfMemory, message });
    }

    #[test]
    fn a_newer_record_is_told_apart_from_a_damaged_one() {
        let newer = Fault::from(journal::Unreadable::Newer("a word".to_owned())).into_error(String::new);
        assert_eq!(newer.to_string(), "a newer version of flowrun wrote to the store: a word");
        let damaged = Fault::from(journal::Unreadable::Damaged("a word".to_owned())).into_error(String::new);
        assert_eq!(damaged.to_string(), "the store is damaged: a record cannot be read: a word");
    }

    #[test]
    fn a_full_disk_is_named_however_it_is_told() {
        let full = Fault::Io { kind: ErrorKind::StorageFull, message: "writing: no space left on device".to_owned() };
        assert_eq!(Fault::io("writing", &io::Error::from_raw_os_error(28)), full);
        let copied = ::sled::Error::Io(io::Error::from_raw_os_error(28)).clone();
        assert_eq!(Fault::sled("writing", &copied), full);
        let panic = std::panic::catch_unwind(|| panic!("as by `unwrap`: {:?}", io::Error::from_raw_os_error(28)));
        assert_eq!(Fault::panic("writing", &*panic.unwrap_err()), full);
    }
}
