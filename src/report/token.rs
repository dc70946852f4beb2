//! Access tokens for people: the list, one in full, and what is said at the end of `token add`. `walk` has the six steps.

mod walk;

use std::collections::BTreeSet;

use flowrun_jira::access_token::{
    AccessToken, Account, Grant, OAuthGrant, OFFLINE_ACCESS, Refusal, TokenName, UNUSED_DAYS, console_name,
};
use jiff::{SignedDuration, Timestamp};

pub(crate) use self::walk::{ConsentBy, Walk, consent_text, paste_text, several_sites_text};
use super::{
    plain::{clip, local_time, wrap},
    styles,
};
use crate::token::{Found, Origin, Seen, grant_word};

const WIDTH: usize = 80;

/// An access token, and its scopes beside what is needed.
#[derive(Clone, Debug)]
pub(crate) struct Shown<'a> {
    /// The access token.
    pub(crate) token: &'a AccessToken,
    /// Where it is kept.
    pub(crate) origin: Origin,
    /// Each scope that was granted or is needed.
    pub(crate) scopes: Vec<ScopeLine>,
    /// Who needs scopes: "these definitions", "any activity".
    pub(crate) needed_by: &'static str,
    /// Now.
    pub(crate) now: Timestamp,
}

/// A scope: whether it was granted, and whether it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScopeLine {
    /// Its key.
    pub(crate) key: String,
    /// Its name in the developer console, where it has one.
    pub(crate) console_name: Option<&'static str>,
    /// Whether it was granted; `None` where nothing tells.
    pub(crate) granted: Option<bool>,
    /// Whether it is needed.
    pub(crate) is_needed: bool,
}

impl ScopeLine {
    /// All scopes of both sets. That a refresh token is asked for by a scope too is no matter of the app's permissions.
    pub(crate) fn all(granted: Option<&BTreeSet<String>>, needed: &BTreeSet<String>) -> Vec<Self> {
        let keys: BTreeSet<&String> = granted.into_iter().flatten().chain(needed).collect();
        let line = |key: &String| Self {
            key: key.clone(),
            console_name: console_name(key),
            granted: granted.map(|granted| granted.contains(key)),
            is_needed: needed.contains(key),
        };
        keys.into_iter().filter(|key| *key != OFFLINE_ACCESS).map(line).collect()
    }
}

/// The list of access tokens, a line each.
pub(crate) fn tokens_text(tokens: &[Found], now: Timestamp) -> String {
    if tokens.is_empty() {
        return "no access tokens; `flowrun token add NAME` gets one\n".to_owned();
    }
    let widest = tokens.iter().map(|found| found.name.len()).max().unwrap_or(0).clamp(4, 24);
    let heading = format!("{:widest$}  {:16}  {:16}  {}\n", "NAME", "KIND", "BEARER", "SITE");
    let row = |found: &Found| match &found.token {
        Seen::Given => format!("{:widest$}  given by {}, not kept\n", found.name, found.origin.words()),
        Seen::Kept(token) => {
            let site = clip(&site_and_account(token), WIDTH.saturating_sub(widest + 38));
            format!("{:widest$}  {:16}  {:16}  {site}\n", found.name, grant_word(&token.grant), bearer_word(token, now))
        }
        Seen::Unreadable { problem, .. } => {
            format!("{:widest$}  {}", found.name, wrap(problem, widest + 2, WIDTH).trim_start())
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
pub(crate) fn token_text(shown: &Shown<'_>) -> String {
    let (strong, token) = (styles::STRONG, shown.token);
    let heading = format!("{strong}{}{strong:#}: {}\n", token.name, kind_words(&token.grant));
    let facts: String = facts(shown).iter().map(|(name, value)| format!("  {name:14}{value}\n")).collect();
    let mend = match token.grant.refused() {
        Some(_) => format!("\nto go on, consent once more:\n  flowrun token add {}\n", token.name),
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

fn facts(shown: &Shown<'_>) -> Vec<(&'static str, String)> {
    let token = shown.token;
    let mut facts = vec![("site", format!("{} ({})", token.site.url, token.site.name))];
    facts.push(("account", account_words(token.account.as_ref())));
    if shown.origin != Origin::File {
        facts.push(("comes from", shown.origin.words().to_owned()));
    }
    match &token.grant {
        Grant::OAuth(grant) => facts.extend(oauth_facts(grant, shown.now)),
        Grant::ServiceAccount { client_id, expires_at, .. } => {
            facts.extend([("consumer key", client_id.clone()), ("bearer", expires_words(*expires_at, shown.now))]);
        }
        Grant::ApiToken { email } | Grant::ScopedApiToken { email } => facts.push(("e-mail", email.clone())),
    }
    if shown.origin == Origin::File {
        facts.push(("added", local_time(token.created_at)));
    }
    facts
}

/// Who it is, for people.
pub(crate) fn account_words(account: Option<&Account>) -> String {
    match account {
        Some(Account { display_name, email: Some(email), .. }) => format!("{display_name} ({email})"),
        Some(Account { display_name, account_id, .. }) => format!("{display_name} ({account_id})"),
        None => "not known: the scope `read:jira-user` was not granted".to_owned(),
    }
}

fn oauth_facts(grant: &OAuthGrant, now: Timestamp) -> Vec<(&'static str, String)> {
    let mut facts = vec![("consumer key", grant.client_id.clone()), ("callback URL", grant.callback_url.clone())];
    if let Some(Refusal { at, why }) = &grant.refused {
        facts.push(("bearer", format!("{} {}", expiry_verb(grant.expires_at, now), local_time(grant.expires_at))));
        let told = wrap(&format!("{}: {why}", local_time(*at)), 16, WIDTH);
        facts.push(("refused", told.trim().to_owned()));
        return facts;
    }
    let unused_until = grant.refreshed_at + SignedDuration::from_hours(24 * UNUSED_DAYS);
    facts.extend([
        ("bearer", expires_words(grant.expires_at, now)),
        ("if unused", format!("lost on {}; each use gives {UNUSED_DAYS} days", local_time(unused_until))),
    ]);
    if let Some(since) = grant.refreshing_since {
        facts.push(("refresh", format!("began {}, and its end is not written", local_time(since))));
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
    wrap(&format!("note: `{name}` was of {was}, and is of {is} now: runs go on as that user"), 0, WIDTH)
}

/// That another process added one of the same name since this one began, and that it is no more.
pub(crate) fn added_meanwhile_text(token: &AccessToken) -> String {
    let since = match &token.grant {
        Grant::OAuth(grant) => format!(" at {}", local_time(grant.granted_at)),
        _ => String::new(),
    };
    let (name, site, whose) = (&token.name, &token.site.url, account_words(token.account.as_ref()));
    let told = format!(
        "warning: another process added `{name}` meanwhile{since}: for {site}, of {whose}; this one has replaced it"
    );
    wrap(&told, 0, WIDTH)
}

/// That this machine's clock is off: times that Jira shows and bearers' ends are compared with it.
pub(crate) fn clock_text(ahead: SignedDuration) -> String {
    let word = if ahead.is_negative() { "behind" } else { "ahead of" };
    let minutes = (ahead.abs().as_secs() + 30) / 60;
    format!(
        "note: this machine's clock is {minutes} min {word} Atlassian's: set it, since bearers expire by the clock\n"
    )
}

fn scopes_text(shown: &Shown<'_>) -> String {
    if shown.scopes.is_empty() || matches!(shown.token.grant, Grant::ApiToken { .. }) {
        return String::new();
    }
    let widest = shown.scopes.iter().map(|scope| scope.key.len()).max().unwrap_or(0);
    let rows: String = shown.scopes.iter().map(|scope| scope_row(scope, widest)).collect();
    let with = |wanted: fn(&ScopeLine) -> bool| shown.scopes.iter().filter(|scope| wanted(scope)).count();
    let missing = with(|scope| scope.is_needed && scope.granted == Some(false));
    let spare = with(|scope| !scope.is_needed && scope.granted == Some(true));
    let name = &shown.token.name;
    let mut notes = String::new();
    if missing > 0 {
        let told = "missing: add them to the app's Jira API permissions, then run";
        notes += &format!("\n{}", wrap(&format!("{told} `flowrun token add {name}` again"), 0, WIDTH));
    }
    if spare > 0 {
        let told = format!(
            "not needed: nothing of {} asks for it; to give it up take it from the app, remove this access token, add it anew",
            shown.needed_by
        );
        notes += &format!("\n{}", wrap(&told, 0, WIDTH));
    }
    format!("\nscopes\n{rows}{notes}")
}

fn scope_row(scope: &ScopeLine, widest: usize) -> String {
    let (style, word) = match (scope.granted, scope.is_needed) {
        (Some(true), true) => (styles::GOOD, "granted"),
        (Some(true), false) => (styles::CARE, "not needed"),
        (Some(false), _) => (styles::BAD, "missing"),
        (None, _) => (styles::FAINT, "not known"),
    };
    let begin = format!("  {style}{word:10}{style:#}  {:widest$}", scope.key);
    match scope.console_name {
        None => begin.trim_end().to_owned() + "\n",
        Some(name) if 14 + widest + 2 + name.len() <= WIDTH => format!("{begin}  {name}\n"),
        Some(name) => format!("{}\n{}", begin.trim_end(), wrap(name, 14, WIDTH)),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn what_agilepoint_s_page_lists_and_nothing_needs_is_told() {
        let granted = ["read:jira-work", "manage:jira-data-provider", "manage:jira-project"].map(str::to_owned).into();
        let needed = ["read:jira-work", "write:jira-work"].map(str::to_owned).into();
        let lines = ScopeLine::all(Some(&granted), &needed);
        let rows: String = lines.iter().map(|scope| scope_row(scope, 25)).collect();
        assert_snapshot!(anstream::adapter::strip_str(&rows).to_string(), @r"
        not needed  manage:jira-data-provider
                    Manage development and release information for third parties in
                    Jira
        not needed  manage:jira-project        Manage project settings
        granted     read:jira-work             View Jira issue data
        missing     write:jira-work            Create and manage issues
        ");
    }
}
