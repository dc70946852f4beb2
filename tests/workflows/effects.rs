//! Effects as a person writes them down: the operation, on which issue, and the body without flowrun's own tag.

use flowrun_jira_sandbox::Effect;
use serde_json::{Value, json};

/// An effect without what differs from run to run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) operation: String,
    pub(crate) issue: Option<String>,
    pub(crate) body: Value,
}

/// An effect that is expected.
pub(crate) fn told(operation: &str, issue: &str, body: Value) -> Told {
    Told { operation: operation.to_owned(), issue: (!issue.is_empty()).then(|| issue.to_owned()), body }
}

impl From<&Effect> for Told {
    fn from(effect: &Effect) -> Self {
        let mut body = effect.body.clone();
        if let Some(fields) = body.as_object_mut() {
            fields.remove("properties");
        }
        Self { operation: effect.operation.clone(), issue: effect.issue.clone(), body }
    }
}

/// Compares effects with groups of expected ones: the groups come in order, those of one group in any order.
#[track_caller]
pub(crate) fn assert_effects(effects: &[Effect], groups: &[Vec<Told>]) {
    let mut found: Vec<Told> = effects.iter().map(Told::from).collect();
    for group in groups {
        let rest = found.split_off(group.len().min(found.len()));
        for expected in group {
            let Some(position) = found.iter().position(|effect| effect == expected) else {
                panic!("{expected:#?}\nis not among\n{found:#?}");
            };
            found.swap_remove(position);
        }
        found = rest;
    }
    assert_eq!(found, [], "and nothing else");
}

/// A document of one paragraph of plain text.
pub(crate) fn paragraph(text: &str) -> Value {
    document(json!([{ "type": "text", "text": text }]))
}

/// A document of one paragraph.
pub(crate) fn document(content: Value) -> Value {
    json!({ "version": 1, "type": "doc", "content": [{ "type": "paragraph", "content": content }] })
}

/// Bold text.
pub(crate) fn bold(text: &str) -> Value {
    json!({ "type": "text", "text": text, "marks": [{ "type": "strong" }] })
}

/// Plain text.
pub(crate) fn plain(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}
