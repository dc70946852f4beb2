//! flowrun's engine: process definitions, their checks, the journal and runs.
//!
//! It knows nothing of Jira, HTTP or OAuth. Work comes in as [`activity::Activity`], time as
//! [`clock::Clock`], randomness as [`random::Random`], storage as [`store::Store`]; an embedder
//! supplies them. ARCHITECTURE.md has the map and the invariants.
//!
//! ```
//! use std::{collections::BTreeMap, sync::Arc};
//! use flowrun_engine::{activity::Catalogue, clock::SystemClock, definition::{self, Source}, random::SystemRandom, requirement::NoAuthority, store::MemoryStore};
//! use flowrun_engine::run::{CancellationToken, Engine, EngineParts, NewRun, RunStatus, SilentObserver};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let greet = |who: BTreeMap<String, String>, _| async move {
//!     Ok(BTreeMap::from([("greeting".to_owned(), format!("Hello, {}!", who["name"]))]))
//! };
//! let catalogue = Catalogue::default().function("example.greet", "Makes a greeting.", greet);
//! let source = Source::new("hello.yaml", "process: hello\nversion: 1.0.0\nnodes:\n  greet: { activity: example.greet, with: { name: Ada } }\n");
//! let definition = Arc::new(definition::load(&source, &catalogue).definition.ok_or("it has no faults")?);
//!
//! let (store, authority) = (Arc::new(MemoryStore::default()), Arc::new(NoAuthority));
//! let (clock, random, observer) = (Arc::new(SystemClock), Arc::new(SystemRandom), Arc::new(SilentObserver));
//! let engine = Engine::new(EngineParts { store, catalogue, authority, clock, random, observer, max_in_flight: 8 });
//! let new = NewRun { source: &source, definition, inputs: Default::default(), key: None, context: Default::default() };
//! let state = engine.run(new, CancellationToken::new()).await?;
//! assert_eq!(state.status(), RunStatus::Completed);
//! assert_eq!(state.node_view("greet").and_then(|node| node.output.cloned()), Some(serde_json::json!({ "greeting": "Hello, Ada!" })));
//! # Ok(()) }
//! ```

pub mod activity;
pub mod clock;
pub mod concurrency;
pub mod definition;
pub mod diagnostic;
mod duration;
pub mod expression;
mod failure;
mod form;
pub mod id;
pub mod journal;
pub mod kind;
pub mod preflight;
pub mod random;
pub mod requirement;
pub mod run;
mod status;
pub mod store;
pub mod suggestion;
pub mod testing;
pub mod text;
mod yaml;
