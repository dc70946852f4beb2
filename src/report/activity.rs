//! The catalogue for people.

use std::{borrow::Cow, collections::BTreeSet};

use flowrun_engine::activity::{Catalogue, Description};
use serde_json::Value;

use super::{
    plain::{duration, wrap},
    styles,
};

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
    text += &section("with", &fields(&description.input));
    text += &section("output", &fields(&description.output));
    let classic = scopes("", &description.scopes.classic);
    let granular = scopes(if classic.is_empty() { "" } else { "or all of: " }, &description.scopes.granular);
    text += &section("scopes", &(classic + &granular));
    let permissions = description.permissions.iter().map(|(key, on)| format!("  {key} on {on}\n"));
    text += &section("permissions", &permissions.collect::<String>());
    text += &section("calls", &description.endpoints.iter().map(|call| format!("  {call}\n")).collect::<String>());
    text + &format!("\ntimeout of an attempt: {}\n", duration(description.timeout))
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

/// The fields of an object's schema: name, type, whether it is required, what it is.
fn fields(schema: &Value) -> String {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let line = |(name, property): (&String, &Value)| {
        let needed = if required.contains(&name.as_str()) { ", required" } else { "" };
        let told =
            property["description"].as_str().map(|told| wrap(&told.replace('\n', " "), 6, 80)).unwrap_or_default();
        format!("  {name}: {}{needed}\n{told}", type_of(property))
    };
    properties.map(line).collect()
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
        _ => "any".to_owned(),
    }
}

fn list_of(items: &str) -> String {
    if items.contains('|') { format!("list of ({items})") } else { format!("list of {items}") }
}
