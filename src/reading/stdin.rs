//! Stdin, where a person says so: at a terminal it is told at once what is read, at a pipe after a moment of silence.

use std::{
    io::{self, ErrorKind, IsTerminal, Read},
    sync::atomic::{AtomicBool, Ordering},
};

use super::{KIB, PATIENCE_WITH_STDIN, ReadError, Silence};
use crate::screen::tell_waiting;

/// Whether its end has been read: whoever reads then finds nothing.
static IS_READ: AtomicBool = AtomicBool::new(false);

/// The first bytes of stdin, at most `most`, where `what` is waited for.
pub(crate) fn stdin(what: &str, most: u64) -> Result<Vec<u8>, ReadError> {
    if IS_READ.swap(true, Ordering::Relaxed) {
        return Err(ReadError::ReadAlready);
    }
    let mut stdin = io::stdin().lock();
    if stdin.is_terminal() {
        tell_waiting(&format!("{what}, from this terminal up to Ctrl-D"));
        let mut bytes = Vec::new();
        stdin.take(most).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    let (mut bytes, mut piece) = (Vec::new(), vec![0; 64 * KIB as usize]);
    while (bytes.len() as u64) < most {
        await_stdin(what)?;
        let wanted = usize::try_from(most - bytes.len() as u64).unwrap_or(usize::MAX).min(piece.len());
        match stdin.read(&mut piece[..wanted]) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(bytes)
}

/// Waits until something comes through stdin, or it ends.
#[cfg(unix)]
pub(crate) fn await_stdin(what: &str) -> Result<(), ReadError> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let what = format!("{what}, on stdin");
    let mut silence = Silence::new(&what, PATIENCE_WITH_STDIN);
    let pause = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
    let stdin = io::stdin();
    loop {
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&pause)) {
            Ok(0) => silence.goes_on()?,
            Ok(_) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(io::Error::from(error).into()),
        }
    }
}

/// Nothing tells here whether something has come.
#[cfg(not(unix))]
pub(crate) fn await_stdin(_: &str) -> Result<(), ReadError> {
    Ok(())
}
