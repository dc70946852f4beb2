//! How an unfinished run goes on: by resuming it, by a grant, or by what a person says of an effect in doubt.

use flowrun_engine::{
    activity::{Failure, Named},
    id::StepPath,
    run::{RunState, RunStatus},
};
use indexmap::IndexMap;

use super::{WIDTH, failure::failure_text, style::painted};
use crate::{
    report::{
        plain::{clip, local_time, wrap},
        words::PackWords,
    },
    screen::{on_one_line, styles},
};

/// How an unfinished run goes on, if it can.
pub(super) fn going_on(state: &RunState, words: &dyn PackWords) -> String {
    let run = state.run();
    match state.status() {
        _ if state.cannot_go_on().is_some() => String::new(),
        RunStatus::NeedsGrant => grant_needed(state),
        RunStatus::NeedsDecision => {
            state.steps_in_doubt().iter().map(|step| decision_needed(state, step, words)).collect()
        }
        RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled => String::new(),
        RunStatus::Running | RunStatus::Waiting | RunStatus::Interrupted => {
            format!("\nto continue:\n  flowrun runs resume {run}\n")
        }
    }
}

/// What is missing, each once, and how the run goes on after that.
fn grant_needed(state: &RunState) -> String {
    let mut steps_by_lack: IndexMap<String, Vec<String>> = IndexMap::new();
    for (step, failure) in state.steps_parked() {
        steps_by_lack.entry(failure_text(failure, 2)).or_default().push(format!("`{step}`"));
    }
    let lacks = steps_by_lack.iter().map(|(lack, steps)| {
        let steps = clip(&steps.join(", "), WIDTH - 20);
        format!("\n{}\n{lack}", painted(styles::CARE, &format!("a grant is missing for {steps}")))
    });
    lacks.collect::<String>() + &format!("\nto continue, once it is granted:\n  flowrun runs resume {}\n", state.run())
}

fn decision_needed(state: &RunState, step: &StepPath, words: &dyn PackWords) -> String {
    let node = state.node_view(step.node().as_str());
    let steps = node.iter().flat_map(|node| &node.steps);
    let attempts = steps.filter(|one| one.step == *step).flat_map(|step| &step.attempts);
    let mut effects = attempts.flat_map(|attempt| &attempt.effects);
    let Some(effect) = effects.find(|effect| effect.settlement.is_none() && effect.decision.is_none()) else {
        return String::new();
    };
    let mut text = format!("\n{}\n", painted(styles::CARE, &format!("it is unknown whether `{step}` had its effect")));
    let summary = on_one_line(&effect.intent.summary);
    text += &wrap(&format!("{summary}, at {}", local_time(effect.intended_at)), 2, WIDTH);
    let told = |doubt: &Failure| wrap(&on_one_line(&format!("{}: {doubt}", doubt.code)), 2, WIDTH);
    text += &effect.doubt.map(told).unwrap_or_default();
    let decide = format!("  flowrun runs decide {} {}", state.run(), quoted(&step.to_string()));
    let (name, meaning) = match &effect.intent.named {
        Some(Named { name, words: meaning }) => (name.as_str(), meaning.as_deref()),
        None => ("KEY", None),
    };
    let meaning = meaning.map(|words| wrap(&format!("{name} is {words}"), 4, WIDTH)).unwrap_or_default();
    text + &format!(
        "look at {}, then say what became of it:\n{decide} --happened {name}\n{meaning}{decide} --did-not\n{decide} --abort\n",
        words.service()
    )
}

/// A word that a shell takes as it is.
fn quoted(word: &str) -> String {
    if word.contains('[') { format!("'{word}'") } else { word.to_owned() }
}
