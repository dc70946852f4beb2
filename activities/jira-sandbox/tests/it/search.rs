//! Searches: what queries find, pages, what is shown, and what is refused.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use flowrun_jira_sandbox::{Adjustments, Clock, Options, Sandbox, Seed, Switches};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::common::{Answer, Client, document, start};

const ADMIN: &str = "admin@example.com";
const DANA: &str = "dana@example.com";
const PATH: &str = "/rest/api/3/search/jql";

async fn search(client: &Client, jql: &str) -> Answer {
    client.post(PATH, json!({ "jql": jql, "fields": ["key"] })).await
}

/// The keys that a query finds, in their order.
async fn keys(client: &Client, jql: &str) -> Vec<String> {
    let answer = search(client, jql).await;
    assert_eq!(answer.status, 200, "{jql}: {}", answer.body);
    let issues = answer.body["issues"].as_array().expect("issues").iter();
    issues.map(|issue| issue["key"].as_str().expect("a key").to_owned()).collect()
}

async fn admin() -> (Sandbox, Client) {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    (sandbox, admin)
}

#[tokio::test]
async fn what_queries_find() {
    let (sandbox, admin) = admin().await;
    let fields = json!({
        "project": { "key": "OPS" },
        "issuetype": { "name": "Story" },
        "summary": "Pay by invoice",
        "description": document("Customers from the public sector ask for it."),
        "labels": ["billing", "Export"],
        "duedate": "2026-10-01",
        "customfield_10101": "ACME Corp",
        "customfield_10103": 5,
        "customfield_10106": "2026-12-24",
    });
    assert_eq!(admin.post("/rest/api/3/issue", json!({ "fields": fields })).await.status, 201);
    let dana = &sandbox.description().users[1].account_id;
    for (jql, found) in [
        ("project = OPS order by key", "OPS-1 OPS-2 OPS-3 OPS-4 OPS-5 OPS-6"),
        ("project = operations and key < OPS-3 order by key desc", "OPS-2 OPS-1"),
        ("key in (OPS-5, 'ops-1') order by key", "OPS-1 OPS-5"),
        ("id = 10003 or issue = OPS-4 order by id", "OPS-3 OPS-4"),
        ("project = 10000 AND type = Bug", "OPS-1"),
        ("issuetype not in (Task, Story, 10001)", "OPS-4"),
        ("status = \"to do\" AND issuetype = Story order by key", "OPS-3 OPS-6"),
        ("statusCategory != Done order by key", "OPS-1 OPS-2 OPS-3 OPS-4 OPS-6"),
        ("statusCategory = \"In Progress\" OR status = 10002 order by key", "OPS-2 OPS-5"),
        ("resolution = Unresolved AND resolution is EMPTY AND key = OPS-1", "OPS-1"),
        ("resolution is not empty", ""),
        ("assignee = 'dana@example.com'", "OPS-2"),
        ("assignee = 'Dana Developer' AND reporter = currentUser()", "OPS-2"),
        ("assignee != currentUser()", "OPS-2"),
        ("assignee is EMPTY order by key", "OPS-1 OPS-3 OPS-4 OPS-5 OPS-6"),
        ("assignee in (EMPTY, 'dana@example.com') and key >= OPS-5 order by key", "OPS-5 OPS-6"),
        ("assignee not in membersOf('jira-administrators')", "OPS-2"),
        ("priority > Medium", "OPS-5"),
        ("priority <= Medium and key < OPS-3 order by key", "OPS-1 OPS-2"),
        ("labels = export order by key", "OPS-3 OPS-6"),
        ("labels in (billing) and labels is not empty", "OPS-6"),
        ("labels != export", ""),
        ("component = Website", "OPS-1"),
        ("component is EMPTY and key < OPS-3", "OPS-2"),
        ("fixVersion is EMPTY and affectedVersion is EMPTY and key = OPS-1", "OPS-1"),
        ("parent = OPS-3", "OPS-4"),
        ("summary ~ invoice", "OPS-6"),
        ("description ~ 'public sector'", "OPS-6"),
        ("description ~ '\"public customers\"'", ""),
        ("comment ~ reproduced", "OPS-1"),
        ("text ~ \"quer*\"", "OPS-1"),
        ("text ~ acme", "OPS-6"),
        ("summary !~ export and key < OPS-4 order by key", "OPS-1 OPS-2"),
        ("due < '2026-11-01'", "OPS-6"),
        ("duedate is not EMPTY", "OPS-6"),
        ("created >= -10m", "OPS-6"),
        ("created < startOfYear(1) and updated >= startOfDay() and created <= now()", "OPS-6"),
        ("created = '2026-09-01 08:30' order by key", "OPS-1 OPS-2 OPS-3 OPS-4 OPS-5"),
        ("\"Story points\" > 3", "OPS-6"),
        ("cf[10103] = 5 and cf[10103] != 4", "OPS-6"),
        ("\"story POINTS\" is EMPTY and key = OPS-1", "OPS-1"),
        ("Customer ~ acme", "OPS-6"),
        ("\"Target date\" > endOfMonth(-1)", "OPS-6"),
        ("NOT (project = OPS AND status != Done)", "OPS-5"),
        ("project = OPS AND (priority = High OR labels = billing) order by priority desc", "OPS-5 OPS-6"),
        ("project = OPS order by assignee asc, key desc", "OPS-2 OPS-6 OPS-5 OPS-4 OPS-3 OPS-1"),
        ("project = OPS order by status desc, key", "OPS-5 OPS-2 OPS-1 OPS-3 OPS-4 OPS-6"),
        ("key <= OPS-3", "OPS-3 OPS-2 OPS-1"),
        (&format!("assignee = {dana} or creator = {dana}"), "OPS-2"),
    ] {
        let (clause, order) = jql
            .split_once(" order by ")
            .map_or((jql, String::new()), |(clause, order)| (clause, format!("order by {order}")));
        let jql = format!("project = OPS and ({clause}) {order}");
        assert_eq!(keys(&admin, &jql).await.join(" "), found, "{jql}");
    }
    assert!(keys(&Client::gateway(&sandbox, DANA), "reporter = currentUser()").await.is_empty());
}

#[tokio::test]
async fn what_queries_are_refused_for() {
    let (_sandbox, admin) = admin().await;
    for (jql, message) in [
        ("", "Unbounded JQL queries are not allowed here."),
        ("order by created", "Unbounded JQL queries are not allowed here."),
        ("project", "Error in the JQL Query: Expecting operator before the end of the query."),
        ("nonsense = 1", "Field 'nonsense' does not exist or you do not have permission to view it."),
        ("issue.property[flowrun].run = 1", "Error in the JQL Query: "),
        ("project = OPS order by nonsense", "Field 'nonsense' does not exist"),
        ("cf[10999] = 1", "Field 'cf[10999]' does not exist"),
        ("project = NONE", "The value 'NONE' does not exist for the field 'project'."),
        ("status = Dnoe", "The value 'Dnoe' does not exist for the field 'status'."),
        ("assignee = 'nobody@example.com'", "The value 'nobody@example.com' does not exist for the field 'assignee'."),
        ("key = OPS-99", "An issue with key 'OPS-99' does not exist for field 'key'."),
        ("key = nonsense", "The issue key 'nonsense' for field 'key' is invalid."),
        ("created > yesterday", "Date value 'yesterday' for field 'created' is invalid."),
        ("'Story points' > many", "The value 'many' is not a number"),
        ("status ~ Done", "The operator '~' is not supported by the 'status' field."),
        ("summary = x", "The operator '=' is not supported by the 'summary' field."),
        ("summary ~ '*x'", "is not allowed to be empty or to begin with a wildcard"),
        ("status > Done", "The operator '>' is not supported by the 'status' field."),
        ("due > EMPTY", "does not support searching for EMPTY values"),
        ("status is Done", "The operator 'is' takes EMPTY or NULL only"),
        (
            "created > currentUser()",
            "A value provided by the function 'currentUser' is invalid for the field 'created'.",
        ),
        ("assignee = now()", "A value provided by the function 'now' is invalid for the field 'assignee'."),
        ("assignee = nonsense()", "Unable to find JQL function 'nonsense()'."),
        ("assignee in membersOf(none)", "the group does not exist"),
        ("key = OPS-1 order by key, id, created, updated, due, status, type, project", "at most 7 fields"),
    ] {
        let answer = search(&admin, jql).await;
        let said = answer.body["errorMessages"][0].as_str().unwrap_or_default().to_owned();
        assert_eq!((answer.status, said.contains(message)), (400, true), "{jql}: {said}");
        let counted = admin.post("/rest/api/3/search/approximate-count", json!({ "jql": jql })).await;
        assert_eq!(counted.status, 400, "{jql}");
    }
    let several = search(&admin, "project = NONE and status = Dnoe").await;
    assert_eq!(several.body["errorMessages"].as_array().map(Vec::len), Some(2));
    for (jql, named) in [
        ("status was Done", "WAS"),
        ("assignee in updatedBy(x)", "updatedBy()"),
        ("watcher = currentUser()", "watcher"),
    ] {
        let answer = search(&admin, jql).await;
        assert_eq!(answer.status, 501);
        assert!(answer.body["errorMessages"][0].as_str().is_some_and(|said| said.contains(named)), "{}", answer.body);
    }
}

#[tokio::test]
async fn what_nobody_knows_is_refused_or_finds_nothing() {
    let switches = Switches { unknown_jql_refused: false, ..Switches::default() };
    let sandbox = start(Options { switches, ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    for (jql, found) in [
        ("project = NONE", 0),
        ("nonsense = 1", 0),
        ("nonsense = 1 or key = OPS-1", 1),
        ("project = OPS and status in (Dnoe, Done)", 1),
        ("key = OPS-99", 0),
    ] {
        assert_eq!(keys(&admin, jql).await.len(), found, "{jql}");
    }
    assert_eq!(search(&admin, "created > yesterday").await.status, 400);
}

#[tokio::test]
async fn parameters_that_are_refused() {
    let (_sandbox, admin) = admin().await;
    for (changes, message) in [
        (json!({ "maxResults": 0 }), "between 1 and 5000"),
        (json!({ "maxResults": 5001 }), "between 1 and 5000"),
        (json!({ "maxResults": "many" }), "Invalid request payload"),
        (json!({ "startAt": 0 }), "Invalid request payload"),
        (json!({ "jql": ["project = OPS"] }), "Invalid request payload"),
        (json!({ "fields": "summary" }), "Invalid request payload"),
        (json!({ "nextPageToken": "nonsense" }), "nextPageToken"),
        (json!({ "properties": ["a", "b", "c", "d", "e", "f"] }), "at most 5"),
        (json!({ "reconcileIssues": (0..51).collect::<Vec<_>>() }), "at most 50"),
    ] {
        let mut body = json!({ "jql": "project = OPS" });
        body.as_object_mut().expect("an object").extend(changes.as_object().cloned().expect("an object"));
        let answer = admin.post(PATH, body).await;
        let said = answer.body["errorMessages"][0].as_str().unwrap_or_default().to_owned();
        assert_eq!((answer.status, said.contains(message)), (400, true), "{changes}: {said}");
    }
    for query in ["maxResults=-1", "maxResults=x", "reconcileIssues=OPS-1", "nextPageToken=x"] {
        let answer = admin.get(&format!("{PATH}?jql=project%3DOPS&{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
    }
    // The parameters of a POST are in its body alone.
    assert_eq!(admin.post(&format!("{PATH}?jql=project%3DOPS"), json!({})).await.status, 400);
}

#[tokio::test]
async fn what_is_shown_of_an_issue() {
    let (_sandbox, admin) = admin().await;
    let default = admin.get(&format!("{PATH}?jql=key%3DOPS-1")).await.body;
    assert_eq!(default, json!({ "issues": [{ "id": "10001" }], "isLast": true }));
    let key = search(&admin, "key = OPS-1").await.body["issues"][0].clone();
    assert_eq!((&key["key"], key.get("fields")), (&json!("OPS-1"), None));

    let body = json!({ "jql": "key = OPS-1", "fields": ["summary", "nonsense"], "expand": "names,schema,changelog" });
    let answer = admin.post(PATH, body).await.body;
    let issue = &answer["issues"][0];
    assert_eq!(issue["fields"], json!({ "summary": "Search is slow for long queries" }));
    assert_eq!(answer["names"], json!({ "summary": "Summary" }));
    assert_eq!(answer["schema"]["summary"]["type"], "string");
    assert!(issue["changelog"]["histories"].is_array());
    assert_eq!((issue.get("names"), issue.get("schema")), (None, None));

    let fields = json!({ "project": { "key": "OPS" }, "issuetype": { "name": "Task" }, "summary": "Tagged" });
    let tagged = json!({ "fields": fields, "properties": [{ "key": "flowrun", "value": { "run": "1" } }] });
    assert_eq!(admin.post("/rest/api/3/issue", tagged).await.status, 201);
    let body = json!({ "jql": "summary ~ tagged", "properties": ["flowrun", "other"] });
    let answer = admin.post(PATH, body).await.body;
    assert_eq!(answer["issues"][0]["properties"], json!({ "flowrun": { "run": "1" } }));
}

#[tokio::test]
async fn pages_follow_one_another_and_nothing_is_skipped() {
    let (_sandbox, admin) = admin().await;
    let mut body = json!({ "jql": "project = OPS order by key", "fields": ["summary"], "maxResults": 2 });
    let mut pages = Vec::new();
    loop {
        let answer = admin.post(PATH, body.clone()).await.body;
        let page: Vec<Value> = answer["issues"].as_array().expect("issues").clone();
        // An issue that is gone between two pages shifts nothing.
        admin.delete("/rest/api/3/issue/OPS-2").await;
        pages.push(page.iter().map(|issue| issue["key"].as_str().expect("a key").to_owned()).collect::<Vec<_>>());
        assert_eq!(answer["isLast"] == true, answer.get("nextPageToken").is_none());
        match answer.get("nextPageToken") {
            Some(token) => body["nextPageToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(pages, [vec!["OPS-1", "OPS-2"], vec!["OPS-3", "OPS-4"], vec!["OPS-5"]]);
    body["jql"] = "project = OPS".into();
    assert_eq!(admin.post(PATH, body).await.status, 400, "the token is of another query");
}

#[tokio::test]
async fn counts_and_what_is_hidden() {
    let count = "/rest/api/3/search/approximate-count";
    let (sandbox, admin) = admin().await;
    assert_eq!(admin.post(count, json!({ "jql": "project = OPS" })).await.body, json!({ "count": 5 }));
    // Issues of an archived project are not searched, and those of a security level are its members' alone.
    assert!(keys(&admin, "project = OLD").await.is_empty());
    let confidential = "project = HR and summary ~ salaries";
    assert_eq!(keys(&admin, confidential).await.len(), 1);
    assert!(keys(&Client::gateway(&sandbox, DANA), confidential).await.is_empty());
    assert_eq!(admin.post(count, json!({ "jql": "project = OPS", "other": 1 })).await.status, 400);

    let revoked = vec![(DANA.to_owned(), "BROWSE_PROJECTS".to_owned())];
    let adjustments = Adjustments { revoked, ..Adjustments::default() };
    let sandbox = start(Options { adjustments, ..Options::default() }).await;
    let dana = Client::gateway(&sandbox, DANA);
    assert!(keys(&dana, "status = Done").await.is_empty());
    let hidden = search(&dana, "project = OPS").await;
    assert_eq!(hidden.body["errorMessages"], json!(["The value 'OPS' does not exist for the field 'project'."]));
}

#[tokio::test]
async fn the_fields_tell_their_names_in_queries() {
    let (_sandbox, admin) = admin().await;
    let fields = admin.get("/rest/api/3/field").await.body;
    for (id, names) in [
        ("duedate", json!(["due", "duedate"])),
        ("fixVersions", json!(["fixVersion"])),
        ("attachment", json!([])),
        ("customfield_10103", json!(["cf[10103]", "Story points"])),
    ] {
        let field = fields.as_array().expect("fields").iter().find(|field| field["id"] == id).expect(id);
        assert_eq!((&field["clauseNames"], &field["searchable"]), (&names, &json!(names != json!([]))), "{id}");
        // A name of a query is one that is known.
        for name in names.as_array().expect("names").iter().filter_map(Value::as_str) {
            let answer = search(&admin, &format!("project = OPS and \"{name}\" is EMPTY")).await;
            assert_eq!(answer.status, 200, "{name}: {}", answer.body);
        }
    }
}

/// A sandbox whose index lags by a minute, and a clock that the test moves.
async fn lagging() -> (Sandbox, Client, Arc<AtomicI64>) {
    let seed = Seed::parse(&format!("{}\nsearch_lag_seconds: 60\n", Seed::built_in().text())).expect("a seed");
    let seconds = Arc::new(AtomicI64::new(1_790_000_000));
    let shown = Arc::clone(&seconds);
    let clock = Clock::new(move || Timestamp::from_second(shown.load(Ordering::SeqCst)).expect("a time"));
    let sandbox = start(Options { seed: Some(seed), clock, ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    (sandbox, admin, seconds)
}

#[tokio::test]
async fn the_index_lags_behind_the_issues() {
    let (sandbox, admin, seconds) = lagging().await;
    let dana = sandbox.description().users[1].account_id.clone();
    let found = async |jql: &str, reconciled: &[u64]| {
        let body = json!({ "jql": jql, "fields": ["key"], "reconcileIssues": reconciled });
        admin.post(PATH, body).await.body["issues"].as_array().map_or(0, Vec::len)
    };
    let fields = json!({ "project": { "key": "OPS" }, "issuetype": { "name": "Task" }, "summary": "Brand new" });
    assert_eq!(admin.post("/rest/api/3/issue", json!({ "fields": fields })).await.status, 201);
    let id = admin.get("/rest/api/3/issue/OPS-6").await.body["id"].as_str().expect("an id").parse().expect("a number");
    assert_eq!(admin.put("/rest/api/3/issue/OPS-1/assignee", json!({ "accountId": dana })).await.status, 204);
    assert_eq!(admin.delete("/rest/api/3/issue/OPS-5").await.status, 204);
    let (new, assigned) = ("summary ~ brand", "key = OPS-1 and assignee is EMPTY");
    // A new issue is not found yet, a changed one as it was, a deleted one still.
    assert_eq!([found(new, &[]).await, found(assigned, &[]).await], [0, 1]);
    let count = admin.post("/rest/api/3/search/approximate-count", json!({ "jql": "project = OPS" })).await.body;
    assert_eq!(count, json!({ "count": 5 }));
    // What is reconciled is looked at as it is.
    assert_eq!([found(new, &[id]).await, found(assigned, &[10001]).await], [1, 0]);
    seconds.fetch_add(59, Ordering::SeqCst);
    assert_eq!([found(new, &[]).await, found(assigned, &[]).await], [0, 1]);
    // A second change of the same issue starts anew, and the first one is seen in time.
    assert_eq!(admin.put("/rest/api/3/issue/OPS-1/assignee", json!({ "accountId": null })).await.status, 204);
    seconds.fetch_add(1, Ordering::SeqCst);
    assert_eq!([found(new, &[]).await, found(assigned, &[]).await], [1, 0]);
    seconds.fetch_add(60, Ordering::SeqCst);
    assert_eq!(found(assigned, &[]).await, 1);
    let count = admin.post("/rest/api/3/search/approximate-count", json!({ "jql": "project = OPS" })).await.body;
    assert_eq!(count, json!({ "count": 5 }));
}
