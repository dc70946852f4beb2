//! `flowrun token show`

use super::compared;
use crate::{
    arguments::OutputFormat,
    environment::Environment,
    error::CommandError,
    exit::Exit,
    jira::{
        arguments::ShowToken,
        report::{TokenDocument, token_text},
        tokens::AccessTokens,
    },
};

/// Shows one, with its scopes beside those that are needed. Nothing is sent for one that is kept.
pub(super) async fn show(environment: &Environment, arguments: &ShowToken) -> Result<Exit, CommandError> {
    let tokens = AccessTokens::open(environment);
    let (token, origin) = tokens.look(&arguments.name).await?;
    let shown = compared(&token, origin, &arguments.definitions, tokens.now())?;
    let screen = &environment.screen;
    match screen.format() {
        OutputFormat::Text => screen.data(&token_text(&shown))?,
        OutputFormat::Json | OutputFormat::Jsonl => screen.document(&TokenDocument::new(&shown))?,
    }
    Ok(Exit::Success)
}
