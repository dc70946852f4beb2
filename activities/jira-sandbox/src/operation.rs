//! The operations that are served, a file for each group of Jira's documentation. They look at the world and answer;
//! none of them changes it.

pub(crate) mod assignee;
pub(crate) mod attachment;
mod body;
pub(crate) mod comment;
pub(crate) mod issue;
pub(crate) mod link;
pub(crate) mod metadata;
pub(crate) mod permissions;
pub(crate) mod project;
pub(crate) mod property;
pub(crate) mod search;
pub(crate) mod site;
pub(crate) mod transition;
pub(crate) mod user;
pub(crate) mod watcher;
pub(crate) mod worklog;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    answer::Refusal,
    refusal,
    request::ApiRequest,
    world::{Issue, World},
};

/// The issue that the path names, if the caller may browse it. \[SPEC\]
fn visible_issue<'world>(request: &ApiRequest<'_>, world: &'world World) -> Result<&'world Issue, Refusal> {
    world.visible_issue(request.caller, request.part("issueIdOrKey")).ok_or_else(refusal::issue_not_found)
}

/// What a body wants the history to say of its change, where this Jira keeps that. \[SPEC\] for the form.
fn history_metadata(body: &Map<String, Value>, world: &World) -> Result<Option<Value>, Refusal> {
    match body.get("historyMetadata") {
        None | Some(Value::Null) => Ok(None),
        Some(given @ Value::Object(_)) => Ok(world.switches.history_metadata_kept.then(|| given.clone())),
        Some(_) => Err(refusal::body_invalid("historyMetadata must be an object")),
    }
}

/// Properties given with a create or a comment: keys up to 255 characters, values up to 32,768. \[SPEC\]
fn properties(given: Option<&Value>) -> Result<BTreeMap<String, Value>, Refusal> {
    let none = Vec::new();
    let given = match given {
        None | Some(Value::Null) => &none,
        Some(Value::Array(given)) => given,
        Some(_) => return Err(refusal::body_invalid("properties must be a list")),
    };
    given.iter().map(property).collect()
}

fn property(given: &Value) -> Result<(String, Value), Refusal> {
    body::only(given.as_object().ok_or_else(refusal::body_unreadable)?, &["key", "value"])?;
    let key = given.get("key").and_then(Value::as_str).unwrap_or_default();
    let value = given.get("value").ok_or_else(|| refusal::property_invalid(key, "it has no value"))?;
    check_property(key, value)?;
    Ok((key.to_owned(), value.clone()))
}

/// Keys have up to 255 characters, values up to 32,768. \[SPEC\]
fn check_property(key: &str, value: &Value) -> Result<(), Refusal> {
    if key.trim().is_empty() || key.chars().count() > 255 {
        return Err(refusal::property_invalid(key, "its key must have 1 to 255 characters"));
    }
    if value.to_string().chars().count() > 32_768 {
        return Err(refusal::property_invalid(key, "its value must have at most 32768 characters"));
    }
    Ok(())
}
