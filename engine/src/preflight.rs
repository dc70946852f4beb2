//! Preflight: what all nodes need against what is granted, before the first effect.
//!
//! What the nodes need, the definition's plan says; an [`Authority`] says what is granted. Nothing here sends anything by itself.
//!
//! ```
//! use flowrun_engine::{preflight::preflight, requirement::{Authority, Need, Verdict}};
//! # use flowrun_engine::activity::{Attempt, Catalogue, Description, Failure, TypedActivity};
//! # use flowrun_engine::{definition::{self, Source}, requirement::{Basis, Planned, Requirement, Scopes}};
//! # struct Greet;
//! # #[async_trait::async_trait]
//! # impl TypedActivity for Greet {
//! #     type Input = std::collections::BTreeMap<String, String>;
//! #     type Output = ();
//! #     type Reads = ();
//! #     type Service = ();
//! #     fn description(&self) -> Description { Description::of::<Self>("example.greet", "Greets.") }
//! #     fn requirements(&self, _: &Planned) -> Vec<Requirement> {
//! #         let need = Need::Scopes(Scopes::new(&["write:greetings"], &[]));
//! #         vec![Requirement { need, reason: "posts a greeting".into(), basis: Basis::Documented }]
//! #     }
//! #     async fn read(&self, _: &Attempt<'_, Self::Input>, (): &()) -> Result<(), Failure> { Ok(()) }
//! #     async fn output(&self, _: &Attempt<'_, Self::Input>, (): (), (): &()) -> Result<(), Failure> { Ok(()) }
//! # }
//! /// A service that has granted nothing.
//! struct Nothing;
//! #[async_trait::async_trait]
//! impl Authority for Nothing {
//!     async fn check(&self, needs: &[Need]) -> Result<Vec<Verdict>, Failure> {
//!         let missing = |_| Verdict::Missing { message: "it may not post".into(), help: "grant it".into() };
//!         Ok(needs.iter().map(missing).collect())
//!     }
//! }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Failure> {
//! # let catalogue = Catalogue::default().with_typed(Greet, ());
//! # let text = "process: hello\nversion: 1.0.0\nnodes:\n  greet: { activity: example.greet, with: { name: Ada } }\n";
//! # let definition = definition::load(&Source::new("hello.yaml", text), &catalogue).definition.unwrap();
//! let found = preflight(&definition, &serde_json::Map::new(), &catalogue, &Nothing).await?;
//! assert!(found[0].is_error() && found[0].message.contains("it may not post"), "{found:?}");
//! # Ok(()) }
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use serde_json::{Map, Value};

use crate::{
    activity::{Activity, Catalogue, Failure},
    definition::{Definition, Plan},
    diagnostic::{Code, Diagnostic, Severity},
    id::NodeId,
    requirement::{Authority, Basis, Need, Planned, Requirement, Subject, Verdict},
};

/// So many nodes are named where many need the same.
const MOST_NAMED: usize = 10;

/// Something that a node needs.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeRequirement {
    /// The node.
    pub node: NodeId,
    /// Where it is written what this is needed on; where that is not, the node's activity.
    pub span: Range<usize>,
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
    needed(&Plan::new(definition, inputs, catalogue))
}

fn needed(plan: &Plan<'_>) -> Vec<NodeRequirement> {
    let nodes = plan.nodes().iter().flat_map(|view| {
        let (node, spans) = (view.node, view.spans_of_keys());
        once(plan.requirements(view)).into_iter().map(move |requirement| {
            let span = subject_key(&requirement.need).and_then(|key| spans.get(key)).unwrap_or(&node.span).clone();
            NodeRequirement { node: node.id.clone(), span, requirement }
        })
    });
    nodes.collect()
}

/// Compares what every node needs with what is granted: an error for each missing grant, a warning for each that could not be
/// checked, with the nodes that need it. If activities find inputs wrong, that comes alone.
///
/// # Errors
/// When the authority cannot be asked.
pub async fn preflight(
    definition: &Definition,
    inputs: &Map<String, Value>,
    catalogue: &Catalogue,
    authority: &dyn Authority,
) -> Result<Vec<Diagnostic>, Failure> {
    let plan = Plan::new(definition, Some(inputs), catalogue);
    let refused = plan.problems();
    if !refused.is_empty() {
        return Ok(refused);
    }
    let required = needed(&plan);
    drop(plan);
    compare(&required, authority).await
}

/// What activities find wrong with the inputs of the nodes that are left of a run, where their text or the run's inputs are others than before.
pub fn problems_of_rest(
    definition: &Definition,
    inputs: &Map<String, Value>,
    is_left: impl Fn(&NodeId) -> bool,
    catalogue: &Catalogue,
) -> Vec<Diagnostic> {
    let mut problems = Plan::new(definition, Some(inputs), catalogue).problems();
    problems.retain(|problem| problem.node.as_ref().is_some_and(|node| is_left(&NodeId::new(node.as_str()))));
    problems
}

/// The same before a run goes on, for the nodes that are left of it: what has ended needs nothing any more. Its inputs are not looked
/// at again.
///
/// # Errors
/// When the authority cannot be asked.
pub async fn preflight_rest(
    definition: &Definition,
    inputs: &Map<String, Value>,
    is_left: impl Fn(&NodeId) -> bool,
    catalogue: &Catalogue,
    authority: &dyn Authority,
) -> Result<Vec<Diagnostic>, Failure> {
    let required = requirements(definition, Some(inputs), catalogue);
    let is_open = |required: &NodeRequirement| is_left(&required.node);
    compare(&required.into_iter().filter(is_open).collect::<Vec<_>>(), authority).await
}

/// What a step lacks whose attempt was refused, as far as that is known: what preflight would ask for its node, now that its inputs are
/// known. `None` where nothing is found missing. What can only be missing by common knowledge counts too, since something was refused.
///
/// # Errors
/// When the authority cannot be asked.
pub async fn missing_grant(
    activity: &dyn Activity,
    input: &Value,
    authority: &dyn Authority,
) -> Result<Option<Failure>, Failure> {
    let needs = activity.requirements(&Planned::Known(input.clone())).into_iter().map(|requirement| requirement.need);
    // In order: without its scope a permission cannot be asked for, so that the scope comes first.
    let needs: Vec<Need> = needs.filter(is_known).collect::<BTreeSet<_>>().into_iter().collect();
    let verdicts = verdicts(&needs, authority).await?;
    Ok(verdicts.iter().find_map(lacks))
}

/// What is missing by a verdict. What is not there although its surroundings can be seen is no grant's fault.
fn lacks(verdict: &Verdict) -> Option<Failure> {
    match verdict {
        Verdict::Missing { message, help } | Verdict::NotVisible { message, help } => {
            Some(Failure::needs_grant(Code::NOT_AUTHORISED, message).with_help(help))
        }
        Verdict::Granted | Verdict::Absent { .. } | Verdict::Unknown(_) => None,
    }
}

/// What an authority says of each need.
async fn verdicts(needs: &[Need], authority: &dyn Authority) -> Result<Vec<Verdict>, Failure> {
    if needs.is_empty() {
        return Ok(Vec::new());
    }
    let verdicts = authority.check(needs).await?;
    if verdicts.len() != needs.len() {
        let message = format!("{} grants were asked for, and {} answers came", needs.len(), verdicts.len());
        return Err(Failure::permanent(Code::ACTIVITY_BROKEN, message));
    }
    Ok(verdicts)
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
    let verdicts = verdicts(&asked, authority).await?;
    Ok(report(required, &asked.into_iter().zip(verdicts).collect()))
}

/// The key or id of what something is needed on.
fn subject_key(need: &Need) -> Option<&str> {
    match need {
        Need::Permission { subject: Subject::Known { key, .. }, .. } => Some(key),
        Need::Permission { .. } | Need::Scopes(_) => None,
    }
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

/// A diagnostic for each verdict that is not a grant, whoever needs it.
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
    // What is missing is the same for all nodes that need it: it is told once, with these.
    let mut told: Vec<(Told<'_>, Vec<&NodeRequirement>)> = Vec::new();
    for required in required {
        let Some(verdict) = verdict(required) else { continue };
        // Without its scope a permission cannot be asked for: the scope is the cause.
        let is_consequence = matches!(verdict, Verdict::Unknown(_)) && without_scope.contains(&required.node);
        let Some((code, severity)) = kind(&required.requirement, verdict).filter(|_| !is_consequence) else { continue };
        let found = Told { code, severity, verdict, helps: [help(verdict)].into() };
        match told.iter_mut().find(|(one, _)| one.is_same(&found)) {
            Some((one, nodes)) => {
                one.helps.extend(found.helps);
                nodes.push(required);
            }
            None => told.push((found, vec![required])),
        }
    }
    told.iter().map(|(told, nodes)| told.diagnostic(nodes)).collect()
}

/// What is missing, or not known.
struct Told<'a> {
    code: Code,
    severity: Severity,
    verdict: &'a Verdict,
    /// What helps the single nodes.
    helps: BTreeSet<&'a str>,
}

impl Told<'_> {
    fn is_same(&self, other: &Self) -> bool {
        (self.code, self.severity, words(self.verdict)) == (other.code, other.severity, words(other.verdict))
    }

    /// One diagnostic for all nodes that need it, at the first.
    fn diagnostic(&self, nodes: &[&NodeRequirement]) -> Diagnostic {
        let NodeRequirement { node, span, requirement } = nodes[0];
        let others: BTreeSet<&NodeId> = nodes.iter().map(|other| &other.node).filter(|other| *other != node).collect();
        // What nobody can tell of a scope is no matter of single nodes.
        let others = if self.code == Code::SCOPE_UNKNOWN { BTreeSet::new() } else { others };
        let message = format!("{} (`{node}` {}{})", words(self.verdict), requirement.reason, also(&others));
        let diagnostic = Diagnostic::error(self.code, span.clone(), message).of_node(node.as_str());
        let diagnostic = diagnostic.with_help(shared(&self.helps));
        Diagnostic { severity: self.severity, ..diagnostic }
    }
}

fn help(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Missing { help, .. } | Verdict::NotVisible { help, .. } | Verdict::Absent { help, .. } => help,
        Verdict::Granted | Verdict::Unknown(_) => "it is checked by the service when the node runs",
    }
}

/// What helps all: the clauses that all begin with. What only one node would do with is no way for the others.
fn shared(helps: &BTreeSet<&str>) -> String {
    let clauses = |help: &&str| help.split("; ").map(str::to_owned).collect::<Vec<_>>();
    let begin_alike = |first: Vec<String>, other: Vec<String>| {
        first.into_iter().zip(other).take_while(|(one, other)| one == other).map(|(one, _)| one).collect()
    };
    let common = helps.iter().map(clauses).reduce(begin_alike).unwrap_or_default();
    if common.is_empty() { helps.iter().copied().collect::<Vec<_>>().join("; or ") } else { common.join("; ") }
}

/// `; `note` and `close` need it too`
fn also(others: &BTreeSet<&NodeId>) -> String {
    let named: Vec<String> = others.iter().take(MOST_NAMED).map(|node| format!("`{node}`")).collect();
    let more = others.len().saturating_sub(MOST_NAMED);
    match named.as_slice() {
        [] => String::new(),
        [one] => format!("; {one} needs it too"),
        several if more > 0 => format!("; {} and {more} more need it too", several.join(", ")),
        [several @ .., last] => format!("; {} and {last} need it too", several.join(", ")),
    }
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

/// How a verdict that is not a grant is told.
fn kind(requirement: &Requirement, verdict: &Verdict) -> Option<(Code, Severity)> {
    let is_scope = matches!(requirement.need, Need::Scopes(_));
    let is_documented = requirement.basis == Basis::Documented;
    Some(match verdict {
        Verdict::Granted => return None,
        Verdict::NotVisible { .. } if is_documented => (Code::NOT_VISIBLE, Severity::Error),
        Verdict::Absent { .. } => (Code::NOT_VISIBLE, Severity::Warning),
        Verdict::Missing { .. } if is_documented && is_scope => (Code::SCOPE_MISSING, Severity::Error),
        Verdict::Missing { .. } if is_documented => (Code::PERMISSION_MISSING, Severity::Error),
        _ if is_scope => (Code::SCOPE_UNKNOWN, Severity::Warning),
        _ => (Code::PERMISSION_UNKNOWN, Severity::Warning),
    })
}

#[cfg(test)]
mod tests;
