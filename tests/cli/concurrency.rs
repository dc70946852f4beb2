//! Runs with the same key: they wait for their turn, are refused or take another's place, in several processes.

use insta::assert_snapshot;

use crate::{
    environment::{Environment, Running, ServedSandbox},
    proxy::{Fate, Proxy},
};

const CREATE: &str = "POST /rest/api/3/issue";

/// One at a time for each project; `on_conflict` is written behind the key.
fn incident(on_conflict: &str) -> String {
    format!(
        r#"process: incident
version: 1.0.0
concurrency: {{ key: "${{{{ inputs.project }}}}"{on_conflict} }}
inputs:
  project: {{ type: string, default: OPS }}
  summary: {{ type: string, default: It burns. }}
nodes:
  file:
    activity: jira.create_issue
    with: {{ project: "${{{{ inputs.project }}}}", issue_type: Bug, summary: "${{{{ inputs.summary }}}}" }}
  say:
    activity: jira.add_comments
    with: {{ issue: "${{{{ nodes.file.key }}}}", comment: It is being looked at. }}
finally:
  last:
    activity: jira.search_issues
    with: {{ jql: "project = OPS" }}
"#
    )
}

fn place(on_conflict: &str) -> (Environment, ServedSandbox) {
    let environment = Environment::new();
    environment.write("incident.yaml", &incident(on_conflict));
    let sandbox = environment.serve_sandbox();
    (environment, sandbox)
}

/// A process that drives a run, and has sent the first of its effects.
fn driving(environment: &Environment, sandbox: &ServedSandbox, key: &str) -> (Proxy, Running) {
    let proxy = Proxy::stopping(sandbox.url(), CREATE);
    let mut running = environment.start(&["run", "incident.yaml", &format!("--sandbox={}", proxy.url), "--id", key]);
    proxy.wait();
    running.wait_for("file: running");
    (proxy, running)
}

/// A process whose run waits for its turn.
fn waiting(environment: &Environment, sandbox: &ServedSandbox, key: &str) -> Running {
    let mut running =
        environment.start(&["run", "incident.yaml", &format!("--sandbox={}", sandbox.url()), "--id", key]);
    running.wait_for("waiting for a run with key OPS");
    running
}

fn status(environment: &Environment, key: &str) -> String {
    let shown = environment.run(&["runs", "show", key, "-o", "json"]);
    shown.json()["run"]["status"].as_str().unwrap().to_owned()
}

/// The order of the effects, by the keys of their runs.
fn turns(environment: &Environment, keys: &[&str]) -> Vec<String> {
    let run_of = |key: &&str| {
        let shown = environment.run(&["runs", "show", key, "-o", "json"]).json();
        (shown["run"]["id"].as_str().unwrap().to_owned(), (*key).to_owned())
    };
    let names: Vec<(String, String)> = keys.iter().map(run_of).collect();
    let effects = environment.effects().into_iter().map(|effect| effect.to_string());
    let of_run = |effect: String| names.iter().find(|(run, _)| effect.contains(run)).map(|(_, key)| key.clone());
    let mut turns: Vec<String> = effects.filter_map(of_run).collect();
    turns.dedup();
    turns
}

#[test]
fn a_run_waits_for_its_turn_says_for_which_run_and_goes_on_by_itself() {
    let (environment, sandbox) = place("");
    let (proxy, first) = driving(&environment, &sandbox, "one");
    let second = waiting(&environment, &sandbox, "two");
    assert_snapshot!(environment.run(&["runs", "show", "two"]), @r"
    exit 0
    --- stdout
    incident 1.0.0: waiting
    run RUN, key two
    started TIME, in the sandbox

    inputs
      project: OPS
      summary: It burns.

    file: pending

    say: pending

    last: pending

    waiting for a run with key OPS: one (incident) is ahead

    driven by flowrun run incident.yaml (process PID)
    --- stderr
    ");
    assert_snapshot!(environment.run(&["runs", "why", "two"]), @r"
    exit 0
    --- stdout
    incident 1.0.0: waits
      run two, began LENGTH ago
      waits: for a run with key OPS: one (incident) is ahead
      flowrun runs watch two
    --- stderr
    ");
    assert_snapshot!(environment.run(&["runs", "list"]), @r"
    exit 0
    --- stdout
    NAME  PROCESS   STATUS          AGE     TOOK
    two   incident  waiting         LENGTH
      waits for a run with key OPS: one (incident) is ahead
    one   incident  running         LENGTH
    --- stderr
    ");
    let listed = environment.run(&["runs", "list", "-o", "json"]).json();
    assert_eq!(listed["runs"][0]["waits_for"]["status"], "running", "{listed}");
    let mut watching = environment.start(&["runs", "watch", "two"]);
    watching.wait_for("waiting for a run with key OPS: one (incident) is ahead");
    proxy.release(Fate::Arrives);
    assert_eq!(first.finish().code, 0);
    assert_eq!(watching.finish().code, 0);
    let second = second.finish();
    assert_eq!(second.code, 0, "{second}");
    assert_snapshot!(second.stderr, @r"
    This is the sandbox, an embedded Jira: nothing here is in your own Jira.
    run RUN started: incident 1.0.0
    waiting for a run with key OPS: one (incident) is ahead
    run admitted
    file: running
    file: completed, OPS-7 http://127.0.0.1:PORT/browse/OPS-7
    say: running
    say: completed, OPS-7
    last: running
    last: completed, 7 issues
    run completed
    ");
    assert_eq!(turns(&environment, &["one", "two"]), ["one", "two"]);
}

/// The cases of other engines, in which a limit was lost: a kill of who goes on, of who waits, of both; and going on with them.
#[test]
fn kills_make_no_room_and_keep_nobody_waiting() {
    let (environment, sandbox) = place("");
    let (proxy, first) = driving(&environment, &sandbox, "one");
    let second = waiting(&environment, &sandbox, "two");
    let third = waiting(&environment, &sandbox, "three");
    second.signal("KILL");
    assert_eq!(second.finish().code, -1);
    first.signal("KILL");
    proxy.release(Fate::Arrives);
    assert_eq!(first.finish().code, -1);
    assert_eq!(["one", "two", "three"].map(|key| status(&environment, key)), ["interrupted", "interrupted", "waiting"]);
    let shown = environment.run(&["runs", "show", "three"]);
    assert!(shown.stdout.contains("waiting for a run with key OPS: one (incident) is ahead"), "{shown}");
    assert!(shown.stdout.contains("flowrun runs resume one"), "{shown}");
    // Only now is there room, and who waits is next: nobody drives the second.
    assert_eq!(environment.run(&["runs", "resume", "one", "-q"]).code, 0);
    assert_eq!(third.finish().code, 0);
    assert_eq!(environment.run(&["runs", "resume", "two", "-q"]).code, 0);
    assert_eq!(turns(&environment, &["one", "two", "three"]), ["one", "three", "two"]);
    assert_eq!(environment.effects().len(), 6);
    assert_eq!(environment.run(&["state", "check"]).code, 0);
}

#[test]
fn a_run_that_waits_is_stopped_resumed_and_cancelled() {
    let (environment, sandbox) = place("");
    let (proxy, first) = driving(&environment, &sandbox, "one");
    let second = waiting(&environment, &sandbox, "two");
    second.signal("INT");
    assert_eq!(second.finish().code, 130);
    assert_eq!(status(&environment, "two"), "interrupted");
    let mut resumed = environment.start(&["runs", "resume", "two"]);
    resumed.wait_for("waiting for a run with key OPS: one (incident) is ahead");
    // Starting it once more takes no second place.
    let url = format!("--sandbox={}", sandbox.url());
    assert_eq!(environment.run(&["run", "incident.yaml", &url, "--id", "two"]).code, 7);
    assert_eq!(environment.run(&["runs", "cancel", "two", "-q"]).code, 0);
    assert_eq!(resumed.finish().code, 6);
    let third = waiting(&environment, &sandbox, "three");
    third.signal("KILL");
    assert_eq!(third.finish().code, -1);
    // Nobody drives it: it is cancelled where it is.
    assert_eq!(environment.run(&["runs", "cancel", "three", "-q"]).code, 0);
    assert_eq!(["two", "three"].map(|key| status(&environment, key)), ["cancelled", "cancelled"]);
    proxy.release(Fate::Arrives);
    assert_eq!(first.finish().code, 0);
    assert_eq!(environment.effects().len(), 2, "a run that waited had no effects");
    // A retry asks anew, and has its turn.
    assert_eq!(environment.run(&["runs", "retry", "two", "-q"]).code, 0);
    assert_eq!(environment.effects().len(), 4);
}

#[test]
fn a_run_is_refused_while_another_goes_on() {
    let (environment, sandbox) = place(", on_conflict: refuse");
    let (proxy, first) = driving(&environment, &sandbox, "one");
    let url = format!("--sandbox={}", sandbox.url());
    assert_snapshot!(environment.run(&["run", "incident.yaml", &url, "--id", "two"]), @r"
    exit 7
    --- stdout
    --- stderr
    This is the sandbox, an embedded Jira: nothing here is in your own Jira.
    error[FR0813]: a run of incident with key `OPS` goes on already: one
      help: nothing was started; wait for its end with `flowrun runs watch one`, or
      end it with `flowrun runs cancel one`
    ");
    assert_eq!(environment.run(&["runs", "show", "two"]).code, 2, "nothing of it is kept");
    let other = environment.run(&["run", "incident.yaml", &url, "-i", "project=WEB", "-q"]);
    assert_ne!(other.code, 7, "another key: {other}");
    first.signal("KILL");
    proxy.release(Fate::Arrives);
    assert_eq!(first.finish().code, -1);
    let refused = environment.run(&["run", "incident.yaml", &url, "--id", "two"]);
    assert!(refused.code == 7 && refused.stderr.contains("flowrun runs resume one"), "a kill makes no room: {refused}");
    assert_eq!(environment.run(&["runs", "resume", "one", "-q"]).code, 0);
    assert_eq!(environment.run(&["run", "incident.yaml", &url, "--id", "two", "-q"]).code, 0);
}

#[test]
fn the_newest_run_has_those_before_it_ended() {
    let (environment, sandbox) = place(", on_conflict: cancel_running");
    let (proxy, first) = driving(&environment, &sandbox, "one");
    let second = waiting(&environment, &sandbox, "two");
    let third = waiting(&environment, &sandbox, "three");
    assert_eq!(second.finish().code, 6, "it had not begun");
    proxy.release(Fate::Arrives);
    let first = first.finish();
    assert_eq!(first.code, 6, "{first}");
    assert!(first.stderr.contains("cancellation requested for run"), "{first}");
    assert_eq!(third.finish().code, 0);
    assert_eq!(["one", "two", "three"].map(|key| status(&environment, key)), ["cancelled", "cancelled", "completed"]);
    assert_eq!(turns(&environment, &["one", "two", "three"]), ["one", "three"]);

    // One that was killed is driven to its end by the next.
    let (proxy, killed) = driving(&environment, &sandbox, "four");
    killed.signal("KILL");
    proxy.release(Fate::Arrives);
    assert_eq!(killed.finish().code, -1);
    let next = environment.run(&["run", "incident.yaml", &format!("--sandbox={}", proxy.url), "--id", "five"]);
    assert_eq!(next.code, 0, "{next}");
    assert_eq!(status(&environment, "four"), "cancelled");
}

/// Four at once, of which the one that has the store is killed: the effects of no two runs are mixed.
#[test]
fn four_that_start_at_once_go_on_one_after_the_other() {
    let (environment, sandbox) = place("");
    let keys = ["one", "two", "three", "four"];
    let url = format!("--sandbox={}", sandbox.url());
    let started = keys.map(|key| environment.start(&["run", "incident.yaml", &url, "--id", key]));
    let ended = started.map(|running| running.finish());
    assert!(ended.iter().all(|ended| ended.code == 0), "{ended:?}");
    let turns = turns(&environment, &keys);
    assert_eq!(turns.len(), 4, "each has one turn: {turns:?}");
    assert_eq!(environment.effects().len(), 8);
}

#[test]
fn a_key_that_cannot_be_made_lets_nothing_begin() {
    let environment = Environment::new();
    let nullable = incident("").replace("type: string, default: OPS", "type: [string, 'null'], default: null");
    environment.write("incident.yaml", &nullable);
    let refused = environment.run(&["run", "incident.yaml", "--sandbox"]);
    assert_eq!(refused.code, 3, "{refused}");
}
