//! Runs that failed go on with what was not done: the case of whoever mistypes an assignee, and what is refused.

use insta::assert_snapshot;
use serde_json::json;

use crate::environment::{Environment, Output};

/// A parent, and a sub-task for each of a list.
const RELEASE: &str = r#"process: release
version: 1.0.0
inputs:
  tasks:
    type: array
    items:
      type: object
      properties: { title: { type: string }, owner: { type: string } }
      required: [title, owner]
nodes:
  parent:
    activity: jira.create_issue
    with: { project: OPS, issue_type: Task, summary: Release 1.0 }
  subtasks:
    for_each: inputs.tasks
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

/// Five sub-tasks, of which the second has this owner.
fn tasks(second: &str) -> String {
    let owners = ["dana@example.com", second, "robin@example.com", "dana@example.com", "robin@example.com"];
    let titles = ["Freeze", "Build", "Test", "Sign", "Publish"];
    let tasks: Vec<_> =
        titles.iter().zip(owners).map(|(title, owner)| json!({ "title": title, "owner": owner })).collect();
    format!("tasks={}", serde_json::to_string(&tasks).unwrap())
}

/// The release whose second sub-task nobody can be given.
fn failed(environment: &Environment, url: &str) -> Output {
    environment.write("release.yaml", RELEASE);
    environment.run(&["run", "release.yaml", &format!("--sandbox={url}"), "-i", &tasks("grase@example.com")])
}

#[test]
fn a_wrong_assignee_among_five_is_mended_by_another_input_and_nothing_is_made_twice() {
    let environment = Environment::new();
    let sandbox = environment.serve_sandbox();
    assert_snapshot!(failed(&environment, sandbox.url()), @r#"
    exit 6
    --- stdout
    release 1.0.0: failed in LENGTH
    run RUN
    started TIME, in the sandbox

      completed       parent    OPS-6 http://127.0.0.1:PORT/browse/OPS-6
      failed          subtasks  FR0701: field `Assignee`: Jira finds nobody with th…
      skipped         note      upstream (subtasks)

    failed at subtasks[1], release.yaml:23:17
      FR0701: field `Assignee`: Jira finds nobody with the e-mail address
      `grase@example.com`, field `assignee`
      help: check the address; Jira shows nobody to a user without the permission
      "Browse users and groups", and a person may hide the address: an account id
      works in any case

    to go on with what was not done:
      flowrun runs retry RUN
      where an input is to blame, add another: -i tasks=…
      where the file is to blame, correct it and add: --definition current
    --- stderr
    This is the sandbox, an embedded Jira: nothing here is in your own Jira.
    run RUN started: release 1.0.0
    parent: running
    parent: completed, OPS-6 http://127.0.0.1:PORT/browse/OPS-6
    subtasks[0]: running
    subtasks[0]: completed, OPS-7 http://127.0.0.1:PORT/browse/OPS-7
    subtasks[1]: running
    subtasks[1]: failed, FR0701: field `Assignee`: Jira finds nobody with the e-mail address `grase@example.com`
    note: skipped, upstream (subtasks)
    run failed
    "#);
    assert_eq!(environment.operations(), ["createIssue", "createIssue"]);

    assert_snapshot!(environment.run(&["runs", "retry", "last", "-i", &tasks("robin@example.com")]), @r"
    exit 0
    --- stdout
    release 1.0.0: completed in LENGTH
    run RUN
    started TIME, in the sandbox
    failed at TIME, retried at TIME: subtasks, note
    again, with other inputs

      completed       parent    OPS-6 http://127.0.0.1:PORT/browse/OPS-6
      completed       subtasks  5 of 5 items
      completed       note      OPS-6

    outputs
      issue: OPS-6
    --- stderr
    This is the sandbox, an embedded Jira: nothing here is in your own Jira.
    run retried: subtasks, note again, with other inputs
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
    run completed
    ");
    let summaries: Vec<_> =
        environment.effects().iter().map(|effect| effect["body"]["fields"]["summary"].clone()).collect();
    assert_eq!(json!(summaries), json!(["Release 1.0", "Freeze", "Build", "Test", "Sign", "Publish", null]));

    assert_snapshot!(environment.run(&["runs", "show", "last"]), @r#"
    exit 0
    --- stdout
    release 1.0.0: completed in LENGTH
    run RUN
    started TIME, in the sandbox
    failed at TIME, retried at TIME: subtasks, note
    again, with other inputs

    inputs
      tasks: [{"title":"Freeze","owner":"dana@example.com"},{"title":"Build","owner":"robin@example.com"},{"title":"Test","owner":"robin@example.com"},{"title":"Sign","owner":"dana@example.com"},{"title":"Publish","owner":"robin@example.com"}]

    parent: completed
      started TIME, took LENGTH
      input
        project: OPS
        issue_type: Task
        summary: Release 1.0
      attempt 1 TIME, LENGTH
        effect: create a Task in project OPS: Release 1.0 (done)
      output
        id: 10006
        key: OPS-6
        url: http://127.0.0.1:PORT/browse/OPS-6

    subtasks: completed
      subtasks[0]: completed
      started TIME, took LENGTH
      input
        project: OPS
        issue_type: Sub-task
        summary: Freeze
        parent: OPS-6
        assignee: dana@example.com
      attempt 1 TIME, LENGTH
        effect: create a Sub-task in project OPS: Freeze (done)
      output
        id: 10007
        key: OPS-7
        url: http://127.0.0.1:PORT/browse/OPS-7
      subtasks[1]: completed
      started TIME, took LENGTH
      input
        project: OPS
        issue_type: Sub-task
        summary: Build
        parent: OPS-6
        assignee: robin@example.com
      attempt 1 TIME, LENGTH
        FR0701: field `Assignee`: Jira finds nobody with the e-mail address
        `grase@example.com`, field `assignee`
        help: check the address; Jira shows nobody to a user without the permission
        "Browse users and groups", and a person may hide the address: an account id
        works in any case
      attempt 2 TIME, LENGTH
        effect: create a Sub-task in project OPS: Build (done)
      output
        id: 10008
        key: OPS-8
        url: http://127.0.0.1:PORT/browse/OPS-8
      subtasks[2]: completed
      started TIME, took LENGTH
      input
        project: OPS
        issue_type: Sub-task
        summary: Test
        parent: OPS-6
        assignee: robin@example.com
      attempt 1 TIME, LENGTH
        effect: create a Sub-task in project OPS: Test (done)
      output
        id: 10009
        key: OPS-9
        url: http://127.0.0.1:PORT/browse/OPS-9
      subtasks[3]: completed
      started TIME, took LENGTH
      input
        project: OPS
        issue_type: Sub-task
        summary: Sign
        parent: OPS-6
        assignee: dana@example.com
      attempt 1 TIME, LENGTH
        effect: create a Sub-task in project OPS: Sign (done)
      output
        id: 10010
        key: OPS-10
        url: http://127.0.0.1:PORT/browse/OPS-10
      subtasks[4]: completed
      started TIME, took LENGTH
      input
        project: OPS
        issue_type: Sub-task
        summary: Publish
        parent: OPS-6
        assignee: robin@example.com
      attempt 1 TIME, LENGTH
        effect: create a Sub-task in project OPS: Publish (done)
      output
        id: 10011
        key: OPS-11
        url: http://127.0.0.1:PORT/browse/OPS-11

    note: completed
      started TIME, took LENGTH
      input
        issue: OPS-6
        comment: All are there.
      attempt 1 TIME, LENGTH
        effect: add a comment of 14 characters to issue OPS-6 (done)
      output
        key: OPS-6
        ids: ["10001"]

    outputs
      issue: OPS-6
    --- stderr
    "#);
    let document = environment.run(&["-o", "json", "runs", "show", "last"]).json();
    assert_eq!((&document["run"]["retries"][0]["status"], &document["run"]["retry"]), (&json!("failed"), &json!(null)));
    assert_eq!(document["run"]["retries"][0]["nodes"], json!(["subtasks", "note"]));
}

#[test]
fn what_is_done_cannot_be_otherwise_and_a_retry_that_is_refused_changes_nothing() {
    let environment = Environment::new();
    let sandbox = environment.serve_sandbox();
    assert_eq!(failed(&environment, sandbox.url()).code, 6);
    let other = tasks("robin@example.com").replace("Freeze", "Thaw");
    assert_snapshot!(environment.run(&["runs", "retry", "last", "-i", &other]), @r"
    exit 3
    --- stdout
    --- stderr
    error[FR0715]: run `RUN` cannot be retried: `subtasks`: item 0 is done, and `for_each` gives another one there now
      help: what is done stays done: give the items that are done as they were, in
      their places, and change the others

    the run is unchanged
    ");
    assert_snapshot!(environment.run(&["runs", "retry", "last", "-i", "tasks=[]"]), @r"
    exit 3
    --- stdout
    --- stderr
    error[FR0715]: run `RUN` cannot be retried: `subtasks`: item 0 is done, and `for_each` gives a list now that ends before it
      help: what is done stays done: give the items that are done as they were, in
      their places, and change the others

    the run is unchanged
    ");
    assert_snapshot!(environment.run(&["runs", "retry", "last", "-i", "task=1"]), @r"
    exit 3
    --- stdout
    --- stderr
    error[FR0213]: `release` has no input `task`
      help: did you mean `tasks`?

    the run is unchanged
    ");
    assert_snapshot!(environment.run(&["runs", "retry", "last", "--node", "parent"]), @r"
    exit 2
    --- stdout
    --- stderr
    error[FR0809]: run `RUN` cannot be retried: `parent` completed: its effects are done
      help: what is done stays done; name a node that failed, was cancelled or was
      skipped
    ");
    assert_snapshot!(environment.run(&["runs", "retry", "last", "--node", "sub"]), @r"
    exit 2
    --- stdout
    --- stderr
    error[FR0809]: run `RUN` cannot be retried: it has no node `sub`
      help: `flowrun runs show` names its nodes
    ");
    let document = environment.run(&["-o", "json", "runs", "show", "last"]).json();
    assert_eq!((&document["run"]["status"], document["run"]["retries"].as_array()), (&json!("failed"), None));
    assert_eq!(environment.operations(), ["createIssue", "createIssue"]);
    let retry = document["run"]["retry"].as_str().unwrap().to_owned();
    assert_eq!(retry, format!("flowrun runs retry {}", document["run"]["id"].as_str().unwrap()));

    // As it is it fails again, and goes on being one run.
    assert_eq!(environment.run(&["runs", "retry", "last"]).code, 6);
    assert_eq!(environment.run(&["runs", "retry", "last", "-i", &tasks("robin@example.com")]).code, 0);
    assert_snapshot!(environment.run(&["runs", "retry", "last"]), @r"
    exit 2
    --- stdout
    --- stderr
    error[FR0809]: run `RUN` cannot be retried: it completed: nothing is left to do
      help: `flowrun runs show` shows what it did
    ");
    assert_eq!(environment.operations().len(), 7);
}

#[test]
fn one_node_alone_is_retried_and_the_run_does_not_claim_the_rest() {
    let environment = Environment::new();
    let sandbox = environment.serve_sandbox();
    assert_eq!(failed(&environment, sandbox.url()).code, 6);
    let mended = tasks("robin@example.com");
    assert_snapshot!(environment.run(&["runs", "retry", "last", "--node", "subtasks", "-i", &mended]), @r"
    exit 6
    --- stdout
    release 1.0.0: failed in LENGTH
    run RUN
    started TIME, in the sandbox
    failed at TIME, retried at TIME: subtasks again,
    with other inputs

      completed       parent    OPS-6 http://127.0.0.1:PORT/browse/OPS-6
      completed       subtasks  5 of 5 items
      skipped         note      upstream (subtasks)

    failed at note, release.yaml:25:15
      FR0716: `note` was not done, and the retry left it so
      help: `flowrun runs retry` without `--node` goes on with it

    to go on with what was not done:
      flowrun runs retry RUN
    --- stderr
    This is the sandbox, an embedded Jira: nothing here is in your own Jira.
    run retried: subtasks again, with other inputs
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
    run failed
    ");
    assert_eq!(environment.run(&["runs", "retry", "last"]).code, 0);
    assert_eq!(environment.operations().len(), 7);
}
