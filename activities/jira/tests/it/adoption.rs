//! What a person is told of an effect that cannot be shown, and what is refused of their answer.

use flowrun_engine::activity::{Done, Whereabouts};
use flowrun_jira::{Files, catalogue};
use flowrun_jira_sandbox::{Fault, FaultError, FaultRule, Faults, Options};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    prefix::{cases, folder},
    site::{ADMIN, DEVELOPER, Site, attempt},
};

#[tokio::test]
async fn each_effect_says_what_it_is_and_where_a_person_sees_it() {
    let mut told = Vec::new();
    for (name, input, effects) in cases() {
        let (site, folder) = (Site::start().await, folder());
        let catalogue = catalogue(&site.client(ADMIN), &Files::in_directory(folder.path().to_owned()));
        let activity = catalogue.get(name).expect("an activity").as_ref();
        let nothing = Done::default();
        let prepared = attempt("file", 1, &input, &nothing, async |attempt| {
            let reads = activity.read(&attempt).await?;
            activity.prepare(&attempt, &reads)
        });
        let prepared = prepared.await.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        assert_eq!(prepared.len(), effects.len(), "{name}");
        for effect in prepared {
            let Whereabouts { link, query, signs } = *effect.intent.whereabouts.expect("each effect can be seen");
            let page = link.expect("a link").replace(&site.sandbox.description().site_url, "SITE");
            let query = query.map(|query| format!("\n  {query}")).unwrap_or_default();
            told.push(format!("{}\n  {page}{query}\n  {signs}", effect.intent.summary));
        }
        site.end();
    }
    assert_snapshot!(told.join("\n"), @r#"
    assign issue OPS-1 to `6410a7e1c3d5f20b6c1e0a02`
      SITE/browse/OPS-1
      the history of the issue
    attach `a.txt` (5 bytes) to issue OPS-1
      SITE/browse/OPS-1
      the attachments of the issue
    attach `b.txt` (5 bytes) to issue OPS-1
      SITE/browse/OPS-1
      the attachments of the issue
    add comment 1 of 3, of 3 characters, to issue OPS-1
      SITE/browse/OPS-1
      a comment that begins with `one`
    add comment 2 of 3, of 3 characters, to issue OPS-1
      SITE/browse/OPS-1
      a comment that begins with `two`
    add comment 3 of 3, of 5 characters, to issue OPS-1
      SITE/browse/OPS-1
      a comment that begins with `three`
    have `6410a7e1c3d5f20b6c1e0a02` watch issue OPS-1
      SITE/browse/OPS-1
      the watchers of the issue
    log 1h 30m of work on issue OPS-1
      SITE/browse/OPS-1
      the work log of the issue
    create a Bug in project OPS: s
      SITE/browse/OPS
      project = "OPS" AND summary ~ "s" ORDER BY created DESC
      an issue with this summary
    create the project NEW: New
      SITE/browse/NEW
      a project with this key
    delete issue OPS-1
      SITE/browse/OPS-1
      the issue is gone, for everybody
    make a link: issue OPS-1 blocks OPS-2
      SITE/browse/OPS-1
      the linked issues
    make a link: issue OPS-1 is blocked by WEB-1
      SITE/browse/OPS-1
      the linked issues
    add a comment of 1 character to issue OPS-1
      SITE/browse/OPS-1
      a comment that begins with `c`
    change Summary, Labels of issue OPS-1
      SITE/browse/OPS-1
      the history of the issue
    change the status of issue OPS-1 from To Do to Done
      SITE/browse/OPS-1
      the history of the issue
    change the status of issue OPS-1 from To Do to In Progress
      SITE/browse/OPS-1
      the history of the issue
    add a comment of 1 character to issue OPS-1
      SITE/browse/OPS-1
      a comment that begins with `c`
    "#);
}

#[tokio::test]
async fn the_search_finds_the_issue_that_was_created() {
    let site = Site::start().await;
    let step = site.step(ADMIN);
    let input = json!({ "project": "OPS", "issue_type": "Bug", "summary": "Login: \"blank\" AND (slow)" });
    let made = step.run("jira.create_issue", input).await.expect("an issue");
    let (_, intent) = step.effects.intents().pop().expect("an effect");
    let query = intent.whereabouts.and_then(|place| place.query).expect("a search");
    let found = site.step(ADMIN).run("jira.search_issues", json!({ "jql": query })).await.expect("issues");
    assert_eq!(found["issues"][0]["key"], made["key"], "{query}");
    site.end();
}

/// Activity, input, what it makes by its id, and what of somebody else's is refused.
#[tokio::test]
async fn what_cannot_be_what_was_made_is_refused_and_what_people_changed_is_not() {
    let site = Site::start().await;
    let id = |output: &Value, at: &str| output.pointer(at).and_then(Value::as_str).expect("an id").to_owned();
    let cases = [
        ("jira.create_issue", json!({ "project": "OPS", "issue_type": "Task", "summary": "s" }), "/key"),
        ("jira.add_comments", json!({ "issue": "OPS-1", "comment": "c" }), "/ids/0"),
        ("jira.add_worklog", json!({ "issue": "OPS-1", "time_spent": "2h" }), "/id"),
        ("jira.add_attachment", json!({ "issue": "OPS-1", "name": "a.txt", "content": "a" }), "/attachments/0/id"),
    ];
    let mut told = Vec::new();
    for (activity, input, at) in &cases {
        let step = site.step(ADMIN);
        let ours = id(&step.run(activity, input.clone()).await.expect("it is done"), at);
        let theirs = id(&site.step(DEVELOPER).run(activity, input.clone()).await.expect("it is done"), at);
        step.adopt(activity, input.clone(), &ours).await.expect("it is this effect's");
        let refused = step.adopt(activity, input.clone(), &theirs).await.expect_err("it is somebody else's");
        told.push(format!("{activity}: {}", refused.message.replace(&theirs, "THEIRS")));
    }
    let (activity, input, _) = &cases[0];
    let step = site.step(ADMIN);
    let key = id(&step.run(activity, input.clone()).await.expect("it is done"), "/key");
    for wrong in ["OPS-1", "WEB-1", "OPS-999", "x"] {
        let refused = step.adopt(activity, input.clone(), wrong).await.expect_err("it is another one");
        told.push(refused.message);
    }
    let renamed = json!({ "issue": key, "summary": "told better" });
    site.step(DEVELOPER).run("jira.update_issue", renamed).await.expect("it is done");
    step.adopt(activity, input.clone(), &key).await.expect("a person may have changed the summary since");
    assert_snapshot!(told.join("\n"), @"
    jira.create_issue: issue `THEIRS` was made by somebody else: Dana Developer
    jira.add_comments: comment `THEIRS` was made by somebody else: Dana Developer
    jira.add_worklog: worklog `THEIRS` was made by somebody else: Dana Developer
    jira.add_attachment: attachment `THEIRS` was made by somebody else: Dana Developer
    issue `OPS-1` was there before
    issue `WEB-1` is not in project `OPS`
    issue `OPS-999` does not exist, or is not visible to the user (404): Issue does not exist or you do not have permission to see it.
    `x` is neither an issue's key nor its id
    ");
    site.end();
}

#[tokio::test]
async fn a_change_that_did_not_happen_is_not_taken_for_one_that_did() {
    let unavailable = FaultError { status: 503, body: None, retry_after: None };
    let lost = |operation: &str| FaultRule {
        operation: Some(operation.into()),
        issue: None,
        skip: 0,
        times: Some(1),
        fault: Fault::ErrorBefore(unavailable.clone()),
    };
    let operations = ["assignIssue", "addWatcher", "editIssue", "doTransition", "linkIssues"];
    let rules = operations.into_iter().map(lost).collect();
    let site = Site::with(Options { faults: Faults { rules }, ..Options::default() }).await;
    let cases = [
        ("jira.add_assignee", json!({ "issue": "OPS-1", "assignee": "me" })),
        ("jira.add_watcher", json!({ "issue": "OPS-1", "user": DEVELOPER })),
        ("jira.update_issue", json!({ "issue": "OPS-1", "summary": "t" })),
        ("jira.update_issue_status", json!({ "issue": "OPS-1", "status": "Done" })),
        ("jira.link_issues", json!({ "issue": "OPS-1", "link": "blocks", "to": "OPS-2" })),
    ];
    let mut told = Vec::new();
    for (activity, input) in cases {
        let step = site.step(ADMIN);
        step.run(activity, input.clone()).await.expect_err("the answer is lost");
        let refused = step.adopt(activity, input.clone(), "OPS-1").await.expect_err("it did not happen");
        told.push(format!("{activity}: {}", refused.message));
        site.step(ADMIN).run(activity, input.clone()).await.expect("a person did it");
        step.adopt(activity, input, "OPS-1").await.expect("it is so now");
    }
    assert_snapshot!(told.join("\n"), @"
    jira.add_assignee: it did not happen: the assignee of issue `OPS-1` is the one from before
    jira.add_watcher: it did not happen: `6410a7e1c3d5f20b6c1e0a02` is not seen to watch issue `OPS-1`
    jira.update_issue: it did not happen: the fields of issue `OPS-1` are as before
    jira.update_issue_status: it did not happen: issue `OPS-1` has the status from before
    jira.link_issues: there is no link that says: issue OPS-1 blocks OPS-2
    ");
    site.end();
}
