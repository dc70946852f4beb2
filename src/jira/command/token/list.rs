//! `flowrun token list`

use crate::{
    arguments::OutputFormat,
    environment::Environment,
    error::CommandError,
    exit::Exit,
    jira::{
        report::{TokensDocument, tokens_text},
        tokens::AccessTokens,
    },
};

/// Lists the access tokens, those that cannot be read too. Nothing is asked, and nothing is sent.
pub(super) fn list(environment: &Environment) -> Result<Exit, CommandError> {
    let tokens = AccessTokens::open(environment);
    let found = tokens.list()?;
    let screen = &environment.screen;
    if screen.format() == OutputFormat::Text {
        screen.data(&tokens_text(&found, tokens.now()))?;
    } else {
        screen.document(&TokensDocument::new(&found))?;
    }
    Ok(Exit::Success)
}
