//! Verdicts in words: what is missing, where, and how to get it.

use flowrun_engine::requirement::{Scopes, Subject, Verdict};

use crate::{client::GrantedScopes, permission, scope};

/// The verdict on scopes.
pub(super) fn of_scopes(scopes: &Scopes, granted: &GrantedScopes) -> Verdict {
    let granted = match granted {
        GrantedScopes::All => return Verdict::Granted,
        GrantedScopes::Unknown => return untold(scopes),
        GrantedScopes::These(granted) if scopes.met_by(granted) => return Verdict::Granted,
        GrantedScopes::These(granted) => granted,
    };
    let lacking = |set: &std::collections::BTreeSet<std::borrow::Cow<'static, str>>| -> Vec<String> {
        set.iter().filter(|scope| !granted.contains(scope.as_ref())).map(|scope| format!("`{scope}`")).collect()
    };
    let (classic, granular) = (lacking(&scopes.classic), lacking(&scopes.granular));
    let (named, other) = if classic.is_empty() { (granular, classic) } else { (classic, granular) };
    let noun = if named.len() == 1 { "scope" } else { "scopes" };
    let message = format!("the access token lacks the {noun} {}", named.join(" and "));
    Verdict::Missing { message, help: scope_help(scopes, &other) }
}

/// The verdict on scopes that only a write would show.
pub(super) fn untold(scopes: &Scopes) -> Verdict {
    let named = classic(scopes);
    Verdict::Unknown(format!(
        "Jira does not say which scopes the access token has: whether it has {named} is known only when it is used"
    ))
}

/// The verdict on scopes that a read was refused for. Which of the classic and the granular ones are there is not told.
pub(super) fn probed_missing(scopes: &Scopes) -> Verdict {
    let named = classic(scopes);
    let help =
        format!("make an API token that has {named}, and add it with `flowrun token add`: scopes cannot be added");
    Verdict::Missing { message: format!("the access token lacks {named}: Jira refused a read that needs it"), help }
}

fn classic(scopes: &Scopes) -> String {
    let named = if scopes.classic.is_empty() { &scopes.granular } else { &scopes.classic };
    named.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(" and ")
}

/// How to get scopes: by the names that the developer console shows.
fn scope_help(scopes: &Scopes, granular: &[String]) -> String {
    let named = |scope: &str| scope::console_name(scope).map(|name| format!("\"{name}\" (`{scope}`)"));
    let names: Vec<_> = scopes.classic.iter().filter_map(|scope| named(scope)).collect();
    let add = if names.is_empty() { "add them".to_owned() } else { format!("add {}", names.join(" and ")) };
    let instead = match granular {
        [] => String::new(),
        some => format!("; the granular {} would do instead", some.join(", ")),
    };
    format!(
        "{add} to the app's Jira API permissions in the developer console, then add the access token again{instead}"
    )
}

/// The verdict on a permission that is not held.
pub(super) fn missing(key: &str, subject: &Subject, user: &str) -> Verdict {
    let (object, administrator) = (object(key, subject), administrator(subject));
    let (may_not, name) = match permission::words(key) {
        Some(words) => (format!("may not {} {object}", words.verb), words.name.to_owned()),
        None => (format!("may not do all that is needed with {object}"), permission::name_of(key)),
    };
    let message = format!("{user} {may_not}: permission `{key}` is missing");
    Verdict::Missing { message, help: format!("ask {administrator} to grant \"{name}\" (`{key}`)") }
}

/// The verdict on a thing that is not there, or hidden.
pub(super) fn not_visible(subject: &Subject, user: &str) -> Verdict {
    let message = format!("{} does not exist, or {user} may not see it", self::subject(subject));
    let help = format!(
        "check the key, or ask {} to grant \"Browse projects\" (`{}`): Jira does not tell the two apart",
        administrator(subject),
        permission::BROWSE_PROJECTS
    );
    Verdict::NotVisible { message, help }
}

/// The verdict on an issue that is not there, in a project that can be seen.
pub(super) fn absent(subject: &Subject, user: &str) -> Verdict {
    let message = format!("{} is not there, or issue security hides it from {user}", self::subject(subject));
    Verdict::Absent { message, help: "check the key: unless the issue is there by then, the node fails".into() }
}

/// The subject, by kind and key.
pub(super) fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Known { kind, key } => format!("{kind} `{key}`"),
        Subject::Global => "the site".into(),
        Subject::OutputOf { .. } | Subject::AtRunTime => "what is known only while running".into(),
    }
}

/// What cannot be worked on: "issue `OPS-1`", "issues in project `OPS`".
fn object(key: &str, of: &Subject) -> String {
    match of {
        Subject::Global if key == permission::ADMINISTER => "Jira".into(),
        Subject::Global if key == permission::USER_PICKER => "users".into(),
        Subject::Known { kind, .. } if kind == "issue" => subject(of),
        Subject::Known { .. } => format!("issues in {}", subject(of)),
        _ => "issues".into(),
    }
}

fn administrator(of: &Subject) -> String {
    match of {
        Subject::Known { kind, key } if kind == "project" => format!("an administrator of project `{key}`"),
        Subject::Known { key, .. } => match key.rsplit_once('-') {
            Some((project, _)) => format!("an administrator of project `{project}`"),
            None => "an administrator of the issue's project".into(),
        },
        _ => "a Jira administrator".into(),
    }
}
