//! The list of runs for people: a table of at most 80 columns.

use flowrun_engine::store::{RunPage, RunSummary};

use super::{
    plain::{clip, local_time},
    run::run_style,
};

/// A page of runs.
pub(crate) fn runs_text(page: &RunPage) -> String {
    if page.runs.is_empty() {
        return "no runs\n".to_owned();
    }
    let heading = format!("{:36}  {:14}  {:11}  {}\n", "RUN", "STATUS", "STARTED", "PROCESS");
    let rows = page.runs.iter().map(row);
    let next = page.next.map(|run| format!("\nolder runs: flowrun runs list --before {run}\n"));
    [heading].into_iter().chain(rows).chain(next).collect()
}

fn row(summary: &RunSummary) -> String {
    let style = run_style(summary.status);
    let status = summary.status.as_str().replace('_', " ");
    let started = local_time(summary.started_at);
    let short = &started[5..16];
    let key = summary.key.as_ref().map(|key| format!(" ({key})")).unwrap_or_default();
    let process = clip(&format!("{}{key}", summary.process), 80 - 36 - 2 - 14 - 2 - 11 - 2);
    format!("{}  {style}{status:14}{style:#}  {short}  {process}\n", summary.run)
}
