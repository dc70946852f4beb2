//! `flowrun runs show`

use crate::{
    arguments::{OutputFormat, Show},
    environment::Environment,
    error::{CommandError, cannot_go_on},
    exit::Exit,
    pack::Pack,
    report::{OutputTexts, PackWords, RunDocument, RunView, journal_text, render, run_details, waits_text},
    screen::on_one_line,
    state::State,
};

/// Shows a run in full. A failed run is shown as well as any other, and so is one that cannot go on under this version: the exit code
/// is 0.
pub(crate) async fn show(environment: &Environment, pack: &dyn Pack, arguments: &Show) -> Result<Exit, CommandError> {
    let state = State::open(environment, "runs show")?;
    let run = state.find(&arguments.run).await?;
    let engine = state.disconnected_engine(pack);
    let shown = engine.state(run).await?;
    let ahead = state.ahead(&engine, run).await?;
    let journal = if arguments.entries { state.store().journal(run).await? } else { Vec::new() };
    let reported = shown.cannot_go_on().map(|why| cannot_go_on(run, why)).unwrap_or_default();
    let driver = state.driver_of(run).await?.filter(|_| !shown.is_ended());
    let (screen, words): (_, &dyn PackWords) = (&environment.screen, pack);
    if screen.format() == OutputFormat::Text {
        let why = if reported.is_empty() { String::new() } else { format!("\n{}", render(&reported)) };
        let journal = if arguments.entries {
            journal_text(&journal, &OutputTexts::new(shown.definition(), pack.catalogue()))
        } else {
            String::new()
        };
        let name = state.short_name(&shown).await?;
        let driver = driver.map(|driver| format!("\ndriven by {}\n", on_one_line(&driver.to_string())));
        let waits = ahead.map(|(ahead, first)| format!("\n{}", waits_text(&ahead, &first)));
        screen.data(
            &(run_details(&shown, words, &name)
                + &waits.unwrap_or_default()
                + &driver.unwrap_or_default()
                + &why
                + &journal),
        )?;
    } else {
        let view = RunView::new(&shown).waiting_for(ahead.as_ref().map(|(ahead, _)| ahead));
        let document = RunDocument::of(view, &reported).driven_by(driver.as_ref());
        let document = if arguments.entries { document.with_entries(run, &journal) } else { document };
        screen.document(&document)?;
    }
    Ok(Exit::Success)
}
