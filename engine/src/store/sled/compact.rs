//! Compacting: sled gives little room back by itself, so a new store is made beside the old one, of the runs that are kept, compared with
//! it record by record, and put in its place.
//!
//! The two directories are exchanged in one step, so that at each moment a whole store is in place: before that step the old one,
//! afterwards the new. What a kill leaves beside it is of no use, and is removed by the next who compacts.

use std::{
    collections::BTreeSet,
    fs::File,
    path::{Path, PathBuf},
};

use super::{
    check::{self, Whole},
    content::{self, Content},
    fault::Fault,
    files, groups,
    guard::guarded,
    keys,
    note::{self, Found},
    open::{self, Opened},
    piece::{self, Head, NewGroup},
    read,
    replica::Replica,
    view::View,
};
use crate::{
    id::{DefinitionHash, RunId},
    store::StoreCounts,
};

/// A group of the new store has about so many pieces.
const PIECES_OF_A_GROUP: usize = 64;

/// What compacting a store gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// What the store has, before and afterwards.
    pub counts: StoreCounts,
    /// How many bytes its files had.
    pub before: u64,
    /// How many they have.
    pub after: u64,
}

/// What is about to be done: for tests, which stop there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The new store is filled.
    Fill,
    /// It is whole, and is compared.
    Compare,
    /// The old one is closed, and locked again.
    Close,
    /// They are exchanged.
    Exchange,
    /// The old one is removed.
    Remove,
}

/// What is kept.
struct Kept {
    runs: BTreeSet<RunId>,
    definitions: BTreeSet<DefinitionHash>,
}

/// Compacts the store in `store`; `before` hears of each step.
pub(super) fn compact(
    store: &Path,
    owner: &str,
    before: &mut dyn FnMut(Step) -> Result<(), Fault>,
) -> Result<Compacted, Fault> {
    let opened = open::open(store, owner)?;
    let new = beside(store);
    let head = opened.head;
    let filled = fill_and_compare(&opened, &new, before);
    opened.close();
    // What was not finished is of no use; where it cannot be removed it does no harm.
    let counts = filled.inspect_err(|_| drop(files::remove_if_there(&new)))?;
    before(Step::Close)?;
    let lock = lock_unchanged(store, head)?;
    let sizes = compacting(files::size(store).and_then(|old| Ok((old, files::size(&new)?))))?;
    before(Step::Exchange)?;
    compacting(files::exchange(store, &new))?;
    drop(lock);
    before(Step::Remove)?;
    compacting(files::remove_if_there(&new))?;
    Ok(Compacted { counts, before: sizes.0, after: sizes.1 })
}

/// Where the new store is made; after the exchange the old one is there.
pub(super) fn beside(store: &Path) -> PathBuf {
    files::beside(store, "compacting")
}

fn fill_and_compare(
    opened: &Opened,
    new: &Path,
    before: &mut dyn FnMut(Step) -> Result<(), Fault>,
) -> Result<StoreCounts, Fault> {
    compacting(files::remove_if_there(new))?;
    before(Step::Fill)?;
    guarded("compacting", || {
        // What is damaged must not be taken over as if it were whole.
        let Whole { counts, definitions } = opened.index.read(check::check_all)?;
        let kept = opened.index.read(|view| Kept::of(view, definitions))?;
        fill(opened.index.database(), &kept, new)?;
        before(Step::Compare)?;
        let found = compare(opened, &kept, new)?;
        if found == counts { Ok(counts) } else { Err(differs("has other runs")) }
    })
}

impl Kept {
    fn of(view: View<'_>, definitions: BTreeSet<DefinitionHash>) -> Result<Self, Fault> {
        let mut kept = Self { runs: BTreeSet::new(), definitions };
        for run in view.newest_first(keys::summaries(), keys::end_of(&keys::summaries(), None), None) {
            let run = run?;
            if let Some(summary) = view.summary(run)? {
                kept.runs.insert(run);
                kept.definitions.insert(summary.definition);
            }
        }
        Ok(kept)
    }

    fn has(&self, content: &Content<'_>) -> bool {
        match *content {
            Content::Record { run, .. } | Content::Message { run, .. } => self.runs.contains(&run),
            Content::Claim(ref claim) => self.runs.contains(&claim.run),
            Content::Definition { hash, .. } => self.definitions.contains(&DefinitionHash::new(hash)),
            Content::Pruned { .. } => false,
        }
    }
}

fn fill(database: &::sled::Db, kept: &Kept, new: &Path) -> Result<(), Fault> {
    let mut replica = Replica::begin(new)?;
    let mut group = NewGroup::after(&replica.head());
    for read in groups::after(database, Head::default()) {
        for slot in piece::slots(&piece::body(read?.stored())?) {
            let slot = slot?;
            let content = content::decode(slot)?;
            if kept.has(&content) {
                replica.take_parts(database, &content)?;
                group.put(slot);
            }
        }
        if group.pieces() >= PIECES_OF_A_GROUP {
            group = next_group(&mut replica, group)?;
        }
    }
    next_group(&mut replica, group)?;
    replica.finish()
}

/// Writes a group, and begins the next.
fn next_group(replica: &mut Replica, group: NewGroup) -> Result<NewGroup, Fault> {
    if let Some((pieces, head)) = group.finish(&replica.head()) {
        replica.take_pieces(pieces, head)?;
    }
    Ok(NewGroup::after(&replica.head()))
}

/// Whether each run that is kept is in the new store as it is in the old one, and nothing else.
fn compare(old: &Opened, kept: &Kept, new: &Path) -> Result<StoreCounts, Fault> {
    let new = open::open(new, "a copy that is compared")?;
    let counts = guarded("comparing", || {
        let counts = new.index.read(check::check)?;
        kept.runs.iter().try_for_each(|run| old.index.read(|old| new.index.read(|new| compare_run(old, new, *run))))?;
        Ok(counts)
    });
    new.close();
    counts
}

fn compare_run(old: View<'_>, new: View<'_>, run: RunId) -> Result<(), Fault> {
    let (summary, there) = (old.summary(run)?, new.summary(run)?);
    let journal = |view: View<'_>| read::journal(view.database(), run, 0, &view.places(run)?);
    let messages = |view: View<'_>| read::messages(view, run, 0);
    let key = summary.as_ref().and_then(|summary| summary.key.clone());
    let by_key = key.map_or(Ok(Some(run)), |key| new.by_key(&key))? == Some(run);
    if summary != there || !by_key || journal(old)? != journal(new)? || messages(old)? != messages(new)? {
        return Err(differs(&format!("has run {run} otherwise")));
    }
    let definition = |view: View<'_>, hash: &DefinitionHash| {
        let place = view.definition(hash)?;
        place.map(|place| read::definition(view.database(), hash, place)).transpose()
    };
    let hash = summary.map(|summary| summary.definition);
    match hash {
        Some(hash) if definition(old, &hash)? != definition(new, &hash)? => Err(differs("has another definition")),
        Some(_) | None => Ok(()),
    }
}

/// Takes the lock of a store that was closed, which must be as it was.
pub(super) fn lock_unchanged(store: &Path, head: Head) -> Result<File, Fault> {
    open::patiently(|| {
        let db =
            compacting(files::open_db(store))?.ok_or_else(|| Fault::Gone("its file `db` is missing".to_owned()))?;
        if !compacting(files::try_lock(&db))? {
            return Err(Fault::Locked);
        }
        match compacting(note::read(store))? {
            Found::Note { note, .. } if (note.groups, note.chain) == (head.number.group, head.chain) => Ok(db),
            // Somebody had it meanwhile.
            Found::Note { .. } | Found::Broken | Found::Missing => Err(Fault::Locked),
        }
    })
}

fn differs(how: &str) -> Fault {
    Fault::Damaged(format!("the compacted copy {how}; the store is as it was"))
}

fn compacting<T>(result: std::io::Result<T>) -> Result<T, Fault> {
    result.map_err(|error| Fault::io("compacting", &error))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use tempfile::TempDir;

    use super::*;
    use crate::{
        id::DriverId,
        journal::Record,
        status::RunStatus,
        store::{Barrier, Claim, RunSummary, SledStore, Store, sled::closed},
    };

    const STEPS: [Step; 5] = [Step::Fill, Step::Compare, Step::Close, Step::Exchange, Step::Remove];

    /// A store of one run that goes on, and of one that ended and was pruned.
    async fn written(path: &Path) -> RunSummary {
        let open = closed::written(path).await;
        let store = SledStore::open(path, "a test").unwrap();
        let run = RunId::new(uuid::Uuid::from_u128(8));
        let key = Some("nightly".into());
        let pruned = RunSummary { run, key, due: None, ..open.clone() };
        let record = |sequence| Record { sequence, at: Timestamp::UNIX_EPOCH, entries: Vec::new() };
        store.create(&pruned, "process: pruned\n", &record(0), None, Barrier::Now).await.unwrap();
        let ended = RunSummary { status: RunStatus::Completed, ended_at: Some(Timestamp::UNIX_EPOCH), ..pruned };
        let claim = Claim::first(run, DriverId::new(uuid::Uuid::from_u128(1)));
        store.append(&claim, &record(1), Some(&ended), Barrier::Now).await.unwrap();
        store.release(&claim);
        store.prune(run).await.unwrap();
        open
    }

    async fn is_whole(path: &Path, kept: &RunSummary) {
        let store = SledStore::open(path, "a test").unwrap();
        assert_eq!(store.notices(), [""; 0]);
        assert_eq!(store.check().await.unwrap(), StoreCounts { runs: 1, records: 2 });
        assert_eq!(store.summary(kept.run).await.unwrap().as_ref(), Some(kept));
        assert_eq!(store.journal(kept.run).await.unwrap().len(), 2);
        assert_eq!(store.by_key(&"nightly".into()).await.unwrap(), None);
    }

    /// What is on the disk when a step begins is what a kill leaves there.
    #[tokio::test]
    async fn a_kill_before_any_step_leaves_a_whole_store_in_place() {
        for step in STEPS {
            let directory = TempDir::new().unwrap();
            let path = directory.path().join("runs");
            let kept = written(&path).await;
            let left = directory.path().join("left");
            let copy = |at| {
                if at == step {
                    std::fs::create_dir(&left).unwrap();
                    files::copy(&path, &left.join("runs")).unwrap();
                    let beside = beside(&path);
                    if beside.exists() {
                        files::copy(&beside, &left.join(beside.file_name().unwrap())).unwrap();
                    }
                }
                Ok(())
            };
            compact(&path, "a test", &mut { copy }).unwrap();
            let path = left.join("runs");
            let is_left = !SledStore::leftovers(&path).is_empty();
            assert_eq!(is_left, step != Step::Fill, "{step:?}");
            is_whole(&path, &kept).await;
            SledStore::compact(&path, "a test").unwrap();
            assert_eq!(SledStore::leftovers(&path), Vec::<PathBuf>::new());
            is_whole(&path, &kept).await;
        }
    }

    #[tokio::test]
    async fn a_step_that_fails_leaves_the_store_as_it_was() {
        for step in STEPS {
            let directory = TempDir::new().unwrap();
            let path = directory.path().join("runs");
            let kept = written(&path).await;
            let fail = |at| if at == step { Err(Fault::Gone("a test".to_owned())) } else { Ok(()) };
            compact(&path, "a test", &mut { fail }).unwrap_err();
            is_whole(&path, &kept).await;
        }
    }

    #[tokio::test]
    async fn a_store_that_is_open_is_not_compacted() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("runs");
        let kept = written(&path).await;
        let store = SledStore::open(&path, "process 4711").unwrap();
        let refused = SledStore::compact(&path, "a test").unwrap_err();
        assert_eq!(refused.to_string(), "the state directory is in use by process 4711");
        drop(store);
        let Compacted { counts, before, after } = SledStore::compact(&path, "a test").unwrap();
        assert_eq!(counts, StoreCounts { runs: 1, records: 2 });
        assert!(after <= before, "{after} of {before}");
        is_whole(&path, &kept).await;
    }

    /// What was pruned is not in it, neither its records nor a definition that no other run has.
    #[tokio::test]
    async fn a_compacted_store_has_nothing_of_a_pruned_run() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("runs");
        written(&path).await;
        SledStore::compact(&path, "a test").unwrap();
        let opened = open::open(&path, "a test").unwrap();
        let mut runs = BTreeSet::new();
        for read in groups::after(opened.index.database(), Head::default()) {
            let read = read.unwrap();
            let mut note = |_, content: &Content<'_>| {
                if let Content::Record { run, .. } | Content::Pruned { run, .. } = content {
                    runs.insert(*run);
                }
                Ok(())
            };
            read.each(&mut note).unwrap();
        }
        opened.close();
        assert_eq!(runs.len(), 1);
    }
}
