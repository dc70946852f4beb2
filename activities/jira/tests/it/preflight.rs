//! The check before a run, whole: a definition, the activities' needs, and the grants of a sandbox's user.

use std::sync::Arc;

use flowrun_engine::{
    definition::{Source, load},
    preflight::preflight,
};
use flowrun_jira::{Client, Files, JiraAuthority, catalogue};
use insta::assert_snapshot;
use serde_json::{Map, json};

use crate::site::{ADMIN, REPORTER, Site};

const DEFINITION: &str = r#"
process: intake
version: 1.0.0
inputs:
  issue: { type: string, default: OPS-2 }
nodes:
  file:
    activity: jira.create_issue
    with: { project: OPS, issue_type: Bug, summary: s, assignee: me }
  note:
    activity: jira.add_comments
    with: { issue: "${{ nodes.file.key }}", comment: c }
  read:
    activity: jira.get_issue_details
    with: { issue: "${{ inputs.issue }}" }
  drop:
    activity: jira.delete_issue
    with: { issue: "${{ nodes.read.key }}" }
"#;

/// What is wanted of a project that the run itself makes.
const ONBOARDING: &str = r#"
process: onboarding
version: 1.0.0
nodes:
  make:
    activity: jira.create_project
    with: { key: NEW, name: New }
  first:
    after: make
    activity: jira.create_issue
    with: { project: NEW, issue_type: Task, summary: s }
  second:
    activity: jira.create_issue
    with: { project: "${{ nodes.make.key }}", issue_type: Task, summary: s }
  note:
    activity: jira.add_attachment
    with: { issue: "${{ nodes.second.key }}", name: a.txt, content: a }
  all:
    after: first
    activity: jira.search_issues
    with: { jql: project = NEW }
"#;

/// What preflight says of the intake, a line for each diagnostic.
async fn told(client: Arc<Client>) -> String {
    told_of(DEFINITION, client).await
}

async fn told_of(definition: &str, client: Arc<Client>) -> String {
    let catalogue = catalogue(&client, &Files::none());
    let loaded = load(&Source::new("process.yaml", definition), &catalogue);
    assert_eq!(loaded.diagnostics, []);
    let definition = loaded.definition.expect("a definition");
    let inputs = Map::from_iter([("issue".to_owned(), json!("OPS-2"))]);
    let found = preflight(&definition, &inputs, &catalogue, &JiraAuthority::new(client)).await.expect("an answer");
    let lines = found.into_iter().map(|found| {
        format!("{} {:?} {}: {}", found.code, found.severity, found.node.unwrap_or_default(), found.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn every_missing_grant_is_told_with_its_node() {
    let site = Site::start().await;
    assert_eq!(told(site.client(ADMIN)).await, "");
    assert_snapshot!(told(site.client(REPORTER)).await, @r"
    FR0603 Warning file: the user `robin@example.com` may not assign issues in project `OPS`: permission `ASSIGN_ISSUES` is missing (`file` sets `assignee`)
    FR0601 Error note: the user `robin@example.com` may not comment on issues in project `OPS`: permission `ADD_COMMENTS` is missing (`note` adds comments to the issue)
    FR0601 Error drop: the user `robin@example.com` may not delete issue `OPS-2`: permission `DELETE_ISSUES` is missing (`drop` deletes the issue)
    ");
    assert_snapshot!(told(site.scoped(ADMIN, &["read:jira-work"])).await, @r"
    FR0501 Error file: the access token lacks the scope `write:jira-work` (`file` creates the issue; `drop` and `note` need it too)
    FR0501 Error file: the access token lacks the scope `read:jira-user` (`file` looks up `assignee`)
    ");
    assert_eq!(site.effects(), 0);
    site.end();
}

#[tokio::test]
async fn what_the_run_makes_itself_need_not_be_there() {
    let site = Site::start().await;
    assert_eq!(told_of(ONBOARDING, site.client(ADMIN)).await, "");
    assert_snapshot!(told_of(ONBOARDING, site.client(REPORTER)).await, @"FR0601 Error make: the user `robin@example.com` may not administer Jira: permission `ADMINISTER` is missing (`make` creates the project)");
    let beside = ONBOARDING.replace("    after: make\n", "");
    assert_snapshot!(told_of(&beside, site.client(ADMIN)).await, @"FR0602 Error first: project `NEW` does not exist, or the user `admin@example.com` may not see it (`first` creates the issue)");
    site.end();
}
