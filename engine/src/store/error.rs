//! Why a store does not do what it is asked for.

use std::path::{Path, PathBuf};

use crate::id::{DriverId, RunId, RunKey};

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it.
    #[error("the state directory is in use by {owner}")]
    Locked {
        /// Who: a process id and what it does.
        owner: String,
    },
    /// Another process has it, which does not answer: it is stopped, or busy with something else.
    #[error("the process that has the state directory open does not answer: {owner}")]
    NoAnswer {
        /// Who: a process id and what it does.
        owner: String,
    },
    /// Another process has it, and speaks another version of the protocol between processes.
    #[error(
        "the state directory is open in {owner}, which is flowrun {version} with protocol {found}; this is flowrun {own_version} with protocol {own}"
    )]
    OtherProtocol {
        /// Who: a process id and what it does.
        owner: String,
        /// Its version.
        version: String,
        /// The version of its protocol.
        found: u32,
        /// The version of this flowrun.
        own_version: String,
        /// The version of this flowrun's protocol.
        own: u32,
    },
    /// Nothing can be kept where it is to be kept.
    #[error("the state directory cannot be there: {0}")]
    Unsuitable(String),
    /// It was written by a newer version.
    #[error("the store has format {found}, this flowrun reads up to {supported}")]
    Newer {
        /// The store's format.
        found: u32,
        /// The newest that is read.
        supported: u32,
    },
    /// It was written by an older version, whose stores this one does not read.
    #[error("the store has format {found}, this flowrun reads from {oldest} on")]
    Older {
        /// The store's format.
        found: u32,
        /// The oldest that is read.
        oldest: u32,
    },
    /// A newer version wrote a record to it, of which this one does not know all that it says.
    #[error("a newer version of flowrun wrote to the store: {0}")]
    NewerRecord(String),
    /// It cannot be read as it is.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// It was there when it was opened, and is not any more: removed, moved, replaced or cut. Every later call fails too.
    #[error("the store is gone: {0}")]
    Gone(String),
    /// The disk said no. Every later call fails too: open it anew.
    #[error("the store failed: {message}")]
    Io {
        /// What was being done, and what the disk said.
        message: String,
        /// The disk's error.
        #[source]
        source: Option<std::io::Error>,
    },
    /// The disk is nearly full. Nothing failed yet, and what is under way is still recorded.
    #[error("no effect begins while the disk of `{}` has less than {} MiB free: it has {} MiB", directory.display(), least >> 20, free >> 20)]
    Full {
        /// Where the store is.
        directory: PathBuf,
        /// How many bytes are free there.
        free: u64,
        /// How many must be.
        least: u64,
    },
    /// A run has the key already.
    #[error("a run with the key `{0}` exists")]
    KeyTaken(RunKey),
    /// As many runs with the key as may be are admitted, or wait for it and asked before.
    #[error("{} for a run with key `{key}`", match ahead.as_slice() { [one] => format!("run `{one}` is ahead"), all => format!("{} runs are ahead", all.len()) })]
    NotAdmitted {
        /// The key.
        key: String,
        /// The runs that are ahead: those that were admitted, then those that wait; no more than some dozens are named.
        ahead: Vec<RunId>,
    },
    /// Somebody drives the run.
    #[error("run `{run}` is driven already, by {driver}")]
    Claimed {
        /// The run.
        run: RunId,
        /// Who.
        driver: DriverId,
    },
    /// Somebody else has claimed the run since.
    #[error("claim {number} of run `{run}` has ended: another driver has the run")]
    Superseded {
        /// The run.
        run: RunId,
        /// The claim's number.
        number: u64,
    },
    /// There is no run that could take a message.
    #[error("there is no run `{0}` that has not ended")]
    NotOpen(RunId),
    /// Only what has ended is forgotten.
    #[error("run `{0}` has not ended")]
    NotEnded(RunId),
    /// Records are appended one after the other, once each.
    #[error("record {found} does not follow {expected} records of run {run}")]
    Sequence {
        /// The run.
        run: RunId,
        /// The number that comes next.
        expected: u64,
        /// The number that was given.
        found: u64,
    },
}

impl StoreError {
    /// Why nothing can be kept at a path that is on a network file system of this name.
    pub fn on_network(path: &Path, name: &str) -> Self {
        let why = format!(
            "`{}` is on a network file system ({name}), where locks and syncs cannot be relied on",
            path.display()
        );
        Self::Unsuitable(why)
    }
}
