//! What outputs say in a few words: each activity knows it of its own.

use std::collections::BTreeMap;

use flowrun_engine::{activity::Catalogue, definition::Definition, id::NodeId};
use serde_json::Value;

/// What the outputs of a definition's nodes say.
#[derive(Clone, Debug, Default)]
pub(crate) struct OutputTexts(BTreeMap<NodeId, fn(&Value) -> String>);

impl OutputTexts {
    /// The words of the activities that the nodes have.
    pub(crate) fn new(definition: &Definition, catalogue: &Catalogue) -> Self {
        let nodes = definition.nodes.iter().filter_map(|node| {
            let activity = catalogue.get(node.kind.activity()?.activity.as_str())?;
            Some((node.id.clone(), activity.description().output_text))
        });
        Self(nodes.collect())
    }

    /// What an output of a node says, or the result of one of its effects; nothing where its activity has no words for it.
    pub(crate) fn of(&self, node: &NodeId, output: &Value) -> String {
        self.0.get(node).map(|text| text(output)).unwrap_or_default()
    }
}
