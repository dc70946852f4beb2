//! Every exchange against Jira's OpenAPI document, and every operation that an activity declares exercised by one.

mod document;

use std::{collections::BTreeSet, sync::Arc};

use flowrun_engine::requirement::{Authority, Need};
use flowrun_jira::{Client, JiraAuthority, catalogue};
use serde_json::json;

pub(crate) use document::Contract;

use crate::site::{ADMIN, DEVELOPER, Site};

/// Calls everything that activities declare, by running them.
async fn exercise(site: &Site) {
    let create = site.step(ADMIN);
    let bug = json!({ "project": "OPS", "issue_type": "Bug", "summary": "s", "assignee": DEVELOPER, "reporter": "me" });
    let created = create.run("jira.create_issue", bug.clone()).await.expect("an issue");
    let key = created["key"].as_str().expect("a key");
    create.adopt("jira.create_issue", bug, key).await.expect("the issue");

    let comments = site.step(ADMIN);
    let note = json!({ "issue": created["id"], "comment": "c" });
    let added = comments.run("jira.add_comments", note.clone()).await.expect("a comment");
    let id = added["ids"][0].as_str().expect("an id");
    comments.adopt("jira.add_comments", note, id).await.expect("the comment");

    site.step(ADMIN).run("jira.get_issue_details", json!({ "issue": key })).await.expect("details");
    site.step(ADMIN).run("jira.delete_issue", json!({ "issue": key })).await.expect("gone");
}

#[tokio::test]
async fn every_declared_operation_is_exercised() {
    let site = Site::start().await;
    exercise(&site).await;
    let Some(contract) = Contract::get() else { return };
    let exercised: BTreeSet<_> =
        site.traffic().iter().filter_map(|exchange| contract.operation(&exchange.method, &exchange.path)).collect();
    for activity in catalogue(&Arc::new(Client::offline())).iter() {
        let description = activity.description();
        for endpoint in &description.endpoints {
            assert!(exercised.contains(*endpoint), "{} declares {endpoint}, which nothing called", description.name);
        }
    }
    site.end();
}

#[tokio::test]
async fn what_preflight_asks_is_in_the_document_too() {
    let site = Site::start().await;
    let needs: Vec<Need> = Vec::new();
    JiraAuthority::new(site.client(ADMIN)).check(&needs).await.expect("verdicts");
    site.end();
}
