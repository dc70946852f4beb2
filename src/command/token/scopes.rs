//! Which scopes are needed: by definitions that are named, or by all activities.

use std::{collections::BTreeSet, path::PathBuf};

use flowrun_engine::{definition, preflight, requirement::Need};
use flowrun_jira::access_token::{ScopeStyle, all_scopes, needed_scopes};

use crate::{
    command::{CommandError, validate::definitions_in},
    connection,
    report::Reported,
    source,
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

/// What the definitions need; every problem of all of them at once.
fn needs(definitions: &[PathBuf]) -> Result<Vec<Need>, CommandError> {
    let catalogue = connection::offline_catalogue();
    let (mut needs, mut problems) = (Vec::new(), Vec::new());
    for path in definitions.iter().flat_map(|path| definitions_in(path)) {
        let loaded = path.and_then(|path| source::read(&path)).map(|source| {
            let loaded = definition::load(&source, &catalogue);
            (source, loaded)
        });
        match loaded {
            Err(problem) => problems.push(*problem),
            Ok((source, loaded)) => match loaded.definition {
                None => problems.extend(Reported::all(&source, loaded.diagnostics)),
                Some(definition) => {
                    let required = preflight::requirements(&definition, None, &catalogue);
                    needs.extend(required.into_iter().map(|required| required.requirement.need));
                }
            },
        }
    }
    if problems.is_empty() { Ok(needs) } else { Err(CommandError::Reported(problems)) }
}

/// The style of scopes that were granted: granular where any is.
pub(super) fn style_of(granted: Option<&BTreeSet<String>>) -> ScopeStyle {
    let is_granular = granted.into_iter().flatten().any(|scope| scope.ends_with(":jira"));
    if is_granular { ScopeStyle::Granular } else { ScopeStyle::Classic }
}
