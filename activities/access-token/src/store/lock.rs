//! One process at a time changes an access token: a lock on a file beside it, which its process's end releases.
//!
//! Only who holds the lock removes its file, as the last thing. So whoever got the lock of a file that is still at its path has
//! the only one; who finds that it is not waits for the lock of the file that is there now.

use std::{
    fs::{File, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{
    StoreError,
    directory::{Directory, io_error, is_at},
    error::whoever,
};
use crate::TokenName;

/// A refresh takes seconds; two and a half of the client's timeouts is more than any.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked again.
const INTERVAL: Duration = Duration::from_millis(20);

/// Longer waits are told.
const TOLD_AFTER: Duration = Duration::from_secs(2);

/// The lock of one access token; it ends with this value.
#[derive(Debug)]
pub struct TokenLock {
    name: TokenName,
    _file: File,
}

impl TokenLock {
    /// Whose lock it is.
    pub fn name(&self) -> &TokenName {
        &self.name
    }

    /// Ends it, of an access token that is no more. Where its file cannot be removed it stays, and does no harm.
    pub(super) fn remove(self, directory: &Directory) {
        if cfg!(unix) {
            let _ = directory.remove(&file_of(&self.name));
        }
    }

    /// Gets it, or gives up after `patience`.
    #[expect(clippy::disallowed_methods, reason = "tokio's timers wait here")]
    pub(super) async fn wait(directory: &Directory, name: &TokenName, patience: Duration) -> Result<Self, StoreError> {
        let (mut file, path) = directory.open_lock(&file_of(name))?;
        let (began, mut told) = (Instant::now(), false);
        loop {
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => break,
                // Its holder removed it: the one that is there now is waited for.
                Ok(()) => (file, _) = directory.open_lock(&file_of(name))?,
                Err(TryLockError::Error(cause)) => return Err(io_error("locked", &path)(cause)),
                Err(TryLockError::WouldBlock) => {}
            }
            let waited = began.elapsed();
            if waited >= patience {
                return Err(StoreError::Locked { name: name.clone(), holder: holder(&mut file), waited: patience });
            }
            if waited >= TOLD_AFTER && !told {
                let holder = whoever(holder(&mut file).as_ref());
                tracing::info!("waiting for {holder}, which has the lock of the access token `{name}`");
                told = true;
            }
            sleep(INTERVAL).await;
        }
        // For whoever waits; nothing depends on it.
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { name: name.clone(), _file: file })
    }
}

fn file_of(name: &TokenName) -> String {
    format!("{name}.lock")
}

/// The process that holds the lock, as it wrote into the file.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
