//! The note beside the log: what was true of it when the last group became durable.
//!
//! It lies in two slots that are overwritten in turn, each with a checksum: damage to one, or a write that a power cut tore,
//! leaves the other. A slot has a page of its own.

use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use super::{
    files,
    piece::{Chain, Head},
    walk::segment::read_at,
};

/// The note's file.
const FILE: &str = "note";
const SLOT: u64 = 4096;
const MAGIC: &[u8; 8] = b"flowlog2";
const CONTENT: usize = 8 + 8 + 8 + 16 + 8 + 8;
const LENGTH: usize = CONTENT + 4;

/// What is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Counts the writes of the note itself.
    pub(super) turn: u64,
    /// The number of the newest group.
    pub(super) groups: u64,
    /// The chain up to its newest piece.
    pub(super) chain: Chain,
    /// Up to this position the log was whole.
    pub(super) end: i64,
    /// How many bytes `db` had when the store was closed; 0 while it is open, when sled may shorten it.
    pub(super) length: u64,
}

/// What the file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// There is none.
    Missing,
    /// No slot can be read.
    Broken,
    /// A note; `whole` says whether both slots could be read.
    Note {
        /// The newer slot's.
        note: Note,
        /// Whether the other slot can be read too.
        whole: bool,
    },
}

impl Note {
    /// What is to be noted after this piece.
    pub(super) fn of(head: &Head, turn: u64, end: i64) -> Self {
        Self { turn, groups: head.number.group, chain: head.chain, end, length: 0 }
    }

    fn to_bytes(self) -> [u8; LENGTH] {
        let [turn, groups, end, length] =
            [self.turn, self.groups, self.end.cast_unsigned(), self.length].map(u64::to_le_bytes);
        let parts: [&[u8]; 6] = [MAGIC, &turn, &groups, &self.chain, &end, &length];
        let mut bytes = [0; LENGTH];
        bytes[..CONTENT].copy_from_slice(&parts.concat());
        let checksum = crc32fast::hash(&bytes[..CONTENT]);
        bytes[CONTENT..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; LENGTH]) -> Option<Self> {
        let (content, checksum) = bytes.split_at(CONTENT);
        let right = content.starts_with(MAGIC) && checksum == crc32fast::hash(content).to_le_bytes();
        let number = |at: usize| u64::from_le_bytes(content[at..at + 8].try_into().expect("8 bytes"));
        right.then(|| Self {
            turn: number(8),
            groups: number(16),
            chain: content[24..40].try_into().expect("16 bytes"),
            end: number(40).cast_signed(),
            length: number(48),
        })
    }
}

/// Reads the note of a store.
pub(super) fn read(store: &Path) -> io::Result<Found> {
    let file = match File::open(store.join(FILE)) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Missing),
        Err(error) => return Err(error),
    };
    let slots = [slot(&file, 0)?, slot(&file, 1)?];
    let newest = slots.iter().flatten().max_by_key(|note| note.turn);
    Ok(match newest {
        None => Found::Broken,
        Some(note) => Found::Note { note: *note, whole: slots.iter().all(Option::is_some) },
    })
}

fn slot(file: &File, index: u64) -> io::Result<Option<Note>> {
    let mut bytes = [0; LENGTH];
    let there = read_at(file, &mut bytes, index * SLOT)?;
    Ok(Note::from_bytes(&bytes).filter(|note| there == LENGTH && note.turn % 2 == index))
}

/// The note's file, open to be written.
#[derive(Debug)]
pub(super) struct Notebook {
    file: File,
}

impl Notebook {
    /// Opens the file, and writes `note` into both slots, durably. A file that is not there, or cannot be read, is
    /// replaced as a whole.
    pub(super) fn open(store: &Path, found: Found, note: &mut Note) -> io::Result<Self> {
        let path = store.join(FILE);
        if let Found::Note { .. } = found {
            let notebook = Self { file: File::options().read(true).write(true).open(path)? };
            notebook.write_both(note)?;
            return Ok(notebook);
        }
        let new = store.join("note.new");
        let file = File::options().create(true).truncate(true).read(true).write(true).open(&new)?;
        let notebook = Self { file };
        notebook.write_both(note)?;
        fs::rename(&new, path)?;
        files::sync(store)?;
        Ok(notebook)
    }

    /// Writes the note into the slot whose turn it is. It reaches the disk when the kernel thinks so.
    pub(super) fn write(&self, note: &mut Note) -> io::Result<()> {
        note.turn += 1;
        write_all_at(&self.file, &note.to_bytes(), note.turn % 2 * SLOT)
    }

    /// Writes the note into both slots, durably: damage to one takes nothing.
    pub(super) fn write_both(&self, note: &mut Note) -> io::Result<()> {
        self.write(note)?;
        self.write(note)?;
        self.file.sync_all()
    }

    /// The file.
    pub(super) fn file(&self) -> &File {
        &self.file
    }
}

/// Where the note of a store lies.
pub(super) fn path(store: &Path) -> PathBuf {
    store.join(FILE)
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], place: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, place)
}

#[cfg(windows)]
fn write_all_at(file: &File, bytes: &[u8], place: u64) -> io::Result<()> {
    let written = std::os::windows::fs::FileExt::seek_write(file, bytes, place)?;
    if written == bytes.len() { Ok(()) } else { Err(ErrorKind::WriteZero.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(groups: u64) -> Note {
        Note { turn: 0, groups, chain: [7; 16], end: 1 << 40, length: 3 }
    }

    #[test]
    fn any_damage_to_a_slot_leaves_the_other() {
        let directory = tempfile::tempdir().unwrap();
        let (mut one, mut two) = (noted(1), noted(2));
        let notebook = Notebook::open(directory.path(), Found::Missing, &mut one).unwrap();
        two.turn = one.turn;
        notebook.write(&mut two).unwrap();
        assert_eq!(read(directory.path()).unwrap(), Found::Note { note: two, whole: true });

        let whole = fs::read(path(directory.path())).unwrap();
        let (newer, older) = (two.turn % 2 * SLOT, one.turn % 2 * SLOT);
        for at in 0..LENGTH as u64 {
            for (slot, left) in [(newer, one), (older, two)] {
                let mut bytes = whole.clone();
                bytes[(slot + at) as usize] ^= 1 << (at % 8);
                fs::write(path(directory.path()), bytes).unwrap();
                assert_eq!(read(directory.path()).unwrap(), Found::Note { note: left, whole: false }, "byte {at}");
            }
        }
    }

    #[test]
    fn a_note_that_cannot_be_read_is_no_note() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(read(directory.path()).unwrap(), Found::Missing);
        for bytes in [vec![], vec![0; 2 * SLOT as usize], vec![0xff; LENGTH]] {
            fs::write(path(directory.path()), bytes).unwrap();
            assert_eq!(read(directory.path()).unwrap(), Found::Broken);
        }
    }
}
