//! The page of an issue, for the person who opens its link.

use flowrun_jira_sandbox::{Options, Sandbox, Seed};
use serde_json::json;

use crate::client::{Client, document, start};

async fn page(sandbox: &Sandbox, path: &str) -> (u16, String) {
    let client = Client::new(sandbox.description().site_url, None);
    let answer = client.attempt(("GET", path), None).await.expect("an answer");
    assert_eq!(answer.1["content-type"], "text/html; charset=utf-8");
    assert!(answer.1["content-security-policy"].to_str().expect("a text").starts_with("default-src 'none';"));
    (answer.0, answer.2)
}

#[tokio::test]
async fn it_has_the_facts_of_the_issue_and_no_script() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let hostile = "<script>x</script> & \"q\" '";
    let body = json!({ "fields": {
        "project": { "key": "OPS" },
        "issuetype": { "name": "Bug" },
        "summary": hostile,
        "description": document(hostile),
        "labels": ["<b>"],
    } });
    let key = admin.post("/rest/api/3/issue", body).await.body["key"].as_str().expect("a key").to_owned();
    let comment = json!({ "body": document(hostile) });
    assert_eq!(admin.post(&format!("/rest/api/3/issue/{key}/comment"), comment).await.status, 201);

    let (status, html) = page(&sandbox, &format!("/browse/{key}")).await;
    assert_eq!(status, 200);
    let escaped = "&lt;script&gt;x&lt;/script&gt; &amp; &quot;q&quot; &#39;";
    assert_eq!(html.matches(escaped).count(), 4, "title, heading, description and comment: {html}");
    assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    for fact in [key.as_str(), "Status: To Do", "Type: Bug", "Labels: &lt;b&gt;", "Assignee: nobody"] {
        assert!(html.contains(fact), "{fact}: {html}");
    }
}

#[tokio::test]
async fn an_unknown_key_is_not_found() {
    let sandbox = start(Options::default()).await;
    for (path, told) in [("/browse/OPS-99", "OPS-99"), ("/browse/%3Cb%3E", "&lt;b&gt;")] {
        let (status, html) = page(&sandbox, path).await;
        assert_eq!(status, 404);
        assert!(html.contains(told) && !html.contains("<b>"), "{html}");
    }
}

#[tokio::test]
async fn a_moved_issue_is_found_under_its_former_key() {
    let seed = "issues: [{ key: OPS-7, former_keys: [WEB-3, OPS-9], type: Bug, summary: Moved }]";
    let sandbox = start(Options { seed: Some(Seed::parse(seed).expect("a seed")), ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    for key in ["OPS-7", "WEB-3", "web-3", "OPS-9"] {
        let found = admin.get(&format!("/rest/api/3/issue/{key}")).await;
        assert_eq!((found.status, &found.body["key"]), (200, &json!("OPS-7")), "{key}");
    }
    let fields = json!({ "project": { "key": "OPS" }, "issuetype": { "name": "Task" }, "summary": "s" });
    let made = admin.post("/rest/api/3/issue", json!({ "fields": fields })).await;
    assert_eq!(made.body["key"], "OPS-10", "a former key is not given again");
    assert_eq!(page(&sandbox, "/browse/WEB-3").await.0, 200);
}
