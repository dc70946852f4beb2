//! Preflight: what all nodes need against what is granted, before the first effect.
//!
//! `preflight/plan.rs` works out what is known of a node's inputs before the run; the activities say what they need for
//! that; an [`Authority`] says what is granted. Nothing here sends anything by itself.

mod plan;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use serde_json::{Map, Value};

use self::plan::Plan;
use crate::{
    activity::{Catalogue, Failure, Problem},
    definition::{Definition, Node},
    diagnostic::{Code, Diagnostic, Severity},
    id::NodeId,
    requirement::{Authority, Basis, Need, Requirement, Subject, Verdict},
    run::RunState,
};

/// Something that a node needs.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeRequirement {
    /// The node.
    pub node: NodeId,
    /// Where its activity is written.
    pub place: Range<usize>,
    /// What it needs. No subject is an output any more: what cannot be traced back is known at run time only.
    pub requirement: Requirement,
}

/// What every node needs, in the order of the definition, each need of a node once.
///
/// With inputs, nodes that will not run are left out; without, everything that hangs on an input is known at run time only.
pub fn requirements(
    definition: &Definition,
    inputs: Option<&Map<String, Value>>,
    catalogue: &Catalogue,
) -> Vec<NodeRequirement> {
    let plan = Plan::new(definition, inputs, catalogue);
    let nodes = definition.nodes.iter().flat_map(|node| {
        let needed = once(plan.requirements(node)).into_iter();
        needed.map(|requirement| NodeRequirement { node: node.id.clone(), place: node.place.clone(), requirement })
    });
    nodes.collect()
}

/// What is wrong with the inputs of nodes, as far as their activities see it without asking the service. Without `inputs`
/// only what is written in the definition is looked at.
pub fn problems(
    definition: &Definition,
    inputs: Option<&Map<String, Value>>,
    catalogue: &Catalogue,
) -> Vec<Diagnostic> {
    let plan = Plan::new(definition, inputs, catalogue);
    let nodes = definition.nodes.iter();
    nodes.flat_map(|node| plan.problems(node).into_iter().map(|problem| of_problem(node, problem))).collect()
}

fn of_problem(node: &Node, problem: Problem) -> Diagnostic {
    let input = problem.field.split(['.', '[']).next().unwrap_or_default();
    let place = node.input_places.iter().find(|(name, _)| name == input).map_or(&node.place, |(_, place)| place);
    let message = format!("`{}`: {}", problem.field, problem.message);
    let diagnostic = Diagnostic::error(Code::ACTIVITY_INPUT, place.clone(), message).of_node(node.id.as_str());
    Diagnostic { help: problem.help, ..diagnostic }
}

/// Compares what every node needs with what is granted: an error for each missing grant of each node, a warning for each that
/// could not be checked. If inputs have [`problems`], these come alone.
///
/// # Errors
/// When the authority cannot be asked.
pub async fn preflight(
    definition: &Definition,
    inputs: &Map<String, Value>,
    catalogue: &Catalogue,
    authority: &dyn Authority,
) -> Result<Vec<Diagnostic>, Failure> {
    let refused = problems(definition, Some(inputs), catalogue);
    if !refused.is_empty() {
        return Ok(refused);
    }
    compare(&requirements(definition, Some(inputs), catalogue), authority).await
}

/// The same before a run goes on, for what is left of it: what has settled needs nothing any more. Its inputs are not looked at
/// again.
///
/// # Errors
/// When the authority cannot be asked.
pub async fn preflight_rest(
    state: &RunState,
    catalogue: &Catalogue,
    authority: &dyn Authority,
) -> Result<Vec<Diagnostic>, Failure> {
    let required = requirements(state.definition(), Some(&state.started().inputs), catalogue);
    let is_open = |required: &NodeRequirement| {
        let status = state.node_status(required.node.as_str());
        status.is_some_and(|status| !status.is_settled())
    };
    compare(&required.into_iter().filter(is_open).collect::<Vec<_>>(), authority).await
}

async fn compare(required: &[NodeRequirement], authority: &dyn Authority) -> Result<Vec<Diagnostic>, Failure> {
    let asked: Vec<Need> = required
        .iter()
        .map(|required| &required.requirement.need)
        .filter(|need| is_known(need))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .cloned()
        .collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let verdicts = authority.check(&asked).await?;
    if verdicts.len() != asked.len() {
        let message = format!("{} grants were asked for, and {} answers came", asked.len(), verdicts.len());
        return Err(Failure::permanent(Code::ACTIVITY_BROKEN, message));
    }
    Ok(report(required, &asked.into_iter().zip(verdicts).collect()))
}

/// Each need once: for the first reason, on the firmest basis.
fn once(requirements: Vec<Requirement>) -> Vec<Requirement> {
    let mut positions: BTreeMap<Need, usize> = BTreeMap::new();
    let mut kept: Vec<Requirement> = Vec::new();
    for requirement in requirements {
        let position = *positions.entry(requirement.need.clone()).or_insert(kept.len());
        match kept.get_mut(position) {
            Some(known) => known.basis = known.basis.min(requirement.basis),
            None => kept.push(requirement),
        }
    }
    kept
}

fn is_known(need: &Need) -> bool {
    !matches!(need, Need::Permission { subject: Subject::OutputOf { .. } | Subject::AtRunTime, .. })
}

/// A diagnostic for each verdict that is not a grant.
fn report(required: &[NodeRequirement], verdicts: &BTreeMap<Need, Verdict>) -> Vec<Diagnostic> {
    let verdict = |required: &NodeRequirement| verdicts.get(&required.requirement.need);
    let without_scope: BTreeSet<&NodeId> = required
        .iter()
        .filter(|required| {
            let is_scope = matches!(required.requirement.need, Need::Scopes(_));
            is_scope && matches!(verdict(required), Some(Verdict::Missing { .. }))
        })
        .map(|required| &required.node)
        .collect();
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut reported: BTreeSet<(Option<&NodeId>, Code, &str)> = BTreeSet::new();
    for required in required {
        let Some(verdict) = verdict(required) else { continue };
        // Without its scope a permission cannot be asked for: the scope is the cause.
        let is_consequence = matches!(verdict, Verdict::Unknown(_)) && without_scope.contains(&required.node);
        let Some(diagnostic) = diagnostic(required, verdict).filter(|_| !is_consequence) else { continue };
        // What nobody can tell of a scope is the same for every node that needs it.
        let is_untold = matches!(verdict, Verdict::Unknown(_)) && diagnostic.code == Code::SCOPE_UNKNOWN;
        let node = Some(&required.node).filter(|_| !is_untold);
        if reported.insert((node, diagnostic.code, words(verdict))) {
            diagnostics.push(diagnostic);
        }
    }
    diagnostics
}

fn words(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Granted => "",
        Verdict::Missing { message, .. }
        | Verdict::NotVisible { message, .. }
        | Verdict::Absent { message, .. }
        | Verdict::Unknown(message) => message,
    }
}

fn diagnostic(required: &NodeRequirement, verdict: &Verdict) -> Option<Diagnostic> {
    let NodeRequirement { node, place, requirement } = required;
    let is_scope = matches!(requirement.need, Need::Scopes(_));
    let is_documented = requirement.basis == Basis::Documented;
    let (code, severity) = match verdict {
        Verdict::Granted => return None,
        Verdict::NotVisible { .. } if is_documented => (Code::NOT_VISIBLE, Severity::Error),
        Verdict::Absent { .. } => (Code::NOT_VISIBLE, Severity::Warning),
        Verdict::Missing { .. } if is_documented && is_scope => (Code::SCOPE_MISSING, Severity::Error),
        Verdict::Missing { .. } if is_documented => (Code::PERMISSION_MISSING, Severity::Error),
        _ if is_scope => (Code::SCOPE_UNKNOWN, Severity::Warning),
        _ => (Code::PERMISSION_UNKNOWN, Severity::Warning),
    };
    let help = match verdict {
        Verdict::Missing { help, .. } | Verdict::NotVisible { help, .. } | Verdict::Absent { help, .. } => help.clone(),
        _ => "it is checked by the service when the node runs".to_owned(),
    };
    let message = format!("{} (`{node}` {})", words(verdict), requirement.reason);
    let diagnostic = Diagnostic::error(code, place.clone(), message).of_node(node.as_str()).with_help(help);
    Some(Diagnostic { severity, ..diagnostic })
}

#[cfg(test)]
mod tests;
