//! A driver of your own: the loop around the pure machine, with one call at a time and one file for its journal. What a driver owes
//! is little: keep each record before its actions are done, and tell what came of them. Kill it while it waits (`kill -9`), and start
//! it again: it goes on, and what was done is not done again.
//!
//!     cargo run --example driver -- /tmp/welcome.journal

use std::{
    collections::{BTreeMap, VecDeque},
    error::Error,
    fs::{File, OpenOptions},
    io::{Read, Write},
    path::Path,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use flowrun_engine::{
    activity::{
        Attempt, Catalogue, Context, Done, EffectLog, Failure, Intent, OpenEffect, Reconciled, Settlement, Stopped,
        perform,
    },
    clock::{Clock, SystemClock},
    definition::{self, Definition, Source},
    diagnostic::Code,
    id::{EffectId, RunId},
    journal::{Entry, Record, RunEntry, RunStarted, decode, encode},
    random::SystemRandom,
    run::{Action, Activities, Call, CallEnd, Input, Machine, RunState},
};
use serde_json::{Map, Value, json};

const DEFINITION: &str = r#"
process: welcome
version: 1.0.0
nodes:
  greet: { activity: example.greet, with: { name: Ada } }
  again:
    after: greet
    activity: example.busy
    retry: { attempts: 3, delay: 2s }
outputs:
  said: ${{ nodes.greet.greeting }}
"#;

/// One journal is one run, so its name may be the same each time.
const RUN: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn catalogue() -> Catalogue {
    let greet = |who: BTreeMap<String, String>, _| async move {
        Ok(BTreeMap::from([("greeting".to_owned(), format!("Hello, {}!", who["name"]))]))
    };
    Catalogue::default().function("example.greet", "Makes a greeting.", greet).function(
        "example.busy",
        "Is busy the first two times.",
        |_: Map<String, Value>, context: Context| async move { busy(context.attempt) },
    )
}

fn busy(attempt: u32) -> Result<u32, Failure> {
    if attempt < 3 { Err(Failure::transient(Code::UNAVAILABLE, "busy")) } else { Ok(attempt) }
}

/// The journal of one run: each record behind its length.
struct JournalFile(File);

impl JournalFile {
    /// Opens it, with the records that are in it. What a crash left of one more is cut off.
    fn open(path: &Path) -> Result<(Self, Vec<Record>), Box<dyn Error>> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (mut records, mut whole, mut rest) = (Vec::new(), 0, bytes.as_slice());
        while let Some((length, more)) = rest.split_first_chunk() {
            let length = u32::from_be_bytes(*length) as usize;
            let Some(record) = more.get(..length) else { break };
            records.push(decode(record)?);
            (rest, whole) = (&more[length..], whole + 4 + length);
        }
        file.set_len(whole as u64)?;
        Ok((Self(file), records))
    }

    /// Returns once the record is on the disk.
    fn append(&mut self, record: &Record) -> std::io::Result<()> {
        let record = encode(record);
        let length = u32::try_from(record.len()).expect("a record is far below four gigabytes");
        self.0.write_all(&[&length.to_be_bytes(), record.as_slice()].concat())?;
        self.0.sync_data()
    }
}

/// One run, and what is left to do for it.
struct Driver {
    run: RunId,
    catalogue: Catalogue,
    turning: Mutex<Turning>,
}

struct Turning {
    machine: Machine,
    journal: JournalFile,
    actions: VecDeque<Action>,
    rests: bool,
    on_the_wire: Option<EffectId>,
}

impl Driver {
    async fn drive(&self) -> RunState {
        self.turn(Input::TakenOver);
        loop {
            let action = self.turning().actions.pop_front();
            match action {
                Some(Action::StartAttempt(call)) => self.call(&call, self.attempted(&call)).await,
                Some(Action::Reconcile { call, open }) => {
                    let looked = async { CallEnd::Reconciled(self.reconciled(&call, &open).await) };
                    self.call(&call, looked).await;
                }
                // Nobody here knows of grants: none is found missing.
                Some(Action::AskGrants(call)) => self.call(&call, async { CallEnd::GrantsAsked(Ok(None)) }).await,
                // Nobody decides here, and calls that are dropped have ended when the action comes up.
                Some(Action::Adopt { .. } | Action::DropCall(_) | Action::SendEffect(_) | Action::RefuseEffect(_)) => {}
                None if self.turning().rests => return self.turning().machine.state().clone(),
                None => self.timer().await,
            }
        }
    }

    /// Tells the machine what happened; what follows is on the disk when this returns.
    fn turn(&self, input: Input) {
        let mut turning = self.turning();
        let output = turning.machine.handle([input], SystemClock.now(), &SystemRandom);
        if let Some(record) = output.record {
            turning.journal.append(&record).expect("a driver whose disk fails ends here: nothing more may be sent");
        }
        turning.actions.extend(output.actions);
        turning.rests = output.rests;
    }

    /// Makes a call, as long as the machine lets it take.
    async fn call(&self, call: &Call, work: impl Future<Output = CallEnd>) {
        let mut work = pin!(work);
        let end = loop {
            tokio::select! {
                end = &mut work => break end,
                () = self.timer() => {}
            }
            if self.turning().actions.contains(&Action::DropCall(call.step.clone())) {
                break CallEnd::Dropped;
            }
        };
        let is_on_the_wire = self.turning().on_the_wire.take().is_some();
        self.turn(Input::CallEnded { step: call.step.clone(), end, is_on_the_wire });
    }

    async fn attempted(&self, call: &Call) -> CallEnd {
        let activity = self.catalogue.get(call.activity.as_str()).expect("the definition was checked");
        let done = call.results.clone().into();
        CallEnd::Returned(perform(activity.as_ref(), self.attempt(call, &done), self).await)
    }

    async fn reconciled(&self, call: &Call, open: &OpenEffect) -> Reconciled {
        let activity = self.catalogue.get(call.activity.as_str()).expect("the definition was checked");
        activity.reconcile(&self.attempt(call, &call.results.clone().into()), open).await
    }

    fn attempt<'a>(&self, call: &'a Call, done: &'a Done) -> Attempt<'a> {
        Attempt { run: self.run, step: &call.step, number: call.attempt, input: &call.input, done }
    }

    /// Waits for the machine's next time, and tells it. Without one a call may take as long as it likes.
    async fn timer(&self) {
        let until = self.turning().machine.poll_timeout();
        match until {
            Some(until) => SystemClock.sleep_until(until).await,
            None => std::future::pending().await,
        }
        self.turn(Input::TimerFired);
    }

    fn turning(&self) -> MutexGuard<'_, Turning> {
        self.turning.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl EffectLog for Driver {
    async fn intend(&self, effect: &EffectId, intent: &Intent) -> Result<(), Stopped> {
        self.turn(Input::EffectIntended { effect: effect.clone(), intent: intent.clone() });
        let mut turning = self.turning();
        let is_granted = turning.actions.contains(&Action::SendEffect(effect.clone()));
        turning.on_the_wire = is_granted.then(|| effect.clone());
        if is_granted { Ok(()) } else { Err(Stopped) }
    }

    fn settle(&self, effect: &EffectId, settlement: Settlement) {
        self.turning().on_the_wire = None;
        self.turn(Input::EffectSettled { effect: effect.clone(), settlement });
    }
}

/// The first record of a run.
fn beginning(definition: &Definition, source: &Source) -> Record {
    let started = RunStarted {
        run: RUN.parse().expect("it is a UUID"),
        key: None,
        definition: definition.hash.clone(),
        source_name: source.name().to_owned(),
        source_path: None,
        process: definition.process.clone(),
        version: definition.version.clone(),
        inputs: Map::new(),
        context: Value::Null,
    };
    Record { sequence: 0, at: SystemClock.now(), entries: vec![Entry::Run(RunEntry::Started(started))] }
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example shows what it did")]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("give the path of a journal")?;
    let source = Source::new("welcome.yaml", DEFINITION);
    let catalogue = catalogue();
    let loaded = definition::load(&source, &catalogue);
    loaded.diagnostics.iter().for_each(|problem| println!("{}: {}", problem.code, problem.message));
    let definition = loaded.definition.map(Arc::new).ok_or("the definition is wrong")?;
    let (mut journal, mut records) = JournalFile::open(path.as_ref())?;
    if records.is_empty() {
        records.push(beginning(&definition, &source));
        journal.append(&records[0])?;
    }
    let state = RunState::replay(definition, &records)?;
    println!("{} records are kept, the run is {}", records.len(), state.status());
    let run = state.run();
    let machine = Machine::new(state, Activities::of(&catalogue), 1);
    let turning = Turning { machine, journal, actions: VecDeque::new(), rests: false, on_the_wire: None };
    let state = Driver { run, catalogue, turning: Mutex::new(turning) }.drive().await;
    println!("the run is {}: {}", state.status(), json!(state.outputs()));
    Ok(())
}
