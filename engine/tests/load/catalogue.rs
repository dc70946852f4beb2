//! Activities that only describe themselves, and a kind of texts that shows what is a value in it.

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Catalogue, Description, Failure, Problem, Reads},
    requirement::Planned,
    text::{self, Fault, TextKind},
};
use serde_json::{Value, json};

struct Described(Description);

/// `desk.open` and `desk.close` write, `desk.look` reads. None of them knows a ticket `NONE`.
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
    let ask = json!({
        "type": "object",
        "required": ["query"],
        "additionalProperties": false,
        "properties": {
            "query": { "type": "string", "x-text": "query" },
            "queries": { "type": "array", "items": { "type": ["string", "object"], "x-text": "query" } },
            "version": { "type": ["string", "integer"] },
            "labels": { "type": "array", "items": { "type": "string" } },
            "note": { "type": "string" },
            "count": { "type": "integer" },
            "size": { "type": "number" },
            "fields": { "type": "object", "x-as-written": true },
        },
    });
    Catalogue::default()
        .with_text_kind(Query)
        .with(described("desk.ask", ask, false))
        .with(described("desk.open", open, true))
        .with(described("desk.close", close, true))
        .with(described("desk.look", look, false))
}

fn described(name: &str, input: Value, writes: bool) -> Described {
    let output = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["key", "labels", "last"],
        "properties": {
            "key": { "type": "string" },
            "labels": { "type": "array", "items": { "type": "string" } },
            "last": { "type": "array", "items": { "type": "object", "required": ["query"], "additionalProperties": false,
                "properties": { "query": { "type": "string", "x-text": "query" }, "plain": { "type": "string" } } } },
        },
    });
    let description = Description::new(name, "Does something.", input, output).reading();
    Described(if writes { description.writing() } else { description })
}

#[async_trait]
impl Activity for Described {
    fn description(&self) -> &Description {
        &self.0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        let ticket = input.field("ticket").filter(|ticket| ticket.as_str() == Some("NONE"));
        let problem =
            ticket.map(|_| Problem { field: "ticket".into(), message: "it is not a ticket".into(), help: None });
        problem.into_iter().collect()
    }

    async fn read(&self, _: &Attempt<'_>) -> Result<Reads, Failure> {
        unreachable!("nothing runs here")
    }

    async fn output(&self, _: &Attempt<'_>, _: Reads) -> Result<Value, Failure> {
        unreachable!("nothing runs here")
    }
}

/// A language in which values stand in `<…>` and fragments in `{…}`. A value alone is not a query.
struct Query;

impl TextKind for Query {
    fn name(&self) -> &'static str {
        "query"
    }

    fn title(&self) -> &'static str {
        "query"
    }

    fn function(&self) -> Option<&'static str> {
        Some("query.raw")
    }

    fn check(&self, parts: &[text::Planned<'_>]) -> Vec<Fault> {
        match parts {
            [text::Planned::Value { source, types }] => vec![Fault {
                part: Some(0),
                message: format!("`{source}` ({types:?}) is not a query"),
                help: "say so".into(),
            }],
            _ => Vec::new(),
        }
    }

    fn assemble(&self, parts: &[text::Part<'_>]) -> Result<Value, Fault> {
        let shown = parts.iter().map(|part| match part {
            text::Part::Literal(literal) => Ok((*literal).to_owned()),
            text::Part::Fragment { text, .. } => Ok(format!("{{{text}}}")),
            text::Part::Value { source, value: Value::Null } => {
                Err(Fault { part: None, message: format!("`{source}` is null"), help: "guard it".into() })
            }
            text::Part::Value { value, .. } => Ok(format!("<{value}>")),
        });
        shown.collect::<Result<String, _>>().map(Value::String)
    }
}
