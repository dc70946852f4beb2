//! `jira.delete_issue` against the sandbox.

use insta::assert_snapshot;
use serde_json::json;

use crate::{
    said,
    site::{ADMIN, REPORTER, Site},
};

#[tokio::test]
async fn an_issue_is_deleted_by_its_id() {
    let site = Site::start().await;
    let step = site.step(ADMIN);
    let deleted = step.run("jira.delete_issue", json!({ "issue": "OPS-5" })).await.expect("gone");
    assert_eq!(deleted, json!({ "key": "OPS-5" }));
    let sent = site.traffic();
    let paths: Vec<_> = sent.iter().map(|exchange| format!("{} {}", exchange.method, exchange.path)).collect();
    assert_eq!(paths, ["GET /rest/api/3/issue/OPS-5", "DELETE /rest/api/3/issue/10005"]);

    // A later attempt of the same step cannot read it any more, and need not.
    assert_eq!(step.run("jira.delete_issue", json!({ "issue": "OPS-5" })).await, Ok(json!({ "key": "OPS-5" })));
    assert_eq!(site.effects(), 1);
    site.end();
}

#[tokio::test]
async fn sub_tasks_go_only_where_asked_for() {
    let site = Site::start().await;
    assert_snapshot!(site.step(ADMIN).fail("jira.delete_issue", json!({ "issue": "OPS-3" })).await, @r"
    FR0701 `delete_subtasks` NoEffect
    issue `OPS-3` has sub-tasks: OPS-4
    help: set `delete_subtasks: true` to delete them with it
    ");
    assert_eq!(site.effects(), 0);
    let step = site.step(ADMIN);
    step.run("jira.delete_issue", json!({ "issue": "OPS-3", "delete_subtasks": true })).await.expect("gone");
    assert_eq!(step.effects.intents()[0].1.summary, "delete issue OPS-3 with its sub-tasks OPS-4");
    site.end();
}

#[tokio::test]
async fn faults_are_told() {
    let site = Site::start().await;
    let gone = site.step(ADMIN).fail("jira.delete_issue", json!({ "issue": "OPS-99" })).await;
    let forbidden = site.step(REPORTER).fail("jira.delete_issue", json!({ "issue": "OPS-1" })).await;
    assert_snapshot!(format!("{gone}\n\n{forbidden}"), @r"
    FR0705 404 NoEffect
    issue `OPS-99` does not exist, or is not visible to the user (404): Issue does not exist or you do not have permission to see it.
    help: check the key; Jira gives the same answer for a missing thing and for one that the user may not see

    FR0704 403 NoEffect
    Jira forbids this (issue `OPS-1`) (403): You do not have permission to delete issues in this project.
    help: it needs `BROWSE_PROJECTS` and `DELETE_ISSUES`; ask an administrator of the project
    ");
    let told = [
        gone,
        forbidden,
        site.step(ADMIN).fail("jira.delete_issue", json!({ "issue": "OPS-3" })).await,
        site.step(ADMIN).refuse("jira.delete_issue", json!({ "issue": "OPS" })).await,
    ];
    said::declared("jira.delete_issue", &told);
    assert_eq!(site.effects(), 0);
    site.end();
}

#[tokio::test]
async fn a_person_can_say_that_it_is_gone_if_it_is() {
    let site = Site::start().await;
    let step = site.step(ADMIN);
    step.run("jira.delete_issue", json!({ "issue": "OPS-5" })).await.expect("gone");
    let input = json!({ "issue": "OPS-5" });
    assert_eq!(step.adopt("jira.delete_issue", input.clone(), "OPS-5").await, Ok(json!({ "key": "OPS-5" })));
    let other = step.adopt("jira.delete_issue", input.clone(), "OPS-1").await.expect_err("another issue");
    assert_eq!(other.message, "this was to delete issue OPS-5, not `OPS-1`");

    let refused = site.step(REPORTER);
    refused.fail("jira.delete_issue", json!({ "issue": "OPS-1" })).await;
    let there =
        refused.adopt("jira.delete_issue", json!({ "issue": "OPS-1" }), "OPS-1").await.expect_err("it is there");
    assert_eq!(there.message, "issue OPS-1 is still there");
    site.end();
}
