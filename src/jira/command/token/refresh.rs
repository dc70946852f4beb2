//! `flowrun token refresh`

use super::compared;
use crate::{
    arguments::OutputFormat,
    environment::Environment,
    error::CommandError,
    exit::Exit,
    jira::{
        arguments::RefreshToken,
        report::TokenDocument,
        tokens::{AccessTokens, Renewal, TokenOrigin, unauthorised, unwritten},
    },
    report::local_time,
    signal::ImmediateStop,
};

/// Gets the next bearer now, whatever the old one's age; waits for a refresh of another process first.
pub(super) async fn refresh(
    environment: &Environment,
    arguments: &RefreshToken,
    immediate_stop: &ImmediateStop,
) -> Result<Exit, CommandError> {
    let tokens = AccessTokens::open(environment);
    tokens.refuse_given(&arguments.name)?;
    let credentials = tokens.credentials(&arguments.name, arguments.network.ca_bundle.as_deref()).await?;
    immediate_stop.wait_for(Renewal::of(environment, &credentials));
    let refreshed = credentials.refresh_now().await.map_err(|failure| unauthorised(&failure, &arguments.name))?;
    if refreshed.is_none() {
        let message = format!("`{}` is an API token: it has no bearer to refresh", arguments.name);
        let help =
            format!("when it has expired, give a new one: `flowrun token add {} --kind api-token`", arguments.name);
        return Err(CommandError::Usage(message, Some(help)));
    }
    if let Some(unwritten) = unwritten(&credentials).await {
        return Err(unwritten.into());
    }
    let token = credentials.token();
    let screen = &environment.screen;
    if screen.format() == OutputFormat::Text {
        let until = token.grant.expires_at().map(local_time).unwrap_or_default();
        screen.data(&format!("`{}` has a new bearer, until {until}\n", arguments.name))?;
        return Ok(Exit::Success);
    }
    screen.document(&TokenDocument::new(&compared(&token, TokenOrigin::File, &[], tokens.now())?))?;
    Ok(Exit::Success)
}
