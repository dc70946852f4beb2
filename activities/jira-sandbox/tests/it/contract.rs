//! Every operation that the sandbox serves, held against what Jira's OpenAPI document says.

use std::{collections::BTreeSet, io::Write};

use flowrun_jira_sandbox::{
    Exchange, Options, ServedOperation,
    contract::{Contract, ExchangeSide},
    read_traffic, served_operations,
};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::client::{Client, document, start};

/// Exchanges that the test below makes at least; a test that makes none holds nothing.
const FEWEST_EXCHANGES: usize = 200;

#[tokio::test]
async fn every_answer_of_every_operation_keeps_the_contract() {
    let exchanges = traffic().await;
    let broken: Vec<_> = exchanges
        .iter()
        .flat_map(|exchange| Contract::jira().check(exchange).into_iter().map(|violation| violation.to_string()))
        .collect();
    assert_eq!(broken, Vec::<String>::new());

    let succeeded: BTreeSet<_> = exchanges
        .iter()
        .filter(|exchange| exchange.status < 300)
        .filter_map(|exchange| exchange.operation.clone())
        .collect();
    let served: BTreeSet<_> = documented_operations().iter().map(|operation| operation.id.to_owned()).collect();
    assert_eq!(succeeded, served);
    writeln!(std::io::stderr(), "{} exchanges of {} operations", exchanges.len(), succeeded.len()).expect("stderr");
    assert!(exchanges.len() >= FEWEST_EXCHANGES, "{} exchanges", exchanges.len());
}

/// Operations that Jira's document has, and the copy that the kept part was made from has not.
const NOT_IN_THE_COPY: [&str; 1] = ["getCommentsByIds"];

fn documented_operations() -> Vec<ServedOperation> {
    served_operations().into_iter().filter(|operation| !NOT_IN_THE_COPY.contains(&operation.id)).collect()
}

/// What a client does that uses everything, with the refusals that well-formed requests can meet.
async fn traffic() -> Vec<Exchange> {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("traffic.jsonl");
    let sandbox = start(Options { traffic: Some(file.clone()), ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let robin = Client::gateway(&sandbox, "robin@example.com");
    admin.post("/rest/api/3/issue", json!({ "fields": full_bug(&sandbox.description().users[1].account_id), "properties": [{ "key": "flowrun", "value": { "a": 1 } }] })).await;
    let comment = json!({
        "body": document("Hello"),
        "visibility": { "type": "role", "value": "Administrators" },
        "properties": [{ "key": "flowrun", "value": "x" }],
    });
    admin.post("/rest/api/3/issue/OPS-6/comment", comment).await;
    change(&admin, &robin).await;
    link(&admin).await;
    work([&admin, &robin], &sandbox.description().users[1].account_id).await;
    Client::new(sandbox.description().site_url, None).get("/rest/api/3/serverInfo").await;
    for path in READS {
        for client in [&admin, &robin] {
            client.get(path).await;
        }
    }
    let account = &sandbox.description().users[0].account_id;
    admin.get(&format!("/rest/api/3/user?accountId={account}&expand=groups")).await;
    admin
        .post(
            "/rest/api/3/issue/bulkfetch",
            json!({ "issueIdsOrKeys": ["OPS-1", "10002", "OPS-99"], "fields": ["*all"] }),
        )
        .await;
    let check = json!({
        "globalPermissions": ["ADMINISTER"],
        "projectPermissions": [{ "permissions": ["EDIT_ISSUES"], "projects": [10000, 5], "issues": [10001] }],
    });
    for client in [&admin, &robin] {
        client.post("/rest/api/3/permissions/check", check.clone()).await;
    }
    for jql in ["project = OPS order by priority desc", "order by key", "nonsense"] {
        admin.post("/rest/api/3/search/jql", json!({ "jql": jql, "fields": ["summary"], "maxResults": 3 })).await;
        admin.post("/rest/api/3/search/approximate-count", json!({ "jql": jql })).await;
    }
    administer([&admin, &robin], &sandbox.description().users[1].account_id).await;
    admin.post("/rest/api/3/issue", json!({ "fields": { "summary": "No project" } })).await;
    admin.post("/rest/api/3/issue/OPS-1/comment", json!({ "body": "text" })).await;
    robin.post("/rest/api/3/issue/OPS-1/comment", comment_of("no")).await;
    let form = || Form::new().part("file", Part::text("Hello").file_name("a.txt"));
    for (client, path) in [(&admin, "OPS-1"), (&robin, "OPS-1"), (&admin, "OPS-99")] {
        client.upload(&format!("/rest/api/3/issue/{path}/attachments"), form()).await;
    }
    for path in ["attachment/meta", "attachment/10000", "attachment/9", "issue/OPS-1?fields=attachment"] {
        admin.get(&format!("/rest/api/3/{path}")).await;
    }
    for (path, range) in [("10000", None), ("10000?redirect=false", None), ("10000?redirect=false", Some("bytes=1-2"))]
    {
        admin.fetch(&format!("/rest/api/3/attachment/content/{path}"), range).await;
    }
    admin.fetch("/rest/api/3/attachment/content/10000?redirect=false", Some("bytes=99-")).await;
    for client in [&robin, &admin, &admin] {
        client.delete("/rest/api/3/attachment/10000").await;
    }
    for (client, path) in
        [(&robin, "OPS-1"), (&admin, "OPS-3"), (&admin, "OPS-3?deleteSubtasks=true"), (&admin, "OPS-3")]
    {
        client.delete(&format!("/rest/api/3/issue/{path}")).await;
    }
    Client::scoped(&sandbox, "admin@example.com", &[]).get("/rest/api/3/myself").await;
    read_traffic(&file).expect("a record")
}

/// Assignments, projects and properties of comments.
async fn administer(clients: [&Client; 2], account: &str) {
    for client in clients {
        for account in [account, "none"] {
            client.put("/rest/api/3/issue/OPS-1/assignee", json!({ "accountId": account })).await;
        }
        for key in ["NEW", "x"] {
            let project = json!({ "key": key, "name": "New", "leadAccountId": account, "projectTypeKey": "software" });
            client.post("/rest/api/3/project", project).await;
        }
        for issue in ["OPS-99", "OPS-1"] {
            client.put(&format!("/rest/api/3/issue/{issue}/assignee"), json!({ "accountId": "-1" })).await;
        }
        let property = "/rest/api/3/comment/10000/properties/seen";
        client.put(property, json!({ "by": [1] })).await;
        client.put(property, json!(false)).await;
        client.delete(property).await;
        client.delete(property).await;
    }
}

/// Edits, transitions and properties, with their refusals.
async fn change(admin: &Client, robin: &Client) {
    let full = json!({
        "project": { "key": "WEB" }, "issuetype": { "name": "Change" }, "summary": "All types", "environment": document("e"),
        "versions": [{ "name": "1.0" }], "fixVersions": [{ "id": "10021" }],
        "customfield_10103": 3.5, "customfield_10107": [{ "value": "Web" }, { "id": "10212" }],
        "customfield_10108": { "value": "Asia", "child": { "value": "Japan" } },
        "customfield_10110": { "name": "2.0" }, "customfield_10111": [{ "name": "2.0" }],
        "customfield_10112": "https://example.com/run", "customfield_10113": ["a", "b"],
        "customfield_10114": "2026-12-01T10:00:00.000+0100",
    });
    admin.post("/rest/api/3/issue", json!({ "fields": full })).await;
    let edit = json!({
        "fields": { "summary": "Edited" },
        "update": { "labels": [{ "add": "x" }], "comment": [{ "add": { "body": document("c") } }] },
        "historyMetadata": { "type": "flowrun" },
        "properties": [{ "key": "flowrun", "value": 1 }],
    });
    let secret = json!({ "fields": { "security": { "name": "Internal" } } });
    admin.put("/rest/api/3/issue/HR-2", secret).await;
    for client in [admin, robin] {
        client.put("/rest/api/3/issue/WEB-3", edit.clone()).await;
    }
    admin.put("/rest/api/3/issue/WEB-3?returnIssue=true&notifyUsers=false&expand=names,changelog", edit.clone()).await;
    admin.put("/rest/api/3/issue/WEB-3?overrideScreenSecurity=true", edit).await;
    let done = json!({ "transition": { "id": "31" }, "fields": { "resolution": { "name": "Won't Do" } } });
    for (client, path) in [(admin, "OPS-6"), (admin, "OPS-99"), (admin, "WEB-3"), (robin, "OPS-6")] {
        client.post(&format!("/rest/api/3/issue/{path}/transitions"), done.clone()).await;
    }
    for value in [json!("a"), json!({ "b": [1] })] {
        admin.put("/rest/api/3/issue/OPS-6/properties/other", value).await;
    }
    robin.delete("/rest/api/3/issue/OPS-6/properties/none").await;
    admin.delete("/rest/api/3/issue/OPS-6/properties/other").await;
}

/// Links, with their refusals.
async fn link(admin: &Client) {
    for (kind, to) in [("Blocks", "OPS-2"), ("Blocks", "OPS-2"), ("Hinders", "OPS-2"), ("Blocks", "OPS-99")] {
        let body = json!({
            "type": { "name": kind }, "inwardIssue": { "key": "OPS-1" }, "outwardIssue": { "key": to },
            "comment": comment_of("linked"),
        });
        admin.post("/rest/api/3/issueLink", body).await;
    }
}

/// Watchers and worklogs, with their refusals.
async fn work([admin, robin]: [&Client; 2], account: &str) {
    for (client, issue, user) in
        [(admin, "OPS-1", account), (admin, "OPS-1", "none"), (robin, "OPS-99", account), (admin, "HR-1", account)]
    {
        client.post(&format!("/rest/api/3/issue/{issue}/watchers"), json!(user)).await;
    }
    let log = json!({
        "timeSpent": "1h 30m", "started": "2026-01-31T09:30:00.000+0100", "comment": document("c"),
        "visibility": { "type": "role", "value": "Administrators" },
        "properties": [{ "key": "flowrun", "value": 1 }],
    });
    for (issue, query) in [("OPS-1", ""), ("OPS-1", "?expand=properties&adjustEstimate=leave"), ("OPS-99", "")] {
        admin.post(&format!("/rest/api/3/issue/{issue}/worklog{query}"), log.clone()).await;
    }
    admin.post("/rest/api/3/issue/OPS-1/worklog", json!({ "timeSpent": "soon" })).await;
}

fn comment_of(text: &str) -> Value {
    json!({ "body": document(text) })
}

fn full_bug(approver: &str) -> Value {
    json!({
        "project": { "key": "OPS" },
        "issuetype": { "name": "Bug" },
        "summary": "Everything",
        "description": document("d"),
        "assignee": { "id": approver },
        "priority": { "name": "High" },
        "labels": ["a"],
        "components": [{ "id": "10001" }],
        "duedate": "2026-12-01",
        "customfield_10101": "ACME",
        "customfield_10104": { "value": "Staging" },
        "customfield_10105": { "accountId": approver },
    })
}

const READS: &[&str] = &[
    "/rest/api/3/myself?expand=groups,applicationRoles",
    "/rest/api/3/serverInfo",
    "/rest/api/3/project/OPS",
    "/rest/api/3/project/NONE",
    "/rest/api/3/project/search?query=ops&maxResults=1",
    "/rest/api/3/issue/createmeta?expand=projects.issuetypes.fields",
    "/rest/api/3/issue/createmeta?projectKeys=OPS,NONE&issuetypeNames=Bug",
    "/rest/api/3/issue/createmeta/OPS/issuetypes",
    "/rest/api/3/issue/createmeta/NONE/issuetypes",
    "/rest/api/3/issue/createmeta/10000/issuetypes/10001?startAt=2&maxResults=5",
    "/rest/api/3/issue/createmeta/OPS/issuetypes/10002",
    "/rest/api/3/issue/createmeta/OPS/issuetypes/10003",
    "/rest/api/3/issue/createmeta/OPS/issuetypes/10004",
    "/rest/api/3/issue/createmeta/OPS/issuetypes/1",
    "/rest/api/3/issue/OPS-6?expand=names,schema,changelog&properties=*all",
    "/rest/api/3/issue/OPS-6?expand=transitions.fields,editmeta,operations,changelog",
    "/rest/api/3/issue/WEB-3?fields=*all&expand=schema",
    "/rest/api/3/issueLinkType",
    "/rest/api/3/issue/OPS-1/watchers",
    "/rest/api/3/issue/OPS-99/watchers",
    "/rest/api/3/issue/OPS-1/worklog?expand=properties&startedAfter=0",
    "/rest/api/3/issue/OPS-1?fields=watches,worklog",
    "/rest/api/3/issue/OPS-1?fields=issuelinks",
    "/rest/api/3/issue/HR-1",
    "/rest/api/3/issue/HR-2",
    "/rest/api/3/issue/OLD-1",
    "/rest/api/3/issue/OPS-6/changelog?startAt=0&maxResults=1",
    "/rest/api/3/issue/OPS-99/changelog",
    "/rest/api/3/issue/WEB-1/editmeta",
    "/rest/api/3/issue/WEB-1/editmeta?overrideEditableFlag=true",
    "/rest/api/3/issue/WEB-1/transitions?expand=transitions.fields",
    "/rest/api/3/issue/WEB-2/transitions?transitionId=99",
    "/rest/api/3/issue/WEB-2/transitions?includeUnavailableTransitions=true",
    "/rest/api/3/issue/createmeta/WEB/issuetypes/10005",
    "/rest/api/3/project/WEB",
    "/rest/api/3/project/OLD",
    "/rest/api/3/permissions",
    "/rest/api/3/issue/10003?fields=summary,subtasks&fields=status",
    "/rest/api/3/issue/OPS-4?fields=*navigable,-description",
    "/rest/api/3/issue/OPS-99",
    "/rest/api/3/issue/OPS-6/comment?orderBy=-created&maxResults=10",
    "/rest/api/3/issue/OPS-1/comment/10000",
    "/rest/api/3/issue/OPS-1/comment/99999",
    "/rest/api/3/comment/10001/properties",
    "/rest/api/3/comment/10001/properties/flowrun",
    "/rest/api/3/comment/10001/properties/none",
    "/rest/api/3/issue/OPS-6/properties",
    "/rest/api/3/issue/OPS-6/properties/flowrun",
    "/rest/api/3/issue/OPS-6/properties/none",
    "/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS,ADMINISTER&projectKey=OPS",
    "/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS&issueKey=OPS-99",
    "/rest/api/3/mypermissions?permissions=NONSENSE",
    "/rest/api/3/mypermissions",
    "/rest/api/3/user?accountId=none",
    "/rest/api/3/user/search?query=dana@example.com",
    "/rest/api/3/user/assignable/search?project=OPS&query=dana",
    "/rest/api/3/user/assignable/search?issueKey=OPS-1",
    "/rest/api/3/field",
    "/rest/api/3/priority",
    "/rest/api/3/issuetype",
    "/rest/api/3/status",
    "/rest/api/3/project",
    "/rest/api/3/project/WEB/statuses",
    "/rest/api/3/project/NONE/statuses",
    "/rest/api/3/project/type",
    "/rest/api/3/project/search?status=archived&orderBy=-name&typeKey=software",
    "/rest/api/3/projectvalidate/key?key=OPS",
    "/rest/api/3/projectvalidate/key?key=FREE",
    "/rest/api/3/projectvalidate/validProjectKey?key=OPS",
    "/rest/api/3/search/jql?jql=project%3DOPS&maxResults=2&fields=*all&expand=names,schema",
    "/rest/api/3/search/jql?jql=key%3DOPS-6&properties=flowrun&reconcileIssues=10006",
    "/rest/api/3/search/jql?jql=project%3DNONE",
];

#[test]
fn the_check_finds_what_is_wrong() {
    let contract = Contract::jira();
    let good = Exchange {
        operation: Some("getComments".to_owned()),
        method: "GET".to_owned(),
        path: "/rest/api/3/issue/OPS-1/comment".to_owned(),
        query: vec![("maxResults".to_owned(), "5".to_owned())],
        request_body: None,
        status: 200,
        answer_body: Some(json!({ "comments": [], "startAt": 0, "maxResults": 5, "total": 0 })),
    };
    assert_eq!(contract.check(&good), []);
    let query = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    for (exchange, side, place) in [
        (Exchange { query: query("maxResults", "many"), ..good.clone() }, ExchangeSide::Request, "query maxResults"),
        (Exchange { query: query("orderBy", "author"), ..good.clone() }, ExchangeSide::Request, "query orderBy"),
        (Exchange { query: query("page", "1"), ..good.clone() }, ExchangeSide::Request, "query page"),
        (Exchange { request_body: Some(json!({})), ..good.clone() }, ExchangeSide::Request, "body"),
        (Exchange { path: "/rest/api/3/nothing".to_owned(), ..good.clone() }, ExchangeSide::Request, "path"),
        (Exchange { status: 302, ..good.clone() }, ExchangeSide::Answer, "status"),
        (Exchange { answer_body: None, ..good.clone() }, ExchangeSide::Answer, "body"),
        (Exchange { answer_body: Some(json!({ "total": "0" })), ..good.clone() }, ExchangeSide::Answer, "body/total"),
        (Exchange { status: 404, answer_body: Some(json!("gone")), ..good.clone() }, ExchangeSide::Answer, "body"),
    ] {
        let found: Vec<_> = contract.check(&exchange).into_iter().map(|found| (found.side, found.place)).collect();
        assert_eq!(found, [(side, place.to_owned())], "{exchange:?}");
    }
}

#[test]
fn the_table_of_operations_has_the_addresses_and_scopes_of_the_document() {
    let documented = &Contract::jira().document().served;
    assert_eq!(documented.len(), documented_operations().len());
    for served in documented_operations() {
        let found = documented.iter().find(|documented| documented.address.operation == served.id).expect(served.id);
        let address = (found.address.method.as_str(), found.address.path.as_str());
        assert_eq!(address, (served.method, served.path), "{}", served.id);
        assert_eq!((&*found.classic, &*found.granular), (&owned(served.classic)[..], &owned(served.granular)[..]));
    }
}

fn owned(scopes: &[&str]) -> Vec<String> {
    scopes.iter().copied().map(str::to_owned).collect()
}

/// What is kept of the document are facts: names, addresses, types, bounds.
#[test]
fn no_sentence_of_the_document_is_kept() {
    let document = Contract::jira().document();
    let kept = json!([document.served, document.others, document.schemas]).to_string();
    let sentences: Vec<_> = kept.split('"').filter(|text| text.trim().contains(' ')).collect();
    assert_eq!(sentences, Vec::<&str>::new());
    assert!(kept.len() > 50_000, "{} bytes", kept.len());
}

#[tokio::test]
async fn every_other_operation_of_the_document_is_answered_by_its_name() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let others = &Contract::jira().document().others;
    assert!(others.len() >= 10, "{} others", others.len());
    for other in others {
        let answer = admin.request(&other.method, &other.path).await;
        let message = answer.body["errorMessages"][0].as_str().unwrap_or_default().to_owned();
        assert_eq!((answer.status, message.contains(&other.operation)), (501, true), "{other:?} {message}");
    }
}
