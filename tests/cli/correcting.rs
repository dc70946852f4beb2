//! Runs that failed go on with a corrected file: the case of whoever mistypes an assignee in the file, what contradicts what is done, and
//! what is kept of several definitions.

use insta::assert_snapshot;
use serde_json::json;

use crate::environment::{Environment, Output};

/// A parent and five sub-tasks, of which nobody can be given the second.
const RELEASE: &str = r#"process: release
version: 1.0.0
nodes:
  parent:
    activity: jira.create_issue
    with: { project: OPS, issue_type: Task, summary: Release 1.0 }
  subtasks:
    for_each: |
      [{"title": "Freeze", "owner": "dana@example.com"},
       {"title": "Build", "owner": "robyn@example.com"},
       {"title": "Test", "owner": "robin@example.com"},
       {"title": "Sign", "owner": "dana@example.com"},
       {"title": "Publish", "owner": "robin@example.com"}]
    as: task
    activity: jira.create_issue
    with:
      project: OPS
      issue_type: Sub-task
      summary: ${{ task.title }}
      parent: ${{ nodes.parent.key }}
      assignee: ${{ task.owner }}
  note:
    activity: jira.add_comments
    after: subtasks
    with: { issue: "${{ nodes.parent.key }}", comment: All are there. }
outputs:
  issue: ${{ nodes.parent.key }}
"#;

/// Runs the release, which fails.
fn fails(environment: &Environment, url: &str, more: &[&str]) {
    environment.write("release.yaml", RELEASE);
    let output = environment.run(&[&["run", "release.yaml", &format!("--sandbox={url}")], more].concat());
    assert_eq!(output.code, 6, "{output}");
    let advice = "  where the file is to blame, correct it and add: --definition current\n";
    assert!(output.stdout.ends_with(advice), "{output}");
}

#[test]
fn a_wrong_assignee_in_the_file_is_mended_there_and_nothing_is_made_twice() {
    let environment = Environment::new();
    let sandbox = environment.serve_sandbox();
    fails(&environment, sandbox.url(), &[]);
    let corrected = RELEASE.replace("robyn", "robin").replace("version: 1.0.0", "version: 1.0.1 # corrected");
    let corrected = corrected.replace(
        "outputs:",
        "  more:\n    activity: jira.add_comments\n    after: note\n    with: { issue: \"${{ nodes.parent.key }}\", comment: Done. }\noutputs:",
    );
    environment.write("release.yaml", &corrected);
    assert_snapshot!(environment.run(&["runs", "retry", "last", "--definition", "current"]), @r"
    exit 0
    --- stdout
    release 1.0.1: completed in LENGTH
    run RUN
    started TIME, in the sandbox
    failed at TIME, retried at TIME: subtasks, note,
    more again, with a corrected definition

      completed       parent    OPS-6 http://127.0.0.1:PORT/browse/OPS-6
      completed       subtasks  5 of 5 items
      completed       note      OPS-6
      completed       more      OPS-6

    outputs
      issue: OPS-6
    --- stderr
    what `release.yaml` says otherwise than before:
      more: new
      subtasks: other for_each
    This is the sandbox, an embedded Jira: nothing here is in your own Jira.
    run retried: subtasks, note, more again, with a corrected definition
    run resumed
    subtasks[1]: running
    subtasks[1]: attempt 2
    subtasks[1]: completed, OPS-8 http://127.0.0.1:PORT/browse/OPS-8
    subtasks[2]: running
    subtasks[2]: completed, OPS-9 http://127.0.0.1:PORT/browse/OPS-9
    subtasks[3]: running
    subtasks[3]: completed, OPS-10 http://127.0.0.1:PORT/browse/OPS-10
    subtasks[4]: running
    subtasks[4]: completed, OPS-11 http://127.0.0.1:PORT/browse/OPS-11
    note: running
    note: completed, OPS-6
    more: running
    more: completed, OPS-6
    run completed
    ");
    assert_eq!(environment.operations().len(), 8);
    let document = environment.run(&["-o", "json", "runs", "show", "last"]).json();
    let definition = document["run"]["retries"][0]["definition"].as_str().unwrap();
    assert_eq!((definition.len(), &document["run"]["version"]), (64, &json!("1.0.1")));

    // What is kept of it has both texts, also where it is compacted, and put back from a backup.
    let texts = |environment: &Environment| {
        let export = environment.run(&["runs", "export", "last"]);
        let lines = export.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.filter_map(|line| line["definition"]["text"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(texts(&environment), [corrected.as_str(), RELEASE]);
    assert_eq!(environment.run(&["state", "backup", "copy"]).code, 0);
    for command in [&["state", "compact"][..], &["state", "restore", "copy"]] {
        if command[1] == "restore" {
            std::fs::remove_dir_all(environment.path("home/.local/state/flowrun/runs")).unwrap();
        }
        assert_eq!(environment.run(command).code, 0);
        assert_eq!(texts(&environment), [corrected.as_str(), RELEASE]);
        let check = environment.run(&["state", "check"]);
        assert!(check.stdout.ends_with("\nall is well\n"), "{check}");
    }
    // Its texts go with it.
    assert_eq!(environment.run(&["runs", "prune", "--keep", "0", "--yes"]).code, 0);
    assert_eq!(environment.run(&["state", "compact"]).code, 0);
    assert_snapshot!(environment.run(&["state", "check"]), @r"
    exit 0
    --- stdout
      ok       runs
               DIR/home/.local/state/flowrun/runs: intact; runs: 0,
               records: COUNT

    all is well
    --- stderr
    ");
}

#[test]
fn what_contradicts_what_is_done_is_shown_in_the_file_all_at_once() {
    let environment = Environment::new();
    let sandbox = environment.serve_sandbox();
    fails(&environment, sandbox.url(), &[]);
    let other = RELEASE.replace("robyn", "robin").replace("Release 1.0", "Release 2.0").replace("Freeze", "Thaw");
    environment.write("other.yaml", &other);
    assert_snapshot!(environment.run(&["runs", "retry", "last", "--definition", "other.yaml"]), @r#"
    exit 3
    --- stdout
    --- stderr
    what `other.yaml` says otherwise than before:
      parent: other with
      subtasks: other for_each
    error[FR0717]: `parent` is done, and `summary` is another now
     --> other.yaml:6:45
      |
    6 |     with: { project: OPS, issue_type: Task, summary: Release 2.0 }
      |                                             ^^^^^^^
      |
      = help: it was done with `"Release 1.0"`: write that, or start a new run

    error[FR0717]: `subtasks`: item 0 is done, and `for_each` gives another one there now
     --> other.yaml:8:5
      |
    8 |     for_each: |
      |     ^^^^^^^^
      |
      = help: what is done stays done: write this as it was, or start a new run

    the run is unchanged
    "#);
    environment
        .write("other.yaml", &RELEASE.replace("  parent:\n", "  other:\n").replace("nodes.parent", "nodes.other"));
    assert_snapshot!(environment.run(&["runs", "retry", "last", "--definition", "other.yaml"]), @r#"
    exit 3
    --- stdout
    --- stderr
    what `other.yaml` says otherwise than before:
      other: new
      subtasks: other with
      note: other with
      parent: gone
      outputs
    error[FR0717]: `parent` is done, and the new text has no node `parent`
     --> other.yaml:3:1
      |
    3 | nodes:
      | ^^^^^
      |
      = help: what is done stays done: write this as it was, or start a new run

    error[FR0717]: `subtasks[0]` is done, and `parent` is another now
      --> other.yaml:20:7
       |
    20 |       parent: ${{ nodes.other.key }}
       |       ^^^^^^
       |
       = help: it was done with `"OPS-6"`: write that, or start a new run

    the run is unchanged
    "#);
    environment.write("other.yaml", &RELEASE.replace("jira.add_comments", "jira.add_comment"));
    assert_snapshot!(environment.run(&["runs", "retry", "last", "--definition", "other.yaml"]), @r"
    exit 3
    --- stdout
    --- stderr
    error[FR0206]: there is no activity `jira.add_comment`
      --> other.yaml:23:15
       |
    23 |     activity: jira.add_comment
       |               ^^^^^^^^^^^^^^^^
       |
       = help: did you mean `jira.add_comments`?

    the run is unchanged
    ");
    let document = environment.run(&["-o", "json", "runs", "show", "last"]).json();
    assert_eq!((&document["run"]["status"], document["run"]["retries"].as_array()), (&json!("failed"), None));
    assert_eq!(environment.operations(), ["createIssue", "createIssue"]);
}

#[test]
fn a_grant_that_only_the_corrected_file_needs_is_asked_for_before_anything_is_recorded() {
    let environment = Environment::new();
    let sandbox = environment.serve_sandbox();
    fails(&environment, sandbox.url(), &["--sandbox-scopes", "read:jira-work,write:jira-work,read:jira-user"]);
    let corrected = RELEASE.replace("robyn", "robin").replace(
        "outputs:",
        "  project:\n    activity: jira.create_project\n    with: { key: NEW, name: New, type: business, lead: dana@example.com }\noutputs:",
    );
    environment.write("release.yaml", &corrected);
    assert_snapshot!(environment.run(&["runs", "retry", "last", "--definition", "current"]), @r#"
    exit 5
    --- stdout
    --- stderr
    what `release.yaml` says otherwise than before:
      project: new
      subtasks: other for_each
    error[FR0501]: the access token lacks the scope `manage:jira-configuration` (`project` creates the project)
      --> release.yaml:27:15
       |
    27 |     activity: jira.create_project
       |               ^^^^^^^^^^^^^^^^^^^
       |
       = help: add "Manage Jira global settings" (`manage:jira-configuration`) to
               the app's Jira API permissions in the developer console, then add
               the access token again; the granular `read:project:jira`,
               `write:project:jira` would do instead; then retry with
               `flowrun runs retry RUN --definition current`

    the run is unchanged
    "#);
    let document = environment.run(&["-o", "json", "runs", "show", "last"]).json();
    assert_eq!((&document["run"]["status"], document["run"]["retries"].as_array()), (&json!("failed"), None));
}

#[test]
fn a_run_with_a_key_that_failed_is_told_how_it_goes_on() {
    let environment = Environment::new();
    let sandbox = environment.serve_sandbox();
    fails(&environment, sandbox.url(), &["--id", "monday"]);
    environment.write("release.yaml", &RELEASE.replace("robyn", "robin"));
    let site = format!("--sandbox={}", sandbox.url());
    let again = ["run", "release.yaml", &site, "--id", "monday"];
    assert_snapshot!(environment.run(&again), @r"
    exit 2
    --- stdout
    --- stderr
    error[FR0806]: there is already a run with the key `monday` (run RUN of release, started TIME), and the definition is not the same
      help: it failed, and goes on with `flowrun runs retry monday --definition
      FILE`; or give another key to run this anew
    ");
    assert_eq!(environment.run(&["runs", "retry", "monday", "--definition", "release.yaml"]).code, 0);
    // What it goes on with is what it is started with.
    assert_eq!(environment.run(&again).code, 0);
    assert_eq!(environment.operations().len(), 7);
}

#[test]
fn the_file_is_found_from_another_directory_and_must_be_named_where_it_is_not_known() {
    let environment = Environment::new();
    let sandbox = environment.serve_sandbox();
    fails(&environment, sandbox.url(), &[]);
    environment.write("release.yaml", &RELEASE.replace("robyn", "nobody"));
    std::fs::create_dir(environment.path("elsewhere")).unwrap();
    let mut command = environment.command(&["runs", "retry", "last", "--definition", "current"]);
    assert_snapshot!(Output::of(command.current_dir(environment.path("elsewhere"))), @r#"
    exit 6
    --- stdout
    release 1.0.0: failed in LENGTH
    run RUN
    started TIME, in the sandbox
    failed at TIME, retried at TIME: subtasks, note
    again, with a corrected definition

      completed       parent    OPS-6 http://127.0.0.1:PORT/browse/OPS-6
      failed          subtasks  FR0701: field `Assignee`: Jira finds nobody with th…
      skipped         note      upstream (subtasks)

    failed at subtasks[1], DIR/release.yaml:21:17
      FR0701: field `Assignee`: Jira finds nobody with the e-mail address
      `nobody@example.com`, field `assignee`
      help: check the address; Jira shows nobody to a user without the permission
      "Browse users and groups", and a person may hide the address: an account id
      works in any case

    to go on with what was not done:
      flowrun runs retry RUN
      where the file is to blame, correct it and add: --definition current
    --- stderr
    what `DIR/release.yaml` says otherwise than before:
      subtasks: other for_each
    This is the sandbox, an embedded Jira: nothing here is in your own Jira.
    run retried: subtasks, note again, with a corrected definition
    run resumed
    subtasks[1]: running
    subtasks[1]: attempt 2
    subtasks[1]: failed, FR0701: field `Assignee`: Jira finds nobody with the e-mail address `nobody@example.com`
    note: skipped, upstream (subtasks)
    run failed
    "#);
    std::fs::remove_file(environment.path("release.yaml")).unwrap();
    assert_snapshot!(environment.run(&["runs", "retry", "last", "--definition", "current"]), @r"
    exit 3
    --- stdout
    --- stderr
    error[FR0112]: DIR/release.yaml: the file cannot be read: No such file or directory (os error 2)

    the run is unchanged
    ");
}
