//! `flowrun token remove`

use flowrun_access_token::{Grant, Provider, TokenName};

use crate::{
    arguments::OutputFormat,
    environment::Environment,
    error::CommandError,
    exit::Exit,
    jira::{arguments::RemoveToken, report::RemovedTokenDocument, tokens::AccessTokens},
    prompt::Prompt,
};

/// Where a person takes a consent back: Atlassian has no way for programs.
const CONSENTS: &str = "JiraConnection apps, in the settings of your Atlassian account";

/// Forgets one. A file that cannot be read is removed too.
pub(super) async fn remove(environment: &Environment, arguments: &RemoveToken) -> Result<Exit, CommandError> {
    let tokens = AccessTokens::open(environment);
    tokens.refuse_given(&arguments.name)?;
    tokens.check_is_there(&arguments.name)?;
    if !arguments.yes && !is_meant(environment, &arguments.name).await? {
        environment.screen.note("nothing was removed\n");
        return Ok(Exit::Success);
    }
    let consent_at = tokens.remove(&arguments.name).await?.and_then(|token| match (&token.grant, &token.provider) {
        (Grant::OAuth(_), Provider::Atlassian) => Some(CONSENTS.to_owned()),
        _ => None,
    });
    let screen = &environment.screen;
    if screen.format() != OutputFormat::Text {
        screen.document(&RemovedTokenDocument::new(arguments.name.to_string(), consent_at))?;
        return Ok(Exit::Success);
    }
    screen.note(&format!("`{}` is removed\n", arguments.name));
    if let Some(page) = consent_at {
        screen.note(&format!("your consent still exists at Atlassian; revoke it there:\n{page}\n"));
    }
    Ok(Exit::Success)
}

async fn is_meant(environment: &Environment, name: &TokenName) -> Result<bool, CommandError> {
    let prompt = Prompt::new(&environment.screen, environment.settings.no_input);
    if !prompt.is_answered() {
        return Err(CommandError::Usage(
            "this needs a confirmation, and nobody can be asked".into(),
            Some("give `--yes`".into()),
        ));
    }
    let question = format!("Remove the access token `{name}`? Runs that wait for it can then no longer be resumed.");
    Ok(prompt.confirms(&question).await?)
}
