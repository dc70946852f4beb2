//! Parameters of paths and queries: declared, present where required, and of the declared type.

use serde_json::{Value, json};

use super::Contract;

/// A fault of a parameter: its place and what is wrong.
type Fault = (String, String);

/// Checks the query of a request against the declared parameters.
pub(super) fn query(contract: &Contract, declared: &[&Value], given: &[(String, String)]) -> Vec<Fault> {
    let declared: Vec<_> = declared.iter().filter(|parameter| parameter["in"] == "query").collect();
    let is_declared = |name: &str| declared.iter().any(|parameter| parameter["name"] == name);
    let unknown = given.iter().filter(|(name, _)| !is_declared(name));
    let mut faults: Vec<_> = unknown.map(|(name, _)| (place("query", name), "is not declared".to_owned())).collect();
    for parameter in declared {
        let name = parameter["name"].as_str().unwrap_or_default();
        let values: Vec<_> = given.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str()).collect();
        match values.as_slice() {
            [] if parameter["required"] == true => faults.push((place("query", name), "is required".to_owned())),
            [] => {}
            values => faults.extend(typed(contract, parameter, values)),
        }
    }
    faults
}

/// Checks the parts of a path.
pub(super) fn path(contract: &Contract, declared: &[&Value], given: &[(&str, String)]) -> Vec<Fault> {
    let find = |name: &str| declared.iter().find(|parameter| parameter["in"] == "path" && parameter["name"] == name);
    let typed = |(name, value): &(&str, String)| find(name).map(|parameter| typed(contract, parameter, &[value]));
    given.iter().filter_map(typed).flatten().collect()
}

fn typed(contract: &Contract, parameter: &Value, values: &[&str]) -> Vec<Fault> {
    let (name, schema) = (parameter["name"].as_str().unwrap_or_default(), &parameter["schema"]);
    let value = read(schema, values);
    let place = place(parameter["in"].as_str().unwrap_or_default(), name);
    contract.faults(schema, &value).into_iter().map(|(_, message)| (place.clone(), message)).collect()
}

/// Reads a parameter's text by its declared type. A list may be repeated, or separated by commas as Jira takes it too.
fn read(schema: &Value, values: &[&str]) -> Value {
    match schema["type"].as_str() {
        Some("array") => {
            values.iter().flat_map(|value| value.split(',')).map(|item| scalar(&schema["items"], item)).collect()
        }
        _ => scalar(schema, values.last().copied().unwrap_or_default()),
    }
}

fn scalar(schema: &Value, text: &str) -> Value {
    let read = match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().ok().map(|number| json!(number)),
        Some("boolean") => text.parse::<bool>().ok().map(|truth| json!(truth)),
        _ => None,
    };
    read.unwrap_or_else(|| json!(text))
}

fn place(kind: &str, name: &str) -> String {
    format!("{kind} {name}")
}
