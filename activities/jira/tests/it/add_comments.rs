//! `jira.add_comments` against the sandbox.

use insta::assert_snapshot;
use serde_json::json;

use crate::{
    said,
    site::{ADMIN, REPORTER, RUN, Site},
};

#[tokio::test]
async fn comments_are_added_in_order_and_tagged() {
    let site = Site::start().await;
    let input = json!({
        "issue": "OPS-2",
        "comments": ["First, *slanted*", "Second"],
        "visibility": { "type": "group", "value": "jira-users" },
    });
    let added = site.step(ADMIN).run("jira.add_comments", input).await.expect("comments");
    assert_eq!(added["key"], "OPS-2");
    assert_eq!(added["ids"].as_array().map(Vec::len), Some(2));
    let sent = site.traffic();
    let bodies: Vec<_> = sent.iter().filter_map(|exchange| exchange.request_body.as_ref()).collect();
    for (body, effect) in bodies.iter().zip(0..) {
        let tag = json!({ "run": RUN, "step": "file", "effect": format!("comment/{effect}"), "attempt": 1 });
        assert_eq!(body["properties"], json!([{ "key": "flowrun", "value": tag }]));
        assert_eq!(body["visibility"], json!({ "type": "group", "value": "jira-users" }));
    }
    assert_eq!(bodies.len(), 2);
    site.end();
}

#[tokio::test]
async fn an_issue_named_by_id_is_given_by_key() {
    let site = Site::start().await;
    let added = site.step(ADMIN).run("jira.add_comments", json!({ "issue": "10002", "comment": "c" })).await;
    assert_eq!(added.expect("a comment")["key"], "OPS-2");
    site.end();
}

#[tokio::test]
async fn comments_that_were_added_are_not_added_again() {
    let site = Site::start().await;
    let step = site.step(ADMIN);
    let input = |comments: [&str; 3]| json!({ "issue": "OPS-2", "comments": comments });
    let first = step.run("jira.add_comments", input(["a", "b", "c"])).await.expect("comments");
    let second = step.run("jira.add_comments", input(["a", "b", "c"])).await.expect("the same");
    assert_eq!((first, site.effects()), (second, 3));
    site.end();
}

#[tokio::test]
async fn faults_are_told() {
    let site = Site::start().await;
    let step = || site.step(ADMIN);
    let audience = json!({ "type": "role", "value": "Nobody" });
    let told = [
        step().fail("jira.add_comments", json!({ "issue": "OPS-2", "comment": " \n" })).await,
        step().fail("jira.add_comments", json!({ "issue": "OPS-2", "comments": ["a", ""] })).await,
        step().fail("jira.add_comments", json!({ "issue": "OPS-99", "comments": ["a", "b"] })).await,
        site.step(REPORTER).fail("jira.add_comments", json!({ "issue": "OPS-2", "comment": "c" })).await,
        step().refuse("jira.add_comments", json!({ "issue": "OPS 2", "comment": "c" })).await,
        step().fail("jira.add_comments", json!({ "issue": "OPS-2", "comment": "c", "visibility": audience })).await,
    ];
    assert_snapshot!(told.join("\n\n"), @r"
    FR0701 `comment` NoEffect
    `comment`: it is empty

    FR0701 `comments[1]` NoEffect
    `comments[1]`: it is empty

    FR0705 404 NoEffect
    comment 1 of 2 (added before: none): issue `OPS-99` does not exist, or is not visible to the user (404): Issue does not exist or you do not have permission to see it.
    help: check the key; Jira gives the same answer for a missing thing and for one that the user may not see

    FR0703 400 NoEffect
    Jira refuses this (issue `OPS-2`) (400): You do not have the permission to comment on this issue.

    FR0701 `issue` NoEffect
    `issue`: `OPS 2` is neither an issue's key, such as `OPS-7`, nor its id

    FR0703 400 `visibility` NoEffect
    Jira refuses this (issue `OPS-2`) (400): commentLevel: Role 'Nobody' does not exist.
    help: `value` is the name, in the same capitals, of a role of the project that the user is in, or of a group of the user
    ");
    said::declared("jira.add_comments", &told);
    assert_eq!(site.effects(), 0);
    site.end();
}

#[tokio::test]
async fn a_wrong_document_is_told_before_the_first_comment() {
    let site = Site::start().await;
    let wrong = json!({ "type": "doc", "version": 1, "content": [{ "type": "paragaph" }] });
    let told = site.step(ADMIN).fail("jira.add_comments", json!({ "issue": "OPS-2", "comments": ["a", wrong] })).await;
    assert_snapshot!(told, @r"
    FR0701 `comments[1]` NoEffect
    `comments[1]`: this is not an ADF document: `content[0]`: there is no node `paragaph`; did you mean `paragraph`?
    ");
    assert_eq!(site.effects(), 0);
    site.end();
}

#[tokio::test]
async fn a_person_can_say_which_comment_it_was() {
    let site = Site::start().await;
    let step = site.step(ADMIN);
    let input = json!({ "issue": "OPS-1", "comment": "c" });
    let added = step.run("jira.add_comments", input.clone()).await.expect("a comment");
    let id = added["ids"][0].as_str().expect("an id");
    let adopted = step.adopt("jira.add_comments", input.clone(), id).await.expect("a comment");
    assert_eq!(adopted, json!({ "id": id }));
    // The first is the comment of somebody else.
    for wrong in ["10000", "10099", "OPS-1"] {
        step.adopt("jira.add_comments", input.clone(), wrong).await.expect_err("no comment of this effect's");
    }
    site.end();
}
