//! What is known of the nodes before a run: one view of each, from which all questions are answered.
//!
//! `known` works out what is known of a value; the activities say what their nodes need, and what is wrong with them.

mod known;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
};

use serde_json::{Map, Value};

use self::known::{Inputs, Item, Known};
use super::{Definition, Node, Phase};
use crate::{
    activity::{Activity, Catalogue, Problem},
    diagnostic::{Code, Diagnostic},
    expression::Template,
    id::NodeId,
    requirement::{Need, Planned, Requirement, Subject},
};

/// How many items of a list are looked at one by one. What the others need is found out while running.
const MOST_ITEMS: usize = 1000;

/// How many nodes an output is traced back through.
const MOST_HOPS: usize = 16;

/// A definition with what is known before it runs.
pub(crate) struct Plan<'a> {
    nodes: Vec<View<'a>>,
    /// Where each node is among them. Only looked up, never iterated.
    numbers: HashMap<&'a str, usize>,
    /// What nodes make under names that are known.
    made: Vec<(&'a Node, Subject)>,
}

/// A node before its run.
pub(crate) struct View<'a> {
    pub(crate) node: &'a Node,
    /// What its activity is, where the catalogue has it.
    activity: Option<&'a dyn Activity>,
    /// Its inputs as they are written, whatever the item is.
    written: Planned,
    steps: Steps,
}

/// The inputs of a node's steps.
enum Steps {
    /// It is known that it will not run.
    None,
    /// One, or so many as are not known: the inputs as they are written.
    AsWritten,
    /// One for each item of a list that is known.
    Items(Vec<Planned>),
}

impl<'a> Plan<'a> {
    /// What is known of a definition's nodes; without inputs, what is written in it.
    pub(crate) fn new(
        definition: &'a Definition,
        inputs: Option<&'a Map<String, Value>>,
        catalogue: &'a Catalogue,
    ) -> Self {
        let inputs = Inputs { values: inputs, kind: definition.input_type.get() };
        let nodes: Vec<_> = definition.nodes.iter().map(|node| View::new(node, inputs, catalogue)).collect();
        let numbers = nodes.iter().enumerate().map(|(number, view)| (view.node.id.as_str(), number)).collect();
        let made = nodes.iter().flat_map(|view| view.made().map(|subject| (view.node, subject))).collect();
        Self { nodes, numbers, made }
    }

    /// All nodes, in the order of the definition.
    pub(crate) fn nodes(&self) -> &[View<'a>] {
        &self.nodes
    }

    /// What is wrong with the inputs of nodes, as far as their activities see it without asking the service.
    pub(crate) fn problems(&self) -> Vec<Diagnostic> {
        let of = |view: &View<'a>| {
            view.problems().into_iter().map(|problem| of_problem(view.node, problem)).collect::<Vec<_>>()
        };
        self.nodes.iter().flat_map(of).collect()
    }

    /// What a node needs; nothing, if it is known that it will not run.
    pub(crate) fn requirements(&self, view: &View<'_>) -> Vec<Requirement> {
        let needed = view.asked(|activity, input| activity.requirements(input));
        needed.flatten().map(|requirement| self.traced(view.node, requirement)).collect()
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
                open.extend(self.view(id).map(|view| view.node));
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
        let view = self.view(node.as_str())?;
        view.activity?.subject_of_output(path, &view.written)
    }

    fn view(&self, node: &str) -> Option<&View<'a>> {
        self.numbers.get(node).and_then(|number| self.nodes.get(*number))
    }
}

impl<'a> View<'a> {
    fn new(node: &'a Node, inputs: Inputs<'_>, catalogue: &'a Catalogue) -> Self {
        let around = Known { inputs, item: None };
        let activity = node.kind.activity().and_then(|work| catalogue.get(work.activity.as_str())).map(AsRef::as_ref);
        let (_, arguments) = node.kind.kind().arguments();
        Self { node, activity, written: around.plan(arguments), steps: Steps::new(node, arguments, around) }
    }

    /// Where the keys and ids are written that its inputs name.
    pub(crate) fn spans_of_keys(&self) -> BTreeMap<String, Range<usize>> {
        let keys = self.inputs().iter().flat_map(|input| {
            let key = |(name, span): &(String, Range<usize>)| Some((input.field(name)?.as_key()?, span.clone()));
            self.node.input_spans.iter().filter_map(key)
        });
        let mut spans = BTreeMap::new();
        // Where one is named twice, the first place is as good.
        for (key, span) in keys {
            spans.entry(key).or_insert(span);
        }
        spans
    }

    /// What is wrong with its inputs, each problem once; nothing, if it is known that it will not run.
    fn problems(&self) -> Vec<Problem> {
        let mut found: Vec<(Problem, usize, usize)> = Vec::new();
        for (index, problems) in self.asked(|activity, input| activity.problems(input)).enumerate() {
            for problem in problems {
                match found.iter_mut().find(|(known, ..)| *known == problem) {
                    Some((_, _, times)) => *times += 1,
                    None => found.push((problem, index, 1)),
                }
            }
        }
        // What all items have is not of the item.
        let told = |(problem, index, times)| match times < self.inputs().len() {
            true => of_item(problem, index),
            false => problem,
        };
        found.into_iter().map(told).collect()
    }

    /// What it makes under names that are known.
    fn made(&self) -> impl Iterator<Item = Subject> {
        self.asked(|activity, input| activity.makes(input)).flatten()
    }

    /// What its activity says of the inputs of each step.
    fn asked<Said>(&self, say: impl Fn(&dyn Activity, &Planned) -> Said) -> impl Iterator<Item = Said> {
        self.activity.into_iter().flat_map(move |activity| {
            let said: Vec<_> = self.inputs().iter().map(|input| say(activity, input)).collect();
            said
        })
    }

    /// The inputs of its steps, as far as they are looked at.
    fn inputs(&self) -> &[Planned] {
        match &self.steps {
            Steps::None => &[],
            Steps::AsWritten => std::slice::from_ref(&self.written),
            Steps::Items(inputs) => inputs,
        }
    }
}

impl Steps {
    fn new(node: &Node, arguments: &Template, around: Known<'_>) -> Self {
        let condition = node.condition.as_ref().and_then(|condition| around.value(condition));
        if condition == Some(Value::Bool(false)) {
            return Self::None;
        }
        let Some(for_each) = &node.for_each else { return Self::AsWritten };
        let Some(Value::Array(items)) = around.value(&for_each.list) else { return Self::AsWritten };
        let items = items.iter().take(MOST_ITEMS).enumerate();
        let item = |(index, value)| Known { item: Some(Item { for_each, value, index }), ..around };
        Self::Items(items.map(|known| item(known).plan(arguments)).collect())
    }
}

fn of_problem(node: &Node, problem: Problem) -> Diagnostic {
    let input = problem.field.split(['.', '[']).next().unwrap_or_default();
    let span = node.input_spans.iter().find(|(name, _)| name == input).map_or(&node.span, |(_, span)| span);
    let message = format!("`{}`: {}", problem.field, problem.message);
    let diagnostic = Diagnostic::error(Code::ACTIVITY_INPUT, span.clone(), message).of_node(node.id.as_str());
    Diagnostic { help: problem.help, ..diagnostic }
}

/// A problem of one item of a `for_each`, the first that has it.
fn of_item(problem: Problem, index: usize) -> Problem {
    Problem { message: format!("{} (item {index})", problem.message), ..problem }
}
