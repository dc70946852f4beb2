//! What is there for whom: issue security, archived projects, permissions by context, and worlds of other seeds.

use flowrun_jira_sandbox::{Adjustments, ArchivedProjects, Options, Seed, Switches};
use serde_json::{Value, json};

use crate::client::{Client, document, start};

const ADMIN: &str = "admin@example.com";
const DANA: &str = "dana@example.com";
const ROBIN: &str = "robin@example.com";

#[tokio::test]
async fn a_security_level_hides_an_issue() {
    let sandbox = start(Options::default()).await;
    let (admin, dana) = (Client::gateway(&sandbox, ADMIN), Client::gateway(&sandbox, DANA));
    let permission = "mypermissions?permissions=EDIT_ISSUES&issueKey=HR-1";
    for (client, status) in [(&admin, 200), (&dana, 404)] {
        for path in ["issue/HR-1", "issue/HR-1/comment", "issue/HR-1/transitions", "issue/HR-1/changelog", permission] {
            assert_eq!(client.get(&format!("/rest/api/3/{path}")).await.status, status, "{path}");
        }
    }
    assert_eq!(admin.get("/rest/api/3/issue/HR-1").await.body["fields"]["security"]["name"], "Confidential");
    let fields = json!({ "summary": "s" });
    assert_eq!(dana.put("/rest/api/3/issue/HR-1", json!({ "fields": fields })).await.status, 404);
    // The level lets the assignee see the issue.
    let assignee = json!({ "assignee": { "id": sandbox.description().users[1].account_id } });
    assert_eq!(admin.put("/rest/api/3/issue/HR-1", json!({ "fields": assignee })).await.status, 204);
    assert_eq!(dana.get("/rest/api/3/issue/HR-1").await.status, 200);
    let secret = json!({
        "project": { "key": "HR" }, "issuetype": { "name": "Change" }, "summary": "s",
        "security": { "id": "10030" }, "assignee": assignee["assignee"],
    });
    assert_eq!(admin.post("/rest/api/3/issue", json!({ "fields": secret })).await.status, 201);
    assert_eq!(dana.get("/rest/api/3/issue/HR-3").await.status, 200);
    // What cannot be seen is no parent.
    let below = json!({
        "project": { "key": "HR" }, "issuetype": { "name": "Sub-task" }, "summary": "s", "parent": { "key": "HR-3" },
    });
    for (email, status) in [(ROBIN, 400), (DANA, 201)] {
        let answer = Client::gateway(&sandbox, email).post("/rest/api/3/issue", json!({ "fields": below })).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    assert_eq!(Client::gateway(&sandbox, ROBIN).get("/rest/api/3/issue/HR-3").await.status, 404);
}

#[tokio::test]
async fn a_level_needs_its_permission() {
    let revoked = vec![(DANA.to_owned(), "SET_ISSUE_SECURITY".to_owned())];
    let adjustments = Adjustments { revoked, ..Adjustments::default() };
    let sandbox = start(Options { adjustments, ..Options::default() }).await;
    let fields = json!({
        "project": { "key": "HR" }, "issuetype": { "name": "Change" }, "summary": "s", "security": { "name": "Internal" },
    });
    for (email, status) in [(DANA, 400), (ROBIN, 201)] {
        let answer = Client::gateway(&sandbox, email).post("/rest/api/3/issue", json!({ "fields": fields })).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
}

#[tokio::test]
async fn an_archived_project_can_be_read_or_is_not_there() {
    for (archived_projects, read, write) in
        [(ArchivedProjects::ReadOnly, 200, [400, 400, 403, 400]), (ArchivedProjects::Hidden, 404, [404, 404, 404, 400])]
    {
        let switches = Switches { archived_projects, ..Switches::default() };
        let sandbox = start(Options { switches, ..Options::default() }).await;
        let admin = Client::gateway(&sandbox, ADMIN);
        assert_eq!(admin.get("/rest/api/3/issue/OLD-1").await.status, read);
        assert_eq!(admin.get("/rest/api/3/project/OLD").await.status, read);
        let create = json!({ "project": { "key": "OLD" }, "issuetype": { "name": "Task" }, "summary": "s" });
        let given = [
            admin.put("/rest/api/3/issue/OLD-1", json!({ "fields": { "summary": "s" } })).await.status,
            admin.post("/rest/api/3/issue/OLD-1/comment", json!({ "body": document("c") })).await.status,
            admin.delete("/rest/api/3/issue/OLD-1").await.status,
            admin.post("/rest/api/3/issue", json!({ "fields": create })).await.status,
        ];
        assert_eq!(given, write);
    }
}

/// A project whose reporters may edit, and another without rights for dana.
const SEED: &str = "
permission_schemes:
  - name: Reporters
    grants:
      - { permissions: [BROWSE_PROJECTS, CREATE_ISSUES], to: { related: [anyone] } }
      - { permissions: [EDIT_ISSUES], to: { related: [reporter] } }
      - { permissions: [TRANSITION_ISSUES], to: { related: [assignee] } }
      - { permissions: [DELETE_ISSUES], to: { related: [lead] } }
  - name: Closed
    grants:
      - { permissions: [BROWSE_PROJECTS, ADD_COMMENTS], to: { users: [admin@example.com] } }
projects:
  - { id: 1, key: A, name: A, lead: admin@example.com, permission_scheme: Reporters, workflow: Simple, issue_types: [Task] }
  - { id: 2, key: B, name: B, lead: admin@example.com, permission_scheme: Closed, workflow: Simple, issue_types: [Task] }
issues:
  - { key: A-1, id: 11, type: Task, summary: of dana, reporter: dana@example.com }
  - { key: A-2, id: 12, type: Task, summary: for dana, assignee: dana@example.com }
  - { key: B-1, id: 21, type: Task, summary: hidden }
";

#[tokio::test]
async fn permissions_depend_on_the_context() {
    let seed = Some(Seed::parse(SEED).expect("a seed"));
    let sandbox = start(Options { seed, ..Options::default() }).await;
    let (admin, dana) = (Client::gateway(&sandbox, ADMIN), Client::gateway(&sandbox, DANA));
    let all = "BROWSE_PROJECTS,EDIT_ISSUES,TRANSITION_ISSUES,DELETE_ISSUES,ADD_COMMENTS,ADMINISTER";
    for (client, context, held) in [
        (&dana, "", vec!["BROWSE_PROJECTS", "EDIT_ISSUES", "TRANSITION_ISSUES"]),
        (&dana, "&projectKey=A", vec!["BROWSE_PROJECTS", "EDIT_ISSUES", "TRANSITION_ISSUES"]),
        (&dana, "&projectId=1&projectKey=B", vec!["BROWSE_PROJECTS", "EDIT_ISSUES", "TRANSITION_ISSUES"]),
        (&dana, "&issueKey=A-1", vec!["BROWSE_PROJECTS", "EDIT_ISSUES"]),
        (&dana, "&issueId=12&issueKey=A-1", vec!["BROWSE_PROJECTS", "TRANSITION_ISSUES"]),
        (&admin, "&issueKey=A-1", vec!["BROWSE_PROJECTS", "DELETE_ISSUES", "ADMINISTER"]),
        (&admin, "&projectKey=B", vec!["BROWSE_PROJECTS", "ADD_COMMENTS", "ADMINISTER"]),
    ] {
        let answer = client.get(&format!("/rest/api/3/mypermissions?permissions={all}{context}")).await;
        let permissions = answer.body["permissions"].as_object().expect("permissions").iter();
        let found: Vec<_> =
            permissions.filter(|(_, shown)| shown["havePermission"] == true).map(|(key, _)| key).collect();
        assert_eq!(found, held, "{context}");
    }
    assert_eq!(dana.get("/rest/api/3/mypermissions?permissions=EDIT_ISSUES&projectKey=B").await.status, 404);
    assert_eq!(dana.get("/rest/api/3/issue/B-1").await.status, 404);
    let check = json!({ "projectPermissions": [{ "permissions": ["EDIT_ISSUES"], "projects": [1, 2], "issues": [11, 12, 21] }] });
    let granted = dana.post("/rest/api/3/permissions/check", check).await.body["projectPermissions"].clone();
    assert_eq!(granted, json!([{ "permission": "EDIT_ISSUES", "projects": [1], "issues": [11] }]));
}

#[tokio::test]
async fn what_is_granted_besides_is_held() {
    let granted = vec![(ROBIN.to_owned(), "ADD_COMMENTS".to_owned())];
    let adjustments = Adjustments { granted, ..Adjustments::default() };
    let sandbox = start(Options { adjustments, ..Options::default() }).await;
    let body: Value = json!({ "body": document("c") });
    assert_eq!(Client::gateway(&sandbox, ROBIN).post("/rest/api/3/issue/OPS-1/comment", body).await.status, 201);
}
