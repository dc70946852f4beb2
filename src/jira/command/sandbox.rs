//! `flowrun sandbox`: serves the sandbox, lists its effects, resets it, changes its grants. It never opens the store of runs.

use std::path::Path;

use flowrun_engine::{
    definition::Position,
    diagnostic::{Code, Diagnostic},
};
use flowrun_jira_sandbox::{
    ChangeError, Description, Faults, GrantChange, GrantError, Options, Seed, SeedError, change_grants, forget_seed,
    read_effects, reset, served_address,
};
use serde_json::Value;

use crate::{
    arguments::OutputFormat,
    environment::Environment,
    error::CommandError,
    exit::Exit,
    jira::{
        arguments::{Grants, Sandbox, SandboxChoice, SandboxCommand},
        report::{EffectsDocument, effects_text},
        sandbox::{self, change_served_grants},
    },
    report::Reported,
    screen::on_one_line,
    signal::GracefulStop,
    source,
};

/// Does what was asked of the sandbox.
pub(crate) async fn sandbox(environment: &Environment, arguments: &Sandbox) -> Result<Exit, CommandError> {
    match &arguments.command {
        None => serve(environment, arguments).await?,
        Some(SandboxCommand::Effects) => effects(environment)?,
        Some(SandboxCommand::Reset { forget_seed }) => begin_anew(environment, *forget_seed)?,
        Some(SandboxCommand::Grant(grants)) => change(environment, grants, true).await?,
        Some(SandboxCommand::Revoke(grants)) => change(environment, grants, false).await?,
    }
    Ok(Exit::Success)
}

async fn serve(environment: &Environment, arguments: &Sandbox) -> Result<(), CommandError> {
    let seed = arguments.seed.as_deref().map(|path| read(path, Seed::parse)).transpose()?;
    let faults = arguments.faults.as_deref().map(|path| read(path, Faults::parse)).transpose()?;
    let stop = GracefulStop::listen(&environment.screen, "the sandbox stops\n")?;
    let faults = faults.unwrap_or_default();
    let options = Options { listen: arguments.listen, seed, faults, ..Options::default() };
    let sandbox = sandbox::start(environment, options).await?;
    let description = sandbox.description();
    match environment.screen.format() {
        OutputFormat::Text => environment.screen.data(&description_text(&description))?,
        OutputFormat::Json | OutputFormat::Jsonl => environment.screen.line(&description)?,
    }
    stop.token().cancelled().await;
    sandbox.shutdown().await;
    Ok(())
}

/// Reads a file for the sandbox; what is wrong with it has a place.
fn read<T>(path: &Path, parse: fn(&str) -> Result<T, SeedError>) -> Result<T, CommandError> {
    let source = source::read(path).map_err(|problem| CommandError::Reported(vec![*problem]))?;
    parse(source.text()).map_err(|error| {
        let byte = |line| source.byte(Position { line, column: error.column.unwrap_or(1) });
        let place = error.line.map(byte).map(|start| start..start);
        let diagnostic = Diagnostic::error(Code::SANDBOX_FILE, place, error.message);
        CommandError::Reported(vec![Reported { source: Some(source), diagnostic }])
    })
}

/// Changes grants: through the process that serves the world, or on the disk where none does.
async fn change(environment: &Environment, grants: &Grants, granted: bool) -> Result<(), CommandError> {
    let change = GrantChange {
        email: grants.user.clone(),
        granted,
        scopes: grants.what.scope.clone(),
        permissions: grants.what.permission.clone(),
        project: grants.project.clone(),
    };
    let directory = sandbox::directory(environment);
    let served = match &grants.url {
        Some(SandboxChoice::At(url)) => Some(url.clone()),
        _ => served_address(&directory),
    };
    match served {
        Some(url) => change_served_grants(&url, &change).await?,
        None => change_grants(&directory, &change).map_err(|error| unchanged(&directory, error))?,
    }
    let done = if granted { "granted to" } else { "revoked from" };
    let what: Vec<_> = change.scopes.iter().chain(&change.permissions).map(String::as_str).collect();
    let told = format!("{done} {}: {}", change.email, what.join(", "));
    environment.screen.note(&format!("{}\n", on_one_line(&told)));
    Ok(())
}

fn unchanged(directory: &Path, error: ChangeError) -> CommandError {
    match error {
        ChangeError::Start(error) => sandbox::refused(directory, &error),
        ChangeError::Grant(GrantError::Write(error)) => CommandError::internal("the grants cannot be kept", &error),
        ChangeError::Grant(error) => CommandError::Usage(error.to_string(), None),
    }
}

fn description_text(description: &Description) -> String {
    let Description { site_url, gateway_url, cloud_id, app, users } = description;
    let users: String = users.iter().map(|user| format!("  {}\n", on_one_line(&user.email))).collect();
    format!(
        "The sandbox is served until Ctrl-C.\n  site     {site_url}\n  gateway  {gateway_url}/ex/jira/{cloud_id}\n\
         \nusers, the administrator first (their tokens: `-o json`)\n{users}\
         \nan app for access tokens (make others at {site_url}/_sandbox/console)\n  consumer key     {}\n\
         \x20 consumer secret  {}\n  callback URL     {}\n  authorize at     {site_url}/authorize\n\
         \nrun against it with\n  flowrun run FILE --sandbox={site_url}\n\
         or get an access token there, as from Atlassian\n  flowrun token add NAME --sandbox={site_url}\n",
        app.client_id, app.client_secret, app.callback_url
    )
}

fn effects(environment: &Environment) -> Result<(), CommandError> {
    let directory = sandbox::directory(environment);
    let effects = read_effects(&directory).map_err(|error| sandbox::refused(&directory, &error))?;
    if environment.screen.format() == OutputFormat::Text {
        environment.screen.data(&effects_text(&effects))?;
    } else {
        let effects = effects.iter().map(serde_json::to_value).collect::<serde_json::Result<Vec<Value>>>()?;
        environment.screen.document(&EffectsDocument::new(effects))?;
    }
    Ok(())
}

fn begin_anew(environment: &Environment, forgets_seed: bool) -> Result<(), CommandError> {
    let directory = sandbox::directory(environment);
    let forget_seed = if forgets_seed { forget_seed } else { |_: &Path| Ok(()) };
    let done = reset(&directory).and_then(|()| forget_seed(&directory));
    done.map_err(|error| sandbox::refused(&directory, &error))?;
    environment.screen.note("the sandbox starts over\n");
    Ok(())
}
