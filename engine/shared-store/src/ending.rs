//! Ending a process that shares the store, for whoever takes a run over from it: only one that is proved to be the one that is meant, and
//! that is asked first.
//!
//! The proof: a handle of the process is opened by its number, and after that its own file still has its lock, which only it holds, and
//! from within which it named that number; and whoever has the number was born when that file says. Numbers are given anew, so none
//! of these is enough by itself.

use std::{io, os::fd::OwnedFd, path::PathBuf, time::Duration};

use rustix::process::{Pid, Signal};
use tokio::time::{sleep, timeout};

use crate::{
    birth::Birth,
    directory,
    presence::{Process, ProcessId, is_gone, living},
};

/// How often it is looked whether a process has ended.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A process that shares a store, and is the one that is meant.
#[derive(Debug)]
pub struct ProvedProcess {
    directory: PathBuf,
    id: ProcessId,
    handle: OwnedFd,
}

/// Why a process cannot be ended from here.
#[derive(Debug, thiserror::Error)]
pub enum NotProved {
    /// Its number says nothing here.
    #[error("it has its number among other processes than this one, as in a container")]
    Elsewhere,
    /// Its version does not say enough of itself.
    #[error("its version of flowrun does not say when it began, and so its number may be another's")]
    Unborn,
    /// Another has its number.
    #[error("its number is another process's")]
    Another,
    /// The system says no.
    #[error("the system does not let it be ended")]
    System(#[from] io::Error),
}

impl ProvedProcess {
    /// Finds a process that shares the store of the state directory `state`; `None` if it has ended.
    ///
    /// # Errors
    /// When it cannot be proved that its number is its own.
    pub fn find(state: &std::path::Path, process: &Process) -> Result<Option<Self>, NotProved> {
        let directory = directory::processes_of(state);
        let found = living(&directory)?.into_iter().find(|found| found.process == *process);
        let Some(found) = found else { return Ok(None) };
        let (born, own) = (process.birth.as_ref().ok_or(NotProved::Unborn)?, Birth::of_this()?);
        if !born.is_among_those_of(&own) {
            return Err(NotProved::Elsewhere);
        }
        let raw = i32::try_from(process.pid).ok().and_then(Pid::from_raw).ok_or(NotProved::Another)?;
        let opened = open(raw);
        let (there, is_gone) = (Birth::of(process.pid), is_gone(&directory, found.id));
        if is_gone {
            return Ok(None);
        }
        if there? != *born {
            return Err(NotProved::Another);
        }
        Ok(Some(Self { directory, id: found.id, handle: opened? }))
    }

    /// Asks it to end: what it has sent it finishes and records, and nothing new begins. One that is stopped goes on for that.
    ///
    /// # Errors
    /// When the system does not let it be asked.
    pub fn ask(&self) -> Result<(), NotProved> {
        self.send(Signal::TERM)?;
        self.send(Signal::CONT)
    }

    /// Ends it at once: what it has sent is looked for by whoever goes on with its runs.
    ///
    /// # Errors
    /// When the system does not let it be ended.
    pub fn kill(&self) -> Result<(), NotProved> {
        self.send(Signal::KILL)
    }

    /// Whether it ends within so long: it has no run any more then.
    pub async fn ends_within(&self, patience: Duration) -> bool {
        let ended = async {
            while !is_gone(&self.directory, self.id) {
                sleep(LOOK_EVERY).await;
            }
        };
        timeout(patience, ended).await.is_ok()
    }

    fn send(&self, signal: Signal) -> Result<(), NotProved> {
        match send(&self.handle, signal) {
            // It has ended.
            Err(rustix::io::Errno::SRCH) | Ok(()) => Ok(()),
            Err(error) => Err(NotProved::System(error.into())),
        }
    }
}

#[cfg(target_os = "linux")]
fn open(process: Pid) -> io::Result<OwnedFd> {
    Ok(rustix::process::pidfd_open(process, rustix::process::PidfdFlags::empty())?)
}

#[cfg(target_os = "linux")]
fn send(handle: &OwnedFd, signal: Signal) -> rustix::io::Result<()> {
    rustix::process::pidfd_send_signal(handle, signal)
}

/// Other systems have no handles of processes, and so no proof.
#[cfg(not(target_os = "linux"))]
fn open(_: Pid) -> io::Result<OwnedFd> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
fn send(_: &OwnedFd, _: Signal) -> rustix::io::Result<()> {
    Err(rustix::io::Errno::NOSYS)
}
