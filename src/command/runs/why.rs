//! `flowrun runs why`: the story of a failure, or of a wait, in ten lines.

use jiff::Timestamp;

use crate::{
    arguments::{OutputFormat, Why},
    environment::Environment,
    error::CommandError,
    exit::Exit,
    pack::Pack,
    report::{WhyDocument, why_text},
    state::State,
};

/// Tells it. However the run is, the exit code is 0.
pub(crate) async fn why(
    environment: &Environment,
    pack: &'static dyn Pack,
    arguments: &Why,
) -> Result<Exit, CommandError> {
    let state = State::open(environment, "runs why")?;
    let run = state.find(&arguments.run).await?;
    let engine = state.disconnected_engine(pack);
    let told = engine.state(run).await?;
    let ahead = state.ahead(&engine, run).await?;
    let name = state.short_name(&told).await?;
    match environment.screen.format() {
        OutputFormat::Text => {
            environment.screen.data(&why_text(&told, pack, &name, ahead.as_ref(), Timestamp::now()))?;
        }
        OutputFormat::Json | OutputFormat::Jsonl => {
            let ahead = ahead.as_ref().map(|(ahead, _)| ahead);
            environment.screen.document(&WhyDocument::new(&told, pack.catalogue(), ahead))?;
        }
    }
    Ok(Exit::Success)
}
