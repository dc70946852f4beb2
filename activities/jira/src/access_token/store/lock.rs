//! One process at a time changes an access token: a lock on a file beside it, which its process's end releases.

use std::{
    fs::{File, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{StoreError, directory::Directory, directory::io_error};
use crate::access_token::TokenName;

/// A refresh takes seconds; two and a half of the client's timeouts is more than any.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked again.
const INTERVAL: Duration = Duration::from_millis(20);

/// Longer waits are told.
const TOLD_AFTER: Duration = Duration::from_secs(2);

/// The lock of one access token; it ends with this value. Its file stays: another process may have opened it.
#[derive(Debug)]
pub struct Locked {
    name: TokenName,
    _file: File,
}

impl Locked {
    /// Whose lock it is.
    pub fn name(&self) -> &TokenName {
        &self.name
    }

    pub(super) async fn wait(directory: &Directory, name: &TokenName) -> Result<Self, StoreError> {
        Self::wait_for(directory, name, PATIENCE).await
    }

    pub(super) async fn wait_for(
        directory: &Directory,
        name: &TokenName,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let (mut file, path) = directory.open_lock(&format!("{name}.lock"))?;
        let (began, mut told) = (Instant::now(), false);
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(cause)) => return Err(io_error("locked", &path)(cause)),
                Err(TryLockError::WouldBlock) => {}
            }
            let waited = began.elapsed();
            if waited >= patience {
                return Err(StoreError::Locked { name: name.clone(), holder: holder(&mut file), waited: patience });
            }
            if waited >= TOLD_AFTER && !told {
                tracing::info!(access_token = %name, holder = holder(&mut file), "waiting for the lock of an access token");
                told = true;
            }
            sleep(INTERVAL).await;
        }
        // For whoever waits; nothing depends on it.
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { name: name.clone(), _file: file })
    }
}

/// The process that holds the lock, as it wrote into the file.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
