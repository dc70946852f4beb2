//! `jira.add_watcher` against the sandbox.

use flowrun_jira_sandbox::{Adjustments, Options, Switches};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    said,
    site::{ADMIN, DEVELOPER, REPORTER, Site, without},
};

const DANA: &str = "6410a7e1c3d5f20b6c1e0a02";

#[tokio::test]
async fn a_user_watches_an_issue_once() {
    let site = Site::start().await;
    let told = |existed: bool| Ok(json!({ "key": "OPS-1", "account_id": DANA, "existed": existed }));
    let add = async |who: &str, user: &str| {
        site.step(who).run("jira.add_watcher", json!({ "issue": "10001", "user": user })).await
    };
    assert_eq!(add(ADMIN, DEVELOPER).await, told(false));
    assert_eq!(add(ADMIN, DANA).await, told(true));
    assert_eq!(add(DEVELOPER, "me").await, told(true));
    assert_eq!(site.effects(), 1);
    let bodies: Vec<_> = site.traffic().into_iter().filter_map(|exchange| exchange.request_body).collect();
    assert_eq!(bodies, [json!(DANA)]);
    site.end();
}

#[tokio::test]
async fn me_needs_no_permission_and_sees_itself_without_one() {
    let revoked = ["MANAGE_WATCHERS", "VIEW_VOTERS_AND_WATCHERS"].map(|key| (DEVELOPER.to_owned(), key.to_owned()));
    let adjustments = Adjustments { revoked: revoked.to_vec(), ..Adjustments::default() };
    let site = Site::with(Options { adjustments, ..Options::default() }).await;
    for existed in [false, true] {
        let added = site.step(DEVELOPER).run("jira.add_watcher", json!({ "issue": "OPS-1", "user": "me" })).await;
        assert_eq!(added.expect("a watcher")["existed"], existed);
    }
    site.end();
}

#[tokio::test]
async fn faults_are_told() {
    let site = Site::with(without(REPORTER, "MANAGE_WATCHERS")).await;
    let switches = Switches { emails_hidden: true, ..Switches::default() };
    let hiding = Site::with(Options { switches, ..Options::default() }).await;
    let watch = |issue: &str, user: &str| json!({ "issue": issue, "user": user });
    let told = [
        site.step(ADMIN).refuse("jira.add_watcher", watch("OPS-1", "Dana Developer")).await,
        site.step(ADMIN).fail("jira.add_watcher", watch("OPS-99", "me")).await,
        site.step(ADMIN).fail("jira.add_watcher", watch("OPS-1", "nobody@example.com")).await,
        hiding.step(ADMIN).fail("jira.add_watcher", watch("OPS-1", DEVELOPER)).await,
        site.step(ADMIN).fail("jira.add_watcher", watch("OPS-1", "nobody")).await,
        site.step(ADMIN).fail("jira.add_watcher", watch("HR-1", DANA)).await,
        site.step(REPORTER).fail("jira.add_watcher", watch("OPS-1", DANA)).await,
    ];
    assert_snapshot!(told.join("\n\n"), @r#"
    FR0701 `user` NoEffect
    `user`: `Dana Developer` is not a user: it takes an e-mail address, an account id, `me`

    FR0705 404 NoEffect
    issue `OPS-99` does not exist, or is not visible to the user (404): Issue does not exist or you do not have permission to see it.
    help: check the key; Jira gives the same answer for a missing thing and for one that the user may not see

    FR0701 `user` NoEffect
    Jira finds nobody with the e-mail address `nobody@example.com`
    help: check the address; Jira shows nobody to a user without the permission "Browse users and groups", and a person may hide the address: an account id works in any case

    FR0701 `user` NoEffect
    Jira shows nobody with the e-mail address `dana@example.com`; it hides the address of Dana Developer (`6410a7e1c3d5f20b6c1e0a02`), who may be meant
    help: give the account id: Jira shows an address only if its owner lets it

    FR0705 404 `user` NoEffect
    Jira does not let `nobody` watch issue `OPS-1` (404): The specified user does not exist or you do not have the required permissions.
    help: the account must exist, be active and see the issue; and the site must let users watch issues

    FR0703 400 `user` NoEffect
    Jira does not let `6410a7e1c3d5f20b6c1e0a02` watch issue `HR-1` (400): The user does not have permission to view this issue, and cannot watch it.
    help: the account must exist, be active and see the issue; and the site must let users watch issues

    FR0704 403 NoEffect
    Jira forbids this (issue `OPS-1`) (403): You do not have permission to manage the watcher list.
    help: to have others watch it needs `MANAGE_WATCHERS`; ask an administrator of the project
    "#);
    said::declared("jira.add_watcher", &told);
    assert_eq!(site.effects(), 0);
    for site in [site, hiding] {
        site.end();
    }
}

#[tokio::test]
async fn a_person_can_say_that_it_was_done() {
    let site = Site::start().await;
    let (step, input) = (site.step(ADMIN), json!({ "issue": "OPS-1", "user": DANA }));
    step.run("jira.add_watcher", input.clone()).await.expect("a watcher");
    let adopted: Result<Value, _> = step.adopt("jira.add_watcher", input.clone(), "OPS-1").await;
    assert_eq!(adopted, Ok(json!({ "key": "OPS-1", "account_id": DANA })));
    step.adopt("jira.add_watcher", input, "OPS-2").await.expect_err("it was to change another issue");
    site.end();
}
