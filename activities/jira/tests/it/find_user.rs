//! `jira.find_user` against the sandbox.

use flowrun_jira_sandbox::{Options, Seed, Switches};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    said,
    site::{ADMIN, DEVELOPER, Site, without},
};

const DANA: &str = "6410a7e1c3d5f20b6c1e0a02";

fn dana() -> Value {
    json!({ "account_id": DANA, "display_name": "Dana Developer", "email": DEVELOPER, "active": true })
}

#[tokio::test]
async fn a_user_is_found_in_every_way() {
    let site = Site::start().await;
    let ways = [
        (ADMIN, json!({ "user": "Dana@Example.com" })),
        (ADMIN, json!({ "user": DANA })),
        (ADMIN, json!({ "name": "dana" })),
        (ADMIN, json!({ "name": " Dana Developer " })),
        (DEVELOPER, json!({ "user": "me" })),
    ];
    for (who, input) in ways {
        assert_eq!(site.step(who).run("jira.find_user", input.clone()).await, Ok(dana()), "{input}");
    }
    site.end();
}

fn several() -> Seed {
    let user = |id: &str, name: &str, active: bool| {
        format!(
            "{{ email: {id}@example.com, account_id: {id}, display_name: {name}, groups: [jira-users], active: {active} }}"
        )
    };
    let users = [user("admin", "Alex Admin", true), user("a1", "Ann", true), user("a2", "Ann Lee", true)];
    let more = [user("a3", "Ann Leeds", true), user("a4", "Ann Gone", false)];
    let users = [users.as_slice(), &more].concat().join(", ");
    let everybody = "[{ permissions: [USER_PICKER], to: { groups: [jira-users] } }]";
    let text = format!("users: [{users}]\nglobal_permissions: {everybody}\nprojects: []");
    Seed::parse(&text).expect("a seed")
}

#[tokio::test]
async fn of_several_the_one_who_is_called_exactly_so_is_meant() {
    let options = Options { seed: Some(several()), ..Options::default() };
    let site = Site::with(options).await;
    for (name, id) in [("ann", "a1"), ("Ann Lee", "a2"), ("Ann Leed", "a3"), ("Leeds", "a3")] {
        let found = site.step(ADMIN).run("jira.find_user", json!({ "name": name })).await.expect("a user");
        assert_eq!(found["account_id"], id, "{name}");
    }
    let gone = site.step(ADMIN).run("jira.find_user", json!({ "user": "a4" })).await.expect("a user");
    assert_eq!(gone["active"], false);
    site.end();
}

#[tokio::test]
async fn a_hidden_address_is_null() {
    let switches = Switches { emails_hidden: true, ..Switches::default() };
    let site = Site::with(Options { switches, ..Options::default() }).await;
    let found = site.step(ADMIN).run("jira.find_user", json!({ "user": DANA })).await.expect("a user");
    assert_eq!(found["email"], Value::Null);
    site.end();
}

#[tokio::test]
async fn faults_are_told() {
    let several = Site::with(Options { seed: Some(several()), ..Options::default() }).await;
    let blind = Site::with(without(ADMIN, "USER_PICKER")).await;
    let switches = Switches { emails_hidden: true, ..Switches::default() };
    let hiding = Site::with(Options { switches, ..Options::default() }).await;
    let told = [
        several.step(ADMIN).refuse("jira.find_user", json!({ "user": "Ann Lee" })).await,
        several.step(ADMIN).fail("jira.find_user", json!({ "user": "nobody@example.com" })).await,
        hiding.step(ADMIN).fail("jira.find_user", json!({ "user": DEVELOPER })).await,
        several.step(ADMIN).fail("jira.find_user", json!({ "user": "a9" })).await,
        several.step(ADMIN).fail("jira.find_user", json!({ "name": "Ben" })).await,
        several.step(ADMIN).fail("jira.find_user", json!({ "name": "Ann L" })).await,
        blind.step(ADMIN).fail("jira.find_user", json!({ "user": DANA })).await,
        blind.step(ADMIN).fail("jira.find_user", json!({ "name": "Dana" })).await,
    ];
    assert_snapshot!(told.join("\n\n"), @r#"
    FR0701 `user` NoEffect
    `user`: `Ann Lee` is not a user: it takes an e-mail address, an account id, `me`

    FR0701 `user` NoEffect
    Jira finds nobody with the e-mail address `nobody@example.com`
    help: check the address; Jira shows nobody to a user without the permission "Browse users and groups", and a person may hide the address: an account id works in any case

    FR0701 `user` NoEffect
    Jira shows nobody with the e-mail address `dana@example.com`; it hides the address of Dana Developer (`6410a7e1c3d5f20b6c1e0a02`), who may be meant
    help: give the account id: Jira shows an address only if its owner lets it

    FR0705 404 NoEffect
    the user `a9` does not exist, or is not visible to the user (404): The specified user does not exist or you do not have the required permissions.
    help: check the account id; `name` and e-mail addresses find users, too

    FR0701 `name` NoEffect
    Jira finds nobody whose name begins with `Ben`
    help: check the name; Jira shows nobody to a user without the permission "Browse users and groups", and never a deactivated user: an account id works in any case

    FR0701 `name` NoEffect
    `Ann L` may be any of several users: Ann Lee (`a2`), Ann Leeds (`a3`)
    help: give the whole name, or `user` with the e-mail address or account id

    FR0704 403 NoEffect
    Jira forbids this (the user `6410a7e1c3d5f20b6c1e0a02`) (403): You do not have the permission to browse users and groups.
    help: it needs "Browse users and groups" (`USER_PICKER`); ask a Jira administrator

    FR0701 `name` NoEffect
    Jira finds nobody whose name begins with `Dana`
    help: check the name; Jira shows nobody to a user without the permission "Browse users and groups", and never a deactivated user: an account id works in any case
    "#);
    said::declared("jira.find_user", &told);
    for site in [several, blind, hiding] {
        site.end();
    }
}
