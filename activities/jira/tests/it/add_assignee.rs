//! `jira.add_assignee` against the sandbox.

use flowrun_jira_sandbox::{Options, Switches};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    said,
    site::{ADMIN, DEVELOPER, REPORTER, Site, without},
};

const DANA: &str = "6410a7e1c3d5f20b6c1e0a02";
const ROBIN: &str = "6410a7e1c3d5f20b6c1e0a03";

fn to(assignee: Value) -> Value {
    json!({ "issue": "OPS-1", "assignee": assignee })
}

async fn assignee(site: &Site, issue: &str) -> Value {
    let read = site.step(ADMIN).run("jira.get_issue_details", json!({ "issue": issue })).await.expect("details");
    read["assignee"]["account_id"].clone()
}

#[tokio::test]
async fn everybody_is_assigned_in_every_way() {
    let site = Site::start().await;
    for (who, account_id) in [
        (json!(DEVELOPER), json!(DANA)),
        (json!("Robin@Example.COM"), json!(ROBIN)),
        (json!(DANA), json!(DANA)),
        (json!(null), json!(null)),
        (json!("me"), json!("6410a7e1c3d5f20b6c1e0a01")),
    ] {
        let assigned = site.step(ADMIN).run("jira.add_assignee", to(who.clone())).await.expect("an assignee");
        assert_eq!(assigned, json!({ "key": "OPS-1", "account_id": account_id }), "{who}");
        assert_eq!(assignee(&site, "OPS-1").await, account_id, "{who}");
    }
    assert_eq!(site.effects(), 5);
    site.end();
}

#[tokio::test]
async fn the_default_is_read_back() {
    let site = Site::start().await;
    let by_id = json!({ "issue": "9001", "assignee": "default" });
    let assigned = site.step(ADMIN).run("jira.add_assignee", by_id).await.expect("an assignee");
    assert_eq!(assigned, json!({ "key": "WEB-1", "account_id": DANA }), "the lead of WEB");
    let assigned = site.step(ADMIN).run("jira.add_assignee", to(json!("default"))).await.expect("an assignee");
    assert_eq!(assigned["account_id"], assignee(&site, "OPS-1").await);
    site.end();
}

#[tokio::test]
async fn the_intent_keeps_who_it_was() {
    let site = Site::start().await;
    let step = site.step(ADMIN);
    let input = json!({ "issue": "OPS-2", "assignee": REPORTER });
    let first = step.run("jira.add_assignee", input.clone()).await.expect("an assignee");
    let [(_, intent)] = &step.effects.intents()[..] else { panic!("one intent") };
    assert_eq!(intent.summary, format!("assign issue OPS-2 to `{ROBIN}`"));
    assert_eq!(
        intent.baseline,
        json!({ "key": "OPS-2", "id": "10002", "assignee": DANA, "wanted": ROBIN, "history": 0 })
    );

    let asked = site.traffic().len();
    assert_eq!(step.run("jira.add_assignee", input.clone()).await, Ok(first), "a later attempt of the same step");
    assert_eq!((site.effects(), site.traffic().len()), (1, asked));

    let adopted = step.adopt("jira.add_assignee", input.clone(), "OPS-2").await;
    assert_eq!(adopted, Ok(json!({ "key": "OPS-2", "account_id": ROBIN })));
    let other = step.adopt("jira.add_assignee", input, "OPS-1").await.expect_err("another issue");
    assert_eq!(other.message, "this was to change issue OPS-2, not `OPS-1`");
    site.end();
}

#[tokio::test]
async fn wrong_inputs_are_told_before_anything_is_sent() {
    let site = Site::start().await;
    let mut told = Vec::new();
    for wrong in [
        json!({ "issue": "OPS", "assignee": "me" }),
        json!({ "issue": "OPS-99", "assignee": "me" }),
        json!({ "issue": "NOPE-1", "assignee": "me" }),
        to(json!("Dana Developer")),
        to(json!("")),
        to(json!("dana@example")),
        to(json!("nobody@example.com")),
        to(json!("dana")),
        to(json!("6410a7e1c3d5f20b6c1e0a99")),
        to(json!("dana@example.com, robin@example.com")),
    ] {
        told.push(site.step(ADMIN).refuse("jira.add_assignee", wrong).await);
    }
    assert_snapshot!(told.join("\n\n"), @r#"
    FR0701 `issue` NoEffect
    `issue`: `OPS` is neither an issue's key, such as `OPS-7`, nor its id

    FR0705 404 NoEffect
    issue `OPS-99` does not exist, or is not visible to the user (404): Issue does not exist or you do not have permission to see it.
    help: check the key; Jira gives the same answer for a missing thing and for one that the user may not see

    FR0705 404 NoEffect
    issue `NOPE-1` does not exist, or is not visible to the user (404): Issue does not exist or you do not have permission to see it.
    help: check the key; Jira gives the same answer for a missing thing and for one that the user may not see

    FR0701 `assignee` NoEffect
    `assignee`: `Dana Developer` is not a user: it takes an e-mail address, an account id, `me`, `default`

    FR0701 `assignee` NoEffect
    `assignee`: `` is not a user: it takes an e-mail address, an account id, `me`, `default`

    FR0701 `assignee` NoEffect
    Jira finds nobody with the e-mail address `dana@example`
    help: check the address; Jira shows nobody to a user without the permission "Browse users and groups", and a person may hide the address: an account id works in any case

    FR0701 `assignee` NoEffect
    Jira finds nobody with the e-mail address `nobody@example.com`
    help: check the address; Jira shows nobody to a user without the permission "Browse users and groups", and a person may hide the address: an account id works in any case

    FR0703 400 `assignee` NoEffect
    Jira does not assign issue `OPS-1` to `dana` (400): assignee: User 'dana' does not exist.
    help: the account must exist, be active and be assignable in the project (permission `ASSIGNABLE_USER`); a user is named by an e-mail address, an account id, `me` or `default`, and null is nobody

    FR0703 400 `assignee` NoEffect
    Jira does not assign issue `OPS-1` to `6410a7e1c3d5f20b6c1e0a99` (400): assignee: User '6410a7e1c3d5f20b6c1e0a99' does not exist.
    help: the account must exist, be active and be assignable in the project (permission `ASSIGNABLE_USER`); a user is named by an e-mail address, an account id, `me` or `default`, and null is nobody

    FR0701 `assignee` NoEffect
    `assignee`: `dana@example.com, robin@example.com` is not a user: it takes an e-mail address, an account id, `me`, `default`
    "#);
    assert_eq!(site.effects(), 0);
    site.end();
}

#[tokio::test]
async fn what_may_fail_is_said_as_declared() {
    let hidden = Options { switches: Switches { emails_hidden: true, ..Switches::default() }, ..Options::default() };
    let mut told = Vec::new();
    for (input, options) in [
        (to(json!("Ann Lee")), Options::default()),
        (json!({ "issue": "OPS-99", "assignee": null }), Options::default()),
        (to(json!("nobody@example.com")), Options::default()),
        (to(json!(DEVELOPER)), hidden),
        (to(json!(REPORTER)), without(REPORTER, "ASSIGNABLE_USER")),
        (to(json!(ROBIN)), without(REPORTER, "ASSIGNABLE_USER")),
        (to(json!(null)), without(ADMIN, "ASSIGN_ISSUES")),
    ] {
        let site = Site::with(options).await;
        told.push(site.step(ADMIN).refuse("jira.add_assignee", input).await);
        assert_eq!(site.effects(), 0);
        site.end();
    }
    said::declared("jira.add_assignee", &told);
    assert_snapshot!(told[3..].join("\n\n"), @r#"
    FR0701 `assignee` NoEffect
    Jira shows nobody with the e-mail address `dana@example.com`; it hides the address of Dana Developer (`6410a7e1c3d5f20b6c1e0a02`), who may be meant
    help: give the account id: Jira shows an address only if its owner lets it

    FR0701 `assignee` NoEffect
    Robin Reporter (`robin@example.com`) exists, but cannot be assigned to issue `OPS-1`
    help: an administrator of the project can grant "Assignable user" (`ASSIGNABLE_USER`) to the person

    FR0703 400 `assignee` NoEffect
    Jira does not assign issue `OPS-1` to `6410a7e1c3d5f20b6c1e0a03` (400): assignee: User '6410a7e1c3d5f20b6c1e0a03' cannot be assigned issues.
    help: the account must exist, be active and be assignable in the project (permission `ASSIGNABLE_USER`); a user is named by an e-mail address, an account id, `me` or `default`, and null is nobody

    FR0704 403 NoEffect
    Jira forbids this (issue `OPS-1`) (403): You do not have permission to assign issues.
    help: it needs `BROWSE_PROJECTS` and `ASSIGN_ISSUES`; ask an administrator of the project
    "#);
}

#[tokio::test]
async fn somebody_who_may_not_look_finds_nobody() {
    let site = Site::with(without(ADMIN, "USER_PICKER")).await;
    site.step(ADMIN).run("jira.add_assignee", to(json!(DEVELOPER))).await.expect("who may assign finds the assignable");
    let told = site.step(ADMIN).fail("jira.add_assignee", to(json!("nobody@example.com"))).await;
    assert!(told.contains("\"Browse users and groups\""), "{told}");
    site.end();
}

#[tokio::test]
async fn an_account_id_works_wherever_jira_takes_it() {
    for assignee_must_be_assignable in [true, false] {
        let switches = Switches { assignee_must_be_assignable, emails_hidden: true, ..Switches::default() };
        let site = Site::with(Options { switches, ..without(REPORTER, "ASSIGNABLE_USER") }).await;
        let assigned = site.step(ADMIN).run("jira.add_assignee", to(json!(ROBIN))).await;
        assert_eq!(assigned.is_err(), assignee_must_be_assignable);
        site.end();
    }
}

#[tokio::test]
async fn a_token_with_granular_scopes_is_enough() {
    let site = Site::start().await;
    let scopes = ["read:jira-work", "write:issue:jira"];
    let step = || site.step_of(site.scoped(ADMIN, &scopes));
    step().run("jira.add_assignee", to(json!(DANA))).await.expect("an assignee");
    let told = step().fail("jira.add_assignee", to(json!(DEVELOPER))).await;
    assert!(told.contains("lacks a scope") && told.contains("read:jira-user"), "{told}");
    site.end();
}
