//! A grant that goes missing while a run goes on: the run waits for it, and goes on when it is back.

use std::{fs, path::PathBuf};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    consent::{self, Person, control},
    environment::{Environment, Running, ServedSandbox},
    proxy::{Fate, Proxy},
    running::INTAKE,
};

const CREATE: &str = "POST /rest/api/3/issue";
const ALL: [&str; 3] = ["createIssue", "addComment", "addComment"];

/// A run that waits for an answer: what it asked for is done, and it does not know yet.
struct Midway {
    environment: Environment,
    sandbox: ServedSandbox,
    proxy: Proxy,
    running: Running,
}

impl Midway {
    /// It creates its issue, as the administrator of the sandbox.
    fn start() -> Self {
        let (environment, sandbox, proxy) = stopping(CREATE);
        let url = format!("--sandbox={}", proxy.url);
        Self::run(environment, sandbox, proxy, &[&url])
    }

    /// It creates its issue, with the access token `acme`; the consent to that is taken back meanwhile.
    fn losing_its_consent() -> Self {
        let (environment, sandbox, proxy) = stopping(CREATE);
        add(&environment, &sandbox, &proxy.url);
        let midway = Self::run(environment, sandbox, proxy, &["--token", "acme"]);
        control(&midway.sandbox, "oauth/revoke", &json!({}));
        midway.proxy.release(Fate::Arrives);
        midway
    }

    /// It renews the access token `acme`, before it begins.
    fn renewing(more: &[&str]) -> Self {
        let (environment, sandbox, proxy) = stopping("POST /oauth/token");
        add(&environment, &sandbox, sandbox.url());
        let own = own_file(&environment);
        let through_proxy = fs::read_to_string(&own).unwrap().replace(sandbox.url(), &proxy.url);
        fs::write(&own, through_proxy).unwrap();
        control(&sandbox, "oauth/expire", &json!({}));
        Self::run(environment, sandbox, proxy, &[&["--token", "acme"], more].concat())
    }

    fn run(environment: Environment, sandbox: ServedSandbox, proxy: Proxy, more: &[&str]) -> Self {
        let running = environment.start(&[&["run", "intake.yaml", "-i", "summary=x"], more].concat());
        proxy.wait();
        Self { environment, sandbox, proxy, running }
    }
}

/// A place with a definition and a sandbox, and a proxy that stops the answer to this.
fn stopping(line: &'static str) -> (Environment, ServedSandbox, Proxy) {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let sandbox = environment.serve_sandbox();
    let proxy = Proxy::stopping(sandbox.url(), line);
    (environment, sandbox, proxy)
}

/// The file of the access token `acme`.
fn own_file(environment: &Environment) -> PathBuf {
    environment.files().into_iter().find(|path| path.ends_with("acme.token")).unwrap()
}

/// Gives the administrator of a served sandbox scopes, or takes them.
fn change(environment: &Environment, sandbox: &ServedSandbox, what: &str, scope: &str) {
    change_grant(environment, sandbox, what, &["--scope", scope]);
}

/// The same, of scopes or permissions.
pub(crate) fn change_grant(environment: &Environment, sandbox: &ServedSandbox, what: &str, grant: &[&str]) {
    let user = ["--user", "admin@example.com", "--url", sandbox.url()];
    let changed = environment.run(&[&["sandbox", what], &user[..], grant].concat());
    assert_eq!(changed.code, 0, "{changed}");
}

#[test]
fn a_run_whose_scope_is_taken_away_waits_for_it() {
    let Midway { environment, sandbox, proxy, running } = Midway::start();
    change(&environment, &sandbox, "revoke", "write:jira-work");
    proxy.release(Fate::Arrives);
    assert_snapshot!(running.finish(), @r#"
    exit 7
    --- stdout
    intake 1.0.0: needs grant
    run RUN
    started TIME, in the sandbox

      completed       file   OPS-6 http://127.0.0.1:PORT/browse/OPS-6
      waiting         note   FR0704: the access token lacks a scope for this (issue…
      skipped         boast  condition (if: inputs.summary == "perfect")

    a grant is missing for `note[0]`
      FR0704: the access token lacks a scope for this (issue `OPS-6`) (401):
      Unauthorized; scope does not match
      help: it needs `write:jira-work`: add that to the access token by a new
      consent; refreshing it does not help
      asks again at TIME, while a process drives the run

    to continue, once it is granted:
      flowrun runs resume RUN
    --- stderr
    This is the sandbox, an embedded Jira: nothing here is in your own Jira.
    run RUN started: intake 1.0.0
    file: running
    file: completed, OPS-6 http://127.0.0.1:PORT/browse/OPS-6
    note[0]: running
    boast: skipped, condition (if: inputs.summary == "perfect")
    note[0]: attempt 1 needs a grant, FR0704: the access token lacks a scope for this (issue `OPS-6`) (401): Unauthorized; scope does not match; asks again at TIME
    run interrupted
    "#);
    let why = environment.run(&["runs", "why", "last"]);
    assert!(why.stdout.lines().count() <= 10, "{why}");
    assert_snapshot!(why, @r"
    exit 0
    --- stdout
    intake 1.0.0: needs a grant at note[0], intake.yaml:19:15
      run RUN, began LENGTH ago; 1 attempt, at TIME
      why: FR0704: the access token lacks a scope for this (issue `OPS-6`) (401):
      Unauthorized; scope does not match
      done by then: create a Bug in project OPS: x (done: OPS-6)
      goes on by itself: at TIME, if a process drives it then
      to do: it needs `write:jira-work`: add that to the access token by a new
      consent; refreshing it does not help
      flowrun runs resume RUN
    --- stderr
    ");
    let listed = environment.run(&["runs", "list", "--status", "needs_grant", "-o", "json"]).json();
    assert_eq!(listed["runs"][0]["status"], "needs_grant");
    let shown = environment.run(&["runs", "show", "last", "-o", "json"]).json();
    assert_eq!(shown["run"]["nodes"]["note"]["status"], "waiting");
    assert_eq!(shown["run"]["nodes"]["note"]["error"]["status"], 401);

    let refused = environment.run(&["runs", "resume", "last", "-o", "json"]);
    assert_eq!((refused.code, &refused.json()["diagnostics"][0]["code"]), (5, &"FR0501".into()), "{refused}");
    let listed = environment.run(&["runs", "list", "-o", "json"]).json();
    assert_eq!(listed["runs"][0]["status"], "needs_grant", "it stays as it was");
    assert_eq!(environment.operations(), ALL[..1]);

    change(&environment, &sandbox, "grant", "write:jira-work");
    let resumed = environment.run(&["runs", "resume", "last", "-o", "json"]);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert_eq!(resumed.json()["run"]["nodes"]["note"]["attempts"], 3);
    assert_eq!(environment.operations(), ALL);
}

/// Whatever Jira answers for want of it: 403, 404, 400 or 401.
#[test]
fn a_run_that_is_left_running_goes_on_by_itself_once_its_grant_is_back() {
    let lacks = [
        (["--permission", "ADD_COMMENTS"], "permission `ADD_COMMENTS` is missing"),
        (
            ["--permission", "BROWSE_PROJECTS"],
            "issue `OPS-6` does not exist, or the user `admin@example.com` may not see it",
        ),
        (["--scope", "write:jira-work"], "the access token lacks a scope for this"),
    ];
    for (grant, lack) in lacks {
        let (environment, sandbox, proxy) = stopping(CREATE);
        let url = format!("--sandbox={}", proxy.url);
        let Midway { environment, sandbox, proxy, mut running } =
            Midway::run(environment, sandbox, proxy, &[&url, "--wait"]);
        change_grant(&environment, &sandbox, "revoke", &grant);
        proxy.release(Fate::Arrives);
        running.wait_for("asks again at");
        change_grant(&environment, &sandbox, "grant", &grant);
        let finished = running.finish();
        assert_eq!(finished.code, 0, "{finished}");
        assert!(finished.stderr.contains(lack), "{finished}");
        assert!(finished.stderr.contains("note[0]: no grant is found missing any more"), "{finished}");
        assert_eq!(environment.operations(), ALL, "nothing is done twice");
    }
}

/// What is missing has a name, and whoever can give it too.
#[test]
fn a_run_that_is_denied_says_which_permission_it_lacks() {
    let Midway { environment, sandbox, proxy, running } = Midway::start();
    change_grant(&environment, &sandbox, "revoke", &["--permission", "ADD_COMMENTS"]);
    proxy.release(Fate::Arrives);
    let finished = running.finish();
    assert_eq!(finished.code, 7, "{finished}");
    let shown = environment.run(&["runs", "show", "last", "-o", "json"]).json();
    let note = &shown["run"]["nodes"]["note"];
    assert_snapshot!(format!("{}\n{}", note["error"]["message"], note["error"]["help"]), @r#"
    "the user `admin@example.com` may not comment on issue `OPS-6`: permission `ADD_COMMENTS` is missing; Jira refuses this (issue `OPS-6`) (400): You do not have the permission to comment on this issue."
    "ask an administrator of project `OPS` to grant \"Add comments\" (`ADD_COMMENTS`)"
    "#);
    assert!(note["grants_asked_again_at"].is_string(), "{note}");
    assert_eq!((&shown["run"]["status"], &note["status"]), (&json!("needs_grant"), &json!("waiting")));
    assert_eq!(environment.run(&["runs", "resume", "last"]).code, 5);
    let mut waiting = environment.start(&["runs", "resume", "last", "--wait"]);
    waiting.wait_for("asks again at");
    change_grant(&environment, &sandbox, "grant", &["--permission", "ADD_COMMENTS"]);
    let finished = waiting.finish();
    assert_eq!(finished.code, 0, "{finished}");
    assert!(finished.stderr.contains("permission `ADD_COMMENTS` is missing"), "{finished}");
    assert_eq!(environment.operations(), ALL);
}

/// What was missing before the pause is no reason to stop after it.
#[test]
fn a_run_that_is_paused_while_it_lacks_a_grant_goes_on_once_that_is_there() {
    let Midway { environment, sandbox, proxy, running } = Midway::start();
    change(&environment, &sandbox, "revoke", "write:jira-work");
    proxy.release(Fate::Arrives);
    assert_eq!(running.finish().code, 7);
    assert_eq!(environment.run(&["runs", "pause", "last", "-q"]).code, 0);
    change(&environment, &sandbox, "grant", "write:jira-work");
    let resumed = environment.run(&["runs", "resume", "last"]);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert_eq!(environment.operations(), ALL);
}

#[test]
fn a_run_that_waits_for_a_grant_can_be_cancelled() {
    let Midway { environment, sandbox, proxy, running } = Midway::start();
    change(&environment, &sandbox, "revoke", "write:jira-work");
    proxy.release(Fate::Arrives);
    assert_eq!(running.finish().code, 7);
    let cancelled = environment.run(&["runs", "cancel", "last", "-o", "json"]);
    assert_eq!((cancelled.code, &cancelled.json()["run"]["status"]), (0, &"cancelled".into()), "{cancelled}");
    assert_eq!(environment.operations(), ALL[..1]);
}

/// Gets the access token `acme` with the app of the sandbox, which is reached at `url`.
fn add(environment: &Environment, sandbox: &ServedSandbox, url: &str) {
    let app = &sandbox.description["app"];
    let at = format!("--sandbox={url}");
    let key = app["client_id"].as_str().unwrap();
    let mut command = environment.command(&["token", "add", "acme", &at, "--consumer-key", key, "--paste"]);
    command.env("FLOWRUN_CONSUMER_SECRET", app["client_secret"].as_str().unwrap());
    let added = consent::paste(command, |address| Person::default().visit(address));
    assert_eq!(added.code, 0, "{added}");
}

/// How often each consent was renewed, as the sandbox's authorization server counted.
fn refreshes(sandbox: &ServedSandbox) -> Vec<Value> {
    let told: Value = serde_json::from_str(&consent::open(&format!("{}/_sandbox/oauth", sandbox.url()))).unwrap();
    told["families"].as_array().unwrap().iter().map(|family| family["refreshes"].clone()).collect()
}

#[test]
fn a_run_whose_consent_is_taken_back_goes_on_after_a_new_one() {
    let Midway { environment, sandbox, proxy, running } = Midway::losing_its_consent();
    assert_snapshot!(running.finish(), @r#"
    exit 7
    --- stdout
    intake 1.0.0: needs grant
    run RUN
    started TIME, with access token acme

      completed       file   OPS-6 http://127.0.0.1:PORT/browse/OPS-6
      waiting         note   FR0903: the access token `acme` must be re-authorized:…
      skipped         boast  condition (if: inputs.summary == "perfect")

    a grant is missing for `note[0]`
      FR0903: the access token `acme` must be re-authorized: its consent was
      withdrawn, or the user's password was changed (Atlassian no longer accepts the
      refresh token: Unknown or invalid refresh token.)
      help: consent once more with `flowrun token add acme`
      asks again at TIME, while a process drives the run

    to continue, once it is granted:
      flowrun runs resume RUN
    --- stderr
    run RUN started: intake 1.0.0
    file: running
    file: completed, OPS-6 http://127.0.0.1:PORT/browse/OPS-6
    note[0]: running
    boast: skipped, condition (if: inputs.summary == "perfect")
    note[0]: attempt 1 needs a grant, FR0903: the access token `acme` must be re-authorized: its consent was withdrawn, or the user's password was changed (Atlassian no longer accepts the refresh token: Unknown or invalid refresh token.); asks again at TIME
    run interrupted
    "#);
    assert_snapshot!(environment.run(&["runs", "resume", "last"]), @r"
    exit 4
    --- stdout
    --- stderr
    error[FR0903]: the grants cannot be checked: the access token `acme` must be re-authorized: its consent was withdrawn, or the user's password was changed (Atlassian no longer accepts the refresh token: Unknown or invalid refresh token.)
      help: consent once more with `flowrun token add acme`; then resume with
      `flowrun runs resume RUN`

    the run is unchanged
    ");
    let listed = environment.run(&["runs", "list", "-o", "json"]).json();
    assert_eq!(listed["runs"][0]["status"], "needs_grant", "it stays as it was");

    add(&environment, &sandbox, &proxy.url);
    let resumed = environment.run(&["runs", "resume", "last", "-o", "json"]);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert_eq!(environment.operations(), ALL);
}

/// What a run waits for may be gone for good: it can be ended all the same, where nothing of it is left to do at Jira.
#[test]
fn a_run_whose_access_token_is_forgotten_can_be_cancelled() {
    let Midway { environment, sandbox: _sandbox, proxy: _, running } = Midway::losing_its_consent();
    assert_eq!(running.finish().code, 7);
    assert_eq!(environment.run(&["token", "remove", "acme", "--yes"]).code, 0);
    assert_snapshot!(environment.run(&["runs", "resume", "last"]), @r"
    exit 4
    --- stdout
    --- stderr
    error[FR0901]: there is no access token `acme`
      help: add it with `flowrun token add acme`; then resume with `flowrun runs
      resume RUN`

    the run is unchanged
    ");
    let cancelled = environment.run(&["runs", "cancel", "last", "-o", "json"]);
    assert_eq!((cancelled.code, &cancelled.json()["run"]["status"]), (0, &"cancelled".into()), "{cancelled}");
}

/// The refresh token before is taken for some minutes only: who stops, and goes on another day, is to have the next one.
#[test]
fn a_renewal_ends_before_a_run_that_is_stopped() {
    let Midway { environment, sandbox, proxy, mut running } = Midway::renewing(&[]);
    running.signal("INT");
    running.wait_for("until the access token is renewed");
    proxy.release(Fate::Arrives);
    assert_snapshot!(running.finish(), @r"
    exit 130
    --- stdout
    --- stderr

    stopped: nothing was changed at Jira
    waiting until the access token is renewed; press Ctrl-C again to exit at once
    ");
    assert_eq!(environment.run(&["runs", "list", "-o", "json"]).json()["runs"], json!([]));
    assert_eq!(environment.run(&["run", "-q", "intake.yaml", "--token", "acme", "-i", "summary=x"]).code, 0);
    assert_eq!(refreshes(&sandbox), [1]);
}

#[test]
fn who_stops_a_run_twice_waits_for_no_renewal() {
    let Midway { environment: _environment, sandbox: _sandbox, proxy: _proxy, mut running } = Midway::renewing(&[]);
    running.signal("TERM");
    running.wait_for("until the access token is renewed");
    running.signal("INT");
    assert_eq!(running.finish().code, 143);
}

/// What was renewed and could not be written ends with the process: whoever started the run is told in time to mend it.
#[test]
fn a_run_tells_of_a_bearer_that_could_not_be_kept() {
    let Midway { environment, sandbox: _sandbox, proxy, running } = Midway::renewing(&["-q"]);
    // Where the new document is to be written is a directory by then.
    fs::create_dir(own_file(&environment).with_extension("token.tmp")).unwrap();
    proxy.release(Fate::Arrives);
    let finished = running.finish();
    assert_eq!(finished.code, 0, "{finished}");
    assert_snapshot!(finished.stderr, @r"
    warning[FR0904]: the new bearer of `acme` could not be saved, and is lost when this command ends: `DIR/home/.local/share/flowrun/tokens/acme.token` cannot be written: Is a directory (os error 21)
      help: make sure that you can read and write it, or name another directory with
      `--tokens-dir`; then `flowrun token refresh acme` within ten minutes: until
      then Atlassian accepts the old refresh token
    ");
}

/// Two processes, each with a state directory of its own, that find the same bearer expired.
#[test]
fn two_runs_whose_bearer_expires_renew_it_once() {
    let environment = Environment::new();
    environment.write("flag.yaml", INTAKE);
    environment.write("named.yaml", &INTAKE.replace("version: 1.0.0", "version: 1.0.0\naccess_token: acme"));
    let sandbox = environment.serve_sandbox();
    add(&environment, &sandbox, sandbox.url());
    control(&sandbox, "oauth/expire", &json!({}));
    let run = |more: &[&str]| environment.start(&[&["run", "-q", "-i", "summary=x", "-o", "json"], more].concat());
    let first = run(&["flag.yaml", "--token", "acme", "--state-dir", "first"]);
    let second = run(&["named.yaml", "--state-dir", "second"]);
    for ran in [first.finish(), second.finish()] {
        assert_eq!((ran.code, &ran.json()["run"]["status"]), (0, &json!("completed")), "{ran}");
    }
    assert_eq!(refreshes(&sandbox), [1]);
}
