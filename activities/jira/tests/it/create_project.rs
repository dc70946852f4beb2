//! `jira.create_project` against the sandbox.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    said::declared,
    site::{ADMIN, DEVELOPER, Site},
};

fn project(more: Value) -> Value {
    let mut input = json!({ "key": "MOB", "name": "Mobile app" });
    for (name, value) in more.as_object().into_iter().flatten() {
        input[name] = value.clone();
    }
    input
}

/// The body of the request that created the project.
fn sent(site: &Site) -> Value {
    let sent = site.traffic().into_iter().find(|exchange| exchange.operation.as_deref() == Some("createProject"));
    sent.and_then(|exchange| exchange.request_body).expect("a request")
}

#[tokio::test]
async fn a_project_is_created_and_used() {
    let site = Site::start().await;
    let created = site.step(ADMIN).run("jira.create_project", project(json!({}))).await.expect("a project");
    assert_eq!(created["key"], "MOB");
    assert!(created["url"].as_str().expect("an address").ends_with("/browse/MOB"));
    let me =
        site.sandbox.description().users.iter().find(|user| user.email == ADMIN).map(|user| user.account_id.clone());
    let expected = json!({ "key": "MOB", "name": "Mobile app", "leadAccountId": me, "projectTypeKey": "software" });
    assert_eq!(sent(&site), expected);
    let issue = json!({ "project": "MOB", "issue_type": "Task", "summary": "First" });
    let first = site.step(ADMIN).run("jira.create_issue", issue).await.expect("an issue of the project");
    assert_eq!(first["key"], "MOB-1");
    site.end();
}

#[tokio::test]
async fn everything_can_be_said() {
    let site = Site::start().await;
    let input = project(json!({
        "lead": DEVELOPER.to_uppercase(),
        "template": "Project Management",
        "description": "Everything about the app.",
        "url": "https://example.com/mobile",
        "default_assignee": "project_lead",
    }));
    let step = site.step(ADMIN);
    let created = step.run("jira.create_project", input.clone()).await.expect("a project");
    let body = sent(&site);
    let template = "com.atlassian.jira-core-project-templates:jira-core-simplified-project-management";
    assert_eq!((&body["projectTypeKey"], &body["projectTemplateKey"]), (&json!("business"), &json!(template)));
    assert_eq!((&body["assigneeType"], &body["url"]), (&json!("PROJECT_LEAD"), &json!("https://example.com/mobile")));
    let again = step.run("jira.create_project", input.clone()).await.expect("the same");
    assert_eq!((&again, site.effects()), (&created, 1));

    let adopted = step.adopt("jira.create_project", input.clone(), "MOB").await.expect("the project");
    assert_eq!(adopted, json!({ "id": created["id"], "key": "MOB" }));
    for wrong in ["OPS", "NONE", "x/y"] {
        step.adopt("jira.create_project", input.clone(), wrong).await.expect_err("another project");
    }
    site.end();
}

#[tokio::test]
async fn faults_are_told() {
    let site = Site::start().await;
    let wrong = [
        json!({ "key": "mob" }),
        json!({ "key": "TOOLONGAKEY" }),
        json!({ "key": "OPS" }),
        json!({ "name": " " }),
        json!({ "name": "operations" }),
        json!({ "lead": "nobody@example.com" }),
        json!({ "lead": "6410a7e1c3d5f20b6c1e0a99" }),
        json!({ "lead": "Ann Lee" }),
        json!({ "type": "business", "template": "kanban" }),
        json!({ "template": "waterfall", "type": "business" }),
    ];
    let mut told = Vec::new();
    for more in wrong {
        told.push(site.step(ADMIN).fail("jira.create_project", project(more)).await);
    }
    told.push(site.step(DEVELOPER).fail("jira.create_project", project(json!({}))).await);
    assert_snapshot!(told.join("\n\n"), @r#"
    FR0701 `key` NoEffect
    `key`: `mob` is not a project key: a capital letter, then 1 to 9 capital letters or digits, such as `OPS`; did you mean `MOB`?

    FR0701 `key` NoEffect
    `key`: `TOOLONGAKEY` is not a project key: a capital letter, then 1 to 9 capital letters or digits, such as `OPS`

    FR0701 `key` NoEffect
    the key `OPS` cannot be used: A project with that project key already exists.

    FR0701 `name` NoEffect
    `name`: it is empty

    FR0703 400 `name` NoEffect
    Jira refuses the new project (400): `name`: A project with that name already exists.

    FR0701 `lead` NoEffect
    Jira finds nobody with the e-mail address `nobody@example.com`
    help: check the address; Jira shows nobody to a user without the permission "Browse users and groups", and a person may hide the address: an account id works in any case

    FR0703 400 `lead` NoEffect
    Jira refuses the new project (400): `lead`: You must specify a valid project lead.
    help: `lead` must be an e-mail address, an account id or `me`

    FR0701 `lead` NoEffect
    `lead`: `Ann Lee` is not a user: it takes an e-mail address, an account id, `me`

    FR0701 `template` NoEffect
    `template`: the template `kanban` makes a software project, not a business one

    FR0701 `template` NoEffect
    `template`: there is no template `waterfall` among `content-management`, `document-approval`, `lead-tracking`, `process-control`, `procurement`, `project-management`, `recruitment`, `task-tracking`

    FR0704 403 NoEffect
    Jira forbids this (the new project `MOB`) (403): You are not authorized to create projects.
    help: it needs `ADMINISTER`; ask a Jira administrator
    "#);
    declared("jira.create_project", &told);
    assert_eq!(site.effects(), 0);
    site.end();
}
