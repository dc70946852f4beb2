//! Preflight's facts against the sandbox: scopes and permissions of real access tokens.

use std::sync::Arc;

use flowrun_engine::{
    activity::Failure,
    requirement::{Authority, Need, Planned, Requirement, Subject, Verdict},
};
use flowrun_jira::{Client, Files, JiraAuthority, catalogue};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::site::{ADMIN, REPORTER, Site};

fn requirements(activity: &str, input: Value) -> Vec<Requirement> {
    let catalogue = catalogue(&Arc::new(Client::offline()), &Files::none());
    catalogue.get(activity).expect("an activity").requirements(&Planned::Known(input))
}

fn needs(activity: &str, input: Value) -> Vec<Need> {
    requirements(activity, input).into_iter().map(|requirement| requirement.need).collect()
}

/// The verdicts that are not grants.
fn shown(verdicts: Vec<Verdict>) -> String {
    let line = |verdict| match verdict {
        Verdict::Granted => None,
        Verdict::Missing { message, help } => Some(format!("missing: {message}\n  help: {help}")),
        Verdict::NotVisible { message, help } => Some(format!("not visible: {message}\n  help: {help}")),
        Verdict::Absent { message, help } => Some(format!("absent: {message}\n  help: {help}")),
        Verdict::Unknown(why) => Some(format!("unknown: {why}")),
    };
    verdicts.into_iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

async fn check(client: Arc<Client>, needs: &[Need]) -> Result<String, Failure> {
    JiraAuthority::new(client).check(needs).await.map(shown)
}

fn create(more: Value) -> Value {
    let mut input = json!({ "project": "OPS", "issue_type": "Bug", "summary": "s" });
    for (name, value) in more.as_object().into_iter().flatten() {
        input[name] = value.clone();
    }
    input
}

/// What an activity needs for an input, a line each.
fn needed(activity: &str, input: Value) -> String {
    let all = requirements(activity, input).into_iter().map(|requirement| {
        let need = match requirement.need {
            Need::Scopes(scopes) => scopes.classic.into_iter().collect::<Vec<_>>().join(" "),
            Need::Permission { key, subject: Subject::Known { kind, key: on } } => format!("{key} on {kind} {on}"),
            Need::Permission { key, subject } => format!("{key} on {subject:?}"),
        };
        format!("{need}: {} ({:?})", requirement.reason, requirement.basis)
    });
    all.collect::<Vec<_>>().join("\n")
}

#[test]
fn inputs_add_requirements() {
    let shown = |input: Value| needed("jira.create_issue", input);
    assert_snapshot!(shown(create(json!({}))), @r"
    write:jira-work: creates the issue (Documented)
    BROWSE_PROJECTS on project OPS: creates the issue (Documented)
    CREATE_ISSUES on project OPS: creates the issue (Documented)
    read:jira-work: reads the create screen (Documented)
    ");
    let fields = json!({ "fields": { "Approver": ["a@b.c"], "Due Date": "2026-01-31", "reporter": "me" } });
    assert_snapshot!(shown(create(fields)), @r"
    write:jira-work: creates the issue (Documented)
    BROWSE_PROJECTS on project OPS: creates the issue (Documented)
    CREATE_ISSUES on project OPS: creates the issue (Documented)
    read:jira-work: reads the create screen (Documented)
    read:jira-user: looks up `reporter` (Documented)
    read:jira-user: looks up e-mail addresses in `fields`, where a field takes users (CommonKnowledge)
    MODIFY_REPORTER on project OPS: sets `reporter` (CommonKnowledge)
    SCHEDULE_ISSUES on project OPS: sets `due_date` (CommonKnowledge)
    ");
    let more = json!({ "assignee": "a@b.c", "reporter": "me", "due_date": "2026-01-31", "fields": { "security": 1 } });
    assert_snapshot!(shown(create(more)), @r"
    write:jira-work: creates the issue (Documented)
    BROWSE_PROJECTS on project OPS: creates the issue (Documented)
    CREATE_ISSUES on project OPS: creates the issue (Documented)
    read:jira-work: reads the create screen (Documented)
    read:jira-user: looks up `assignee` (Documented)
    read:jira-user: looks up `reporter` (Documented)
    ASSIGN_ISSUES on project OPS: sets `assignee` (CommonKnowledge)
    MODIFY_REPORTER on project OPS: sets `reporter` (CommonKnowledge)
    SCHEDULE_ISSUES on project OPS: sets `due_date` (CommonKnowledge)
    SET_ISSUE_SECURITY on project OPS: sets the security level (CommonKnowledge)
    ");
}

#[test]
fn changes_of_an_issue_need_what_each_of_them_needs() {
    let assignee = json!({ "issue": "OPS-1", "assignee": "a@b.c" });
    assert_snapshot!(needed("jira.add_assignee", assignee), @r"
    write:jira-work: assigns the issue (Documented)
    BROWSE_PROJECTS on issue OPS-1: assigns the issue (Documented)
    ASSIGN_ISSUES on issue OPS-1: assigns the issue (Documented)
    read:jira-work: reads who was assigned before (Documented)
    read:jira-user: looks up `assignee` (Documented)
    ");
    let changes = json!({ "issue": "OPS-1", "due_date": null, "fields": { "Assignee": "me", "Approver": "a@b.c" } });
    assert_snapshot!(needed("jira.update_issue", changes), @r"
    write:jira-work: changes the issue (Documented)
    BROWSE_PROJECTS on issue OPS-1: changes the issue (Documented)
    EDIT_ISSUES on issue OPS-1: changes the issue (Documented)
    read:jira-work: reads the edit screen (Documented)
    read:jira-work: reads what was there before (Documented)
    read:jira-user: looks up `assignee` (Documented)
    read:jira-user: looks up e-mail addresses in `fields`, where a field takes users (CommonKnowledge)
    ASSIGN_ISSUES on issue OPS-1: sets `assignee` (CommonKnowledge)
    SCHEDULE_ISSUES on issue OPS-1: sets `due_date` (CommonKnowledge)
    ");
    let status = json!({ "issue": "OPS-1", "status": "Done", "resolution": "Done", "comment": "c" });
    assert_snapshot!(needed("jira.update_issue_status", status), @r"
    write:jira-work: changes the status (Documented)
    BROWSE_PROJECTS on issue OPS-1: changes the status (Documented)
    TRANSITION_ISSUES on issue OPS-1: changes the status (Documented)
    read:jira-work: reads the available transitions (Documented)
    read:jira-work: reads the status (Documented)
    write:jira-work: adds the comment (Documented)
    ADD_COMMENTS on issue OPS-1: adds the comment (Documented)
    RESOLVE_ISSUES on issue OPS-1: sets `resolution` (CommonKnowledge)
    ");
}

#[test]
fn files_projects_and_searches_have_requirements_too() {
    let file = json!({ "issue": "OPS-1", "name": "a.txt", "content": "a" });
    assert_snapshot!(needed("jira.add_attachment", file), @"
    write:jira-work: attaches files to the issue (Documented)
    BROWSE_PROJECTS on issue OPS-1: attaches files to the issue (Documented)
    CREATE_ATTACHMENTS on issue OPS-1: attaches files to the issue (Documented)
    read:jira-work: reads the issue's attachments (Documented)
    read:jira-work: reads how large a file may be (Documented)
    ");
    let project = |lead: &str| json!({ "key": "NEW", "name": "New", "lead": lead });
    assert_snapshot!(needed("jira.create_project", json!({ "key": "NEW", "name": "New" })), @"
    manage:jira-configuration: creates the project (Documented)
    ADMINISTER on Global: creates the project (Documented)
    read:jira-work: asks whether `key` is free (Documented)
    read:jira-user: looks up `lead` (Documented)
    ");
    assert_snapshot!(needed("jira.create_project", project("a@b.c")), @"
    manage:jira-configuration: creates the project (Documented)
    ADMINISTER on Global: creates the project (Documented)
    read:jira-work: asks whether `key` is free (Documented)
    read:jira-user: looks up `lead` (Documented)
    ");
    assert_snapshot!(needed("jira.create_project", project("5b10a2844c20165700ede21g")), @"
    manage:jira-configuration: creates the project (Documented)
    ADMINISTER on Global: creates the project (Documented)
    read:jira-work: asks whether `key` is free (Documented)
    ");
    let search = json!({ "jql": "project = OPS", "fields": ["Severity"] });
    assert_snapshot!(needed("jira.search_issues", search), @"
    read:jira-work: searches for issues (Documented)
    BROWSE_PROJECTS on Global: searches for issues (Documented)
    read:jira-work: looks up `fields` by name (Documented)
    ");
}

#[test]
fn an_assignee_who_is_known_later_needs_the_permission_all_the_same() {
    let catalogue = catalogue(&Arc::new(Client::offline()), &Files::none());
    let activity = catalogue.get("jira.create_issue").expect("an activity");
    let needs = |assignee: Planned| {
        let known = |text: &str| Planned::Known(json!(text));
        let input =
            [("project", known("OPS")), ("issue_type", known("Bug")), ("summary", known("s")), ("assignee", assignee)];
        let input = Planned::Object(input.map(|(name, value)| (name.to_owned(), value)).into());
        let keys = activity.requirements(&input).into_iter().filter_map(|requirement| match requirement.need {
            Need::Permission { key, .. } => Some(key.into_owned()),
            Need::Scopes(_) => None,
        });
        keys.collect::<Vec<_>>()
    };
    assert_eq!(needs(Planned::Unknown), ["BROWSE_PROJECTS", "CREATE_ISSUES", "ASSIGN_ISSUES"]);
    assert_eq!(needs(Planned::Known(json!("default"))), ["BROWSE_PROJECTS", "CREATE_ISSUES"]);
}

#[tokio::test]
async fn an_administrator_has_everything() {
    let site = Site::start().await;
    let mut all = needs("jira.create_issue", create(json!({ "assignee": ADMIN, "due_date": "2026-01-31" })));
    for activity in ["jira.add_comments", "jira.delete_issue", "jira.get_issue_details"] {
        all.extend(needs(activity, json!({ "issue": "OPS-1" })));
    }
    assert_eq!(check(site.client(ADMIN), &all).await, Ok(String::new()));
    assert_eq!(check(site.basic(ADMIN), &all).await, Ok(String::new()));
    let asked = site.traffic().iter().filter(|exchange| exchange.path.ends_with("/mypermissions")).count();
    assert_eq!(asked, 4, "once for the project and once for the issue, for each of the two");
    assert_eq!(site.effects(), 0);
    site.end();
}

#[tokio::test]
async fn missing_permissions_are_named_with_who_where_and_how() {
    let site = Site::start().await;
    let mut all = needs("jira.delete_issue", json!({ "issue": "OPS-1" }));
    all.extend(needs("jira.create_issue", create(json!({ "assignee": "me" }))));
    assert_snapshot!(check(site.client(REPORTER), &all).await.expect("verdicts"), @r#"
    missing: the user `robin@example.com` may not delete issue `OPS-1`: permission `DELETE_ISSUES` is missing
      help: ask an administrator of project `OPS` to grant "Delete issues" (`DELETE_ISSUES`)
    missing: the user `robin@example.com` may not assign issues in project `OPS`: permission `ASSIGN_ISSUES` is missing
      help: ask an administrator of project `OPS` to grant "Assign issues" (`ASSIGN_ISSUES`)
    "#);
    site.end();
}

#[tokio::test]
async fn missing_scopes_are_named_by_the_consoles_names() {
    let site = Site::start().await;
    let all = needs("jira.create_issue", create(json!({ "assignee": ADMIN })));
    let read_only = site.scoped(ADMIN, &["read:jira-work"]);
    assert_snapshot!(check(read_only, &all).await.expect("verdicts"), @r#"
    missing: the access token lacks the scope `write:jira-work`
      help: add "Create and manage issues" (`write:jira-work`) to the app's Jira API permissions in the developer console, then add the access token again; the granular `read:issue:jira`, `write:attachment:jira`, `write:comment.property:jira`, `write:comment:jira`, `write:issue:jira` would do instead
    missing: the access token lacks the scope `read:jira-user`
      help: add "View user profiles" (`read:jira-user`) to the app's Jira API permissions in the developer console, then add the access token again; the granular `read:application-role:jira`, `read:avatar:jira`, `read:group:jira`, `read:issue:jira`, `read:project:jira`, `read:user:jira` would do instead
    "#);
    let write_only = site.scoped(ADMIN, &["write:jira-work", "read:jira-user"]);
    assert_snapshot!(check(write_only, &all).await.expect("verdicts"), @r#"
    unknown: permissions cannot be read without the scope `read:jira-work`
    unknown: permissions cannot be read without the scope `read:jira-work`
    missing: the access token lacks the scope `read:jira-work`
      help: add "View Jira issue data" (`read:jira-work`) to the app's Jira API permissions in the developer console, then add the access token again; the granular `read:avatar:jira`, `read:field-configuration:jira`, `read:issue-meta:jira` would do instead
    unknown: permissions cannot be read without the scope `read:jira-work`
    "#);
    site.end();
}

#[tokio::test]
async fn scopes_that_are_not_told_are_found_out_by_reading() {
    let site = Site::start().await;
    let all = needs("jira.create_issue", create(json!({ "assignee": ADMIN })));
    let write_only = site.untold(ADMIN, &["write:jira-work", "read:jira-user"]);
    assert_snapshot!(check(write_only, &all).await.expect("verdicts"), @r"
    unknown: Jira does not say which scopes the access token has: whether it has `write:jira-work` is known only when it is used
    unknown: the access token lacks a scope for this (project `OPS`) (401): Unauthorized; scope does not match
    unknown: the access token lacks a scope for this (project `OPS`) (401): Unauthorized; scope does not match
    missing: the access token lacks `read:jira-work`: Jira refused a read that needs it
      help: make an API token that has `read:jira-work`, and add it with `flowrun token add`: scopes cannot be added
    unknown: the access token lacks a scope for this (project `OPS`) (401): Unauthorized; scope does not match
    ");
    let read_only = site.untold(ADMIN, &["read:jira-work"]);
    assert_snapshot!(check(read_only, &all).await.expect("verdicts"), @r"
    unknown: Jira does not say which scopes the access token has: whether it has `write:jira-work` is known only when it is used
    missing: the access token lacks `read:jira-user`: Jira refused a read that needs it
      help: make an API token that has `read:jira-user`, and add it with `flowrun token add`: scopes cannot be added
    ");
    assert_eq!(site.effects(), 0);
    site.end();
}

#[tokio::test]
async fn granular_scopes_do_as_well() {
    let site = Site::start().await;
    let granular = site.scoped(ADMIN, &["delete:issue:jira", "read:jira-work"]);
    assert_eq!(check(granular, &needs("jira.delete_issue", json!({ "issue": "OPS-1" }))).await, Ok(String::new()));
    site.end();
}

#[tokio::test]
async fn a_missing_issue_of_a_visible_project_is_no_missing_grant() {
    let site = Site::start().await;
    let mut all = needs("jira.get_issue_details", json!({ "issue": "OPS-99" }));
    all.extend(needs("jira.create_issue", create(json!({ "project": "NOPE" }))).into_iter().take(2));
    all.extend(needs("jira.get_issue_details", json!({ "issue": "NOPE-1" })));
    assert_snapshot!(check(site.client(ADMIN), &all).await.expect("verdicts"), @r#"
    absent: issue `OPS-99` is not there, or issue security hides it from the user `admin@example.com`
      help: check the key: unless the issue is there by then, the node fails
    not visible: project `NOPE` does not exist, or the user `admin@example.com` may not see it
      help: check the key, or ask an administrator of project `NOPE` to grant "Browse projects" (`BROWSE_PROJECTS`): Jira does not tell the two apart
    not visible: issue `NOPE-1` does not exist, or the user `admin@example.com` may not see it
      help: check the key, or ask an administrator of project `NOPE` to grant "Browse projects" (`BROWSE_PROJECTS`): Jira does not tell the two apart
    "#);
    site.end();
}

#[tokio::test]
async fn each_subject_and_each_project_around_is_asked_for_once() {
    let site = Site::start().await;
    let all: Vec<_> =
        (100..130).flat_map(|number| needs("jira.delete_issue", json!({ "issue": format!("OPS-{number}") }))).collect();
    let told = check(site.client(ADMIN), &all).await.expect("verdicts");
    let named: Vec<_> = told.lines().filter(|line| line.starts_with("absent")).collect();
    assert_eq!(named.len(), 60, "browsing and deleting, for each");
    assert!(named.windows(2).all(|pair| pair[0] <= pair[1]), "in the order of the needs");
    let asked = site.traffic().iter().filter(|exchange| exchange.path.ends_with("/mypermissions")).count();
    assert_eq!(asked, 31, "each issue, and the project");
    site.end();
}

#[tokio::test]
async fn an_access_token_that_is_not_recognised_is_said_first() {
    let site = Site::start().await;
    let failure = check(site.connect("nonsense", &[]), &[]).await.expect_err("a failure");
    assert_eq!(failure.code.to_string(), "FR0902");
    let failure = check(Arc::new(Client::offline()), &[]).await.expect_err("a failure");
    assert_eq!(failure.code.to_string(), "FR0901");
    site.end();
}
