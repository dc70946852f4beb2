//! The groups in which the store writes, numbered and chained: each is one batch, and the newest is named in it.

use std::collections::BTreeMap;

use hmac_sha256::Hash;

use super::{fault::Fault, keys, read::Source};

/// Writes by key; `None` removes.
pub(super) type Writes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A hash over the writes of all groups so far.
pub(super) type Chain = [u8; 32];

const LENGTH: usize = 8 + 32 + 32 + 8;

/// The newest group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    /// Its number, from 1; 0 before the first.
    pub(super) number: u64,
    /// The chain up to it.
    pub(super) chain: Chain,
    /// The chain up to the group before.
    pub(super) before: Chain,
    /// How many records all journals have together.
    pub(super) records: u64,
}

impl Group {
    /// The next group, which makes these writes; `records` of them are new records.
    pub(super) fn next(&self, writes: &Writes, records: u64) -> Self {
        Self {
            number: self.number + 1,
            chain: chained(&self.chain, writes),
            before: self.chain,
            records: self.records + records,
        }
    }

    /// The newest group of a database; `None` if an earlier version wrote it, which did not count.
    pub(super) fn newest(database: &::sled::Db) -> Result<Option<Self>, Fault> {
        let Some(stored) = Source::get(database, keys::GROUP)? else { return Ok(None) };
        let group = stored.as_ref().try_into().ok().map(Self::from_bytes);
        group.map(Some).ok_or_else(|| Fault::Damaged("its newest group cannot be read".to_owned()))
    }

    /// What lies at [`keys::GROUP`].
    pub(super) fn to_bytes(self) -> Vec<u8> {
        [&self.number.to_be_bytes()[..], &self.chain, &self.before, &self.records.to_be_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8; LENGTH]) -> Self {
        let number = |at: usize| u64::from_be_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
        let chain = |at: usize| bytes[at..at + 32].try_into().expect("32 bytes");
        Self { number: number(0), chain: chain(8), before: chain(40), records: number(72) }
    }
}

fn chained(chain: &Chain, writes: &Writes) -> Chain {
    let mut hasher = Hash::new();
    hasher.update(chain);
    for (key, value) in writes {
        hasher.update((key.len() as u64).to_be_bytes());
        hasher.update(key);
        // No value is as long as what stands for none.
        hasher.update(value.as_ref().map_or(u64::MAX, |value| value.len() as u64).to_be_bytes());
        hasher.update(value.as_deref().unwrap_or_default());
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writes(of: &[(&str, Option<&str>)]) -> Writes {
        of.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.map(|value| value.as_bytes().to_vec()))).collect()
    }

    #[test]
    fn a_chain_tells_apart_what_is_written() {
        let all = [
            writes(&[]),
            writes(&[("a", None)]),
            writes(&[("a", Some(""))]),
            writes(&[("a", Some("b"))]),
            writes(&[("ab", Some(""))]),
            writes(&[("a", Some("")), ("b", Some(""))]),
        ];
        let first = Group::default();
        let mut chains: Vec<_> = all.iter().map(|writes| first.next(writes, 0).chain).collect();
        chains.push(first.next(&all[3], 0).next(&all[3], 0).chain);
        let count = chains.len();
        chains.sort_unstable();
        chains.dedup();
        assert_eq!(chains.len(), count);
    }

    #[test]
    fn a_group_is_read_as_it_was_written() {
        let group = Group::default().next(&writes(&[("a", Some("b"))]), 1).next(&writes(&[("c", None)]), 2);
        assert_eq!((group.number, group.records), (2, 3));
        let bytes: [u8; LENGTH] = group.to_bytes().try_into().unwrap();
        assert_eq!(Group::from_bytes(&bytes), group);
    }
}
