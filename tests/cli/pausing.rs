//! A run is paused, from another process or while nobody drives it, and goes on when it is resumed; a run is cancelled with a bound.

use insta::assert_snapshot;

use crate::{environment::Environment, proxy::Fate, resuming::start};

#[test]
fn a_run_is_paused_from_another_process_and_resumed() {
    start!(environment, _sandbox, proxy, running);
    running.wait_for("file: running");
    let mut pausing = environment.start(&["runs", "pause", "last"]);
    pausing.wait_for("pause requested");
    proxy.release(Fate::Arrives);
    assert_snapshot!(pausing.finish(), @r"
    exit 0
    --- stdout
    intake 1.0.0: paused
    run RUN
    started TIME, in the sandbox

      completed       file   OPS-6 http://127.0.0.1:PORT/browse/OPS-6
      pending         note
      pending         boast

    to continue:
      flowrun runs resume RUN
    --- stderr
    telling flowrun run intake.yaml (process PID), which drives the run
    message 1 received
    pause requested
    file: completed, OPS-6 http://127.0.0.1:PORT/browse/OPS-6
    run interrupted
    ");
    let paused = running.finish();
    assert_eq!(paused.code, 7, "{paused}");
    assert!(paused.stdout.contains("to continue:\n  flowrun runs resume"), "{paused}");
    assert_eq!(environment.effects().len(), 1);
    assert_snapshot!(environment.run(&["runs", "why", "last"]), @r"
    exit 0
    --- stdout
    intake 1.0.0: paused
      run RUN, began LENGTH ago
      done by then: create a Bug in project OPS: x (done: OPS-6)
      flowrun runs resume RUN
    --- stderr
    ");
    assert!(environment.run(&["runs", "list", "--status", "paused"]).stdout.contains("paused"));
    let again = environment.run(&["runs", "pause", "last", "-o", "json"]);
    assert_eq!((again.code, &again.json()["run"]["status"]), (0, &"paused".into()), "asking again changes nothing");
    let resumed = environment.run(&["runs", "resume", "last"]);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert_eq!(environment.effects().len(), 3);
    let ended = environment.run(&["runs", "pause", "last"]);
    assert_snapshot!(ended, @r"
    exit 2
    --- stdout
    --- stderr
    error: run `RUN` has ended
    ");
}

#[test]
fn a_run_that_nobody_drives_is_paused_and_can_be_ended() {
    start!(environment, _sandbox, proxy, running);
    running.signal("TERM");
    running.wait_for("finishing");
    proxy.release(Fate::Arrives);
    assert_eq!(running.finish().code, 143);
    assert_snapshot!(environment.run(&["runs", "pause", "last", "-q"]), @r"
    exit 0
    --- stdout
    intake 1.0.0: paused
    run RUN
    started TIME, in the sandbox

      completed       file   OPS-6 http://127.0.0.1:PORT/browse/OPS-6
      pending         note
      pending         boast

    to continue:
      flowrun runs resume RUN
    --- stderr
    ");
    let cancelled = environment.run(&["runs", "cancel", "last", "-o", "json"]);
    assert_eq!((cancelled.code, &cancelled.json()["run"]["status"]), (0, &"cancelled".into()), "{cancelled}");
    assert_eq!(environment.effects().len(), 1);
}

/// The answer never comes: whoever cancels need not wait for it, and what was sent is found.
#[test]
fn a_run_is_cancelled_within_a_time() {
    start!(environment, _sandbox, proxy, running);
    running.wait_for("file: running");
    let mut cancelling = environment.start(&["runs", "cancel", "last", "--grace", "0s"]);
    cancelling.wait_for("what has not finished is dropped");
    proxy.release(Fate::IsLost);
    let cancelled = cancelling.finish();
    assert_snapshot!(cancelled, @r#"
    exit 0
    --- stdout
    intake 1.0.0: cancelled in LENGTH
    run RUN
    started TIME, in the sandbox

      cancelled       file   create a Bug in project OPS: x (done: OPS-6)
      skipped         note   run failed (nodes.file.key)
      skipped         boast  condition (if: inputs.summary == "perfect")
    --- stderr
    telling flowrun run intake.yaml (process PID), which drives the run
    message 1 received
    cancellation requested
    what has not finished is dropped
    file: the effect happened, issue `OPS-6` has its tag
    file: attempt 1 interrupted
    file: cancelled
    note: skipped, run failed (nodes.file.key)
    boast: skipped, condition (if: inputs.summary == "perfect")
    run cancelled
    "#);
    assert_eq!(running.finish().code, 6);
    assert_eq!(environment.effects().len(), 1);
}

#[test]
fn a_grace_is_a_duration() {
    let environment = Environment::new();
    let refused = environment.run(&["runs", "cancel", "last", "--grace", "soon"]);
    assert_snapshot!(refused, @r"
    exit 2
    --- stdout
    --- stderr
    error: invalid value 'soon' for '--grace <DURATION>': `soon` is not a duration such as `30s`, `10m`, `2h` or `1h30m`

    For more information, try '--help'.
    ");
}

/// A pause hides no question: it is answered meanwhile, or after.
#[test]
fn a_paused_run_tells_what_is_in_doubt_and_how_to_decide() {
    start!(environment, _sandbox, proxy, running, serve_untagged_sandbox);
    running.wait_for("file: running");
    proxy.release(Fate::IsLost);
    assert_eq!(running.finish().code, 7, "it needs a decision");
    let paused = environment.run(&["runs", "pause", "last", "-q"]);
    assert!(paused.stdout.contains("it is unknown whether `file` had its effect"), "{paused}");
    let why = environment.run(&["runs", "why", "last"]);
    assert!(why.stdout.contains("runs decide") && why.stdout.contains("runs resume"), "{why}");
    let decided = environment.run(&["runs", "decide", "last", "file", "--happened", "OPS-6", "-q"]);
    assert_eq!(decided.code, 7, "it is still paused: {decided}");
    assert_eq!(environment.run(&["runs", "resume", "last", "-q"]).code, 0);
    assert_eq!(environment.effects().len(), 3);
}
