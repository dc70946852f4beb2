//! How often a run waits for the disk: what must be durable at once, and what may ride with what follows.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Catalogue, Description, Effect, Failure, Reads},
    definition::{Source, load},
    run::{CancellationToken, Input, RunStatus, Signal},
    store::Barrier,
    testing::WatchedStore,
};
use serde_json::{Map, Value, json};

use crate::{
    by_hand::ByHand,
    define::{define, node},
    service::{transient, ungranted},
    world::{World, in_moved_time},
};

/// What is done on an issue, one node after the other, and how many records wait for the disk: an intent each, what was made before it is
/// read on, and the end.
#[test]
fn a_run_waits_for_the_disk_as_often_as_it_must() {
    let changed_and_noted = [&["make", "change", "change", "change"][..], &["note"; 6]].concat();
    let table: [(&str, &[&str], usize); 5] = [
        ("ten notes, which are made unread", &["note"; 10], 11),
        ("ten things, each made after a look", &["make"; 10], 20),
        ("ten changes of what is there", &["change"; 10], 11),
        ("made, changed three times, noted six times", &changed_and_noted, 12),
        ("nothing but reading", &["read"; 10], 1),
    ];
    for (what, activities, waits) in table {
        assert_eq!(waits_of(activities), waits, "{what}");
    }
}

fn waits_of(activities: &[&str]) -> usize {
    let nodes = activities.iter().enumerate().map(|(number, activity)| {
        let after = number.checked_sub(1).map(|before| format!(", after: n{before}")).unwrap_or_default();
        format!("  n{number}: {{ activity: test.{activity}{after} }}\n")
    });
    let text = format!("process: waits\nversion: 1.0.0\nnodes:\n{}", nodes.collect::<String>());
    in_moved_time(async {
        let waits: Arc<AtomicUsize> = Arc::default();
        let counted = waits.clone();
        let store = Arc::new(WatchedStore::new(move |_, barrier, keep| {
            counted.fetch_add(usize::from(barrier == Barrier::Now), Ordering::Relaxed);
            keep()
        }));
        let world = World::of(catalogue(), store, 8);
        let loaded = load(&Source::new("waits.yaml", text), &catalogue());
        let definition = loaded.definition.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics)).into();
        let new = World::new_run(&loaded.source, definition, Map::new());
        let state = world.engine.run(new, CancellationToken::new()).await.unwrap();
        assert_eq!(state.status(), RunStatus::Completed);
        waits.load(Ordering::Relaxed)
    })
}

fn catalogue() -> Catalogue {
    let kinds = [("note", false, true, true), ("make", true, true, true), ("change", true, true, false)];
    kinds.into_iter().chain([("read", true, false, false)]).fold(
        Catalogue::default(),
        |catalogue, (name, reads, writes, creates)| {
            catalogue.with(Does { description: described(name, reads, writes), creates })
        },
    )
}

fn described(name: &str, reads: bool, writes: bool) -> Description {
    let name = format!("test.{name}");
    let description = Description::new(&name, "Has an effect, or none.", json!({ "type": "object" }), json!({}));
    let description = if writes { description.writing() } else { description };
    if reads { description.reading() } else { description }
}

/// An activity with one effect, if any.
struct Does {
    description: Description,
    creates: bool,
}

#[async_trait]
impl Activity for Does {
    fn description(&self) -> &Description {
        &self.description
    }

    async fn read(&self, _: &Attempt<'_>) -> Result<Reads, Failure> {
        Ok(Reads::new(()))
    }

    fn prepare(&self, _: &Attempt<'_>, _: &Reads) -> Result<Vec<Effect>, Failure> {
        let effect = Effect::new("it", "it", "do it", Value::Null);
        let effect = if self.creates { effect.creating() } else { effect };
        Ok(if self.description.writes { vec![effect] } else { Vec::new() })
    }

    async fn send(&self, _: &Attempt<'_>, _: &Reads, _: &Effect) -> Result<Value, Failure> {
        Ok(json!({ "key": "it" }))
    }

    async fn output(&self, _: &Attempt<'_>, _: Reads) -> Result<Value, Failure> {
        Ok(json!({}))
    }
}

/// Whether the record of the last turn waits for the disk.
fn waits(run: &ByHand) -> bool {
    run.output().barrier == Barrier::Now
}

#[test]
fn what_was_made_waits_for_the_disk_once_and_when_something_reads() {
    for (creates, waits_then) in [(true, true), (false, false)] {
        let mut run = ByHand::of(&define([node("a"), node("b").after("a"), node("c").after("b")]), 8);
        run.intends_to("a/e", creates);
        assert!(waits(&run), "an intent");
        run.happened("a/e");
        assert!(!waits(&run), "an answer");
        run.gives("a");
        assert_eq!(waits(&run), waits_then, "the next node reads");
        run.gives("b");
        assert!(!waits(&run), "nothing was made since");
    }
}

#[test]
fn what_somebody_waits_for_is_on_the_disk_first() {
    let begun = || ByHand::of(&define([node("n"), node("other")]), 8);
    let mut run = begun();
    run.fails("n", transient());
    assert!(waits(&run), "a retry");
    let mut run = begun();
    run.fails("n", ungranted());
    assert!(waits(&run), "a grant");
    let mut run = begun();
    run.tell(Input::Signal(Signal::Cancel));
    assert!(waits(&run), "a signal");
    run.gives("other");
    assert!(!waits(&run));
    run.gives("n");
    assert!(waits(&run), "the end");
}
