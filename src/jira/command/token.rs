//! `flowrun token`: getting access tokens, looking at them, trying them, forgetting them.

mod add;
mod list;
mod refresh;
mod remove;
mod scopes;
mod show;
mod test;

use std::path::PathBuf;

use flowrun_access_token::AccessToken;
use jiff::Timestamp;

use crate::{
    environment::Environment,
    error::CommandError,
    exit::Exit,
    jira::{
        arguments::Token,
        report::{ScopeLine, ShownToken},
        tokens::TokenOrigin,
    },
    signal::ImmediateStop,
};

/// Does what was asked of the access tokens.
pub(crate) async fn token(environment: &Environment, arguments: &Token) -> Result<Exit, CommandError> {
    let told = if matches!(arguments, Token::Add(_)) { "\nstopped: nothing was kept\n" } else { "\nstopped\n" };
    let immediate_stop = ImmediateStop::listen(&environment.screen, told)?;
    let done = match arguments {
        Token::Add(arguments) => add::add(environment, arguments).await,
        Token::List => list::list(environment),
        Token::Show(arguments) => show::show(environment, arguments).await,
        Token::Test(arguments) => test::test(environment, arguments, &immediate_stop).await,
        Token::Refresh(arguments) => refresh::refresh(environment, arguments, &immediate_stop).await,
        Token::Remove(arguments) => remove::remove(environment, arguments).await,
    };
    immediate_stop.disarm().await;
    done
}

/// An access token beside what these definitions need; beside what all activities need where none is named.
fn compared<'a>(
    token: &'a AccessToken,
    origin: TokenOrigin,
    definitions: &[PathBuf],
    now: Timestamp,
) -> Result<ShownToken<'a>, CommandError> {
    let granted = token.grant.scopes();
    let style = scopes::style_of(granted);
    let mut scopes = ScopeLine::all(granted, &scopes::needed(definitions, style)?);
    if definitions.is_empty() {
        for scope in &mut scopes {
            scope.activities = Some(scopes::activities_that_need(&scope.key, style));
        }
    }
    Ok(ShownToken { token, origin, scopes, needed_by: scopes::needed_by(definitions), now })
}
