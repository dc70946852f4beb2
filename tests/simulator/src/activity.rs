//! The activities of simulated worlds. The machine asks only what they are; what they do, the service knows.

use std::time::Duration;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Catalogue, Description, Failure, Intent},
    diagnostic::Code,
    requirement::{Planned, Requirement, Scopes},
};
use serde_json::{Value, json};

/// `sim.make` makes something, after reading; `sim.change` changes what is there, after reading; `sim.note` makes
/// something and reads nothing.
pub(crate) fn catalogue() -> Catalogue {
    Catalogue::default().with(named("sim.make", true)).with(named("sim.change", true)).with(named("sim.note", false))
}

/// Whether effects of this activity make something new.
pub(crate) fn creates(activity: &str) -> bool {
    activity != "sim.change"
}

/// Whether attempts of this activity read first.
pub(crate) fn reads(activity: &str) -> bool {
    activity != "sim.note"
}

struct Named(Description);

fn named(name: &str, reads: bool) -> Named {
    let input = json!({ "type": "object", "additionalProperties": false, "properties": { "of": {} } });
    Named(Description {
        name: name.into(),
        summary: "Does what its world says.",
        input: input.into(),
        output: json!({ "type": "object", "properties": { "key": { "type": "string" } } }).into(),
        writes: true,
        reads,
        timeout: Duration::from_secs(30),
        scopes: Scopes::default(),
        permissions: Vec::new(),
        endpoints: Vec::new(),
        failures: Vec::new(),
    })
}

#[async_trait]
impl Activity for Named {
    fn description(&self) -> &Description {
        &self.0
    }

    fn requirements(&self, _: &Planned) -> Vec<Requirement> {
        Vec::new()
    }

    async fn run(&self, _: &Value, _: &Attempt) -> Result<Value, Failure> {
        Err(Failure::permanent(Code::ACTIVITY_BROKEN, "simulated activities are not called"))
    }

    async fn adopt(&self, _: &Value, _: &Intent, _: &str, _: &Attempt) -> Result<Value, Failure> {
        Err(Failure::permanent(Code::ACTIVITY_BROKEN, "simulated activities are not called"))
    }
}
