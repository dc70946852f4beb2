//! Finds the operation that a method and a path mean.

use super::{Operation, served::operations, unserved::UNSERVED};
use crate::legacy;

/// What a request means.
#[derive(Debug)]
pub(crate) enum Route {
    /// A served operation, with the parts of the path by name.
    Served(&'static Operation, Vec<(&'static str, String)>),
    /// A served read, in version 2 of the API.
    Legacy(&'static Operation, Vec<(&'static str, String)>),
    /// An operation of Jira's that the sandbox does not serve.
    Unserved(&'static str),
    /// A search that Jira has removed. \[RT\]
    Gone,
    /// The path is one of a served operation, the method is not.
    WrongMethod,
    /// No path that is known.
    Unknown,
}

/// Paths of the latest version, which is 3. \[unverified\]
const LATEST: &str = "/rest/api/latest/";

/// Routes a path below the site; of several patterns the one with the fewest parameters wins.
pub(crate) fn route(method: &str, path: &str) -> Route {
    if let Some(rest) = path.strip_prefix(LATEST) {
        return route(method, &format!("/rest/api/3/{rest}"));
    }
    if matches!(path, "/rest/api/3/search" | "/rest/api/2/search") {
        return Route::Gone;
    }
    let Some(path) = legacy::path_of_version_3(path) else { return find(method, path) };
    match find(method, &path) {
        Route::Served(operation, parts) if operation.is_read() => Route::Legacy(operation, parts),
        Route::Served(operation, _) => Route::Unserved(operation.facts.id),
        other => other,
    }
}

fn find(method: &str, path: &str) -> Route {
    let served = operations().filter(|operation| operation.facts.method == method);
    let best = served.filter_map(|operation| Some((parts(operation.facts.path, path)?, operation)));
    let best = best.min_by_key(|(parts, _)| parts.len());
    let unserved = UNSERVED.iter().filter(|(known, ..)| *known == method);
    let unserved = unserved.filter_map(|(_, pattern, id)| Some((parts(pattern, path)?.len(), *id)));
    match (best, unserved.min_by_key(|(length, _)| *length)) {
        (Some((parts, _)), Some((length, id))) if length < parts.len() => Route::Unserved(id),
        (Some((parts, operation)), _) => Route::Served(operation, parts),
        (None, Some((_, id))) => Route::Unserved(id),
        (None, None) if operations().any(|operation| parts(operation.facts.path, path).is_some()) => Route::WrongMethod,
        (None, None) => Route::Unknown,
    }
}

/// The parameters of a path that fits a pattern.
fn parts(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    // Most patterns begin otherwise, and there are hundreds.
    let beginning = pattern.split_once('{').map_or(pattern, |(beginning, _)| beginning);
    if !path.starts_with(beginning) {
        return None;
    }
    let (mut parts, mut given) = (Vec::new(), path.split('/'));
    for expected in pattern.split('/') {
        let given = given.next()?;
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => parts.push((name, decoded(given)?)),
            None if expected == given => {}
            None => return None,
        }
    }
    given.next().is_none().then_some(parts)
}

fn decoded(part: &str) -> Option<String> {
    let text = percent_encoding::percent_decode_str(part).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}
