//! What the sandbox was asked and what it answered, checked against Jira's OpenAPI document where that is at hand.

use std::{path::Path, sync::OnceLock};

use flowrun_jira_sandbox::{contract::Contract, read_traffic};

/// Checks every exchange of a file.
#[track_caller]
pub(crate) fn check(traffic: &Path) {
    static CONTRACT: OnceLock<Option<Contract>> = OnceLock::new();
    let Some(contract) = CONTRACT.get_or_init(find) else { return };
    for exchange in read_traffic(traffic).unwrap() {
        let violations: Vec<_> = contract.check(&exchange).iter().map(ToString::to_string).collect();
        assert_eq!(violations, Vec::<String>::new());
    }
}

#[expect(clippy::print_stderr, reason = "a check that is left out is told")]
fn find() -> Option<Contract> {
    let contract = Contract::find().unwrap();
    if contract.is_none() {
        eprintln!("Jira's OpenAPI document is not at hand: what is sent is not checked against it");
    }
    contract
}
