//! Reading groups as they were written, one piece after the other, each held to the chain; and folding them to the index.

use super::{
    content::{Content, SummaryChange},
    disk,
    fault::Fault,
    keys,
    piece::{self, Head},
    place::{PieceNumber, Place},
    recent::Recent,
    summary::{self, Standing},
};
use crate::{
    id::{DefinitionHash, RunId},
    store::RunSummary,
};

/// A piece that was read, and the chain up to it.
#[derive(Debug)]
pub(super) struct Read {
    head: Head,
    stored: ::sled::IVec,
}

impl Read {
    /// Which it is, and the chain up to it.
    pub(super) fn head(&self) -> Head {
        self.head
    }

    /// The piece as it is written.
    pub(super) fn stored(&self) -> &[u8] {
        &self.stored
    }

    /// What lies in it, place by place.
    pub(super) fn each(&self, mut each: impl FnMut(Place, &Content<'_>) -> Result<(), Fault>) -> Result<(), Fault> {
        let body = piece::body(&self.stored)?;
        piece::contents(self.head.number, &body)?.iter().try_for_each(|(place, content)| each(*place, content))
    }
}

/// All pieces after `head`, in order.
pub(super) fn after(database: &::sled::Db, mut head: Head) -> impl Iterator<Item = Result<Read, Fault>> {
    let from = keys::piece(PieceNumber { group: head.number.group + 1, piece: 0 });
    let to = keys::piece(PieceNumber { group: u64::MAX, piece: u16::MAX });
    disk::range(database, from, to).map(move |item| {
        let (key, stored) = item?;
        head = head.go_on(number_of(&key)?, &stored)?;
        Ok(Read { head, stored })
    })
}

/// The newest piece of the groups up to number `group`, as it says itself.
pub(super) fn newest(database: &::sled::Db, group: u64) -> Result<Head, Fault> {
    let end = keys::piece(PieceNumber { group, piece: u16::MAX });
    let Some(item) = disk::range(database, keys::pieces(), end).next_back() else { return Ok(Head::default()) };
    let (key, stored) = item?;
    Head::told(number_of(&key)?, &stored)
}

/// What the index on the disk lacks, which goes up to group number `indexed`, and the newest piece.
pub(super) fn recover(database: &::sled::Db, indexed: u64) -> Result<(Recent, Head), Fault> {
    let mut head = newest(database, indexed)?;
    if head.number.group != indexed {
        return Err(Fault::Damaged(format!("its group of records {indexed} is missing, which its index has")));
    }
    let mut recent = Recent::default();
    for read in after(database, head) {
        let read = read?;
        read.each(|place, content| learn(database, &mut recent, place, content))?;
        head = read.head;
    }
    Ok((recent, head))
}

/// Enters into the index what lies at `place`.
pub(super) fn learn(
    database: &::sled::Db,
    recent: &mut Recent,
    place: Place,
    content: &Content<'_>,
) -> Result<(), Fault> {
    match *content {
        Content::Definition { hash, .. } => recent.add_definition(DefinitionHash::new(hash), place),
        Content::Claim(ref claim) => recent.add_claim(claim.clone()),
        Content::Message { run, number, .. } => recent.add_message(run, number, place),
        Content::Pruned { run, .. } => recent.prune(run),
        Content::Record { run, sequence, change, .. } => {
            if !recent.add_record(run, sequence, place) {
                return Err(Fault::Damaged(format!("a record of run {run} before number {sequence} is missing")));
            }
            let known = recent.summary(run);
            if let Some(summary) = summary_after(database, run, change, known)? {
                recent.set_summary(summary);
            }
        }
    }
    Ok(())
}

/// A run's summary after a change, if it is one. Where `known` is none, the disk may have one.
fn summary_after(
    database: &::sled::Db,
    run: RunId,
    change: SummaryChange<'_>,
    known: Option<&RunSummary>,
) -> Result<Option<RunSummary>, Fault> {
    match change {
        SummaryChange::None => Ok(None),
        SummaryChange::Whole(stored) => Ok(Some(summary::decode(run, &disk::whole(database, stored)?)?)),
        SummaryChange::Standing(bytes) => {
            let on_disk = if known.is_some() { None } else { disk::summary(database, run)? };
            let before = known.or(on_disk.as_ref());
            let before = before.ok_or_else(|| Fault::Damaged(format!("run {run} has lost its summary")))?;
            Ok(Some(Standing::decode(bytes)?.in_summary(before)))
        }
    }
}

fn number_of(key: &[u8]) -> Result<PieceNumber, Fault> {
    keys::piece_number(key).ok_or_else(|| Fault::Damaged("a group of records has no number".to_owned()))
}
