//! Two activities and what they need, and an authority that keeps what it was asked.

use std::sync::Mutex;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::{
    activity::{Activity, Attempt, Description, Failure, Problem, Reads},
    requirement::{Authority, Basis, Need, Planned, Requirement, Scopes, Subject, Verdict},
};

/// `test.create` makes an issue in a project, and a project where it is given a `key`; `test.comment` comments on an issue.
pub(super) struct Work(Description);

impl Work {
    pub(super) fn named(name: &str) -> Self {
        Self(Description::new(name, "Works.", json!({}), json!({})).reading().writing())
    }

    fn creates(&self) -> bool {
        self.0.name.as_str() == "test.create"
    }
}

fn needs(key: &'static str, subject: Subject, reason: &'static str) -> Requirement {
    let need = Need::Permission { key: key.into(), subject };
    Requirement { need, reason: reason.into(), basis: Basis::Documented }
}

#[async_trait]
impl Activity for Work {
    fn description(&self) -> &Description {
        &self.0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        let summary = input.field("summary");
        let bad = summary.as_ref().and_then(Planned::as_str).filter(|summary| summary.contains("bad"));
        let problem = |summary| Problem { field: "summary".into(), message: format!("`{summary}` is bad"), help: None };
        bad.map(problem).into_iter().collect()
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let scope = |scope: &'static str| Need::Scopes(Scopes::new(&[scope], &[]));
        let subject = |name: &str, kind| input.field(name).unwrap_or(Planned::Unknown).subject(kind);
        if !self.creates() {
            let reads =
                Requirement { need: scope("read"), reason: "reads the issue".into(), basis: Basis::CommonKnowledge };
            return vec![reads, needs("COMMENT", subject("issue", "issue"), "comments on the issue")];
        }
        let writes = Requirement { need: scope("write"), reason: "creates the issue".into(), basis: Basis::Documented };
        let mut requirements =
            vec![writes.clone(), needs("CREATE", subject("project", "project"), "creates the issue"), writes];
        if input.field("assignee").is_some() {
            requirements.push(needs("ASSIGN", subject("project", "project"), "assigns the issue"));
        }
        requirements
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        let (name, kind) = if self.creates() { ("project", "project") } else { ("issue", "issue") };
        (path == ["key"]).then(|| input.field(name).map(|planned| planned.subject(kind))).flatten()
    }

    fn makes(&self, input: &Planned) -> Option<Subject> {
        input.field("key").map(|key| key.subject("project"))
    }

    async fn read(&self, _: &Attempt<'_>) -> Result<Reads, Failure> {
        unreachable!("nothing runs here")
    }

    async fn output(&self, _: &Attempt<'_>, _: Reads) -> Result<Value, Failure> {
        unreachable!("nothing runs here")
    }
}

/// Gives the verdict whose key is in the need's text, and keeps what it was asked.
pub(super) struct Grants {
    verdicts: Vec<(&'static str, Verdict)>,
    pub(super) asked: Mutex<Vec<Vec<String>>>,
}

impl Grants {
    pub(super) fn without(verdicts: &[(&'static str, Verdict)]) -> Self {
        Self { verdicts: verdicts.to_vec(), asked: Mutex::default() }
    }
}

#[async_trait]
impl Authority for Grants {
    async fn check(&self, needs: &[Need]) -> Result<Vec<Verdict>, Failure> {
        let words: Vec<String> = needs.iter().map(words_of).collect();
        let verdict = |need: &String| {
            self.verdicts.iter().find(|(key, _)| need.contains(key)).map(|(_, verdict)| verdict.clone())
        };
        let verdicts = words.iter().map(|need| verdict(need).unwrap_or(Verdict::Granted)).collect();
        self.asked.lock().unwrap().push(words);
        Ok(verdicts)
    }
}

fn words_of(need: &Need) -> String {
    match need {
        Need::Scopes(scopes) => {
            format!("scope {}", scopes.classic.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join("+"))
        }
        Need::Permission { key, subject: Subject::Known { kind, key: thing } } => format!("{key} on {kind} {thing}"),
        Need::Permission { key, subject } => format!("{key} on {subject:?}"),
    }
}
