//! What a run waits for that is not admitted, in words.

use flowrun_engine::{
    run::{Ahead, RunStatus},
    store::RunSummary,
};

use super::{plain::clip, wrap};

const WIDTH: usize = 80;

/// So much of a key is shown.
const LONGEST_KEY: usize = 40;

/// `for a run with key OPS: 01890a5d-ac96 (incident) is ahead`; `name` is what a person calls that run, short.
pub(crate) fn ahead_text(ahead: &Ahead, name: &str) -> String {
    let Ahead { key, first: RunSummary { process, .. }, others, .. } = ahead;
    let key = clip(key, LONGEST_KEY);
    match others {
        0 => format!("for a run with key {key}: {name} ({process}) is ahead"),
        others => format!("for a run with key {key}: {name} ({process}) and {others} more are ahead"),
    }
}

/// What a person does about the first run that is ahead, where it does not go on by itself: a sentence, and a command.
pub(crate) fn ahead_help(ahead: &Ahead, name: &str) -> Option<String> {
    Some(match ahead.first.status {
        RunStatus::NeedsDecision => format!("it needs a decision: `flowrun runs why {name}`"),
        RunStatus::NeedsGrant => format!("it needs a grant: `flowrun runs why {name}`"),
        RunStatus::Paused => format!("it is paused: `flowrun runs resume {name}`, or `flowrun runs cancel {name}`"),
        RunStatus::Interrupted => {
            format!("no process drives it: `flowrun runs resume {name}`, or `flowrun runs cancel {name}`")
        }
        RunStatus::Running | RunStatus::Waiting | RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled => {
            return None;
        }
    })
}

/// Both as lines, as a run is told of that waits.
pub(crate) fn waits_text(ahead: &Ahead, name: &str) -> String {
    let help = ahead_help(ahead, name).map(|help| wrap(&help, 2, WIDTH)).unwrap_or_default();
    format!("waiting {}\n{help}", ahead_text(ahead, name))
}
