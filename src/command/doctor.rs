//! `flowrun doctor`: what holds here, and what of it needs a hand. Nothing is sent, and nothing that is kept is changed; what killed
//! processes left half written is removed.

mod places;

use crate::{
    environment::Environment,
    error::CommandError,
    exit::Exit,
    jira::{Tokens, look_at_age},
    report::show_checks,
};

/// Looks at the settings, the directories and each access token, and ends by the worst.
pub(super) async fn doctor(environment: &Environment) -> Result<Exit, CommandError> {
    let tokens = Tokens::open(environment);
    let (found, problem) = match tokens.list() {
        Ok(found) => (found, tokens.check_kept().and(tokens.sweep().await).err()),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    let mut checks = places::look(&environment.settings);
    checks.extend(places::of_tokens(&environment.settings.tokens_dir, problem));
    checks.extend(found.iter().map(|found| look_at_age(found, tokens.now())));
    Ok(show_checks(&environment.screen, &checks)?)
}
