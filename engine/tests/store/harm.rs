//! What a bad disk or a clumsy hand does to the files of a store.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use crate::model::Chance;

/// sled's segments.
const SEGMENT: u64 = 512 << 10;

/// A kind of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One bit is another.
    Bit,
    /// 512 bytes are zero.
    Block,
    /// The file ends here.
    Cut,
}

/// Where in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the last bytes that are in use.
    Newest,
    /// Half way.
    Middle,
    /// The first bytes of the last segment that is in use.
    Header,
    /// The file's first bytes.
    Beginning,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Bit, Self::Block, Self::Cut];

    /// Damages `file` at byte `at`; whether that changed it.
    pub(crate) fn harm(self, file: &Path, at: u64, bit: u32) -> bool {
        let before = fs::read(file).unwrap();
        let handle = File::options().write(true).open(file).unwrap();
        match self {
            Self::Bit => handle.write_all_at(&[before[at as usize] ^ (1 << (bit % 8))], at).unwrap(),
            Self::Block => {
                let begin = at / 512 * 512;
                let length = (before.len() as u64 - begin).min(512);
                handle.write_all_at(&vec![0; length as usize], begin).unwrap();
            }
            Self::Cut => handle.set_len(at).unwrap(),
        }
        fs::read(file).unwrap() != before
    }
}

impl Place {
    pub(crate) const ALL: [Self; 4] = [Self::Newest, Self::Middle, Self::Header, Self::Beginning];

    /// The byte in `file`; `None` if nothing in it is in use.
    pub(crate) fn of(self, file: &Path) -> Option<u64> {
        let last = used(file)? - 1;
        Some(match self {
            Self::Newest => last.saturating_sub(1),
            Self::Middle => last / 2,
            Self::Header => last / SEGMENT * SEGMENT + 6,
            Self::Beginning => 2,
        })
    }
}

/// So many bytes of the file are in use: up to the last that is not zero.
fn used(file: &Path) -> Option<u64> {
    let bytes = fs::read(file).unwrap();
    Some(bytes.iter().rposition(|byte| *byte != 0)? as u64 + 1)
}

/// The store's newest snapshot.
pub(crate) fn snapshot(store: &Path) -> Option<PathBuf> {
    let paths = fs::read_dir(store).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("snap.")).max()
}

/// Damages a file of the store by chance; in words what was done, `None` if it changed nothing.
pub(crate) fn by_chance(store: &Path, chance: &mut Chance) -> Option<String> {
    let file = match chance.below(20) {
        0 | 1 => snapshot(store).unwrap_or_else(|| store.join("db")),
        2 => store.join("conf"),
        3 => store.join("note"),
        _ => store.join("db"),
    };
    let used = used(&file)?;
    // Often near the newest part, which need not be the end of the file.
    let at = match chance.below(3) {
        0 => used - 1 - chance.below(used.min(100_000)),
        _ => chance.below(used),
    };
    let kind = [Kind::Bit, Kind::Bit, Kind::Block, Kind::Block, Kind::Cut][chance.below(5) as usize];
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    kind.harm(&file, at, chance.below(8) as u32).then(|| format!("{name}: {kind:?} at {at} of {used}"))
}
