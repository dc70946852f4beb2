//! `jira.update_issue` against the sandbox.

use flowrun_jira_sandbox::{EditRefusal, Options, Switches};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    said,
    site::{ADMIN, DEVELOPER, REPORTER, RUN, Site, without},
};

const ACTIVITY: &str = "jira.update_issue";

/// A change of an issue.
fn change(issue: &str, changes: Value) -> Value {
    let mut input = changes;
    input["issue"] = json!(issue);
    input
}

#[tokio::test]
async fn an_issue_is_changed_in_one_request() {
    let site = Site::start().await;
    let step = site.step(ADMIN);
    let input = change(
        "10003",
        json!({
            "summary": "Customers can export orders",
            "description": "As **CSV**.",
            "priority": "low",
            "add_labels": ["csv", "orders"],
            "remove_labels": ["export", "never-there"],
            "due_date": "2026-12-24",
            "fields": { "Customer": "ACME", "Assignee": DEVELOPER },
        }),
    );
    let changed = step.run(ACTIVITY, input.clone()).await.expect("a change");
    let url = format!("{}/browse/OPS-3", site.sandbox.description().site_url);
    assert_eq!(changed, json!({ "id": "10003", "key": "OPS-3", "url": url }));
    let found = site.read("OPS-3", &["Customer", "Due date"]).await;
    assert_eq!([&found["summary"], &found["description"]], ["Customers can export orders", "As **CSV**."]);
    assert_eq!((&found["priority"], &found["labels"]), (&json!("Low"), &json!(["csv", "orders"])));
    assert_eq!(found["fields"], json!({ "Customer": "ACME", "Due date": "2026-12-24" }));
    assert_eq!(found["assignee"]["email"], DEVELOPER);

    let [(_, intent)] = &step.effects.intents()[..] else { panic!("one intent") };
    assert_eq!(intent.target, "issue OPS-3");
    assert_eq!(intent.baseline["fields"]["summary"], "Customers can export their orders");
    assert_eq!(intent.baseline["fields"]["labels"], json!(["export"]));
    let sent = site.traffic().into_iter().find(|exchange| exchange.method == "PUT").expect("a change");
    let tag = json!({ "run": RUN, "step": "file", "effect": "update", "attempt": 1 });
    let body = sent.request_body.expect("a body");
    assert_eq!(body["properties"], json!([{ "key": "flowrun", "value": tag }]));

    assert_eq!(step.run(ACTIVITY, input.clone()).await, Ok(changed), "a later attempt of the same step");
    assert_eq!(site.effects(), 1);
    let adopted = step.adopt(ACTIVITY, input, "OPS-3").await;
    assert_eq!(adopted, Ok(json!({ "id": "10003", "key": "OPS-3" })));
    site.end();
}

#[tokio::test]
async fn every_type_of_field_is_set_by_name() {
    let site = Site::start().await;
    let fields = json!({
        "Environment": "On *iOS*",
        "Components": ["shop", "10011"],
        "Affects versions": ["1.0"],
        "Fix versions": ["1.1", "10022"],
        "Customer": "ACME",
        "Steps to reproduce": "1. open",
        "Story points": "2.5",
        "Found in": "staging",
        "Approver": DEVELOPER,
        "Target date": "2026-12-24",
        "Platforms": ["Web", "10212"],
        "Region": "Asia > Japan",
        "Reviewers": [DEVELOPER, "me"],
        "Introduced in": "1.0",
        "Shipped in": ["2.0"],
        "Runbook": "https://example.com/runbook",
        "Teams": ["blue", "green"],
        "Starts at": "2026-12-24T09:00:00+01:00",
    });
    let names: Vec<_> = fields.as_object().expect("fields").keys().map(String::as_str).collect();
    site.step(ADMIN).run(ACTIVITY, change("WEB-1", json!({ "fields": fields }))).await.expect("a change");
    let found = site.read("WEB-1", &names).await;
    assert_snapshot!(serde_json::to_string_pretty(&found["fields"]).expect("JSON"), @r#"
    {
      "Environment": "On *iOS*",
      "Components": [
        "Shop",
        "Search"
      ],
      "Affects versions": [
        "1.0"
      ],
      "Fix versions": [
        "1.1",
        "2.0"
      ],
      "Customer": "ACME",
      "Steps to reproduce": "1. open",
      "Story points": 2.5,
      "Found in": "Staging",
      "Approver": "6410a7e1c3d5f20b6c1e0a02",
      "Target date": "2026-12-24",
      "Platforms": [
        "Web",
        "iOS"
      ],
      "Region": [
        "Asia",
        "Japan"
      ],
      "Reviewers": [
        "6410a7e1c3d5f20b6c1e0a02",
        "6410a7e1c3d5f20b6c1e0a01"
      ],
      "Introduced in": "1.0",
      "Shipped in": [
        "2.0"
      ],
      "Runbook": "https://example.com/runbook",
      "Teams": [
        "blue",
        "green"
      ],
      "Starts at": "2026-12-24T08:00:00.000+0000"
    }
    "#);

    let cleared: Value = names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    site.step(ADMIN).run(ACTIVITY, change("WEB-1", json!({ "fields": cleared }))).await.expect("a change");
    let found = site.read("WEB-1", &names).await;
    let left: Vec<_> =
        found["fields"].as_object().expect("fields").iter().filter(|(_, value)| !value.is_null()).collect();
    let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty) || value == "";
    assert!(left.iter().all(|(_, value)| empty(value)), "{left:?}");
    site.end();
}

#[tokio::test]
async fn empty_values_clear_their_fields() {
    let site = Site::start().await;
    let full = json!({ "description": "d", "labels": ["a", "b"], "due_date": "2026-12-24" });
    site.step(ADMIN).run(ACTIVITY, change("OPS-1", full)).await.expect("a change");
    let empty = json!({ "description": "", "labels": [], "due_date": null, "fields": { "Components": [] } });
    site.step(ADMIN).run(ACTIVITY, change("OPS-1", empty)).await.expect("a change");
    let found = site.read("OPS-1", &["Due date", "Components"]).await;
    assert_eq!((&found["description"], &found["labels"]), (&json!(""), &json!([])));
    assert_eq!(found["fields"], json!({ "Due date": null, "Components": [] }));
    site.end();
}

#[tokio::test]
async fn it_works_whatever_jira_does_with_properties_and_screens() {
    for (edit_properties_stored, edit_needs_screen) in [(true, true), (true, false), (false, true), (false, false)] {
        let switches = Switches { edit_properties_stored, edit_needs_screen, ..Switches::default() };
        let site = Site::with(Options { switches, ..Options::default() }).await;
        site.step(ADMIN).run(ACTIVITY, change("OPS-1", json!({ "add_labels": ["a"] }))).await.expect("a change");
        assert_eq!(site.read("OPS-1", &[]).await["labels"], json!(["a"]));
        site.end();
    }
}

#[tokio::test]
async fn a_field_that_needs_a_permission_says_so() {
    for fields_need_permissions in [true, false] {
        let switches = Switches { fields_need_permissions, ..Switches::default() };
        let site = Site::with(Options { switches, ..Options::default() }).await;
        let input = change("OPS-1", json!({ "fields": { "Assignee": "me" } }));
        let changed = site.step(REPORTER).run(ACTIVITY, input).await;
        assert_eq!(changed.is_err(), fields_need_permissions);
        let help = changed.err().and_then(|failure| failure.help).unwrap_or_default();
        assert_eq!(help.contains("`ASSIGN_ISSUES`"), fields_need_permissions, "{help}");
        site.end();
    }
}

#[tokio::test]
async fn an_edit_that_jira_refuses_for_want_of_a_permission_is_told() {
    for edit_without_permission in [EditRefusal::BadRequest, EditRefusal::Forbidden] {
        let switches = Switches { edit_without_permission, ..Switches::default() };
        let site = Site::with(Options { switches, ..without(DEVELOPER, "EDIT_ISSUES") }).await;
        let told = site.step(DEVELOPER).fail(ACTIVITY, change("OPS-1", json!({ "summary": "s" }))).await;
        assert!(told.contains("the user may not edit any field of issue `OPS-1`"), "{told}");
        assert_eq!(site.effects(), 0);
        site.end();
    }
}

#[tokio::test]
async fn wrong_inputs_are_told_before_anything_is_sent() {
    let site = Site::start().await;
    let mut told = Vec::new();
    for wrong in [
        json!({}),
        json!({ "labels": ["a"], "add_labels": ["b"] }),
        json!({ "add_labels": ["a"], "remove_labels": ["a"] }),
        json!({ "due_date": "2026-02-30" }),
        json!({ "description": { "type": "paragraph" } }),
        json!({ "priority": "Urgent" }),
        json!({ "summary": "a", "fields": { "Summary": "b" } }),
        json!({ "fields": { "Summary": null } }),
        json!({ "fields": { "Platfroms": ["Web"] } }),
        json!({ "fields": { "Platforms": ["Windows"] } }),
        json!({ "fields": { "Region": ["Europe", "Japan"] } }),
        json!({ "fields": { "Story points": "many" } }),
        json!({ "fields": { "Runbook": "the wiki" } }),
        json!({ "fields": { "Starts at": "tomorrow" } }),
        json!({ "fields": { "Reviewers": ["nobody@example.com"] } }),
        json!({ "fields": { "Fix versions": ["3.0"] } }),
        json!({ "fields": { "Status": "Done" } }),
        json!({ "fields": { "SUMMARY": " " } }),
        json!({ "fields": { "Priority": { "name": "Urgent" } } }),
    ] {
        told.push(site.step(ADMIN).refuse(ACTIVITY, change("WEB-1", wrong)).await);
    }
    told.push(site.step(ADMIN).refuse(ACTIVITY, change("OPS-99", json!({ "summary": "s" }))).await);
    told.push(site.step(ADMIN).refuse(ACTIVITY, change("OLD-1", json!({ "summary": "s" }))).await);
    assert_snapshot!(told.join("\n\n"), @r#"
    FR0701 `issue` NoEffect
    `issue`: there is nothing to change: give `summary`, `description`, `priority`, `labels`, `add_labels`, `remove_labels`, `due_date`, `fields`

    FR0701 `labels` NoEffect
    `labels`: `labels` sets all labels: it cannot be given together with `add_labels`

    FR0701 `remove_labels` NoEffect
    `remove_labels`: the label `a` is both added and removed

    FR0701 `due_date` NoEffect
    `due_date`: `2026-02-30` is not a date: it takes one such as `2026-01-31`

    FR0701 `description` NoEffect
    `description`: a rich text is Markdown, or an ADF document: an object with `type: doc`, `version: 1` and a list `content`

    FR0701 `priority` NoEffect
    field `Priority`: there is no priority `Urgent` among `Highest`, `High`, `Medium`, `Low`, `Lowest`

    FR0701 `fields.Summary` NoEffect
    `fields` gives `Summary`, which is given already

    FR0701 `fields.Summary` NoEffect
    field `Summary` is required, and cannot be cleared

    FR0701 `fields.Platfroms` NoEffect
    field `Platfroms` is not on the edit screen of issue `WEB-1`; it has `Summary`, `Description`, `Environment`, `Priority`, `Security Level`, `Assignee`, `Reporter`, `Labels`, `Components`, `Due date`, `Fix versions`, `Affects versions`, `Customer`, `Steps to reproduce`, `Story points`, `Found in`, `Approver`, `Target date`, `Platforms`, `Region`, `Reviewers`, `Introduced in`, `Shipped in`, `Runbook`, `Teams`, `Starts at`; did you mean `Platforms`?

    FR0701 `fields.Platforms` NoEffect
    field `Platforms`: there is no option `Windows` among `Web`, `iOS`, `Android`

    FR0701 `fields.Region` NoEffect
    field `Region`: below `Europe` there is no option `Japan` among `Germany`, `France`

    FR0701 `fields.Story points` NoEffect
    field `Story points` takes a number, not `"many"`

    FR0701 `fields.Runbook` NoEffect
    field `Runbook` takes an address such as `https://example.com/page`, not `the wiki`

    FR0701 `fields.Starts at` NoEffect
    field `Starts at` takes a date and time such as `2026-01-31T09:30:00+01:00`, not `tomorrow`

    FR0701 `fields.Reviewers` NoEffect
    field `Reviewers`: Jira finds nobody with the e-mail address `nobody@example.com`
    help: check the address; Jira shows nobody to a user without the permission "Browse users and groups", and a person may hide the address: an account id works in any case

    FR0701 `fields.Fix versions` NoEffect
    field `Fix versions`: there is no version `3.0` among `1.0`, `1.1`, `2.0`

    FR0701 `fields.Status` NoEffect
    field `Status` is not on the edit screen of issue `WEB-1`
    help: a status is changed by `jira.update_issue_status`

    FR0703 400 `fields.SUMMARY` NoEffect
    Jira refuses the change of issue `WEB-1` (400): field `Summary`: You must specify a summary of the issue.

    FR0701 `fields.Priority` NoEffect
    field `Priority`: there is no priority `Urgent` among `Highest`, `High`, `Medium`, `Low`, `Lowest`

    FR0705 404 NoEffect
    issue `OPS-99` does not exist, or is not visible to the user (404): Issue does not exist or you do not have permission to see it.
    help: check the key; Jira gives the same answer for a missing thing and for one that the user may not see

    FR0704 NoEffect
    the user may not edit any field of issue `OLD-1`
    help: it needs the permission `EDIT_ISSUES`, and a status in which issues can be edited
    "#);
    assert_eq!(site.effects(), 0);
    site.end();
}

#[tokio::test]
async fn what_may_fail_is_said_as_declared() {
    let site = Site::with(without(DEVELOPER, "EDIT_ISSUES")).await;
    let mut told = Vec::new();
    for (who, issue, input) in [
        (ADMIN, "OPS-1", json!({ "due_date": "2026-02-30" })),
        (ADMIN, "OPS-1", json!({})),
        (ADMIN, "OPS-1", json!({ "labels": [], "add_labels": ["a"] })),
        (ADMIN, "OPS-99", json!({ "summary": "s" })),
        (ADMIN, "OPS-1", json!({ "fields": { "Story points": 1 } })),
        (DEVELOPER, "OPS-1", json!({ "summary": "s" })),
        (ADMIN, "OPS-1", json!({ "priority": "Urgent" })),
        (ADMIN, "OPS-1", json!({ "fields": { "Summary": null } })),
        (ADMIN, "OPS-1", json!({ "fields": { "Labels": ["x".repeat(256)] } })),
    ] {
        told.push(site.step(who).refuse(ACTIVITY, change(issue, input)).await);
    }
    said::declared(ACTIVITY, &told);
    assert_eq!(site.effects(), 0);
    site.end();
}

#[tokio::test]
async fn what_a_choice_may_be_is_told_whatever_was_written() {
    let site = Site::start().await;
    let mut told = Vec::new();
    for fields in [
        json!({ "Found in": ["Staging"] }),
        json!({ "Platforms": [null] }),
        json!({ "Region": ["Europe", null] }),
        json!({ "Found in": { "id": "999" } }),
        json!({ "Approver": "somebody" }),
    ] {
        told.push(site.step(ADMIN).fail(ACTIVITY, change("WEB-1", json!({ "fields": fields }))).await);
    }
    assert_snapshot!(told.join("\n\n"), @r#"
    FR0701 `fields.Found in` NoEffect
    field `Found in` takes one of `Production`, `Staging`, `Development`, not `["Staging"]`

    FR0701 `fields.Platforms` NoEffect
    field `Platforms` takes one of `Web`, `iOS`, `Android`, not `null`

    FR0701 `fields.Region` NoEffect
    field `Region` takes one of `Europe`, `Asia`, not `null`

    FR0703 400 `fields.Found in` NoEffect
    Jira refuses the change of issue `WEB-1` (400): field `Found in` (one of `Production`, `Staging`, `Development`): Option value '999' is not valid

    FR0703 400 `fields.Approver` NoEffect
    Jira refuses the change of issue `WEB-1` (400): field `Approver`: User 'somebody' does not exist.
    help: the account must exist, be active and, as an assignee, be assignable in the project; a user is named by an e-mail address, an account id or `me`
    "#);
    assert_eq!(site.effects(), 0);
    site.end();
}
