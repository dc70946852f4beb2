//! Links between issues.

use flowrun_jira_sandbox::{Adjustments, Options, Sandbox, Switches};
use serde_json::{Value, json};

use crate::client::{Client, document, start};

const LINK: &str = "/rest/api/3/issueLink";

fn body(kind: &str, from: &str, to: &str) -> Value {
    json!({ "type": { "name": kind }, "inwardIssue": { "key": from }, "outwardIssue": { "key": to } })
}

/// What an issue shows of its links: its words, and the other issue.
async fn links(client: &Client, issue: &str) -> Vec<String> {
    let shown = client.get(&format!("/rest/api/3/issue/{issue}?fields=issuelinks")).await.body;
    let links = shown["fields"]["issuelinks"].as_array().expect("links");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let told = |link: &Value| match link["outwardIssue"]["key"].as_str() {
        Some(key) => format!("{} {key}", text(&link["type"]["outward"])),
        None => format!("{} {}", text(&link["type"]["inward"]), text(&link["inwardIssue"]["key"])),
    };
    links.iter().map(told).collect()
}

async fn sandbox_and_admin(options: Options) -> (Sandbox, Client) {
    let sandbox = start(options).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    (sandbox, admin)
}

#[tokio::test]
async fn a_link_is_told_at_both_ends_and_made_once() {
    let (sandbox, admin) = sandbox_and_admin(Options::default()).await;
    let link = body("Blocks", "OPS-1", "OPS-2");
    for _ in 0..2 {
        let answer = admin.post(LINK, link.clone()).await;
        assert_eq!((answer.status, answer.body), (201, Value::Null));
    }
    assert_eq!(links(&admin, "OPS-1").await, ["blocks OPS-2"]);
    assert_eq!(links(&admin, "OPS-2").await, ["is blocked by OPS-1"]);
    // The other way round it is another link, but for a type that reads the same from both ends.
    for (kind, from, to) in [("Blocks", "OPS-2", "OPS-1"), ("Relates", "OPS-1", "OPS-3"), ("Relates", "OPS-3", "OPS-1")]
    {
        assert_eq!(admin.post(LINK, body(kind, from, to)).await.status, 201);
    }
    assert_eq!(links(&admin, "OPS-1").await, ["blocks OPS-2", "is blocked by OPS-2", "relates to OPS-3"]);
    let history = admin.get("/rest/api/3/issue/OPS-3/changelog").await.body;
    assert_eq!(history["values"][0]["items"][0]["toString"], "This issue relates to OPS-1");
    assert_eq!(sandbox.effects().len(), 5);
    admin.delete("/rest/api/3/issue/OPS-2").await;
    assert_eq!(links(&admin, "OPS-1").await, ["relates to OPS-3"]);
}

#[tokio::test]
async fn a_comment_comes_with_a_link_even_if_the_link_is_there() {
    let (_sandbox, admin) = sandbox_and_admin(Options::default()).await;
    let mut link = body("Relates", "OPS-2", "OPS-3");
    link["comment"] = json!({ "body": document("c") });
    for comments in 1..=2 {
        admin.post(LINK, link.clone()).await;
        let shown = admin.get("/rest/api/3/issue/OPS-2/comment").await.body;
        assert_eq!(shown["total"], comments);
    }
    assert_eq!(links(&admin, "OPS-3").await, ["relates to OPS-2"]);
}

#[tokio::test]
async fn a_link_to_what_is_hidden_is_hidden() {
    let (sandbox, admin) = sandbox_and_admin(Options::default()).await;
    admin.post(LINK, body("Relates", "HR-1", "OPS-1")).await;
    let robin = Client::gateway(&sandbox, "robin@example.com");
    assert_eq!(links(&admin, "OPS-1").await, ["relates to HR-1"]);
    assert_eq!(links(&robin, "OPS-1").await, Vec::<String>::new());
}

/// Every refusal of `linkIssues`, by status.
#[tokio::test]
async fn what_is_refused_of_a_link() {
    let adjustments = Adjustments {
        revoked: vec![("robin@example.com".to_owned(), "LINK_ISSUES".to_owned())],
        ..Adjustments::default()
    };
    let switches = Switches { most_issue_links: 1, ..Switches::default() };
    let (sandbox, admin) = sandbox_and_admin(Options { adjustments, switches, ..Options::default() }).await;
    let robin = Client::gateway(&sandbox, "robin@example.com");
    let with = |name: &str, value: Value| {
        let mut body = body("Blocks", "OPS-1", "OPS-2");
        body[name] = value;
        body
    };
    for (client, body, status) in [
        (&admin, json!({}), 400),
        (&admin, with("outwardIssue", json!({})), 400),
        (&admin, with("nonsense", json!(1)), 400),
        (&admin, with("comment", json!({})), 400),
        (&admin, body("Blocks", "OPS-1", "OPS-1"), 400),
        (&admin, body("Hinders", "OPS-1", "OPS-2"), 404),
        (&admin, body("Blocks", "OPS-99", "OPS-2"), 404),
        (&robin, body("Blocks", "OPS-1", "HR-1"), 404),
        (&robin, body("Blocks", "OPS-1", "OPS-2"), 404),
        (&admin, body("Blocks", "OPS-1", "OPS-2"), 201),
        (&admin, body("Blocks", "OPS-3", "OPS-2"), 413),
    ] {
        let answer = client.post(LINK, body.clone()).await;
        assert_eq!(answer.status, status, "{body} {}", answer.body);
    }
    assert_eq!(sandbox.effects().len(), 1);
}
