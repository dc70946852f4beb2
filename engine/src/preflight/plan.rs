//! What is known of the nodes' inputs before a run, and what the nodes need for them.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
    sync::Arc,
};

use serde_json::{Map, Value};

use crate::{
    activity::{Activity, Catalogue, Problem},
    definition::{Definition, ForEach, Node, Phase},
    expression::{Bindings, Bound, Expression, Part, Template, types::Type},
    id::NodeId,
    requirement::{Need, Planned, Requirement, Subject},
};

/// How many items of a list are looked at one by one. What the others need is found out while running.
const MOST_ITEMS: usize = 1000;

/// How many nodes an output is traced back through.
const MOST_HOPS: usize = 16;

/// A definition with what is known before it runs.
pub(super) struct Plan<'a> {
    catalogue: &'a Catalogue,
    inputs: Inputs<'a>,
    /// Only looked up, never iterated.
    nodes: HashMap<&'a str, &'a Node>,
    /// The planned inputs of nodes that others refer to.
    planned: RefCell<HashMap<&'a str, Planned>>,
    /// What nodes make under names that are known.
    made: Vec<(&'a Node, Subject)>,
}

/// The run's inputs, once they are known, and their type.
#[derive(Clone, Copy)]
struct Inputs<'a> {
    values: Option<&'a Map<String, Value>>,
    kind: &'a Type,
}

/// What an expression can see before the run.
#[derive(Clone, Copy)]
struct Known<'a> {
    inputs: Inputs<'a>,
    item: Option<Item<'a>>,
}

/// An item of a list that is known.
#[derive(Clone, Copy)]
struct Item<'a> {
    for_each: &'a ForEach,
    value: &'a Value,
    index: usize,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        definition: &'a Definition,
        inputs: Option<&'a Map<String, Value>>,
        catalogue: &'a Catalogue,
    ) -> Self {
        let nodes = definition.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let inputs = Inputs { values: inputs, kind: definition.input_type.get() };
        let plan = Self { catalogue, inputs, nodes, planned: RefCell::default(), made: Vec::new() };
        let made = definition.nodes.iter().flat_map(|node| {
            let made = plan.of_steps(node, |activity, input| activity.makes(input).into_iter().collect());
            made.into_iter().map(move |subject| (node, subject))
        });
        let made = made.collect();
        Self { made, ..plan }
    }

    /// What a node needs; nothing, if it is known that it will not run.
    pub(super) fn requirements(&self, node: &Node) -> Vec<Requirement> {
        let needed = self.of_steps(node, |activity, input| activity.requirements(input));
        needed.into_iter().map(|requirement| self.traced(node, requirement)).collect()
    }

    /// Where the keys and ids are written that a node's inputs name.
    pub(super) fn places_of_keys(&self, node: &Node) -> BTreeMap<String, Range<usize>> {
        let keys = self.of_steps(node, |_, input| {
            let key = |(name, place): &(String, Range<usize>)| Some((input.field(name)?.as_key()?, place.clone()));
            node.input_places.iter().filter_map(key).collect()
        });
        // Where one is named twice, the first place is as good.
        keys.into_iter().rev().collect()
    }

    /// What is wrong with a node's inputs, each problem once; nothing, if it is known that it will not run.
    pub(super) fn problems(&self, node: &Node) -> Vec<Problem> {
        let steps = self.of_steps(node, |activity, input| vec![activity.problems(input)]);
        let mut found: Vec<(Problem, usize, usize)> = Vec::new();
        for (index, problem) in
            steps.iter().enumerate().flat_map(|(index, problems)| problems.iter().map(move |problem| (index, problem)))
        {
            match found.iter_mut().find(|(known, ..)| known == problem) {
                Some((_, _, times)) => *times += 1,
                None => found.push((problem.clone(), index, 1)),
            }
        }
        // What all items have is not of the item.
        let told = |(problem, index, times)| match times < steps.len() {
            true => of_item(problem, index),
            false => problem,
        };
        found.into_iter().map(told).collect()
    }

    /// What an activity says of the planned inputs of each step of a node.
    fn of_steps<Said>(&self, node: &Node, say: impl Fn(&dyn Activity, &Planned) -> Vec<Said>) -> Vec<Said> {
        let Some((activity, with)) = self.activity(node) else { return Vec::new() };
        let around = Known { inputs: self.inputs, item: None };
        let condition = node.condition.as_ref().and_then(|condition| around.value(condition));
        if condition == Some(Value::Bool(false)) {
            return Vec::new();
        }
        let say = |known: Known<'_>| say(activity.as_ref(), &known.plan(with));
        let Some(for_each) = &node.for_each else { return say(around) };
        let Some(Value::Array(items)) = around.value(&for_each.list) else { return say(around) };
        let items = items.iter().take(MOST_ITEMS).enumerate();
        items.flat_map(|(index, value)| say(Known { item: Some(Item { for_each, value, index }), ..around })).collect()
    }

    /// The activity of a node, and what it is given.
    fn activity<'n>(&self, node: &'n Node) -> Option<(&Arc<dyn Activity>, &'n Template)> {
        let node = node.kind.activity()?;
        Some((self.catalogue.get(node.activity.as_str())?, &node.with))
    }

    /// The same requirement, its subject traced back to what is known. What an earlier node makes is not there yet.
    fn traced(&self, node: &Node, requirement: Requirement) -> Requirement {
        match requirement.need {
            Need::Permission { key, subject } => {
                let traced = self.subject(subject);
                let subject = if self.is_made_before(node, &traced) { Subject::AtRunTime } else { traced };
                let need = Need::Permission { key, subject };
                Requirement { need, ..requirement }
            }
            Need::Scopes(_) => requirement,
        }
    }

    /// Whether a node that `node` waits for makes `subject`.
    fn is_made_before(&self, node: &Node, subject: &Subject) -> bool {
        let mut makers = self.made.iter().filter(|(_, made)| made == subject).map(|(maker, _)| *maker).peekable();
        if makers.peek().is_none() {
            return false;
        }
        let awaited = self.awaited_by(node);
        let is_last = node.phase == Phase::Finally;
        makers.any(|maker| awaited.contains(maker.id.as_str()) || (is_last && maker.phase == Phase::Main))
    }

    /// The nodes that a node waits for, and those that they wait for.
    fn awaited_by<'b>(&'b self, node: &'b Node) -> BTreeSet<&'b str> {
        let mut awaited = BTreeSet::new();
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let next = node.edges.iter().map(|edge| &edge.from).chain(&node.mentions);
            for id in next.map(NodeId::as_str).filter(|id| awaited.insert(*id)).collect::<Vec<_>>() {
                open.extend(self.nodes.get(id).copied());
            }
        }
        awaited
    }

    /// Where a subject will be.
    fn subject(&self, mut subject: Subject) -> Subject {
        for _ in 0..MOST_HOPS {
            let Subject::OutputOf { node, path, .. } = &subject else { return subject };
            match self.subject_of_output(node, path) {
                Some(earlier) => subject = earlier,
                None => return Subject::AtRunTime,
            }
        }
        Subject::AtRunTime
    }

    fn subject_of_output(&self, node: &NodeId, path: &[String]) -> Option<Subject> {
        let node = self.nodes.get(node.as_str())?;
        let (activity, with) = self.activity(node)?;
        let mut planned = self.planned.borrow_mut();
        let input =
            planned.entry(node.id.as_str()).or_insert_with(|| Known { inputs: self.inputs, item: None }.plan(with));
        activity.subject_of_output(path, input)
    }
}

impl Known<'_> {
    /// What is known of a value that a definition writes.
    fn plan(self, template: &Template) -> Planned {
        match template {
            Template::Literal(value) => Planned::Known(value.clone()),
            Template::Expression(expression) => {
                self.value(expression).map(Planned::Known).or_else(|| output(expression)).unwrap_or(Planned::Unknown)
            }
            Template::Converted(converted) => {
                let known = self.knows(converted.expression()).then(|| template.evaluate(&self).ok()).flatten();
                known.map(Planned::Known).or_else(|| output(converted.expression())).unwrap_or(Planned::Unknown)
            }
            Template::Text(parts) | Template::OfKind(_, parts) => {
                let mut expressions = parts.iter().filter_map(Part::expression);
                let is_known = expressions.all(|expression| self.knows(expression));
                let text = is_known.then(|| template.evaluate(&self).ok()).flatten();
                text.map_or(Planned::Unknown, Planned::Known)
            }
            Template::List(items) => Planned::List(items.iter().map(|item| self.plan(item)).collect()),
            Template::Object(fields) => {
                Planned::Object(fields.iter().map(|(name, field)| (name.clone(), self.plan(field))).collect())
            }
        }
    }

    /// The value of an expression that reads only what is known.
    fn value(self, expression: &Expression) -> Option<Value> {
        self.knows(expression).then(|| expression.evaluate(&self).ok()).flatten()
    }

    fn knows(self, expression: &Expression) -> bool {
        expression.references().iter().all(|reference| match reference.path.first().map(String::as_str) {
            Some("inputs") => self.inputs.values.is_some(),
            Some(name) => self.item.is_some_and(|item| name == item.for_each.name || name == "index"),
            None => false,
        })
    }
}

impl Bindings for Known<'_> {
    fn root(&self, name: &str) -> Option<Bound<'_>> {
        match (name, self.item) {
            ("inputs", _) => self.inputs.values.map(|values| Bound::object(values, self.inputs.kind)),
            ("index", Some(item)) => i64::try_from(item.index).ok().map(Bound::integer),
            (_, Some(item)) if name == item.for_each.name => {
                Some(Bound::typed(item.value, item.for_each.item_type.get()))
            }
            _ => None,
        }
    }

    fn node(&self, _: &str) -> Option<Bound<'_>> {
        None
    }
}

/// The output that an expression is, if it is one and nothing else: `nodes.file.key`.
fn output(expression: &Expression) -> Option<Planned> {
    let [reference] = expression.references() else { return None };
    let is_whole = reference.at() == (0..expression.source().len()) && !reference.guarded;
    let node = reference.node().filter(|_| is_whole && reference.path.len() > 2)?;
    Some(Planned::Output { node: node.into(), path: reference.path[2..].to_vec() })
}

/// A problem of one item of a `for_each`, the first that has it.
fn of_item(problem: Problem, index: usize) -> Problem {
    Problem { message: format!("{} (item {index})", problem.message), ..problem }
}
