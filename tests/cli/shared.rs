//! Several processes on one state directory: all see all runs, each drives its own, and when the one that has the store ends, is killed or
//! stopped the others go on.

use insta::assert_snapshot;
use rustix::process::{Pid, WaitOptions, waitpid};

use crate::{
    environment::{Environment, Running, ServedSandbox},
    proxy::{Fate, Proxy},
    running::INTAKE,
};

const CREATE: &str = "POST /rest/api/3/issue";

/// A place with a sandbox.
fn place() -> (Environment, ServedSandbox) {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let sandbox = environment.serve_sandbox();
    (environment, sandbox)
}

/// A process that drives a run, and has sent the first of its effects.
fn driving(environment: &Environment, sandbox: &ServedSandbox, key: &str) -> (Proxy, Running) {
    let proxy = Proxy::stopping(sandbox.url(), CREATE);
    let (url, summary) = (format!("--sandbox={}", proxy.url), format!("summary={key}"));
    let mut running = environment.start(&["run", "intake.yaml", &url, "-i", &summary, "--id", key]);
    proxy.wait();
    running.wait_for("file: running");
    (proxy, running)
}

/// Waits until a process is stopped.
fn wait_until_stopped(running: &Running) {
    let pid = Pid::from_raw(i32::try_from(running.id()).unwrap());
    let (_, status) = waitpid(pid, WaitOptions::UNTRACED).unwrap().unwrap();
    assert!(status.stopped(), "{status:?}");
}

fn status(environment: &Environment, key: &str) -> String {
    let shown = environment.run(&["runs", "show", key, "-o", "json"]);
    assert_eq!(shown.code, 0, "{shown}");
    shown.json()["run"]["status"].as_str().unwrap().to_owned()
}

#[test]
fn a_run_that_another_process_drives_is_seen_and_stays_there() {
    let (environment, sandbox) = place();
    let (proxy, running) = driving(&environment, &sandbox, "one");
    let listed = environment.run(&["runs", "list", "-o", "json"]);
    assert_eq!(listed.json()["runs"][0]["status"], "running", "{listed}");
    let shown = environment.run(&["runs", "show", "one"]);
    let process = format!("driven by flowrun run intake.yaml (process {})", running.id());
    assert!(shown.stdout.contains(&process) && !shown.stdout.contains("to continue"), "{shown}");
    let driver = environment.run(&["runs", "show", "one", "-o", "json"]).json()["driver"].clone();
    assert_eq!((&driver["pid"], &driver["command"]), (&running.id().into(), &"flowrun run intake.yaml".into()));
    assert!(driver["since"].as_str().unwrap().ends_with('Z'), "{driver}");
    assert_snapshot!(environment.run(&["runs", "resume", "one"]), @r"
    exit 8
    --- stdout
    --- stderr
    error[FR0812]: run `RUN` is driven by flowrun run intake.yaml (process PID)
      help: watch it with `flowrun runs watch RUN`,
      or end it with `flowrun runs cancel RUN`; to
      go on with it here, end that process first, as `flowrun runs resume
      RUN --take-over` does
    ");
    let again = environment.run(&["run", "intake.yaml", "--sandbox", "-i", "summary=one", "--id", "one"]);
    assert_eq!(again.code, 7);
    assert!(again.stderr.contains("nothing was started: the run is driven by flowrun run intake.yaml"), "{again}");
    proxy.release(Fate::Arrives);
    assert_eq!(running.finish().code, 0);
    assert_eq!(environment.effects().len(), 3);
}

#[test]
fn a_run_is_cancelled_from_another_process() {
    let (environment, sandbox) = place();
    let (proxy, running) = driving(&environment, &sandbox, "one");
    let mut cancelling = environment.start(&["runs", "cancel", "one"]);
    cancelling.wait_for("which drives the run");
    proxy.release(Fate::Arrives);
    let cancelled = cancelling.finish();
    assert_eq!(cancelled.code, 0, "{cancelled}");
    assert!(cancelled.stderr.contains("run cancelled"), "it is followed to its end: {cancelled}");
    assert_eq!(running.finish().code, 6);
    assert_eq!(status(&environment, "one"), "cancelled");
}

#[test]
fn two_that_start_a_run_under_one_key_start_one() {
    let (environment, sandbox) = place();
    let url = format!("--sandbox={}", sandbox.url());
    let start = || environment.start(&["run", "intake.yaml", &url, "-i", "summary=x", "--id", "one", "-q"]);
    let ended = [start(), start(), start()].map(|running| running.finish());
    assert!(ended.iter().any(|ended| ended.code == 0), "{ended:?}");
    assert!(ended.iter().all(|ended| [0, 7].contains(&ended.code)), "{ended:?}");
    assert_eq!(environment.effects().len(), 3);
}

#[test]
fn when_the_process_that_has_the_store_is_killed_the_others_go_on() {
    let (environment, sandbox) = place();
    let (_held, holder) = driving(&environment, &sandbox, "one");
    let (second, others) = driving(&environment, &sandbox, "two");
    let (third, more) = driving(&environment, &sandbox, "three");
    holder.signal("KILL");
    second.release(Fate::Arrives);
    third.release(Fate::Arrives);
    assert_eq!(others.finish().code, 0);
    assert_eq!(more.finish().code, 0);
    assert_eq!(holder.finish().code, -1);
    assert_eq!(["one", "two", "three"].map(|key| status(&environment, key)), ["interrupted", "completed", "completed"]);
    assert_eq!(environment.run(&["runs", "resume", "one", "-q"]).code, 0, "its effect is found");
    assert_eq!(environment.effects().len(), 9);
}

#[test]
fn a_process_that_is_stopped_at_the_terminal_gives_the_store_up() {
    let (environment, sandbox) = place();
    let (held, holder) = driving(&environment, &sandbox, "one");
    let (second, other) = driving(&environment, &sandbox, "two");
    holder.signal("TSTP");
    wait_until_stopped(&holder);
    second.release(Fate::Arrives);
    assert_eq!(other.finish().code, 0);
    let refused = environment.run(&["runs", "resume", "one"]);
    assert_eq!((refused.code, status(&environment, "one").as_str()), (8, "running"), "{refused}");
    held.release(Fate::Arrives);
    holder.signal("CONT");
    assert_eq!(holder.finish().code, 0);
    assert_eq!(environment.effects().len(), 6);
}

#[test]
fn a_process_that_has_the_store_and_does_not_answer_is_named() {
    let (environment, sandbox) = place();
    let (proxy, running) = driving(&environment, &sandbox, "one");
    running.signal("STOP");
    wait_until_stopped(&running);
    let refused = environment.run(&["runs", "list"]);
    assert!(refused.stderr.contains(&running.id().to_string()), "{refused}");
    assert_snapshot!(refused, @r"
    exit 8
    --- stdout
    --- stderr
    error[FR0801]: `DIR/home/.local/state/flowrun/runs`: the process that has the state directory open does not answer: flowrun run intake.yaml (process PID)
      help: if that process is stopped, let it go on (`fg`, or `kill -CONT` with its
      number), or end it; nothing is lost
    ");
    proxy.release(Fate::Arrives);
    running.signal("CONT");
    assert_eq!(running.finish().code, 0);
    assert_eq!(environment.run(&["runs", "list"]).code, 0);
}

/// A claim ends with its process, and never by time: whoever has the store then.
#[test]
fn a_run_of_a_stopped_process_stays_its_own_through_a_take_over() {
    let (environment, sandbox) = place();
    let (first, holder) = driving(&environment, &sandbox, "one");
    let (second, stopped) = driving(&environment, &sandbox, "two");
    stopped.signal("STOP");
    wait_until_stopped(&stopped);
    holder.signal("KILL");
    assert_eq!(holder.finish().code, -1);
    drop(first);
    let refused = environment.run(&["runs", "resume", "two"]);
    assert_eq!(refused.code, 8, "{refused}");
    assert!(refused.stderr.contains(&format!("(process {})", stopped.id())), "{refused}");
    assert_eq!(["one", "two"].map(|key| status(&environment, key)), ["interrupted", "running"]);
    second.release(Fate::Arrives);
    stopped.signal("CONT");
    assert_eq!(stopped.finish().code, 0);
    assert_eq!(environment.run(&["runs", "resume", "one", "-q"]).code, 0);
    assert_eq!(environment.effects().len(), 6);
}

/// A create whose answer is lost, beside a node that waits for an hour.
const DOUBTFUL: &str = r#"
process: doubtful
version: 1.0.0

nodes:
  file:
    activity: jira.create_issue
    with: { project: OPS, issue_type: Bug, summary: x }
  slow:
    activity: jira.find_user
    with: { name: Dana }
    retry: { delay: 1h, max_delay: 1h }
"#;

#[test]
fn a_decision_reaches_the_process_that_drives() {
    let environment = Environment::new();
    environment.write("doubtful.yaml", DOUBTFUL);
    let faults = "faults:\n  - operation: createIssue\n    times: 1\n    drop_reply: {}\n  \
                  - operation: findUsers\n    times: always\n    error_before: { status: 503 }\n";
    environment.write("faults.yaml", faults);
    let built_in = include_str!("../../activities/jira-sandbox/src/seed/built-in.yaml");
    environment.write("seed.yaml", &format!("{built_in}\nswitches: {{ create_properties_stored: false }}\n"));
    let sandbox = environment.serve_sandbox_with(&["--faults", "faults.yaml", "--seed", "seed.yaml"]);
    let url = format!("--sandbox={}", sandbox.url());
    let mut running = environment.start(&["run", "doubtful.yaml", &url, "--id", "one"]);
    running.wait_for("file: unknown whether the effect happened");
    let decided = environment.run(&["runs", "decide", "one", "file", "--happened", "OPS-6"]);
    assert_eq!(decided.code, 7, "{decided}");
    running.wait_for("file: completed, OPS-6");
    let again = environment.run(&["runs", "decide", "one", "file", "--did-not"]);
    assert_eq!(again.code, 2, "{again}");
    assert!(again.stderr.contains("no effect of `file` is in doubt"), "{again}");
    let cancelled = environment.run(&["runs", "cancel", "one"]);
    assert_eq!(cancelled.code, 0, "{cancelled}");
    assert_eq!(running.finish().code, 6);
    assert_eq!(environment.effects().len(), 1);
}

#[test]
fn a_run_is_taken_over_from_a_process_that_lives_once_what_it_has_sent_is_recorded() {
    let (environment, sandbox) = place();
    let (proxy, running) = driving(&environment, &sandbox, "one");
    let mut resuming = environment.start(&["runs", "resume", "one", "--take-over"]);
    resuming.wait_for("60 s at most for what it has sent");
    proxy.release(Fate::Arrives);
    let ended = running.finish();
    assert_eq!(ended.code, 143, "{ended}");
    assert!(ended.stderr.contains("file: completed"), "its answer was awaited: {ended}");
    let resumed = resuming.finish();
    assert_eq!(resumed.code, 0, "{resumed}");
    assert!(!resumed.stderr.contains("killing"), "{resumed}");
    assert_eq!(environment.effects().len(), 3);
}

#[test]
fn a_run_is_taken_over_from_a_process_that_is_stopped() {
    let (environment, sandbox) = place();
    let (other, holder) = driving(&environment, &sandbox, "other");
    let (proxy, stopped) = driving(&environment, &sandbox, "one");
    stopped.signal("STOP");
    wait_until_stopped(&stopped);
    proxy.release(Fate::Arrives);
    let resumed = environment.run(&["runs", "resume", "one", "--take-over"]);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert!(!resumed.stderr.contains("killing"), "it went on to end: {resumed}");
    assert_eq!(stopped.finish().code, 143);
    other.release(Fate::Arrives);
    assert_eq!(holder.finish().code, 0, "others are left alone");
    assert_eq!(environment.effects().len(), 6);
}

/// What it waits for never comes, so it does not end by being asked.
#[test]
fn a_process_that_does_not_end_is_killed_and_what_it_had_sent_is_looked_for() {
    let (environment, sandbox) = place();
    let (_proxy, running) = driving(&environment, &sandbox, "one");
    let resumed = environment.run(&["runs", "resume", "one", "--take-over=500ms"]);
    assert_eq!(resumed.code, 0, "{resumed}");
    let killed = format!("killing flowrun run intake.yaml (process {})", running.id());
    assert!(resumed.stderr.contains(&killed), "{resumed}");
    assert_eq!(running.finish().code, -1);
    assert_eq!(environment.effects().len(), 3);
}

#[test]
fn a_run_is_taken_over_from_a_stopped_process_that_has_the_store() {
    let (environment, sandbox) = place();
    let (_proxy, running) = driving(&environment, &sandbox, "one");
    running.signal("STOP");
    wait_until_stopped(&running);
    assert_eq!(environment.run(&["runs", "resume", "one"]).code, 8);
    let resumed = environment.run(&["runs", "resume", "one", "--take-over=500ms"]);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert!(resumed.stderr.contains("which has the state directory open and does not answer"), "{resumed}");
    assert_eq!(running.finish().code, -1);
    assert_eq!(environment.effects().len(), 3);
}

#[test]
fn a_run_is_cancelled_in_place_of_a_process_that_does_not_end() {
    let (environment, sandbox) = place();
    let (_proxy, running) = driving(&environment, &sandbox, "one");
    let cancelled = environment.run(&["runs", "cancel", "one", "--take-over=0s"]);
    assert_eq!(cancelled.code, 0, "{cancelled}");
    assert_eq!(running.finish().code, -1);
    assert_eq!(status(&environment, "one"), "cancelled");
}
