//! Errors. Each comes out as it went in, but for the system's own error in it, which stays where it happened.

use std::path::PathBuf;

use flowrun_engine::{
    id::{DriverId, RunId, RunKey},
    journal::Unreadable,
    store::StoreError,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::parts::driver_form;

/// An error of a store, which can be told more than once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    Locked(String),
    NoAnswer(String),
    OtherProtocol { owner: String, version: String, found: u32, own_version: String, own: u32 },
    Unsuitable(String),
    Newer { found: u32, supported: u32 },
    Older { found: u32, oldest: u32 },
    NewerRecord(String),
    Damaged(String),
    Gone(String),
    Io(String),
    KeyTaken(RunKey),
    NotAdmitted { key: String, ahead: Vec<RunId> },
    Claimed { run: RunId, driver: Uuid },
    Superseded { run: RunId, number: u64 },
    NotOpen(RunId),
    NotEnded(RunId),
    Full { directory: PathBuf, free: u64, least: u64 },
    Sequence { run: RunId, expected: u64, found: u64 },
}

impl Fault {
    pub(crate) fn of(error: &StoreError) -> Self {
        match error {
            StoreError::Locked { owner } => Self::Locked(owner.clone()),
            StoreError::NoAnswer { owner } => Self::NoAnswer(owner.clone()),
            StoreError::OtherProtocol { owner, version, found, own_version, own } => Self::OtherProtocol {
                owner: owner.clone(),
                version: version.clone(),
                found: *found,
                own_version: own_version.clone(),
                own: *own,
            },
            StoreError::Unsuitable(why) => Self::Unsuitable(why.clone()),
            StoreError::Newer { found, supported } => Self::Newer { found: *found, supported: *supported },
            StoreError::Older { found, oldest } => Self::Older { found: *found, oldest: *oldest },
            StoreError::NewerRecord(what) => Self::NewerRecord(what.clone()),
            StoreError::Damaged(what) => Self::Damaged(what.clone()),
            StoreError::Gone(what) => Self::Gone(what.clone()),
            StoreError::Io { message, .. } => Self::Io(message.clone()),
            StoreError::NotAdmitted { key, ahead } => Self::NotAdmitted { key: key.clone(), ahead: ahead.clone() },
            StoreError::KeyTaken(key) => Self::KeyTaken(key.clone()),
            StoreError::Claimed { run, driver } => Self::Claimed { run: *run, driver: driver_form(*driver) },
            StoreError::Superseded { run, number } => Self::Superseded { run: *run, number: *number },
            StoreError::NotOpen(run) => Self::NotOpen(*run),
            StoreError::NotEnded(run) => Self::NotEnded(*run),
            StoreError::Full { directory, free, least } => {
                Self::Full { directory: directory.clone(), free: *free, least: *least }
            }
            StoreError::Sequence { run, expected, found } => {
                Self::Sequence { run: *run, expected: *expected, found: *found }
            }
        }
    }

    pub(super) fn unreadable(why: Unreadable) -> Self {
        match why {
            Unreadable::Newer(what) => Self::NewerRecord(what),
            Unreadable::Damaged(what) => Self::Damaged(what),
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Locked(owner) => Self::Locked { owner },
            Fault::NoAnswer(owner) => Self::NoAnswer { owner },
            Fault::OtherProtocol { owner, version, found, own_version, own } => {
                Self::OtherProtocol { owner, version, found, own_version, own }
            }
            Fault::Unsuitable(why) => Self::Unsuitable(why),
            Fault::Newer { found, supported } => Self::Newer { found, supported },
            Fault::Older { found, oldest } => Self::Older { found, oldest },
            Fault::NewerRecord(what) => Self::NewerRecord(what),
            Fault::Damaged(what) => Self::Damaged(what),
            Fault::Gone(what) => Self::Gone(what),
            Fault::Io(message) => Self::Io { message, source: None },
            Fault::NotAdmitted { key, ahead } => Self::NotAdmitted { key, ahead },
            Fault::KeyTaken(key) => Self::KeyTaken(key),
            Fault::Claimed { run, driver } => Self::Claimed { run, driver: DriverId::new(driver) },
            Fault::Superseded { run, number } => Self::Superseded { run, number },
            Fault::NotOpen(run) => Self::NotOpen(run),
            Fault::NotEnded(run) => Self::NotEnded(run),
            Fault::Full { directory, free, least } => Self::Full { directory, free, least },
            Fault::Sequence { run, expected, found } => Self::Sequence { run, expected, found },
        }
    }
}
