//! The activities of simulated worlds. The machine asks only what they are; what they do, the service knows.

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Catalogue, Description, Failure, Reads},
    diagnostic::Code,
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
    let output = json!({ "type": "object", "properties": { "key": { "type": "string" } } });
    let description = Description::new(name, "Does what its world says.", input, output).writing();
    Named(if reads { description.reading() } else { description })
}

#[async_trait]
impl Activity for Named {
    fn description(&self) -> &Description {
        &self.0
    }

    async fn read(&self, _: &Attempt<'_>) -> Result<Reads, Failure> {
        Err(Failure::permanent(Code::ACTIVITY_BROKEN, "simulated activities are not called"))
    }

    async fn output(&self, _: &Attempt<'_>, _: Reads) -> Result<Value, Failure> {
        Err(Failure::permanent(Code::ACTIVITY_BROKEN, "simulated activities are not called"))
    }
}
