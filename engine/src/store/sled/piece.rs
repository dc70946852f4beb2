//! A group's pieces: whole records of any runs, 4 KB at most, each chained to the piece before it.
//!
//! sled recovers a beginning of what was written: of a group that a kill tore some pieces are there, whole, and the chain goes on
//! from the last of them.

use std::borrow::Cow;

use hmac_sha256::Hash;

use super::{
    content::{self, Content},
    fault::Fault,
    keys, number,
    pack::{pack, unpack},
    place::{PieceNumber, Place},
    value::{LARGEST, Write},
};

/// A hash over all pieces so far. It tells apart what chance would make of them.
pub(super) type Chain = [u8; CHAIN];

const CHAIN: usize = 16;

/// Its content as it is. So was all before there was [`PACKED`].
const PLAIN: u8 = 1;

/// Its content is packed.
const PACKED: u8 = 2;

const HEAD: usize = 1 + CHAIN;

/// The newest piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// Which; group 0 before the first.
    pub(super) number: PieceNumber,
    /// The chain up to it.
    pub(super) chain: Chain,
}

/// A group that is being made.
#[derive(Debug)]
pub(super) struct NewGroup {
    number: u64,
    /// What lies in the pieces, without their heads.
    pieces: Vec<Vec<u8>>,
    /// How many slots the last of them has.
    slots: u16,
}

impl NewGroup {
    /// The group after `head`.
    pub(super) fn after(head: &Head) -> Self {
        Self { number: head.number.group + 1, pieces: Vec::new(), slots: 0 }
    }

    /// Puts something into the group, and says where it lies.
    pub(super) fn put(&mut self, content: &[u8]) -> Place {
        let room = |piece: &Vec<u8>| HEAD + piece.len() + content.len() + 2 <= LARGEST;
        if !self.pieces.last().is_some_and(room) {
            self.pieces.push(Vec::new());
            self.slots = 0;
        }
        let index = self.pieces.len() - 1;
        number::put_counted(&mut self.pieces[index], content);
        self.slots += 1;
        let piece = u16::try_from(index).expect("a group has fewer things in it than there are numbers");
        Place { piece: PieceNumber { group: self.number, piece }, slot: self.slots - 1 }
    }

    /// How many pieces it has so far.
    pub(super) fn pieces(&self) -> usize {
        self.pieces.len()
    }

    /// What lies at a place of this group; `None` if that is another group's.
    pub(super) fn content(&self, place: Place) -> Option<&[u8]> {
        let body = self.pieces.get(usize::from(place.piece.piece)).filter(|_| place.piece.group == self.number)?;
        Slots(body).nth(usize::from(place.slot))?
    }

    /// The pieces as they are written, in order, and the newest of them; `None` if there is nothing in them.
    pub(super) fn finish(self, before: &Head) -> Option<(Vec<Write>, Head)> {
        let mut head = *before;
        let mut writes = Vec::with_capacity(self.pieces.len());
        for (piece, body) in (0..).zip(&self.pieces) {
            let packed = pack(body);
            let (form, body) = packed.as_deref().map_or((PLAIN, &body[..]), |packed| (PACKED, packed));
            head = head.next(PieceNumber { group: self.number, piece }, form, body);
            writes.push((keys::piece(head.number), [&[form], &head.chain[..], body].concat()));
        }
        (!writes.is_empty()).then_some((writes, head))
    }
}

impl Head {
    fn next(&self, number: PieceNumber, form: u8, body: &[u8]) -> Self {
        let mut hasher = Hash::new();
        hasher.update(self.chain);
        hasher.update(keys::piece(number));
        if form != PLAIN {
            hasher.update([form]);
        }
        hasher.update(body);
        let chain = *hasher.finalize().first_chunk().expect("a SHA-256 is longer");
        Self { number, chain }
    }

    /// Goes on to the piece `number`, if what lies there is what was written after this one.
    pub(super) fn go_on(&self, number: PieceNumber, stored: &[u8]) -> Result<Self, Fault> {
        let (form, chain, body) = split(stored)?;
        let next = self.next(number, form, body);
        if !number.follows(self.number) || next.chain != *chain {
            let PieceNumber { group, .. } = number;
            return Err(Fault::Damaged(format!("its group of records {group} does not follow the one before it")));
        }
        Ok(next)
    }

    /// The head that a piece was, as it says itself.
    pub(super) fn told(number: PieceNumber, stored: &[u8]) -> Result<Self, Fault> {
        split(stored).map(|(_, chain, _)| Self { number, chain: *chain })
    }
}

/// What lies in a piece, without its head.
pub(super) fn body(stored: &[u8]) -> Result<Cow<'_, [u8]>, Fault> {
    match split(stored)? {
        (PLAIN, _, body) => Ok(Cow::Borrowed(body)),
        (_, _, packed) => unpack(packed).map(Cow::Owned).ok_or_else(unreadable),
    }
}

/// The bytes of each slot of a piece with this body, in order.
pub(super) fn slots(body: &[u8]) -> impl Iterator<Item = Result<&[u8], Fault>> {
    Slots(body).map(|slot| slot.ok_or_else(unreadable))
}

/// All that lies in a piece with this body, with its places.
pub(super) fn contents(number: PieceNumber, body: &[u8]) -> Result<Vec<(Place, Content<'_>)>, Fault> {
    let slot = |(slot, bytes): (u16, Option<_>)| {
        Ok((Place { piece: number, slot }, content::decode(bytes.ok_or_else(unreadable)?)?))
    };
    (0..).zip(Slots(body)).map(slot).collect()
}

/// What lies in one slot of a piece with this body.
pub(super) fn content(body: &[u8], slot: u16) -> Result<Content<'_>, Fault> {
    content::decode(Slots(body).nth(usize::from(slot)).flatten().ok_or_else(unreadable)?)
}

/// The form of a piece, its chain, and its body in that form.
fn split(stored: &[u8]) -> Result<(u8, &Chain, &[u8]), Fault> {
    match stored.split_first() {
        Some((&form @ (PLAIN | PACKED), rest)) => {
            let (chain, body) = rest.split_first_chunk().ok_or_else(unreadable)?;
            Ok((form, chain, body))
        }
        _ => Err(unreadable()),
    }
}

fn unreadable() -> Fault {
    Fault::Damaged("a group of records cannot be read".to_owned())
}

/// The slots of a piece; `None` for one that is cut short, which is the last then.
struct Slots<'bytes>(&'bytes [u8]);

impl<'bytes> Iterator for Slots<'bytes> {
    type Item = Option<&'bytes [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let slot = number::take_counted(&mut self.0);
        if slot.is_none() {
            self.0 = &[];
        }
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sled::content::{NewSummary, encode_record};

    fn record(sequence: u64, length: usize) -> Vec<u8> {
        let run = crate::id::RunId::new(uuid::Uuid::from_u128(7));
        encode_record(run, sequence, &vec![sequence as u8; length], &NewSummary::None).0
    }

    #[test]
    fn all_that_was_put_into_a_group_is_at_its_place() {
        let before = Head { number: PieceNumber { group: 6, piece: 3 }, chain: [1; CHAIN] };
        let mut group = NewGroup::after(&before);
        let records: Vec<_> = (0..300).map(|sequence| record(sequence, sequence as usize * 10 % 3000)).collect();
        let places: Vec<_> = records.iter().map(|record| group.put(record)).collect();
        assert!(places.is_sorted() && places.iter().all(|place| place.piece.group == 7));
        for (place, record) in places.iter().zip(&records) {
            assert_eq!(group.content(*place), Some(&record[..]));
        }
        let (pieces, head) = group.finish(&before).unwrap();
        assert!(pieces.is_sorted() && pieces.iter().all(|(_, stored)| stored.len() <= LARGEST));
        let mut found = Vec::new();
        let mut at = before;
        for ((key, stored), piece) in pieces.iter().zip(0..) {
            let number = keys::piece_number(key).unwrap();
            assert_eq!(number, PieceNumber { group: 7, piece });
            at = at.go_on(number, stored).unwrap();
            let body = body(stored).unwrap();
            for (place, content) in contents(number, &body).unwrap() {
                found.push((place, content == content::decode(&records[found.len()]).unwrap()));
            }
        }
        assert_eq!(at, head);
        assert_eq!(found.iter().map(|(place, _)| *place).collect::<Vec<_>>(), places);
        assert_eq!(found.iter().find(|(_, is_same)| !is_same), None);
    }

    #[test]
    fn a_chain_tells_apart_what_is_written_and_where() {
        let first = Head::default();
        let number = |group, piece| PieceNumber { group, piece };
        let chains = [(number(1, 0), &b""[..]), (number(1, 0), b"a"), (number(1, 1), b"a"), (number(2, 0), b"a")];
        let mut chains: Vec<_> = chains.iter().map(|(number, body)| first.next(*number, PLAIN, body).chain).collect();
        chains.push(first.next(number(1, 0), PLAIN, b"a").next(number(1, 1), PLAIN, b"").chain);
        chains.push(first.next(number(1, 0), PACKED, b"a").chain);
        let count = chains.len();
        chains.sort_unstable();
        chains.dedup();
        assert_eq!(chains.len(), count);
    }

    #[test]
    fn a_piece_that_is_missing_or_other_breaks_the_chain() {
        let mut group = NewGroup::after(&Head::default());
        for sequence in 0..30 {
            group.put(&record(sequence, 400));
        }
        let (pieces, _) = group.finish(&Head::default()).unwrap();
        let go_on = |head: &Head, index: usize| {
            let (key, stored) = &pieces[index];
            head.go_on(keys::piece_number(key).unwrap(), stored)
        };
        let first = go_on(&Head::default(), 0).unwrap();
        go_on(&first, 2).unwrap_err();
        go_on(&first, 0).unwrap_err();
        let (key, mut stored) = pieces[1].clone();
        stored[40] ^= 1;
        first.go_on(keys::piece_number(&key).unwrap(), &stored).unwrap_err();
        assert_eq!(NewGroup::after(&first).finish(&first), None);
    }

    /// What was written before there was packing is read for ever.
    #[test]
    fn the_chain_over_a_piece_that_is_not_packed_is_that_of_the_format_before() {
        let (before, number) = (Head { chain: [1; CHAIN], ..Head::default() }, PieceNumber { group: 1, piece: 0 });
        let parts = |form: &[u8]| [&before.chain[..], &keys::piece(number), form, b"a record"].concat();
        let chain = |parts: Vec<u8>| keys::hash(&parts)[..CHAIN].to_vec();
        assert_eq!(before.next(number, PLAIN, b"a record").chain[..], chain(parts(&[])));
        assert_eq!(before.next(number, PACKED, b"a record").chain[..], chain(parts(&[PACKED])));
    }
}
