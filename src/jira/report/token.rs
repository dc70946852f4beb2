//! Access tokens for people: the list, one in full, and what is said at the end of `token add`. `app_setup` has the six steps,
//! `scopes` what is told of scopes.

mod app_setup;
mod scopes;

use flowrun_access_token::{AccessToken, Account, Grant, OAuthGrant, Refusal, TokenName, UNUSED_DAYS};
use jiff::{SignedDuration, Timestamp};

pub(crate) use self::app_setup::{AppSetupSteps, ConsentBy, consent_text, paste_text, several_sites_text};
pub(crate) use self::scopes::ScopeLine;
use self::scopes::scopes_text;
use crate::{
    jira::tokens::{FoundToken, TokenOrigin, TokenState, grant_word},
    report::{clip, local_time, wrap},
    screen::{on_one_line, styles},
};

const WIDTH: usize = 80;

/// An access token, and its scopes beside what is needed.
#[derive(Clone, Debug)]
pub(crate) struct ShownToken<'a> {
    /// The access token.
    pub(crate) token: &'a AccessToken,
    /// Where it is kept.
    pub(crate) origin: TokenOrigin,
    /// Each scope that was granted or is needed.
    pub(crate) scopes: Vec<ScopeLine>,
    /// Who needs scopes: "these definitions", "any activity".
    pub(crate) needed_by: &'static str,
    /// Now.
    pub(crate) now: Timestamp,
}

/// The list of access tokens, a line each.
pub(crate) fn tokens_text(tokens: &[FoundToken], now: Timestamp) -> String {
    if tokens.is_empty() {
        return "no access tokens; `flowrun token add NAME` gets one\n".to_owned();
    }
    let widest = tokens.iter().map(|found| found.name.len()).max().unwrap_or(0).clamp(4, 24);
    let heading = format!("{:widest$}  {:16}  {:16}  {}\n", "NAME", "KIND", "BEARER", "SITE");
    let row = |found: &FoundToken| match &found.token {
        TokenState::Given => format!("{:widest$}  given by {}, not kept\n", found.name, found.origin.words()),
        TokenState::Kept(token) => {
            let site = clip(&site_and_account(token), WIDTH.saturating_sub(widest + 38));
            format!("{:widest$}  {:16}  {:16}  {site}\n", found.name, grant_word(&token.grant), bearer_word(token, now))
        }
        TokenState::Unreadable { problem, .. } => {
            format!("{:widest$}  {}", found.name, wrap(&on_one_line(problem), widest + 2, WIDTH).trim_start())
        }
    };
    [heading].into_iter().chain(tokens.iter().map(row)).collect()
}

fn site_and_account(token: &AccessToken) -> String {
    let site = token.site.url.trim_start_matches("https://");
    match &token.account {
        Some(account) => format!("{site}, {}", account.display_name),
        None => site.to_owned(),
    }
}

fn bearer_word(token: &AccessToken, now: Timestamp) -> String {
    match token.grant.expires_at() {
        _ if token.grant.refused().is_some() => "consent refused".to_owned(),
        None => "-".to_owned(),
        Some(at) if at <= now => "due for refresh".to_owned(),
        Some(at) => {
            let minutes = at.duration_since(now).as_mins();
            if minutes < 1 { "for seconds".to_owned() } else { format!("for {minutes} min") }
        }
    }
}

/// One access token, in full.
pub(crate) fn token_text(shown: &ShownToken<'_>) -> String {
    let (strong, token) = (styles::STRONG, shown.token);
    let heading = format!("{strong}{}{strong:#}: {}\n", token.name, kind_words(&token.grant));
    let facts: String = facts(shown).iter().map(|(name, value)| format!("  {name:14}{value}\n")).collect();
    let mend = match token.grant.refused() {
        Some(_) => format!("\nto continue, consent once more:\n  flowrun token add {}\n", token.name),
        None => String::new(),
    };
    heading + &facts + &scopes_text(shown) + &mend
}

fn kind_words(grant: &Grant) -> &'static str {
    match grant {
        Grant::OAuth(_) => "an OAuth 2.0 access token, by your consent",
        Grant::ServiceAccount { .. } => "a service account, by client credentials",
        Grant::ApiToken { .. } => "an API token without scopes: it may do all that its user may",
        Grant::ScopedApiToken { .. } => "an API token with scopes; Jira does not list them",
    }
}

fn facts(shown: &ShownToken<'_>) -> Vec<(&'static str, String)> {
    let token = shown.token;
    let mut facts = vec![("site", format!("{} ({})", on_one_line(&token.site.url), on_one_line(&token.site.name)))];
    facts.push(("account", account_words(token.account.as_ref())));
    if shown.origin != TokenOrigin::File {
        facts.push(("comes from", shown.origin.words().to_owned()));
    }
    match &token.grant {
        Grant::OAuth(grant) => facts.extend(oauth_facts(grant, shown.now)),
        Grant::ServiceAccount { client_id, expires_at, .. } => {
            facts.extend([
                ("consumer key", on_one_line(client_id).into_owned()),
                ("bearer", expires_words(*expires_at, shown.now)),
            ]);
        }
        Grant::ApiToken { email } | Grant::ScopedApiToken { email } => {
            facts.push(("e-mail", on_one_line(email).into_owned()));
        }
    }
    if shown.origin == TokenOrigin::File {
        facts.push(("added", local_time(token.created_at)));
    }
    facts
}

/// Who it is, for people, on one line.
pub(crate) fn account_words(account: Option<&Account>) -> String {
    let words = match account {
        Some(Account { display_name, email: Some(email), .. }) => format!("{display_name} ({email})"),
        Some(Account { display_name, account_id, .. }) => format!("{display_name} ({account_id})"),
        None => "not known: the scope `read:jira-user` was not granted".to_owned(),
    };
    on_one_line(&words).into_owned()
}

fn oauth_facts(grant: &OAuthGrant, now: Timestamp) -> Vec<(&'static str, String)> {
    let line = |text: &str| on_one_line(text).into_owned();
    let mut facts = vec![("consumer key", line(&grant.client_id)), ("callback URL", line(&grant.callback_url))];
    if let Some(Refusal { at, why }) = &grant.refused {
        facts.push(("bearer", format!("{} {}", expiry_verb(grant.expires_at, now), local_time(grant.expires_at))));
        let told = wrap(&format!("{}: {}", local_time(*at), on_one_line(why)), 16, WIDTH);
        facts.push(("refused", told.trim().to_owned()));
        return facts;
    }
    let unused_until = grant.refreshed_at + SignedDuration::from_hours(24 * UNUSED_DAYS);
    facts.extend([
        ("bearer", expires_words(grant.expires_at, now)),
        ("if unused", format!("lost on {}; each use gives another {UNUSED_DAYS} days", local_time(unused_until))),
    ]);
    if let Some(since) = grant.refreshing_since {
        facts.push(("refresh", format!("began {}, and its result was not recorded", local_time(since))));
    }
    facts
}

fn expires_words(at: Timestamp, now: Timestamp) -> String {
    format!("{} {}; flowrun gets the next one by itself", expiry_verb(at, now), local_time(at))
}

fn expiry_verb(at: Timestamp, now: Timestamp) -> &'static str {
    if at <= now { "expired" } else { "expires" }
}

/// That another account consented than the time before.
pub(crate) fn other_account_text(name: &TokenName, was: &str, is: &str) -> String {
    let told = format!("note: `{name}` belonged to {was}, and now belongs to {is}: runs continue as that user");
    wrap(&on_one_line(&told), 0, WIDTH)
}

/// That another process added one of the same name since this one began, and that it is no more.
pub(crate) fn added_meanwhile_text(token: &AccessToken) -> String {
    let since = match &token.grant {
        Grant::OAuth(grant) => format!(" at {}", local_time(grant.granted_at)),
        Grant::ServiceAccount { .. } | Grant::ApiToken { .. } | Grant::ScopedApiToken { .. } => String::new(),
    };
    let (name, site, whose) = (&token.name, &token.site.url, account_words(token.account.as_ref()));
    let told = format!(
        "warning: another process added `{name}` meanwhile{since}: for {site}, of {whose}; this one has replaced it"
    );
    wrap(&on_one_line(&told), 0, WIDTH)
}

/// That this machine's clock is off: times that Jira shows and bearers' ends are compared with it.
pub(crate) fn clock_text(ahead: SignedDuration) -> String {
    let word = if ahead.is_negative() { "behind" } else { "ahead of" };
    let minutes = (ahead.abs().as_secs() + 30) / 60;
    format!(
        "note: this machine's clock is {minutes} min {word} Atlassian's: set it, since bearers expire by the clock\n"
    )
}
