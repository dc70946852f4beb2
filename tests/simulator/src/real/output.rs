//! What completed steps gave equals what the sandbox has.

use std::collections::BTreeMap;

use flowrun_engine::run::{RunState, StepView};
use serde_json::Value;

use super::{Real, SharedSite};
use crate::{
    disk::Run,
    world::{Fault, World},
};

/// What is looked at of an issue.
const FIELDS: &str = "summary,status,labels,assignee,attachment,comment,worklog,issuelinks";

/// The issues that the sandbox has, each looked at once.
#[derive(Default)]
pub(super) struct Issues(BTreeMap<String, Option<Value>>);

/// A step that has completed, and what the sandbox answered to its effects, in their order.
struct Completed<'a> {
    activity: &'a str,
    input: &'a Value,
    output: &'a Value,
    answers: Vec<Value>,
}

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
        let output = step.output.ok_or("it gave nothing")?;
        let activity = node.activity.as_str();
        let completed = Completed { activity, input: step.input, output, answers: self.answers(run, step) };
        let sandbox = self.kind.shared;
        match activity {
            "jira.create_project" => completed.project(sandbox),
            "jira.find_user" => completed.user(sandbox),
            _ => match issues.of(sandbox, &completed.issue()) {
                Some(issue) => completed.of_issue(issue, sandbox),
                None => completed.of_deleted(),
            },
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

impl Issues {
    fn of(&mut self, sandbox: &SharedSite, key: &str) -> Option<&Value> {
        let look = || sandbox.read(&format!("issue/{key}?fields={FIELDS}"));
        self.0.entry(key.to_owned()).or_insert_with(look).as_ref()
    }
}

impl Completed<'_> {
    fn issue(&self) -> String {
        match self.activity {
            "jira.search_issues" => text(&self.output["issues"][0], "key"),
            "jira.create_issue" => text(self.output, "key"),
            _ => text(self.input, "issue"),
        }
    }

    fn project(&self, sandbox: &SharedSite) -> Result<(), Fault> {
        let project = sandbox.read(&format!("project/{}", text(self.input, "key")));
        same(&self.output["id"], &project.unwrap_or_default()["id"])
    }

    fn user(&self, sandbox: &SharedSite) -> Result<(), Fault> {
        let user = sandbox.read(&format!("user?accountId={}", text(self.output, "account_id"))).unwrap_or_default();
        same(&self.output["display_name"], &user["displayName"])?;
        let name = text(&user, "displayName");
        let is_meant = match (self.input["user"].as_str(), self.input["name"].as_str()) {
            (Some("me"), _) => text(&user, "emailAddress") == sandbox.email,
            (Some(email), _) => user["emailAddress"] == email,
            (None, beginning) => beginning.is_some_and(|beginning| name.starts_with(beginning)),
        };
        if is_meant { Ok(()) } else { Err(format!("it found {name} by {}", self.input)) }
    }

    /// Of what was deleted since, nothing is left to be looked at, but that it was made.
    fn of_deleted(&self) -> Result<(), Fault> {
        match self.activity {
            "jira.create_issue" => same(&self.output["key"], &self.answers[0]["key"]),
            _ => Ok(()),
        }
    }

    fn of_issue(&self, issue: &Value, sandbox: &SharedSite) -> Result<(), Fault> {
        let (input, output, answers, fields) = (self.input, self.output, &self.answers, &issue["fields"]);
        match self.activity {
            "jira.create_issue" => same(&output["id"], &issue["id"]),
            "jira.delete_issue" => Err(format!("it is still there: {}", issue["key"])),
            "jira.add_comments" => {
                same(&output["ids"], &answers.iter().map(|answer| answer["id"].clone()).collect())?;
                let ids = output["ids"].as_array().into_iter().flatten();
                ids.map(|id| kept(&fields["comment"]["comments"], id)).collect::<Result<Vec<_>, _>>().map(drop)
            }
            "jira.add_attachment" => {
                let given = &output["attachments"][0];
                // The same file of another effect may have been taken for this one's, before its own request arrived.
                let kept = kept(&fields["attachment"], &given["id"])?;
                same(&given["filename"], &kept["filename"])?;
                same(&given["size"], &kept["size"])
            }
            "jira.add_worklog" => {
                same(&output["id"], &answers[0]["id"])?;
                let kept = kept(&fields["worklog"]["worklogs"], &output["id"])?;
                same(&output["time_spent_seconds"], &kept["timeSpentSeconds"])
            }
            "jira.add_watcher" => {
                let watchers = sandbox.read(&format!("issue/{}/watchers", text(output, "key"))).unwrap_or_default();
                let mut watching = watchers["watchers"].as_array().into_iter().flatten();
                match watching.any(|user| user["accountId"] == output["account_id"]) {
                    true => self.existed(),
                    false => Err(format!("{} does not watch it", output["account_id"])),
                }
            }
            "jira.link_issues" => self.linked(&fields["issuelinks"], sandbox),
            "jira.add_assignee" => same(&output["account_id"], &fields["assignee"]["accountId"]),
            "jira.update_issue" => same(&input["summary"], &fields["summary"]),
            "jira.update_issue_status" => same(&input["status"], &fields["status"]["name"]),
            "jira.get_issue_details" => details(output, issue),
            "jira.search_issues" => details(&output["issues"][0], issue),
            other => Err(format!("nobody knows what {other} gives")),
        }
    }

    /// A link is there, once, unless the other issue is gone.
    fn linked(&self, links: &Value, sandbox: &SharedSite) -> Result<(), Fault> {
        let (words, to) = (text(self.output, "link"), &self.output["to"]);
        let says = |link: &&Value| {
            let at_end = |end: &str, side: &str| link[end]["key"] == *to && link["type"][side] == *words;
            at_end("outwardIssue", "outward") || at_end("inwardIssue", "inward")
        };
        let found: Vec<&Value> = links.as_array().into_iter().flatten().filter(says).collect();
        let id = &self.output["link_id"];
        match found.as_slice() {
            [one] if id.is_null() || one["id"] == *id => self.existed(),
            [] if sandbox.read(&format!("issue/{}", text(self.output, "to"))).is_none() => Ok(()),
            found => Err(format!("it gave link {id}, and the sandbox has {found:?}")),
        }
    }

    /// What says that all was there before had no effect. What was not there before may have been brought about by another effect
    /// while this one was in doubt.
    fn existed(&self) -> Result<(), Fault> {
        match self.output["existed"] == false || self.answers.is_empty() {
            true => Ok(()),
            false => Err(format!("it gave {}, and had {} effects", self.output, self.answers.len())),
        }
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

/// The one with an id among what the sandbox has.
fn kept<'a>(all: &'a Value, id: &Value) -> Result<&'a Value, Fault> {
    let mut all = all.as_array().into_iter().flatten();
    all.find(|one| one["id"] == *id).ok_or_else(|| format!("{id} is not there"))
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn same(given: &Value, kept: &Value) -> Result<(), Fault> {
    if given == kept {
        return Ok(());
    }
    Err(format!("it gave {given}, and the sandbox has {kept}"))
}
