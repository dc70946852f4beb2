//! The schemas under `schemas/` are those that the program works with.
//!
//! They are generated: `UPDATE_SCHEMAS=1 cargo test --test schemas` writes them anew.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use flowrun_engine::{
    activity::Catalogue,
    definition::{Source, load, process_schema},
};
use flowrun_jira::{Client, Files, catalogue};
use serde_json::Value;

#[test]
fn the_schemas_are_up_to_date() {
    let generated = generated();
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        write(&generated);
    }
    let activities = files(&root().join("activities")).into_iter().filter(|path| !generated.contains_key(path));
    assert_eq!(activities.collect::<Vec<_>>(), Vec::<PathBuf>::new(), "no activity has these schemas");
    for (path, text) in &generated {
        let written = fs::read_to_string(path).unwrap_or_default();
        assert!(written == *text, "{} is out of date: UPDATE_SCHEMAS=1 cargo test --test schemas", path.display());
    }
}

#[test]
fn the_schemas_are_schemas() {
    for (path, text) in generated() {
        let schema: Value = serde_json::from_str(&text).expect("JSON");
        let errors: Vec<_> =
            jsonschema::draft7::meta::validator().iter_errors(&schema).map(|e| e.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{}", path.display());
        jsonschema::draft7::new(&schema).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

/// An editor without a network shows nothing at all where a part of a schema is elsewhere.
#[test]
fn the_schemas_refer_to_nothing_outside_of_themselves() {
    let outputs = files(&root().join("output")).into_iter();
    let outputs = outputs.map(|path| (path.clone(), fs::read_to_string(path).expect("a text")));
    for (path, text) in generated().into_iter().chain(outputs) {
        let schema: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(references_outside(&schema), Vec::<String>::new(), "{}", path.display());
    }
}

fn references_outside(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str).filter(|place| !place.starts_with('#'));
            own.map(str::to_owned).into_iter().chain(fields.values().flat_map(references_outside)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references_outside).collect(),
        _ => Vec::new(),
    }
}

/// They are checked against the same schema that editors use, and against all that it cannot say.
#[test]
fn the_shipped_definitions_have_no_faults() {
    let definitions = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows"));
    assert!(!definitions.is_empty(), "the definitions have moved");
    for path in definitions {
        let text = fs::read_to_string(&path).expect("a text");
        let loaded = load(&Source::new(path.display().to_string(), text), &activities());
        assert_eq!(loaded.diagnostics, [], "{}", path.display());
    }
}

/// The text of each schema by its path.
fn generated() -> BTreeMap<PathBuf, String> {
    let catalogue = activities();
    let mut schemas = BTreeMap::from([
        (root().join("process.schema.json"), process_schema(&catalogue)),
        (root().join("sandbox-seed.schema.json"), flowrun_jira_sandbox::seed_schema().to_value()),
        (root().join("sandbox-faults.schema.json"), flowrun_jira_sandbox::faults_schema().to_value()),
    ]);
    for activity in catalogue.iter() {
        let description = activity.description();
        for (kind, schema) in [("input", &description.input), ("output", &description.output)] {
            let path = root().join("activities").join(format!("{}.{kind}.schema.json", description.name));
            let mut schema = Value::clone(schema);
            schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
            schema["title"] = format!("{kind} of {}", description.name).into();
            schemas.insert(path, schema);
        }
    }
    let text = |schema: Value| format!("{}\n", serde_json::to_string_pretty(&schema).expect("JSON"));
    schemas.into_iter().map(|(path, schema)| (path, text(schema))).collect()
}

fn write(schemas: &BTreeMap<PathBuf, String>) {
    let folder = root().join("activities");
    fs::create_dir_all(&folder).expect("a folder that can be written to");
    for stale in files(&folder) {
        fs::remove_file(stale).expect("a file that can be removed");
    }
    for (path, text) in schemas {
        fs::write(path, text).expect("a file that can be written");
    }
}

fn activities() -> Catalogue {
    catalogue(&Arc::new(Client::offline()), &Files::none())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// The files of a folder; none if it is not there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.expect("a readable folder").path()).filter(|path| path.is_file()).collect()
}
