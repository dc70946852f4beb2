//! Parameters of paths and queries: declared, present where required, and of the declared type.

use serde_json::{Value, json};

use super::{Contract, DocumentedParameter, ParameterPlace};

/// A fault of a parameter: its place and what is wrong.
type ParameterFault = (String, String);

/// Checks the query of a request against the declared parameters.
pub(super) fn query(
    contract: &Contract,
    declared: &[DocumentedParameter],
    given: &[(String, String)],
) -> Vec<ParameterFault> {
    let declared = || declared.iter().filter(|parameter| parameter.place == ParameterPlace::Query);
    let unknown = given.iter().filter(|(name, _)| !declared().any(|parameter| parameter.name == *name));
    let mut faults: Vec<_> =
        unknown.map(|(name, _)| (place(ParameterPlace::Query, name), "is not declared".to_owned())).collect();
    for parameter in declared() {
        let values = given.iter().filter(|(name, _)| *name == parameter.name);
        let values: Vec<_> = values.map(|(_, value)| value.as_str()).collect();
        match values.as_slice() {
            [] if parameter.required => {
                faults.push((place(parameter.place, &parameter.name), "is required".to_owned()));
            }
            [] => {}
            values => faults.extend(typed(contract, parameter, values)),
        }
    }
    faults
}

/// Checks the parts of a path.
pub(super) fn path(
    contract: &Contract,
    declared: &[DocumentedParameter],
    given: &[(&str, String)],
) -> Vec<ParameterFault> {
    let is_it = |parameter: &&DocumentedParameter, name: &str| {
        parameter.place == ParameterPlace::Path && parameter.name == name
    };
    let typed = |(name, value): &(&str, String)| {
        let parameter = declared.iter().find(|parameter| is_it(parameter, name));
        parameter.map(|parameter| typed(contract, parameter, &[value]))
    };
    given.iter().filter_map(typed).flatten().collect()
}

fn typed(contract: &Contract, parameter: &DocumentedParameter, values: &[&str]) -> Vec<ParameterFault> {
    let value = read(&parameter.schema, values);
    let place = place(parameter.place, &parameter.name);
    contract.faults(&parameter.schema, &value).into_iter().map(|(_, message)| (place.clone(), message)).collect()
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

fn place(place: ParameterPlace, name: &str) -> String {
    format!("{place} {name}")
}
