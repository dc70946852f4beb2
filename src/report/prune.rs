//! What `runs prune` is about to remove, and has removed, for people.

use std::fmt::Write;

use flowrun_engine::{run::RunStatus, store::RunSummary};

use super::plain::local_time;

/// How many runs would be removed, by how they ended, and of which time.
pub(crate) fn to_prune_text(runs: &[RunSummary]) -> String {
    if runs.is_empty() {
        return "no runs to remove\n".to_owned();
    }
    let mut text = format!("{} to remove", counted(runs.len()));
    let count = |status: RunStatus| runs.iter().filter(|summary| summary.status == status).count();
    let counts = RunStatus::ALL.into_iter().map(|status| (status, count(status))).filter(|(_, count)| *count > 0);
    let counts: Vec<_> = counts.map(|(status, count)| format!("{count} {status}")).collect();
    let ended = || runs.iter().filter_map(|summary| summary.ended_at);
    write!(text, ": {}", counts.join(", ")).expect("a string takes all");
    if let (Some(first), Some(last)) = (ended().min(), ended().max()) {
        write!(text, "\nended from {} to {}", local_time(first), local_time(last)).expect("a string takes all");
    }
    text + "\n"
}

/// How many were.
pub(crate) fn pruned_text(removed: usize, asked: usize) -> String {
    let left = match asked - removed {
        0 => String::new(),
        left => format!("; {} went on again meanwhile", counted(left)),
    };
    format!("removed: {}{left}\nthe disk space comes back with `flowrun state compact`\n", counted(removed))
}

fn counted(count: usize) -> String {
    if count == 1 { "1 run".to_owned() } else { format!("{count} runs") }
}
