//! The definitions of worlds of the real activities, written as people write them: an issue or two, what a seed has done to them, and a
//! look at what they have come to. All fourteen activities are in them.

use std::fmt::Write as _;

use crate::{disk::Run, random::Seeded};

/// People of the sandbox.
const PEOPLE: [&str; 3] = ["dana@example.com", "robin@example.com", "admin@example.com"];

/// The issue that is always there.
const FIRST: &str = "open";

/// Another one.
const SECOND: &str = "other";

/// Writes the definition of a run, with so many nodes between the first and the last at most.
pub(super) fn written(seed: u64, run: Run, most: u64) -> String {
    let random = Seeded::named(seed, &format!("{run}"));
    // Most are short: many runs show more than few long ones.
    let longest = if random.once_in(8) { 10 } else { 4 };
    let (between, with_project) = ((1 + random.below(longest)).min(most), random.once_in(6));
    let (with_other, ending) = (random.once_in(2), random.below(6));
    let mut definition = DefinitionText { text: String::new(), issues: vec![FIRST], changed: Vec::new(), between: 0 };
    definition.text += "process: simulated\nversion: 1.0.0\ninputs:\n  title: { type: string }\nnodes:\n";
    definition.beginning(run, with_project, with_other);
    for number in 0..between {
        definition.node(number, &Seeded::named(seed, &format!("{run} node {number}")));
    }
    definition.ending(ending);
    definition.text
}

/// A definition that is being written.
struct DefinitionText {
    text: String,
    /// The nodes that make issues.
    issues: Vec<&'static str>,
    /// What of which issue is changed already: each once, so that in the end it is as its node left it.
    changed: Vec<(&'static str, &'static str)>,
    /// How many nodes there are between the first and the last.
    between: u64,
}

impl DefinitionText {
    fn beginning(&mut self, run: Run, with_project: bool, with_other: bool) {
        let mut project = "OPS".to_owned();
        if with_project {
            let inputs = format!("key: RUN{run}, name: \"${{{{ inputs.title }}}}\", template: kanban");
            self.write("found", "create_project", &[], &inputs);
            "\"${{ nodes.found.key }}\"".clone_into(&mut project);
        }
        let inputs =
            format!("project: {project}, issue_type: Task, summary: \"${{{{ inputs.title }}}}\", labels: [simulated]");
        self.write(FIRST, "create_issue", &[], &inputs);
        if with_other {
            self.issues.push(SECOND);
            self.write(
                SECOND,
                "create_issue",
                &[],
                "project: OPS, issue_type: Bug, summary: The other one, priority: High",
            );
        }
    }

    /// A node that does something to an issue, or looks for somebody.
    fn node(&mut self, number: u64, random: &Seeded) {
        let (issue, person) = (random.one_of(&self.issues), random.one_of(&PEOPLE));
        let mut lines = Vec::new();
        if number > 0 && random.once_in(2) {
            let waits = random.one_of(&["completed", "any", "any"]);
            lines.push(format!("after: {{ n{}: {waits} }}", random.below(number)));
        }
        if random.once_in(3) {
            lines.push(format!("timeout: {}", random.one_of(&["5s", "10s"])));
        }
        if random.once_in(4) {
            lines.push("on_failure: continue".to_owned());
        }
        if random.once_in(4) {
            lines.push(format!("retry: {{ attempts: {}, delay: 1s }}", 1 + random.below(5)));
        }
        let (activity, inputs) = self.work((issue, person), random, &mut lines);
        let inputs = match activity {
            "find_user" => inputs,
            _ => format!("issue: \"${{{{ nodes.{issue}.key }}}}\", {inputs}"),
        };
        self.write(&format!("n{number}"), activity, &lines, &inputs);
        self.between += 1;
    }

    /// What a node does, and its inputs beside the issue.
    fn work(
        &mut self,
        (issue, person): (&'static str, &'static str),
        random: &Seeded,
        lines: &mut Vec<String>,
    ) -> (&'static str, String) {
        let first = |definition: &mut Self, what: &'static str| {
            let is_first = !definition.changed.contains(&(issue, what));
            definition.changed.push((issue, what));
            is_first
        };
        match random.below(10) {
            0 if first(self, "assignee") => ("add_assignee", format!("assignee: {person}")),
            1 if first(self, "summary") => {
                ("update_issue", "summary: \"${{ inputs.title }}, changed\", add_labels: [changed]".to_owned())
            }
            2 if first(self, "status") => {
                let said = random.one_of(&["", ", comment: It has **begun**."]);
                ("update_issue_status", format!("status: In Progress{said}"))
            }
            3 => {
                let to = if self.issues.len() > 1 && issue == FIRST { "\"${{ nodes.other.key }}\"" } else { "OPS-1" };
                let said = random.one_of(&["", ", comment: Not before."]);
                let words = random.one_of(&["blocks", "is blocked by", "relates to"]);
                ("link_issues", format!("link: {words}, to: {to}{said}"))
            }
            4 => ("find_user", random.one_of(&["user: dana@example.com", "name: Robin", "user: me"]).to_owned()),
            5 if random.once_in(2) => {
                items(lines, &PEOPLE, random);
                ("add_watcher", "user: \"${{ item }}\"".to_owned())
            }
            5 => ("add_watcher", format!("user: {}", random.one_of(&[person, "me"]))),
            6 => {
                let more = random.one_of(&["", ", comment: Done.", ", started: \"2026-01-31T09:30:00+01:00\""]);
                ("add_worklog", format!("time_spent: {}{more}", random.one_of(&["30m", "1h 30m", "2d"])))
            }
            7 => ("add_attachment", "name: report.txt, content: \"All of ${{ inputs.title }}.\"".to_owned()),
            8 => {
                items(lines, &["one", "two", "three", "four"], random);
                ("add_comments", "comment: \"Item ${{ item }}\"".to_owned())
            }
            _ => ("add_comments", "comments: [It was **seen**., It is looked at.]".to_owned()),
        }
    }

    /// What an issue has come to is looked at when nothing changes it any more, and it may be deleted then.
    fn ending(&mut self, which: u64) {
        let after = (0..self.between).map(|number| format!("n{number}: any")).collect::<Vec<_>>().join(", ");
        let issue = "issue: \"${{ nodes.open.key }}\"";
        match which {
            0 | 1 => self.write("look", "get_issue_details", &[format!("after: {{ {after} }}")], issue),
            2 => {
                self.write(
                    "find",
                    "search_issues",
                    &[format!("after: {{ {after} }}")],
                    "jql: \"key = ${{ nodes.open.key }}\"",
                );
            }
            3 => self.write("clear", "delete_issue", &[format!("after: {{ {after} }}")], issue),
            4 => {
                self.text += "finally:\n";
                self.write("look", "get_issue_details", &[], issue);
            }
            _ => {}
        }
    }

    fn write(&mut self, id: &str, activity: &str, lines: &[String], inputs: &str) {
        writeln!(self.text, "  {id}:\n    activity: jira.{activity}\n    with: {{ {inputs} }}")
            .expect("a string takes it");
        lines.iter().for_each(|line| writeln!(self.text, "    {line}").expect("a string takes it"));
    }
}

/// A node has a step for each of these.
fn items(lines: &mut Vec<String>, items: &[&str], random: &Seeded) {
    let items: Vec<String> = items.iter().map(|item| format!("'{item}'")).collect();
    lines.push(format!("for_each: \"[{}]\"", items.join(", ")));
    lines.push(format!("max_parallel: {}", 1 + random.below(3)));
    lines.push(format!("on_item_failure: {}", random.one_of(&["stop", "continue"])));
}
