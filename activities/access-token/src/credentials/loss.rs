//! Why a grant is gone, as far as it can be told, and what to do.

use std::time::Duration;

use flowrun_engine::{activity::Failure, diagnostic::Code};
use jiff::Timestamp;

use crate::{OAuthError, OAuthGrant, REUSE_LEEWAY, Refusal, TokenName, UNUSED_DAYS};
use flowrun_http::later;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The refresh token is not taken any more. `began` is when a refresh began whose end is not written.
pub(super) fn refusal(grant: &OAuthGrant, began: Option<Timestamp>, now: Timestamp, error: &OAuthError) -> Refusal {
    let why = match began {
        Some(began) if later(began, REUSE_LEEWAY) < now => {
            format!("a refresh that began at {began:.0} was never finished, nor repeated within ten minutes")
        }
        _ if later(grant.refreshed_at, DAY * UNUSED_DAYS as u32) < now => {
            format!("nobody used it since {:.0}, and after 90 days it is forgotten", grant.refreshed_at)
        }
        Some(began) => {
            format!("a refresh that began at {began:.0} was never finished, or its consent was withdrawn")
        }
        None => "its consent was withdrawn, or the user's password was changed".to_owned(),
    };
    Refusal { at: now, why: format!("{why} ({error})") }
}

/// A refusal, to whoever needs the bearer.
pub(super) fn refused(name: &TokenName, refusal: &Refusal) -> Failure {
    let message = format!("the access token `{name}` must be re-authorized: {}", refusal.why);
    Failure::needs_grant(Code::GRANT_LOST, message).with_help(help(name))
}

/// The bearer is used up, and there is nothing to get another with.
pub(super) fn no_refresh_token(name: &TokenName) -> Failure {
    let message =
        format!("the access token `{name}` has expired, and has no refresh token: `offline_access` was not granted");
    Failure::needs_grant(Code::GRANT_LOST, message).with_help(help(name))
}

/// Who knows of a run that waits for it says how that goes on.
fn help(name: &TokenName) -> String {
    format!("consent once more with `flowrun token add {name}`")
}
