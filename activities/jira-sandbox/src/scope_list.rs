//! Lists of scopes, as people and OAuth write them.

/// Reads a list of scopes that are separated by spaces or commas.
pub(crate) fn scope_list(scopes: &[String]) -> Vec<String> {
    let words = scopes.iter().flat_map(|scopes| scopes.split([' ', ',']));
    words.filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}
