//! Tables of expressions: their types, and what is wrong with them.

mod function;
mod name;
mod null;
mod operator;
mod property;

use serde_json::json;

use super::*;
use crate::suggestion::did_you_mean;

/// A definition with a few inputs and nodes.
struct World;

impl TypeEnv for World {
    fn root(&self, name: &str) -> Name {
        match name {
            "inputs" => Name::Value(Type::of_output(&json!({"type": "object", "properties": {
                "summary": {"type": "string"},
                "severity": {"enum": ["low", "high"]},
                "owner": {"type": ["string", "null"]},
                "n": {"type": "integer"},
                "ratio": {"type": "number"},
                "logs": {"type": "array", "items": {"type": "string"}},
                "any": {},
                "points": {"type": "array"},
                "people": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": ["string", "null"]}},
                    "required": ["name"]}},
                "person": {"type": "object", "properties": {"name": {"type": ["object", "null"],
                    "properties": {"first": {"type": "string"}}, "required": ["first"]}}, "required": ["name"]},
                "config": {"type": "object", "properties": {"a": {"type": "string"}}},
                "free": {"type": "object", "additionalProperties": true, "properties": {"a": {"type": "string"}}},
            }, "required": ["summary", "severity", "owner", "n", "ratio", "logs", "any", "points", "people", "person", "config", "free"]}))),
            "item" => Name::NotHere("`item` is there in a `for_each` only".into(), "add `for_each`".into()),
            _ => Name::Unknown,
        }
    }

    fn node(&self, id: &str) -> Name {
        let output = json!({"type": "object", "properties": {
            "key": {"type": "string"}, "outcome": {"enum": ["completed", "failed"]},
            "results": {"type": "array", "items": {"type": "object", "required": ["outcome"], "properties": {
                "outcome": {"enum": ["completed", "failed"]},
                "output": {"type": ["object", "null"], "properties": {"key": {"type": "string"}}, "required": ["key"]},
                "error": {"type": ["object", "null"], "properties": {"message": {"type": "string"}}, "required": ["message"]}}}},
            "issues": {"type": "array", "items": {"type": "object", "properties": {
                "key": {"type": "string"}, "points": {"type": "integer"}}, "required": ["key", "points"]}},
        }, "required": ["key", "outcome", "issues", "results"]});
        match id {
            "find" => Name::Node(Type::of_output(&output), None),
            "risky" => Name::Node(Type::of_output(&output), Some("`risky` may be skipped".into())),
            "later" => Name::NotHere("`later` runs later".into(), "wait for it".into()),
            _ => Name::Unknown,
        }
    }

    fn field_not_here(&self, _: &str, _: &str) -> Option<(String, String)> {
        None
    }

    fn similar_root(&self, name: &str) -> Option<String> {
        did_you_mean(name, ["inputs", "nodes", "run"])
    }

    fn similar_node(&self, id: &str) -> Option<String> {
        did_you_mean(id, ["find", "risky", "later"])
    }
}

fn shown(source: &str) -> String {
    let expression = Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    let checked = check(&expression, &World, &Shown::default());
    let faults = checked.faults.iter().map(|fault| {
        let help = fault.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        let severity = if fault.severity == Severity::Warning { " warning" } else { "" };
        format!("\n    {}{severity} [{}] {}{help}", fault.code, &source[fault.at.clone()], fault.message)
    });
    format!("{source} → {}{}", checked.kind.name(), faults.collect::<String>())
}

#[track_caller]
fn all_shown(sources: &[&str]) -> String {
    sources.iter().map(|source| shown(source)).collect::<Vec<_>>().join("\n")
}
