//! Runs of earlier versions: a state directory whose definitions today's rules refuse.

use flowrun_engine::{
    id::{DefinitionHash, RunId},
    journal::{Entry, Record, RunEntry, RunStarted},
    run::RunStatus,
    store::{Barrier, RunSummary, SledStore, Store},
};
use insta::assert_snapshot;
use jiff::Timestamp;
use serde_json::json;

use crate::environment::Environment;

/// What was accepted once: each of its problems only the check minds.
const REFUSED: &str = r#"process: intake
version: 1.0.0
inputs:
  summary: { type: string, maxlength: 80 }
nodes:
  file:
    activity: jira.create_issue
    max_parallel: 3
    with:
      project: OPS
      issue_type: Bug
      summary: ${{ inputs.summary }}
  note:
    if: true || nothing == 1
    activity: jira.add_comments
    with:
      issue: ${{ nodes.file.key }}
      comment: Taken.
outputs:
  issue: ${{ nodes.file.key }}
"#;

/// A state directory in which an earlier version began a run of this text, and died.
fn begun(text: &str) -> Environment {
    let environment = Environment::new();
    let run: RunId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
    let (process, version) = ("intake".to_owned(), "1.0.0".to_owned());
    let (definition, started_at) = (DefinitionHash::new("0".repeat(64)), Timestamp::now());
    let summary = RunSummary {
        run,
        key: None,
        definition: definition.clone(),
        process: process.clone(),
        version: version.clone(),
        status: RunStatus::Running,
        started_at,
        ended_at: None,
        due: None,
        admission: None,
        failure: None,
    };
    let started = RunStarted {
        run,
        key: None,
        definition,
        source_name: "intake.yaml".to_owned(),
        source_path: None,
        process,
        version,
        inputs: json!({ "summary": "Crash" }).as_object().cloned().unwrap(),
        context: json!({ "sandbox": { "url": null, "user": null, "scopes": null } }),
    };
    let record = Record { sequence: 0, at: started_at, entries: vec![Entry::Run(RunEntry::Started(started))] };
    let store = SledStore::open(&environment.path("state/runs"), "an earlier version").unwrap();
    let kept = store.create(&summary, text, &record, None, Barrier::Now);
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(kept).unwrap();
    environment
}

/// A text that no version of these rules can run as it was meant.
fn lost() -> String {
    REFUSED.replace("  note:\n", "  note:\n    after: triage\n")
}

#[test]
fn a_run_whose_definition_todays_rules_refuse_is_shown_and_resumed() {
    let environment = begun(REFUSED);
    let file = environment.write("intake.yaml", REFUSED);
    assert_eq!(environment.run(&["validate", file.to_str().unwrap()]).code, 3);
    assert_snapshot!(environment.run(&["--state-dir", "state", "runs", "show", "last"]), @r"
    exit 0
    --- stdout
    intake 1.0.0: interrupted
    run RUN
    started TIME, in the sandbox

    inputs
      summary: Crash

    file: pending

    note: pending

    to continue:
      flowrun runs resume RUN
    --- stderr
    ");
    assert_snapshot!(environment.run(&["--state-dir", "state", "runs", "resume", "last"]), @r"
    exit 0
    --- stdout
    intake 1.0.0: completed in LENGTH
    run RUN
    started TIME, in the sandbox

      completed       file  OPS-6
      completed       note  OPS-6

    outputs
      issue: OPS-6
    --- stderr
    warning[FR0201]: JSON Schema has no keyword `maxlength`
     --> intake.yaml:4:28
      |
    4 |   summary: { type: string, maxlength: 80 }
      |                            ^^^^^^^^^
      |
      = help: did you mean `maxLength`?

    warning[FR0210]: `max_parallel` applies only beside `for_each`
     --> intake.yaml:8:5
      |
    8 |     max_parallel: 3
      |     ^^^^^^^^^^^^
      |
      = help: remove it

    warning[FR0402]: no such name: `nothing`
      --> intake.yaml:14:17
       |
    14 |     if: true || nothing == 1
       |                 ^^^^^^^
       |
       = help: there are `inputs`, `nodes`, `run`, and in a `for_each` `item` and
               `index`; a string needs quotes

    This is the sandbox, an embedded Jira: nothing here is in your own Jira.
    file: running
    file: completed, OPS-6
    note: running
    note: completed, OPS-6
    run completed
    ");
}

#[test]
fn a_run_whose_definition_todays_rules_refuse_is_ended() {
    let environment = begun(REFUSED);
    let ended = environment.run(&["--state-dir", "state", "runs", "cancel", "last", "-o", "json"]);
    assert_eq!((ended.code, &ended.json()["run"]["status"]), (0, &json!("cancelled")), "{ended}");
    let told: Vec<_> =
        ended.json()["diagnostics"].as_array().unwrap().iter().map(|told| told["severity"].clone()).collect();
    assert_eq!(told, ["warning", "warning", "warning"]);
}

#[test]
fn a_run_that_cannot_go_on_is_shown_with_the_reason() {
    let environment = begun(&lost());
    assert_snapshot!(environment.run(&["--state-dir", "state", "runs", "show", "last"]), @r"
    exit 0
    --- stdout
    intake 1.0.0: interrupted
    run RUN
    started TIME, in the sandbox

    inputs
      summary: Crash

    file: pending

    note: pending

    error[FR0808]: run `RUN` cannot go on under this version of flowrun
      help: use the version that it started with; or correct the problems below in
      the definition's file, and start a new run of it

    error[FR0301]: no such node: `triage`
      --> intake.yaml:14:12
       |
    14 |     after: triage
       |            ^^^^^^

    --- stderr
    ");
    let shown = environment.run(&["--state-dir", "state", "runs", "show", "last", "-o", "json", "--entries"]).json();
    assert_eq!(shown["run"]["status"], "interrupted");
    let told: Vec<_> =
        shown["diagnostics"].as_array().unwrap().iter().map(|told| (&told["code"], &told["line"])).collect();
    assert_eq!(told, [(&json!("FR0808"), &json!(null)), (&json!("FR0301"), &json!(14))]);
}

#[test]
fn a_run_that_cannot_go_on_stays_as_it_is() {
    let environment = begun(&lost());
    let asked = [
        &["--state-dir", "state", "runs", "resume", "last"][..],
        &["--state-dir", "state", "runs", "cancel", "last"],
        &["--state-dir", "state", "runs", "decide", "last", "file", "--abort"],
    ];
    let told = asked.map(|arguments| environment.run(arguments));
    assert_snapshot!(told[0], @r"
    exit 3
    --- stdout
    --- stderr
    error[FR0808]: run `RUN` cannot go on under this version of flowrun
      help: use the version that it started with; or correct the problems below in
      the definition's file, and start a new run of it

    error[FR0301]: no such node: `triage`
      --> intake.yaml:14:12
       |
    14 |     after: triage
       |            ^^^^^^

    the run is unchanged
    ");
    for other in &told[1..] {
        assert_eq!((other.code, &other.stderr), (told[0].code, &told[0].stderr));
    }
    let list = environment.run(&["--state-dir", "state", "runs", "list", "-o", "json"]).json();
    assert_eq!(list["runs"][0]["status"], "interrupted");
    let why = environment.run(&["--state-dir", "state", "runs", "why", "last"]);
    assert!(why.code == 0 && why.stdout.lines().count() <= 10, "{why}");
    let checked = environment.run(&["--state-dir", "state", "state", "check"]);
    assert_eq!(checked.code, 0, "{checked}");
    let shown = environment.run(&["--state-dir", "state", "runs", "show", "last", "-o", "json", "--entries"]).json();
    assert_eq!(shown["entries"].as_array().unwrap().len(), 1);
}
