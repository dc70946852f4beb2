//! The one thread that writes. It takes what waits, makes it one group, and answers once that is durable: those who wait together
//! share one flush and one `sync_data`. Where all that waits may ride, it looks out for more, for a moment.

use std::{
    io, iter,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{
    change::{Change, Rejection},
    fault::Fault,
    guard::guarded,
    index::Index,
    into_error,
    log::Log,
    piece::Head,
    staged::{Group, Staged},
};
use crate::store::{Barrier, Claims, StoreError, watch::Watches};

/// More than wait at once in practice; it bounds the size of a group.
const LARGEST_GROUP: usize = 1024;

/// Nothing rides longer.
const LONGEST_RIDE: Duration = Duration::from_millis(20);

/// So many groups are read again at most when a store is opened after a crash, and so many are in memory.
const GROUPS_TO_A_CHECKPOINT: u64 = 256;

/// The index on the disk forgets so many runs at a time: others wait meanwhile, and a run has some ten keys there.
const PRUNED_TO_A_CHECKPOINT: usize = 512;

/// A change, and who waits for it.
#[derive(Debug)]
pub(super) struct WriteRequest {
    /// What to write.
    change: Change,
    /// When it is to be written at last; `None` for at once.
    due: Option<Instant>,
    /// Told the number of what was made once it is durable, or why it is not.
    reply: oneshot::Sender<Result<u64, StoreError>>,
}

impl WriteRequest {
    /// Asks for a change.
    pub(super) fn new(change: Change, barrier: Barrier, reply: oneshot::Sender<Result<u64, StoreError>>) -> Self {
        let due = match barrier {
            Barrier::Now => None,
            Barrier::Rides => Some(now() + LONGEST_RIDE),
        };
        Self { change, due, reply }
    }
}

#[expect(clippy::disallowed_methods, reason = "no run sees how long its records rode")]
fn now() -> Instant {
    Instant::now()
}

/// What the thread works with.
pub(super) struct Writer {
    /// What it writes to.
    pub(super) log: Log,
    /// Its newest piece.
    pub(super) head: Head,
    /// Where things lie.
    pub(super) index: Arc<Index>,
    /// The newest group that the index on the disk has.
    pub(super) indexed: u64,
    /// Who has which run.
    pub(super) claims: Arc<Mutex<Claims>>,
    /// Set at the first fault; nothing is written after it.
    pub(super) dead: Arc<OnceLock<Fault>>,
    /// Told of what became durable, and of a fault.
    pub(super) watches: Arc<Watches>,
}

/// Starts the thread. It ends when all senders are gone, and closes the log.
pub(super) fn spawn(mut writer: Writer, requests: Receiver<WriteRequest>) -> io::Result<JoinHandle<()>> {
    let work = move || {
        while let Some(group) = next_group(&requests) {
            writer.answer(group);
            writer.checkpoint_if_due();
        }
        writer.end();
    };
    thread::Builder::new().name("flowrun-store".to_owned()).spawn(work)
}

/// Waits until something is to be written, and takes all that was asked for by then; `None` once nobody can ask any more.
fn next_group(requests: &Receiver<WriteRequest>) -> Option<Vec<WriteRequest>> {
    let mut group = vec![requests.recv().ok()?];
    loop {
        group.extend(requests.try_iter().take(LARGEST_GROUP - group.len()));
        let Some(ride) = time_to_ride(&group) else { return Some(group) };
        match requests.recv_timeout(ride) {
            Ok(request) => group.push(request),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Some(group),
        }
    }
}

/// How long a group may wait for more; `None` if something in it may not, or there is no room in it.
fn time_to_ride(group: &[WriteRequest]) -> Option<Duration> {
    let first = group.first().filter(|_| group.len() < LARGEST_GROUP)?;
    let all_ride = group.iter().all(|request| request.due.is_some());
    first.due.filter(|_| all_ride).map(|due| due.saturating_duration_since(now())).filter(|ride| !ride.is_zero())
}

impl Writer {
    fn answer(&mut self, group: Vec<WriteRequest>) {
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
                self.watches.tell_all();
                replies.into_iter().for_each(|reply| drop(reply.send(Err(into_error(fault.clone())))));
            }
        }
    }

    /// Writes the changes, durably, or says why not; only then others see them.
    fn write(&mut self, changes: &[Change]) -> Result<Vec<Result<u64, StoreError>>, Fault> {
        guarded("writing", || {
            let mut staged = Staged::new(&self.index, &self.head);
            let answers = {
                let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
                let staging = changes.iter().map(|change| stage(change, &mut claims, &mut staged));
                staging.collect::<Result<Vec<_>, _>>()?
            };
            if let Some(Group { writes, head, newer }) = staged.finish(&self.head) {
                self.log.commit(&writes, &head)?;
                self.head = head;
                let (runs, inboxes): (Vec<_>, Vec<_>) = (
                    newer.runs.keys().chain(&newer.pruned).copied().collect(),
                    newer.messages.keys().copied().collect(),
                );
                let are_due = !newer.due.is_empty();
                self.index.take_in(newer, head.number.group);
                runs.into_iter().for_each(|run| self.watches.tell_run(run));
                inboxes.into_iter().for_each(|run| self.watches.tell_inbox(run));
                if are_due {
                    self.watches.tell_due();
                }
            }
            self.tell_released(changes);
            Ok(answers)
        })
    }

    /// Who waits for a run to be let go tries again.
    fn tell_released(&self, changes: &[Change]) {
        let released = changes.iter().filter_map(|change| match change {
            Change::Release(claim) => Some(claim.run),
            Change::Record(_)
            | Change::Message { .. }
            | Change::Claim { .. }
            | Change::Hold(_)
            | Change::Prune { .. } => None,
        });
        let released: Vec<_> = released.inspect(|run| self.watches.tell_run(*run)).collect();
        if !released.is_empty() {
            self.watches.tell_due();
        }
    }

    /// Nobody waits for it: without it the groups are read again.
    fn checkpoint_if_due(&mut self) {
        let are_many = self.index.pruned() >= PRUNED_TO_A_CHECKPOINT;
        if are_many || self.head.number.group - self.indexed >= GROUPS_TO_A_CHECKPOINT {
            self.checkpoint();
        }
    }

    fn checkpoint(&mut self) {
        let newest = self.head.number.group;
        if self.dead.get().is_some() || newest == self.indexed {
            return;
        }
        match guarded("writing", || self.index.checkpoint(newest)) {
            Ok(()) => self.indexed = newest,
            Err(fault) => drop(self.dead.set(fault)),
        }
    }

    fn end(mut self) {
        self.checkpoint();
        let Self { log, index, dead, .. } = self;
        // The log has the last handle, which it drops with care.
        drop(index);
        match dead.get() {
            None => log.close(),
            Some(_) => log.abandon(),
        }
    }
}

fn stage(change: &Change, claims: &mut Claims, staged: &mut Staged<'_>) -> Result<Result<u64, StoreError>, Fault> {
    match change.stage(claims, staged) {
        Ok(number) => Ok(Ok(number)),
        Err(Rejection::Refused(error)) => Ok(Err(error)),
        Err(Rejection::Fault(fault)) => Err(fault),
    }
}
