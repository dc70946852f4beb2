//! Counts the requests that fit each rule, and finds the fault of each request. Pure.

use super::{Fault, FaultRule, Faults};

/// The rules, and how far each is.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan {
    rules: Vec<(FaultRule, RuleCount)>,
}

#[derive(Debug, Default)]
struct RuleCount {
    let_through: u64,
    faulted: u64,
}

impl FaultPlan {
    /// A plan at its beginning.
    pub(crate) fn new(faults: Faults) -> Self {
        Self { rules: faults.rules.into_iter().map(|rule| (rule, RuleCount::default())).collect() }
    }

    /// The fault of the next request. Every rule that it fits counts it among those to let through, also where another
    /// rule decides; a fault is used up only by a request that meets it.
    pub(crate) fn next(&mut self, operation: &str, is_issue: impl Fn(&str) -> bool) -> Option<Fault> {
        let fits = |rule: &FaultRule| {
            rule.operation.as_deref().is_none_or(|named| named == operation)
                && rule.issue.as_deref().is_none_or(&is_issue)
        };
        let mut decided = None;
        for (rule, count) in self.rules.iter_mut().filter(|(rule, _)| fits(rule)) {
            if count.is_ready(rule) && decided.is_none() {
                count.faulted += 1;
                decided = Some(rule.fault.clone());
            }
        }
        decided
    }
}

impl RuleCount {
    /// Counts a request that fits; whether it would meet the fault.
    fn is_ready(&mut self, rule: &FaultRule) -> bool {
        if self.let_through < rule.skip {
            self.let_through += 1;
            return false;
        }
        rule.times.is_none_or(|times| self.faulted < times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(operation: Option<&str>, skip: u64, times: Option<u64>, fault: Fault) -> FaultRule {
        FaultRule { operation: operation.map(str::to_owned), issue: None, skip, times, fault }
    }

    #[test]
    fn the_first_rule_with_a_fault_left_decides() {
        let mut plan = FaultPlan::new(Faults {
            rules: vec![
                rule(Some("getIssue"), 1, Some(2), Fault::DropReply),
                rule(None, 0, Some(1), Fault::CutReply),
                rule(Some("addComment"), 0, None, Fault::Html { status: 502 }),
            ],
        });
        let asked = ["getIssue", "getIssue", "getIssue", "getIssue", "addComment", "addComment", "getFields"];
        let faults = asked.map(|operation| plan.next(operation, |_| false));
        let page = Some(Fault::Html { status: 502 });
        let drop = Some(Fault::DropReply);
        assert_eq!(faults, [Some(Fault::CutReply), drop.clone(), drop, None, page.clone(), page, None]);
    }

    #[test]
    fn a_request_counts_for_every_rule_that_it_fits() {
        let mut plan = FaultPlan::new(Faults {
            rules: vec![
                rule(None, 0, Some(2), Fault::DropReply),
                rule(Some("getIssue"), 2, Some(1), Fault::CutReply),
                rule(None, 0, Some(1), Fault::Reset { after: false }),
            ],
        });
        let faults = ["getIssue"; 5].map(|operation| plan.next(operation, |_| false));
        let reset = Some(Fault::Reset { after: false });
        assert_eq!(faults, [Some(Fault::DropReply), Some(Fault::DropReply), Some(Fault::CutReply), reset, None]);
    }

    #[test]
    fn a_rule_for_an_issue_meets_no_other() {
        let issue = Some("OPS-1".to_owned());
        let mut plan =
            FaultPlan::new(Faults { rules: vec![FaultRule { issue, ..rule(None, 0, None, Fault::DropReply) }] });
        assert_eq!(plan.next("getIssue", |named| named == "OPS-2"), None);
        assert_eq!(plan.next("getIssue", |named| named == "OPS-1"), Some(Fault::DropReply));
    }
}
