//! One time over the log, message by message.

use std::{collections::BTreeMap, fs::File, io, path::Path};

use super::{
    message::{self, LONGEST_HEAD, Message},
    segment::{self, HEADER, SEGMENT},
};

/// A pass over some segments, in the order of their positions.
pub(super) struct Pass<'log> {
    log: &'log File,
    blobs: &'log Path,
    /// Position → place of those not read yet.
    segments: BTreeMap<i64, u64>,
    /// Nothing behind this is taken.
    bound: Option<i64>,
    /// Whether what is broken is passed over, to the next segment.
    passes_over: bool,
    /// The segment that is being read: its place, if there is one, and its bytes.
    place: Option<u64>,
    bytes: Vec<u8>,
    /// Where the pass is; at last, where it ended. `None` before the first segment.
    pub(super) at: Option<i64>,
    /// The last that was read is the mark that closes a segment.
    pub(super) capped: bool,
    /// What was passed over: the segment's place, and where in it.
    pub(super) passed_over: Vec<(u64, usize)>,
}

impl<'log> Pass<'log> {
    /// A pass that ends at the first message that is not right.
    pub(super) fn to_the_first_fault(
        log: &'log File,
        blobs: &'log Path,
        segments: BTreeMap<i64, u64>,
        bound: Option<i64>,
    ) -> Self {
        Self {
            log,
            blobs,
            segments,
            bound,
            passes_over: false,
            place: None,
            bytes: Vec::new(),
            at: None,
            capped: false,
            passed_over: Vec::new(),
        }
    }

    /// A pass up to `bound` that goes on in the next segment where a message is not right.
    pub(super) fn over_all(log: &'log File, blobs: &'log Path, segments: BTreeMap<i64, u64>, bound: i64) -> Self {
        Self { passes_over: true, ..Self::to_the_first_fault(log, blobs, segments, Some(bound)) }
    }

    /// The place of the segment in which the pass ended; `None` if that is used up.
    pub(super) fn place(&self) -> Option<u64> {
        self.place
    }

    /// Goes to the end.
    pub(super) fn run(&mut self) -> io::Result<()> {
        loop {
            let inside = segment::inside(self.at.unwrap_or(0));
            if !(HEADER..=SEGMENT - LONGEST_HEAD).contains(&inside) {
                self.place = None;
            }
            if self.place.is_none() && !self.next_segment()? {
                return Ok(());
            }
            let (Some(at), Some(place)) = (self.at, self.place) else { return Ok(()) };
            if self.bound.is_some_and(|bound| at > bound) {
                return Ok(());
            }
            let inside = segment::inside(at);
            let length = match message::read(&self.bytes, inside, segment::number(at), SEGMENT) {
                Message::Whole(length) => length,
                Message::Blob(blob, length) if self.blob_is_readable(blob)? => length,
                Message::Batch(last, length) if self.bound.is_none_or(|bound| last <= bound) => length,
                Message::Cap => {
                    (self.place, self.capped) = (None, true);
                    continue;
                }
                Message::Broken if self.passes_over => {
                    self.passed_over.push((place, inside));
                    self.place = None;
                    continue;
                }
                Message::Blob(..) | Message::Batch(..) | Message::Broken | Message::Unreadable => return Ok(()),
            };
            self.at = Some(at + length as i64);
        }
    }

    fn next_segment(&mut self) -> io::Result<bool> {
        let Some((&position, &place)) = self.segments.first_key_value() else { return Ok(false) };
        if self.bound.is_some_and(|bound| position > bound) || segment::inside(position) != 0 {
            return Ok(false);
        }
        self.segments.remove(&position);
        segment::read(self.log, place, &mut self.bytes)?;
        self.place = Some(place);
        self.at = Some(position + HEADER as i64);
        self.capped = false;
        Ok(true)
    }

    /// sled goes on where the file is not there at all, and stops where it is damaged.
    fn blob_is_readable(&self, blob: i64) -> io::Result<bool> {
        match std::fs::read(self.blobs.join(blob.to_string())) {
            Ok(bytes) => Ok(bytes.len() >= 5 && bytes[..4] == crc32fast::hash(&bytes[4..]).to_le_bytes()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(error),
        }
    }
}
