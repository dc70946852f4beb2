//! Projects: creating, keys, lists, types and statuses.

use flowrun_jira_sandbox::{Adjustments, Options};
use serde_json::{Value, json};

use crate::client::{Client, document, start};

fn project(changes: Value, lead: &str) -> Value {
    let mut body = json!({ "key": "NEW", "name": "New things", "leadAccountId": lead, "projectTypeKey": "software" });
    for (member, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => drop(body.as_object_mut().expect("an object").remove(member)),
            value => body[member] = value.clone(),
        }
    }
    body
}

#[tokio::test]
async fn a_new_project_can_be_worked_in() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let dana = sandbox.description().users[1].account_id.clone();
    let template = "com.pyxis.greenhopper.jira:gh-simplified-scrum-classic";
    let more = json!({
        "projectTypeKey": null,
        "projectTemplateKey": template,
        "assigneeType": "PROJECT_LEAD",
        "description": "All that is new.",
        "url": "https://example.com/new",
    });
    let created = admin.post("/rest/api/3/project", project(more, &dana)).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let id = created.body["id"].as_u64().expect("a number");
    assert_eq!(created.body["key"], "NEW");
    assert_eq!(created.body["self"], format!("{}/rest/api/3/project/{id}", admin.base));

    let shown = admin.get("/rest/api/3/project/NEW").await.body;
    assert_eq!(shown["id"], id.to_string());
    for (member, expected) in [
        ("name", "New things"),
        ("description", "All that is new."),
        ("projectTypeKey", "software"),
        ("assigneeType", "PROJECT_LEAD"),
        ("url", "https://example.com/new"),
    ] {
        assert_eq!(shown[member], expected, "{member}");
    }
    assert_eq!(shown["lead"]["accountId"], dana);
    let types: Vec<_> =
        shown["issueTypes"].as_array().expect("types").iter().map(|kind| kind["name"].clone()).collect();
    assert_eq!(types, ["Bug", "Task", "Story", "Sub-task"]);

    let fields = json!({ "project": { "key": "NEW" }, "issuetype": { "name": "Task" }, "summary": "First", "description": document("d") });
    let issue = admin.post("/rest/api/3/issue", json!({ "fields": fields })).await;
    assert_eq!((issue.status, &issue.body["key"]), (201, &json!("NEW-1")), "{}", issue.body);
    assert_eq!(admin.put("/rest/api/3/issue/NEW-1/assignee", json!({ "accountId": "-1" })).await.status, 204);
    let assigned = admin.get("/rest/api/3/issue/NEW-1?fields=assignee").await.body;
    assert_eq!(assigned["fields"]["assignee"]["accountId"], dana);
    let found = admin.post("/rest/api/3/search/jql", json!({ "jql": "project = NEW" })).await.body;
    assert_eq!(found["issues"].as_array().map(Vec::len), Some(1));

    let effects = sandbox.effects();
    assert_eq!((effects[0].operation.as_str(), effects[0].issue.as_deref()), ("createProject", None));
}

#[tokio::test]
async fn what_is_refused_of_a_new_project() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let lead = sandbox.description().users[0].account_id.clone();
    let must_start = "Project keys must start with an uppercase letter";
    for (changes, field, message) in [
        (json!({ "key": null }), "projectKey", "You must specify a unique project key"),
        (json!({ "key": "N" }), "projectKey", must_start),
        (json!({ "key": "new" }), "projectKey", must_start),
        (json!({ "key": "1NEW" }), "projectKey", must_start),
        (json!({ "key": "NE_W" }), "projectKey", must_start),
        (json!({ "key": "NEWNEWNEWNEW" }), "projectKey", "must not exceed 10 characters"),
        (json!({ "key": "OPS" }), "projectKey", "A project with that project key already exists."),
        (json!({ "key": "OLD" }), "projectKey", "A project with that project key already exists."),
        (json!({ "name": null }), "projectName", "You must specify a valid project name."),
        (json!({ "name": "n".repeat(81) }), "projectName", "must not exceed 80 characters"),
        (json!({ "name": "operations" }), "projectName", "A project with that name already exists."),
        (json!({ "leadAccountId": null }), "leadAccountId", "You must specify a valid project lead."),
        (json!({ "leadAccountId": "nobody" }), "leadAccountId", "You must specify a valid project lead."),
        (json!({ "lead": "admin" }), "leadAccountId", "Only one of"),
        (json!({ "lead": "admin", "leadAccountId": null }), "leadAccountId", "by 'leadAccountId'"),
        (json!({ "projectTypeKey": null }), "projectTypeKey", "You must specify a valid project type."),
        (json!({ "projectTypeKey": "ops" }), "projectTypeKey", "'ops' is not valid"),
        (json!({ "projectTemplateKey": "scrum" }), "projectTemplateKey", "'scrum' is not valid"),
        (
            json!({ "projectTemplateKey": "com.atlassian.servicedesk:simplified-it-service-management" }),
            "projectTemplateKey",
            "of the project type 'service_desk', not 'software'",
        ),
        (json!({ "assigneeType": "NOBODY" }), "assigneeType", "Invalid default assignee"),
    ] {
        let answer = admin.post("/rest/api/3/project", project(changes.clone(), &lead)).await;
        let said = answer.body["errors"][field].as_str().unwrap_or_default().to_owned();
        assert_eq!((answer.status, said.contains(message)), (400, true), "{changes}: {}", answer.body);
        assert_eq!(answer.body["errors"].as_object().map(serde_json::Map::len), Some(1), "{}", answer.body);
    }
    for (changes, status) in [
        (json!({ "kind": "software" }), 400),
        (json!({ "name": 5 }), 400),
        (json!({ "permissionScheme": 10000 }), 501),
        (json!({ "avatarId": 1 }), 501),
    ] {
        let answer = admin.post("/rest/api/3/project", project(changes.clone(), &lead)).await;
        assert_eq!(answer.status, status, "{changes}: {}", answer.body);
    }
    let several = admin.post("/rest/api/3/project", json!({})).await.body;
    assert_eq!(several["errors"].as_object().map(serde_json::Map::len), Some(4), "{several}");
    let dana = Client::gateway(&sandbox, "dana@example.com");
    assert_eq!(dana.post("/rest/api/3/project", project(json!({}), &lead)).await.status, 403);
    let unscoped = Client::scoped(&sandbox, "admin@example.com", &["read:jira-work", "write:jira-work"]);
    assert_eq!(unscoped.post("/rest/api/3/project", project(json!({}), &lead)).await.status, 401);
    assert_eq!(sandbox.effects(), []);
}

#[tokio::test]
async fn keys_that_are_free() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    for (key, fault, suggestion) in [
        ("FREE", false, "FREE"),
        ("OPS", true, "OPS1"),
        ("", true, "PROJ"),
        ("new-things", true, "NEWTHING"),
        ("9", true, "PROJ"),
    ] {
        let valid = admin.get(&format!("/rest/api/3/projectvalidate/key?key={key}")).await;
        assert_eq!((valid.status, valid.body["errors"]["projectKey"].is_string()), (200, fault), "{key}");
        let suggested = admin.get(&format!("/rest/api/3/projectvalidate/validProjectKey?key={key}")).await;
        assert_eq!(suggested.body, suggestion, "{key}");
    }
}

#[tokio::test]
async fn lists_of_projects() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let keys = |values: &Value| -> Vec<String> {
        let values = values.as_array().expect("projects").iter();
        values.map(|project| project["key"].as_str().expect("a key").to_owned()).collect()
    };
    for (query, expected) in [
        ("", "HR OPS WEB"),
        ("orderBy=-key", "WEB OPS HR"),
        ("orderBy=%2Bname", "OPS HR WEB"),
        ("keys=OPS&keys=WEB", "OPS WEB"),
        ("id=10000", "OPS"),
        ("query=web", "WEB"),
        ("typeKey=business", "HR"),
        ("status=archived", "OLD"),
        ("status=live,archived&maxResults=10", "HR OLD OPS WEB"),
        ("startAt=1&maxResults=1", "OPS"),
    ] {
        let found = admin.get(&format!("/rest/api/3/project/search?{query}")).await.body;
        assert_eq!(keys(&found["values"]).join(" "), expected, "{query}");
    }
    let page = admin.get("/rest/api/3/project/search?maxResults=2").await.body;
    assert_eq!((&page["total"], &page["isLast"], page["nextPage"].is_string()), (&json!(3), &json!(false), true));
    assert_eq!(admin.get("/rest/api/3/project/search?orderBy=size").await.status, 400);
    assert_eq!(admin.get("/rest/api/3/project/search?orderBy=owner").await.status, 501);
    assert_eq!(keys(&admin.get("/rest/api/3/project").await.body).len(), 3);

    let revoked = vec![("dana@example.com".to_owned(), "BROWSE_PROJECTS".to_owned())];
    let adjustments = Adjustments { revoked, ..Adjustments::default() };
    let hidden = start(Options { adjustments, ..Options::default() }).await;
    let dana = Client::gateway(&hidden, "dana@example.com");
    assert_eq!(dana.get("/rest/api/3/project/search").await.body["total"], 0);
    assert_eq!(dana.get("/rest/api/3/project/OPS/statuses").await.status, 404);
}

#[tokio::test]
async fn types_and_statuses() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let types = admin.get("/rest/api/3/project/type").await.body;
    let types: Vec<_> = types.as_array().expect("types").iter().map(|kind| kind["key"].clone()).collect();
    assert_eq!(types, ["software", "business", "service_desk"]);
    let statuses = admin.get("/rest/api/3/project/WEB/statuses").await.body;
    let of = |index: usize| -> Vec<Value> {
        let statuses = statuses[index]["statuses"].as_array().expect("statuses").iter();
        statuses.map(|status| status["name"].clone()).collect()
    };
    assert_eq!(statuses[2]["name"], "Sub-task");
    assert_eq!(of(0), ["To Do", "In Progress", "In Review", "Closed"]);
    assert_eq!(of(2), ["To Do", "In Progress", "Done"]);
}
