//! An access token that is added once more: what was kept stays, and what it lacks is told with the command that gets it.

use insta::assert_snapshot;
use serde_json::json;

use super::Rehearsal;
use crate::{
    consent::{self, Person, add},
    environment::Output,
};

#[test]
fn the_kind_and_the_key_stay() {
    let rehearsal = Rehearsal::new();
    let (environment, url) = (&rehearsal.environment, format!("--sandbox={}", rehearsal.sandbox.url()));
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        Output::of(environment.command(&[&["token", "add"], arguments].concat()).envs(variables.iter().copied()))
    };
    let app = consent::control(&rehearsal.sandbox, "apps", &json!({ "service_account": "admin@example.com" }));
    let (key, secret) = (app["client_id"].as_str().unwrap(), app["client_secret"].as_str().unwrap());
    let robot = ["robot", &url, "--kind", "service-account", "--consumer-key", key];
    let added = run(&robot, &[("FLOWRUN_CONSUMER_SECRET", secret)]);
    assert_eq!(added.code, 0, "{added}");
    let api_token = [("FLOWRUN_API_TOKEN", rehearsal.sandbox.description["users"][0]["api_token"].as_str().unwrap())];
    let added = run(&["nightly", &url, "--kind", "api-token", "--email", "admin@example.com"], &api_token);
    assert_eq!(added.code, 0, "{added}");

    for (name, kind) in [("robot", "service-account"), ("nightly", "api-token")] {
        let again = run(&[name, "-o", "json"], &api_token);
        assert_eq!(again.json()["token"]["kind"], kind, "{again}");
    }
    let told = run(&["robot", "--kind", "oauth"], &[]);
    assert!(told.stderr.contains("the developer console calls Client ID"), "{told}");
}

#[test]
fn what_is_missing_is_told_with_the_command_that_gets_it() {
    let rehearsal = Rehearsal::new();
    let least = ["--scopes", "read:jira-work,read:jira-user", "-q"];
    assert_eq!(add(&rehearsal.environment, &rehearsal.sandbox, &least, Person::default()).code, 0);
    let scopes = |more: &[&str]| {
        let shown = rehearsal.environment.run(&[&["token", "show", "acme"], more].concat());
        shown.stdout.split_once("\n\nscopes\n").unwrap().1.to_owned()
    };
    assert_snapshot!(scopes(&[]), @r"
      missing     manage:jira-configuration  Manage Jira global settings
      granted     read:jira-user             View user profiles
      granted     read:jira-work             View Jira issue data
      missing     write:jira-work            Create and manage issues

    missing: `manage:jira-configuration`, needed by `jira.create_project`;
    `write:jira-work`, needed by 10 activities, such as `jira.add_assignee`; if a
    definition of yours needs it, add it to the app's Jira API permissions, then run
    `flowrun token add acme --for FILE`: what was granted stays
    ");
    let text = "process: tell\nversion: 1.0.0\nnodes:\n  tell:\n    activity: jira.add_comments\n    with: { issue: OPS-1, comments: [x] }\n";
    rehearsal.environment.write("tell.yaml", text);
    assert_snapshot!(scopes(&["--for", "tell.yaml"]), @r"
      granted     read:jira-user   View user profiles
      granted     read:jira-work   View Jira issue data
      missing     write:jira-work  Create and manage issues

    missing: add them to the app's Jira API permissions, then run `flowrun token add
    acme --scopes write:jira-work`: what was granted stays
    ");
}
