//! A run from the first command to the last look at it.

use std::{fs, path::Path, process::Stdio};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    consent::{self, Person},
    environment::Environment,
};

/// Files a bug and comments on it twice.
pub(crate) const INTAKE: &str = r#"
process: intake
version: 1.0.0

inputs:
  summary: { type: string }
  notes: { type: array, items: { type: string }, default: [first, second] }

nodes:
  file:
    activity: jira.create_issue
    with:
      project: OPS
      issue_type: Bug
      summary: ${{ inputs.summary }}

  note:
    for_each: inputs.notes
    activity: jira.add_comments
    with:
      issue: ${{ nodes.file.key }}
      comment: ${{ item }}

  boast:
    if: inputs.summary == "perfect"
    activity: jira.add_comments
    with:
      issue: ${{ nodes.file.key }}
      comment: Nothing to do.

outputs:
  issue: ${{ nodes.file.key }}
"#;

/// Reads an issue that is gone by then.
const LOST: &str = r#"
process: lost
version: 1.0.0

nodes:
  file:
    activity: jira.create_issue
    with: { project: OPS, issue_type: Task, summary: Not for long }
  delete:
    activity: jira.delete_issue
    with: { issue: "${{ nodes.file.key }}" }
  read:
    after: delete
    activity: jira.get_issue_details
    with: { issue: "${{ nodes.file.key }}" }
"#;

/// A definition that ships with flowrun.
fn shipped(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows").join(name).display().to_string()
}

#[test]
fn the_first_run_of_the_readme() {
    let environment = Environment::new();
    let file = shipped("bug-intake.yaml");
    let output = environment.run(&["run", &file, "--sandbox", "-i", "summary=Login page is blank", "-q"]);
    assert_snapshot!(output, @r#"
    exit 0
    --- stdout
    bug-intake 1.1.0: completed in LENGTH
    run RUN
    started TIME, in the sandbox

      completed       file       OPS-6
      completed       assign     OPS-6
      completed       attach     no items
      completed       notes      2 of 2 items
      completed       read       OPS-6 Login page is blank
      skipped         escalate   condition (if: inputs.severity == "high")
      skipped         apologise  condition (escalate)
      completed       summary    OPS-6

    outputs
      issue: OPS-6
      url: OPS-6, which `flowrun sandbox` shows
      status: To Do
    --- stderr
    "#);
    assert_snapshot!(environment.run(&["runs", "list"]), @r"
    exit 0
    --- stdout
    NAME           PROCESS     STATUS          AGE     TOOK
    RUN  bug-intake  completed       LENGTH     LENGTH
    --- stderr
    ");
    // The bug gets its owner while its notes are added.
    let mut operations = environment.operations();
    operations[1..4].sort();
    assert_eq!(operations, ["createIssue", "addComment", "addComment", "assignIssue", "addComment"]);
}

#[test]
fn a_run_as_a_document() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let ran =
        environment.run(&["run", "intake.yaml", "--sandbox", "-i", "summary=Blank", "--id", "bug-1", "-o", "json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let document = ran.json();
    conforms(&document, "run");
    let run = &document["run"];
    assert_eq!(run["status"], "completed");
    assert_eq!(run["outputs"], json!({ "issue": run["nodes"]["file"]["output"]["key"] }));
    assert_eq!(run["nodes"]["boast"]["status"], "skipped");
    assert_eq!(run["nodes"]["boast"]["reason"], "condition");
    assert_eq!(run["nodes"]["note"]["attempts"], 2);

    let shown = environment.run(&["runs", "show", "bug-1", "-o", "json"]);
    assert_eq!(shown.json(), document, "what was printed is what is kept");
    let list = environment.run(&["runs", "list", "--status", "completed", "-o", "json"]).json();
    conforms(&list, "runs-list");
    assert_eq!(list["runs"][0]["id"], run["id"]);
    assert_eq!(list["next"], Value::Null);
}

#[test]
fn a_run_line_by_line() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let ran = environment.run(&["run", "intake.yaml", "--sandbox", "-i", "summary=Blank", "-o", "jsonl", "-q"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (sequence, line) in lines.iter().enumerate() {
        conforms(line, "entry-line");
        assert_eq!(line["sequence"], sequence);
    }
    assert!(lines.last().unwrap()["entries"].as_array().unwrap().iter().any(|entry| entry.get("run_ended").is_some()));
}

#[test]
fn a_run_is_shown_in_full() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let ran = environment.run(&["run", "intake.yaml", "--sandbox", "-i", "summary=Blank", "-i", "notes=only one"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_snapshot!(environment.run(&["runs", "show", "last"]), @r#"
    exit 0
    --- stdout
    intake 1.0.0: completed in LENGTH
    run RUN
    started TIME, in the sandbox

    inputs
      summary: Blank
      notes: ["only one"]

    file: completed
      started TIME, took LENGTH
      input
        project: OPS
        issue_type: Bug
        summary: Blank
      attempt 1 TIME, LENGTH
        effect: create a Bug in project OPS: Blank (done)
      output
        id: 10006
        key: OPS-6
        url: OPS-6, which `flowrun sandbox` shows

    note: completed
      note[0]: completed
      started TIME, took LENGTH
      input
        issue: OPS-6
        comment: only one
      attempt 1 TIME, LENGTH
        effect: add a comment of 8 characters to issue OPS-6 (done)
      output
        key: OPS-6
        ids: ["10001"]

    boast: skipped, condition (if: inputs.summary == "perfect")

    outputs
      issue: OPS-6
    --- stderr
    "#);
}

/// Which item, and which line; in the document too.
#[test]
fn a_failed_item_is_told_with_its_place() {
    let environment = Environment::new();
    let definition = [
        "process: items\nversion: 1.0.0\nnodes:\n  subtasks:\n    for_each: \"['Bug', 'None', 'Bug']\"",
        "    activity: jira.create_issue\n    with:\n      project: OPS\n      summary: told",
        "      issue_type: ${{ item }}\n",
    ];
    environment.write("items.yaml", &definition.join("\n"));
    let ran = environment.run(&["run", "items.yaml", "--sandbox"]);
    assert_eq!(ran.code, 6, "{ran}");
    assert!(ran.stdout.contains("failed at subtasks[1], items.yaml:10:19"), "{ran}");
    let document = environment.run(&["runs", "show", "last", "-o", "json"]).json();
    conforms(&document, "run");
    for error in [&document["run"]["error"], &document["run"]["nodes"]["subtasks"]["error"]] {
        let told = ["step", "file", "line", "column"].map(|name| error[name].clone());
        assert_eq!(told, [json!("subtasks[1]"), json!("items.yaml"), json!(10), json!(19)], "{error}");
    }
}

#[test]
fn a_failure_is_told_in_jiras_words() {
    let environment = Environment::new();
    environment.write("lost.yaml", LOST);
    assert_snapshot!(environment.run(&["run", "lost.yaml", "--sandbox"]), @r"
    exit 6
    --- stdout
    lost 1.0.0: failed in LENGTH
    run RUN
    started TIME, in the sandbox

      completed       file    OPS-6
      completed       delete  OPS-6
      failed          read    FR0705: issue `OPS-6` does not exist, or is not visib…

    failed at read, lost.yaml:14:15
      FR0705: issue `OPS-6` does not exist, or is not visible to the user (404):
      Issue does not exist or you do not have permission to see it.
      help: check the key; Jira gives the same answer for a missing thing and for
      one that the user may not see

    to go on with what was not done:
      flowrun runs retry RUN
      where the file is to blame, correct it and add: --definition current
    --- stderr
    This is the sandbox, an embedded Jira: nothing here is in your own Jira.
    run RUN started: lost 1.0.0
    file: running
    file: completed, OPS-6
    delete: running
    delete: completed, OPS-6
    read: running
    read: failed, FR0705: issue `OPS-6` does not exist, or is not visible to the user (404): Issue does not exist or you do not have permission to see it.
    run failed
    ");
    assert_eq!(environment.run(&["runs", "show", "last"]).code, 0, "showing a failed run is not a failure");
    assert_eq!(environment.run(&["runs", "resume", "last"]).code, 6, "resuming it ends as it did");
}

#[test]
fn every_document_has_its_schema() {
    let environment = Environment::new();
    environment.write("broken.yaml", "process: broken\n");
    for (arguments, schema) in [
        (vec!["validate", "broken.yaml", "-o", "json"], "validate"),
        (vec!["activities", "-o", "json"], "activities"),
        (vec!["explain", "-o", "json"], "explain"),
        (vec!["sandbox", "effects", "-o", "json"], "effects"),
        (vec!["runs", "list", "-o", "json"], "runs-list"),
        (vec!["run", "broken.yaml", "--sandbox", "-o", "json"], "run"),
    ] {
        conforms(&environment.run(&arguments).json(), schema);
    }
    environment.write("fails.yaml", "process: fails\nversion: 1.0.0\nnodes:\n  it: { activity: jira.add_comments, with: { issue: OPS-901, comment: x } }\n");
    assert_eq!(environment.run(&["run", "fails.yaml", "--sandbox", "-q"]).code, 6);
    for (arguments, schema) in [
        (vec!["runs", "list", "-o", "json"], "runs-list"),
        (vec!["runs", "why", "last", "-o", "json"], "why"),
        (vec!["state", "check", "-o", "json"], "checks"),
        (vec!["runs", "prune", "--keep", "9", "--dry-run", "-o", "json"], "prune"),
    ] {
        conforms(&environment.run(&arguments).json(), schema);
    }
    for (arguments, schema) in [
        (["runs", "watch", "last", "-o", "jsonl"], "entry-line"),
        (["runs", "export", "--all", "-o", "jsonl"], "export-line"),
    ] {
        for line in environment.run(&arguments).stdout.lines() {
            conforms(&serde_json::from_str(line).unwrap(), schema);
        }
    }
}

#[track_caller]
pub(crate) fn conforms(document: &Value, schema: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/output/{schema}.schema.json"));
    let schema = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

/// Neither a closed stdout (`| head`) nor a closed stderr makes a panic, which would end with 101.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let sandbox = environment.serve_sandbox();
    assert_eq!(consent::add(&environment, &sandbox, &["-q"], Person::default()).code, 0);
    let commands: [&[&str]; 6] = [
        &["explain"],
        &["token", "list"],
        &["token", "show", "acme", "-o", "json"],
        &["doctor"],
        &["run", "intake.yaml", "--token", "acme", "-i", "summary=x", "-q"],
        &["run", "intake.yaml", "--token", "acme", "-i", "summary=x", "-vv", "-o", "jsonl"],
    ];
    for arguments in commands {
        let mut command = environment.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
        assert!(!told.contains("panicked") && (told.is_empty() || arguments.contains(&"-vv")), "{arguments:?}: {told}");
        let mut child = environment.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}");
    }
}

/// In JSON the link stays: `flowrun sandbox` serves what it leads to.
#[test]
fn a_link_into_the_embedded_sandbox_is_for_programs() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let run = environment.run(&["run", "intake.yaml", "--sandbox", "-i", "summary=x", "-o", "json"]);
    assert_eq!(run.json()["run"]["nodes"]["file"]["output"]["url"], "http://sandbox.localhost:8479/browse/OPS-6");
    let shown = environment.run(&["runs", "show", "last", "--entries"]);
    assert!(!shown.stdout.contains("http://"), "{shown}");
}

#[test]
fn a_node_of_which_every_item_failed_is_told() {
    let environment = Environment::new();
    let each = |issues: &str| {
        format!(
            "process: each\nversion: 1.0.0\nnodes:\n  each:\n    for_each: '{issues}'\n    on_item_failure: continue\n    \
             activity: jira.add_comments\n    with: {{ issue: \"${{{{ item }}}}\", comment: x }}\n"
        )
    };
    for (issues, is_told) in [(r#"["OPS-901", "OPS-902"]"#, true), (r#"["OPS-901", "OPS-1"]"#, false), ("[]", false)] {
        environment.write("each.yaml", &each(issues));
        let run = environment.run(&["run", "each.yaml", "--sandbox", "-q"]);
        let told =
            "every item of each failed; the node completed, by `on_item_failure: continue`\n  FR0705: issue `OPS-901`";
        assert_eq!((run.code, run.stdout.contains(told)), (0, is_told), "{run}");
    }
}
