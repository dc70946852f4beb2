//! Small definitions.

use std::{num::NonZeroU32, time::Duration};

use serde_json::{Map, Value, json};

use super::service::Work;
use crate::{
    activity::Catalogue,
    definition::{Definition, ForEach, Join, Node, OnFailure, Phase, Source},
    expression::{Expression, Scalar, Template, ValueType},
    id::DefinitionHash,
    kind::{ActivityNode, NodeKind},
};

pub(super) fn node(id: &str, activity: &str, with: &[(&str, &str)]) -> Node {
    let fields = with.iter().map(|(name, text)| ((*name).to_owned(), Scalar::parse(text).template));
    Node {
        id: id.into(),
        phase: Phase::Main,
        description: None,
        kind: NodeKind::Activity(ActivityNode::new(activity.into(), Template::Object(fields.collect()))),
        edges: Vec::new(),
        mentions: Vec::new(),
        join: Join::All,
        condition: None,
        for_each: None,
        deadline: Duration::from_secs(60),
        on_failure: OnFailure::Stop,
        span: 10..20,
        input_spans: ["summary", "project", "issue"].map(|name| (name.to_owned(), 30..40)).to_vec(),
    }
}

pub(super) fn each(list: &str, node: Node) -> Node {
    let list = Expression::parse(list).expect("CEL");
    let for_each = ForEach {
        list,
        name: "item".into(),
        max_parallel: NonZeroU32::MIN,
        on_item_failure: OnFailure::Stop,
        item_type: ValueType::default(),
    };
    Node { for_each: Some(for_each), ..node }
}

pub(super) fn definition(nodes: Vec<Node>) -> Definition {
    Definition {
        hash: DefinitionHash::new("hash"),
        source: Source::new("test.yaml", ""),
        process: "test".into(),
        version: "1".into(),
        description: None,
        access_token: None,
        concurrency: None,
        inputs: Vec::new(),
        input_type: ValueType::default(),
        nodes,
        outputs: Vec::new(),
        passed_over: Vec::new(),
    }
}

pub(super) fn catalogue() -> Catalogue {
    Catalogue::default().with(Work::named("test.create")).with(Work::named("test.comment"))
}

pub(super) fn inputs() -> Map<String, Value> {
    let inputs = json!({"project": "OPS", "issues": ["OPS-1", "OPS-2", "OPS-1"], "go": false, "none": []});
    inputs.as_object().expect("an object").clone()
}
