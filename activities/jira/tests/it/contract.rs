//! Every exchange against what Jira's OpenAPI document says, and every operation that an activity declares exercised by one.

use std::{collections::BTreeSet, sync::Arc};

use flowrun_engine::requirement::{Authority, Need, Subject};
use flowrun_jira::{Client, Files, JiraAuthority, catalogue};
use flowrun_jira_sandbox::{Exchange, contract::Contract, served_operations};
use serde_json::json;

use crate::site::{ADMIN, DEVELOPER, Site};

/// Holds exchanges against the document; all that differ are told.
#[track_caller]
pub(crate) fn check(exchanges: &[Exchange]) {
    let broken = exchanges.iter().flat_map(|exchange| Contract::jira().check(exchange));
    let broken: Vec<_> = broken.map(|broken| broken.to_string()).collect();
    assert!(broken.is_empty(), "{} in {} exchanges:\n{}", broken.len(), exchanges.len(), broken.join("\n"));
}

/// Calls everything that activities declare, by running them.
async fn exercise(site: &Site) {
    let create = site.step(ADMIN);
    let bug = json!({ "project": "OPS", "issue_type": "Bug", "summary": "s", "assignee": DEVELOPER, "reporter": "me" });
    let created = create.run("jira.create_issue", bug.clone()).await.expect("an issue");
    let key = created["key"].as_str().expect("a key");
    create.look("jira.create_issue", bug.clone()).await;
    create.adopt("jira.create_issue", bug, key).await.expect("the issue");

    let nobody = json!({ "project": "OPS", "issue_type": "Bug", "summary": "s", "assignee": "nobody@example.com" });
    site.step(ADMIN).run("jira.create_issue", nobody).await.expect_err("nobody has that address");

    let comments = site.step(ADMIN);
    let note = json!({ "issue": created["id"], "comment": "c" });
    let added = comments.run("jira.add_comments", note.clone()).await.expect("a comment");
    let id = added["ids"][0].as_str().expect("an id");
    comments.look("jira.add_comments", note.clone()).await;
    comments.adopt("jira.add_comments", note, id).await.expect("the comment");

    let assign = json!({ "issue": key, "assignee": "nobody@example.com" });
    site.step(ADMIN).run("jira.add_assignee", assign).await.expect_err("nobody has that address");
    site.step(ADMIN).run("jira.add_assignee", json!({ "issue": key, "assignee": "me" })).await.expect("an assignee");
    let change = json!({ "issue": key, "summary": "t" });
    site.step(ADMIN).run("jira.update_issue", change).await.expect("a change");
    let status = json!({ "issue": key, "status": "Done", "comment": "c" });
    site.step(ADMIN).run("jira.update_issue_status", status).await.expect("another status");

    let attach = site.step(ADMIN);
    let file = json!({ "issue": key, "name": "a.txt", "content": "a" });
    let attached = attach.run("jira.add_attachment", file.clone()).await.expect("an attachment");
    let id = attached["attachments"][0]["id"].as_str().expect("an id");
    attach.look("jira.add_attachment", file.clone()).await;
    attach.adopt("jira.add_attachment", file, id).await.expect("the attachment");

    let project = json!({ "key": "NEW", "name": "New", "lead": DEVELOPER, "template": "kanban" });
    let make = site.step(ADMIN);
    make.run("jira.create_project", project.clone()).await.expect("a project");
    make.adopt("jira.create_project", project, "NEW").await.expect("the project");

    for user in [DEVELOPER, "me"] {
        let watch = json!({ "issue": key, "user": user });
        site.step(ADMIN).run("jira.add_watcher", watch).await.expect("a watcher");
    }
    let work = json!({ "issue": created["id"], "time_spent": "1h", "started": "2026-01-31T09:30:00Z", "comment": "c" });
    let log = site.step(ADMIN);
    let logged = log.run("jira.add_worklog", work.clone()).await.expect("work");
    log.adopt("jira.add_worklog", work, logged["id"].as_str().expect("an id")).await.expect("the work");

    for found in [json!({ "user": "me" }), json!({ "name": "Dana" }), json!({ "user": "6410a7e1c3d5f20b6c1e0a02" })] {
        site.step(ADMIN).run("jira.find_user", found).await.expect("a user");
    }
    let link = json!({ "issue": key, "link": "blocks", "to": "OPS-1", "comment": "c" });
    site.step(ADMIN).run("jira.link_issues", link).await.expect("a link");

    let search = json!({ "jql": "project = OPS", "fields": ["Labels"] });
    site.step(ADMIN).run("jira.search_issues", search).await.expect("issues");

    site.step(ADMIN).run("jira.get_issue_details", json!({ "issue": key })).await.expect("details");
    let (delete, gone) = (site.step(ADMIN), json!({ "issue": key }));
    delete.run("jira.delete_issue", gone.clone()).await.expect("gone");
    delete.look("jira.delete_issue", gone).await;
}

#[tokio::test]
async fn every_declared_operation_is_exercised() {
    let site = Site::start().await;
    exercise(&site).await;
    let asked: BTreeSet<_> = site.traffic().into_iter().filter_map(|exchange| exchange.operation).collect();
    let exercised: BTreeSet<_> = served_operations()
        .iter()
        .filter(|served| asked.contains(served.id))
        .map(|served| format!("{} {}", served.method, served.path))
        .collect();
    let mut declared = BTreeSet::new();
    for activity in catalogue(&Arc::new(Client::offline()), &Files::none()).iter() {
        let description = activity.description();
        for endpoint in &description.endpoints {
            assert!(exercised.contains(*endpoint), "{} declares {endpoint}, which nothing called", description.name);
        }
        declared.extend(description.endpoints.iter().map(ToString::to_string));
    }
    let undeclared: Vec<_> = exercised.difference(&declared).collect();
    assert!(undeclared.is_empty(), "called, and declared by no activity: {undeclared:?}");
    site.end();
}

#[tokio::test]
async fn what_preflight_asks_is_in_the_document_too() {
    let site = Site::start().await;
    let browse = |kind: &'static str, key: &str| Need::Permission {
        key: "BROWSE_PROJECTS".into(),
        subject: Subject::Known { kind: kind.into(), key: key.into() },
    };
    let needs = [browse("project", "OPS"), browse("issue", "OPS-1"), browse("issue", "OPS-99")];
    JiraAuthority::new(site.client(ADMIN)).check(&needs).await.expect("verdicts");
    let asked: Vec<_> = site.traffic().into_iter().filter_map(|exchange| exchange.operation).collect();
    assert_eq!(
        asked,
        ["getCurrentUser", "getMyPermissions", "getMyPermissions", "getMyPermissions", "getMyPermissions"]
    );
    site.end();
}
