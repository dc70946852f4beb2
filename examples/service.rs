//! A service of your own: it starts runs when it is asked to, drives all that are due, and tells how far they are.
//!
//!     cargo run --example service
//!     curl -X POST http://127.0.0.1:8090/welcome/Ada
//!     curl http://127.0.0.1:8090/runs/RUN

use std::{collections::BTreeMap, error::Error, sync::Arc};

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use flowrun_diagnostics::Renderer;
use flowrun_engine::{
    activity::Catalogue,
    clock::SystemClock,
    definition::{self, Definition, Source},
    diagnostic::Diagnostic,
    random::SystemRandom,
    requirement::NoAuthority,
    run::{CancellationToken, Engine, EngineParts, NewRun, SilentObserver},
    store::MemoryStore,
};
use serde_json::{Value, json};

const DEFINITION: &str = r#"
process: welcome
version: 1.0.0
inputs: { name: { type: string, minLength: 2 } }
nodes:
  greet: { activity: example.greet, with: { name: "${{ inputs.name }}" } }
outputs: { said: "${{ nodes.greet.greeting }}" }
"#;

/// What the handlers share. A store on a disk (`SledStore`) in place of the one in memory, and runs survive the service.
struct Service {
    engine: Arc<Engine>,
    source: Source,
    definition: Arc<Definition>,
}

type Answer = Result<String, (StatusCode, String)>;

async fn welcome(State(service): State<Arc<Service>>, Path(name): Path<String>) -> Answer {
    let given = json!({ "name": name }).as_object().cloned().unwrap_or_default();
    let inputs = service.definition.bind_inputs(given).map_err(shown)?;
    let definition = service.definition.clone();
    let new = NewRun { source: &service.source, definition, inputs, key: None, context: Value::Null };
    // It is kept when this returns, and driven because it is due.
    let run = service.engine.start(new).await;
    run.map(|run| format!("{run}\n")).map_err(|error| (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")))
}

/// What is wrong with what was given.
fn shown(diagnostics: Vec<Diagnostic>) -> (StatusCode, String) {
    let told = diagnostics.into_iter().map(|diagnostic| Renderer::plain().render(&diagnostic.into()));
    (StatusCode::UNPROCESSABLE_ENTITY, told.collect())
}

async fn progress(State(service): State<Arc<Service>>, Path(run): Path<String>) -> Answer {
    let unknown = || (StatusCode::NOT_FOUND, "there is no such run\n".to_owned());
    let run = run.parse().map_err(|_| unknown())?;
    let state = service.engine.state(run).await.map_err(|_| unknown())?;
    let nodes: BTreeMap<_, _> = state.nodes().map(|node| (node.id.to_string(), node.status.to_string())).collect();
    Ok(format!("{}\n", json!({ "status": state.status().to_string(), "nodes": nodes, "outputs": state.outputs() })))
}

/// The service, and the engine whose runs it drives.
fn service() -> Result<(Router, Arc<Engine>), Box<dyn Error>> {
    let greet = |who: BTreeMap<String, String>, _| async move {
        Ok(BTreeMap::from([("greeting".to_owned(), format!("Hello, {}!", who["name"]))]))
    };
    let catalogue = Catalogue::default().function("example.greet", "Makes a greeting.", greet);
    let source = Source::new("welcome.yaml", DEFINITION);
    let definition = definition::load(&source, &catalogue).definition.ok_or("the definition is wrong")?;
    let engine = Arc::new(Engine::new(EngineParts {
        store: Arc::new(MemoryStore::default()),
        catalogue,
        authority: Arc::new(NoAuthority),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        observer: Arc::new(SilentObserver),
        max_in_flight: 8,
    }));
    let state = Arc::new(Service { engine: engine.clone(), source, definition: Arc::new(definition) });
    let router = Router::new().route("/welcome/{name}", post(welcome)).route("/runs/{run}", get(progress));
    Ok((router.with_state(state), engine))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (router, engine) = service()?;
    let stop = CancellationToken::new();
    let driving = tokio::spawn({
        let (engine, stop) = (engine.clone(), stop.clone());
        async move { engine.drive_all(64, stop).await }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8090").await?;
    let ends = async { drop(tokio::signal::ctrl_c().await) };
    axum::serve(listener, router).with_graceful_shutdown(ends).await?;
    // What is on the wire is finished; the rest goes on when the service is started again.
    stop.cancel();
    driving.await??;
    Ok(())
}
