//! How old an access token is, and what may have become of it: read off what is kept, without asking anybody.

use flowrun_engine::diagnostic::{Code, Diagnostic};
use flowrun_jira::access_token::{AccessToken, Grant, OAuthGrant, REUSE_LEEWAY, UNUSED_DAYS};
use jiff::{SignedDuration, Timestamp};

use crate::{
    check::Check,
    report::local_time,
    token::{Found, Seen},
};

/// From then on it is told that an access token should be used.
const SOON_DAYS: i64 = 14;

/// Looks at one access token.
pub(super) fn look(found: &Found, now: Timestamp) -> Check {
    let what = format!("token {}", found.name);
    match &found.token {
        Seen::Given => Check::passed(what, format!("given by {}, not kept", found.origin.words())),
        Seen::Unreadable { problem, help } => {
            let diagnostic = Diagnostic::error(Code::TOKENS_UNUSABLE, None, problem.clone());
            Check::found(what, diagnostic.with_help_if_any(help.clone()))
        }
        Seen::Kept(token) => of_token(what, token, now),
    }
}

fn of_token(what: String, token: &AccessToken, now: Timestamp) -> Check {
    match &token.grant {
        Grant::OAuth(grant) => of_grant(what, token, grant, now),
        Grant::ServiceAccount { .. } => Check::passed(what, "a service account: it needs no refresh"),
        Grant::ApiToken { .. } | Grant::ScopedApiToken { .. } => {
            let days = now.duration_since(token.created_at).as_hours() / 24;
            Check::passed(what, format!("an API token, kept for {days} days; they last a year at most"))
        }
    }
}

fn of_grant(what: String, token: &AccessToken, grant: &OAuthGrant, now: Timestamp) -> Check {
    let name = &token.name;
    if let Some(since) = grant.refreshing_since {
        let leeway = SignedDuration::try_from(REUSE_LEEWAY).expect("ten minutes are no overflow");
        let began = format!("a refresh began {} and its end is not written", local_time(since));
        let diagnostic = if now.duration_since(since) <= leeway {
            Diagnostic::warning(Code::GRANT_LOST, None, began).with_help(format!(
                "run `flowrun token refresh {name}` now: Atlassian takes the old refresh token for ten minutes"
            ))
        } else {
            Diagnostic::warning(Code::GRANT_LOST, None, format!("{began}, for more than ten minutes")).with_help(
                format!(
                    "run `flowrun token refresh {name}`; if it was lost, `flowrun token add {name}` gets it anew, with the \
                     same app"
                ),
            )
        };
        return Check::found(what, diagnostic);
    }
    let days = now.duration_since(grant.refreshed_at).as_hours() / 24;
    let left = UNUSED_DAYS - days;
    let used = format!("used {days} days ago; after {UNUSED_DAYS} days without use it is lost");
    if left <= 0 {
        let help = format!("run `flowrun token add {name}`: it consents anew, with the same app");
        Check::found(what, Diagnostic::error(Code::GRANT_LOST, None, used).with_help(help))
    } else if left <= SOON_DAYS {
        let help = format!("run `flowrun token refresh {name}`: it is good for {UNUSED_DAYS} days again");
        Check::found(what, Diagnostic::warning(Code::GRANT_LOST, None, used).with_help(help))
    } else {
        Check::passed(what, format!("{}, {left} days left without use", token.site.url))
    }
}
