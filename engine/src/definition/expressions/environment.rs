//! What an expression can see, by where it is written: inputs, other nodes, the item, the run.

use super::{gaps::Gaps, index::Index};
use crate::{
    definition::{
        Join, OnFailure, Phase, WaitsFor,
        draft::{DraftEdge, DraftNode},
        other_tools,
    },
    expression::{
        check::{Name, TypeEnv},
        types::{Type, error, texts},
    },
    suggestion::{Suggestions, did_you_mean},
};

/// What the expression that is being checked can see.
pub(super) struct View<'a> {
    index: &'a Index<'a>,
    gaps: Gaps<'a>,
    inputs: Type,
    suggestions: &'a Suggestions,
    /// The node that the expression belongs to; none for `outputs` and the key of `concurrency`.
    node: Option<usize>,
    /// Whether it is evaluated when the run begins, before all nodes.
    begins: bool,
    /// The type of an item, inside a `for_each`.
    item: Option<Type>,
}

impl<'a> View<'a> {
    pub(super) fn new(index: &'a Index<'a>, gaps: Gaps<'a>, suggestions: &'a Suggestions) -> Self {
        let inputs =
            index.draft.inputs.iter().map(|input| (input.name, input.schema.map_or(Type::Any, Type::of_declared)));
        Self { index, gaps, inputs: Type::object(inputs), suggestions, node: None, begins: false, item: None }
    }

    /// Goes to the expressions of a node, outside its `for_each`.
    pub(super) fn enter(&mut self, number: usize) {
        self.node = Some(number);
        self.item = None;
    }

    /// Goes inside the `for_each`.
    pub(super) fn enter_items(&mut self, item: Type) {
        self.item = Some(item);
    }

    /// Goes to the key of `concurrency`.
    pub(super) fn begin(&mut self) {
        self.leave();
        self.begins = true;
    }

    /// Goes to `outputs`.
    pub(super) fn leave(&mut self) {
        self.begins = false;
        self.node = None;
        self.item = None;
    }

    /// The type of all inputs, as an object.
    pub(super) fn input_types(&self) -> &Type {
        &self.inputs
    }

    pub(super) fn id(&self, number: usize) -> &'a str {
        self.index.node(number).id
    }

    /// What a step of a node takes.
    pub(super) fn input_type(&self, number: usize) -> &'a Type {
        self.index.node(number).kind.map_or(&Type::Any, |kind| kind.written().input_type())
    }

    fn current(&self) -> Option<&'a DraftNode<'a>> {
        self.node.map(|number| self.index.node(number))
    }

    fn sees_end(&self) -> bool {
        !self.begins && self.current().is_none_or(|node| node.phase == Phase::Finally)
    }

    fn output(&self, number: usize) -> Type {
        let node = self.index.node(number);
        let has_items = node.for_each.is_some();
        node.kind.map_or(Type::Any, |kind| kind.written().node_type(has_items).clone())
    }

    /// What a node is to the reader, which is there only where some of it is not null.
    fn seen(&self, number: usize, is_complete: bool) -> Type {
        let (source, reader) = (self.index.node(number), self.current());
        let waits_for_failure = reader.is_some_and(|reader| {
            let of_source = |edge: &&DraftEdge<'_>| edge.node == source.id && edge.waits_for == [WaitsFor::Failed];
            reader.join == Join::All && reader.edges.iter().any(|edge| of_source(&edge))
        });
        let mut kind = self.output(number);
        if waits_for_failure {
            kind = kind.with_value_at(&["error"]);
        }
        if is_complete && source.for_each.is_some() && source.on_item_failure == OnFailure::Stop {
            kind = kind.with_value_at(&["results", "", "output"]);
        }
        kind
    }

    fn run(&self) -> Type {
        let mut fields = vec![("id", Type::TEXT), ("started_at", Type::TEXT)];
        if self.sees_end() {
            fields.push(("outcome", texts(&["completed", "failed", "cancelled"])));
            fields.push(("error", error(Some(("node", Type::TEXT)))));
        }
        Type::object(fields)
    }

    /// `item` and `index` where there are none, `result`, and the like.
    fn not_here(&self, name: &str) -> Name {
        let for_each = self.current().filter(|node| node.for_each.is_some());
        let not_here = |message: String, help: &str| Name::NotHere(message, help.to_owned());
        match (name, for_each) {
            (_, Some(node)) if name == "index" || name == node.item_name => not_here(
                format!("`{name}` is not there yet: `if` and `for_each` are evaluated once, before the items"),
                "use it in `with`",
            ),
            ("item", Some(node)) => {
                Name::NotHere("an item has another name here".into(), format!("`as` calls it `{}`", node.item_name))
            }
            ("item" | "index", None) => not_here(
                format!("`{name}` is there inside a node with `for_each` only"),
                "add `for_each`, or read from `inputs` or `nodes`",
            ),
            ("result", _) => not_here(
                "`result` is there in `undo` and `repeat.until` only".into(),
                "read the output as `nodes.<id>`",
            ),
            _ => Name::Unknown,
        }
    }
}

impl TypeEnv for View<'_> {
    fn root(&self, name: &str) -> Name {
        match (name, &self.item, self.current()) {
            ("inputs", ..) => Name::Value(self.inputs.clone()),
            ("run", ..) => Name::Value(self.run()),
            ("index", Some(_), _) => Name::Value(Type::Int),
            (_, Some(item), Some(node)) if name == node.item_name => Name::Value(item.clone()),
            _ => self.not_here(name),
        }
    }

    fn node(&self, id: &str) -> Name {
        let Some(number) = self.index.number(id) else { return Name::Unknown };
        let (source, reader) = (self.index.node(number), self.current());
        if self.begins {
            let message = "no node has run yet: `concurrency.key` is evaluated when the run begins";
            return Name::NotHere(message.into(), "read what it needs from `inputs`, or use `run.id`".into());
        }
        if self.node == Some(number) {
            let help = "read what it needs from `inputs` or from an earlier node";
            return Name::NotHere("a node cannot read its own output".into(), help.into());
        }
        if source.phase == Phase::Finally && reader.is_some_and(|reader| reader.phase == Phase::Main) {
            let message = format!("`{id}` is a node of `finally`, which runs after this one");
            return Name::NotHere(message, "move one of the two".into());
        }
        let gap = self.node.and_then(|reader| self.gaps.between(reader, number));
        Name::Node(self.seen(number, gap.is_none()), gap)
    }

    fn field_not_here(&self, root: &str, field: &str) -> Option<(String, String)> {
        (root == "run" && matches!(field, "outcome" | "error") && !self.sees_end()).then(|| {
            let message = format!("`run.{field}` is there in `finally` only");
            if self.begins {
                return (message, "use `run.id` or `run.started_at`".to_owned());
            }
            (message, "move the node to `finally`, or read `nodes.<id>.outcome`".to_owned())
        })
    }

    fn similar_root(&self, name: &str) -> Option<String> {
        if self.index.number(name).is_some() {
            return Some(format!("did you mean `nodes.{name}`?"));
        }
        let mut inputs = self.index.draft.inputs.iter().map(|input| input.name);
        if inputs.any(|input| input == name) {
            return Some(format!("did you mean `inputs.{name}`?"));
        }
        let item = self.item.as_ref().and(self.current()).map(|node| [node.item_name, "index"]);
        did_you_mean(name, ["inputs", "nodes", "run"].into_iter().chain(item.into_iter().flatten()))
            .or_else(|| other_tools::root(name).map(|root| format!("did you mean `{root}`?")))
    }

    fn similar_node(&self, id: &str) -> Option<String> {
        self.suggestions.did_you_mean(id, self.index.names())
    }

    fn similar_field(&self, name: &str, fields: &[&String]) -> Option<String> {
        self.suggestions.did_you_mean(name, fields.iter().map(|field| field.as_str()))
    }
}
