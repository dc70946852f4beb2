//! Scopes and permissions that change while the sandbox runs, and seeds that are kept with their worlds.

use std::path::Path;

use flowrun_jira_sandbox::{
    ChangeError, GrantChange, Options, Sandbox, Seed, StartError, change_grants, reset, served_address,
};
use serde_json::{Value, json};

use crate::client::{Client, start};

const DANA: &str = "dana@example.com";
const ROBIN: &str = "robin@example.com";

fn change(granted: bool, more: Value) -> Value {
    let mut change = json!({ "email": ROBIN, "granted": granted });
    change.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
    change
}

async fn ask(sandbox: &Sandbox, change: Value) -> (u16, Value) {
    let control = Client::new(sandbox.description().site_url, None);
    let answer = control.post("/_sandbox/grants", change).await;
    (answer.status, answer.body)
}

fn kept(directory: &Path) -> Options {
    Options { directory: Some(directory.to_owned()), ..Options::default() }
}

#[tokio::test]
async fn a_permission_changes_at_once() {
    let sandbox = start(Options::default()).await;
    let robin = Client::gateway(&sandbox, ROBIN);
    let mut statuses = Vec::new();
    for (granted, project) in [(true, Some("OPS")), (false, None), (true, None)] {
        statuses.push(robin.delete("/rest/api/3/issue/OPS-1").await.status);
        let change = change(granted, json!({ "permissions": ["DELETE_ISSUES"], "project": project }));
        assert_eq!(ask(&sandbox, change).await.0, 204);
        statuses.push(robin.delete("/rest/api/3/issue/OPS-99").await.status);
        let held = robin.get("/rest/api/3/mypermissions?permissions=DELETE_ISSUES&projectKey=OPS").await.body;
        assert_eq!(held["permissions"]["DELETE_ISSUES"]["havePermission"], granted);
        if granted && project.is_some() {
            statuses.push(robin.delete("/rest/api/3/issue/OPS-2").await.status);
        }
    }
    assert_eq!(statuses, [403, 404, 204, 204, 404, 404, 404]);
}

#[tokio::test]
async fn a_scope_that_is_taken_away_does_not_match_at_once() {
    let sandbox = start(Options::default()).await;
    let robin = Client::gateway(&sandbox, ROBIN);
    let other = Client::scoped(&sandbox, ROBIN, &["read:jira-work"]);
    let issue = "/rest/api/3/issue/OPS-1";
    assert_eq!((robin.get(issue).await.status, other.get(issue).await.status), (200, 200));
    assert_eq!(ask(&sandbox, change(false, json!({ "scopes": ["read:jira-work"] }))).await.0, 204);
    let refused = robin.get(issue).await;
    assert_eq!((refused.status, &refused.body["message"]), (401, &json!("Unauthorized; scope does not match")));
    assert_eq!((other.get(issue).await.status, Client::gateway(&sandbox, DANA).get(issue).await.status), (401, 200));
    assert!(!sandbox.description().users[2].scopes.contains(&"read:jira-work".to_owned()));

    assert_eq!(ask(&sandbox, change(true, json!({ "scopes": ["read:jira-work"] }))).await.0, 204);
    assert_eq!((robin.get(issue).await.status, other.get(issue).await.status), (200, 200));
}

#[tokio::test]
async fn what_the_sandbox_does_not_have_is_named() {
    let sandbox = start(Options::default()).await;
    for (more, words) in [
        (json!({ "email": "nobody@example.com" }), "no user `nobody@example.com`; it has `admin@example.com`"),
        (json!({ "project": "NONE" }), "no project `NONE`; it has `OPS`"),
        (json!({ "permissions": ["DELETE"] }), "Jira has no permission `DELETE`"),
        (json!({ "permissions": ["ADMINISTER"], "project": "OPS" }), "`ADMINISTER` is a global permission"),
        (json!({ "scopes": ["read:all"] }), "no operation needs the scope `read:all`"),
        (json!({ "scope": ["read:jira-work"] }), "unknown field `scope`"),
    ] {
        let (status, body) = ask(&sandbox, change(true, more.clone())).await;
        assert_eq!((status, body.to_string().contains(words)), (400, true), "{more}: {body}");
    }
}

#[tokio::test]
async fn a_reset_takes_back_what_was_changed_before_the_sandbox_started() {
    let directory = tempfile::tempdir().expect("a directory");
    let taken = json!(change(false, json!({ "permissions": ["BROWSE_PROJECTS"] })));
    let taken: GrantChange = serde_json::from_value(taken).expect("a change");
    change_grants(directory.path(), &taken).expect("changed");
    let sandbox = start(kept(directory.path())).await;
    let robin = Client::gateway(&sandbox, ROBIN);
    assert_eq!(robin.get("/rest/api/3/issue/OPS-1").await.status, 404);
    let control = Client::new(sandbox.description().site_url, None);
    assert_eq!(control.post("/_sandbox/reset", json!({})).await.status, 204);
    assert_eq!(robin.get("/rest/api/3/issue/OPS-1").await.status, 200);
}

#[tokio::test]
async fn changes_are_kept_and_made_without_a_sandbox_too() {
    let directory = tempfile::tempdir().expect("a directory");
    let wanted = |granted, permission: &str, scope: &str| GrantChange {
        email: ROBIN.to_owned(),
        scopes: vec![scope.to_owned()],
        permissions: vec![permission.to_owned()],
        project: None,
        granted,
    };
    let sandbox = start(kept(directory.path())).await;
    let given = json!(wanted(true, "ADD_COMMENTS", "read:jira-work"));
    assert_eq!(ask(&sandbox, given).await.0, 204);
    let refused = change_grants(directory.path(), &wanted(false, "BROWSE_PROJECTS", "write:jira-work"));
    assert!(matches!(refused, Err(ChangeError::Start(StartError::InUse(_)))), "{refused:?}");
    assert_eq!(served_address(directory.path()), Some(sandbox.description().site_url));
    sandbox.shutdown().await;

    change_grants(directory.path(), &wanted(false, "DELETE_ISSUES", "write:jira-work")).expect("changed");
    let again = start(kept(directory.path())).await;
    let robin = Client::gateway(&again, ROBIN);
    let comment = json!({ "body": crate::client::document("c") });
    let path = "/rest/api/3/issue/OPS-1/comment";
    assert_eq!(robin.post(path, comment.clone()).await.status, 401);
    assert_eq!(ask(&again, change(true, json!({ "scopes": ["write:jira-work"] }))).await.0, 204);
    assert_eq!(robin.post(path, comment).await.status, 201);
    again.shutdown().await;

    reset(directory.path()).expect("nobody has it");
    let anew = start(kept(directory.path())).await;
    let held = Client::gateway(&anew, ROBIN).get("/rest/api/3/mypermissions?permissions=ADD_COMMENTS").await.body;
    assert_eq!(held["permissions"]["ADD_COMMENTS"]["havePermission"], false);
}

#[tokio::test]
async fn a_seed_is_kept_and_another_one_is_for_a_world_without_effects() {
    let directory = tempfile::tempdir().expect("a directory");
    let seed = |key: &str| {
        Seed::parse(&format!(
            "projects: [{{ id: 1, key: {key}, name: {key}, lead: admin@example.com, permission_scheme: Default, \
             workflow: Simple, issue_types: [Task], \
             roles: {{ Administrators: {{ groups: [jira-administrators] }}, Member: {{ groups: [jira-users] }} }} }}]"
        ))
    };
    let with = |key: &str| Options { seed: Some(seed(key).expect("a seed")), ..kept(directory.path()) };
    for (options, project) in [(with("AAA"), "AAA"), (with("BBB"), "BBB"), (kept(directory.path()), "BBB")] {
        let sandbox = start(options).await;
        let admin = Client::gateway(&sandbox, "admin@example.com");
        assert_eq!(admin.get(&format!("/rest/api/3/project/{project}")).await.status, 200);
        sandbox.shutdown().await;
    }
    let sandbox = start(with("BBB")).await;
    let fields = json!({ "project": { "key": "BBB" }, "issuetype": { "name": "Task" }, "summary": "s" });
    let admin = Client::gateway(&sandbox, "admin@example.com");
    assert_eq!(admin.post("/rest/api/3/issue", json!({ "fields": fields })).await.status, 201);
    sandbox.shutdown().await;

    let refused = Sandbox::start(with("AAA")).await;
    assert!(matches!(refused, Err(StartError::OtherSeed(_))), "{refused:?}");
    start(with("BBB")).await.shutdown().await;
    reset(directory.path()).expect("nobody has it");
    let sandbox = start(with("AAA")).await;
    assert_eq!(Client::gateway(&sandbox, "admin@example.com").get("/rest/api/3/project/AAA").await.status, 200);
}
