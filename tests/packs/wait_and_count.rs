//! A pack that the command line knows nothing of: `example.wait` and `example.count`, with an authority of its own.

use std::{
    env,
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use clap::{Arg, ArgMatches, Command};
use flowrun::{CommandError, Connection, Environment, Pack, PackWords};
use flowrun_engine::{
    activity::{Attempt, Catalogue, Description, Failure, TypedActivity},
    definition::Definition,
    diagnostic::Code,
    requirement::{Authority, Basis, Need, Planned, Requirement, Subject, Verdict},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Who counts, where the variable says so, has lost what it was granted.
pub(crate) const LOST: &str = "WAIT_AND_COUNT_LOST";

/// The pack.
pub(crate) struct WaitAndCount;

/// A run of it is connected to a counter that has a name.
#[derive(Clone)]
struct Counter {
    catalogue: Catalogue,
    context: Value,
}

/// `example.wait`
struct Wait;

/// `example.count`
struct Count;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Time {
    /// For how many milliseconds.
    #[schemars(range(max = 10))]
    milliseconds: u64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Things {
    /// What is counted.
    things: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Counted {
    /// How many there are.
    number: usize,
}

#[async_trait]
impl TypedActivity for Wait {
    type Input = Time;
    type Output = ();
    type Reads = ();
    type Service = ();

    fn description(&self) -> Description {
        Description::of::<Self>("example.wait", "Waits.")
    }

    async fn read(&self, _: &Attempt<'_, Time>, (): &()) -> Result<(), Failure> {
        Ok(())
    }

    async fn output(&self, attempt: &Attempt<'_, Time>, (): (), (): &()) -> Result<(), Failure> {
        tokio::time::sleep(Duration::from_millis(attempt.input.milliseconds)).await;
        Ok(())
    }
}

#[async_trait]
impl TypedActivity for Count {
    type Input = Things;
    type Output = Counted;
    type Reads = ();
    type Service = ();

    fn description(&self) -> Description {
        Description::of::<Self>("example.count", "Counts things.")
            .saying(|output| format!("counted {}", output["number"]))
    }

    fn requirements(&self, _: &Planned) -> Vec<Requirement> {
        let need = Need::Permission { key: "COUNT".into(), subject: Subject::Global };
        vec![Requirement { need, reason: "counts".into(), basis: Basis::Documented }]
    }

    async fn read(&self, _: &Attempt<'_, Things>, (): &()) -> Result<(), Failure> {
        match env::var_os(LOST) {
            Some(_) => Err(Failure::needs_grant(Code::PERMISSION_MISSING, "you may not count any more")),
            None => Ok(()),
        }
    }

    async fn output(&self, attempt: &Attempt<'_, Things>, (): (), (): &()) -> Result<Counted, Failure> {
        Ok(Counted { number: attempt.input.things.len() })
    }
}

impl PackWords for WaitAndCount {
    fn service(&self) -> &'static str {
        "the counter"
    }

    fn catalogue(&self) -> &Catalogue {
        static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(catalogue);
        &CATALOGUE
    }

    fn place(&self, context: &Value) -> Option<String> {
        Some(format!("on the counter of {}", context["counter"].as_str()?))
    }
}

#[async_trait]
impl Pack for WaitAndCount {
    fn run_arguments(&self, run: Command) -> Command {
        run.arg(Arg::new("counter").long("counter").value_name("NAME").default_value("ann").help("Who counts"))
    }

    fn context(&self, typed: &ArgMatches, _: &std::path::Path, _: &Definition) -> Result<Value, CommandError> {
        Ok(json!({ "counter": typed.get_one::<String>("counter") }))
    }

    async fn connect(&self, _: &Environment, context: &Value) -> Result<Arc<dyn Connection>, CommandError> {
        self.disconnected(context)
    }

    fn disconnected(&self, context: &Value) -> Result<Arc<dyn Connection>, CommandError> {
        Ok(Arc::new(Counter { catalogue: catalogue(), context: context.clone() }))
    }
}

impl Connection for Counter {
    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn authority(&self) -> Arc<dyn Authority> {
        Arc::new(self.clone())
    }

    fn context(&self) -> Result<Value, CommandError> {
        Ok(self.context.clone())
    }
}

#[async_trait]
impl Authority for Counter {
    async fn check(&self, needs: &[Need]) -> Result<Vec<Verdict>, Failure> {
        let verdict = if self.context["counter"] == "nobody" {
            Verdict::Missing { message: "nobody may count".to_owned(), help: "give another `--counter`".to_owned() }
        } else {
            Verdict::Granted
        };
        Ok(vec![verdict; needs.len()])
    }
}

fn catalogue() -> Catalogue {
    Catalogue::default().with_typed(Wait, ()).with_typed(Count, ())
}
