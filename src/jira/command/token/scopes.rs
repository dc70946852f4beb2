//! Which scopes are needed: by definitions that are named, or by all activities.

use std::{collections::BTreeSet, path::PathBuf};

use flowrun_engine::{
    definition::{self, Definition},
    preflight,
    requirement::Need,
    suggestion::did_you_mean,
};
use flowrun_jira::{ScopeStyle, all_scopes, known_scopes, needed_scopes};

use crate::{
    error::CommandError,
    jira::catalogue,
    report::Reported,
    source::{self, definitions_in},
};

/// The least scopes for what these definitions do; for what all activities do where none is named.
pub(super) fn needed(definitions: &[PathBuf], style: ScopeStyle) -> Result<BTreeSet<String>, CommandError> {
    if definitions.is_empty() {
        return Ok(all_scopes(style));
    }
    Ok(needed_scopes(&needs(definitions)?, style))
}

/// Who needs them, in words.
pub(super) fn needed_by(definitions: &[PathBuf]) -> &'static str {
    match definitions {
        [] => "the activities",
        [_] => "this definition",
        _ => "these definitions",
    }
}

/// The activities that these definitions have; `None` where no definition is named.
pub(super) fn activities(definitions: &[PathBuf]) -> Result<Option<BTreeSet<String>>, CommandError> {
    if definitions.is_empty() {
        return Ok(None);
    }
    let loaded = load(definitions)?;
    let nodes = loaded.iter().flat_map(|definition| &definition.nodes);
    Ok(Some(nodes.filter_map(|node| Some(node.kind.activity()?.activity.to_string())).collect()))
}

/// The activities that need a scope, whatever their inputs are.
pub(super) fn activities_that_need(scope: &str, style: ScopeStyle) -> Vec<String> {
    let catalogue = catalogue::offline();
    let activities = catalogue.iter().map(|activity| activity.description());
    let need = activities.filter(|activity| match style {
        ScopeStyle::Classic => activity.scopes.classic.contains(scope),
        ScopeStyle::Granular => activity.scopes.granular.contains(scope),
    });
    need.map(|activity| activity.name.to_string()).collect()
}

/// What is said of scopes that are not known: they are asked for all the same, since Jira has more scopes than activities need, and
/// Atlassian may add some.
pub(super) fn unknown_text(wanted: &BTreeSet<String>) -> String {
    let known = known_scopes();
    let told = |scope: &String| {
        // Scopes are alike by nature (`read:issue.vote:jira` and `read:issue.votes:jira` are two): only a slip is asked about.
        let alike = known.iter().filter(|known| strsim::osa_distance(known, scope) <= 2);
        let meant = did_you_mean(scope, alike.map(String::as_str));
        let help = meant.unwrap_or_else(|| "no activity needs it: leave it out unless you know what does".to_owned());
        format!(
            "warning: flowrun does not know the scope `{scope}`, and asks for it as it is written\n  help: {help}\n"
        )
    };
    wanted.difference(&known).map(told).collect()
}

/// What the definitions need.
fn needs(definitions: &[PathBuf]) -> Result<Vec<Need>, CommandError> {
    let catalogue = catalogue::offline();
    let loaded = load(definitions)?;
    let required = loaded.iter().flat_map(|definition| preflight::requirements(definition, None, catalogue));
    Ok(required.map(|required| required.requirement.need).collect())
}

/// Loads definitions; every problem of all of them at once.
fn load(definitions: &[PathBuf]) -> Result<Vec<Definition>, CommandError> {
    let catalogue = catalogue::offline();
    let (mut sound, mut problems) = (Vec::new(), Vec::new());
    for path in definitions.iter().flat_map(|path| definitions_in(path)) {
        match path.and_then(|path| source::read(&path)) {
            Err(problem) => problems.push(*problem),
            Ok(source) => {
                let loaded = definition::load(&source, catalogue);
                match loaded.definition {
                    None => problems.extend(Reported::all(&source, loaded.diagnostics)),
                    Some(definition) => sound.push(definition),
                }
            }
        }
    }
    if problems.is_empty() { Ok(sound) } else { Err(CommandError::Reported(problems)) }
}

/// The style of scopes that were granted: granular where any is. An app that has both is judged by its classic ones.
pub(super) fn style_of(granted: Option<&BTreeSet<String>>) -> ScopeStyle {
    let is_granular = |scope: &String| scope.ends_with(":jira");
    let is_classic = |scope: &String| scope.contains(":jira-");
    let mut granted = granted.into_iter().flatten().peekable();
    let are_granular = granted.peek().is_some() && !granted.clone().any(is_classic) && granted.any(is_granular);
    if are_granular { ScopeStyle::Granular } else { ScopeStyle::Classic }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn a_scope_that_is_not_known_is_asked_about_where_it_is_a_slip() {
        let wanted =
            ["read:jira-work", "read:jira-wrok", "write:comments:jira", "delete:project:jira", "offline_access"];
        assert_snapshot!(unknown_text(&wanted.map(str::to_owned).into()), @r"
        warning: flowrun does not know the scope `delete:project:jira`, and asks for it as it is written
          help: no activity needs it: leave it out unless you know what does
        warning: flowrun does not know the scope `read:jira-wrok`, and asks for it as it is written
          help: did you mean `read:jira-work`?
        warning: flowrun does not know the scope `write:comments:jira`, and asks for it as it is written
          help: did you mean `write:comment:jira`?
        ");
    }
}
