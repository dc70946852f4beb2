//! Which scopes to ask for: the least that definitions need, and what the developer console calls them.

use std::collections::BTreeSet;

use flowrun_access_token::OFFLINE_ACCESS;
use flowrun_engine::requirement::{Need, Scopes};

use crate::{activity::operations, client::endpoint, scope::scope_names};

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

fn of_style(all: impl Iterator<Item = Scopes>, style: ScopeStyle) -> BTreeSet<String> {
    let set = |scopes: Scopes| match style {
        ScopeStyle::Classic => scopes.classic,
        ScopeStyle::Granular => scopes.granular,
    };
    all.flat_map(set).map(String::from).collect()
}

#[cfg(test)]
mod tests {
    use flowrun_access_token::MOST_SCOPES;

    use super::*;

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
}
