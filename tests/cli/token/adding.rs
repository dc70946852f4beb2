//! `token add`: what it says, what it keeps, and that nothing is kept of what was stopped.

use std::{io::BufReader, process::Stdio};

use insta::assert_snapshot;
use serde_json::json;

use super::Rehearsal;
use crate::{
    consent::{self, Person, add, add_command},
    running::conforms,
};

#[test]
fn an_access_token_by_a_pasted_address() {
    let rehearsal = Rehearsal::new();
    assert_snapshot!(add(&rehearsal.environment, &rehearsal.sandbox, &[], Person::default()), @r"
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
    The app must have this Callback URL

         http://localhost:8971/callback

    and these scopes of the Jira API

         Manage Jira global settings  manage:jira-configuration
         View user profiles           read:jira-user
         View Jira issue data         read:jira-work
         Create and manage issues     write:jira-work

    Open this address in a browser on any machine, choose the site, and press
    Accept:

         http://127.0.0.1:PORT/authorize?response_type=code&client_id=CONSUMER_KEY&state=STATE&redirect_uri=http%3A%2F%2Flocalhost%3A8971%2Fcallback&scope=manage%3Ajira-configuration%20read%3Ajira-user%20read%3Ajira-work%20write%3Ajira-work%20offline_access&audience=api.atlassian.com&prompt=consent

    The browser then ends at a page that cannot be shown, which is fine: copy its
    whole address from the address bar. It begins like this:

         http://localhost:8971/callback?state=…&code=…

       Address: 

    kept in DIR/home/.local/share/flowrun/tokens
    next, run `flowrun token test acme --project KEY`
    ");
    assert_eq!(rehearsal.kept().len(), 1);
}

#[test]
fn an_access_token_by_a_browser_on_this_machine() {
    let rehearsal = Rehearsal::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let callback = format!("http://localhost:{port}/flowrun");
    let app = consent::control(&rehearsal.sandbox, "apps", &json!({ "callback_url": callback }));
    let url = format!("--sandbox={}", rehearsal.sandbox.url());
    let key = app["client_id"].as_str().unwrap();
    let arguments = ["token", "add", "acme", &url, "--consumer-key", key, "--callback", &callback, "-o", "json"];
    let mut child = rehearsal
        .environment
        .command(&arguments)
        .env("FLOWRUN_CONSUMER_SECRET", app["client_secret"].as_str().unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (_, address) = consent::read_address(&mut BufReader::new(child.stderr.take().unwrap()));
    let page = consent::open(&Person::default().visit(&address.unwrap()));
    assert!(page.contains("You can close this page"), "{page}");
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let document = serde_json::from_slice(&output.stdout).unwrap();
    conforms(&document, "token");
    assert_eq!(document["token"]["account"]["email"], "admin@example.com");
    assert_eq!(document["token"]["callback_url"], callback);
}

#[test]
fn scopes_are_those_of_the_definitions() {
    let rehearsal = Rehearsal::new();
    let text = "process: read\nversion: 1.0.0\nnodes:\n  look:\n    activity: jira.get_issue_details\n    with: { issue: OPS-1 }\n";
    rehearsal.environment.write("read.yaml", text);
    let more = ["--for", "read.yaml", "-o", "json"];
    let added = add(&rehearsal.environment, &rehearsal.sandbox, &more, Person::default());
    let scopes = &added.json()["token"]["scopes"];
    assert_eq!(*scopes, json!(["offline_access", "read:jira-user", "read:jira-work"]), "{added}");
    let tried =
        |more: &[&str]| rehearsal.environment.run(&[&["token", "test", "acme", "--project", "OPS"], more].concat());
    assert_eq!(tried(&[]).code, 5, "the scopes of other activities are missing");
    let for_it = tried(&["--for", "read.yaml"]);
    assert_eq!(for_it.code, 0, "{for_it}");
    assert!(!for_it.to_string().contains("jira.create_issue"), "{for_it}");
}

#[test]
fn adding_again_asks_for_what_was_granted_too_and_tells_of_another_account() {
    let rehearsal = Rehearsal::new();
    let (environment, sandbox) = (&rehearsal.environment, &rehearsal.sandbox);
    let first = ["--scopes", "read:jira-work,read:jira-user", "-q"];
    assert_eq!(add(environment, sandbox, &first, Person::default()).code, 0);
    let dana = Person { user: "dana@example.com", ..Person::default() };
    // Key, secret and callback URL are kept: only the name is given.
    let again = environment.command(&["token", "add", "acme", "--paste", "--scopes", "write:jira-work"]);
    assert_snapshot!(consent::paste(again, |address| dana.visit(address)), @r"
    exit 0
    --- stdout
    acme: an OAuth 2.0 access token, by your consent
      site          http://127.0.0.1:PORT (sandbox)
      account       Dana Developer (dana@example.com)
      consumer key  CONSUMER_KEY
      callback URL  http://localhost:8971/callback
      bearer        expires TIME; flowrun gets the next one by itself
      if unused     lost on TIME; each use gives another 90 days
      added         TIME

    scopes
      granted     read:jira-user   View user profiles
      granted     read:jira-work   View Jira issue data
      granted     write:jira-work  Create and manage issues
    --- stderr
    The app must have this Callback URL

         http://localhost:8971/callback

    and these scopes of the Jira API

         View user profiles        read:jira-user
         View Jira issue data      read:jira-work
         Create and manage issues  write:jira-work

    Granted before, and asked for again, since a new consent replaces the old one:
    `read:jira-user`, `read:jira-work`.

    Open this address in a browser on any machine, choose the site, and press
    Accept:

         http://127.0.0.1:PORT/authorize?response_type=code&client_id=CONSUMER_KEY&state=STATE&redirect_uri=http%3A%2F%2Flocalhost%3A8971%2Fcallback&scope=read%3Ajira-user%20read%3Ajira-work%20write%3Ajira-work%20offline_access&audience=api.atlassian.com&prompt=consent

    The browser then ends at a page that cannot be shown, which is fine: copy its
    whole address from the address bar. It begins like this:

         http://localhost:8971/callback?state=…&code=…

       Address: 
    note: `acme` belonged to Alex Admin (admin@example.com), and now belongs to Dana
    Developer (dana@example.com): runs continue as that user

    kept in DIR/home/.local/share/flowrun/tokens
    next, run `flowrun token test acme --project KEY`
    ");
}

/// Of two that are added at a time the later one is kept, as its consent has replaced the other's; and it is told.
#[test]
fn what_another_process_added_meanwhile_is_not_replaced_silently() {
    let rehearsal = Rehearsal::new();
    let (environment, sandbox) = (&rehearsal.environment, &rehearsal.sandbox);
    let dana = Person { user: "dana@example.com", ..Person::default() };
    let replaces = |started: std::process::Command| {
        let added = consent::paste(started, |address| {
            assert_eq!(add(environment, sandbox, &["-q"], dana).code, 0);
            Person::default().visit(address)
        });
        assert_eq!(added.code, 0, "{added}");
        added.stderr.split_once("warning").map_or(String::new(), |(_, told)| format!("warning{told}"))
    };
    assert_snapshot!(replaces(add_command(environment, sandbox, &["--paste", "-q"])), @r"
    warning: another process added `acme` meanwhile at TIME: for
    http://127.0.0.1:PORT, of Dana Developer (dana@example.com); this one has
    replaced it
    ");
    let again = environment.command(&["token", "add", "acme", "--paste", "-q"]);
    assert!(replaces(again).contains("Dana Developer"));
    assert!(environment.run(&["token", "show", "acme"]).stdout.contains("Alex Admin"));
}

#[test]
fn whoever_stops_it_finds_all_as_it_was() {
    let rehearsal = Rehearsal::new();
    assert_eq!(add(&rehearsal.environment, &rehearsal.sandbox, &["-q"], Person::default()).code, 0);
    let before = rehearsal.kept();
    let mut child = add_command(&rehearsal.environment, &rehearsal.sandbox, &["--paste"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    // `wait` would close it, and its end is an answer too.
    let _stdin = child.stdin.take();
    assert!(consent::read_address(&mut stderr).1.is_some());
    let interrupt = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(rehearsal.kept(), before);
}

#[test]
fn api_tokens_are_told_apart_by_where_they_are_taken() {
    let rehearsal = Rehearsal::new();
    let user = &rehearsal.sandbox.description["users"][0];
    for (name, field, kind) in [("plain", "api_token", "api-token"), ("scoped", "scoped_api_token", "scoped-api-token")]
    {
        let url = format!("--sandbox={}", rehearsal.sandbox.url());
        let arguments =
            ["token", "add", name, &url, "--kind", "api-token", "--email", "admin@example.com", "-o", "json"];
        let mut command = rehearsal.environment.command(&arguments);
        let output = command.env("FLOWRUN_API_TOKEN", user[field].as_str().unwrap()).output().unwrap();
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        conforms(&document, "token");
        assert_eq!(document["token"]["kind"], kind);
        assert_eq!(rehearsal.environment.run(&["token", "test", name, "--project", "OPS"]).code, 0);
    }
}

/// Whoever lost the passphrase says how it is to be kept from now on; by itself nothing is unsealed.
#[cfg(feature = "passphrase")]
#[test]
fn what_does_not_open_can_be_replaced() {
    let rehearsal = Rehearsal::new();
    let api_token = rehearsal.sandbox.description["users"][0]["api_token"].as_str().unwrap();
    let url = format!("--sandbox={}", rehearsal.sandbox.url());
    let add = |more: &[&str], passphrase: &str| {
        let kind = ["token", "add", "acme", &url, "--kind", "api-token", "--email", "admin@example.com", "-q"];
        let mut command = rehearsal.environment.command(&[&kind, more].concat());
        let command = command.env("FLOWRUN_API_TOKEN", api_token).env("FLOWRUN_PASSPHRASE", passphrase);
        crate::environment::Output::of(command)
    };
    assert_eq!(add(&["--keep", "passphrase"], "correct horse").code, 0);
    let sealed = rehearsal.kept();
    assert_eq!(add(&[], "wrong horse").code, 4);
    assert_eq!(add(&["--keep", "passphrase"], "wrong horse").code, 4);
    assert_eq!(rehearsal.kept(), sealed);
    let replaced = add(&["--keep", "file"], "wrong horse");
    assert_eq!(replaced.code, 0, "{replaced}");
    assert_snapshot!(replaced.stderr, @"note: `acme` is replaced, and nothing of it is kept: the passphrase does not open `DIR/home/.local/share/flowrun/tokens/identity.age`");
    assert_eq!(rehearsal.environment.run(&["token", "show", "acme"]).code, 0);
}
