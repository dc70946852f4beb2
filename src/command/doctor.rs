//! `flowrun doctor`: what holds here, and what of it needs a hand. Nothing is sent.

mod age;
mod places;

use super::{CommandError, Environment, tell_checks};
use crate::{check::Check, exit::Exit, token::Tokens};

/// Looks at the settings, the directories and each access token, and ends by the worst.
pub(super) fn doctor(environment: &Environment) -> Result<Exit, CommandError> {
    let mut checks = places::look(&environment.settings);
    checks.extend(of_tokens(environment));
    tell_checks(&environment.screen, &checks)
}

fn of_tokens(environment: &Environment) -> Vec<Check> {
    let tokens = Tokens::open(environment);
    match tokens.list() {
        Ok(found) => found.iter().map(|found| age::look(found, tokens.now())).collect(),
        Err(CommandError::Reported(reported)) => {
            reported.into_iter().map(|one| Check::found("access tokens", one.diagnostic)).collect()
        }
        Err(CommandError::Usage(message, _) | CommandError::Internal(message)) => {
            vec![Check::skipped("access tokens", message)]
        }
    }
}
