//! Every process, cut after every entry of its journal, and resumed against a copy of the world as it was then: it ends as the one that
//! nobody cut, and no effect is there twice. Also within records, whose entries become durable together.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use flowrun_engine::{
    journal::Record,
    run::{CancellationToken, RunStatus},
    store::MemoryStore,
    testing::WatchedStore,
};
use flowrun_jira_sandbox::Options;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    effects::Told,
    site::{Site, names, sample},
};

/// More would wait for a processor for so long that a request of theirs is given up.
const AT_A_TIME: usize = 8;

/// How a run ended: its outputs, and what it had done.
type End = (Value, Vec<String>);

/// A beginning of a journal, and the world when its last record was kept.
struct Cut {
    journal: Vec<Record>,
    world: Arc<TempDir>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_process_ends_as_uncut_when_it_is_cut_after_any_entry() {
    let (mut resumed, places) = (JoinSet::new(), Arc::new(Semaphore::new(AT_A_TIME)));
    for name in names() {
        let (uncut, cuts) = uncut(&name).await;
        for cut in cuts.iter().flat_map(within) {
            let (name, uncut, places) = (name.clone(), uncut.clone(), places.clone());
            resumed.spawn(async move {
                let _place = places.acquire().await.unwrap();
                let at = format!("{name}, after {:?}", cut.journal.last());
                assert_eq!(resume(&name, cut).await, uncut, "{at}");
            });
        }
    }
    let cuts = resumed.join_all().await.len();
    assert!(cuts > 200, "only {cuts} cuts");
}

/// Runs a process to its end, one attempt at a time, and keeps the world with each record.
async fn uncut(name: &str) -> (End, Vec<Cut>) {
    let world = tempfile::tempdir().unwrap();
    let (journal, cuts) = (Mutex::new(Vec::<Record>::new()), Arc::new(Mutex::new(Vec::new())));
    let (taken, directory) = (cuts.clone(), world.path().to_owned());
    let store = WatchedStore::new(move |record, _, keep| {
        let mut journal = journal.lock().unwrap();
        journal.push(record.clone());
        let copy = tempfile::tempdir().unwrap();
        copy_files(&directory, copy.path());
        taken.lock().unwrap().push(Cut { journal: journal.clone(), world: Arc::new(copy) });
        keep()
    });
    let site = Site::with_store(name, options(world.path()), (Arc::new(store), 1)).await;
    let run = site.start(&sample(name)).await;
    let state = site.engine.drive(run, CancellationToken::new()).await.unwrap();
    assert_eq!(state.status(), RunStatus::Completed, "{name}: {:?}", state.error());
    let cuts = std::mem::take(&mut *cuts.lock().unwrap());
    (end(&site, &json!(state.outputs())), cuts)
}

/// That cut, and those within its last record.
fn within(cut: &Cut) -> Vec<Cut> {
    let (last, before) = cut.journal.split_last().unwrap();
    let beginnings = (1..=last.entries.len()).map(|count| {
        let part = Record { entries: last.entries[..count].to_vec(), ..last.clone() };
        Cut { journal: before.iter().cloned().chain([part]).collect(), world: cut.world.clone() }
    });
    beginnings.collect()
}

/// Goes on from a cut in a world of its own, to the end.
async fn resume(name: &str, cut: Cut) -> End {
    let world = tempfile::tempdir().unwrap();
    copy_files(cut.world.path(), world.path());
    let store = Arc::new(MemoryStore::default());
    let site = Site::with_store(name, options(world.path()), (store.clone(), 1)).await;
    let run = site.keep(&*store, &cut.journal).await;
    let state = site.engine.drive(run, CancellationToken::new()).await.unwrap();
    assert_eq!(state.status(), RunStatus::Completed, "{name}: {:?}", state.error());
    end(&site, &json!(state.outputs()))
}

fn options(world: &Path) -> Options {
    Options { directory: Some(world.to_owned()), ..Options::default() }
}

/// What was done is in no order, and a new issue is called by its summary: while it is not known whether an item's issue was created the next
/// item's may be, and has the number before it then.
fn end(site: &Site, outputs: &Value) -> End {
    let effects = site.sandbox.effects();
    let created = effects.iter().filter(|effect| effect.operation == "createIssue");
    let mut names: Vec<_> = created
        .filter_map(|effect| Some((effect.issue.clone()?, effect.body["fields"]["summary"].to_string())))
        .collect();
    // The longest first: `OPS-1` is in `OPS-10`.
    names.sort_by_key(|(key, _)| std::cmp::Reverse(key.len()));
    let named = |text: String| names.iter().fold(text, |text, (key, name)| text.replace(key, name.trim_matches('"')));
    let told = |effect| named(without_ports(&format!("{:?}", Told::from(effect))));
    let mut effects: Vec<_> = effects.iter().map(told).collect();
    effects.sort();
    (serde_json::from_str(&named(without_ports(&outputs.to_string()))).unwrap(), effects)
}

/// Each sandbox has its own address, and what a node gave names the one that it talked to.
fn without_ports(text: &str) -> String {
    const HOST: &str = "127.0.0.1:";
    let mut parts = text.split(HOST);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + HOST + part.trim_start_matches(|char: char| char.is_ascii_digit()))
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_files(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), &to).unwrap();
        }
    }
}
