//! How fast steps go: runs of ten steps in sequence, each one POST to a server of its own process, kept in a store on the disk.
//!
//!     cargo build --release -p flowrun-engine --example steps
//!     steps serve                      # prints an address; ends with its standard input
//!     steps STORE RUNS AT_ONCE ADDRESS # or `-` for an address: each effect is answered at once, without a server
//!
//! Says steps a second, the time of a run, the processor's time a step, and what the store has on the disk in the end.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::disallowed_methods, reason = "a measurement needs a clock")]

use std::{
    error::Error,
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Catalogue, Description, Effect, Failure, TypedActivity},
    clock::SystemClock,
    definition::{self, Definition, Source},
    diagnostic::Code,
    id::OperationId,
    random::SystemRandom,
    requirement::NoAuthority,
    run::{CancellationToken, Engine, EngineParts, NewRun, RunStatus, SilentObserver},
    store::SledStore,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

type Failed = Box<dyn Error + Send + Sync>;

const STEPS: usize = 10;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => serve().await,
        [store, runs, at_once, address] => {
            let address = (*address != "-").then(|| (*address).to_owned());
            measure(Path::new(store), runs.parse()?, at_once.parse()?, address).await
        }
        _ => Err("usage: steps serve | steps STORE RUNS AT_ONCE ADDRESS".into()),
    }
}

async fn measure(path: &Path, runs: usize, at_once: usize, address: Option<String>) -> Result<(), Failed> {
    let catalogue = Catalogue::default().with_typed(Post { address, idle: Mutex::default() }, ());
    let source = Source::new("steps.yaml", process());
    let loaded = definition::load(&source, &catalogue);
    let definition = Arc::new(loaded.definition.ok_or("the definition is wrong")?);
    let engine = Arc::new(Engine::new(EngineParts {
        store: Arc::new(SledStore::open(path, "the measurement")?),
        catalogue,
        authority: Arc::new(NoAuthority),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        observer: Arc::new(SilentObserver),
        max_in_flight: 8,
    }));
    let (began, busy) = (Instant::now(), processor());
    let each = runs.div_ceil(at_once);
    let work = |_| tokio::spawn(one_after_the_other(engine.clone(), source.clone(), definition.clone(), each));
    let mut times = Vec::new();
    for worker in (0..at_once).map(work).collect::<Vec<_>>() {
        times.extend(worker.await??);
    }
    let (took, busy) = (began.elapsed(), processor() - busy);
    times.sort_unstable();
    let steps = times.len() * STEPS;
    drop(engine);
    let per_run = bytes(path)? as f64 / times.len() as f64;
    println!(
        "{:.0} steps/s; a run takes {:.1?} (median); {:.0} µs of processor a step; {per_run:.0} bytes a run",
        steps as f64 / took.as_secs_f64(),
        times[times.len() / 2],
        busy.as_secs_f64() * 1e6 / steps as f64,
    );
    Ok(())
}

async fn one_after_the_other(
    engine: Arc<Engine>,
    source: Source,
    definition: Arc<Definition>,
    count: usize,
) -> Result<Vec<Duration>, Failed> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let began = Instant::now();
        let inputs = definition.bind_inputs(Map::new()).map_err(|_| "the inputs are wrong")?;
        let new = NewRun { source: &source, definition: definition.clone(), inputs, key: None, context: Value::Null };
        let state = engine.run(new, CancellationToken::new()).await?;
        if state.status() != RunStatus::Completed {
            return Err(format!("a run is {}", state.status()).into());
        }
        times.push(began.elapsed());
    }
    Ok(times)
}

/// Ten nodes in sequence.
fn process() -> String {
    let node = |number: usize| {
        let after = number.checked_sub(1).map(|before| format!("    after: n{before}\n")).unwrap_or_default();
        format!("  n{number}:\n{after}    activity: bench.post\n    with: {{ text: \"step {number} of the run\" }}\n")
    };
    let nodes: String = (0..STEPS).map(node).collect();
    format!("process: steps\nversion: 1.0.0\nnodes:\n{nodes}")
}

/// All that is below a directory.
fn bytes(path: &Path) -> Result<u64, Failed> {
    let mut sum = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        sum += if entry.file_type()?.is_dir() { bytes(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(sum)
}

/// The processor's time of this process, as Linux tells it, in hundredths of a second.
fn processor() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// `bench.post`: makes something at the server.
struct Post {
    address: Option<String>,
    idle: Mutex<Vec<BufReader<TcpStream>>>,
}

#[derive(Deserialize, JsonSchema)]
struct Text {
    text: String,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Made {
    id: String,
    key: String,
}

#[async_trait]
impl TypedActivity for Post {
    type Input = Text;
    type Output = Made;
    type Reads = ();
    type Service = ();

    fn description(&self) -> Description {
        Description::of::<Self>("bench.post", "Posts a text.").writing()
    }

    async fn read(&self, _: &Attempt<'_, Text>, (): &()) -> Result<(), Failure> {
        Ok(())
    }

    fn prepare(&self, attempt: &Attempt<'_, Text>, (): &()) -> Result<Vec<Effect>, Failure> {
        let request = json!({ "text": attempt.input.text });
        Ok(vec![Effect::new("post", "the server", "post a text", request).known_by("ID", "its id").creating()])
    }

    async fn send(&self, attempt: &Attempt<'_, Text>, (): &(), effect: &Effect, (): &()) -> Result<Value, Failure> {
        let lost = |error: Failed| Failure::transient(Code::UNAVAILABLE, error.to_string()).in_doubt();
        self.post(&attempt.operation(&effect.name), &attempt.input.text).await.map_err(lost)
    }

    async fn output(&self, attempt: &Attempt<'_, Text>, (): (), (): &()) -> Result<Made, Failure> {
        attempt.done.read("post")
    }
}

impl Post {
    async fn post(&self, operation: &OperationId, text: &str) -> Result<Value, Failed> {
        let Some(address) = &self.address else {
            return Ok(json!(Made { id: operation.to_string(), key: "OPS-1".to_owned() }));
        };
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => BufReader::new(TcpStream::connect(address).await?),
        };
        let body = json!({ "text": text, "tag": operation.to_string() }).to_string();
        let head = format!("POST /issue HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\r\n", body.len());
        connection.get_mut().write_all((head + &body).as_bytes()).await?;
        let answer = message(&mut connection).await?.ok_or("the server hung up")?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(serde_json::from_slice(&answer)?)
    }
}

/// Reads the body of a message; `None` at the end of the connection.
async fn message(connection: &mut BufReader<TcpStream>) -> Result<Option<Vec<u8>>, Failed> {
    let (mut line, mut length) = (String::new(), 0);
    loop {
        line.clear();
        if connection.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await?;
    Ok(Some(body))
}

/// Answers each POST with something new, until its standard input ends.
async fn serve() -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    tokio::spawn(async move {
        let mut number = 0_u64;
        while let Ok((connection, _)) = listener.accept().await {
            number += 1;
            tokio::spawn(answer(connection, number * 1_000_000));
        }
    });
    let ended = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    ended.await??;
    Ok(())
}

async fn answer(connection: TcpStream, mut number: u64) -> Result<(), Failed> {
    let mut connection = BufReader::new(connection);
    while message(&mut connection).await?.is_some() {
        number += 1;
        let body = json!({ "id": number.to_string(), "key": format!("OPS-{number}") }).to_string();
        let head = format!("HTTP/1.1 201 Created\r\nContent-Length: {}\r\n\r\n", body.len());
        connection.get_mut().write_all((head + &body).as_bytes()).await?;
    }
    Ok(())
}
