//! The asynchronous runtime, where the machine gives it threads. tokio panics where it can start none, and waits for ever where it
//! gets some and no more: so as many as a command needs are started, and ended, before.

use std::{
    io,
    sync::mpsc::{Receiver, channel},
    thread::{self, JoinHandle, available_parallelism},
};

use tokio::runtime::Runtime;

/// Those that read files, ask for addresses, or keep the store (by measurement: a run has nineteen), besides the runtime's own.
const OTHERS: usize = 16;

/// The runtime of a command.
///
/// # Errors
/// When the machine does not give enough threads for it.
pub(super) fn runtime() -> io::Result<Runtime> {
    let workers = available_parallelism().map_or(1, usize::from);
    try_threads(workers + OTHERS, |work| thread::Builder::new().spawn(work))?;
    Runtime::new()
}

/// Starts so many threads at once, and ends them.
fn try_threads(count: usize, start: impl Fn(Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>>) -> io::Result<()> {
    let mut ends = Vec::new();
    let mut failed = Ok(());
    for _ in 0..count {
        let (end, ended): (_, Receiver<()>) = channel();
        // Each lasts until its other end is dropped.
        match start(Box::new(move || {
            let _dropped = ended.recv();
        })) {
            Ok(thread) => ends.push((end, thread)),
            Err(error) => {
                failed = Err(error);
                break;
            }
        }
    }
    for (end, thread) in ends {
        drop(end);
        thread.join().map_err(|_| io::Error::other("a thread ended too early"))?;
    }
    failed
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn threads_that_cannot_be_started_are_an_error() {
        for given in 0..6 {
            let left = Cell::new(given);
            let start = |work| match left.get() {
                0 => Err(io::ErrorKind::WouldBlock.into()),
                some => {
                    left.set(some - 1);
                    thread::Builder::new().spawn(work)
                }
            };
            assert_eq!(try_threads(5, start).is_ok(), given == 5, "{given}");
        }
    }
}
