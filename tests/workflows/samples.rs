//! Each process with its sample inputs: it completes, with these effects and no others.

use flowrun_engine::run::{CancellationToken, RunStatus};
use flowrun_jira_sandbox::{Effect, Options};
use serde_json::{Value, json};

use crate::{
    effects::{assert_effects, bold, document, paragraph, plain, told},
    site::{Site, sample},
};

const ADMINISTRATOR: &str = "6410a7e1c3d5f20b6c1e0a01";
const DANA: &str = "6410a7e1c3d5f20b6c1e0a02";

/// Runs a process to its end.
async fn run(name: &str) -> (Value, Vec<Effect>) {
    let site = Site::new(name, Options::default()).await;
    let inputs = sample(name);
    assert_eq!(site.preflight(&inputs).await, Ok(Vec::new()), "nothing is missing");
    let run = site.start(&inputs).await;
    let state = site.engine.drive(run, CancellationToken::new()).await.unwrap();
    assert_eq!(state.status(), RunStatus::Completed, "{:?}", state.error());
    (json!(state.outputs()), site.sandbox.effects())
}

#[tokio::test]
async fn bug_intake() {
    let (outputs, effects) = run("bug-intake").await;
    assert_eq!((&outputs["issue"], &outputs["status"]), (&json!("OPS-6"), &json!("To Do")));
    let bug = json!({ "fields": {
        "project": { "key": "OPS" },
        "issuetype": { "id": "10001" },
        "summary": "Login page is blank",
        "description": document(json!([
            plain("Reported by the "), bold("intake process"), plain(", severity "),
            { "type": "text", "text": "high", "marks": [{ "type": "code" }] }, plain("."),
        ])),
    } });
    let task = json!({ "fields": {
        "project": { "key": "OPS" },
        "issuetype": { "id": "10002" },
        "summary": "Look at OPS-6 today",
    } });
    let file = |name: &str, size: u64, sha256: &str| json!({ "filename": name, "size": size, "mime_type": "text/plain", "sha256": sha256 });
    assert_effects(
        &effects,
        &[
            vec![told("createIssue", "OPS-6", bug)],
            vec![
                told("assignIssue", "OPS-6", json!({ "accountId": DANA })),
                told(
                    "addAttachment",
                    "OPS-6",
                    file("login.log", 190, "8b2ccde98f5bb5a65401cfaf841e5e6332dcf860c6efada37ea56975c9459259"),
                ),
                told(
                    "addAttachment",
                    "OPS-6",
                    file("browser.txt", 105, "5189b5e9574f61d09c4e45460609dbdf9c834c512e441f88e45fbc8803887142"),
                ),
                told(
                    "addComment",
                    "OPS-6",
                    json!({ "body": paragraph("Seen by three customers since nine o'clock.") }),
                ),
            ],
            vec![told("createIssue", "OPS-7", task)],
            vec![told("addComment", "OPS-6", json!({ "body": paragraph("The intake completed.") }))],
        ],
    );
}

#[tokio::test]
async fn release_checklist() {
    let (outputs, effects) = run("release-checklist").await;
    assert_eq!(outputs["release"], "OPS-6");
    assert_eq!(outputs["checks"].as_array().unwrap().len(), 2);
    let release = json!({ "fields": {
        "project": { "key": "OPS" },
        "issuetype": { "id": "10002" },
        "summary": "Release 2.4.0",
        "description": document(json!([
            plain("What must be done before "), bold("2.4.0"), plain(" goes out is in the sub-tasks."),
        ])),
        "labels": ["release"],
    } });
    let check = |summary: &str| {
        json!({ "fields": {
            "project": { "key": "OPS" },
            "issuetype": { "id": "10004" },
            "summary": summary,
            "parent": { "key": "OPS-6" },
        } })
    };
    // The transition has no screen with a comment, so the comment is an effect of its own.
    let started = [
        vec![told("doTransition", "OPS-6", json!({ "transition": { "id": "21" } }))],
        vec![told("addComment", "OPS-6", json!({ "body": paragraph("2 checks are open.") }))],
    ];
    let keys = |number: usize| effects[number].issue.clone().unwrap();
    let mut middle: Vec<_> = vec![
        told("editIssue", "OPS-6", json!({ "fields": { "duedate": "2026-12-18" } })),
        told("assignIssue", "OPS-6", json!({ "accountId": DANA })),
    ];
    let created = (1..effects.len()).filter(|number| effects[*number].operation == "createIssue");
    for number in created {
        let summary = effects[number].body["fields"]["summary"].as_str().unwrap();
        assert!(["Run the regression tests", "Write the release notes"].contains(&summary));
        middle.push(told("createIssue", &keys(number), check(summary)));
    }
    assert_eq!(middle.len(), 4);
    let before = [vec![told("createIssue", "OPS-6", release)], middle];
    assert_effects(&effects, &before.into_iter().chain(started).collect::<Vec<_>>());
}

#[tokio::test]
async fn project_onboarding() {
    let (outputs, effects) = run("project-onboarding").await;
    assert_eq!(outputs["issues"], json!(["SHOP-1", "SHOP-2"]));
    let project = json!({
        "key": "SHOP",
        "name": "Web shop",
        "leadAccountId": DANA,
        "projectTypeKey": "software",
        "projectTemplateKey": "com.pyxis.greenhopper.jira:gh-simplified-kanban-classic",
        "description": "Set up by the onboarding process.",
        "assigneeType": "PROJECT_LEAD",
    });
    let issue = |summary: &str, issue_type: &Value| {
        json!({ "fields": {
            "project": { "key": "SHOP" },
            "issuetype": { "id": issue_type },
            "summary": summary,
            "labels": ["onboarding"],
        } })
    };
    // The new project's issue types are its own.
    let task = &effects[1].body["fields"]["issuetype"]["id"];
    let welcome =
        document(json!([plain("Welcome to "), bold("Web shop"), plain(". Begin here; 2 issues are waiting for you.")]));
    assert_effects(
        &effects,
        &[
            vec![told("createProject", "", project)],
            vec![told("createIssue", "SHOP-1", issue("Invite the team", task))],
            vec![told("createIssue", "SHOP-2", issue("Write down how we work", task))],
            vec![
                told("assignIssue", "SHOP-1", json!({ "accountId": DANA })),
                told("assignIssue", "SHOP-2", json!({ "accountId": DANA })),
            ],
            vec![told("addComment", "SHOP-1", json!({ "body": welcome }))],
        ],
    );
}

#[tokio::test]
async fn stale_issues() {
    let (outputs, effects) = run("stale-issues").await;
    let stale = ["OPS-1", "OPS-2", "OPS-3", "OPS-4"];
    assert_eq!(outputs, json!({ "found": 4, "more": false, "closed": stale }));
    let told_on = |(key, status): (&str, &str)| {
        let text = document(json!([
            plain("Nothing happened here for "), bold("30 days"), plain("; the status is still "),
            { "type": "text", "text": status, "marks": [{ "type": "em" }] },
            plain(". If it still matters, open it again."),
        ]));
        told("addComment", key, json!({ "body": text }))
    };
    let statuses = [("OPS-1", "To Do"), ("OPS-2", "In Progress"), ("OPS-3", "To Do"), ("OPS-4", "To Do")];
    let closed = stale.map(|key| told("doTransition", key, json!({ "transition": { "id": "31" } })));
    assert_effects(&effects, &[statuses.map(told_on).to_vec(), closed.to_vec()]);
}

#[tokio::test]
async fn incident() {
    let (outputs, effects) = run("incident").await;
    assert_eq!(outputs["issue"], "OPS-6");
    let opened = json!({ "fields": {
        "project": { "key": "OPS" },
        "issuetype": { "id": "10001" },
        "summary": "Incident: The shop does not answer",
        "description": { "version": 1, "type": "doc", "content": [
            { "type": "heading", "attrs": { "level": 2 }, "content": [plain("Impact")] },
            { "type": "paragraph", "content": [plain("Nobody can buy anything.")] },
        ] },
        "priority": { "id": "1" },
        "labels": ["incident", "critical"],
    } });
    let evidence = json!({ "filename": "latency.csv", "size": 71, "mime_type": "text/csv", "sha256": "bfabc93417a9c093a27ff6b410edabd370c3d70481d8ba891338eea52a38640d" });
    let started = json!({ "body": paragraph("The incident is being worked on.") });
    assert_effects(
        &effects,
        &[
            vec![told("createIssue", "OPS-6", opened)],
            vec![told("assignIssue", "OPS-6", json!({ "accountId": DANA })), told("addAttachment", "OPS-6", evidence)],
            vec![told("doTransition", "OPS-6", json!({ "transition": { "id": "21" } }))],
            vec![told("addComment", "OPS-6", started)],
            vec![told("addComment", "OPS-6", json!({ "body": paragraph("Opening the incident: completed.") }))],
        ],
    );
}

#[tokio::test]
async fn clean_up() {
    let (outputs, effects) = run("clean-up").await;
    let expected = json!({ "found": ["OPS-4", "OPS-3"], "more": false, "deleted": ["OPS-4", "OPS-3"] });
    assert_eq!(outputs, expected);
    let deleted = |key: &str| vec![told("deleteIssue", key, Value::Null)];
    assert_effects(&effects, &[deleted("OPS-4"), deleted("OPS-3")]);
    assert!(effects.iter().all(|effect| effect.account == ADMINISTRATOR));
}
