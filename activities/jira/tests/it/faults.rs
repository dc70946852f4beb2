//! Each fault at each request of the activities: a failure that says that nothing happened is right, and
//! a further attempt of the step does what is left, once.

use flowrun_engine::activity::Certainty;
use flowrun_jira_sandbox::{Fault, FaultError, FaultRateLimit, FaultRule, Faults, Options};
use serde_json::{Value, json};

use crate::site::{ADMIN, DEVELOPER, Site};

/// The activities with inputs, what they call, and how many effects they have.
fn cases() -> Vec<(&'static str, Value, Vec<&'static str>, usize)> {
    let change = json!({ "issue": "OPS-1", "summary": "t", "add_labels": ["a"], "fields": { "Assignee": DEVELOPER } });
    let close = json!({ "issue": "OPS-1", "status": "Done", "resolution": "Done", "comment": "c" });
    let two = json!({ "issue": "OPS-1", "comments": ["a", "b"] });
    vec![
        (
            "jira.add_assignee",
            json!({ "issue": "OPS-1", "assignee": DEVELOPER }),
            vec!["getIssue", "findAssignableUsers", "assignIssue"],
            1,
        ),
        ("jira.update_issue", change, vec!["getEditIssueMeta", "findAssignableUsers", "getIssue", "editIssue"], 1),
        ("jira.update_issue_status", close, vec!["getTransitions", "getIssue", "doTransition", "addComment"], 2),
        ("jira.add_comments", two, vec!["addComment"], 2),
        ("jira.delete_issue", json!({ "issue": "OPS-1" }), vec!["getIssue", "deleteIssue"], 1),
        (
            "jira.add_attachment",
            json!({ "issue": "OPS-1", "name": "a.txt", "content": "a" }),
            vec!["getAttachmentMeta", "getIssue", "addAttachment"],
            1,
        ),
        (
            "jira.create_project",
            json!({ "key": "NEW", "name": "New", "lead": DEVELOPER }),
            vec!["findUsers", "validateProjectKey", "createProject"],
            1,
        ),
        (
            "jira.search_issues",
            json!({ "jql": "project = OPS", "fields": ["Labels"] }),
            vec!["getFields", "searchAndReconsileIssuesUsingJqlPost"],
            0,
        ),
    ]
}

fn faults() -> Vec<Fault> {
    let error = |status| FaultError { status, body: None, retry_after: None };
    vec![
        Fault::DropReply,
        Fault::CutReply,
        Fault::Reset { after: false },
        Fault::Reset { after: true },
        Fault::ErrorBefore(error(503)),
        Fault::ErrorAfter(error(500)),
        Fault::ErrorBefore(error(409)),
        Fault::ErrorAfter(error(409)),
        Fault::RateLimit(FaultRateLimit::default()),
        Fault::Html { status: 502 },
    ]
}

#[tokio::test]
async fn no_fault_at_any_request_is_taken_for_more_or_less_than_it_is() {
    for (activity, input, operations, count) in cases() {
        for operation in operations {
            for fault in faults() {
                check((activity, &input, count), operation, fault).await;
            }
        }
    }
}

async fn check((activity, input, count): (&str, &Value, usize), operation: &str, fault: Fault) {
    let told = format!("{activity}, {operation}: {fault:?}");
    let limited = matches!(fault, Fault::RateLimit(_));
    let rule = FaultRule { operation: Some(operation.into()), issue: None, skip: 0, times: Some(1), fault };
    let site = Site::with(Options { faults: Faults { rules: vec![rule] }, ..Options::default() }).await;
    let step = site.step(ADMIN);
    let Err(failure) = step.run(activity, input.clone()).await else {
        assert_eq!(site.effects(), count, "{told}: completed");
        return;
    };
    let done = step.effects.intents().len();
    match failure.certainty {
        Certainty::Unknown => assert!(done > 0, "{told}: doubt without an intent: {failure}"),
        // The last intent was not carried out.
        Certainty::NoEffect => assert_eq!(site.effects(), done.saturating_sub(1), "{told}: {failure}"),
    }
    if failure.certainty == Certainty::NoEffect && !limited {
        step.run(activity, input.clone()).await.unwrap_or_else(|failure| panic!("{told}, again: {failure}"));
        assert_eq!(site.effects(), count, "{told}: a further attempt does what is left");
    }
}

#[tokio::test]
async fn a_comment_in_doubt_says_that_the_status_was_changed() {
    let rule = FaultRule {
        operation: Some("addComment".into()),
        issue: None,
        skip: 0,
        times: Some(1),
        fault: Fault::DropReply,
    };
    let site = Site::with(Options { faults: Faults { rules: vec![rule] }, ..Options::default() }).await;
    let step = site.step(ADMIN);
    let input = json!({ "issue": "OPS-1", "status": "Done", "comment": "c" });
    let told = step.fail("jira.update_issue_status", input.clone()).await;
    assert!(told.contains("Unknown\nthe status was changed to `Done`, but "), "{told}");
    let comment = step.adopt("jira.update_issue_status", input, "10001").await.expect("the comment");
    assert_eq!(comment, json!({ "id": "10001" }));
}
