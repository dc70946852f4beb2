//! What an access token and its user may do: each scope, and each activity's permissions in a project.

use std::collections::{BTreeMap, BTreeSet};

use flowrun_access_token::{AccessToken, Grant};
use flowrun_engine::{
    activity::{Catalogue, Description},
    diagnostic::{Code, Diagnostic},
    requirement::{Authority, Need, Subject, Verdict},
};
use flowrun_jira::JiraAuthority;

use crate::{
    check::Check,
    error::CommandError,
    jira::{arguments::TestToken, catalogue, command::token::scopes, report::ScopeLine},
    report::local_time,
};

/// On what activities need permissions that belong to no project.
const GLOBALLY: &str = "the site";

/// What an access token is looked at for.
pub(super) struct WantedGrants {
    scopes: BTreeSet<String>,
    /// `None` for all activities.
    activities: Option<BTreeSet<String>>,
    project: Option<String>,
    needed_by: &'static str,
}

impl WantedGrants {
    /// What the definitions that are named need, or all activities.
    pub(super) fn new(token: &AccessToken, arguments: &TestToken) -> Result<Self, CommandError> {
        let style = scopes::style_of(token.grant.scopes());
        Ok(Self {
            scopes: scopes::needed(&arguments.definitions, style)?,
            activities: scopes::activities(&arguments.definitions)?,
            project: arguments.project.clone(),
            needed_by: scopes::needed_by(&arguments.definitions),
        })
    }

    fn descriptions<'a>(&'a self, catalogue: &'a Catalogue) -> impl Iterator<Item = &'a Description> {
        let descriptions = catalogue.iter().map(|activity| activity.description());
        descriptions
            .filter(|activity| self.activities.as_ref().is_none_or(|wanted| wanted.contains(activity.name.as_str())))
    }
}

/// Looks at each scope that is needed, and asks Jira for the permissions of each activity.
pub(super) async fn look(
    checks: &mut Vec<Check>,
    token: &AccessToken,
    authority: &JiraAuthority,
    wanted: &WantedGrants,
) {
    checks.extend(of_scopes(token, wanted));
    let (catalogue, project) = (catalogue::offline(), wanted.project.as_deref());
    let asked: BTreeSet<Need> = wanted.descriptions(catalogue).flat_map(|activity| needs(activity, project)).collect();
    let asked: Vec<Need> = asked.into_iter().collect();
    match authority.check(&asked).await {
        Ok(verdicts) => {
            let verdicts: BTreeMap<Need, Verdict> = asked.into_iter().zip(verdicts).collect();
            checks
                .extend(wanted.descriptions(catalogue).flat_map(|activity| of_activity(activity, project, &verdicts)));
        }
        Err(failure) => {
            let diagnostic = Diagnostic::error(failure.code, None, failure.message).with_help_if_any(failure.help);
            checks.push(Check::found("permissions", diagnostic));
        }
    }
}

fn of_scopes(token: &AccessToken, wanted: &WantedGrants) -> Vec<Check> {
    match (&token.grant, token.grant.scopes()) {
        (Grant::ApiToken { .. }, _) => vec![Check::passed("scopes", "it has none: it may do all that its user may")],
        (_, None) => vec![Check::skipped("scopes", "Jira does not say which scopes an API token has")],
        (_, Some(granted)) => {
            let lines = ScopeLine::all(Some(granted), &wanted.scopes).into_iter();
            let lines = lines.map(|scope| of_scope(scope, token, wanted));
            [Check::passed("scopes", told_when(&token.grant))].into_iter().chain(lines).collect()
        }
    }
}

/// Since when the scopes hold that are compared: Jira itself does not tell them, only Atlassian with each bearer.
fn told_when(grant: &Grant) -> String {
    match grant {
        Grant::OAuth(grant) => format!("told by Atlassian on {}", local_time(grant.refreshed_at)),
        _ => "told by Atlassian with the bearer".to_owned(),
    }
}

fn of_scope(scope: ScopeLine, token: &AccessToken, wanted: &WantedGrants) -> Check {
    let name = scope.console_name.unwrap_or_default();
    match (scope.granted, scope.is_needed) {
        (Some(true), true) => Check::passed(scope.key, name),
        (Some(true), false) => Check::passed(scope.key, format!("granted, and not needed by {}", wanted.needed_by)),
        _ => {
            let message = format!("the access token lacks the scope `{}`", scope.key);
            let help = lacking(&scope, token, wanted);
            Check::found(scope.key, Diagnostic::error(Code::SCOPE_MISSING, None, message).with_help(help))
        }
    }
}

/// What to do where a scope is lacking.
fn lacking(scope: &ScopeLine, token: &AccessToken, wanted: &WantedGrants) -> String {
    let condition = match wanted.activities {
        None => "if a definition of yours needs it, which `--for PATH` finds out, ",
        Some(_) => "",
    };
    if let Grant::ServiceAccount { .. } = token.grant {
        return format!("{condition}ask an organisation administrator for a credential that has it");
    }
    let named = scope.console_name.map_or_else(|| format!("`{}`", scope.key), |name| format!("\"{name}\""));
    format!(
        "{condition}add {named} to the app's Jira API permissions, then run `flowrun token add {} --scopes {}`: what was \
         granted stays",
        token.name, scope.key
    )
}

/// What an activity needs of its user, as far as it can be asked for.
fn needs(activity: &Description, project: Option<&str>) -> Vec<Need> {
    let subject = |on: &str| match project {
        _ if on == GLOBALLY => Some(Subject::Global),
        Some(project) => Some(Subject::Known { kind: "project".into(), key: project.to_owned() }),
        None => None,
    };
    let permissions = activity.permissions.iter();
    permissions
        .filter_map(|(key, on)| subject(on).map(|subject| Need::Permission { key: key.clone(), subject }))
        .collect()
}

/// One line where all is held; else one for each reason that it is not.
fn of_activity(activity: &Description, project: Option<&str>, verdicts: &BTreeMap<Need, Verdict>) -> Vec<Check> {
    let name = activity.name.as_str();
    let needs = needs(activity, project);
    if needs.len() < activity.permissions.len() {
        return vec![Check::skipped(name, "name a project with `--project KEY`")];
    }
    let mut found: Vec<Check> =
        needs.iter().filter_map(|need| verdicts.get(need)).filter_map(|verdict| of_verdict(name, verdict)).collect();
    // A project that cannot be seen lacks every permission for one reason.
    found.dedup_by_key(|check| check.diagnostic().map(|diagnostic| diagnostic.message.clone()));
    if found.is_empty() {
        let keys: Vec<_> = activity.permissions.iter().map(|(key, _)| key.as_ref()).collect();
        found.push(Check::passed(name, keys.join(", ")));
    }
    found
}

fn of_verdict(name: &str, verdict: &Verdict) -> Option<Check> {
    let (code, message, help) = match verdict {
        Verdict::Granted => return None,
        Verdict::Unknown(why) => return Some(Check::skipped(name, why.clone())),
        Verdict::Missing { message, help } => (Code::PERMISSION_MISSING, message, help),
        Verdict::NotVisible { message, help } | Verdict::Absent { message, help } => (Code::NOT_VISIBLE, message, help),
    };
    Some(Check::found(name, Diagnostic::error(code, None, message.clone()).with_help(help.clone())))
}
