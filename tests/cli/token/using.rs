//! An access token that is kept: the list, one in full, the table of what works, refreshing and forgetting it.

use std::fs;

use insta::assert_snapshot;
use serde_json::json;

use super::{Rehearsal, with_token};
use crate::{consent, environment::Output, running::conforms};

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
      if unused     lost on TIME; each use gives another 90 days
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
      help: did you mean `acme`? otherwise add it with `flowrun token add acne`
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
      ok       scopes                     told by Atlassian on TIME
      ok       manage:jira-configuration  Manage Jira global settings
      ok       read:jira-user             View user profiles
      ok       read:jira-work             View Jira issue data
      ok       write:jira-work            Create and manage issues
      ok       jira.add_assignee          ASSIGN_ISSUES, BROWSE_PROJECTS
      ok       jira.add_attachment        BROWSE_PROJECTS, CREATE_ATTACHMENTS
      ok       jira.add_comments          ADD_COMMENTS, BROWSE_PROJECTS
      ok       jira.add_watcher           BROWSE_PROJECTS
      ok       jira.add_worklog           BROWSE_PROJECTS, WORK_ON_ISSUES
      ok       jira.create_issue          BROWSE_PROJECTS, CREATE_ISSUES
      ok       jira.create_project        ADMINISTER
      ok       jira.delete_issue          BROWSE_PROJECTS, DELETE_ISSUES
      ok       jira.find_user
      ok       jira.get_issue_details     BROWSE_PROJECTS
      ok       jira.link_issues           BROWSE_PROJECTS, LINK_ISSUES
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
               the access token `acme` must be re-authorized: its consent was
               withdrawn, or the user's password was changed (Atlassian no longer
               accepts the refresh token: Unknown or invalid refresh token.)
               [FR0903]
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
fn scopes_are_those_that_came_with_the_bearer_that_was_tried() {
    let rehearsal = with_token();
    rehearsal.edit(|grant| {
        grant["scopes"] = json!(["read:jira-work"]);
        grant["expires_at"] = json!("2026-01-01T00:00:00Z");
    });
    let tested = rehearsal.environment.run(&["token", "test", "acme", "--project", "OPS"]);
    assert_eq!(tested.code, 0, "{tested}");
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
    error: this needs a confirmation, and nobody can be asked
      help: give `--yes`
    ");
    let removed = run(&["token", "remove", "acme", "--yes", "-o", "json"]);
    conforms(&removed.json(), "token-remove");
    assert_eq!((removed.code, rehearsal.kept()), (0, vec![]));
    assert_eq!(run(&["token", "remove", "acme", "--yes"]).code, 4);
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
      site          http://127.0.0.1:PORT (127.0.0.1:PORT)
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
    error: `ci` is given by the environment: change it there, not here
    ");
    assert_snapshot!(run(&["token", "remove", "nightly", "--yes"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: `nightly` is given by systemd's credentials directory: change it there, not here
    ");
    conforms(&run(&["token", "list", "-o", "json"]).json(), "token-list");
    let rotating =
        json!({ "site": rehearsal.sandbox.url(), "client_id": "a", "client_secret": "b", "refresh_token": "c" });
    let mut command = rehearsal.environment.command(&["token", "test", "ci"]);
    assert_eq!(Output::of(command.env("FLOWRUN_TOKEN_CI", rotating.to_string())).code, 4);
}
