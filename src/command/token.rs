//! `flowrun token`: getting access tokens, looking at them, trying them, forgetting them.

mod add;
mod list;
mod refresh;
mod remove;
mod scopes;
mod show;
mod test;

use std::path::PathBuf;

use flowrun_engine::diagnostic::{Code, Diagnostic};
use flowrun_jira::access_token::{AccessToken, KeptCredentials};
use jiff::Timestamp;

use super::{CommandError, Environment};
use crate::{
    arguments::Token,
    exit::Exit,
    report::{ScopeLine, Shown},
    signal::AtOnce,
    token::Origin,
};

/// Does what was asked of the access tokens.
pub(super) async fn token(environment: &Environment, arguments: &Token) -> Result<Exit, CommandError> {
    let told = if matches!(arguments, Token::Add(_)) { "\nstopped: nothing was kept\n" } else { "\nstopped\n" };
    let _at_once = AtOnce::listen(&environment.screen, told)?;
    match arguments {
        Token::Add(arguments) => add::add(environment, arguments).await,
        Token::List => list::list(environment),
        Token::Show(arguments) => show::show(environment, arguments).await,
        Token::Test(arguments) => test::test(environment, arguments).await,
        Token::Refresh(arguments) => refresh::refresh(environment, arguments).await,
        Token::Remove(arguments) => remove::remove(environment, arguments).await,
    }
}

/// An access token beside what these definitions need; beside what all activities need where none is named.
fn compared<'a>(
    token: &'a AccessToken,
    origin: Origin,
    definitions: &[PathBuf],
    now: Timestamp,
) -> Result<Shown<'a>, CommandError> {
    let granted = token.grant.scopes();
    let needed = scopes::needed(definitions, scopes::style_of(granted))?;
    let scopes = ScopeLine::all(granted, &needed);
    Ok(Shown { token, origin, scopes, needed_by: scopes::needed_by(definitions), now })
}

/// That the access token was renewed and could not be written, if so: the new bearer ends with this process.
async fn unwritten(credentials: &KeptCredentials) -> Option<Diagnostic> {
    let why = credentials.unwritten().await?;
    let name = credentials.token().name;
    let message = format!("the new bearer of `{name}` is not kept, and ends with this command: {why}");
    let help = format!(
        "make room, then `flowrun token refresh {name}` within ten minutes: for so long Atlassian takes the old refresh \
         token again"
    );
    Some(Diagnostic::error(Code::TOKENS_UNUSABLE, None, message).with_help(help))
}
