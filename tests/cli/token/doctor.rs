//! What ails an access token or the disk that it is kept on, and how it is told without asking anybody.

use std::{collections::BTreeSet, fs};

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::with_token;
use crate::{
    consent::{self, Person, add},
    environment::{Environment, Output},
    running::conforms,
};

/// How a command ended, and what it printed from the line on that has `words` first: the lines before are as they always are.
fn from_line(words: &str, output: &Output) -> String {
    let before = output.stdout.lines().take_while(|line| !line.contains(words)).count();
    let lines: Vec<_> = output.stdout.lines().skip(before).collect();
    format!("exit {}\n…\n{}", output.code, lines.join("\n"))
}

#[test]
fn doctor_tells_of_a_refresh_without_an_end_and_of_damage() {
    let rehearsal = with_token();
    assert_snapshot!(rehearsal.environment.run(&["doctor"]), @r"
    exit 0
    --- stdout
      ok       version     0.1.0
      ok       settings    none
      ok       runs        DIR/home/.local/state/flowrun
      ok       tokens      DIR/home/.local/share/flowrun/tokens
      ok       token acme  http://127.0.0.1:PORT; without use it lasts 90 more days

    all is well
    --- stderr
    ");
    let path = rehearsal.edit(|grant| grant["refreshing_since"] = json!("2026-01-01T00:00:00Z"));
    assert_snapshot!(from_line("token acme", &rehearsal.environment.run(&["doctor"])), @r"
    exit 0
    …
      warning  token acme
               a refresh began TIME, and its result was not recorded
               for more than ten minutes: if Atlassian's answer was lost, the old
               refresh token no longer works, and the consent is lost [FR0903]
               help: run `flowrun token refresh acme` to find out; if it was lost,
               run `flowrun token add acme`: it asks for your consent again, with
               the same app

    1 worth a look of 5
    ");
    fs::write(&path, "{").unwrap();
    let told = rehearsal.environment.run(&["doctor", "-o", "json"]);
    assert_eq!(told.code, 4, "{told}");
    conforms(&told.json(), "checks");
    assert_eq!(rehearsal.environment.run(&["token", "list"]).code, 0);
}

#[test]
fn doctor_tells_of_a_disk_that_takes_nothing_and_leaves_none_of_its_own() {
    let rehearsal = with_token();
    let environment = &rehearsal.environment;
    let files = || environment.files().into_iter().collect::<BTreeSet<_>>();
    let before = files();
    assert_snapshot!(Output::of(&mut environment.command_without_room(0, &["doctor"])), @r"
    exit 4
    --- stdout
      ok       version     0.1.0
      ok       settings    none
      FAILED   runs
               `DIR/home/.local/state/flowrun` cannot be written: File
               too large (os error 27) [FR0804]
               help: make sure that you may write there, or name another directory
               with `--state-dir`
      FAILED   tokens
               `DIR/home/.local/share/flowrun/tokens` cannot be written:
               File too large (os error 27) [FR0904]
               help: make room on the disk
      ok       token acme  http://127.0.0.1:PORT; without use it lasts 90 more days

    2 failed of 5
    --- stderr
    ");
    let elsewhere = environment.path("nowhere");
    let options = ["--tokens-dir", elsewhere.to_str().unwrap(), "--state-dir", elsewhere.to_str().unwrap()];
    assert_eq!(environment.run(&[&["doctor"], options.as_slice()].concat()).code, 0);
    assert!(!elsewhere.exists() && files() == before);
}

/// The disk has room for the word that a refresh begins, and not for the refresh token before, which its end keeps beside the next.
#[test]
fn a_new_bearer_that_cannot_be_kept_is_a_failure() {
    let rehearsal = with_token();
    let (path, content) = rehearsal.kept().remove(0);
    let taken = content.len() + r#""2026-01-31T12:00:00.123456789Z""#.len() - "null".len() + 6;
    let room = taken.next_multiple_of(512);
    let text = String::from_utf8(content).unwrap();
    fs::write(&path, text.replacen("Alex Admin", &format!("Alex Admin{}", ".".repeat(room - taken)), 1)).unwrap();
    let run =
        |arguments: &[&str]| Output::of(&mut rehearsal.environment.command_without_room(room as u64 / 512, arguments));
    assert_snapshot!(run(&["token", "refresh", "acme"]), @r"
    exit 4
    --- stdout
    --- stderr
    error[FR0904]: the new bearer of `acme` could not be saved, and is lost when this command ends: `DIR/home/.local/share/flowrun/tokens/acme.token` cannot be written: File too large (os error 27)
      help: make room on the disk; then `flowrun token refresh acme` within ten
      minutes: until then Atlassian accepts the old refresh token
    ");
    let tested = run(&["token", "test", "acme"]);
    assert!(tested.code == 4 && tested.stdout.contains("FAILED   kept"), "{tested}");
    let refreshed = rehearsal.environment.run(&["token", "refresh", "acme"]);
    assert_eq!(refreshed.code, 0, "the old refresh token is still taken: {refreshed}");
}

/// What Jira refused is told without asking again, until it is re-authorized.
#[test]
fn a_consent_that_was_refused_is_remembered() {
    let rehearsal = with_token();
    let run = |arguments: &[&str]| rehearsal.environment.run(arguments);
    consent::control(&rehearsal.sandbox, "oauth/revoke", &json!({}));
    assert_eq!(run(&["token", "refresh", "acme"]).code, 4);
    assert_snapshot!(run(&["token", "list"]), @r"
    exit 0
    --- stdout
    NAME  KIND              BEARER            SITE
    acme  oauth             consent refused   http://127.0.0.1:PORT, Alex Admin
    --- stderr
    ");
    assert_snapshot!(from_line("refused ", &run(&["token", "show", "acme"])), @r"
    exit 0
    …
      refused       TIME: its consent was withdrawn, or the user's
                    password was changed (Atlassian no longer accepts the refresh
                    token: Unknown or invalid refresh token.)
      added         TIME

    scopes
      granted     manage:jira-configuration  Manage Jira global settings
      granted     read:jira-user             View user profiles
      granted     read:jira-work             View Jira issue data
      granted     write:jira-work            Create and manage issues

    to continue, consent once more:
      flowrun token add acme
    ");
    assert_snapshot!(from_line("token acme", &run(&["doctor"])), @r"
    exit 4
    …
      FAILED   token acme
               Atlassian refused it TIME: its consent was withdrawn,
               or the user's password was changed (Atlassian no longer accepts the
               refresh token: Unknown or invalid refresh token.) [FR0903]
               help: run `flowrun token add acme`: it asks for your consent again,
               with the same app

    1 failed of 5
    ");
    for (arguments, document) in [(["token", "list"].as_slice(), "token-list"), (&["token", "show", "acme"], "token")] {
        conforms(&run(&[arguments, &["-o", "json"]].concat()).json(), document);
    }
    let shown = run(&["token", "show", "acme", "-o", "json"]).json();
    assert!(shown["token"]["refused"]["why"].as_str().is_some_and(|why| why.contains("withdrawn")), "{shown}");

    assert_eq!(run(&["token", "refresh", "acme"]).code, 4, "Jira is asked again");
    assert_eq!(add(&rehearsal.environment, &rehearsal.sandbox, &["-q"], Person::default()).code, 0);
    assert_eq!(run(&["doctor"]).code, 0);
    assert_eq!(run(&["token", "show", "acme", "-o", "json"]).json()["token"]["refused"], Value::Null);
}

/// What the environment gives is looked at as far as that goes without asking anybody.
#[test]
fn doctor_tells_of_an_access_token_that_is_given_in_another_form() {
    let environment = Environment::new();
    let mut command = environment.command(&["doctor"]);
    command.env("FLOWRUN_TOKEN_CUT", "{").env("FLOWRUN_TOKEN_ACME", r#"{"site": "https://acme.atlassian.net"}"#);
    let told = Output::of(&mut command);
    assert_eq!(told.code, 4, "{told}");
    assert!(told.stdout.contains("FAILED   token acme") && told.stdout.contains("FAILED   token cut"), "{told}");
}
