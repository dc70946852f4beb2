//! How an unfinished run goes on: by resuming it, by a grant, or by what a person says of an effect in doubt.

use flowrun_engine::{
    activity::{Failure, Whereabouts},
    run::{RunState, RunStatus},
};
use indexmap::IndexMap;
use serde_json::Value;

use super::{WIDTH, failure::failure_text, style::painted, told_value};
use crate::{
    report::{
        doubt::Doubt,
        journal::next_ask,
        plain::{clip, local_time},
        retry::how_to_retry,
        words::PackWords,
        wrap,
    },
    screen::{on_one_line, styles},
};

/// How an unfinished run goes on, if it can. `name` is what a person calls it, short.
pub(super) fn going_on(state: &RunState, words: &dyn PackWords, name: &str) -> String {
    match state.status() {
        _ if state.cannot_go_on().is_some() => String::new(),
        RunStatus::NeedsGrant => grant_needed(state),
        RunStatus::NeedsDecision => decisions_needed(state, words, name),
        RunStatus::Paused => decisions_needed(state, words, name) + &to_continue(state),
        RunStatus::Failed => how_to_retry(state, name),
        RunStatus::Completed | RunStatus::Cancelled => String::new(),
        // A process drives it.
        RunStatus::Running | RunStatus::Waiting => String::new(),
        RunStatus::Interrupted => to_continue(state),
    }
}

fn to_continue(state: &RunState) -> String {
    format!("\nto continue:\n  flowrun runs resume {}\n", state.run())
}

fn decisions_needed(state: &RunState, words: &dyn PackWords, name: &str) -> String {
    Doubt::all(state).iter().map(|doubt| decision_needed(doubt, words, name)).collect()
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
    let again = state.next_ask().map(|at| wrap(&format!("{}, while a process drives the run", next_ask(at)), 2, WIDTH));
    let resume = format!("\nto continue, once it is granted:\n  flowrun runs resume {}\n", state.run());
    lacks.collect::<String>() + &again.unwrap_or_default() + &resume
}

/// What was asked for, where a person sees whether it happened, and how to say it. What is to be copied stands on a line of its own,
/// however long.
fn decision_needed(doubt: &Doubt<'_>, words: &dyn PackWords, name: &str) -> String {
    let Doubt { step, effect } = doubt;
    let heading = painted(styles::CARE, &format!("it is unknown whether `{step}` had its effect"));
    let summary = on_one_line(&effect.intent.summary);
    let asked = wrap(&format!("asked for at {}: {summary}", local_time(effect.intended_at)), 2, WIDTH);
    let told = |doubt: &Failure| wrap(&on_one_line(&format!("{}: {doubt}", doubt.code)), 2, WIDTH);
    let why = effect.doubt.map(told).unwrap_or_default();
    let [happened, did_not, abort] = doubt.commands(name);
    let meaning = match doubt.named() {
        (stands, Some(meaning)) => wrap(&format!("{stands} is {}", on_one_line(meaning)), 4, WIDTH),
        (_, None) => String::new(),
    };
    let look = look(effect.intent.whereabouts.as_deref(), words);
    format!(
        "\n{heading}\n{asked}{why}{look}then say what became of it:\n  {happened}\n{meaning}  {did_not}\n  {abort}\n"
    )
}

/// Where a person looks, and for what.
fn look(whereabouts: Option<&Whereabouts>, words: &dyn PackWords) -> String {
    let service = words.service();
    let Some(Whereabouts { link, query, signs }) = whereabouts else { return format!("look at {service}, ") };
    let link = link.as_ref().map(|link| told_value(&Value::from(link.as_str()), words));
    let places: String = link.iter().chain(query).map(|place| format!("  {}\n", on_one_line(place))).collect();
    let signs = wrap(&on_one_line(signs), 2, WIDTH);
    format!("look at {service} for what this run's user did at about that time:\n{signs}{places}")
}
