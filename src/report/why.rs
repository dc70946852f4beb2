//! The story of a run that failed or waits, in ten lines: what, where, why, how often it was tried, what was done by then, what was skipped,
//! and what to do.

use flowrun_engine::run::{Ahead, RunState, RunStatus};
use jiff::Timestamp;

use super::{
    ahead::{ahead_help, ahead_text},
    failure_place::FailurePlace,
    plain::{between, clip, local_time},
    retry::retry_command,
    run::run_style,
    runs::age,
    story::Story,
    words::PackWords,
    wrap,
};
use crate::screen::{on_one_line, styles};

const WIDTH: usize = 80;

/// What stands before each fact.
const INDENT: usize = 2;

/// The story of a run; `name` is what a person calls it, short.
pub(crate) fn why_text(
    state: &RunState,
    words: &dyn PackWords,
    name: &str,
    ahead: Option<&(Ahead, String)>,
    now: Timestamp,
) -> String {
    let story = Story::new(state, words.catalogue());
    let mut text = heading(state, &story) + &times(state, &story, name, now);
    if let Some(doubt) = &story.doubt {
        text += &fact("it is unknown whether this happened", &doubt.effect.intent.summary, 1);
    }
    let help = story.failure.as_ref().and_then(|failure| failure.help.as_ref()).filter(|_| story.doubt.is_none());
    // Ten lines in all.
    let lines = if story.doubt.is_some() { 1 } else { 2 + usize::from(help.is_none()) };
    text += &story.failure.as_ref().map(|why| fact("why", &format!("{}: {why}", why.code), lines)).unwrap_or_default();
    text += &story.doubt.as_ref().map(|doubt| look(doubt, words)).unwrap_or_default();
    text += &effects(&story);
    if !story.skipped.is_empty() {
        text += &fact("skipped because of it", &story.skipped.join(", "), 1);
    }
    if let Some((ahead, first)) = ahead {
        text += &fact("waits", &ahead_text(ahead, first), 2);
        text += &ahead_help(ahead, first).map(|help| wrap(&help, INDENT, WIDTH)).unwrap_or_default();
    }
    let until = story.until.map(|at| format!("at {}, if a process drives it then", local_time(at)));
    text += &until.map(|until| fact("goes on by itself", &until, 1)).unwrap_or_default();
    text += &help.map(|help| fact("to do", help, 2)).unwrap_or_default();
    text + &commands(state, &story, name).iter().map(|command| format!("  {command}\n")).collect::<String>()
}

/// The commands that help: what is to be copied is never cut.
pub(super) fn commands(state: &RunState, story: &Story<'_>, name: &str) -> Vec<String> {
    if let Some(doubt) = &story.doubt {
        let resume = (state.status() == RunStatus::Paused).then(|| format!("flowrun runs resume {name}"));
        return doubt.commands(name).into_iter().chain(resume).collect();
    }
    match state.status() {
        _ if state.cannot_go_on().is_some() => vec![format!("flowrun runs show {name}")],
        RunStatus::NeedsGrant | RunStatus::Paused | RunStatus::Interrupted => {
            vec![format!("flowrun runs resume {name}")]
        }
        RunStatus::Failed => vec![retry_command(name)],
        // A process drives it.
        RunStatus::Running | RunStatus::Waiting => vec![format!("flowrun runs watch {name}")],
        RunStatus::NeedsDecision | RunStatus::Completed | RunStatus::Cancelled => {
            vec![format!("flowrun runs show {name}")]
        }
    }
}

/// `bug-intake 1.0.0: failed at file, bug-intake.yaml:12:5`
fn heading(state: &RunState, story: &Story<'_>) -> String {
    let started = state.started();
    let what = match state.status() {
        RunStatus::Failed => "failed",
        RunStatus::NeedsDecision => "needs a decision",
        RunStatus::NeedsGrant => "needs a grant",
        RunStatus::Waiting => "waits",
        RunStatus::Paused => "paused",
        RunStatus::Interrupted => "interrupted: no process drives it",
        RunStatus::Running => "running",
        RunStatus::Completed => "completed",
        RunStatus::Cancelled => "cancelled",
    };
    let place = match (&story.place, &story.failure) {
        (Some(place), Some(failure)) => {
            let node = place.split('[').next().unwrap_or(place);
            format!(" at {}", FailurePlace::new(state, node, failure).words())
        }
        (Some(place), None) => format!(" at {place}"),
        (None, _) => String::new(),
    };
    let style = run_style(state.status());
    let told = on_one_line(&format!("{} {}: {what}{place}", started.process, state.version())).into_owned();
    format!("{style}{}{style:#}\n", clip(&told, WIDTH))
}

/// What had happened by then; the effect in doubt alone is told already.
fn effects(story: &Story<'_>) -> String {
    let lines = if story.doubt.is_some() { 1 } else { 2 };
    let effects = story.effects.as_ref().filter(|effects| lines == 2 || effects.contains("(done"));
    effects.map(|effects| fact("done by then", effects, lines)).unwrap_or_default()
}

/// When it was, and how often it was tried.
fn times(state: &RunState, story: &Story<'_>, name: &str, now: Timestamp) -> String {
    let mut text = format!("run {name}, began {} ago", age(state.started_at(), now));
    text += &state.ended_at().map(|at| format!(", took {}", between(state.started_at(), at))).unwrap_or_default();
    let times = || story.attempts.iter().map(|attempt| attempt.started_at);
    text += &match (story.attempts.len(), times().min(), times().max()) {
        (0, ..) | (_, None, _) | (_, _, None) => String::new(),
        (1, Some(at), _) => format!("; 1 attempt, at {}", local_time(at)),
        (count, Some(first), Some(last)) => {
            format!("; {count} attempts, {} to {}", local_time(first), &local_time(last)[11..])
        }
    };
    wrap(&on_one_line(&text), INDENT, WIDTH)
}

fn look(doubt: &super::doubt::Doubt<'_>, words: &dyn PackWords) -> String {
    let Some(place) = doubt.effect.intent.whereabouts.as_deref() else { return String::new() };
    let link = place.link.as_ref().map(|link| {
        let value = serde_json::Value::from(link.as_str());
        words.value_text(&value).unwrap_or_else(|| link.clone())
    });
    let places = link.iter().chain(&place.query).map(|place| format!("  {}\n", on_one_line(place)));
    let places: String = places.take(1).collect();
    fact(&format!("look at {} for", words.service()), &place.signs, 1) + &places
}

/// A fact in so many lines at most.
fn fact(name: &str, told: &str, lines: usize) -> String {
    let strong = styles::STRONG;
    let room = WIDTH - INDENT;
    // A word that does not fit leaves a little room at the end of a line.
    let longest = room * lines - (lines - 1) * 12;
    let text = wrap(&clip(&format!("{name}: {told}"), longest), INDENT, WIDTH);
    text.replacen(&format!("{name}:"), &format!("{strong}{name}:{strong:#}"), 1)
}
