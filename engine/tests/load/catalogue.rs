//! Activities that only describe themselves.

use std::time::Duration;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Catalogue, Description, Failure, Intent},
    requirement::{Planned, Requirement, Scopes},
};
use serde_json::{Value, json};

struct Described(Description);

/// `desk.open` and `desk.close` write, `desk.look` reads.
pub(crate) fn catalogue() -> Catalogue {
    let open = json!({
        "type": "object",
        "required": ["title", "queue"],
        "additionalProperties": false,
        "properties": {
            "title": { "type": "string", "maxLength": 20 },
            "queue": { "type": "string" },
            "points": { "type": "integer", "minimum": 0 },
            "urgent": { "type": "boolean" },
            "priority": { "type": "string", "enum": ["low", "high"] },
            "labels": { "type": "array", "items": { "type": "string" } },
            "assignee": { "type": ["string", "null"] },
            "text": { "type": ["string", "object"] },
            "contact": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": false,
                "properties": { "name": { "type": "string" }, "phone": { "type": "string", "pattern": "^[0-9]+$", "x-expected": "a number of digits alone" } },
            },
            "fields": { "type": "object" },
        },
    });
    let close = json!({
        "type": "object",
        "required": ["ticket"],
        "additionalProperties": false,
        "properties": { "ticket": { "type": "string" }, "note": { "type": "string" }, "notes": { "type": "array" } },
        "oneOf": [{ "required": ["note"] }, { "required": ["notes"] }],
    });
    let look = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": { "ticket": { "type": "string" } },
    });
    Catalogue::default()
        .with(described("desk.open", open, true))
        .with(described("desk.close", close, true))
        .with(described("desk.look", look, false))
}

fn described(name: &str, input: Value, writes: bool) -> Described {
    let output = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["key", "labels"],
        "properties": { "key": { "type": "string" }, "labels": { "type": "array", "items": { "type": "string" } } },
    });
    Described(Description {
        name: name.into(),
        summary: "Does something.",
        input: input.into(),
        output: output.into(),
        writes,
        timeout: Duration::from_secs(30),
        scopes: Scopes::default(),
        permissions: Vec::new(),
        endpoints: Vec::new(),
        failures: Vec::new(),
    })
}

#[async_trait]
impl Activity for Described {
    fn description(&self) -> &Description {
        &self.0
    }

    fn requirements(&self, _: &Planned) -> Vec<Requirement> {
        Vec::new()
    }

    async fn run(&self, _: &Value, _: &Attempt) -> Result<Value, Failure> {
        unreachable!("nothing runs here")
    }

    async fn adopt(&self, _: &Value, _: &Intent, _: &str, _: &Attempt) -> Result<Value, Failure> {
        unreachable!("nothing runs here")
    }
}
