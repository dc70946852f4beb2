//! Rate limits: what is refused, in which headers it is told, and that the clock lets everybody in again.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use flowrun_jira_sandbox::{Burst, Clock, IssueWrites, Limits, Options, PointsQuota, Sandbox, Seed};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::client::{Client, start};

const ADMIN: &str = "admin@example.com";

/// A sandbox with limits, and the milliseconds that its clock is after 10:00.
async fn with(limits: Limits) -> (Sandbox, Client, Arc<AtomicI64>) {
    let start_of_day: Timestamp = "2026-11-23T10:00:00Z".parse().expect("a time");
    let millis = Arc::new(AtomicI64::new(0));
    let shared = Arc::clone(&millis);
    let clock = Clock::new(move || start_of_day + SignedDuration::from_millis(shared.load(Ordering::SeqCst)));
    let sandbox = start(Options { limits: Some(limits), clock, ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    (sandbox, admin, millis)
}

/// The status of a request, and those of the headers that its answer has.
async fn asked(client: &Client, method: &str, path: &str) -> (u16, Vec<String>) {
    let (status, headers, _) = client.attempt((method, path), None).await.expect("an answer");
    let names = ["ratelimit-reason", "retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
    let values =
        names.iter().filter_map(|name| headers.get(*name)).map(|value| value.to_str().expect("a text").to_owned());
    (status, values.collect())
}

fn told(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

#[tokio::test]
async fn the_quota_of_points_is_for_the_app_and_ends_with_the_hour() {
    let points = Some(PointsQuota { per_hour: 4, ..PointsQuota::default() });
    let (sandbox, admin, millis) = with(Limits { points, ..Limits::default() }).await;
    let dana = Client::gateway(&sandbox, "dana@example.com");
    let issue = "/rest/api/3/issue/OPS-1";
    assert_eq!(asked(&admin, "GET", issue).await, (200, told(&["4", "2"])));
    assert_eq!(asked(&dana, "GET", issue).await, (200, told(&["4", "0"])));
    millis.store(1_800_000, Ordering::SeqCst);
    let over = told(&["jira-quota-global-based", "1800", "4", "0", "2026-11-23T11:00:00Z"]);
    assert_eq!(asked(&admin, "GET", issue).await, (429, over));

    let description = sandbox.description();
    let user = &description.users[0];
    let site = Client::new(description.site_url.clone(), Some(Client::basic(&user.email, &user.api_token)));
    assert_eq!(asked(&site, "GET", issue).await, (200, vec![]));
    millis.store(3_600_000, Ordering::SeqCst);
    for (method, left) in [("DELETE", "3"), ("GET", "2")] {
        assert_eq!(asked(&admin, method, "/rest/api/3/issue/OPS-99").await, (404, told(&["4", left])), "{method}");
    }
}

#[tokio::test]
async fn a_burst_is_of_one_endpoint_and_method() {
    let burst = Some(Burst { get_issue: 1, size: Some(2), ..Burst::default() });
    let (_sandbox, admin, millis) = with(Limits { burst, ..Limits::default() }).await;
    let mut statuses = Vec::new();
    for issue in ["OPS-1", "OPS-2", "OPS-3"] {
        statuses.push(asked(&admin, "GET", &format!("/rest/api/3/issue/{issue}")).await);
    }
    let over = told(&["jira-burst-based", "1", "1", "0", "2026-11-23T10:00:01Z"]);
    assert_eq!(statuses, [(200, vec![]), (200, vec![]), (429, over)]);
    assert_eq!(asked(&admin, "GET", "/rest/api/3/myself").await.0, 200);
    millis.store(1_000, Ordering::SeqCst);
    assert_eq!(asked(&admin, "GET", "/rest/api/3/issue/OPS-1").await.0, 200);
}

#[tokio::test]
async fn an_issue_takes_so_many_writes_and_the_next_one_as_many() {
    let issue_writes = Some(IssueWrites { per_2_seconds: 2, per_30_seconds: 3 });
    let (sandbox, admin, millis) = with(Limits { issue_writes, retry_after: false, ..Limits::default() }).await;
    let comment = |issue: &str| format!("/rest/api/3/issue/{issue}/comment");
    let body = json!({ "body": crate::client::document("c") });
    let mut statuses = Vec::new();
    for (at, issue) in
        [(0, "OPS-1"), (0, "10001"), (0, "OPS-1"), (0, "OPS-2"), (2_000, "OPS-1"), (2_000, "OPS-1"), (30_000, "OPS-1")]
    {
        millis.store(at, Ordering::SeqCst);
        let (status, headers, _) = admin.attempt(("POST", &comment(issue)), Some(&body)).await.expect("an answer");
        statuses.push(status);
        assert_eq!(headers.contains_key("ratelimit-reason"), status == 429);
        assert!(!headers.contains_key("retry-after"));
    }
    assert_eq!(statuses, [201, 201, 429, 201, 201, 429, 201]);
    assert_eq!(sandbox.effects().len(), 5);
    assert_eq!(admin.get("/rest/api/3/issue/OPS-1").await.status, 200);
}

#[tokio::test]
async fn a_seed_switches_limits_on() {
    let seed =
        Seed::parse("limits: { points: { per_hour: 1, reason: jira-quota-tenant-based }, burst: {} }").expect("a seed");
    let sandbox = start(Options { seed: Some(seed), ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    assert_eq!(asked(&admin, "GET", "/rest/api/3/myself").await.0, 200);
    let (status, told) = asked(&admin, "GET", "/rest/api/3/myself").await;
    assert_eq!((status, told[0].as_str()), (429, "jira-quota-tenant-based"));
}
