//! The one thread that writes. It takes all that waits, makes it one batch, and answers once that is durable: those who
//! wait together share one flush and one `sync_data`.

use std::{
    fs::File,
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
    staged::Staged,
};
use crate::store::StoreError;

/// More than wait at once in practice; it bounds the size of a batch.
const LARGEST_GROUP: usize = 1024;

/// A change, and who waits for it.
#[derive(Debug)]
pub(super) struct Request {
    /// What to write.
    pub(super) change: Change,
    /// Told once it is durable, or why it is not.
    pub(super) reply: oneshot::Sender<Result<(), StoreError>>,
}

/// Starts the thread. It ends when all senders are gone; `dead` is set at the first fault, and nothing is written after it.
pub(super) fn spawn(
    database: ::sled::Db,
    file: File,
    requests: Receiver<Request>,
    dead: Arc<OnceLock<Fault>>,
) -> io::Result<JoinHandle<()>> {
    let work = move || {
        while let Ok(first) = requests.recv() {
            answer(&database, &file, group(first, requests.try_iter()), &dead);
        }
    };
    thread::Builder::new().name("flowrun-store".to_owned()).spawn(work)
}

fn group(first: Request, rest: TryIter<'_, Request>) -> Vec<Request> {
    iter::once(first).chain(rest.take(LARGEST_GROUP - 1)).collect()
}

fn answer(database: &::sled::Db, file: &File, group: Vec<Request>, dead: &OnceLock<Fault>) {
    let (changes, replies): (Vec<_>, Vec<_>) = group.into_iter().map(|request| (request.change, request.reply)).unzip();
    let written = match dead.get() {
        Some(fault) => Err(fault.clone()),
        None => write(database, file, &changes),
    };
    match written {
        // Who no longer waits need not be told.
        Ok(answers) => iter::zip(replies, answers).for_each(|(reply, answer)| drop(reply.send(answer))),
        Err(fault) => {
            let fault = dead.get_or_init(|| fault);
            replies.into_iter().for_each(|reply| drop(reply.send(Err(into_error(fault.clone())))));
        }
    }
}

/// Writes the changes, durably, or none of them.
fn write(database: &::sled::Db, file: &File, changes: &[Change]) -> Result<Vec<Result<(), StoreError>>, Fault> {
    guarded("writing", || {
        let mut staged = Staged::new(database);
        let answers = changes.iter().map(|change| stage(change, &mut staged)).collect::<Result<Vec<_>, _>>()?;
        if let Some(batch) = staged.into_batch() {
            commit(database, file, batch)?;
        }
        Ok(answers)
    })
}

fn stage(change: &Change, staged: &mut Staged<'_>) -> Result<Result<(), StoreError>, Fault> {
    match change.stage(staged) {
        Ok(()) => Ok(Ok(())),
        Err(Rejection::Refused(error)) => Ok(Err(error)),
        Err(Rejection::Fault(fault)) => Err(fault),
    }
}

/// sled's `flush` hands the data to the kernel, which may keep it for a while; `sync_data` has the disk take it.
pub(super) fn commit(database: &::sled::Db, file: &File, batch: ::sled::Batch) -> Result<(), Fault> {
    let written = database.apply_batch(batch).and_then(|()| database.flush());
    written.map_err(|error| Fault::sled("writing", &error))?;
    file.sync_data().map_err(|error| Fault::io("writing", &error))
}
