//! The sandbox over HTTP: the way of an issue from its creation to its deletion, the bases of the API, the control
//! interface, and what stays after a restart.

use crate::client::{Client, document, http, start};
use flowrun_jira_sandbox::{Clock, Faults, Options, Sandbox, StartError, read_effects, reset};
use serde_json::json;

#[tokio::test]
async fn an_issue_is_created_read_commented_and_deleted() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let fields = json!({
        "project": { "key": "OPS" },
        "issuetype": { "name": "Bug" },
        "summary": "Login page is blank",
        "description": document("Since noon."),
        "labels": ["login"],
        "components": [{ "name": "website" }],
    });
    let created = admin.post("/rest/api/3/issue", json!({ "fields": fields })).await;
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(created.body["key"], "OPS-6");
    assert_eq!(created.body["self"], format!("{}/rest/api/3/issue/10006", admin.base));

    let read = admin.get("/rest/api/3/issue/OPS-6").await;
    assert_eq!(read.body["fields"]["summary"], "Login page is blank");
    assert_eq!(read.body["fields"]["status"]["statusCategory"]["key"], "new");
    assert_eq!(read.body["fields"]["components"][0]["name"], "Website");
    assert_eq!(read.body["fields"]["priority"]["name"], "Medium");

    let comment = json!({ "body": document("Seen too."), "properties": [{ "key": "flowrun", "value": "x" }] });
    let comment = admin.post("/rest/api/3/issue/OPS-6/comment", comment).await;
    assert_eq!(comment.status, 201, "{}", comment.body);
    let id = comment.body["id"].as_str().expect("an id");
    let property = admin.get(&format!("/rest/api/3/comment/{id}/properties/flowrun")).await;
    assert_eq!(property.body, json!({ "key": "flowrun", "value": "x" }));

    assert_eq!(admin.delete("/rest/api/3/issue/OPS-6").await.status, 204);
    assert_eq!(admin.get("/rest/api/3/issue/OPS-6").await.status, 404);
    let operations: Vec<_> = sandbox.effects().into_iter().map(|effect| (effect.operation, effect.replied)).collect();
    let expected = ["createIssue", "addComment", "deleteIssue"].map(|operation| (operation.to_owned(), true));
    assert_eq!(operations, expected);
}

#[tokio::test]
async fn each_door_takes_its_own_credentials() {
    let sandbox = start(Options::default()).await;
    let description = sandbox.description();
    let user = &description.users[0];
    let (site, gateway) =
        (description.site_url.clone(), format!("{}/ex/jira/{}", description.gateway_url, description.cloud_id));
    let bearer = format!("Bearer {}", user.bearer_token);
    let basic = Client::basic(&user.email, &user.api_token);
    let wrong_site = format!("{}/ex/jira/{}", description.gateway_url, "0-0");
    for (base, authorization, status) in [
        (&gateway, Some(&bearer), 200),
        (&site, Some(&basic), 200),
        (&site, Some(&bearer), 401),
        (&gateway, Some(&basic), 401),
        (&gateway, Some(&"Bearer nonsense".to_owned()), 401),
        (&site, Some(&Client::basic(&user.email, "nonsense")), 401),
        (&wrong_site, Some(&bearer), 404),
        (&gateway, None, 401),
        (&site, None, 401),
    ] {
        let client = Client::new(base.clone(), authorization.cloned());
        let answer = client.get("/rest/api/3/myself").await;
        assert_eq!(answer.status, status, "{base} {authorization:?} {}", answer.body);
    }
}

#[tokio::test]
async fn the_site_tells_its_version_to_everybody_but_those_with_wrong_credentials() {
    let sandbox = start(Options::default()).await;
    let description = sandbox.description();
    let gateway = format!("{}/ex/jira/{}", description.gateway_url, description.cloud_id);
    for (base, authorization, status) in [
        (&description.site_url, None, 200),
        (&description.site_url, Some("Basic nonsense".to_owned()), 401),
        (&description.site_url, Some(String::new()), 401),
        (&gateway, None, 401),
    ] {
        let client = Client::new(base.clone(), authorization.clone());
        for version in [2, 3] {
            let answer = client.get(&format!("/rest/api/{version}/serverInfo")).await;
            assert_eq!(answer.status, status, "{base} {authorization:?}");
        }
    }
}

#[tokio::test]
async fn a_missing_scope_is_401_and_granular_scopes_do_as_well() {
    let sandbox = start(Options::default()).await;
    let permission = "/rest/api/3/mypermissions?permissions=CREATE_ISSUES";
    for (scopes, status) in [
        (vec!["read:jira-work"], 200),
        (vec!["read:permission:jira"], 200),
        (vec!["read:jira-user", "write:jira-work"], 401),
        (vec![], 401),
    ] {
        let client = Client::scoped(&sandbox, "admin@example.com", &scopes);
        let answer = client.get(permission).await;
        assert_eq!(answer.status, status, "{scopes:?}");
        if status == 401 {
            assert_eq!(answer.body, json!({ "code": 401, "message": "Unauthorized; scope does not match" }));
        }
    }
}

#[tokio::test]
async fn the_site_names_itself_the_same_through_both_doors() {
    let sandbox = start(Options::default()).await;
    let description = sandbox.description();
    let user = &description.users[0];
    let site = Client::new(description.site_url.clone(), Some(Client::basic(&user.email, &user.api_token)));
    for client in [site, Client::gateway(&sandbox, &user.email)] {
        let information = client.get("/rest/api/3/serverInfo").await.body;
        assert_eq!(information["baseUrl"], description.site_url);
        assert_eq!(information["deploymentType"], "Cloud");
        let issue = client.get("/rest/api/3/issue/OPS-1").await.body;
        assert_eq!(issue["self"], format!("{}/rest/api/3/issue/10001", client.base));
    }
}

#[tokio::test]
async fn what_is_not_served_is_named() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    for (path, status, word) in [
        ("/rest/api/3/events", 501, "getEvents"),
        ("/rest/api/3/dashboard", 501, "GET /rest/api/3/dashboard"),
        ("/rest/api/3/search", 410, "removed"),
        ("/elsewhere", 404, "/elsewhere"),
    ] {
        let answer = admin.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.body["errorMessages"][0].as_str().is_some_and(|text| text.contains(word)), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_restart_keeps_the_world_and_its_credentials() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = || Options { directory: Some(directory.path().join("world")), ..Options::default() };
    let first = start(options()).await;
    let admin = Client::gateway(&first, "admin@example.com");
    let fields = json!({ "project": { "id": "10000" }, "issuetype": { "id": "10002" }, "summary": "Kept" });
    assert_eq!(admin.post("/rest/api/3/issue", json!({ "fields": fields })).await.status, 201);
    let before = admin.get("/rest/api/3/issue/OPS-6").await.body;
    let description = first.description();

    let second = Sandbox::start(options()).await;
    assert!(matches!(second, Err(StartError::InUse(_))), "{second:?}");
    let taken = reset(&directory.path().join("world"));
    assert!(matches!(taken, Err(StartError::InUse(_))), "{taken:?}");
    first.shutdown().await;

    let again = start(options()).await;
    assert_eq!(again.description().users, description.users);
    let admin = Client::gateway(&again, "admin@example.com");
    let after = admin.get("/rest/api/3/issue/OPS-6").await.body;
    assert_eq!(after["fields"]["summary"], before["fields"]["summary"]);
    assert_eq!(after["fields"]["created"], before["fields"]["created"]);
    assert_eq!(read_effects(&directory.path().join("world")).expect("a log").len(), 1);

    again.shutdown().await;
    reset(&directory.path().join("world")).expect("nobody has it");
    let anew = start(options()).await;
    assert_eq!(Client::gateway(&anew, "admin@example.com").get("/rest/api/3/issue/OPS-6").await.status, 404);
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let listen = "0.0.0.0:0".parse().expect("an address");
    let refused = Sandbox::start(Options { listen, ..Options::default() }).await;
    assert!(matches!(refused, Err(StartError::NotLoopback(_))), "{refused:?}");
}

#[tokio::test]
async fn the_control_interface_serves_other_processes() {
    let sandbox = start(Options::default()).await;
    let control = Client::new(sandbox.description().site_url, None);
    assert_eq!(control.get("/_sandbox/description").await.body, json!(sandbox.description()));

    let request = json!({ "email": "dana@example.com", "scopes": ["read:jira-user"] });
    let issued = control.post("/_sandbox/tokens", request).await;
    let bearer = issued.body["bearer_token"].as_str().expect("a token");
    let same = sandbox.issue_token("dana@example.com", &["read:jira-user".to_owned()]);
    assert_eq!(same.as_deref(), Some(bearer));
    let base = Client::gateway(&sandbox, "dana@example.com").base;
    let dana = Client::new(base, Some(format!("Bearer {bearer}")));
    assert_eq!(dana.get("/rest/api/3/myself").await.body["displayName"], "Dana Developer");
    assert_eq!(dana.get("/rest/api/3/issue/OPS-1").await.status, 401);

    let admin = Client::gateway(&sandbox, "admin@example.com");
    assert_eq!(admin.delete("/rest/api/3/issue/OPS-1").await.status, 204);
    let effects = control.get("/_sandbox/effects").await.body;
    assert_eq!(effects["effects"][0]["issue"], "OPS-1");
    assert_eq!(control.post("/_sandbox/reset", json!(null)).await.status, 204);
    assert_eq!(admin.get("/rest/api/3/issue/OPS-1").await.status, 200);
    assert_eq!(sandbox.effects(), []);
    let nobody = control.post("/_sandbox/tokens", json!({ "email": "nobody@example.com", "scopes": [] })).await;
    assert_eq!(nobody.status, 404);
}

#[tokio::test]
async fn a_web_page_does_not_reach_the_control_interface() {
    let sandbox = start(Options::default()).await;
    let url = format!("{}/_sandbox/description", sandbox.description().site_url);
    for (name, value, status) in [
        ("host", "attacker.example", 403),
        ("host", "127.0.0.1.attacker.example:80", 403),
        ("origin", "http://attacker.example", 403),
        ("host", "127.0.0.1:1", 200),
        ("host", "localhost:80", 200),
        ("host", "[::1]:80", 200),
    ] {
        let client = http().build().expect("a client");
        let answer = client.get(&url).header(name, value).send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{name} {value}");
    }
}

#[tokio::test]
async fn a_body_must_be_json_and_say_so() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    for (content_type, body, status) in
        [("text/plain", "{}", 415), ("application/json", "{", 400), ("application/json", "", 400)]
    {
        let answer = admin.post_text("/rest/api/3/issue", content_type, body).await;
        assert_eq!(answer.status, status, "{content_type} {body}");
    }
    assert_eq!(sandbox.effects(), []);
}

#[tokio::test]
async fn every_answer_has_the_date_of_the_sandbox() {
    let noon = "2026-11-23T12:00:00Z".parse().expect("a time");
    let rules = "faults: [{ operation: getFields, html: { status: 502 } }]";
    let faults = Faults::parse(rules).expect("faults");
    let sandbox = start(Options { clock: Clock::new(move || noon), faults, ..Options::default() }).await;
    let client = Client::new(sandbox.description().site_url, None);
    client.post("/_sandbox/clock", json!({ "advance_seconds": 600 })).await;
    for (path, expected) in [
        ("/rest/api/3/myself", 401),
        ("/rest/api/3/field", 502),
        ("/ex/jira/0-0/rest/api/3/myself", 401),
        ("/_edge/tenant_info", 200),
        ("/_sandbox/description", 200),
        ("/nothing", 404),
    ] {
        let (status, headers, _) = client.attempt(("GET", path), None).await.expect("an answer");
        assert_eq!((status, &headers["date"]), (expected, &"Mon, 23 Nov 2026 12:10:00 GMT".parse().unwrap()), "{path}");
    }
}
