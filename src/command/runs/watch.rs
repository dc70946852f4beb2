//! `flowrun runs watch`: follows a run as its records become durable, whoever drives it, until it ends.

use flowrun_engine::{run::RunStatus, store::Records};

use crate::{
    arguments::{OutputFormat, Watch},
    environment::Environment,
    error::CommandError,
    exit::Exit,
    pack::Pack,
    report::{EntryLine, OutputTexts, RunDocument, RunView, entry_text, run_text, waits_text},
    signal::ImmediateStop,
    state::State,
};

/// Follows a run. It ends as the run does; Ctrl-C leaves the run as it is.
pub(crate) async fn watch(
    environment: &Environment,
    pack: &'static dyn Pack,
    arguments: &Watch,
) -> Result<Exit, CommandError> {
    let _stop = ImmediateStop::listen(&environment.screen, "\nstopped watching: the run is unchanged\n")?;
    let state = State::open(environment, "runs watch")?;
    let run = state.find(&arguments.run).await?;
    let engine = state.disconnected_engine(pack);
    let begun = engine.state(run).await?;
    let outputs = OutputTexts::new(begun.definition(), pack.catalogue());
    let screen = &environment.screen;
    if !begun.is_ended() {
        let name = state.short_name(&begun).await?;
        match state.ahead(&engine, run).await? {
            Some((ahead, first)) => screen.note(&waits_text(&ahead, &first)),
            None => screen.note(&waits_for(begun.status(), &name)),
        }
    }
    let mut records: Records = engine.records(run, 0).await?;
    while let Some(record) = records.next().await.transpose()? {
        match screen.format() {
            OutputFormat::Jsonl => screen.line(&EntryLine::new(run, &record))?,
            OutputFormat::Text => {
                let lines = record.entries.iter().map(|entry| entry_text(entry, &outputs) + "\n");
                screen.note(&lines.collect::<String>());
            }
            OutputFormat::Json => {}
        }
    }
    let ended = engine.state(run).await?;
    match screen.format() {
        OutputFormat::Text => screen.data(&run_text(&ended, pack, &state.short_name(&ended).await?))?,
        OutputFormat::Json => screen.document(&RunDocument::of(RunView::new(&ended), &[]))?,
        OutputFormat::Jsonl => {}
    }
    Ok(Exit::of_run(ended.status()))
}

/// What is waited for: nothing says how long.
fn waits_for(status: RunStatus, name: &str) -> String {
    let who = match status {
        RunStatus::NeedsDecision => format!("a person's decision (`flowrun runs why {name}`)"),
        RunStatus::NeedsGrant => format!("a grant (`flowrun runs why {name}`)"),
        RunStatus::Paused => format!("somebody to resume the run (`flowrun runs resume {name}`)"),
        RunStatus::Interrupted => format!("somebody to drive the run (`flowrun runs resume {name}`)"),
        RunStatus::Running | RunStatus::Waiting | RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled => {
            "the run".to_owned()
        }
    };
    format!("waiting for {who}; Ctrl-C stops watching\n")
}
