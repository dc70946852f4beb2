//! The engine inside a program of your own: an activity, a definition, and a run that is kept in memory.
//!
//!     cargo run --example embed

use std::{error::Error, sync::Arc, time::Duration};

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Catalogue, Description, Failure, Intent},
    clock::SystemClock,
    definition::{self, Source},
    diagnostic::Code,
    random::Random,
    requirement::{Planned, Requirement, Scopes},
    run::{CancellationToken, Engine, EngineParts, NewRun, SilentObserver},
    store::MemoryStore,
};
use serde_json::{Map, Value, json};

const DEFINITION: &str = r#"
process: welcome
version: 1.0.0

inputs:
  people: { type: array, items: { type: string }, default: [Ada, Grace] }

nodes:
  greet:
    for_each: inputs.people
    as: person
    activity: example.greet
    with:
      name: ${{ person }}

  sum_up:
    activity: example.greet
    with:
      name: all ${{ string(size(nodes.greet.results)) }} of you

outputs:
  last: ${{ nodes.sum_up.greeting }}
"#;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows what it did")]
async fn main() -> Result<(), Box<dyn Error>> {
    let catalogue = Catalogue::default().with(Greet::new());
    let source = Source::new("welcome.yaml", DEFINITION);
    let loaded = definition::load(&source, &catalogue);
    for diagnostic in &loaded.diagnostics {
        println!("{}: {}", diagnostic.code, diagnostic.message);
    }
    let definition = Arc::new(loaded.definition.ok_or("the definition is wrong")?);
    let inputs = definition.bind_inputs(Map::new()).map_err(|_| "the inputs are wrong")?;

    let engine = Engine::new(EngineParts {
        store: Arc::new(MemoryStore::default()),
        catalogue,
        clock: Arc::new(SystemClock),
        random: Arc::new(Randomness),
        observer: Arc::new(SilentObserver),
        max_in_flight: 8,
    });
    let new = NewRun { source: &source, definition, inputs, key: None, context: Value::Null };
    let run = engine.start(new).await?;
    let state = engine.drive(run, CancellationToken::new()).await?;

    println!("{}", state.status());
    for node in state.nodes() {
        println!("{}: {}, {} attempts", node.id, node.status, node.attempts);
    }
    println!("{}", state.outputs().and_then(|outputs| outputs["last"].as_str()).unwrap_or_default());
    Ok(())
}

/// `example.greet`: makes a greeting. It reads and writes nothing, so that it needs no grant and has no effect.
struct Greet {
    description: Description,
}

impl Greet {
    fn new() -> Self {
        let name = json!({ "type": "string", "minLength": 1 });
        let object = |field: &str, required: &str| {
            json!({
                "type": "object",
                "properties": { field: name },
                "required": [required],
                "additionalProperties": false,
            })
        };
        let description = Description {
            name: "example.greet".into(),
            summary: "Makes a greeting.",
            input: object("name", "name").into(),
            output: object("greeting", "greeting").into(),
            writes: false,
            reads: false,
            timeout: Duration::from_secs(1),
            scopes: Scopes::default(),
            permissions: Vec::new(),
            endpoints: Vec::new(),
            failures: Vec::new(),
        };
        Self { description }
    }
}

#[async_trait]
impl Activity for Greet {
    fn description(&self) -> &Description {
        &self.description
    }

    fn requirements(&self, _: &Planned) -> Vec<Requirement> {
        Vec::new()
    }

    async fn run(&self, input: &Value, _: &Attempt) -> Result<Value, Failure> {
        let name = input["name"].as_str().ok_or_else(|| Failure::permanent(Code::INPUT_REFUSED, "nobody to greet"))?;
        Ok(json!({ "greeting": format!("Welcome, {name}!") }))
    }

    async fn adopt(&self, _: &Value, _: &Intent, _: &str, _: &Attempt) -> Result<Value, Failure> {
        Err(Failure::permanent(Code::ACTIVITY_BROKEN, "a greeting has no effect that could have happened"))
    }
}

/// Randomness from the operating system.
struct Randomness;

impl Random for Randomness {
    fn fraction(&self) -> f64 {
        fastrand::f64()
    }

    fn bytes(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        fastrand::fill(&mut bytes);
        bytes
    }
}
