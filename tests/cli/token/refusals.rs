//! What goes wrong on the way to an access token: each a message with what to do, and what was there before is untouched.

use std::process::Stdio;

use insta::assert_snapshot;

use super::Rehearsal;
use crate::{
    consent::{self, Person, add, add_command},
    environment::Output,
    running::conforms,
};

/// What a refusal says last.
fn refusal(output: &Output) -> String {
    let from = output.stderr.find("error").unwrap_or_default();
    format!("exit {}\n{}", output.code, &output.stderr[from..])
}

#[test]
fn what_the_consent_page_or_atlassian_refuses() {
    let rehearsal = Rehearsal::new();
    let (environment, sandbox) = (&rehearsal.environment, &rehearsal.sandbox);
    assert_eq!(add(environment, sandbox, &["-q"], Person::default()).code, 0);
    let before = rehearsal.kept();

    let refuses = Person { decision: "cancel", ..Person::default() };
    assert_snapshot!(refusal(&add(environment, sandbox, &[], refuses)), @r"
    exit 4
    error[FR0905]: the consent was refused: User did not authorize the request
      help: run the command again and press Accept; an app that is not shared works
      only for the account that made it
    ");
    let slow = Person { hesitates_seconds: 360, ..Person::default() };
    assert_snapshot!(refusal(&add(environment, sandbox, &[], slow)), @r"
    exit 4
    error[FR0905]: Atlassian does not accept the code of the consent: Invalid authorization code
      help: run the command again: a code works once, and for some minutes only
    ");
    let elsewhere = add(environment, sandbox, &["--site", "https://nowhere.atlassian.net"], Person::default());
    assert_snapshot!(refusal(&elsewhere), @r"
    exit 4
    error[FR0906]: the access token does not open `https://nowhere.atlassian.net`, but `http://127.0.0.1:PORT`
      help: run the command again and choose the site on the consent page, or give
      the address of one that it opens
    ");
    let mut command = add_command(environment, sandbox, &["--paste"]);
    command.env("FLOWRUN_CONSUMER_SECRET", "not-the-secret");
    let wrong_secret = consent::paste(command, |address| Person::default().visit(address));
    assert_snapshot!(refusal(&wrong_secret), @r"
    exit 4
    error[FR0905]: Atlassian does not accept the consumer key and secret: Unauthorized
      help: copy both again from the app's Settings page in the developer console,
      where they are called Client ID and Secret; a secret that was changed there is
      needed here too
    ");
    let command = add_command(environment, sandbox, &["--paste"]);
    assert_snapshot!(refusal(&consent::paste(command, |_| "http://localhost:8971/callback?code=x&state=y".into())), @r"
    exit 4
    error[FR0905]: this address belongs to another consent, not the one that is waited for
      help: use the consent page that this command opened last, and paste the
      address that it ends at
    ");
    let command = add_command(environment, sandbox, &["--paste", "--callback", "http://localhost:8971/other"]);
    let page = "https://id.atlassian.com/error?error=unauthorized_client&error_description=Callback%20URL%20mismatch";
    assert_snapshot!(refusal(&consent::paste(command, |_| page.to_owned())), @r"
    exit 4
    error[FR0905]: the app does not have the callback URL `http://localhost:8971/other`
      help: set the app's callback URL to exactly `http://localhost:8971/other`, on
      its Authorization page under OAuth 2.0 (3LO), and save
    ");

    assert_eq!(rehearsal.kept(), before);
}

#[test]
fn what_is_refused_before_anything_is_asked() {
    let rehearsal = Rehearsal::new();
    let run = |arguments: &[&str]| rehearsal.environment.run(&[&["token", "add", "acme"], arguments].concat());
    assert_snapshot!(run(&["--no-input"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: this is missing: the Consumer Key, which the developer console calls Client ID (`--consumer-key`); the Consumer Secret (`--secret-file FILE`, `-` for stdin, or FLOWRUN_CONSUMER_SECRET)
      help: on a terminal, without `--no-input`, the command asks for it
    ");
    let misspelt = run(&["--no-input", "--scopes", "read:jira-wrok,read:jira-user"]);
    assert!(misspelt.stderr.starts_with("warning: flowrun does not know the scope `read:jira-wrok`"), "{misspelt}");
    for none in ["", "offline_access"] {
        let refused = run(&["--no-input", "--scopes", none]);
        assert!(refused.code == 2 && refused.stderr.contains("`--scopes` does not name a scope of Jira"), "{refused}");
    }
    assert_snapshot!(run(&["--kind", "api-token"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: this is missing: the Jira Portal URL (`--site`); the e-mail address (`--email`); the API token (`--secret-file FILE`, `-` for stdin, or FLOWRUN_API_TOKEN)
      help: on a terminal, without `--no-input`, the command asks for it
    ");
    assert_snapshot!(run(&["--kind", "personal-access-token"]), @r"
    exit 4
    --- stdout
    --- stderr
    error[FR0907]: personal access tokens belong to Jira Data Center, and flowrun talks to Jira Cloud: Data Center has version 2 of the REST interface, without Atlassian Document Format
      help: for Jira Cloud get an OAuth access token (`flowrun token add NAME`), or
      give an API token (`--kind api-token`)
    ");
    assert_snapshot!(run(&["--callback", "http://flows.example.com/callback"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: the callback URL `http://flows.example.com/callback` must be `https`: plain `http` is for `localhost` only
    ");
    rehearsal.environment.write("file", "");
    let tokens = rehearsal.environment.path("file/tokens");
    assert_snapshot!(run(&["--tokens-dir", tokens.to_str().unwrap()]), @r"
    exit 4
    --- stdout
    --- stderr
    error[FR0904]: `DIR/file/tokens` cannot be read: Not a directory (os error 20)
      help: make sure that you can read and write it, or name another directory with
      `--tokens-dir`
    ");
    assert_eq!(rehearsal.kept(), []);
}

/// A script may paste by a pipe. One that pastes nothing is not waited for without end.
#[test]
fn without_questions_an_address_comes_by_a_pipe_or_not_at_all() {
    let rehearsal = Rehearsal::new();
    let (environment, sandbox) = (&rehearsal.environment, &rehearsal.sandbox);
    assert_eq!(add(environment, sandbox, &["--no-input", "-q"], Person::default()).code, 0);
    let mut nothing = add_command(environment, sandbox, &["--paste", "--no-input"]);
    assert_snapshot!(refusal(&Output::of(&mut nothing)), @r"
    exit 2
    error: under `--no-input` the address at which the browser ends must come on a pipe, and none came
      help: leave out `--no-input` to paste it at a terminal
    ");
    for pasted in ["http://elsewhere.example/".to_owned(), "x".repeat(66_000)] {
        let command = add_command(environment, sandbox, &["--paste", "--no-input"]);
        let refused = consent::paste(command, |_| pasted);
        assert!(refused.code == 4 && refused.stderr.contains("error[FR0905]"), "{refused}");
    }
    let mut silent = add_command(environment, sandbox, &["--paste", "--no-input", "--wait", "1ms"]);
    let mut child = silent.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let _stdin = child.stdin.take();
    assert_eq!(child.wait().unwrap().code(), Some(4));
}

/// Programs read stdout: whatever is refused, there is one document.
#[test]
fn every_refusal_is_a_document_too() {
    let rehearsal = Rehearsal::new();
    let refusals: [(&[&str], i32, Option<&str>); 8] = [
        (&["token", "show", "acne"], 4, Some("FR0901")),
        (&["token", "test", "acne"], 4, Some("FR0901")),
        (&["token", "refresh", "acne"], 4, Some("FR0901")),
        (&["token", "remove", "acne", "--yes"], 4, Some("FR0901")),
        (&["token", "remove", "acne"], 4, Some("FR0901")),
        (&["token", "add", "acme", "--no-input"], 2, None),
        (&["token", "add", "acme", "--kind", "personal-access-token"], 4, Some("FR0907")),
        (&["token", "add", "acme", "--for", "missing.yaml", "--consumer-key", "x"], 3, Some("FR0112")),
    ];
    for (arguments, exit, code) in refusals {
        let refused = rehearsal.environment.run(&[arguments, &["-o", "json"]].concat());
        let document = refused.json();
        conforms(&document, "error");
        let problem = &document["diagnostics"][0];
        assert_eq!((refused.code, problem["code"].as_str()), (exit, code), "{refused}");
        assert!(problem["help"].is_string() || code == Some("FR0112"), "{refused}");
    }
    rehearsal.environment.write("flowrun.toml", "colour = 1");
    let doctor = rehearsal.environment.run(&["doctor", "-o", "json"]);
    conforms(&doctor.json(), "error");
    assert_eq!(doctor.code, 2, "{doctor}");
}

#[test]
fn a_port_that_is_taken_is_told_before_the_browser_opens() {
    let rehearsal = Rehearsal::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let callback = format!("http://localhost:{}/callback", taken.local_addr().unwrap().port());
    let mut command = add_command(&rehearsal.environment, &rehearsal.sandbox, &["--callback", &callback]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("is in use by another program") && !told.contains("/authorize?"), "{told}");
}
