//! Which scopes a consent asks for besides those that are wanted.

use std::collections::BTreeSet;

use crate::{AccessToken, Grant, OFFLINE_ACCESS};

/// Atlassian asks for fewer in one app; with many more, its own servers refuse the long header.
pub const MOST_SCOPES: usize = 50;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OAuthGrant, Provider, Site};

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
