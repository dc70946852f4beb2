//! The scopes of an access token beside those that are needed, and what to do about the difference.

use std::collections::BTreeSet;

use flowrun_access_token::{AccessToken, Grant, OFFLINE_ACCESS};
use flowrun_jira::console_name;

use super::{ShownToken, WIDTH};
use crate::{
    report::wrap,
    screen::{on_one_line, styles},
};

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
    /// Which activities need it, where it is told for all of them: a definition of the reader's may have none of these.
    pub(crate) activities: Option<Vec<String>>,
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
            activities: None,
        };
        keys.into_iter().filter(|key| *key != OFFLINE_ACCESS).map(line).collect()
    }
}

/// The scopes, a line each, and what to do about those that differ.
pub(super) fn scopes_text(shown: &ShownToken<'_>) -> String {
    if shown.scopes.is_empty() || matches!(shown.token.grant, Grant::ApiToken { .. }) {
        return String::new();
    }
    let widest = shown.scopes.iter().map(|scope| scope.key.len()).max().unwrap_or(0);
    let rows: String = shown.scopes.iter().map(|scope| scope_row(scope, widest)).collect();
    let missing: Vec<_> = shown.scopes.iter().filter(|scope| scope.is_needed && scope.granted == Some(false)).collect();
    let is_spare = |scope: &ScopeLine| !scope.is_needed && scope.granted == Some(true);
    let mut notes = missing_text(shown.token, &missing);
    if shown.scopes.iter().any(is_spare) {
        let told = format!(
            "not needed: nothing in {} asks for it; to give it up, take it out of the app, remove this access token, and add it again",
            shown.needed_by
        );
        notes += &format!("\n{}", wrap(&told, 0, WIDTH));
    }
    format!("\nscopes\n{rows}{notes}")
}

/// What helps where scopes are missing: for all activities, only whoever has a definition that needs them.
fn missing_text(token: &AccessToken, missing: &[&ScopeLine]) -> String {
    if missing.is_empty() {
        return String::new();
    }
    let whose = |scope: &&ScopeLine| Some(format!("`{}`, {}", scope.key, whose_need(scope.activities.as_deref()?)));
    let whose: Vec<_> = missing.iter().filter_map(whose).collect();
    let (condition, what, wanted) = if whose.is_empty() {
        let keys: Vec<_> = missing.iter().map(|scope| scope.key.as_str()).collect();
        (String::new(), "them", format!("--scopes {}", keys.join(",")))
    } else {
        (format!("{}; if a definition of yours needs it, ", whose.join("; ")), "it", "--for FILE".to_owned())
    };
    let mend = match token.grant {
        Grant::ServiceAccount { .. } => {
            format!("ask an organisation administrator for a credential that has {what}")
        }
        Grant::OAuth(_) | Grant::ApiToken { .. } | Grant::ScopedApiToken { .. } => format!(
            "add {what} to the app's Jira API permissions, then run `flowrun token add {} {wanted}`: what was \
             granted stays",
            token.name
        ),
    };
    format!("\n{}", wrap(&on_one_line(&format!("missing: {condition}{mend}")), 0, WIDTH))
}

fn whose_need(activities: &[String]) -> String {
    let named: Vec<_> = activities.iter().map(|activity| format!("`{activity}`")).collect();
    match named.as_slice() {
        [] => "needed by every run".to_owned(),
        [first, _, _, _, ..] => format!("needed by {} activities, such as {first}", named.len()),
        few => format!("needed by {}", few.join(", ")),
    }
}

fn scope_row(scope: &ScopeLine, widest: usize) -> String {
    let (style, word) = match (scope.granted, scope.is_needed) {
        (Some(true), true) => (styles::GOOD, "granted"),
        (Some(true), false) => (styles::CARE, "not needed"),
        (Some(false), _) => (styles::BAD, "missing"),
        (None, _) => (styles::FAINT, "not known"),
    };
    let begin = format!("  {style}{word:10}{style:#}  {:widest$}", on_one_line(&scope.key));
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
    use crate::screen::visible::for_people;

    #[test]
    fn what_agilepoint_s_page_lists_and_nothing_needs_is_told() {
        let granted = ["read:jira-work", "manage:jira-data-provider", "manage:jira-project"].map(str::to_owned).into();
        let needed = ["read:jira-work", "write:jira-work"].map(str::to_owned).into();
        let lines = ScopeLine::all(Some(&granted), &needed);
        let rows: String = lines.iter().map(|scope| scope_row(scope, 25)).collect();
        assert_snapshot!(anstream::adapter::strip_str(&for_people(&rows)).to_string(), @r"
        not needed  manage:jira-data-provider
                    Manage development and release information for third parties in
                    Jira
        not needed  manage:jira-project        Manage project settings
        granted     read:jira-work             View Jira issue data
        missing     write:jira-work            Create and manage issues
        ");
    }
}
