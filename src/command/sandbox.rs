//! `flowrun sandbox`: serves the sandbox, lists its effects, resets it. It never opens the store of runs.

use flowrun_jira_sandbox::{Description, Options, read_effects, reset};
use serde_json::Value;

use super::{CommandError, Environment};
use crate::{
    arguments::{OutputFormat, Sandbox, SandboxCommand},
    connection::{sandbox_refused, start_sandbox},
    exit::Exit,
    report::{EffectsDocument, effects_text},
    signal::Stop,
    state,
};

/// Does what was asked of the sandbox.
pub(super) async fn sandbox(environment: &Environment, arguments: &Sandbox) -> Result<Exit, CommandError> {
    match arguments.command {
        None => serve(environment, arguments).await?,
        Some(SandboxCommand::Effects) => effects(environment)?,
        Some(SandboxCommand::Reset) => begin_anew(environment)?,
    }
    Ok(Exit::Success)
}

async fn serve(environment: &Environment, arguments: &Sandbox) -> Result<(), CommandError> {
    let stop = Stop::listen(&environment.screen, "the sandbox stops\n")?;
    let sandbox = start_sandbox(environment, Options { listen: arguments.listen, ..Options::default() }).await?;
    let description = sandbox.description();
    match environment.screen.format() {
        OutputFormat::Text => environment.screen.data(&description_text(&description))?,
        OutputFormat::Json | OutputFormat::Jsonl => environment.screen.line(&description)?,
    }
    stop.token().cancelled().await;
    sandbox.shutdown().await;
    Ok(())
}

fn description_text(description: &Description) -> String {
    let Description { site_url, gateway_url, cloud_id, users } = description;
    let users: String = users.iter().map(|user| format!("  {}\n", user.email)).collect();
    format!(
        "The sandbox is served until Ctrl-C.\n  site     {site_url}\n  gateway  {gateway_url}/ex/jira/{cloud_id}\n\
         \nusers, the administrator first (their tokens: `-o json`)\n{users}\
         \nrun against it with\n  flowrun run FILE --sandbox={site_url}\n"
    )
}

fn effects(environment: &Environment) -> Result<(), CommandError> {
    let directory = state::sandbox_directory(environment);
    let effects = read_effects(&directory).map_err(|error| sandbox_refused(&directory, &error))?;
    if environment.screen.format() == OutputFormat::Text {
        environment.screen.data(&effects_text(&effects))?;
    } else {
        let effects = effects.iter().map(serde_json::to_value).collect::<serde_json::Result<Vec<Value>>>()?;
        environment.screen.document(&EffectsDocument::new(effects))?;
    }
    Ok(())
}

fn begin_anew(environment: &Environment) -> Result<(), CommandError> {
    let directory = state::sandbox_directory(environment);
    reset(&directory).map_err(|error| sandbox_refused(&directory, &error))?;
    environment.screen.note("the sandbox begins anew\n");
    Ok(())
}
