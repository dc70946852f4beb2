//! `jira.link_issues` against the sandbox.

use flowrun_jira_sandbox::{Adjustments, Options, Seed};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    said,
    site::{ADMIN, DEVELOPER, REPORTER, RUN, Site},
};

/// The bodies of the requests that ask for a link.
fn links_sent(site: &Site) -> Vec<Value> {
    let linking = |operation: &Option<String>| operation.as_deref() == Some("linkIssues");
    let sent = site.traffic().into_iter().filter(|exchange| linking(&exchange.operation));
    sent.filter_map(|exchange| exchange.request_body).collect()
}

#[tokio::test]
async fn a_link_is_made_in_the_direction_of_the_words() {
    let expected = [
        ("blocks", "blocks", "10001", "10002"),
        (" Is blocked BY ", "is blocked by", "10002", "10001"),
        ("Cloners", "clones", "10001", "10002"),
        ("10002", "duplicates", "10001", "10002"),
        ("relates to", "relates to", "10001", "10002"),
    ];
    for (given, words, first, second) in expected {
        let site = Site::start().await;
        let input = json!({ "issue": "OPS-1", "link": given, "to": "10002" });
        let linked = site.step(ADMIN).run("jira.link_issues", input).await.expect("a link");
        let told = json!({ "key": "OPS-1", "link": words, "to": "OPS-2", "link_id": "10000", "existed": false });
        assert_eq!(linked, told);
        let [sent] = &*links_sent(&site) else { panic!("one link") };
        assert_eq!(
            (&sent["inwardIssue"]["id"], &sent["outwardIssue"]["id"]),
            (&json!(first), &json!(second)),
            "{given}"
        );
        site.end();
    }
}

#[tokio::test]
async fn a_link_that_is_there_is_not_made_again() {
    let site = Site::start().await;
    let run = async |issue: &str, link: &str, to: &str| {
        let input = json!({ "issue": issue, "link": link, "to": to, "comment": "c" });
        let linked = site.step(ADMIN).run("jira.link_issues", input).await.expect("a link");
        (linked["link_id"].clone(), linked["existed"].clone())
    };
    assert_eq!(run("OPS-1", "blocks", "OPS-2").await, (json!("10000"), json!(false)));
    assert_eq!(run("OPS-2", "is blocked by", "OPS-1").await, (json!("10000"), json!(true)), "from the other end");
    assert_eq!(run("OPS-2", "blocks", "OPS-1").await, (json!("10001"), json!(false)), "the other way round");
    assert_eq!(run("OPS-1", "relates to", "OPS-3").await, (json!("10002"), json!(false)));
    assert_eq!(run("OPS-3", "relates to", "OPS-1").await, (json!("10002"), json!(true)), "neither end is first");
    assert_eq!(site.effects(), 6, "each new link with its comment");
    site.end();
}

#[tokio::test]
async fn the_comment_is_on_the_issue_and_tagged() {
    let site = Site::start().await;
    let input = json!({ "issue": "OPS-2", "link": "is blocked by", "to": "OPS-1", "comment": "Not *before*." });
    site.step(ADMIN).run("jira.link_issues", input).await.expect("a link");
    let sent = site.traffic().into_iter().find(|exchange| exchange.operation.as_deref() == Some("addComment"));
    let sent = sent.expect("a comment");
    assert_eq!(sent.path, "/rest/api/3/issue/OPS-2/comment");
    let tag = json!({ "run": RUN, "step": "file", "effect": "comment", "attempt": 1 });
    assert_eq!(sent.request_body.expect("a body")["properties"], json!([{ "key": "flowrun", "value": tag }]));
    site.end();
}

#[tokio::test]
async fn faults_are_told() {
    let revoked =
        vec![(REPORTER.to_owned(), "LINK_ISSUES".to_owned()), (DEVELOPER.to_owned(), "ADD_COMMENTS".to_owned())];
    let types = "link_types: [{ id: '1', name: Blocks, inward: is blocked by, outward: blocks }, \
                 { id: '2', name: Hinders, inward: is hindered by, outward: blocks }]";
    let seed = Seed::parse(types).expect("a seed");
    let adjustments = Adjustments { revoked, ..Adjustments::default() };
    let site = Site::with(Options { seed: Some(seed), adjustments, ..Options::default() }).await;
    let link = |issue: &str, link: &str, to: &str| json!({ "issue": issue, "link": link, "to": to, "comment": "c" });
    let told = [
        site.step(ADMIN).refuse("jira.link_issues", link("OPS-1", "blocks", "OPS 2")).await,
        site.step(ADMIN).fail("jira.link_issues", link("OPS-1", "is blokked by", "OPS-2")).await,
        site.step(ADMIN).fail("jira.link_issues", link("OPS-1", "blocks", "OPS-2")).await,
        site.step(ADMIN).fail("jira.link_issues", link("OPS-1", "is blocked by", "OPS-99")).await,
        site.step(ADMIN).fail("jira.link_issues", link("OPS-1", "is blocked by", "10001")).await,
        site.step(ADMIN).fail("jira.link_issues", link("OPS-1", "is blocked by", "OPS-1")).await,
        site.step(REPORTER).fail("jira.link_issues", link("OPS-1", "is blocked by", "OPS-2")).await,
        site.step(DEVELOPER).fail("jira.link_issues", link("OPS-1", "is blocked by", "OPS-2")).await,
    ];
    assert_snapshot!(told.join("\n\n"), @r"
    FR0701 `to` NoEffect
    `to`: `OPS 2` is neither an issue's key, such as `OPS-7`, nor its id

    FR0701 `link` NoEffect
    there is no link `is blokked by` among `blocks`, `is blocked by`, `blocks`, `is hindered by`; did you mean `is blocked by`?

    FR0701 `link` NoEffect
    `blocks` can mean several types of links: `Blocks`, `Hinders`
    help: give the name of one, which means its outward direction; for the inward one swap `issue` and `to`

    FR0705 404 NoEffect
    issue `OPS-99` does not exist, or is not visible to the user (404): Issue does not exist or you do not have permission to see it.
    help: check the key; Jira gives the same answer for a missing thing and for one that the user may not see

    FR0701 `to` NoEffect
    issue `OPS-1` cannot be linked to itself

    FR0701 `to` NoEffect
    `to`: an issue cannot be linked to itself

    FR0705 404 NoEffect
    Jira does not link issue `OPS-1` to `OPS-2` (404): No Link Issue Permission for issue.
    help: it needs `LINK_ISSUES` in the project of the issue on the outward side, and both issues need room for one more link

    FR0703 400 NoEffect
    the link was added, but the comment was not: Jira refuses this (issue `OPS-1`) (400): You do not have the permission to comment on this issue.
    ");
    said::declared("jira.link_issues", &told);
    assert_eq!(site.effects(), 1, "the link without its comment");
    site.end();
}

#[tokio::test]
async fn a_person_can_say_that_the_link_was_made() {
    let site = Site::start().await;
    let input = |link: &str| json!({ "issue": "OPS-1", "link": link, "to": "OPS-2" });
    let step = site.step(ADMIN);
    step.run("jira.link_issues", input("blocks")).await.expect("a link");
    let adopted = step.adopt("jira.link_issues", input("blocks"), "OPS-1").await.expect("the link");
    assert_eq!(Some(&adopted), step.effects.done().result("link"));
    step.adopt("jira.link_issues", input("blocks"), "OPS-2").await.expect_err("it was to change the other one");
    site.step(ADMIN).run("jira.delete_issue", json!({ "issue": "OPS-2" })).await.expect("gone, and the link with it");
    step.adopt("jira.link_issues", input("blocks"), "OPS-1").await.expect_err("there is no such link");
    site.end();
}
