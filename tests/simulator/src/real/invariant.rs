//! What truly happened, and what must hold in the end: what runs say was done was done once, all that was done is known, and the sandbox had no other effect.

use flowrun_engine::{
    activity::{Intent, Settlement},
    id::EffectId,
    journal::Decision,
    run::{EffectView, NodeStatus, RunState, StepView},
};
use flowrun_jira_sandbox::Effect;
use serde_json::Value;

use super::{Real, network::Delivered, output::Issues};
use crate::{
    disk::Run,
    world::{Fault, World, run_id},
};

/// Operations whose effects are always tagged.
const TAGGED: [&str; 3] = ["createIssue", "addComment", "addWorklog"];

impl World<Real<'_>> {
    /// What a person says of an effect in doubt, who looks at Jira.
    pub(super) fn truth(&self, run: Run, open: &EffectView<'_>) -> Decision {
        if self.random.once_in(10) {
            return Decision::Abort;
        }
        let name = |answer: &Value| match (&open.intent.named, open.intent.creates) {
            (Some(named), false) => named.name.clone(),
            _ => made(answer).unwrap_or_default(),
        };
        let is_it = |of: &EffectId| of.step == open.id.step && of.name == open.id.name;
        self.kind.network.delivered(|delivered| {
            let mut own = delivered.iter().filter(|one| !one.is_copy);
            let done = own.find(|one| one.of.as_ref().is_some_and(|(of, effect)| *of == run && is_it(effect)));
            done.map_or(Decision::DidNotHappen, |done| Decision::Happened { key: name(&done.answer) })
        })
    }

    /// What must hold of a run that has ended.
    pub(super) fn check_end(&self, run: Run, state: &RunState) -> Result<(), Fault> {
        let nodes: Vec<_> = state.nodes().collect();
        let attempts = nodes.iter().flat_map(|node| &node.steps).flat_map(|step| &step.attempts);
        let effects: Vec<_> = attempts.flat_map(|attempt| &attempt.effects).collect();
        self.kind.network.delivered(|delivered| check_effects(run, &effects, delivered))?;
        let mut issues = Issues::default();
        let completed = nodes.iter().flat_map(|node| &node.steps).filter(|step| step.status == NodeStatus::Completed);
        for step in completed.filter(|step| !is_of_the_past(state, step)) {
            self.check_output((run, state), step, &mut issues)
                .map_err(|wrong| format!("run {run}, {}: {wrong}", step.step))?;
        }
        Ok(())
    }

    /// What must hold of the sandbox when all runs have ended.
    pub(super) fn check_sandbox(&self) -> Result<(), Fault> {
        let effects = self.kind.shared.site.effects();
        self.kind.network.delivered(|delivered| {
            for one in delivered.iter().filter(|one| !one.is_copy) {
                let Some((run, effect)) = &one.of else {
                    return Err(format!("{} belongs to no effect", one.effect.operation));
                };
                check_tag(*run, effect, one)?;
            }
            match effects.iter().map(|effect| effect.seq).eq(delivered.iter().map(|one| one.effect.seq)) {
                true => Ok(()),
                false => Err(format!("the sandbox had {} effects, {} were sent", effects.len(), delivered.len())),
            }
        })
    }
}

/// Whether a step only read, before the run was retried: what it saw may have been changed since.
fn is_of_the_past(state: &RunState, step: &StepView<'_>) -> bool {
    let has_effects = step.attempts.iter().any(|attempt| !attempt.effects.is_empty());
    !has_effects && state.retries().last().is_some_and(|retry| !retry.nodes.contains(step.step.node()))
}

fn check_effects(run: Run, effects: &[&EffectView<'_>], delivered: &[Delivered]) -> Result<(), Fault> {
    let own = delivered.iter().filter(|one| !one.is_copy).filter_map(|one| one.of.as_ref());
    let own: Vec<&EffectId> = own.filter(|(of, _)| *of == run).map(|(_, effect)| effect).collect();
    let is_same = |one: &EffectId, other: &EffectId| one.step == other.step && one.name == other.name;
    let happened = |effect: &&&EffectView<'_>| matches!(effect.settlement, Some(Settlement::Happened(_)));
    for effect in effects.iter().filter(happened) {
        let times = own.iter().filter(|done| is_same(done, effect.id)).count();
        let is_so = times == 0 && delivered.iter().any(|one| brings_about(effect.id, effect.intent, &one.effect));
        if times != 1 && !is_so {
            return Err(format!("run {run}: {} is said to have happened, and was done {times} times", effect.id));
        }
    }
    for done in &own {
        let is_let_be = |effect: &EffectView<'_>| effect.decision == Some(&Decision::Abort);
        let mut of_it = effects.iter().filter(|effect| is_same(done, effect.id));
        if !of_it.any(|effect| happened(&effect) || is_let_be(effect)) {
            return Err(format!("run {run}: {done} was done, and the run does not know"));
        }
    }
    Ok(())
}

/// Whether another effect has brought about the state that this one was to: who watches an issue, who is assigned to it, what it is
/// linked to is so whoever asked for it, and asking again changes nothing; and one file is another of the same name and content. What the
/// step gives is held against the state all the same.
fn brings_about(id: &EffectId, intent: &Intent, other: &Effect) -> bool {
    let (baseline, body) = (&intent.baseline, &other.body);
    let name = id.name.as_str();
    match (name.split_once('/').map_or(name, |(kind, _)| kind), other.operation.as_str()) {
        ("watch", "addWatcher") => *body == baseline["wanted"] && other.issue.as_deref() == baseline["key"].as_str(),
        ("assign", "assignIssue") => {
            body["accountId"] == baseline["wanted"] && other.issue.as_deref() == baseline["key"].as_str()
        }
        ("link", "linkIssues") => {
            let Value::Object(linked) = &baseline["linked"] else { return false };
            let ends = [&body["inwardIssue"]["id"], &body["outwardIssue"]["id"]];
            body["type"]["id"] == linked["way"]["link_type"]
                && [&linked["issue"]["id"], &linked["to"]["id"]].iter().all(|end| ends.contains(end))
        }
        ("file", "addAttachment") => {
            let is_there = other.issue.as_ref().is_some_and(|key| intent.target == format!("issue {key}"));
            is_there && ["filename", "sha256"].iter().all(|what| body[what] == baseline["file"][what])
        }
        _ => false,
    }
}

/// What an effect is tagged with at Jira says which it is.
fn check_tag(run: Run, effect: &EffectId, delivered: &Delivered) -> Result<(), Fault> {
    let properties = delivered.effect.body["properties"].as_array();
    let tag = properties.into_iter().flatten().find(|property| property["key"] == "flowrun").map(|tag| &tag["value"]);
    let Some(tag) = tag else {
        return match TAGGED.contains(&delivered.effect.operation.as_str()) {
            true => Err(format!("{effect} is not tagged")),
            false => Ok(()),
        };
    };
    let says = [&tag["run"], &tag["step"], &tag["effect"]].map(|said: &Value| said.as_str().unwrap_or_default());
    let is = [run_id(run).to_string(), effect.step.to_string(), effect.name.to_string()];
    let is_it = says == is.each_ref().map(String::as_str) && tag["attempt"] == effect.attempt;
    if is_it { Ok(()) } else { Err(format!("{effect} is tagged as {tag}")) }
}

/// The key or id of what an answer says was made.
fn made(answer: &Value) -> Option<String> {
    let made = answer.get(0).unwrap_or(answer);
    let name = made.get("key").or_else(|| made.get("id"))?;
    Some(name.as_str().map_or_else(|| name.to_string(), str::to_owned))
}
