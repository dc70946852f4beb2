//! The directory of access tokens, and how old each is, and what may have become of it: read off what is kept, without asking anybody.

use std::path::Path;

use flowrun_access_token::{AccessToken, Grant, OAuthGrant, REUSE_LEEWAY, Refusal, TokenName, UNUSED_DAYS};
use flowrun_engine::diagnostic::{Code, Diagnostic};
use jiff::{SignedDuration, Timestamp};

use super::tokens::{FoundToken, TokenState};
use crate::{
    check::{Check, directory},
    error::CommandError,
    report::local_time,
};

/// From then on it is told that an access token should be used.
const SOON_DAYS: i64 = 14;

/// The directory of access tokens, with what was found wrong with it.
pub(crate) fn of_directory(path: &Path, problem: Option<CommandError>) -> Vec<Check> {
    let (what, shown) = ("tokens", path.display());
    match problem {
        None if path.exists() => vec![Check::passed(what, shown.to_string())],
        None => vec![directory::not_there(what, path, Code::TOKENS_UNUSABLE, "--tokens-dir")],
        Some(CommandError::Reported(reported)) => {
            reported.into_iter().map(|one| Check::found(what, one.diagnostic)).collect()
        }
        Some(CommandError::Usage(message, _) | CommandError::Machine(message, _) | CommandError::Internal(message)) => {
            vec![Check::skipped(what, message)]
        }
    }
}

/// Looks at one access token.
pub(crate) fn look(found: &FoundToken, now: Timestamp) -> Check {
    let what = format!("token {}", found.name);
    match &found.token {
        TokenState::Given => Check::passed(what, format!("given by {}, not kept", found.origin.words())),
        TokenState::Unreadable { problem, help } => {
            let diagnostic = Diagnostic::error(Code::TOKENS_UNUSABLE, None, problem.clone());
            Check::found(what, diagnostic.with_help_if_any(help.clone()))
        }
        TokenState::Kept(token) => of_token(what, token, now),
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
    let found = match (&grant.refused, grant.refreshing_since) {
        (Some(refusal), _) => Err(refused(&token.name, refusal)),
        (None, Some(since)) => Err(unfinished(&token.name, since, now)),
        (None, None) => unused(token, grant, now),
    };
    match found {
        Ok(told) => Check::passed(what, told),
        Err(diagnostic) => Check::found(what, diagnostic),
    }
}

fn refused(name: &TokenName, refusal: &Refusal) -> Diagnostic {
    let message = format!("Atlassian refused it {}: {}", local_time(refusal.at), refusal.why);
    Diagnostic::error(Code::GRANT_LOST, None, message)
        .with_help(format!("run `flowrun token add {name}`: it asks for your consent again, with the same app"))
}

/// A refresh that began, and whose end is not written.
fn unfinished(name: &TokenName, since: Timestamp, now: Timestamp) -> Diagnostic {
    let leeway = SignedDuration::try_from(REUSE_LEEWAY).expect("ten minutes are no overflow");
    // A damaged file may have any time.
    let taken_until = since.saturating_add(leeway).expect("minutes are no calendar's");
    let began = format!("a refresh began {}, and its result was not recorded", local_time(since));
    if now <= taken_until {
        let until = local_time(taken_until);
        return Diagnostic::warning(Code::GRANT_LOST, None, began).with_help(format!(
            "run `flowrun token refresh {name}` now: Atlassian accepts the old refresh token until {until}"
        ));
    }
    let message = format!(
        "{began} for more than ten minutes: if Atlassian's answer was lost, the old refresh token no longer works, and the \
         consent is lost"
    );
    Diagnostic::warning(Code::GRANT_LOST, None, message).with_help(format!(
        "run `flowrun token refresh {name}` to find out; if it was lost, run `flowrun token add {name}`: it asks for your \
         consent again, with the same app"
    ))
}

/// How long Atlassian keeps it yet if nobody uses it.
fn unused(token: &AccessToken, grant: &OAuthGrant, now: Timestamp) -> Result<String, Diagnostic> {
    let name = &token.name;
    let days = now.duration_since(grant.refreshed_at).as_hours() / 24;
    let left = UNUSED_DAYS - days;
    let used = format!("last used {days} days ago; it is lost after {UNUSED_DAYS} days without use");
    if left <= 0 {
        let help = format!("run `flowrun token add {name}`: it asks for your consent again, with the same app");
        Err(Diagnostic::error(Code::GRANT_LOST, None, used).with_help(help))
    } else if left <= SOON_DAYS {
        let help = format!("run `flowrun token refresh {name}`: it then lasts another {UNUSED_DAYS} days");
        Err(Diagnostic::warning(Code::GRANT_LOST, None, used).with_help(help))
    } else {
        Ok(format!("{}; without use it lasts {left} more days", token.site.url))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::jira::tokens::TokenOrigin;

    fn found(refreshing_since: &str) -> FoundToken {
        let grant = json!({
            "client_id": "app", "callback_url": "http://localhost:8971/callback", "scopes": [],
            "granted_at": "2026-01-31T12:00:00Z", "refreshed_at": "2026-01-31T12:00:00Z",
            "expires_at": "2026-01-31T13:00:00Z", "refreshing_since": refreshing_since,
        });
        let token = json!({
            "name": "acme", "provider": "atlassian", "account": null, "grant": { "oauth": grant },
            "site": { "cloud_id": "1", "name": "acme", "url": "https://acme.atlassian.net" },
            "created_at": "2026-01-31T12:00:00Z",
        });
        let token = serde_json::from_value(token).unwrap();
        FoundToken { name: "acme".into(), origin: TokenOrigin::File, token: TokenState::Kept(Box::new(token)) }
    }

    #[test]
    fn a_refresh_without_an_end_is_finished_while_that_helps_and_later_may_have_cost_the_consent() {
        let began = "2026-01-31T13:00:00Z";
        let now: Timestamp = began.parse().unwrap();
        let told = |seconds| {
            let check = look(&found(began), now + SignedDuration::from_secs(seconds));
            let diagnostic = check.diagnostic().expect("it is worth a look").clone();
            (diagnostic.message, diagnostic.help.expect("there is something to do"))
        };
        for seconds in [60, 599, 600] {
            let (message, help) = told(seconds);
            assert!(message.ends_with("its result was not recorded"), "{message}");
            assert!(
                help.contains("flowrun token refresh acme` now: ") && help.contains(" until 2026-01-31 "),
                "{help}"
            );
        }
        let (message, help) = told(601);
        assert!(message.contains("for more than ten minutes") && message.contains("the consent is lost"), "{message}");
        assert!(help.contains("flowrun token refresh acme") && help.contains("flowrun token add acme"), "{help}");
    }
}
