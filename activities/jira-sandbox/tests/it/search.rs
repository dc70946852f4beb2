//! Searches: pages, what is shown, parameters that are refused, and the index that lags.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use flowrun_jira_sandbox::{Adjustments, Clock, Options, Sandbox, Seed};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    client::{Client, start},
    jql::{PATH, admin, keys, search},
};

const ADMIN: &str = "admin@example.com";
const DANA: &str = "dana@example.com";

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
