//! Which scopes to ask for: the least that definitions need, and what the developer console calls them.

use std::collections::BTreeSet;

use flowrun_engine::requirement::{Need, Scopes};

use super::{AccessToken, Grant, consent::OFFLINE_ACCESS};
use crate::{activity::operations, client::endpoint};

pub use crate::scope::{ConsoleScope, console_name, scope_names};

/// Atlassian asks for fewer in one app; with many more, its own servers refuse the long header.
pub const MOST_SCOPES: usize = 50;

/// Which of Jira's two sets of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScopeStyle {
    /// The few that Atlassian recommends.
    #[default]
    Classic,
    /// One for each kind of thing and of access.
    Granular,
}

/// The least scopes for `needs`, and for what every run asks first: whose the access token is, and what the user may do.
pub fn needed_scopes<'a>(needs: impl IntoIterator<Item = &'a Need>, style: ScopeStyle) -> BTreeSet<String> {
    let of_needs = needs.into_iter().filter_map(|need| match need {
        Need::Scopes(scopes) => Some(scopes.clone()),
        Need::Permission { .. } => None,
    });
    let always = [endpoint::MYSELF.operation(), endpoint::MY_PERMISSIONS.operation()];
    of_style(of_needs.chain(always.map(|operation| operation.scopes.scopes())), style)
}

/// The scopes that all activities together need.
pub fn all_scopes(style: ScopeStyle) -> BTreeSet<String> {
    of_style(operations().map(|operation| operation.scopes.scopes()), style)
}

/// All scopes that flowrun knows: what activities need, and what the console names. Jira has granular ones besides.
pub fn known_scopes() -> BTreeSet<String> {
    let named = scope_names().iter().map(|scope| scope.key).chain([OFFLINE_ACCESS]).map(str::to_owned);
    named.chain(all_scopes(ScopeStyle::Classic)).chain(all_scopes(ScopeStyle::Granular)).collect()
}

/// Whether any activity can need `scope`.
pub fn is_of_use(scope: &str) -> bool {
    let has = |style| all_scopes(style).contains(scope);
    scope == OFFLINE_ACCESS || has(ScopeStyle::Classic) || has(ScopeStyle::Granular)
}

/// What to ask for: `wanted`, and all that kept access tokens of the same app have, since a new grant replaces the old.
pub fn with_granted<'a>(
    wanted: BTreeSet<String>,
    client_id: &str,
    kept: impl IntoIterator<Item = &'a AccessToken>,
) -> BTreeSet<String> {
    let granted = kept.into_iter().filter_map(|token| match &token.grant {
        Grant::OAuth(grant) if grant.client_id == client_id => Some(&grant.scopes),
        _ => None,
    });
    let granted = granted.flatten().filter(|scope| *scope != OFFLINE_ACCESS).cloned();
    wanted.into_iter().chain(granted).collect()
}

fn of_style(all: impl Iterator<Item = Scopes>, style: ScopeStyle) -> BTreeSet<String> {
    let set = |scopes: Scopes| match style {
        ScopeStyle::Classic => scopes.classic,
        ScopeStyle::Granular => scopes.granular,
    };
    all.flat_map(set).map(String::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_token::{OAuthGrant, Provider, Site};

    #[test]
    fn all_activities_need_four_classic_scopes() {
        let expected = ["manage:jira-configuration", "read:jira-user", "read:jira-work", "write:jira-work"];
        assert_eq!(all_scopes(ScopeStyle::Classic), expected.map(str::to_owned).into());
        assert!(all_scopes(ScopeStyle::Granular).len() < MOST_SCOPES);
    }

    #[test]
    fn nothing_needs_two_scopes_of_agilepoint_s_page() {
        let useless: Vec<_> =
            scope_names().iter().filter(|scope| !is_of_use(scope.key)).map(|scope| scope.key).collect();
        assert_eq!(useless, ["manage:jira-project", "manage:jira-data-provider", "manage:jira-webhook"]);
        assert!(is_of_use("write:comment:jira") && is_of_use("offline_access"));
    }

    #[test]
    fn needs_are_met_in_the_style_that_was_asked_for() {
        let needs = [Need::Scopes(Scopes::new(&["write:jira-work"], &["delete:issue:jira"]))];
        let classic = needed_scopes(&needs, ScopeStyle::Classic);
        assert_eq!(classic, ["read:jira-user", "read:jira-work", "write:jira-work"].map(str::to_owned).into());
        let granular = needed_scopes(&needs, ScopeStyle::Granular);
        assert!(granular.contains("delete:issue:jira") && granular.contains("read:permission:jira"));
        assert!(granular.is_disjoint(&classic));
    }

    fn token(client_id: &str, scopes: &[&str]) -> AccessToken {
        let at = jiff::Timestamp::UNIX_EPOCH;
        AccessToken {
            name: "acme".parse().expect("a name"),
            provider: Provider::Atlassian,
            site: Site { cloud_id: "1".into(), name: "acme".into(), url: "https://acme.atlassian.net".into() },
            account: None,
            grant: Grant::OAuth(OAuthGrant {
                client_id: client_id.into(),
                callback_url: "http://localhost:8971/callback".into(),
                scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
                granted_at: at,
                refreshed_at: at,
                expires_at: at,
                refreshing_since: None,
                refused: None,
            }),
            created_at: at,
        }
    }

    #[test]
    fn a_new_consent_takes_nothing_from_other_access_tokens_of_the_app() {
        let kept = [
            token("key", &["read:jira-work", "offline_access"]),
            token("key", &["manage:jira-webhook"]),
            token("other", &["manage:jira-project"]),
        ];
        let asked = with_granted(["write:jira-work".to_owned()].into(), "key", &kept);
        assert_eq!(asked, ["manage:jira-webhook", "read:jira-work", "write:jira-work"].map(str::to_owned).into());
    }
}
