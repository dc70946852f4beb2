//! What goes over a socket: frames of a bounded length. A frame has the number of a request, a head in JSON, and byte strings beside it
//! (records, messages and definitions, as they are kept).
//!
//! ```text
//!   length u32 · number u64 · length of the head u32 · head · (length u32 · bytes)*       all little-endian
//! ```

use std::io::{self, ErrorKind};

use tokio::io::{AsyncRead, AsyncReadExt};

/// Larger ones are not sent, and not believed. A record of a run is far smaller.
const LARGEST: usize = 256 << 20;

/// The number of a frame that answers nothing.
pub(crate) const NOTICE: u64 = 0;

/// One frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Which request it is, or answers.
    pub(crate) number: u64,
    pub(crate) head: Vec<u8>,
    pub(crate) blobs: Vec<Vec<u8>>,
}

impl Frame {
    /// Adds it to what is written next.
    ///
    /// # Errors
    /// When it is too large.
    pub(crate) fn write_to(&self, buffer: &mut Vec<u8>) -> io::Result<()> {
        let length = 12 + self.head.len() + self.blobs.iter().map(|blob| 4 + blob.len()).sum::<usize>();
        if length > LARGEST {
            return Err(io::Error::new(
                ErrorKind::InvalidInput,
                format!("{length} bytes are too many for one request"),
            ));
        }
        buffer.extend(length_bytes(length));
        buffer.extend(self.number.to_le_bytes());
        for part in std::iter::once(&self.head).chain(&self.blobs) {
            buffer.extend(length_bytes(part.len()));
            buffer.extend(part);
        }
        Ok(())
    }

    /// Reads the next one; `None` at the end.
    ///
    /// # Errors
    /// When it is cut off, or is none.
    pub(crate) async fn read_from(input: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let length = match input.read_u32_le().await {
            Ok(length) => length as usize,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        };
        if length > LARGEST {
            return Err(invalid());
        }
        let mut bytes = Vec::new();
        // Room is made as bytes come: the length alone is no reason to believe that they will.
        input.take(length as u64).read_to_end(&mut bytes).await?;
        if bytes.len() < length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Self::of(&bytes).map(Some)
    }

    fn of(bytes: &[u8]) -> io::Result<Self> {
        let (number, mut rest) = bytes.split_first_chunk().ok_or_else(invalid)?;
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let (length, after) = rest.split_first_chunk().ok_or_else(invalid)?;
            let (part, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(invalid)?;
            parts.push(part.to_vec());
            rest = after;
        }
        let mut parts = parts.into_iter();
        let head = parts.next().ok_or_else(invalid)?;
        Ok(Self { number: u64::from_le_bytes(*number), head, blobs: parts.collect() })
    }
}

fn length_bytes(length: usize) -> [u8; 4] {
    u32::try_from(length).expect("within the largest").to_le_bytes()
}

pub(crate) fn invalid() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "what came through the socket is no frame of flowrun's")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_come_as_they_went() {
        let frames = [
            Frame { number: 1, head: b"{}".to_vec(), blobs: Vec::new() },
            Frame { number: u64::MAX, head: Vec::new(), blobs: vec![Vec::new(), vec![7; 70_000]] },
        ];
        let mut bytes = Vec::new();
        frames.iter().for_each(|frame| frame.write_to(&mut bytes).unwrap());
        let mut input = bytes.as_slice();
        for frame in frames {
            assert_eq!(Frame::read_from(&mut input).await.unwrap(), Some(frame));
        }
        assert_eq!(Frame::read_from(&mut input).await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_is_no_frame_is_refused() {
        let mut whole = Vec::new();
        Frame { number: 1, head: b"{}".to_vec(), blobs: vec![vec![1; 9]] }.write_to(&mut whole).unwrap();
        for cut in 4..whole.len() {
            assert!(Frame::read_from(&mut &whole[..cut]).await.is_err(), "{cut}");
        }
        let too_long = [&u32::MAX.to_le_bytes()[..], &[0; 32]].concat();
        assert!(Frame::read_from(&mut too_long.as_slice()).await.is_err());
        for at in 12..16 {
            let mut wrong = whole.clone();
            wrong[at] ^= 0x55;
            assert!(Frame::read_from(&mut wrong.as_slice()).await.is_err(), "{at}");
        }
    }
}
