//! `docs/activities.md` is made from the activities' own facts, and its examples are definitions without a fault.
//!
//! `UPDATE_DOCS=1 cargo test --test documents` writes it anew.

use std::{collections::BTreeSet, fs, sync::Arc};

use flowrun_engine::{
    activity::{Activity, Catalogue},
    definition::{Source, load},
    requirement::{Basis, Need, Planned, Requirement, Scopes},
};
use flowrun_jira::{Client, Files, catalogue};
use serde_json::{Map, Value};

use super::root;

#[test]
fn the_page_of_activities_is_up_to_date() {
    let path = root().join("docs/activities.md");
    let page = page(&activities());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).expect("a file that can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/activities.md is out of date: UPDATE_DOCS=1 cargo test --test documents");
}

#[test]
fn its_examples_have_no_faults() {
    let catalogue = activities();
    for activity in catalogue.iter() {
        let node = example(&**activity);
        let text = format!("process: example\nversion: 1.0.0\nnodes:\n{}", indented(&node, 2));
        let loaded = load(&Source::new("example.yaml", text.clone()), &catalogue);
        assert_eq!(loaded.diagnostics, [], "{text}");
    }
}

fn activities() -> Catalogue {
    catalogue(&Arc::new(Client::offline()), &Files::none())
}

const INTRODUCTION: &str = "\
# Activities

What a node can do. This page is made from the activities' own facts; `flowrun activities NAME` shows the same, but for what inputs
add to the scopes.

Every input accepts expressions: `${{ … }}` in place of a value or inside a string, unless its row says otherwise. An optional
input is left out, never null, unless null has a meaning that its row tells. Text that is said to be Markdown becomes an Atlassian
document ([how](markdown.md)); a map is passed on as one. A value that stands in Markdown or in JQL stays a value, whatever characters are in it
([values are values](language.md#values-are-values)). In what is said of failures, `…` stands for what differs.

A node needs *all* the classic scopes that are listed, or *all* the granular ones. What an input adds to that is told with the
activity. A permission that is marked *not documented* is known from practice: where it is missing, a run is warned, not refused.
";

/// The whole page.
fn page(catalogue: &Catalogue) -> String {
    let mut page = INTRODUCTION.to_owned();
    page += "\n| activity | |\n|---|---|\n";
    for description in catalogue.iter().map(|activity| activity.description()) {
        let name = &description.name;
        page += &format!("| [{name}](#{}) | {} |\n", name.as_str().replace('.', ""), description.summary);
    }
    let sections = catalogue.iter().map(|activity| section(&**activity));
    page + &sections.collect::<String>()
}

fn section(activity: &dyn Activity) -> String {
    let description = activity.description();
    let mut text = format!("\n## {}\n\n{}\n", description.name, description.summary);
    text += &format!("\n```yaml\n{}```\n", example(activity));
    text += "\n| input | required | type | meaning | example | accepts expressions |\n|---|---|---|---|---|---|\n";
    text += &rows(&description.input, "").into_iter().map(|row| row.of_input()).collect::<String>();
    text += &one_of(&description.input);
    text += "\n| output | type | meaning |\n|---|---|---|\n";
    text += &rows(&description.output, "").into_iter().map(|row| row.of_output()).collect::<String>();
    text += &needs(activity);
    text += "\nIt calls:\n\n";
    text += &description.endpoints.iter().map(|endpoint| format!("- `{endpoint}`\n")).collect::<String>();
    text += "\n| what may fail | how it is said |\n|---|---|\n";
    text +=
        &description.failures.iter().map(|(when, said)| format!("| {when} | {} |\n", cell(said))).collect::<String>();
    text + &format!(
        "\nAn attempt may take {} s, unless the node's `timeout` says otherwise.\n",
        description.timeout.as_secs()
    )
}

/// A field of an input or output.
struct Row {
    name: String,
    required: bool,
    kind: String,
    meaning: String,
    example: Option<String>,
}

impl Row {
    fn of_input(&self) -> String {
        let required = if self.required { "yes" } else { "" };
        let example = self.example.as_ref().map(|example| format!("`{example}`")).unwrap_or_default();
        let Self { name, kind, meaning, .. } = self;
        format!("| `{name}` | {required} | {} | {} | {} | yes |\n", cell(kind), cell(meaning), cell(&example))
    }

    fn of_output(&self) -> String {
        format!("| `{}` | {} | {} |\n", self.name, cell(&self.kind), cell(&self.meaning))
    }
}

/// The fields of an object's schema, those of objects and lists in it after them.
fn rows(schema: &Value, within: &str) -> Vec<Row> {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut rows = Vec::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{within}{name}");
        rows.push(Row {
            name: path.clone(),
            required: required.contains(&name.as_str()),
            kind: kind(property),
            meaning: property["description"]
                .as_str()
                .unwrap_or_default()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            example: property["examples"].get(0).map(yaml),
        });
        rows.extend(self::rows(objects(property), &format!("{path}.")));
        rows.extend(self::rows(&property["items"], &format!("{path}[].")));
    }
    rows
}

/// The schema of the objects that a value may be.
fn objects(schema: &Value) -> &Value {
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    choices.chain([schema]).find(|choice| choice["properties"].is_object()).unwrap_or(&Value::Null)
}

/// The type of a value, with its limits.
fn kind(schema: &Value) -> String {
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(|value| format!("`{}`", yaml(value))).collect::<Vec<_>>().join(", ");
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    let names: Vec<_> = match &schema["type"] {
        Value::String(name) => vec![name.as_str()],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => vec!["any"],
    };
    let named = |name: &&str| match *name {
        "array" => format!("list of {}", kind(&schema["items"])),
        "object" => "map".to_owned(),
        "string" => "text".to_owned(),
        other => other.to_owned(),
    };
    let limits = [
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("maxLength", "characters: at most"),
        ("maxItems", "items: at most"),
        ("default", "default"),
    ];
    // That an id is not a negative number goes without saying.
    let is_telling = |keyword: &str| match &schema[keyword] {
        Value::Null => false,
        limit => keyword != "minimum" || (names.len() == 1 && *limit != 0),
    };
    let limits = limits.iter().filter(|(keyword, _)| is_telling(keyword));
    let limits = limits.map(|(keyword, words)| format!("; {words} {}", yaml(&schema[*keyword])));
    names.iter().map(named).collect::<Vec<_>>().join(" or ") + &limits.collect::<String>()
}

/// Which inputs exclude each other.
fn one_of(schema: &Value) -> String {
    let choices = schema["oneOf"].as_array().into_iter().flatten().filter_map(|choice| choice["required"][0].as_str());
    let names: Vec<_> = choices.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { String::new() } else { format!("\nExactly one of {} is given.\n", names.join(", ")) }
}

/// Scopes and permissions, and what inputs add to them.
fn needs(activity: &dyn Activity) -> String {
    let description = activity.description();
    let mut text = "\n| needs | |\n|---|---|\n".to_owned();
    text += &scopes(&description.scopes);
    for (key, on) in &description.permissions {
        text += &format!("| permission | `{key}` on {on} |\n");
    }
    let base = given(activity, 0);
    let known: BTreeSet<Need> = needed(activity, &base).into_iter().map(|requirement| requirement.need).collect();
    // What hangs on values, and most values need: users are looked up.
    let usual = needed(activity, &base).into_iter().filter(|requirement| match &requirement.need {
        Need::Scopes(scopes) => !scopes.classic.is_subset(&description.scopes.classic),
        Need::Permission { key, .. } => !description.permissions.iter().any(|(known, _)| known == key),
    });
    let mut added: String = usual.map(|requirement| format!("| usually also | {} |\n", words(&requirement))).collect();
    for (name, property) in description.input["properties"].as_object().into_iter().flatten() {
        let examples = property["examples"].as_array().into_iter().flatten();
        let mut told = BTreeSet::new();
        for example in examples.filter(|_| !base.contains_key(name)) {
            let with = Map::from_iter(base.clone().into_iter().chain([(name.clone(), example.clone())]));
            let more = needed(activity, &with).into_iter().filter(|requirement| !known.contains(&requirement.need));
            told.extend(more.map(|requirement| words(&requirement)));
        }
        added += &told.into_iter().map(|told| format!("| `{name}` adds | {told} |\n")).collect::<String>();
    }
    text + &added
}

fn scopes(scopes: &Scopes) -> String {
    if *scopes == Scopes::default() {
        return String::new();
    }
    let list = |names: &BTreeSet<_>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    format!("| classic scopes | {} |\n| or granular scopes | {} |\n", list(&scopes.classic), list(&scopes.granular))
}

fn words(requirement: &Requirement) -> String {
    let mark = if requirement.basis == Basis::Documented { "" } else { " (not documented)" };
    match &requirement.need {
        Need::Scopes(scopes) => {
            let names: Vec<_> = scopes.classic.iter().map(|name| format!("`{name}`")).collect();
            let granular: Vec<_> = scopes.granular.iter().map(|name| format!("`{name}`")).collect();
            format!("scopes {}, or {}{mark}", names.join(", "), granular.join(", "))
        }
        Need::Permission { key, .. } => format!("permission `{key}`{mark}"),
    }
}

fn needed(activity: &dyn Activity, given: &Map<String, Value>) -> Vec<Requirement> {
    activity.requirements(&Planned::from(given.clone()))
}

/// The inputs that are required, by their examples, and up to `more` optional ones that go with them.
fn given(activity: &dyn Activity, more: usize) -> Map<String, Value> {
    let schema = &activity.description().input;
    let names = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let exclusive: Vec<_> =
        schema["oneOf"].as_array().into_iter().flatten().flat_map(|one| names(&one["required"])).collect();
    let mut needed = names(&schema["required"]);
    needed.extend(exclusive.first().cloned());
    let properties = || schema["properties"].as_object().into_iter().flatten();
    let example = |(name, property): (&String, &Value)| (name.clone(), property["examples"][0].clone());
    let mut given: Map<_, _> = properties().filter(|(name, _)| needed.contains(name)).map(example).collect();
    let optional = properties().filter(|(name, _)| !needed.contains(name) && !exclusive.contains(name));
    for (name, value) in optional.map(example).filter(|(_, example)| !example.is_null()) {
        let mut with = given.clone();
        with.insert(name, value);
        if with.len() <= needed.len() + more && activity.problems(&Planned::from(with.clone())).is_empty() {
            given = with;
        }
    }
    given
}

/// A node that uses an activity.
fn example(activity: &dyn Activity) -> String {
    let name = &activity.description().name;
    let lines = given(activity, 2);
    let lines = lines.iter().map(|(name, value)| format!("    {name}: {}\n", yaml(value)));
    let id = name.as_str().trim_start_matches("jira.");
    format!("{id}:\n  activity: {name}\n  with:\n{}", lines.collect::<String>())
}

/// A value in YAML on one line; a text is quoted only where it must be.
fn yaml(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(yaml).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{}: {}", yaml(&name.as_str().into()), yaml(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Whether YAML reads a text as itself without quotation marks, also inside a list or map.
fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|char: char| char.is_alphabetic());
    let safe = |char: char| char.is_alphanumeric() || " -_./@=".contains(char);
    begins && text.chars().all(safe) && !text.ends_with(' ') && !["true", "false", "null", "yes", "no"].contains(&text)
}

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{:by$}{line}\n", "")).collect()
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
