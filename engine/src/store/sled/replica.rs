//! A new store that is filled from another one: by whole pieces for a backup, by what is in them where runs are left out.
//!
//! What is written becomes durable some MiB at a time, and nobody waits for it: a store that was not finished is of no use, and is not
//! put anywhere.

use std::path::Path;

use super::{
    content::Content,
    disk,
    fault::Fault,
    groups, index,
    log::Log,
    open::{self, Opened},
    piece::{self, Head},
    recent::Recent,
    value::{LARGEST, Stored, Write},
};
use crate::store::sled::keys;

/// So much is written with one sync.
const ENOUGH: usize = 4 << 20;

/// So many records are known before they go to the index on the disk.
const RECORDS_TO_A_CHECKPOINT: usize = 1 << 16;

/// A store that is being filled.
pub(super) struct Replica {
    database: ::sled::Db,
    log: Log,
    /// Its newest piece.
    head: Head,
    writes: Vec<Write>,
    bytes: usize,
    /// The pieces among `writes`, which are not in the index yet.
    pending: Vec<Head>,
    recent: Recent,
    learnt: usize,
}

impl Replica {
    /// A new store in `path`, where there is none.
    pub(super) fn begin(path: &Path) -> Result<Self, Fault> {
        let Opened { index, head, log, .. } = open::open(path, "a copy")?;
        if head != Head::default() {
            return Err(Fault::Damaged("the place of a new store has a store already".to_owned()));
        }
        let database = index.database().clone();
        let (writes, pending, recent) = (Vec::new(), Vec::new(), Recent::default());
        Ok(Self { database, log, head, writes, bytes: 0, pending, recent, learnt: 0 })
    }

    /// Its newest piece.
    pub(super) fn head(&self) -> Head {
        self.head
    }

    /// Writes the parts that some content has elsewhere.
    pub(super) fn take_parts(&mut self, from: &::sled::Db, content: &Content<'_>) -> Result<(), Fault> {
        for value in content.values() {
            let Stored::InParts { hash, length } = value else { continue };
            for part in 0..u32::try_from(length.div_ceil(LARGEST as u64)).unwrap_or(u32::MAX) {
                let key = keys::part(&hash, part);
                let found = disk::get(from, &key)?;
                let found = found.ok_or_else(|| Fault::Damaged("a part of a value is missing".to_owned()))?;
                self.put((key, found.to_vec()));
            }
        }
        Ok(())
    }

    /// Writes pieces, in order, of which the last is `head`.
    pub(super) fn take_pieces(&mut self, pieces: Vec<Write>, head: Head) -> Result<(), Fault> {
        for (key, stored) in pieces {
            let number = keys::piece_number(&key).ok_or_else(|| Fault::Damaged("a piece has no number".to_owned()))?;
            self.pending.push(Head::told(number, &stored)?);
            self.put((key, stored));
        }
        self.head = head;
        if self.bytes >= ENOUGH { self.commit() } else { Ok(()) }
    }

    fn put(&mut self, write: Write) {
        self.bytes += write.0.len() + write.1.len();
        self.writes.push(write);
    }

    fn commit(&mut self) -> Result<(), Fault> {
        self.log.commit(&std::mem::take(&mut self.writes), &self.head)?;
        self.bytes = 0;
        for head in std::mem::take(&mut self.pending) {
            let stored = disk::piece(&self.database, head.number)?;
            for (place, content) in piece::contents(head.number, &piece::body(&stored)?)? {
                groups::learn(&self.database, &mut self.recent, place, &content)?;
                self.learnt += 1;
            }
        }
        if self.learnt >= RECORDS_TO_A_CHECKPOINT { self.checkpoint() } else { Ok(()) }
    }

    fn checkpoint(&mut self) -> Result<(), Fault> {
        self.learnt = 0;
        index::write(&self.database, &std::mem::take(&mut self.recent), self.head.number.group)
    }

    /// Makes all of it durable, and closes it.
    pub(super) fn finish(mut self) -> Result<(), Fault> {
        self.commit()?;
        self.checkpoint()?;
        let Self { database, log, .. } = self;
        drop(database);
        log.close();
        Ok(())
    }
}
