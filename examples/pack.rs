//! A pack of your own: a service that is not Jira, what can only read it, an activity that opens tickets and finds lost ones again,
//! and who knows what is granted. The first answer is lost on purpose: nobody is asked, and no ticket is opened twice.
//!
//!     cargo run --example pack

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Catalogue, Description, Effect, Failure, OpenEffect, Reconciled, Service, TypedActivity},
    clock::SystemClock,
    definition::{self, Source},
    diagnostic::Code,
    id::OperationId,
    preflight,
    random::SystemRandom,
    requirement::{Authority, Basis, Need, Planned, Requirement, Subject, Verdict},
    run::{CancellationToken, Engine, EngineParts, NewRun, SilentObserver},
    store::MemoryStore,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const DEFINITION: &str = r#"
process: report
version: 1.0.0

nodes:
  first:
    activity: desk.open
    with: { queue: it, title: The printer is on fire }
  second:
    after: first
    activity: desk.open
    with: { queue: it, title: "See ${{ nodes.first.number }}" }

outputs:
  tickets: ["${{ nodes.first.number }}", "${{ nodes.second.number }}"]
"#;

/// The service: tickets by number, each with its title and who opened it. A real one is behind a network.
#[derive(Clone, Default)]
struct Desk(Arc<Mutex<BTreeMap<String, (String, String)>>>);

/// What can only read it. It has no way to open anything, so reading and looking cannot either.
struct DeskReader(Desk);

impl Service for Desk {
    type Reader = DeskReader;

    fn reader(&self) -> DeskReader {
        DeskReader(self.clone())
    }
}

impl Desk {
    fn tickets(&self) -> MutexGuard<'_, BTreeMap<String, (String, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a ticket, tagged with whose it is. The answer to the very first is lost.
    fn open(&self, title: &str, tag: &OperationId) -> Result<String, Failure> {
        let mut tickets = self.tickets();
        let number = format!("IT-{}", tickets.len() + 1);
        tickets.insert(number.clone(), (title.to_owned(), tag.to_string()));
        match tickets.len() {
            1 => Err(Failure::transient(Code::UNAVAILABLE, "the connection broke").in_doubt()),
            _ => Ok(number),
        }
    }
}

impl DeskReader {
    fn tagged(&self, tag: &OperationId) -> Option<String> {
        let tickets = self.0.tickets();
        tickets.iter().find(|(_, (_, of))| *of == tag.to_string()).map(|(number, _)| number.clone())
    }

    fn has(&self, number: &str) -> bool {
        self.0.tickets().contains_key(number)
    }
}

/// `desk.open`
struct Open;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ticket {
    /// Where it is put.
    queue: String,
    /// What it says.
    title: String,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Opened {
    /// Its number.
    number: String,
}

const OPEN: &str = "open";

#[async_trait]
impl TypedActivity for Open {
    type Input = Ticket;
    type Output = Opened;
    type Reads = ();
    type Service = Desk;

    fn description(&self) -> Description {
        Description::of::<Self>("desk.open", "Opens a ticket.").writing()
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let subject = input.field("queue").map_or(Subject::AtRunTime, |queue| queue.subject("queue"));
        let need = Need::Permission { key: "OPEN".into(), subject };
        vec![Requirement { need, reason: "opens the ticket".into(), basis: Basis::Documented }]
    }

    async fn read(&self, _: &Attempt<'_, Ticket>, _: &DeskReader) -> Result<(), Failure> {
        Ok(())
    }

    fn prepare(&self, attempt: &Attempt<'_, Ticket>, (): &()) -> Result<Vec<Effect>, Failure> {
        let Ticket { queue, title } = attempt.input;
        let words = format!("open a ticket in {queue}: {title}");
        let effect = Effect::new(OPEN, format!("queue {queue}"), words, json!({ "queue": queue, "title": title }));
        Ok(vec![effect.known_by("NUMBER", "the ticket's number").creating()])
    }

    async fn send(
        &self,
        attempt: &Attempt<'_, Ticket>,
        (): &(),
        effect: &Effect,
        desk: &Desk,
    ) -> Result<Value, Failure> {
        let number = desk.open(&attempt.input.title, &attempt.operation(&effect.name))?;
        Ok(json!(Opened { number }))
    }

    async fn output(&self, attempt: &Attempt<'_, Ticket>, (): (), _: &DeskReader) -> Result<Opened, Failure> {
        attempt.done.read(OPEN)
    }

    async fn reconcile(&self, attempt: &Attempt<'_, Ticket>, open: &OpenEffect, reader: &DeskReader) -> Reconciled {
        let tag = OperationId { run: attempt.run, effect: open.id.clone() };
        match reader.tagged(&tag) {
            Some(number) => Reconciled::Happened {
                evidence: format!("ticket {number} has its tag"),
                result: json!(Opened { number }),
            },
            None => Reconciled::DidNotHappen { evidence: "no ticket has its tag".to_owned() },
        }
    }

    async fn adopt(
        &self,
        _: &Attempt<'_, Ticket>,
        _: &OpenEffect,
        number: &str,
        reader: &DeskReader,
    ) -> Result<Value, Failure> {
        match reader.has(number) {
            true => Ok(json!(Opened { number: number.to_owned() })),
            false => Err(Failure::permanent(Code::NOT_FOUND, format!("there is no ticket `{number}`"))),
        }
    }
}

/// Who may do what at the desk: here, open tickets in the queue `it`.
struct Desks;

#[async_trait]
impl Authority for Desks {
    async fn check(&self, needs: &[Need]) -> Result<Vec<Verdict>, Failure> {
        let verdict = |need: &Need| match need {
            Need::Permission { subject: Subject::Known { key, .. }, .. } if key == "it" => Verdict::Granted,
            Need::Permission { .. } => Verdict::Missing {
                message: "you may open tickets in the queue `it` only".to_owned(),
                help: "ask for more".to_owned(),
            },
            Need::Scopes(_) => Verdict::Granted,
        };
        Ok(needs.iter().map(verdict).collect())
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows what it did")]
async fn main() -> Result<(), Box<dyn Error>> {
    let desk = Desk::default();
    let catalogue = Catalogue::default().with_typed(Open, desk.clone());
    let source = Source::new("report.yaml", DEFINITION);
    let definition = definition::load(&source, &catalogue).definition.ok_or("the definition is wrong")?;
    let definition = Arc::new(definition);
    let inputs = definition.bind_inputs(Map::new()).map_err(|_| "the inputs are wrong")?;
    let missing = preflight::preflight(&definition, &inputs, &catalogue, &Desks).await;
    for diagnostic in missing.map_err(|failure| failure.to_string())? {
        println!("{}: {}", diagnostic.code, diagnostic.message);
    }

    let engine = Engine::new(EngineParts {
        store: Arc::new(MemoryStore::default()),
        catalogue,
        authority: Arc::new(Desks),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        observer: Arc::new(SilentObserver),
        max_in_flight: 8,
    });
    let new = NewRun { source: &source, definition, inputs, key: None, context: Value::Null };
    let state = engine.run(new, CancellationToken::new()).await?;
    println!("{}: {}", state.status(), json!(state.outputs()));
    for (number, (title, _)) in &*desk.tickets() {
        println!("{number}: {title}");
    }
    Ok(())
}
