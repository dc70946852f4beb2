//! The one thread that writes. It takes all that waits, makes it one group, and answers once that is durable: those who
//! wait together share one flush and one `sync_data`.

use std::{
    io, iter,
    sync::{
        Arc, OnceLock,
        mpsc::{Receiver, TryIter},
    },
    thread::{self, JoinHandle},
};

use tokio::sync::oneshot;

use super::{
    change::{Change, Rejection},
    fault::Fault,
    guard::guarded,
    into_error,
    log::Log,
    sequences::Sequences,
    staged::Staged,
};
use crate::store::StoreError;

/// More than wait at once in practice; it bounds the size of a group.
const LARGEST_GROUP: usize = 1024;

/// A change, and who waits for it.
#[derive(Debug)]
pub(super) struct Request {
    /// What to write.
    pub(super) change: Change,
    /// Told once it is durable, or why it is not.
    pub(super) reply: oneshot::Sender<Result<(), StoreError>>,
}

/// Starts the thread. It ends when all senders are gone, and closes the log; `dead` is set at the first fault, and nothing
/// is written after it.
pub(super) fn spawn(
    database: ::sled::Db,
    log: Log,
    requests: Receiver<Request>,
    dead: Arc<OnceLock<Fault>>,
) -> io::Result<JoinHandle<()>> {
    let mut writer = Writer { database, log, sequences: Sequences::default(), dead };
    let work = move || {
        while let Ok(first) = requests.recv() {
            writer.answer(group(first, requests.try_iter()));
        }
        writer.end();
    };
    thread::Builder::new().name("flowrun-store".to_owned()).spawn(work)
}

fn group(first: Request, rest: TryIter<'_, Request>) -> Vec<Request> {
    iter::once(first).chain(rest.take(LARGEST_GROUP - 1)).collect()
}

/// What the thread works with.
struct Writer {
    database: ::sled::Db,
    log: Log,
    sequences: Sequences,
    dead: Arc<OnceLock<Fault>>,
}

impl Writer {
    fn answer(&mut self, group: Vec<Request>) {
        let (changes, replies): (Vec<_>, Vec<_>) =
            group.into_iter().map(|request| (request.change, request.reply)).unzip();
        let written = match self.dead.get() {
            Some(fault) => Err(fault.clone()),
            None => self.write(&changes),
        };
        match written {
            // Who no longer waits need not be told.
            Ok(answers) => iter::zip(replies, answers).for_each(|(reply, answer)| drop(reply.send(answer))),
            Err(fault) => {
                let fault = self.dead.get_or_init(|| fault);
                replies.into_iter().for_each(|reply| drop(reply.send(Err(into_error(fault.clone())))));
            }
        }
    }

    /// Writes the changes, durably, or none of them.
    fn write(&mut self, changes: &[Change]) -> Result<Vec<Result<(), StoreError>>, Fault> {
        guarded("writing", || {
            let mut staged = Staged::new(&self.database, &mut self.sequences);
            let answers = changes.iter().map(|change| stage(change, &mut staged)).collect::<Result<Vec<_>, _>>()?;
            let (writes, records) = staged.into_writes();
            if !writes.is_empty() {
                self.log.commit(writes, records)?;
            }
            Ok(answers)
        })
    }

    fn end(self) {
        let Self { database, log, dead, .. } = self;
        // The log has the last handle, which it drops with care.
        drop(database);
        match dead.get() {
            None => log.close(),
            Some(_) => log.abandon(),
        }
    }
}

fn stage(change: &Change, staged: &mut Staged<'_>) -> Result<Result<(), StoreError>, Fault> {
    match change.stage(staged) {
        Ok(()) => Ok(Ok(())),
        Err(Rejection::Refused(error)) => Ok(Err(error)),
        Err(Rejection::Fault(fault)) => Err(fault),
    }
}
