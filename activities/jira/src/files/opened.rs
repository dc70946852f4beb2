//! A file that was opened once: its digest is taken and its content sent from the same handle, and what differs between
//! the two is an error, not a corrupt upload.

use std::{
    fs::File,
    io::{self, Read, Seek},
    path::Path,
    sync::Arc,
};

use futures_util::{TryStream, stream};
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use super::FileError;

/// How much of a file is in memory at a time, in bytes.
const PIECE: u64 = 256 * 1024;

/// An open file.
#[derive(Clone, Debug)]
pub(crate) struct OpenedFile {
    /// As it was asked for.
    path: String,
    /// Its length when it was opened, in bytes.
    size: u64,
    handle: Arc<File>,
}

/// A file that is being read from its beginning.
struct Reading {
    file: OpenedFile,
    left: u64,
    digest: Sha256,
    /// What the digest must come to.
    expected: Option<String>,
}

impl OpenedFile {
    pub(super) fn new(path: String, handle: Arc<File>) -> Result<Self, FileError> {
        match handle.metadata() {
            Ok(metadata) => Ok(Self { path, size: metadata.len(), handle }),
            Err(cause) => Err(FileError::Unreadable { path, cause }),
        }
    }

    /// The last part of its path: its name.
    pub(crate) fn name(&self) -> &str {
        Path::new(&self.path).file_name().and_then(|name| name.to_str()).unwrap_or(&self.path)
    }

    /// Its length when it was opened, in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The SHA-256 of its content, in hexadecimal digits.
    pub(crate) async fn sha256(&self) -> Result<String, FileError> {
        let mut reading = Reading::new(self.clone(), None);
        let digest = spawn_blocking(move || {
            loop {
                reading.piece()?;
                if reading.left == 0 {
                    return Ok(hexadecimal(reading.digest));
                }
            }
        });
        digest.await.unwrap_or_else(|stopped| Err(self.unreadable(io::Error::other(stopped))))
    }

    /// Its content in pieces, whose digest must be `sha256`. The last piece is given only after all were found right.
    pub(crate) fn content(&self, sha256: String) -> impl TryStream<Ok = Vec<u8>, Error = FileError> + Send + 'static {
        let reading = Reading::new(self.clone(), Some(sha256));
        stream::try_unfold(Some(reading), async |reading| {
            let Some(mut reading) = reading else { return Ok(None) };
            let file = reading.file.clone();
            let read = spawn_blocking(move || Ok((reading.piece()?, (reading.left > 0).then_some(reading))));
            let read = read.await.unwrap_or_else(|stopped| Err(file.unreadable(io::Error::other(stopped))));
            read.map(Some)
        })
    }

    fn unreadable(&self, cause: io::Error) -> FileError {
        FileError::Unreadable { path: self.path.clone(), cause }
    }
}

impl Reading {
    fn new(file: OpenedFile, expected: Option<String>) -> Self {
        Self { left: file.size, file, digest: Sha256::new(), expected }
    }

    /// The next piece.
    fn piece(&mut self) -> Result<Vec<u8>, FileError> {
        let wanted = self.left.min(PIECE);
        let piece = self.read(wanted).map_err(|cause| self.file.unreadable(cause))?;
        self.digest.update(&piece);
        self.left -= piece.len() as u64;
        let is_short = (piece.len() as u64) < wanted;
        if is_short || (self.left == 0 && self.has_changed()?) {
            return Err(FileError::Changed { path: self.file.path.clone() });
        }
        Ok(piece)
    }

    fn read(&self, wanted: u64) -> io::Result<Vec<u8>> {
        let mut handle = &*self.file.handle;
        if self.left == self.file.size {
            handle.rewind()?;
        }
        let mut piece = Vec::new();
        handle.take(wanted).read_to_end(&mut piece)?;
        Ok(piece)
    }

    /// Whether the file, read as far as it went, is not what it was, or goes on.
    fn has_changed(&self) -> Result<bool, FileError> {
        let expected = self.expected.as_ref();
        let differs = expected.is_some_and(|expected| *expected != hexadecimal(self.digest.clone()));
        let further = (&*self.file.handle).read(&mut [0]).map_err(|cause| self.file.unreadable(cause))?;
        Ok(differs || further > 0)
    }
}

/// A digest in hexadecimal digits.
pub(crate) fn hexadecimal(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
