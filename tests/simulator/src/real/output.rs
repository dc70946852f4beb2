//! What completed steps gave equals what the sandbox has.

use std::collections::BTreeMap;

use flowrun_engine::run::{RunState, StepView};
use serde_json::Value;

use super::Real;
use crate::{
    disk::Run,
    world::{Fault, World},
};

/// What is looked at of an issue.
const FIELDS: &str = "summary,status,labels,assignee,attachment,comment";

/// The issues that the sandbox has, each looked at once.
#[derive(Default)]
pub(super) struct Issues(BTreeMap<String, Option<Value>>);

impl World<Real<'_>> {
    /// The output of a completed step, held against the sandbox.
    pub(super) fn check_output(
        &self,
        (run, state): (Run, &RunState),
        step: &StepView<'_>,
        issues: &mut Issues,
    ) -> Result<(), Fault> {
        let node = state.definition().node(step.step.node().as_str()).and_then(|node| node.kind.activity());
        let node = node.ok_or("its node is not there")?;
        let (input, output) = (step.input, step.output.ok_or("it gave nothing")?);
        let answers = self.answers(run, step);
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let issue = match node.activity.as_str() {
            "jira.search_issues" => text(&output["issues"][0], "key"),
            "jira.create_issue" => text(output, "key"),
            _ => text(input, "issue"),
        };
        let look = || self.kind.surroundings.read(&format!("issue/{issue}?fields={FIELDS}"));
        let issue = issues.0.entry(issue.clone()).or_insert_with(look).as_ref();
        match (node.activity.as_str(), issue) {
            ("jira.create_project", _) => {
                let project = self.kind.surroundings.read(&format!("project/{}", text(input, "key")));
                same(&output["id"], &project.unwrap_or_default()["id"])
            }
            ("jira.create_issue", None) => same(&output["key"], &answers[0]["key"]),
            ("jira.create_issue", Some(issue)) => same(&output["id"], &issue["id"]),
            ("jira.delete_issue", Some(issue)) => Err(format!("it is still there: {}", issue["key"])),
            // Of what was deleted since, nothing is left to be looked at.
            (_, None) => Ok(()),
            ("jira.add_comments", Some(issue)) => {
                same(&output["ids"], &answers.iter().map(|answer| answer["id"].clone()).collect())?;
                let kept = issue["fields"]["comment"]["comments"].as_array().map_or(&[][..], Vec::as_slice);
                let is_kept = |id: &Value| kept.iter().any(|comment| comment["id"] == *id);
                let gone = output["ids"].as_array().into_iter().flatten().find(|id| !is_kept(id));
                gone.map_or(Ok(()), |id| Err(format!("comment {id} is not there")))
            }
            ("jira.add_attachment", Some(issue)) => {
                let (given, kept) = (&output["attachments"][0], &issue["fields"]["attachment"]);
                same(&given["id"], &answers[0][0]["id"])?;
                let kept = kept.as_array().into_iter().flatten().find(|kept| kept["id"] == given["id"]);
                same(&given["size"], &kept.unwrap_or(&Value::Null)["size"])
            }
            ("jira.add_assignee", Some(issue)) => {
                same(&output["account_id"], &issue["fields"]["assignee"]["accountId"])
            }
            ("jira.update_issue", Some(issue)) => same(&input["summary"], &issue["fields"]["summary"]),
            ("jira.update_issue_status", Some(issue)) => same(&input["status"], &issue["fields"]["status"]["name"]),
            ("jira.get_issue_details", Some(issue)) => details(output, issue),
            ("jira.search_issues", Some(issue)) => details(&output["issues"][0], issue),
            (other, Some(_)) => Err(format!("nobody knows what {other} gives")),
        }
    }

    /// What the sandbox answered to the effects of a step, in their order.
    fn answers(&self, run: Run, step: &StepView<'_>) -> Vec<Value> {
        self.kind.network.delivered(|delivered| {
            let own = delivered.iter().filter(|one| !one.is_copy);
            let own =
                own.filter(|one| one.of.as_ref().is_some_and(|(of, effect)| *of == run && effect.step == step.step));
            own.map(|one| one.answer.clone()).collect()
        })
    }
}

/// What a process sees of an issue is what the sandbox has.
fn details(output: &Value, issue: &Value) -> Result<(), Fault> {
    let fields = &issue["fields"];
    same(&output["id"], &issue["id"])?;
    same(&output["summary"], &fields["summary"])?;
    same(&output["status"], &fields["status"]["name"])?;
    same(&output["labels"], &fields["labels"])?;
    same(&output["assignee"]["account_id"], &fields["assignee"]["accountId"])
}

fn same(given: &Value, kept: &Value) -> Result<(), Fault> {
    if given == kept {
        return Ok(());
    }
    Err(format!("it gave {given}, and the sandbox has {kept}"))
}
