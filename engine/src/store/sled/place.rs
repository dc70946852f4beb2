//! Where something lies: the group, the piece of the group, and the slot in the piece.

use super::number;

/// Where a record or a definition lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The piece.
    pub(super) piece: PieceNumber,
    /// Which of the things in the piece it is, from 0.
    pub(super) slot: u16,
}

/// Which piece of which group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PieceNumber {
    /// The group's number, from 1.
    pub(super) group: u64,
    /// The piece's, from 0.
    pub(super) piece: u16,
}

impl PieceNumber {
    /// Whether this one may come right after `before`. A kill may have left a group that ends before its last piece.
    pub(super) fn follows(self, before: Self) -> bool {
        let next_piece = self.group == before.group && Some(self.piece) == before.piece.checked_add(1);
        next_piece || (Some(self.group) == before.group.checked_add(1) && self.piece == 0)
    }
}

/// The bytes of some places, in order: each says how many groups it is after the one before.
pub(super) fn encode(places: &[Place]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(places.len() * 4);
    let mut before = 0;
    for Place { piece: PieceNumber { group, piece }, slot } in places {
        number::put(&mut bytes, group - before);
        number::put(&mut bytes, u64::from(*piece));
        number::put(&mut bytes, u64::from(*slot));
        before = *group;
    }
    bytes
}

/// The places that [`encode`] made bytes of.
pub(super) fn decode(mut bytes: &[u8]) -> Option<Vec<Place>> {
    let mut places = Vec::new();
    let mut group = 0_u64;
    while !bytes.is_empty() {
        group = group.checked_add(number::take(&mut bytes)?)?;
        let piece = number::take(&mut bytes)?.try_into().ok()?;
        let slot = number::take(&mut bytes)?.try_into().ok()?;
        places.push(Place { piece: PieceNumber { group, piece }, slot });
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place() -> impl Strategy<Value = Place> {
        (0..1_u64 << 40, any::<u16>(), any::<u16>())
            .prop_map(|(group, piece, slot)| Place { piece: PieceNumber { group, piece }, slot })
    }

    proptest! {
        #[test]
        fn places_come_back(mut places in proptest::collection::vec(place(), 0..20)) {
            places.sort_unstable();
            prop_assert_eq!(decode(&encode(&places)), Some(places));
        }
    }

    #[test]
    fn pieces_follow_each_other() {
        let piece = |group, piece| PieceNumber { group, piece };
        let before = piece(7, 1);
        assert!([piece(7, 2), piece(8, 0)].into_iter().all(|next| next.follows(before)));
        let others = [piece(7, 1), piece(7, 3), piece(8, 1), piece(9, 0), piece(6, 2)];
        assert!(others.into_iter().all(|next| !next.follows(before)));
        assert!(piece(1, 0).follows(PieceNumber::default()));
    }
}
