//! Where a failure of a run is: in which step, and on which line of the definition.

use flowrun_engine::{
    activity::Failure,
    definition::Position,
    run::{NodeView, RunState},
};

/// Where a failure is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FailurePlace {
    /// The step: `subtasks[2]` where the node has items.
    pub(super) step: String,
    /// How many other items of the node failed.
    pub(super) others: usize,
    /// The file that the definition was read from.
    pub(super) file: String,
    /// The value that is to blame, or the node; `None` where no node is.
    pub(super) position: Option<Position>,
}

impl FailurePlace {
    /// Where `failure` of `node` is.
    pub(super) fn new(state: &RunState, node: &str, failure: &Failure) -> Self {
        let view = state.node_view(node);
        let failed: Vec<_> = view.iter().flat_map(failed_items).collect();
        let first = failed.iter().find(|(_, error)| *error == failure).or(failed.first());
        Self {
            step: first.map_or_else(|| node.to_owned(), |(step, _)| step.clone()),
            others: failed.len().saturating_sub(1),
            file: state.source_name().to_owned(),
            position: state.definition().position_of(node, failure.field.as_deref()),
        }
    }

    /// `subtasks[2] and 3 other items, release.yaml:14:7`
    pub(super) fn words(&self) -> String {
        let others = match self.others {
            0 => String::new(),
            1 => " and 1 other item".to_owned(),
            several => format!(" and {several} other items"),
        };
        let place = self.position.map(|at| format!(", {}:{}:{}", self.file, at.line, at.column));
        format!("{}{others}{}", self.step, place.unwrap_or_default())
    }
}

/// The items of a node that failed, and why.
fn failed_items<'a>(node: &NodeView<'a>) -> Vec<(String, &'a Failure)> {
    let steps = node.steps.iter().filter(|_| node.results.is_some());
    steps.filter_map(|step| Some((step.step.to_string(), step.error?))).collect()
}
