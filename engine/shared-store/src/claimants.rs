//! After another process has taken the store over: those that live have claims that only they know, until they have said which.
//!
//! What the store keeps of claims says who had a run last, not who has it: a claim that was released looks the same. So who has a run
//! is known once its process has come back and told its claims, or is gone. Until then a run that such a process had last is taken.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use flowrun_engine::id::DriverId;
use tokio::{sync::watch, time::sleep};

use crate::presence::{ProcessId, is_gone, living};

/// How often it is looked whether a process lives that is silent.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(50);

/// So many looks long nobody claims anything: most processes come back at once. One that is stopped does not, and only the runs that it had
/// are kept for it.
const PATIENT_LOOKS: u32 = 20;

/// The processes whose claims are not known.
#[derive(Debug)]
pub(crate) struct Claimants {
    directory: PathBuf,
    awaited: watch::Sender<Awaited>,
}

#[derive(Debug)]
struct Awaited {
    processes: BTreeSet<ProcessId>,
    is_patient: bool,
}

impl Claimants {
    /// Those that live now, but for the own.
    pub(crate) fn find(directory: PathBuf, own: ProcessId) -> std::io::Result<Self> {
        let processes = living(&directory)?.into_iter().map(|found| found.id).filter(|id| *id != own).collect();
        Ok(Self { directory, awaited: watch::Sender::new(Awaited { processes, is_patient: true }) })
    }

    /// A process has told its claims.
    pub(crate) fn announced(&self, process: ProcessId) {
        self.awaited.send_if_modified(|awaited| awaited.processes.remove(&process));
    }

    /// Waits until all claims are known, but not for ever.
    pub(crate) async fn settle(&self) {
        let mut awaited = self.awaited.subscribe();
        let settled = awaited.wait_for(|awaited| awaited.processes.is_empty() || !awaited.is_patient).await;
        settled.expect("the sender is here");
    }

    /// Nobody waits any more: the store is about to be closed.
    pub(crate) fn end_waiting(&self) {
        self.awaited.send_modify(|awaited| awaited.is_patient = false);
    }

    /// The drivers whose claims are not known.
    pub(crate) fn unknown(&self) -> Vec<DriverId> {
        let processes = self.awaited.borrow().processes.clone();
        if processes.is_empty() {
            return Vec::new();
        }
        let living = living(&self.directory).unwrap_or_default();
        living.into_iter().filter(|found| processes.contains(&found.id)).flat_map(|found| found.drivers).collect()
    }

    /// Sees which processes are gone, until none is awaited.
    pub(crate) async fn watch_over(&self) {
        for look in 1.. {
            let processes = self.awaited.borrow().processes.clone();
            if processes.is_empty() {
                return;
            }
            let gone: Vec<_> = processes.into_iter().filter(|process| is_gone(&self.directory, *process)).collect();
            if !gone.is_empty() || look == PATIENT_LOOKS {
                self.awaited.send_modify(|awaited| {
                    awaited.processes.retain(|process| !gone.contains(process));
                    awaited.is_patient &= look < PATIENT_LOOKS;
                });
            }
            sleep(LOOK_EVERY).await;
        }
    }
}
