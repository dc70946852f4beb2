//! What a terminal obeys, in every text that is not flowrun's own, on every way out: it is shown, and JSON keeps it.

use serde_json::Value;

use crate::environment::{Environment, Output};

/// C0, DEL, C1, the marks of direction, a line break; and what GitHub's log obeys.
const CONTROLS: [&str; 12] = [
    "\u{1}",
    "\u{7}",
    "\u{8}",
    "\t",
    "\r",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{9b}2J",
    "\u{61c}",
    "\u{200f}",
    "\u{202e}",
    "\u{2067}",
];

const LINE_BREAK: &str = "\nforged  ::error::forged ##[error]forged";

/// A definition whose outputs and failures repeat what it is given.
pub(crate) const REPEATS: &str = r#"
process: repeats
version: 1.0.0
inputs:
  summary: { type: string }
  kind: { type: string }
nodes:
  file:
    activity: jira.create_issue
    with: { project: OPS, issue_type: Bug, summary: told, description: "${{ inputs.summary }}" }
  read:
    activity: jira.get_issue_details
    with: { issue: "${{ nodes.file.key }}" }
  refused:
    activity: jira.create_issue
    with: { project: OPS, issue_type: "${{ inputs.kind }}", summary: told }
outputs:
  given: ${{ inputs.summary }}
"#;

fn is_obeyed(char: char) -> bool {
    char.is_control() && char != '\n'
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[track_caller]
fn is_shown(way: &str, control: &str, output: &Output) {
    for stream in [&output.stdout, &output.stderr] {
        assert!(!stream.chars().any(is_obeyed), "{way}, {control:?}: {output:?}");
        let forged = |line: &&str| line.starts_with("forged") || line.starts_with("  forged");
        assert_eq!(stream.lines().find(forged), None, "{way}, {control:?}: {output}");
        let obeyed = |line: &&str| line.trim_start().starts_with("::") && !line.starts_with("::error file=");
        assert_eq!(stream.lines().find(obeyed), None, "{way}, {control:?}: {output}");
        assert!(!stream.contains("##[") || stream.starts_with("::error file="), "{way}, {control:?}: {output}");
    }
}

#[test]
fn a_run_shows_what_it_was_given() {
    let environment = Environment::new();
    environment.write("repeats.yaml", REPEATS);
    for control in CONTROLS.into_iter().chain([LINE_BREAK]) {
        let text = format!("a{control}b");
        let key = format!("key{control}{}", control.len());
        environment.write("inputs.yaml", &format!("summary: {}\nkind: {}\n", quoted(&text), quoted(&text)));
        let run = ["run", "repeats.yaml", "--sandbox", "--inputs", "inputs.yaml"];
        let ways: [(&str, &[&str], bool); 12] = [
            ("run", &[&run[..], &["--id", &key]].concat(), false),
            ("run -vv", &[&run[..], &["-vv", "--color", "never"]].concat(), false),
            ("run -o jsonl", &[&run[..], &["-o", "jsonl"]].concat(), false),
            ("runs list", &["runs", "list"], false),
            ("runs show", &["runs", "show", &key], false),
            ("runs why", &["runs", "why", &key], false),
            ("run watched", &["runs", "watch", &key], false),
            ("runs prune", &["runs", "prune", "--keep", "0", "--dry-run"], false),
            ("runs show --entries", &["runs", "show", &key, "--entries"], false),
            ("runs show -o json", &["runs", "show", &key, "-o", "json"], true),
            ("runs list -o json", &["runs", "list", "-o", "json"], true),
            ("sandbox effects", &["sandbox", "effects"], false),
        ];
        for (way, arguments, is_document) in ways {
            let output = environment.run(arguments);
            is_shown(way, control, &output);
            assert_eq!(output.code, if way.starts_with("run ") || way == "run" { 6 } else { 0 }, "{way}: {output}");
            if is_document {
                assert!(keeps(&output.json(), control), "{way}, {control:?}: {output}");
            }
        }
    }
}

/// Whether a text of the document has the control as it was given.
fn keeps(document: &Value, control: &str) -> bool {
    match document {
        Value::String(text) => text.contains(control),
        Value::Array(items) => items.iter().any(|item| keeps(item, control)),
        Value::Object(fields) => fields.values().any(|field| keeps(field, control)),
        _ => false,
    }
}

#[test]
fn what_is_wrong_is_told_without_obeying_it() {
    let environment = Environment::new();
    environment.write("repeats.yaml", REPEATS);
    for control in CONTROLS.into_iter().chain([LINE_BREAK]) {
        let written = quoted(&format!("x{control}"));
        let raw = if control.starts_with(['\u{1}', '\u{7}', '\u{8}', '\r', '\u{1b}', '\n']) { "" } else { control };
        let file = format!("bad{control}.yaml").replace('/', "");
        environment.write(&file, &format!("process: bad\n{written}: 1 # {raw}\nnodes: {{}}\n"));
        environment.write("wrong.toml", &format!("{} = 1\n", quoted(&format!("x{control}"))));
        let text = format!("a{control}b");
        let ways: [&[&str]; 15] = [
            &["validate", &file],
            &["validate", &file, "-o", "json"],
            &["validate", &file, "--format", "github"],
            &["validate", &text],
            &["run", &file, "--sandbox"],
            &["explain", &text],
            &["runs", "show", &text],
            &["runs", "list", "--status", &text],
            &["run", "repeats.yaml", "--sandbox", "-i", &text],
            &["run", "repeats.yaml", "--sandbox", "-i", &format!("{text}=1")],
            &["run", "repeats.yaml", "--sandbox", "-i", &format!("summary=@{text}")],
            &["run", "repeats.yaml", &format!("--sandbox={text}")],
            &["run", "repeats.yaml", "--token", &text],
            &["--config", "wrong.toml", "runs", "list"],
            &["sandbox", "grant", "--user", &text, "--scope", &text],
        ];
        for arguments in ways {
            let output = environment.run(arguments);
            assert_ne!(output.code, 0, "{arguments:?}: {output}");
            is_shown(&arguments.join(" "), control, &output);
        }
    }
}

#[test]
fn what_the_environment_gives_is_shown() {
    let environment = Environment::new();
    for control in CONTROLS.into_iter().chain([LINE_BREAK]) {
        let text = format!("a{control}b");
        let variables =
            ["FLOWRUN_OUTPUT", "FLOWRUN_CONFIG", "FLOWRUN_STATE_DIR", "FLOWRUN_TOKENS_DIR", "FLOWRUN_TOKEN_X"];
        for variable in variables {
            for arguments in [&["doctor"][..], &["runs", "list"], &["token", "list"], &["token", "test", "x"]] {
                let output = Output::of(environment.command(arguments).env(variable, &text));
                is_shown(&format!("{variable}, {arguments:?}"), control, &output);
            }
        }
    }
}

/// A text as YAML, TOML and JSON take it in quotation marks.
fn quoted(text: &str) -> String {
    let escaped: String = text.chars().map(|char| format!("\\u{:04x}", u32::from(char))).collect();
    format!("\"{escaped}\"")
}

/// A text with DEL is the same text when a program reads it.
#[test]
fn json_is_the_same_value_whatever_the_colours() {
    let environment = Environment::new();
    environment.write("repeats.yaml", REPEATS);
    let text = "a\u{7f}\u{9b}\u{202e}\u{1b}[31m##[b]";
    environment.write("inputs.yaml", &format!("summary: {}\nkind: none\n", quoted(text)));
    for color in ["auto", "always", "never"] {
        let arguments = ["run", "repeats.yaml", "--sandbox", "--inputs", "inputs.yaml", "-o", "json", "--color", color];
        assert_eq!(environment.run(&arguments).json()["run"]["inputs"]["summary"], text, "{color}");
    }
}
