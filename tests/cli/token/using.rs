//! An access token that is kept: the list, one in full, the table of what works, refreshing and forgetting it; and `doctor`.

use std::{collections::BTreeSet, fs};

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::Rehearsal;
use crate::{
    consent::{self, Person, add},
    environment::Output,
    running::conforms,
};

fn with_token() -> Rehearsal {
    let rehearsal = Rehearsal::new();
    let added = add(&rehearsal.environment, &rehearsal.sandbox, &["-q"], Person::default());
    assert_eq!(added.code, 0, "{added}");
    rehearsal
}

#[test]
fn it_is_listed_and_shown() {
    let rehearsal = with_token();
    let run = |arguments: &[&str]| rehearsal.environment.run(arguments);
    assert_snapshot!(run(&["token", "list"]), @r"
    exit 0
    --- stdout
    NAME  KIND              BEARER            SITE
    acme  oauth             for MINUTES        http://127.0.0.1:PORT, Alex Admin
    --- stderr
    ");
    assert_snapshot!(run(&["token", "show", "acme"]), @r"
    exit 0
    --- stdout
    acme: an OAuth 2.0 access token, by your consent
      site          http://127.0.0.1:PORT (sandbox)
      account       Alex Admin (admin@example.com)
      consumer key  CONSUMER_KEY
      callback URL  http://localhost:8971/callback
      bearer        expires TIME; flowrun gets the next one by itself
      if unused     lost on TIME; each use gives 90 days
      added         TIME

    scopes
      granted     manage:jira-configuration  Manage Jira global settings
      granted     read:jira-user             View user profiles
      granted     read:jira-work             View Jira issue data
      granted     write:jira-work            Create and manage issues
    --- stderr
    ");
    conforms(&run(&["token", "list", "-o", "json"]).json(), "token-list");
    conforms(&run(&["token", "show", "acme", "-o", "json"]).json(), "token");
    assert_snapshot!(run(&["token", "show", "acne"]), @r"
    exit 4
    --- stdout
    --- stderr
    error[FR0901]: there is no access token `acne`
      help: did you mean `acme`? otherwise `flowrun token add acne` gets it
    ");
}

#[test]
fn it_is_tried_line_by_line() {
    let rehearsal = with_token();
    let run = |arguments: &[&str]| rehearsal.environment.run(&[&["token", "test", "acme"], arguments].concat());
    assert_snapshot!(run(&["--project", "OPS"]), @r"
    exit 0
    --- stdout
      ok       reachable
      ok       recognised
      ok       site                       http://127.0.0.1:PORT (sandbox)
      ok       account                    Alex Admin (admin@example.com)
      ok       manage:jira-configuration  Manage Jira global settings
      ok       read:jira-user             View user profiles
      ok       read:jira-work             View Jira issue data
      ok       write:jira-work            Create and manage issues
      ok       jira.add_assignee          ASSIGN_ISSUES, BROWSE_PROJECTS
      ok       jira.add_attachment        BROWSE_PROJECTS, CREATE_ATTACHMENTS
      ok       jira.add_comments          ADD_COMMENTS, BROWSE_PROJECTS
      ok       jira.create_issue          BROWSE_PROJECTS, CREATE_ISSUES
      ok       jira.create_project        ADMINISTER
      ok       jira.delete_issue          BROWSE_PROJECTS, DELETE_ISSUES
      ok       jira.get_issue_details     BROWSE_PROJECTS
      ok       jira.search_issues         BROWSE_PROJECTS
      ok       jira.update_issue          BROWSE_PROJECTS, EDIT_ISSUES
      ok       jira.update_issue_status   BROWSE_PROJECTS, TRANSITION_ISSUES

    all is well
    --- stderr
    ");
    conforms(&run(&["-o", "json"]).json(), "checks");
    assert_eq!(run(&["--project", "NOPE"]).code, 5);
    consent::control(&rehearsal.sandbox, "oauth/revoke", &json!({}));
    assert_snapshot!(run(&[]), @r"
    exit 4
    --- stdout
      ok       reachable
      FAILED   recognised
               the access token `acme` must be granted anew: its consent was taken
               back, or the user's password was changed (Atlassian no longer takes
               the refresh token: Unknown or invalid refresh token.) [FR0903]
               help: consent once more with `flowrun token add acme`
      skipped  site         Jira was not asked further
      skipped  account      Jira was not asked further
      skipped  scopes       Jira was not asked further
      skipped  permissions  Jira was not asked further

    1 failed, 4 skipped of 6
    --- stderr
    ");
}

#[test]
fn a_site_that_does_not_answer_is_no_lost_access_token() {
    let Rehearsal { environment, sandbox, _filters } = with_token();
    drop(sandbox);
    assert_eq!(environment.run(&["token", "test", "acme"]).code, 9);
    assert_eq!(environment.run(&["token", "refresh", "acme"]).code, 9);
}

#[test]
fn it_is_refreshed_and_forgotten() {
    let rehearsal = with_token();
    let run = |arguments: &[&str]| rehearsal.environment.run(arguments);
    let before = rehearsal.kept();
    assert_snapshot!(run(&["token", "refresh", "acme"]), @r"
    exit 0
    --- stdout
    `acme` has a new bearer, until TIME
    --- stderr
    ");
    assert_ne!(rehearsal.kept(), before);
    conforms(&run(&["token", "refresh", "acme", "-o", "json"]).json(), "token");
    assert_snapshot!(run(&["token", "remove", "acme"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: nobody can be asked whether it is meant
      help: give `--yes`
    ");
    let removed = run(&["token", "remove", "acme", "--yes", "-o", "json"]);
    conforms(&removed.json(), "token-remove");
    assert_eq!((removed.code, rehearsal.kept()), (0, vec![]));
    assert_eq!(run(&["token", "remove", "acme", "--yes"]).code, 4);
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
      ok       token acme  http://127.0.0.1:PORT, 90 days left without use

    all is well
    --- stderr
    ");
    let (path, content) = rehearsal.kept().remove(0);
    let mut document: Value = serde_json::from_slice(&content).unwrap();
    let grant = document["token"]["grant"].as_object_mut().unwrap().values_mut().next().unwrap();
    grant["refreshing_since"] = json!("2026-01-01T00:00:00Z");
    fs::write(&path, document.to_string()).unwrap();
    assert_snapshot!(rehearsal.environment.run(&["doctor"]), @r"
    exit 0
    --- stdout
      ok       version     0.1.0
      ok       settings    none
      ok       runs        DIR/home/.local/state/flowrun
      ok       tokens      DIR/home/.local/share/flowrun/tokens
      warning  token acme
               a refresh began TIME and its end is not written, for
               more than ten minutes: if Atlassian's answer was lost, it has ended
               the old refresh token, and the consent is lost [FR0903]
               help: run `flowrun token refresh acme`, which finds out; if it was
               lost, `flowrun token add acme` gets it anew, with the same app

    1 worth a look of 5
    --- stderr
    ");
    fs::write(&path, "{").unwrap();
    let told = rehearsal.environment.run(&["doctor", "-o", "json"]);
    assert_eq!(told.code, 4, "{told}");
    conforms(&told.json(), "checks");
    assert_eq!(rehearsal.environment.run(&["token", "list"]).code, 0);
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
    error[FR0904]: the new bearer of `acme` is not kept, and ends with this command: `DIR/home/.local/share/flowrun/tokens/acme.token` cannot be written: File too large (os error 27)
      help: make room, then `flowrun token refresh acme` within ten minutes: for so
      long Atlassian takes the old refresh token again
    ");
    let tested = run(&["token", "test", "acme"]);
    assert!(tested.code == 4 && tested.stdout.contains("FAILED   kept"), "{tested}");
    let refreshed = rehearsal.environment.run(&["token", "refresh", "acme"]);
    assert_eq!(refreshed.code, 0, "the old refresh token is still taken: {refreshed}");
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
               help: see that you may write there, or name another directory with
               `--state-dir`
      FAILED   tokens
               `DIR/home/.local/share/flowrun/tokens` cannot be written:
               File too large (os error 27) [FR0904]
               help: say with `--tokens-dir` where access tokens are kept: a
               directory that you can write
      ok       token acme  http://127.0.0.1:PORT, 90 days left without use

    2 failed of 5
    --- stderr
    ");
    let elsewhere = environment.path("nowhere");
    let options = ["--tokens-dir", elsewhere.to_str().unwrap(), "--state-dir", elsewhere.to_str().unwrap()];
    assert_eq!(environment.run(&[&["doctor"], options.as_slice()].concat()).code, 0);
    assert!(!elsewhere.exists() && files() == before);
}

/// What Jira refused is told without asking again, until it is granted anew.
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
    assert_snapshot!(run(&["token", "show", "acme"]), @r"
    exit 0
    --- stdout
    acme: an OAuth 2.0 access token, by your consent
      site          http://127.0.0.1:PORT (sandbox)
      account       Alex Admin (admin@example.com)
      consumer key  CONSUMER_KEY
      callback URL  http://localhost:8971/callback
      bearer        expires TIME
      refused       TIME: its consent was taken back, or the user's
                    password was changed (Atlassian no longer takes the refresh
                    token: Unknown or invalid refresh token.)
      added         TIME

    scopes
      granted     manage:jira-configuration  Manage Jira global settings
      granted     read:jira-user             View user profiles
      granted     read:jira-work             View Jira issue data
      granted     write:jira-work            Create and manage issues

    to go on, consent once more:
      flowrun token add acme
    --- stderr
    ");
    assert_snapshot!(run(&["doctor"]), @r"
    exit 4
    --- stdout
      ok       version     0.1.0
      ok       settings    none
      ok       runs        DIR/home/.local/state/flowrun
      ok       tokens      DIR/home/.local/share/flowrun/tokens
      FAILED   token acme
               Atlassian refused it TIME: its consent was taken back,
               or the user's password was changed (Atlassian no longer takes the
               refresh token: Unknown or invalid refresh token.) [FR0903]
               help: run `flowrun token add acme`: it consents anew, with the same
               app

    1 failed of 5
    --- stderr
    ");
    for (arguments, document) in [(["token", "list"].as_slice(), "token-list"), (&["token", "show", "acme"], "token")] {
        conforms(&run(&[arguments, &["-o", "json"]].concat()).json(), document);
    }
    let shown = run(&["token", "show", "acme", "-o", "json"]).json();
    assert!(shown["token"]["refused"]["why"].as_str().is_some_and(|why| why.contains("taken back")), "{shown}");

    assert_eq!(run(&["token", "refresh", "acme"]).code, 4, "Jira is asked again");
    assert_eq!(add(&rehearsal.environment, &rehearsal.sandbox, &["-q"], Person::default()).code, 0);
    assert_eq!(run(&["doctor"]).code, 0);
    assert_eq!(run(&["token", "show", "acme", "-o", "json"]).json()["token"]["refused"], Value::Null);
}

/// Servers give access tokens by the environment or systemd: they work, and are not changed here.
#[test]
fn what_is_given_is_used_and_never_changed() {
    let rehearsal = Rehearsal::new();
    let description = &rehearsal.sandbox.description;
    let given = json!({
        "site": rehearsal.sandbox.url(),
        "email": "admin@example.com",
        "api_token": description["users"][0]["api_token"],
    });
    fs::create_dir(rehearsal.environment.path("credentials")).unwrap();
    rehearsal.environment.write("credentials/flowrun-token-nightly", &given.to_string());
    let run = |arguments: &[&str]| {
        let mut command = rehearsal.environment.command(arguments);
        command.env("FLOWRUN_TOKEN_CI", given.to_string());
        Output::of(command.env("CREDENTIALS_DIRECTORY", rehearsal.environment.path("credentials")))
    };
    assert_snapshot!(run(&["token", "list"]), @r"
    exit 0
    --- stdout
    NAME     KIND              BEARER            SITE
    ci       given by the environment, not kept
    nightly  given by systemd's credentials directory, not kept
    --- stderr
    ");
    assert_snapshot!(run(&["token", "show", "nightly"]), @r"
    exit 0
    --- stdout
    nightly: an API token without scopes: it may do all that its user may
      site          http://127.0.0.1:PORT (127)
      account       Alex Admin (admin@example.com)
      comes from    systemd's credentials directory
      e-mail        admin@example.com
    --- stderr
    ");
    assert_eq!(run(&["token", "test", "ci", "--project", "OPS"]).code, 0);
    assert_snapshot!(run(&["token", "refresh", "ci"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: `ci` is given by the environment: it is changed there, not here
    ");
    assert_snapshot!(run(&["token", "remove", "nightly", "--yes"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: `nightly` is given by systemd's credentials directory: it is changed there, not here
    ");
    conforms(&run(&["token", "list", "-o", "json"]).json(), "token-list");
    let rotating =
        json!({ "site": rehearsal.sandbox.url(), "client_id": "a", "client_secret": "b", "refresh_token": "c" });
    let mut command = rehearsal.environment.command(&["token", "test", "ci"]);
    assert_eq!(Output::of(command.env("FLOWRUN_TOKEN_CI", rotating.to_string())).code, 4);
}
