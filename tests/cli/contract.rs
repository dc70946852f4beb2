//! What the sandbox was asked and what it answered, held against what Jira's OpenAPI document says.

use std::path::Path;

use flowrun_jira_sandbox::{contract::Contract, read_traffic};

/// Checks every exchange of a file.
#[track_caller]
pub(crate) fn check(traffic: &Path) {
    for exchange in read_traffic(traffic).unwrap() {
        let violations: Vec<_> = Contract::jira().check(&exchange).iter().map(ToString::to_string).collect();
        assert_eq!(violations, Vec::<String>::new());
    }
}
