//! The check before a run, whole: a definition, the activities' needs, and the grants of a sandbox's user.

use std::sync::Arc;

use flowrun_engine::{
    definition::{Source, load},
    preflight::preflight,
};
use flowrun_jira::{Client, JiraAuthority, catalogue};
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

/// What preflight says, a line for each diagnostic.
async fn told(client: Arc<Client>) -> String {
    let catalogue = catalogue(&client);
    let loaded = load(&Source::new("intake.yaml", DEFINITION), &catalogue);
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
    FR0501 Error file: the access token lacks the scope `write:jira-work` (`file` creates the issue)
    FR0501 Error file: the access token lacks the scope `read:jira-user` (`file` looks up `assignee`)
    FR0501 Error note: the access token lacks the scope `write:jira-work` (`note` adds comments to the issue)
    FR0501 Error drop: the access token lacks the scope `write:jira-work` (`drop` deletes the issue)
    ");
    assert_eq!(site.effects(), 0);
    site.end();
}
