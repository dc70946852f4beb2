//! The catalogue for people.

use std::{borrow::Cow, collections::BTreeSet};

use flowrun_engine::activity::{Catalogue, Description};
use serde_json::Value;

use super::{plain::duration, wrap};
use crate::screen::styles;

/// All activities, a line each.
pub(crate) fn activities_text(catalogue: &Catalogue) -> String {
    let descriptions = || catalogue.iter().map(|activity| activity.description());
    let widest = descriptions().map(|description| description.name.as_str().len()).max().unwrap_or(0);
    let line = |description: &Description| format!("{:widest$}  {}\n", description.name.as_str(), description.summary);
    descriptions().map(line).collect()
}

/// One activity, in full.
pub(crate) fn activity_text(description: &Description) -> String {
    let strong = styles::STRONG;
    let mut text = format!("{strong}{}{strong:#}: {}\n", description.name, description.summary);
    text += &section("with (each may be `${{ … }}`)", &inputs(&description.input));
    text += &section("output", &outputs(&description.output));
    let classic = scopes("", &description.scopes.classic);
    let granular = scopes(if classic.is_empty() { "" } else { "or all of: " }, &description.scopes.granular);
    text += &section("scopes", &(classic + &granular));
    let permissions = description.permissions.iter().map(|(key, on)| format!("  {key} on {on}\n"));
    text += &section("permissions", &permissions.collect::<String>());
    text += &section("calls", &description.endpoints.iter().map(|call| format!("  {call}\n")).collect::<String>());
    text += &section("what may fail, and how it is said", &failures(description));
    text + &format!("\ntimeout of an attempt: {}\n", duration(description.timeout))
}

fn failures(description: &Description) -> String {
    let told = description.failures.iter().map(|(when, said)| wrap(&format!("{when}:"), 2, 80) + &wrap(said, 6, 80));
    told.collect()
}

fn section(title: &str, lines: &str) -> String {
    if lines.is_empty() { String::new() } else { format!("\n{title}\n{lines}") }
}

fn scopes(lead: &str, names: &BTreeSet<Cow<'static, str>>) -> String {
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    wrap(&format!("{lead}{}", names.join(", ")), 2, 80)
}

/// The inputs: name, type, whether it is required, what it is, an example.
fn inputs(schema: &Value) -> String {
    let line = |field: Field<'_>| {
        let needed = if field.required { ", required" } else { "" };
        let example = &field.schema["examples"][0];
        let example = if example.is_null() { String::new() } else { wrap(&format!("example: {example}"), 6, 80) };
        let limits = limits(field.schema);
        format!("  {}: {}{limits}{needed}\n{}{example}", field.path, type_of(field.schema), told(field.schema))
    };
    fields(schema, "").into_iter().map(line).chain([exclusive(schema)]).collect()
}

/// What a value may be at most, and what it is where it is not given.
fn limits(schema: &Value) -> String {
    let words = [
        ("minimum", ", at least "),
        ("maximum", ", at most "),
        ("maxLength", ", characters: at most "),
        ("maxItems", ", items: at most "),
        ("default", ", default "),
    ];
    // That an id is no negative number goes without saying.
    let is_telling = |keyword: &str| {
        let limit = &schema[keyword];
        !limit.is_null() && (keyword != "minimum" || (schema["type"].is_string() && *limit != 0))
    };
    let telling = words.into_iter().filter(|(keyword, _)| is_telling(keyword));
    telling.map(|(keyword, words)| format!("{words}{}", schema[keyword])).collect()
}

/// Which inputs exclude each other.
fn exclusive(schema: &Value) -> String {
    let choices = schema["oneOf"].as_array().into_iter().flatten().filter_map(|choice| choice["required"][0].as_str());
    let names: Vec<_> = choices.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { String::new() } else { format!("  exactly one of {} is given\n", names.join(", ")) }
}

/// The output: name, type, what it is.
fn outputs(schema: &Value) -> String {
    let line = |field: Field<'_>| format!("  {}: {}\n{}", field.path, type_of(field.schema), told(field.schema));
    fields(schema, "").into_iter().map(line).collect()
}

fn told(schema: &Value) -> String {
    schema["description"].as_str().map(|told| wrap(&told.replace('\n', " "), 6, 80)).unwrap_or_default()
}

/// A field of an object, or of one in it.
struct Field<'a> {
    /// `key`, `attachments[].id`
    path: String,
    required: bool,
    schema: &'a Value,
}

/// The fields of an object's schema, each followed by those in it.
fn fields<'a>(schema: &'a Value, within: &str) -> Vec<Field<'a>> {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut found = Vec::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{within}{name}");
        let choices = property["anyOf"].as_array().into_iter().flatten();
        let inner: Vec<_> = choices.chain([property]).flat_map(|choice| fields(choice, &format!("{path}."))).collect();
        let items = fields(&property["items"], &format!("{path}[]."));
        found.push(Field { path, required: required.contains(&name.as_str()), schema: property });
        found.extend(inner.into_iter().chain(items));
    }
    found
}

/// The type of a value, in words.
fn type_of(schema: &Value) -> String {
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ");
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        return choices.iter().map(type_of).collect::<Vec<_>>().join(" | ");
    }
    match &schema["type"] {
        Value::String(name) if name == "array" => list_of(&type_of(&schema["items"])),
        Value::String(name) => name.clone(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => "any".to_owned(),
    }
}

fn list_of(items: &str) -> String {
    if items.contains('|') { format!("list of ({items})") } else { format!("list of {items}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn inputs_are_told_with_their_limits() {
        let schema = json!({
            "required": ["jql"],
            "properties": {
                "jql": { "type": "string", "minLength": 1 },
                "limit": { "type": "integer", "minimum": 1, "maximum": 5000, "default": 50 },
                "issue": { "type": ["integer", "string"], "minimum": 1 },
            },
            "oneOf": [{ "required": ["jql"] }, { "required": ["issue"] }],
        });
        let told = "  issue: integer | string\n  jql: string, required\n  \
                    limit: integer, at least 1, at most 5000, default 50\n  exactly one of `jql`, `issue` is given\n";
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
        assert_eq!(lines(&inputs(&schema)), lines(told));
    }
}
