//! `flowrun doctor`: what holds here, and what of it needs a hand. Nothing is sent, and nothing that is kept is changed; what killed
//! processes left half written is removed.

mod places;

use crate::{environment::Environment, error::CommandError, exit::Exit, pack::Pack, report::show_checks};

/// Looks at the settings, the store of runs and what the pack has besides, and ends by the worst.
pub(super) async fn doctor(environment: &Environment, pack: &dyn Pack) -> Result<Exit, CommandError> {
    let of_pack = pack.checks(environment).await;
    let checks: Vec<_> = places::look(&environment.settings).into_iter().chain(of_pack).collect();
    Ok(show_checks(&environment.screen, &checks)?)
}
