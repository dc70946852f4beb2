//! A process definition against the sandbox, from a program of your own.
//!
//!     cargo run --example sandbox

use std::{error::Error, fs, sync::Arc};

use flowrun_engine::{
    clock::SystemClock,
    definition::{self, Source},
    preflight,
    random::SystemRandom,
    run::{CancellationToken, Engine, EngineParts, NewRun, SilentObserver},
    store::MemoryStore,
};
use flowrun_jira::{Client, Connection, Files, FixedCredential, JiraAuthority, Settings, gateway_base};
use flowrun_jira_sandbox::{Options, Sandbox};
use serde_json::{Map, Value, json};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows what it did")]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start(Options::default()).await?;
    let client = Arc::new(Client::connect(connection(&sandbox)?, &Settings::default(), Arc::new(SystemClock))?);
    let catalogue = flowrun_jira::catalogue(&client, &Files::in_directory("workflows"));

    let source = Source::new("bug-intake.yaml", fs::read_to_string("workflows/bug-intake.yaml")?);
    let definition = definition::load(&source, &catalogue).definition.ok_or("the definition is wrong")?;
    let definition = Arc::new(definition);
    let given = Map::from_iter([("summary".to_owned(), json!("Login page is blank"))]);
    let inputs = definition.bind_inputs(given).map_err(|_| "the inputs are wrong")?;

    let authority = JiraAuthority::new(client);
    let missing = preflight::preflight(&definition, &inputs, &catalogue, &authority).await;
    for diagnostic in missing.map_err(|failure| failure.to_string())? {
        println!("{}: {}", diagnostic.code, diagnostic.message);
    }

    let engine = Engine::new(EngineParts {
        store: Arc::new(MemoryStore::default()),
        catalogue,
        authority: Arc::new(authority),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        observer: Arc::new(SilentObserver),
        max_in_flight: 8,
    });
    let new = NewRun { source: &source, definition, inputs, key: None, context: Value::Null };
    let run = engine.start(new).await?;
    let state = engine.drive(run, CancellationToken::new()).await?;

    println!("{}: {:?}", state.status(), state.outputs());
    for effect in sandbox.effects() {
        println!("{} {} {}", effect.operation, effect.issue.unwrap_or_default(), effect.status);
    }
    sandbox.shutdown().await;
    Ok(())
}

/// The sandbox's administrator, with all scopes.
fn connection(sandbox: &Sandbox) -> Result<Connection, Box<dyn Error>> {
    let description = sandbox.description();
    let user = description.users.into_iter().next().ok_or("the sandbox has no user")?;
    Ok(Connection {
        api_base: gateway_base(&description.gateway_url, &description.cloud_id),
        site_url: description.site_url,
        credentials: Arc::new(FixedCredential::bearer(user.bearer_token, user.scopes)),
    })
}
