//! `jira.create_issue` against the sandbox.

use flowrun_jira_sandbox::{Adjustments, CreateRefusal, Options, Switches};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    said,
    site::{ADMIN, DEVELOPER, REPORTER, RUN, Site, without},
};

fn bug(more: Value) -> Value {
    let mut input = json!({ "project": "OPS", "issue_type": "Bug", "summary": "Login page is blank" });
    for (name, value) in more.as_object().into_iter().flatten() {
        input[name] = value.clone();
    }
    input
}

#[tokio::test]
async fn an_issue_is_created_with_everything() {
    let site = Site::start().await;
    let input = bug(json!({
        "description": "It is **blank**.\n\n- in every browser",
        "assignee": DEVELOPER,
        "reporter": "me",
        "priority": "high",
        "labels": ["login", "ui"],
        "components": ["Website", "10001"],
        "due_date": "2026-12-24",
    }));
    let created = site.step(ADMIN).run("jira.create_issue", input).await.expect("an issue");
    let url = format!("{}/browse/OPS-6", site.sandbox.description().site_url);
    assert_eq!(created, json!({ "id": "10006", "key": "OPS-6", "url": url }));

    let wanted = json!({ "issue": "OPS-6", "fields": ["Components", "Due date"] });
    let read = site.step(ADMIN).run("jira.get_issue_details", wanted).await.expect("details");
    assert_eq!(read["description"], "It is **blank**.\n\n- in every browser");
    assert_eq!([&read["assignee"]["email"], &read["reporter"]["email"]], [DEVELOPER, ADMIN]);
    assert_eq!([&read["priority"], &read["status"], &read["status_category"]], ["High", "To Do", "new"]);
    assert_eq!(read["labels"], json!(["login", "ui"]));
    assert_eq!(read["fields"], json!({ "Components": ["Website", "Backend"], "Due date": "2026-12-24" }));
    site.end();
}

#[tokio::test]
async fn the_effect_is_tagged_in_the_same_request() {
    let site = Site::start().await;
    let step = site.step(ADMIN);
    step.run("jira.create_issue", bug(json!({}))).await.expect("an issue");
    let mut traffic = site.traffic().into_iter();
    let sent = traffic.find(|exchange| exchange.operation == Some("createIssue".into())).expect("a create");
    let body = sent.request_body.expect("a body");
    let tag = json!({ "run": RUN, "step": "file", "effect": "create", "attempt": 1 });
    assert_eq!(body["properties"], json!([{ "key": "flowrun", "value": tag }]));

    let [(_, intent)] = &step.effects.intents()[..] else { panic!("one intent") };
    assert_eq!(intent.target, "project OPS");
    assert_eq!(intent.summary, "create a Bug in project OPS: Login page is blank");
    site.end();
}

#[tokio::test]
async fn what_an_earlier_attempt_made_is_not_made_again() {
    let site = Site::start().await;
    let step = site.step(ADMIN);
    let first = step.run("jira.create_issue", bug(json!({}))).await.expect("an issue");
    let asked = site.traffic().len();
    let second = step.run("jira.create_issue", bug(json!({}))).await.expect("the same issue");
    assert_eq!(first, second);
    assert_eq!((site.effects(), site.traffic().len()), (1, asked));
    site.end();
}

#[tokio::test]
async fn ids_and_other_capitals_do_too() {
    let site = Site::start().await;
    for (project, issue_type) in
        [(json!("10000"), json!("bug")), (json!(10000), json!(10001)), (json!("OPS"), json!("BUG"))]
    {
        let input = json!({ "project": project, "issue_type": issue_type, "summary": "s" });
        site.step(ADMIN).run("jira.create_issue", input).await.expect("an issue");
    }
    assert_eq!(site.effects(), 3);
    site.end();
}

#[tokio::test]
async fn custom_fields_are_named_as_jira_shows_them() {
    let site = Site::start().await;
    let further = json!({
        "Customer": "ACME",
        "steps to reproduce": "1. open\n2. look",
        "customfield_10104": "staging",
        "Approver": DEVELOPER,
    });
    let created = site.step(ADMIN).run("jira.create_issue", bug(json!({ "fields": further }))).await.expect("an issue");
    let wanted = json!({ "issue": created["key"], "fields": ["Customer", "Steps to reproduce", "Found in"] });
    let read = site.step(ADMIN).run("jira.get_issue_details", wanted).await.expect("details");
    let expected = json!({ "Customer": "ACME", "Steps to reproduce": "1. open\n2. look", "Found in": "Staging" });
    assert_eq!(read["fields"], expected);

    let screen = site.step(ADMIN).fail("jira.create_issue", bug(json!({ "fields": { "Nothing": 1 } }))).await;
    assert_snapshot!(screen, @r"
    FR0701 `fields.Nothing` NoEffect
    field `Nothing` is not on the create screen of Bug in OPS; it has `Issue Type`, `Project`, `Summary`, `Description`, `Priority`, `Assignee`, `Reporter`, `Labels`, `Components`, `Due date`, `Customer`, `Steps to reproduce`, `Found in`, `Approver`
    ");
    site.end();
}

#[tokio::test]
async fn whatever_markdown_can_say_is_taken() {
    let site = Site::start().await;
    let description = "# Title\n\nline\nline **bold** `code` [a](https://x.y) [b](javascript:1) <br> <b>x</b>\n\n\
                       - # head\n- > quote\n  1. deep\n- - empty\n-\n\n> # head\n> > inner\n> | a |\n> | - |\n> | b |\n\n\
                       | a | b |\n| - | - |\n| 1 |  |\n\n---\n\n```rust\nfn main() {}\n```\n\n```\n```\n\n<div>\n</div>";
    site.step(ADMIN).run("jira.create_issue", bug(json!({ "description": description }))).await.expect("an issue");
    site.step(ADMIN)
        .run("jira.add_comments", json!({ "issue": "OPS-6", "comment": description }))
        .await
        .expect("a comment");
    site.end();
}

#[tokio::test]
async fn a_sub_task_belongs_to_an_issue() {
    let site = Site::start().await;
    let input = json!({ "project": "OPS", "issue_type": "Sub-task", "summary": "s", "parent": "OPS-1" });
    site.step(ADMIN).run("jira.create_issue", input).await.expect("a sub-task");
    let orphan = json!({ "project": "OPS", "issue_type": "Sub-task", "summary": "s" });
    assert_snapshot!(site.step(ADMIN).fail("jira.create_issue", orphan).await, @r"
    FR0701 `parent` NoEffect
    the create screen of Sub-task in OPS requires `Parent`
    help: give each under its own input, or under `fields` by its name
    ");
    site.end();
}

#[tokio::test]
async fn nobody_and_default_are_assignees() {
    let site = Site::start().await;
    for who in [json!(null), json!("default")] {
        let created =
            site.step(ADMIN).run("jira.create_issue", bug(json!({ "assignee": who }))).await.expect("an issue");
        let read = site.step(ADMIN).run("jira.get_issue_details", json!({ "issue": created["key"] })).await;
        assert_eq!(read.expect("details")["assignee"], Value::Null);
    }
    site.end();
}

#[tokio::test]
async fn names_that_are_not_there_are_explained_before_anything_is_sent() {
    let site = Site::start().await;
    let faults = [
        json!({ "project": "NOPE" }),
        json!({ "issue_type": "Bugg" }),
        json!({ "priority": "Urgent" }),
        json!({ "components": ["Web site"] }),
        json!({ "assignee": "nobody@example.com" }),
        json!({ "reporter": "Dana Developer" }),
        json!({ "due_date": "2026-02-30" }),
        json!({ "fields": { "Summary": "twice" } }),
        json!({ "fields": { "issuetype": "Task" } }),
        json!({ "description": { "type": "paragraph" } }),
    ];
    let mut told = Vec::new();
    for fault in faults {
        told.push(site.step(ADMIN).fail("jira.create_issue", bug(fault)).await);
    }
    assert_snapshot!(told.join("\n\n"), @r#"
    FR0705 400 `project` NoEffect
    project `NOPE` does not exist, or the user may not create issues in it: No project could be found with key or id 'NOPE'.

    FR0701 `issue_type` NoEffect
    project `OPS`: there is no issue type `Bugg` among `Bug`, `Task`, `Story`, `Sub-task`; did you mean `Bug`?

    FR0701 `priority` NoEffect
    field `Priority`: there is no priority `Urgent` among `Highest`, `High`, `Medium`, `Low`, `Lowest`

    FR0701 `components` NoEffect
    field `Components`: there is no component `Web site` among `Website`, `Backend`, `Infrastructure`; did you mean `Website`?

    FR0701 `assignee` NoEffect
    field `Assignee`: Jira finds nobody with the e-mail address `nobody@example.com`
    help: check the address; Jira shows nobody to a user without the permission "Browse users and groups", and a person may hide the address: an account id works in any case

    FR0701 `reporter` NoEffect
    `reporter`: `Dana Developer` is not a user: it takes an e-mail address, an account id, `me`

    FR0701 `due_date` NoEffect
    `due_date`: `2026-02-30` is not a date: it takes one such as `2026-01-31`

    FR0701 `fields.Summary` NoEffect
    `fields` gives `Summary`, which is given already

    FR0701 `fields.issuetype` NoEffect
    `fields` gives `issuetype`, which is given already

    FR0701 `description` NoEffect
    `description`: a rich text is Markdown, or an ADF document: an object with `type: doc`, `version: 1` and a list `content`
    "#);
    assert_eq!(site.effects(), 0);
    site.end();
}

#[tokio::test]
async fn missing_required_fields_are_named_with_what_they_may_be() {
    let required = |field: &str| ("Bug".to_owned(), field.to_owned());
    let required = ["components", "customfield_10102", "customfield_10104", "duedate"].map(required).to_vec();
    let adjustments = Adjustments { required, ..Adjustments::default() };
    let site = Site::with(Options { adjustments, ..Options::default() }).await;
    assert_snapshot!(site.step(ADMIN).fail("jira.create_issue", bug(json!({}))).await, @r"
    FR0701 `components` NoEffect
    the create screen of Bug in OPS requires `Components` (one of `Website`, `Backend`, `Infrastructure`), `Due date`, `Steps to reproduce`, `Found in` (one of `Production`, `Staging`, `Development`)
    help: give each under its own input, or under `fields` by its name
    ");
    assert_eq!(site.effects(), 0);
    site.end();
}

#[tokio::test]
async fn a_user_without_the_permission_is_refused_either_way() {
    for create_without_permission in [CreateRefusal::BadRequest, CreateRefusal::Forbidden] {
        let switches = Switches { create_without_permission, ..Switches::default() };
        let site = Site::with(Options { switches, ..without(REPORTER, "CREATE_ISSUES") }).await;
        let told = site.step(REPORTER).fail("jira.create_issue", bug(json!({}))).await;
        assert!(told.contains("project") && told.contains("NoEffect"), "{told}");
        assert_eq!(site.effects(), 0);
        site.end();
    }
}

#[tokio::test]
async fn a_field_that_needs_a_permission_says_so() {
    let site = Site::start().await;
    let told = site.step(REPORTER).fail("jira.create_issue", bug(json!({ "assignee": "me" }))).await;
    assert_snapshot!(told, @r"
    FR0701 `assignee` NoEffect
    field `assignee` is not on the create screen of Bug in OPS; it has `Issue Type`, `Project`, `Summary`, `Description`, `Priority`, `Labels`, `Components`, `Due date`, `Customer`, `Steps to reproduce`, `Found in`, `Approver`
    help: Jira also leaves it out for users without the permission `ASSIGN_ISSUES`
    ");
    site.end();
}

#[tokio::test]
async fn a_hidden_address_is_no_match() {
    let switches = Switches { emails_hidden: true, ..Switches::default() };
    let site = Site::with(Options { switches, ..Options::default() }).await;
    let told = site.step(ADMIN).fail("jira.create_issue", bug(json!({ "assignee": DEVELOPER }))).await;
    assert_snapshot!(told, @r"
    FR0701 `assignee` NoEffect
    field `Assignee`: Jira shows nobody with the e-mail address `dana@example.com`; it hides the address of Dana Developer (`6410a7e1c3d5f20b6c1e0a02`), who may be meant
    help: give the account id: Jira shows an address only if its owner lets it
    ");
    site.end();
}

#[tokio::test]
async fn a_person_can_say_which_issue_it_was() {
    let site = Site::start().await;
    let step = site.step(ADMIN);
    let adopted = step.adopt("jira.create_issue", bug(json!({})), "OPS-2").await.expect("an issue");
    assert_eq!(adopted, json!({ "id": "10002", "key": "OPS-2" }));
    for wrong in ["OPS-99", "nonsense"] {
        step.adopt("jira.create_issue", bug(json!({})), wrong).await.expect_err("no issue");
    }
    let elsewhere = json!({ "project": "WEB", "issue_type": "Bug", "summary": "s" });
    let told = step.adopt("jira.create_issue", elsewhere, "OPS-2").await.expect_err("another project");
    assert_eq!(told.message, "issue `OPS-2` is not in project `WEB`");
    site.end();
}

#[tokio::test]
async fn somebody_who_cannot_be_assigned_is_told_from_nobody() {
    let site = Site::with(without(REPORTER, "ASSIGNABLE_USER")).await;
    let told = site.step(ADMIN).fail("jira.create_issue", bug(json!({ "assignee": REPORTER }))).await;
    assert_snapshot!(told, @r#"
    FR0701 `assignee` NoEffect
    field `Assignee`: Robin Reporter (`robin@example.com`) exists, but cannot be assigned in project `OPS`
    help: an administrator of the project can grant "Assignable user" (`ASSIGNABLE_USER`) to the person
    "#);
    let approver = bug(json!({ "fields": { "Approver": REPORTER } }));
    site.step(ADMIN).run("jira.create_issue", approver).await.expect("an approver need not be assignable");
    site.end();
}

/// The failure of a create in a world with these adjustments and switches.
async fn failure(input: Value, options: Options) -> String {
    let site = Site::with(options).await;
    let told = site.step(ADMIN).fail("jira.create_issue", bug(input)).await;
    assert_eq!(site.effects(), 0);
    site.end();
    told
}

#[tokio::test]
async fn what_may_fail_is_said_as_declared() {
    let hidden = Switches { emails_hidden: true, ..Switches::default() };
    let required = vec![("Bug".to_owned(), "duedate".to_owned())];
    let requires = Adjustments { required, ..Adjustments::default() };
    let cases = [
        (json!({ "due_date": "2026-02-30" }), Options::default()),
        (json!({ "project": "NOPE" }), Options::default()),
        (json!({}), without(ADMIN, "CREATE_ISSUES")),
        (json!({ "issue_type": "Bugg" }), Options::default()),
        (json!({ "fields": { "Nothing": 1 } }), Options::default()),
        (json!({ "priority": "Urgent" }), Options::default()),
        (json!({}), Options { adjustments: requires, ..Options::default() }),
        (json!({ "assignee": "nobody@example.com" }), Options::default()),
        (json!({ "assignee": DEVELOPER }), Options { switches: hidden, ..Options::default() }),
        (json!({ "assignee": REPORTER }), without(REPORTER, "ASSIGNABLE_USER")),
        (json!({ "fields": { "Labels": ["a".repeat(256)] } }), Options::default()),
    ];
    let mut told = Vec::new();
    for (input, options) in cases {
        told.push(failure(input, options).await);
    }
    said::declared("jira.create_issue", &told);
}
