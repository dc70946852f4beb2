//! The first words on a connection: each side says which flowrun it is, before anything is asked. This form is kept by all versions.

use std::io;

use flowrun_engine::store::StoreError;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use crate::{
    frame::{Frame, NOTICE, invalid},
    presence::{Process, ProcessId},
};

/// The version of what is said after the greeting (`wire`). It changes with every change of that.
pub(crate) const PROTOCOL: u32 = 2;

/// Who speaks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Greeting {
    /// The version of flowrun.
    pub(crate) flowrun: String,
    pub(crate) protocol: u32,
    pub(crate) id: ProcessId,
    pub(crate) process: Process,
}

impl Greeting {
    /// This process's.
    pub(crate) fn new(id: ProcessId, process: Process) -> Self {
        Self { flowrun: env!("CARGO_PKG_VERSION").to_owned(), protocol: PROTOCOL, id, process }
    }

    /// Greets, and hears the other's greeting.
    ///
    /// # Errors
    /// When the connection breaks, or the other speaks no flowrun.
    pub(crate) async fn exchange(&self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<Self> {
        let head = serde_json::to_vec(self)?;
        let mut bytes = Vec::new();
        Frame { number: NOTICE, head, blobs: Vec::new() }.write_to(&mut bytes)?;
        stream.write_all(&bytes).await?;
        let frame = Frame::read_from(stream).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
        serde_json::from_slice(&frame.head).map_err(|_| invalid())
    }

    /// Whether the two understand each other.
    ///
    /// # Errors
    /// [`StoreError::OtherProtocol`] if not.
    pub(crate) fn agree(&self, other: &Self) -> Result<(), StoreError> {
        if self.protocol == other.protocol {
            return Ok(());
        }
        Err(StoreError::OtherProtocol {
            owner: other.process.to_string(),
            version: other.flowrun.clone(),
            found: other.protocol,
            own_version: self.flowrun.clone(),
            own: self.protocol,
        })
    }
}
