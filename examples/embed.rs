//! The engine inside a program of your own: an activity that is a function, one that has an effect, a definition, and a run that is
//! kept in memory.
//!
//!     cargo run --example embed

use std::{
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use flowrun_diagnostics::{Renderer, Reported};
use flowrun_engine::{
    activity::{Attempt, Catalogue, Description, Effect, Failure, TypedActivity},
    clock::SystemClock,
    definition::{self, Source},
    random::SystemRandom,
    requirement::NoAuthority,
    run::{CancellationToken, Engine, EngineParts, NewRun, SilentObserver},
    store::MemoryStore,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
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

  post:
    activity: example.post
    with:
      greeting: ${{ nodes.greet.results[0].output.greeting }} We are ${{ string(size(nodes.greet.results)) }} now.

outputs:
  page: ${{ nodes.post.page }}
"#;

#[derive(Deserialize, JsonSchema)]
struct Person {
    name: String,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Greeting {
    greeting: String,
}

/// The catalogue of this program.
fn catalogue(wall: &Wall) -> Catalogue {
    // An activity without an effect:
    let catalogue =
        Catalogue::default().function("example.greet", "Makes a greeting.", |person: Person, _| async move {
            Ok(Greeting { greeting: format!("Welcome, {}!", person.name) })
        });
    // …until here.
    catalogue.with_typed(Post(wall.clone()), ())
}

/// What greetings are posted on: stands for whatever service a program has its effects at.
#[derive(Clone, Default)]
struct Wall(Arc<Mutex<Vec<String>>>);

impl Wall {
    fn post(&self, text: &str) -> usize {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.push(text.to_owned());
        pages.len()
    }
}

// An activity with an effect:
struct Post(Wall);
#[derive(Deserialize, Serialize, JsonSchema)]
struct Posted {
    page: usize,
}
#[async_trait]
impl TypedActivity for Post {
    type Input = Greeting;
    type Output = Posted;
    type Reads = ();
    type Service = ();
    fn description(&self) -> Description {
        Description::of::<Self>("example.post", "Posts a greeting on the wall.").writing()
    }
    async fn read(&self, _: &Attempt<'_, Greeting>, (): &()) -> Result<(), Failure> {
        Ok(())
    }
    fn prepare(&self, attempt: &Attempt<'_, Greeting>, (): &()) -> Result<Vec<Effect>, Failure> {
        let words = format!("post `{}`", attempt.input.greeting);
        Ok(vec![Effect::new("post", "the wall", words, json!(attempt.input.greeting)).creating()])
    }
    async fn send(&self, attempt: &Attempt<'_, Greeting>, (): &(), _: &Effect, (): &()) -> Result<Value, Failure> {
        Ok(json!(Posted { page: self.0.post(&attempt.input.greeting) }))
    }
    async fn output(&self, attempt: &Attempt<'_, Greeting>, (): (), (): &()) -> Result<Posted, Failure> {
        attempt.done.read("post")
    }
}
// …until here.

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows what it did")]
async fn main() -> Result<(), Box<dyn Error>> {
    let wall = Wall::default();
    let catalogue = catalogue(&wall);
    let source = Source::new("welcome.yaml", DEFINITION);
    let loaded = definition::load(&source, &catalogue);
    for reported in Reported::all(&source, loaded.diagnostics) {
        println!("{}", Renderer::plain().render(&reported));
    }
    let definition = Arc::new(loaded.definition.ok_or("the definition is wrong")?);
    let inputs = definition.bind_inputs(Map::new()).map_err(|_| "the inputs are wrong")?;

    let engine = Engine::new(EngineParts {
        store: Arc::new(MemoryStore::default()),
        catalogue,
        authority: Arc::new(NoAuthority),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
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
    println!("{}", wall.0.lock().unwrap_or_else(PoisonError::into_inner).join("\n"));
    Ok(())
}

#[cfg(test)]
mod tests {
    /// The lines between the marks, those that are empty left out.
    fn lines(beginning: &str) -> usize {
        let text = include_str!("embed.rs");
        let (_, rest) = text.split_once(beginning).expect("the mark is there");
        let (part, _) = rest.split_once("// …until here.").expect("so is its end");
        part.lines().filter(|line| !line.trim().is_empty()).count()
    }

    #[test]
    fn an_activity_is_short() {
        assert_eq!(lines("// An activity without an effect:"), 4);
        assert_eq!(lines("// An activity with an effect:\nstruct"), 28);
    }
}
