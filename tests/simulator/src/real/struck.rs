//! Definitions with one node whose effect is struck: what it needs before it, and a look at what came of it after.

use flowrun_engine::activity::Catalogue;
use serde_json::json;

use crate::{random::Seeded, world::Beginning};

/// The activities that have effects.
pub(crate) const EFFECTS: [&str; 11] = [
    "create_project",
    "create_issue",
    "update_issue",
    "update_issue_status",
    "add_assignee",
    "add_comments",
    "add_attachment",
    "add_watcher",
    "add_worklog",
    "link_issues",
    "delete_issue",
];

/// The node that is struck.
pub(super) const NODE: &str = "struck";

/// A run of such a definition, and which of the node's effects is struck.
pub(super) fn beginning(seed: u64, effect: &str, catalogue: &Catalogue) -> (Beginning, usize) {
    let random = Seeded::named(seed, effect);
    let (inputs, effects) = match effect {
        "create_project" => ("key: STRUCK, name: Struck, template: kanban", 1),
        "create_issue" => ("project: OPS, issue_type: Task, summary: Struck, labels: [simulated]", 1),
        "update_issue" => ("summary: Changed, add_labels: [changed]", 1),
        "update_issue_status" => ("status: In Progress, comment: It has **begun**.", 2),
        "add_assignee" => ("assignee: dana@example.com", 1),
        "add_comments" => ("comments: [It was **seen**., It is looked at.]", 2),
        "add_attachment" => ("name: report.txt, content: All of it.", 1),
        "add_watcher" => ("user: dana@example.com", 1),
        "add_worklog" => ("time_spent: 30m, comment: Done.", 1),
        "link_issues" => ("link: blocks, to: OPS-1, comment: Not before.", 1),
        "delete_issue" => ("", 1),
        other => unreachable!("`{other}` has no effect"),
    };
    let mut text = "process: struck\nversion: 1.0.0\ninputs:\n  title: { type: string }\nnodes:\n".to_owned();
    let mut node = |id: &str, activity: &str, inputs: &str| {
        text += &format!("  {id}:\n    activity: jira.{activity}\n    with: {{ {inputs} }}\n");
    };
    let needs_issue = !effect.starts_with("create");
    if needs_issue {
        node("open", "create_issue", "project: OPS, issue_type: Task, summary: \"${{ inputs.title }}\"");
        node(NODE, effect, &format!("issue: \"${{{{ nodes.open.key }}}}\", {inputs}"));
    } else {
        node(NODE, effect, inputs);
    }
    match effect {
        "delete_issue" => {}
        "create_project" => {
            node(
                "look",
                "create_issue",
                "project: \"${{ nodes.struck.key }}\", issue_type: Task, summary: The first one",
            );
        }
        "create_issue" => node("look", "get_issue_details", "issue: \"${{ nodes.struck.key }}\""),
        _ => {
            node("look", "get_issue_details", "issue: \"${{ nodes.open.key }}\"");
            text += "    after: { struck: completed }\n";
        }
    }
    let title = ("title".to_owned(), json!(format!("Run of {seed}")));
    let beginning = Beginning { inputs: [title].into_iter().collect(), ..Beginning::written(text, catalogue) };
    (beginning, usize::try_from(random.below(effects)).expect("there are few"))
}
