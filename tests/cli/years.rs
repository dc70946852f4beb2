//! Runs that are many and old: lists for people, export, pruning, and the store as a whole.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::environment::{Environment, Output};

const FINE: &str = "process: fine\nversion: 1.0.0\nnodes:\n  file:\n    activity: jira.create_issue\n    \
                    with: { project: OPS, issue_type: Bug, summary: told }\n";

const REFUSED: &str = "process: refused\nversion: 1.0.0\nnodes:\n  file:\n    activity: jira.create_issue\n    \
                       with: { project: OPS, issue_type: Bug, summary: told }\n  move:\n    \
                       activity: jira.update_issue_status\n    \
                       with: { issue: \"${{ nodes.file.key }}\", status: Nowhere }\n  tell:\n    \
                       activity: jira.add_comments\n    \
                       with: { issue: \"${{ nodes.file.key }}\", comments: [told] }\n    after: [move]\n";

/// With a state directory whose name is as long on every machine.
#[track_caller]
pub(crate) fn run(environment: &Environment, arguments: &[&str]) -> Output {
    environment.run(&[&["--state-dir", "state"], arguments].concat())
}

/// A directory with a run that completed, one that failed, and another that completed, which has a key.
pub(crate) fn some_runs() -> Environment {
    let environment = Environment::new();
    environment.write("fine.yaml", FINE);
    environment.write("refused.yaml", REFUSED);
    for (arguments, code) in [
        (&["run", "fine.yaml", "--sandbox"][..], 0),
        (&["run", "refused.yaml", "--sandbox", "--id", "early"], 6),
        (&["run", "fine.yaml", "--sandbox", "--id", "nightly"], 0),
    ] {
        let done = run(&environment, arguments);
        assert_eq!(done.code, code, "{done}");
    }
    environment
}

fn listed(environment: &Environment, arguments: &[&str]) -> Vec<Value> {
    let output = run(environment, &[&["runs", "list", "-o", "json"], arguments].concat());
    assert_eq!(output.code, 0, "{output}");
    output.json()["runs"].as_array().unwrap().clone()
}

#[test]
fn a_list_says_what_a_person_looks_for() {
    let environment = some_runs();
    let list = run(&environment, &["runs", "list"]);
    // Its name is the beginning of its id, which `runs show` takes.
    let name = list.stdout.lines().last().unwrap().split(' ').next().unwrap().to_owned();
    assert_eq!(run(&environment, &["runs", "show", &name]).code, 0, "{list}");
    assert_snapshot!(list, @r"
    exit 0
    --- stdout
    NAME           PROCESS  STATUS          AGE     TOOK
    nightly        fine     completed       LENGTH     LENGTH
    early          refused  failed          LENGTH     LENGTH
      failed at move: issue `OPS-7` is in `To Do`, and no transition leads it to `N…
    RUN  fine     completed       LENGTH     LENGTH
    --- stderr
    ");
    assert_snapshot!(run(&environment, &["runs", "list", "--failed"]), @r"
    exit 0
    --- stdout
    NAME   PROCESS  STATUS          AGE     TOOK
    early  refused  failed          LENGTH     LENGTH
      failed at move: issue `OPS-7` is in `To Do`, and no transition leads it to `N…
    --- stderr
    ");
    let failure = &listed(&environment, &["--failed"])[0]["failure"];
    assert_eq!(failure["node"], "move", "{failure}");
    assert!(failure["code"].as_str().unwrap().starts_with("FR07"), "{failure}");
}

#[test]
fn a_list_is_filtered_and_goes_on_page_by_page() {
    let environment = some_runs();
    let keys = |arguments: &[&str]| -> Vec<Value> {
        listed(&environment, arguments).into_iter().map(|run| run["key"].clone()).collect()
    };
    assert_eq!(keys(&["--status", "completed,failed"]), ["nightly".into(), "early".into(), Value::Null]);
    assert_eq!(keys(&["--status", "completed", "--status", "interrupted"]), ["nightly".into(), Value::Null]);
    assert_eq!(keys(&["--process", "refused"]), ["early"]);
    assert_eq!(keys(&["--since", "1h"]).len(), 3);
    assert_eq!(keys(&["--since", "2999-01-01"]).len(), 0);
    let page = run(&environment, &["runs", "list", "--limit", "1", "--status", "completed"]);
    let next = page.stdout.lines().last().unwrap().strip_prefix("older runs: flowrun ").unwrap().to_owned();
    let words: Vec<_> = next.split(' ').collect();
    let page = run(&environment, &[&words[..], &["-o", "json"]].concat()).json();
    assert_eq!((page["runs"].as_array().unwrap().len(), &page["runs"][0]["key"]), (1, &Value::Null));
    assert_eq!(page["next"], Value::Null);
}

#[test]
fn an_export_has_definitions_summaries_and_all_records() {
    let environment = some_runs();
    let export = run(&environment, &["runs", "export", "--all", "--to", "runs.jsonl"]);
    assert_snapshot!(export, @r"
    exit 0
    --- stdout
    --- stderr
    written to `runs.jsonl`: runs: 3, records: COUNT
    ");
    let text = fs::read_to_string(environment.path("runs.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let count = |kind: &str| lines.iter().filter(|line| line.get(kind).is_some()).count();
    assert_eq!((count("definition"), count("run")), (2, 3));
    assert!(lines[0]["definition"]["text"].as_str().unwrap().starts_with("process: fine"));
    let shown = run(&environment, &["runs", "show", "nightly", "--entries", "-o", "json"]).json();
    let last: Vec<_> = lines.iter().rev().map_while(|line| line.get("record").cloned()).collect();
    assert_eq!(last.into_iter().rev().collect::<Vec<_>>(), *shown["entries"].as_array().unwrap());
    let one = run(&environment, &["runs", "export", "nightly", "-o", "jsonl"]);
    assert_eq!(one.stdout.lines().count(), 2 + shown["entries"].as_array().unwrap().len());
    let again = run(&environment, &["runs", "export", "--all", "--to", "runs.jsonl"]);
    assert_eq!(again.code, 2, "{again}");
}

#[test]
fn what_is_pruned_is_told_before_and_is_gone_afterwards() {
    let environment = some_runs();
    assert_snapshot!(run(&environment, &["runs", "prune", "--older-than", "1d"]), @r"
    exit 0
    --- stdout
    no runs to remove
    --- stderr
    ");
    assert_snapshot!(run(&environment, &["runs", "prune", "--keep", "1", "--dry-run"]), @r"
    exit 0
    --- stdout
    2 runs to remove: 1 completed, 1 failed
    ended from TIME to TIME
    --- stderr
    ");
    assert_snapshot!(run(&environment, &["runs", "prune", "--keep", "1"]), @r"
    exit 2
    --- stdout
    2 runs to remove: 1 completed, 1 failed
    ended from TIME to TIME
    --- stderr
    error: nobody can be asked whether to remove the runs
      help: look with `--dry-run` at what would be removed, then say `--yes`
    ");
    assert_eq!(listed(&environment, &[]).len(), 3);
    let failed = ["runs", "prune", "--keep", "0", "--status", "failed", "--yes"];
    assert_snapshot!(run(&environment, &failed), @r"
    exit 0
    --- stdout
    1 run to remove: 1 failed
    ended from TIME to TIME
    removed: 1 run
    the disk space comes back with `flowrun state compact`
    --- stderr
    ");
    assert_eq!(listed(&environment, &[]).len(), 2);
    assert_eq!(run(&environment, &["runs", "show", "early"]).code, 2);
    let removed = run(&environment, &["runs", "prune", "--keep", "1", "--yes", "-o", "json"]).json();
    assert_eq!(removed["removed"].as_array().unwrap().len(), 1, "{removed}");
    assert_eq!(run(&environment, &["state", "check"]).code, 0);
    // Its key is free.
    assert_eq!(run(&environment, &["run", "fine.yaml", "--sandbox", "--id", "early"]).code, 0);
}

#[test]
fn a_store_is_compacted_backed_up_and_restored() {
    let environment = some_runs();
    assert_eq!(run(&environment, &["runs", "prune", "--keep", "1", "--yes"]).code, 0);
    let compacted = run(&environment, &["state", "compact"]);
    assert_eq!(compacted.code, 0, "{compacted}");
    assert!(compacted.stdout.contains("runs: 1, records: "), "{compacted}");
    assert_snapshot!(run(&environment, &["state", "backup", "backup"]), @r"
    exit 0
    --- stdout
      ok       backup  backup/runs: whole; runs: 1, records: COUNT

    all is well
    --- stderr
    ");
    assert_eq!(environment.run(&["--state-dir", "backup", "state", "check"]).code, 0);
    assert_eq!(run(&environment, &["run", "fine.yaml", "--sandbox", "--id", "later"]).code, 0);
    assert_snapshot!(run(&environment, &["state", "backup", "backup"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: there is a store in `backup/runs` already
      help: name a directory that is not there yet
    ");
    assert_snapshot!(run(&environment, &["state", "restore", "backup"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: there is a store in `state/runs` already
      help: `--replace` puts the backup in its place, and keeps it beside
    ");
    assert_snapshot!(run(&environment, &["state", "restore", "nothing", "--replace"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: there is no backup in `nothing/runs`
      help: name the directory that `flowrun state backup` made
    ");
    assert_snapshot!(run(&environment, &["state", "restore", "backup", "--replace"]), @r"
    exit 0
    --- stdout
      ok       restore
               state/runs: whole; runs: 1, records: COUNT; the store that was there is
               in `state/runs.replaced-1`

    all is well
    --- stderr
    ");
    assert_eq!(listed(&environment, &[]).len(), 1);
}

#[test]
fn what_an_interrupted_command_left_is_told() {
    let environment = some_runs();
    let runs = environment.path("state/runs");
    fs::create_dir(runs.with_file_name("runs.compacting")).unwrap();
    assert_snapshot!(run(&environment, &["state", "check"]), @r"
    exit 0
    --- stdout
      ok       runs       state/runs: intact; runs: 3, records: COUNT
      warning  leftovers
               `state/runs.compacting` is left of a command that was interrupted; it
               is of no use [FR0803]
               help: `rm -r` removes it, and so does the next such command

    1 worth a look of 2
    --- stderr
    ");
    assert_eq!(run(&environment, &["state", "compact"]).code, 0);
    assert!(!runs.with_file_name("runs.compacting").exists());
}

#[test]
fn a_failure_is_told_in_ten_lines() {
    let environment = some_runs();
    let why = run(&environment, &["runs", "why", "early"]);
    assert!(why.stdout.lines().count() <= 10, "{why}");
    assert_snapshot!(why, @r"
    exit 0
    --- stdout
    refused 1.0.0: failed at move, refused.yaml:9:53
      run early, began LENGTH ago, took LENGTH; 1 attempt, at TIME
      why: FR0701: issue `OPS-7` is in `To Do`, and no transition leads it to
      `Nowhere`; available: `To Do` (to `To Do`), `In Progress` (to `In Progress`),
      `Done` (to `Done`)
      done by then: create a Bug in project OPS: told (done: OPS-7)
      skipped because of it: tell
      flowrun runs retry early
    --- stderr
    ");
    let document = run(&environment, &["runs", "why", "early", "-o", "json"]).json();
    assert_eq!((&document["failure"]["step"], &document["skipped"][0]), (&"move".into(), &"tell".into()), "{document}");
    assert_eq!(document["attempts"].as_array().unwrap().len(), 1);
    assert_snapshot!(run(&environment, &["runs", "why", "nightly"]), @r"
    exit 0
    --- stdout
    fine 1.0.0: completed
      run nightly, began LENGTH ago, took LENGTH
      done by then: create a Bug in project OPS: told (done: OPS-8)
      flowrun runs show nightly
    --- stderr
    ");
}

#[test]
fn each_failure_is_told_once() {
    let environment = some_runs();
    let shown = run(&environment, &["runs", "show", "early"]);
    assert_eq!(shown.stdout.matches("no transition leads").count(), 1, "{shown}");
    assert!(shown.stdout.contains("failed at move, refused.yaml:"), "{shown}");
}

#[test]
fn an_ended_run_is_watched_to_its_end() {
    let environment = some_runs();
    let watched = run(&environment, &["runs", "watch", "early"]);
    assert_eq!(watched.code, 6, "{watched}");
    assert!(
        watched.stdout.contains("refused 1.0.0: failed") && watched.stderr.contains("file: completed"),
        "{watched}"
    );
    let lines = run(&environment, &["runs", "watch", "nightly", "-o", "jsonl"]);
    let shown = run(&environment, &["runs", "show", "nightly", "--entries", "-o", "json"]).json();
    let lines: Vec<Value> = lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, *shown["entries"].as_array().unwrap());
}

/// More than any disk has: nothing is sent, and nothing is kept of a run that did not begin.
#[test]
fn no_run_begins_on_a_disk_that_is_nearly_full() {
    let environment = some_runs();
    let effects = environment.effects().len();
    let full = run(&environment, &["run", "fine.yaml", "--sandbox", "--min-free", "4000000000"]);
    let free = full.stderr.split("it has ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert_snapshot!(full.to_string().replace(&free, "SOME"), @r"
    exit 8
    --- stdout
    --- stderr
    error[FR0804]: no effect begins while the disk of `state/runs` has less than 4000000000 MiB free: it has SOME MiB
      help: make room there: `flowrun runs prune` and `flowrun state compact` give
      back what old runs take; or allow less with --min-free
    ");
    assert_eq!(listed(&environment, &[]).len(), 3);
    assert_eq!(environment.effects().len(), effects);
}
