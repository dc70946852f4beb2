//! What waits for the next group, over what is there.

use super::{
    content::{self, Content, NewSummary},
    disk,
    fault::Fault,
    index::Index,
    piece::{self, Head, NewGroup},
    place::Place,
    recent::Recent,
    summary::{self, Standing},
    value::{self, Write},
    view::View,
};
use crate::{
    id::{DefinitionHash, RunId},
    store::{Claim, RunSummary},
};

/// A group that is being made, and how the index will be after it.
#[derive(Debug)]
pub(super) struct Staged<'writer> {
    index: &'writer Index,
    group: NewGroup,
    parts: Vec<Write>,
    newer: Recent,
}

/// A group that is made: what to write, in this order, and what the index has once it is durable.
#[derive(Debug)]
pub(super) struct Group {
    /// Parts of values, and then the pieces that name them.
    pub(super) writes: Vec<Write>,
    /// Its newest piece.
    pub(super) head: Head,
    /// What is new then.
    pub(super) newer: Recent,
}

impl<'writer> Staged<'writer> {
    /// The group after `head`, with nothing in it yet.
    pub(super) fn new(index: &'writer Index, head: &Head) -> Self {
        Self { index, group: NewGroup::after(head), parts: Vec::new(), newer: Recent::default() }
    }

    /// The group, which follows `head`; `None` if there is nothing in it.
    pub(super) fn finish(self, head: &Head) -> Option<Group> {
        let (pieces, head) = self.group.finish(head)?;
        let mut writes = self.parts;
        writes.extend(pieces);
        Some(Group { writes, head, newer: self.newer })
    }

    /// Looks at the index as it will be.
    pub(super) fn look<T>(&self, look: impl FnOnce(View<'_>) -> T) -> T {
        self.index.read_below(&self.newer, look)
    }

    /// Whether a record with these bytes lies at `place`.
    pub(super) fn has_record(&self, place: Place, bytes: &[u8]) -> Result<bool, Fault> {
        let stored = content::stored_record(bytes);
        let is_same = |content: Content<'_>| match content {
            Content::Record { record, .. } => Ok(record == value::decode(&stored)?),
            Content::Definition { .. } | Content::Claim(_) | Content::Message { .. } | Content::Pruned { .. } => {
                Ok(false)
            }
        };
        match self.group.content(place) {
            Some(staged) => is_same(content::decode(staged)?),
            None => {
                let stored = disk::piece(self.index.database(), place.piece)?;
                is_same(piece::content(&piece::body(&stored)?, place.slot)?)
            }
        }
    }

    /// Stages the text of a definition, unless that is there.
    pub(super) fn put_definition(&mut self, hash: &DefinitionHash, text: &str) -> Result<(), Fault> {
        if self.look(|view| view.definition(hash))?.is_some() {
            return Ok(());
        }
        let (content, parts) = content::encode_definition(hash, text);
        self.put_parts(parts)?;
        let place = self.group.put(&content);
        self.newer.add_definition(hash.clone(), place);
        Ok(())
    }

    /// Stages a claim, before the first record under it.
    pub(super) fn put_claim(&mut self, claim: &Claim) {
        self.group.put(&content::encode_claim(claim));
        self.newer.add_claim(claim.clone());
    }

    /// Stages the next message of a run.
    pub(super) fn put_message(&mut self, run: RunId, number: u64, bytes: &[u8]) -> Result<(), Fault> {
        let (content, parts) = content::encode_message(run, number, bytes);
        self.put_parts(parts)?;
        let place = self.group.put(&content);
        self.newer.add_message(run, number, place);
        Ok(())
    }

    /// Stages that a run is forgotten.
    pub(super) fn prune(&mut self, run: RunId, records: u64) {
        self.group.put(&content::encode_pruned(run, records));
        self.newer.prune(run);
    }

    /// Stages the next record of a run, and its summary if that is another now.
    pub(super) fn put_record(
        &mut self,
        run: RunId,
        sequence: u64,
        bytes: &[u8],
        summary: Option<&RunSummary>,
    ) -> Result<(), Fault> {
        let change = summary.map_or(Ok(NewSummary::None), |summary| self.change_to(summary))?;
        let (content, parts) = content::encode_record(run, sequence, bytes, &change);
        self.put_parts(parts)?;
        let place = self.group.put(&content);
        self.newer.add_record(run, sequence, place);
        if let (Some(summary), NewSummary::Whole(_) | NewSummary::Standing(_)) = (summary, change) {
            self.newer.set_summary(summary.clone());
        }
        Ok(())
    }

    /// What has to be written so that a run has this summary.
    fn change_to(&self, summary: &RunSummary) -> Result<NewSummary, Fault> {
        let before = self.look(|view| view.summary(summary.run))?;
        Ok(match before {
            Some(before) if before == *summary => NewSummary::None,
            Some(before) if Standing::of(summary).in_summary(&before) == *summary => {
                let standing = Standing::of(summary).encode();
                // What is longer lies in parts, as the whole does.
                let fits = standing.len() <= content::LONGEST_SUMMARY;
                if fits { NewSummary::Standing(standing) } else { NewSummary::Whole(summary::encode(summary)) }
            }
            _ => NewSummary::Whole(summary::encode(summary)),
        })
    }

    /// Stages parts of a value; what is there under the same hash is not written again.
    fn put_parts(&mut self, parts: Vec<Write>) -> Result<(), Fault> {
        for (key, part) in parts {
            if disk::get(self.index.database(), &key)?.is_none() {
                self.parts.push((key, part));
            }
        }
        Ok(())
    }
}
