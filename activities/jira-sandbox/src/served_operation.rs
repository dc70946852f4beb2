//! What Jira's documents say of an operation: its name, where it is, and the scopes that it needs.

/// An operation that the sandbox serves, for those who compare it with Jira's documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedOperation {
    /// Its name in the OpenAPI document.
    pub id: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// The classic scopes, all of them needed.
    pub classic: &'static [&'static str],
    /// The granular scopes, all of them needed, as the alternative.
    pub granular: &'static [&'static str],
}
