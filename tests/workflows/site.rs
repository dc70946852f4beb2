//! A sandbox in this process, and an engine that runs the shipped processes against it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use flowrun_engine::{
    activity::Catalogue,
    clock::SystemClock,
    definition::{self, Definition, Source},
    diagnostic::Diagnostic,
    id::{DriverId, RunId},
    journal::Record,
    preflight,
    random::Random,
    run::{Engine, EngineParts, NewRun, RunState, SilentObserver},
    store::{Barrier, MemoryStore, Store},
};
use flowrun_jira::{Client, Connection, Files, FixedCredential, JiraAuthority, Settings, gateway_base};
use flowrun_jira_sandbox::{Options, Sandbox};
use serde_json::{Map, Value};

/// Longer than any answer that no fault holds back.
const PATIENCE: Duration = Duration::from_secs(2);

/// The sandbox does nothing for a client that has hung up.
const LANDING: Duration = Duration::from_millis(200);

/// Retries wait for milliseconds, not for minutes, and a rate limit that never ends is given up.
const HASTE: &str = "defaults:\n  retry: { delay: 1ms, max_delay: 4ms }\n  deadline: 6s\n";

/// A Jira, and an engine whose activities talk to it.
pub(crate) struct Site {
    pub(crate) sandbox: Sandbox,
    pub(crate) engine: Engine,
    catalogue: Catalogue,
    client: Arc<Client>,
    source: Source,
    definition: Arc<Definition>,
}

/// The folder of the shipped processes.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows")
}

/// The names of the shipped processes.
pub(crate) fn names() -> Vec<String> {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let yaml = entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let mut names: Vec<_> = yaml.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// The sample inputs of a process.
pub(crate) fn sample(name: &str) -> Map<String, Value> {
    let text = fs::read_to_string(folder().join("samples").join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

impl Site {
    /// A new sandbox, and the process `name` for it.
    pub(crate) async fn new(name: &str, options: Options) -> Self {
        Self::with_store(name, options, (Arc::new(MemoryStore::default()), 8)).await
    }

    /// The same over a store, with so many attempts at a time.
    pub(crate) async fn with_store(
        name: &str,
        options: Options,
        (store, max_in_flight): (Arc<dyn Store>, usize),
    ) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let settings = Settings { timeout: PATIENCE, landing: LANDING, ..Settings::default() };
        let client = Arc::new(Client::connect(connection(&sandbox), &settings, Arc::new(SystemClock)).unwrap());
        let catalogue = flowrun_jira::catalogue(&client, &Files::in_directory(folder()));
        let text = fs::read_to_string(folder().join(format!("{name}.yaml"))).unwrap();
        let text = format!("{text}\n{HASTE}");
        let source = Source::new(format!("{name}.yaml"), text);
        let loaded = definition::load(&source, &catalogue);
        assert_eq!(loaded.diagnostics, [], "{name} is without problems");
        let engine = Engine::new(EngineParts {
            store,
            catalogue: catalogue.clone(),
            authority: Arc::new(JiraAuthority::new(client.clone())),
            clock: Arc::new(SystemClock),
            random: Arc::new(Chance),
            observer: Arc::new(SilentObserver),
            max_in_flight,
        });
        Self { sandbox, engine, catalogue, client, source, definition: Arc::new(loaded.definition.unwrap()) }
    }

    /// What is checked before a run; the warnings, or why the grants could not be checked.
    pub(crate) async fn preflight(&self, inputs: &Map<String, Value>) -> Result<Vec<Diagnostic>, String> {
        let inputs = self.definition.bind_inputs(inputs.clone()).unwrap();
        let authority = JiraAuthority::new(self.client.clone());
        let checked = preflight::preflight(&self.definition, &inputs, &self.catalogue, &authority).await;
        checked.map_err(|failure| failure.to_string())
    }

    /// Reads something of Jira as the administrator; `None` if it is not there.
    pub(crate) async fn get(&self, path: &str) -> reqwest::Result<Option<Value>> {
        let description = self.sandbox.description();
        let user = &description.users[0];
        let url = format!("{}/rest/api/3/{path}", description.site_url);
        let request = flowrun_jira::on_this_machine().build()?.get(url).basic_auth(&user.email, Some(&user.api_token));
        let answer = request.timeout(PATIENCE).send().await?;
        if answer.status() == 404 { Ok(None) } else { answer.error_for_status()?.json().await.map(Some) }
    }

    /// Keeps a run of this process that another one has driven so far.
    pub(crate) async fn keep(&self, store: &dyn Store, journal: &[Record]) -> RunId {
        let state = RunState::replay(self.definition.clone(), journal).unwrap();
        let (run, summary) = (state.run(), state.summary());
        store.create(&summary, self.source.text(), &journal[0], None, Barrier::Now).await.unwrap();
        let claim = store.claim(run, DriverId::new(uuid::Uuid::nil())).await.unwrap();
        for record in &journal[1..] {
            store.append(&claim, record, Some(&summary), Barrier::Now).await.unwrap();
        }
        store.release(&claim);
        run
    }

    /// Begins a run.
    pub(crate) async fn start(&self, inputs: &Map<String, Value>) -> RunId {
        let inputs = self.definition.bind_inputs(inputs.clone()).unwrap();
        let definition = self.definition.clone();
        let new = NewRun { source: &self.source, definition, inputs, key: None, context: Value::Null };
        self.engine.start(new).await.unwrap()
    }
}

/// The sandbox's administrator, with all scopes.
fn connection(sandbox: &Sandbox) -> Connection {
    let description = sandbox.description();
    let user = description.users.into_iter().next().unwrap();
    Connection {
        api_base: gateway_base(&description.gateway_url, &description.cloud_id),
        site_url: description.site_url,
        credentials: Arc::new(FixedCredential::bearer(user.bearer_token, user.scopes)),
    }
}

/// No chance at all.
struct Chance;

impl Random for Chance {
    fn fraction(&self) -> f64 {
        0.5
    }

    fn bytes(&self) -> [u8; 10] {
        [7; 10]
    }
}
