//! `jira.update_issue_status` against the sandbox.

mod conflict;

use flowrun_jira_sandbox::{OffScreenComment, Options, Seed, Switches};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    said,
    site::{ADMIN, DEVELOPER, REPORTER, RUN, Site, without},
};

const ACTIVITY: &str = "jira.update_issue_status";

/// The bodies of the effects that were sent.
fn bodies(site: &Site) -> Vec<Value> {
    let sent = site.traffic().into_iter().filter(|exchange| exchange.method == "POST");
    sent.filter_map(|exchange| exchange.request_body).collect()
}

#[tokio::test]
async fn a_status_is_named_as_jira_shows_it_or_by_id_or_by_its_transition() {
    let site = Site::start().await;
    for (issue, how, from, to, transition) in [
        ("OPS-1", json!({ "status": "in progress" }), "To Do", "In Progress", "In Progress"),
        ("OPS-3", json!({ "status": "10002" }), "To Do", "Done", "Done"),
        ("WEB-2", json!({ "status": "Start work" }), "To Do", "In Progress", "Start work"),
        ("WEB-2", json!({ "transition": "ask for review" }), "In Progress", "In Review", "Ask for review"),
        ("WEB-2", json!({ "transition": "31" }), "In Review", "In Progress", "Back to work"),
    ] {
        let mut input = how.clone();
        input["issue"] = json!(issue);
        let moved = site.step(ADMIN).run(ACTIVITY, input).await.expect("another status");
        assert_eq!(moved, json!({ "key": issue, "from": from, "to": to, "transition": transition }), "{how}");
        assert_eq!(site.read(issue, &[]).await["status"], to);
    }
    assert_eq!(site.effects(), 5);
    site.end();
}

#[tokio::test]
async fn the_transition_is_tagged_and_made_once() {
    let site = Site::start().await;
    let step = site.step(ADMIN);
    let input = json!({ "issue": "10001", "status": "In Progress" });
    let first = step.run(ACTIVITY, input.clone()).await.expect("another status");
    let tag = json!({ "run": RUN, "step": "file", "effect": "transition", "attempt": 1 });
    assert_eq!(
        bodies(&site),
        [json!({ "transition": { "id": "21" }, "properties": [{ "key": "flowrun", "value": tag }] })]
    );
    let [(_, intent)] = &step.effects.intents()[..] else { panic!("one intent") };
    assert_eq!(
        (intent.target.as_str(), intent.summary.as_str()),
        ("issue OPS-1", "change the status of issue OPS-1 from To Do to In Progress")
    );
    assert_eq!([&intent.baseline["status"], &intent.baseline["wanted"]], ["10000", "10001"]);

    assert_eq!(step.run(ACTIVITY, input.clone()).await, Ok(first), "a later attempt of the same step");
    assert_eq!(site.effects(), 1);
    let adopted = step.adopt(ACTIVITY, input.clone(), "OPS-1").await.expect("its result");
    assert_eq!(adopted["output"]["transition"], "In Progress");
    step.adopt(ACTIVITY, input, "OPS-2").await.expect_err("another issue");
    site.end();
}

#[tokio::test]
async fn an_issue_that_has_the_status_stays_as_it_is_and_gets_its_comment() {
    let site = Site::start().await;
    let input = json!({ "issue": "OPS-2", "status": "In Progress", "resolution": "Done" });
    let stayed = json!({ "key": "OPS-2", "from": "In Progress", "to": "In Progress", "transition": null });
    assert_eq!(site.step(ADMIN).run(ACTIVITY, input).await, Ok(stayed.clone()));
    assert_eq!(site.effects(), 0);

    let step = site.step(ADMIN);
    let input = json!({ "issue": "OPS-2", "status": "In Progress", "comment": "Still at it." });
    assert_eq!(step.run(ACTIVITY, input.clone()).await, Ok(stayed.clone()));
    assert_eq!(step.run(ACTIVITY, input.clone()).await, Ok(stayed), "a later attempt adds it no second time");
    assert_eq!(site.effects(), 1);
    let tag = json!({ "run": RUN, "step": "file", "effect": "comment", "attempt": 1 });
    assert_eq!(bodies(&site)[0]["properties"], json!([{ "key": "flowrun", "value": tag }]));
    let comment = site.sandbox.effects()[0].clone();
    step.adopt(ACTIVITY, input.clone(), "99999").await.expect_err("no such comment");
    step.adopt(ACTIVITY, input, "OPS-2").await.expect_err("no comment's id");
    assert_eq!(comment.operation, "addComment");
    site.end();
}

#[tokio::test]
async fn fields_of_the_screen_are_named_as_jira_shows_them() {
    let site = Site::start().await;
    let input = json!({
        "issue": "WEB-1", "status": "Closed", "resolution": "won't do",
        "fields": { "Fix versions": ["1.1", "2.0"], "Shipped in": ["10021"] },
    });
    site.step(ADMIN).run(ACTIVITY, input).await.expect("another status");
    let found = site.read("WEB-1", &["Resolution", "Fix versions", "Shipped in"]).await;
    let expected = json!({ "Resolution": "Won't Do", "Fix versions": ["1.1", "2.0"], "Shipped in": ["1.1"] });
    assert_eq!((&found["status"], &found["fields"]), (&json!("Closed"), &expected));
    site.end();
}

#[tokio::test]
async fn a_comment_goes_with_the_transition_where_its_screen_has_one() {
    let site = Site::start().await;
    let input = json!({ "issue": "WEB-1", "status": "In Review", "comment": "Please *look*.", "fields": { "Assignee": ADMIN } });
    site.step(ADMIN).run(ACTIVITY, input).await.expect("another status");
    assert_eq!(site.effects(), 1);
    assert!(bodies(&site)[0]["update"]["comment"][0]["add"]["body"].is_object());
    assert_eq!(site.read("WEB-1", &[]).await["assignee"]["email"], ADMIN);

    let step = site.step(ADMIN);
    let input = json!({ "issue": "WEB-1", "status": "Closed", "resolution": "Done", "comment": "Gone live." });
    step.run(ACTIVITY, input.clone()).await.expect("another status");
    let operations: Vec<_> = site.sandbox.effects().into_iter().map(|effect| effect.operation).collect();
    assert_eq!(operations, ["doTransition", "doTransition", "addComment"]);
    let names: Vec<_> = step.effects.intents().iter().map(|(effect, _)| effect.name.to_string()).collect();
    assert_eq!(names, ["transition", "comment"]);
    step.run(ACTIVITY, input).await.expect("the same");
    assert_eq!(site.effects(), 3);
    site.end();
}

#[tokio::test]
async fn a_comment_that_fails_says_what_was_done() {
    let site = Site::with(without(DEVELOPER, "ADD_COMMENTS")).await;
    let input = json!({ "issue": "OPS-1", "status": "Done", "comment": "c" });
    assert_snapshot!(site.step(DEVELOPER).fail(ACTIVITY, input).await, @r"
    FR0703 400 NoEffect
    the status was changed to `Done`, but the comment was not added: Jira refuses this (issue `OPS-1`) (400): You do not have the permission to comment on this issue.
    ");
    let input = json!({ "issue": "OPS-1", "status": "Done", "comment": "c" });
    assert_snapshot!(site.step(DEVELOPER).fail(ACTIVITY, input).await, @r"
    FR0703 400 NoEffect
    the status is `Done` already, and the comment was not added: Jira refuses this (issue `OPS-1`) (400): You do not have the permission to comment on this issue.
    ");
    assert_eq!((site.effects(), &site.read("OPS-1", &[]).await["status"]), (1, &json!("Done")));
    site.end();
}

#[tokio::test]
async fn it_works_whatever_jira_does_with_comments_off_the_screen_and_with_properties() {
    for comment_off_screen in [OffScreenComment::Rejected, OffScreenComment::Dropped] {
        for transition_properties_stored in [true, false] {
            let switches = Switches { comment_off_screen, transition_properties_stored, ..Switches::default() };
            let site = Site::with(Options { switches, ..Options::default() }).await;
            let input = json!({ "issue": "WEB-1", "status": "Closed", "resolution": "Done", "comment": "c" });
            site.step(ADMIN).run(ACTIVITY, input).await.expect("another status");
            let operations: Vec<_> = site.sandbox.effects().into_iter().map(|effect| effect.operation).collect();
            assert_eq!(operations, ["doTransition", "addComment"]);
            site.end();
        }
    }
}

#[tokio::test]
async fn wrong_inputs_are_told_before_anything_is_sent() {
    let site = Site::start().await;
    let mut told = Vec::new();
    for wrong in [
        json!({ "issue": "WEB", "status": "Done" }),
        json!({ "issue": "WEB-99", "status": "Done" }),
        json!({ "issue": "WEB-1", "status": "Done" }),
        json!({ "issue": "WEB-1", "status": "Closd" }),
        json!({ "issue": "WEB-1", "transition": "In Review" }),
        json!({ "issue": "WEB-1", "status": "Closed" }),
        json!({ "issue": "WEB-1", "status": "Closed", "resolution": "Fixed" }),
        json!({ "issue": "WEB-1", "status": "In Review", "resolution": "Done" }),
        json!({ "issue": "WEB-1", "status": "In Review", "fields": { "Assignee": "nobody@example.com" } }),
        json!({ "issue": "WEB-1", "status": "Closed", "resolution": "Done", "fields": { "Fix versions": ["3.0"] } }),
        json!({ "issue": "WEB-1", "status": "Closed", "resolution": "Done", "fields": { "Resolution": "Done" } }),
        json!({ "issue": "WEB-1", "status": "In Review", "fields": { "Comment": "c" } }),
        json!({ "issue": "WEB-1", "status": "In Review", "comment": " " }),
        json!({ "issue": "WEB-1", "status": "In Review", "transition": "Close" }),
    ] {
        told.push(site.step(ADMIN).refuse(ACTIVITY, wrong).await);
    }
    assert_snapshot!(told.join("\n\n"), @r#"
    FR0701 `issue` NoEffect
    `issue`: `WEB` is neither an issue's key, such as `OPS-7`, nor its id

    FR0705 404 NoEffect
    issue `WEB-99` does not exist, or is not visible to the user (404): Issue does not exist or you do not have permission to see it.
    help: check the key; Jira gives the same answer for a missing thing and for one that the user may not see

    FR0701 `status` NoEffect
    issue `WEB-1` is in `In Progress`, and no transition leads it to `Done`; available: `Ask for review` (to `In Review`), `Close` (to `Closed`), `Note` (to `In Progress`)

    FR0701 `status` NoEffect
    issue `WEB-1` is in `In Progress`, and no transition leads it to `Closd`; available: `Ask for review` (to `In Review`), `Close` (to `Closed`), `Note` (to `In Progress`); did you mean `Closed`?

    FR0701 `transition` NoEffect
    issue `WEB-1` is in `In Progress`, and no transition is called `In Review`; available: `Ask for review` (to `In Review`), `Close` (to `Closed`), `Note` (to `In Progress`)
    help: `In Review` is a status: give it as `status`

    FR0701 `resolution` NoEffect
    the screen of transition `Close` requires `Resolution` (one of `Done`, `Won't Do`, `Duplicate`, `Cannot Reproduce`)
    help: give each under its own input, or under `fields` by its name

    FR0701 `resolution` NoEffect
    field `Resolution`: there is no resolution `Fixed` among `Done`, `Won't Do`, `Duplicate`, `Cannot Reproduce`

    FR0701 `resolution` NoEffect
    field `resolution` is not on the screen of transition `Ask for review`; it has `Assignee`

    FR0701 `fields.Assignee` NoEffect
    field `Assignee`: Jira finds nobody with the e-mail address `nobody@example.com`
    help: check the address; Jira shows nobody to a user without the permission "Browse users and groups", and a person may hide the address: an account id works in any case

    FR0701 `fields.Fix versions` NoEffect
    field `Fix versions`: there is no version `3.0` among `1.0`, `1.1`, `2.0`

    FR0701 `fields.Resolution` NoEffect
    `fields` gives `Resolution`, which is given already

    FR0701 `fields.Comment` NoEffect
    field `Comment` cannot be set: comments are added by `jira.add_comments`

    FR0701 `comment` NoEffect
    `comment`: it is empty

    FR0701 `transition` NoEffect
    give either `status` or `transition`, not both
    "#);
    assert_eq!(site.effects(), 0);
    site.end();
}

/// What is said where two transitions lead to the same status.
async fn ambiguous() -> String {
    let workflow = |name: &str| {
        format!(
            r#"
  - name: {name}
    initial: To Do
    transitions:
      - {{ id: "21", name: Start, to: In Progress }}
      - {{ id: "31", name: Resolve, to: Done }}
      - {{ id: "41", name: Close, to: Done }}"#
        )
    };
    let seed = Seed::parse(&format!("workflows:{}{}", workflow("Simple"), workflow("Review"))).expect("a seed");
    let site = Site::with(Options { seed: Some(seed), ..Options::default() }).await;
    let told = site.step(ADMIN).fail(ACTIVITY, json!({ "issue": "OPS-1", "status": "Done" })).await;
    let moved = site.step(ADMIN).run(ACTIVITY, json!({ "issue": "OPS-1", "transition": "Close" })).await;
    assert_eq!(moved.expect("another status")["transition"], "Close");
    site.end();
    told
}

#[tokio::test]
async fn where_several_transitions_lead_to_a_status_one_must_be_named() {
    assert_snapshot!(ambiguous().await, @r"
    FR0701 `status` NoEffect
    several transitions of issue `OPS-1` fit `Done`: `Resolve` (to `Done`) with the id `31`, `Close` (to `Done`) with the id `41`
    help: give the one that is meant as `transition`, by its id or a name that only it has, instead of `status`
    ");
}

#[tokio::test]
async fn what_may_fail_is_said_as_declared() {
    let site = Site::with(without(DEVELOPER, "ADD_COMMENTS")).await;
    let mut told = Vec::new();
    for (who, input) in [
        (ADMIN, json!({ "issue": "OPS", "status": "Done" })),
        (ADMIN, json!({ "issue": "OPS-99", "status": "Done" })),
        (ADMIN, json!({ "issue": "WEB-1", "status": "Done" })),
        (ADMIN, json!({ "issue": "WEB-1", "transition": "Done" })),
        (REPORTER, json!({ "issue": "OPS-1", "status": "Done" })),
        (ADMIN, json!({ "issue": "WEB-1", "status": "In Review", "resolution": "Done" })),
        (ADMIN, json!({ "issue": "WEB-1", "status": "Closed" })),
        (ADMIN, json!({ "issue": "WEB-1", "status": "Closed", "resolution": "Fixed" })),
        (DEVELOPER, json!({ "issue": "OPS-1", "status": "Done", "comment": "c" })),
    ] {
        told.push(site.step(who).refuse(ACTIVITY, input).await);
    }
    assert_eq!(site.effects(), 1);
    site.end();
    told.push(ambiguous().await);
    told.extend(conflict::moved_meanwhile().await);
    said::declared(ACTIVITY, &told);
}

#[tokio::test]
async fn a_wrong_document_is_told_before_the_transition() {
    let site = Site::start().await;
    let wrong = json!({ "type": "doc", "version": 1, "content": [{ "type": "text", "text": "a" }] });
    let input = json!({ "issue": "OPS-1", "status": "Done", "comment": wrong });
    let told = site.step(ADMIN).fail("jira.update_issue_status", input).await;
    assert!(told.contains("`comment`: this is not an ADF document: `content[0]`: a node `text` belongs in"), "{told}");
    assert_eq!(site.effects(), 0);
    site.end();
}
