//! Faults on purpose: what the client sees, what became of the effect, and which requests are met.

use std::error::Error;

use flowrun_jira_sandbox::{Clock, Faults, Options, Sandbox};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::client::{Client, start};

const ADMIN: &str = "admin@example.com";
const CREATE: (&str, &str) = ("POST", "/rest/api/3/issue");

async fn with(rules: &str) -> (Sandbox, Client) {
    let faults = Faults::parse(&format!("faults: [{rules}]")).expect("faults");
    let now: Timestamp = "2026-11-23T10:00:00Z".parse().expect("a time");
    let sandbox = start(Options { faults, clock: Clock::new(move || now), ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    (sandbox, admin)
}

fn issue() -> Value {
    json!({ "fields": { "project": { "key": "OPS" }, "issuetype": { "name": "Task" }, "summary": "s" } })
}

/// The status, or the innermost reason why there is none.
async fn outcome(client: &Client, request: (&str, &str), body: Option<&Value>) -> String {
    match client.attempt(request, body).await {
        Ok((status, ..)) => status.to_string(),
        Err(error) => {
            let mut cause: &dyn Error = &error;
            while let Some(source) = cause.source() {
                cause = source;
            }
            cause.to_string()
        }
    }
}

#[tokio::test]
async fn what_the_client_sees_and_what_became_of_the_effect() {
    for (fault, seen, effects) in [
        ("drop_reply: {}", "connection closed before message completed", &[false][..]),
        ("cut_reply: {}", "end of file before message length reached", &[false]),
        ("reset: {}", "Connection reset by peer (os error 104)", &[]),
        ("reset: { after: true }", "Connection reset by peer (os error 104)", &[false]),
        ("error_before: { status: 503 }", "503", &[]),
        ("error_after: { status: 500 }", "500", &[false]),
        ("rate_limit: {}", "429", &[]),
        ("html: { status: 502 }", "502", &[]),
        ("delay: { seconds: 0 }", "201", &[true]),
        ("delay_reply: { seconds: 0 }", "201", &[true]),
    ] {
        let (sandbox, admin) = with(&format!("{{ operation: createIssue, {fault} }}")).await;
        assert_eq!(outcome(&admin, CREATE, Some(&issue())).await, seen, "{fault}");
        let replied: Vec<_> = sandbox.effects().iter().map(|effect| effect.replied).collect();
        assert_eq!(replied, effects, "{fault}");
        // Once is once.
        assert_eq!(outcome(&admin, CREATE, Some(&issue())).await, "201", "{fault}");
    }
}

#[tokio::test]
async fn half_of_an_answer_is_its_beginning() {
    let (sandbox, _) = with("{ operation: getServerInfo, cut_reply: {} }").await;
    let description = sandbox.description();
    let address = description.site_url.trim_start_matches("http://");
    let token = &description.users[0].bearer_token;
    let request = format!(
        "GET /ex/jira/{}/rest/api/3/serverInfo HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n",
        description.cloud_id
    );
    let mut socket = tokio::net::TcpStream::connect(address).await.expect("a connection");
    tokio::io::AsyncWriteExt::write_all(&mut socket, request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut socket, &mut answer).await.expect("read");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole head");
    let length: usize = head
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.lines().next())
        .expect("a length")
        .parse()
        .expect("a number");
    assert_eq!((&answer[..12], body.len()), ("HTTP/1.1 200", length / 2));
}

#[tokio::test]
async fn a_request_that_waits_is_not_done_once_its_client_has_gone() {
    for (fault, effects) in [("delay", 0), ("delay_reply", 1)] {
        let (sandbox, admin) = with(&format!("{{ operation: createIssue, {fault}: {{ seconds: 3600 }} }}")).await;
        let body = issue();
        let mut waiting = Box::pin(admin.attempt(CREATE, Some(&body)));
        // The second request is let in behind the first one, and answered before it.
        let other = async {
            while sandbox.effects().len() < effects || admin.get("/rest/api/3/myself").await.status != 200 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            answered = &mut waiting => panic!("{fault}: {answered:?}"),
            () = other => {}
        }
        drop(waiting);
        assert_eq!(sandbox.effects().len(), effects, "{fault}");
        sandbox.shutdown().await;
    }
}

#[tokio::test]
async fn a_rule_counts_the_requests_that_it_fits() {
    let rules = "{ operation: getIssue, issue: ops-2, skip: 1, times: 2, html: { status: 503 } }, \
                 { operation: any, issue: '10003', times: always, html: { status: 504 } }";
    let (_sandbox, admin) = with(rules).await;
    for (path, expected) in [
        ("issue/OPS-1", "200"),
        ("issue/OPS-2", "200"),
        ("issue/10002", "503"),
        ("issue/OPS-2/comment", "200"),
        ("issue/OPS-2", "503"),
        ("issue/OPS-2", "200"),
        ("issue/OPS-3", "504"),
        ("issue/OPS-3/comment", "504"),
    ] {
        assert_eq!(outcome(&admin, ("GET", &format!("/rest/api/3/{path}")), None).await, expected, "{path}");
    }
}

#[tokio::test]
async fn an_answer_has_the_headers_and_the_body_of_its_rule() {
    let rules = "{ operation: any, rate_limit: { reason: jira-cost-based, retry_after: 7, reset: 60, headers: { x-a: b } } }, \
                 { operation: any, error_before: { status: 503, body: [1], retry_after: 3 } }, \
                 { operation: any, html: { status: 502 } }";
    let (_sandbox, admin) = with(rules).await;
    let myself = ("GET", "/rest/api/3/myself");
    let shown = |headers: &reqwest::header::HeaderMap, names: &[&str]| -> Vec<String> {
        names.iter().map(|name| headers[*name].to_str().expect("a text").to_owned()).collect()
    };
    let (status, headers, _) = admin.attempt(myself, None).await.expect("an answer");
    let names = ["ratelimit-reason", "retry-after", "x-ratelimit-reset", "x-a"];
    assert_eq!(
        (status, shown(&headers, &names)),
        (429, ["jira-cost-based", "7", "2026-11-23T10:01:00Z", "b"].map(str::to_owned).to_vec())
    );
    let (status, headers, body) = admin.attempt(myself, None).await.expect("an answer");
    assert_eq!((status, shown(&headers, &["retry-after"]), body.as_str()), (503, vec!["3".to_owned()], "[1]"));
    let (status, headers, body) = admin.attempt(myself, None).await.expect("an answer");
    assert_eq!((status, shown(&headers, &["content-type"])), (502, vec!["text/html".to_owned()]));
    assert!(body.starts_with("<html>"), "{body}");
}

#[tokio::test]
async fn a_stale_search_does_not_see_the_last_change() {
    let search = "/rest/api/3/search/jql";
    let (_sandbox, admin) =
        with("{ operation: searchAndReconsileIssuesUsingJqlPost, stale_search: { seconds: 30 } }").await;
    assert_eq!(outcome(&admin, CREATE, Some(&issue())).await, "201");
    let query = json!({ "jql": "project = OPS AND summary ~ \"s\"", "fields": ["summary"], "maxResults": 50 });
    let mut found = Vec::new();
    for _ in 0..2 {
        let issues = admin.post(search, query.clone()).await.body["issues"].as_array().cloned().unwrap_or_default();
        found.push(issues.iter().any(|issue| issue["key"] == "OPS-6"));
    }
    assert_eq!(found, [false, true]);
}

#[tokio::test]
async fn the_control_interface_has_no_faults() {
    let (sandbox, _) = with("{ operation: any, times: always, drop_reply: {} }").await;
    let control = Client::new(sandbox.description().site_url, None);
    assert_eq!(control.get("/_sandbox/effects").await.status, 200);
}
