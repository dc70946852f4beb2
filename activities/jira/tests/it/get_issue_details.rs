//! `jira.get_issue_details` against the sandbox.

use insta::assert_snapshot;
use serde_json::json;

use crate::{
    said,
    site::{ADMIN, Site},
};

#[tokio::test]
async fn an_issue_is_read_whole() {
    let site = Site::start().await;
    let mut read = site.step(ADMIN).run("jira.get_issue_details", json!({ "issue": "OPS-2" })).await.expect("details");
    read["url"] = read["url"].as_str().map(|url| url.rsplit('/').next().unwrap_or_default()).into();
    assert_snapshot!(serde_json::to_string_pretty(&read).expect("JSON"), @r#"
    {
      "id": "10002",
      "key": "OPS-2",
      "url": "OPS-2",
      "project": "OPS",
      "issue_type": "Task",
      "summary": "Renew the certificate of the shop",
      "description": "Renew the certificate of the shop",
      "status": "In Progress",
      "status_category": "indeterminate",
      "assignee": {
        "account_id": "6410a7e1c3d5f20b6c1e0a02",
        "display_name": "Dana Developer",
        "email": "dana@example.com"
      },
      "reporter": {
        "account_id": "6410a7e1c3d5f20b6c1e0a01",
        "display_name": "Alex Admin",
        "email": "admin@example.com"
      },
      "priority": "Medium",
      "labels": [],
      "created": "2026-09-01T08:30:00Z",
      "updated": "2026-09-01T08:30:00Z",
      "fields": {}
    }
    "#);
    site.end();
}

#[tokio::test]
async fn it_is_found_by_id_too() {
    let site = Site::start().await;
    let read = site.step(ADMIN).run("jira.get_issue_details", json!({ "issue": 10002 })).await.expect("details");
    assert_eq!(read["key"], "OPS-2");
    site.end();
}

#[tokio::test]
async fn further_fields_are_given_under_the_names_they_were_asked_by() {
    let site = Site::start().await;
    let wanted = json!({ "issue": "OPS-4", "fields": ["parent", "Sub-tasks", "Issue Type"] });
    let read = site.step(ADMIN).run("jira.get_issue_details", wanted).await.expect("details");
    assert_eq!(read["fields"], json!({ "parent": "OPS-3", "Sub-tasks": [], "Issue Type": "Sub-task" }));
    site.end();
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let site = Site::start().await;
    let gone = site.step(ADMIN).fail("jira.get_issue_details", json!({ "issue": "OPS-99" })).await;
    let unknown = json!({ "issue": "OPS-1", "fields": ["Sumary"] });
    let unknown = site.step(ADMIN).fail("jira.get_issue_details", unknown).await;
    assert_snapshot!(format!("{gone}\n\n{}", unknown.rsplit(';').next().unwrap_or_default()), @r"
    FR0705 404 NoEffect
    issue `OPS-99` does not exist, or is not visible to the user (404): Issue does not exist or you do not have permission to see it.
    help: check the key; Jira gives the same answer for a missing thing and for one that the user may not see

     did you mean `Summary`?
    ");
    let malformed = site.step(ADMIN).refuse("jira.get_issue_details", json!({ "issue": "OPS-1/../2" })).await;
    said::declared("jira.get_issue_details", &[gone, unknown, malformed]);
    site.end();
}
