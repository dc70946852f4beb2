//! `flowrun token show`

use super::scopes;
use crate::{
    arguments::{OutputFormat, ShowToken},
    command::{CommandError, Environment},
    exit::Exit,
    report::{ScopeLine, Shown, TokenDocument, token_text},
    token::Tokens,
};

/// Shows one, with its scopes beside those that are needed. Nothing is sent for one that is kept.
pub(super) async fn show(environment: &Environment, arguments: &ShowToken) -> Result<Exit, CommandError> {
    let tokens = Tokens::open(environment);
    let (token, origin) = tokens.look(&arguments.name).await?;
    let granted = token.grant.scopes();
    let needed = scopes::needed(&arguments.definitions, scopes::style_of(granted))?;
    let shown = Shown {
        token: &token,
        origin,
        scopes: ScopeLine::all(granted, &needed),
        needed_by: scopes::needed_by(&arguments.definitions),
        now: tokens.now(),
    };
    let screen = &environment.screen;
    match screen.format() {
        OutputFormat::Text => screen.data(&token_text(&shown))?,
        OutputFormat::Json | OutputFormat::Jsonl => screen.document(&TokenDocument::new(&shown))?,
    }
    Ok(Exit::Success)
}
