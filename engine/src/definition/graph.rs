//! Checks the graph of a draft: names in `after`, cycles, `finally`, ids used twice.

use std::{
    collections::{BTreeSet, VecDeque},
    ops::Range,
};

use petgraph::{Graph, algo::kosaraju_scc, graph::NodeIndex};

use super::{
    Phase,
    draft::Draft,
    expressions::{Compiled, Index, Mention},
};
use crate::{
    diagnostic::{Code, Diagnostic},
    id::NodeId,
    suggestion::Suggestions,
    yaml::Spans,
};

/// How many cycles are reported of a file: a graph may have more of them than nodes.
const MOST_CYCLES: usize = 20;

/// Says what is wrong with the graph.
pub(crate) fn check(
    draft: &Draft<'_>,
    compiled: &Compiled,
    spans: &Spans,
    suggestions: &Suggestions,
) -> Vec<Diagnostic> {
    let index = Index::of(draft);
    let mut diagnostics = twice(&index, spans);
    diagnostics.extend(edges(&index, suggestions));
    let waits = Waits::of(&index, compiled);
    diagnostics.extend(waits.cycles().iter().map(|cycle| waits.diagnostic(cycle, spans)));
    diagnostics
}

/// The nodes that each node names in its expressions and not in `after`, in order of name, in the order of the draft.
pub(crate) fn mentions(draft: &Draft<'_>, compiled: &Compiled) -> Vec<Vec<NodeId>> {
    let index = Index::of(draft);
    let mentioned = draft.nodes.iter().zip(&compiled.nodes).map(|(node, compiled)| {
        let after: BTreeSet<&str> = node.edges.iter().map(|edge| edge.node).collect();
        let names = compiled.mentions.iter().map(|mention| mention.node.as_str());
        let awaited: BTreeSet<&str> =
            names.filter(|name| !after.contains(name) && *name != node.id && index.number(name).is_some()).collect();
        awaited.into_iter().map(NodeId::from).collect()
    });
    mentioned.collect()
}

fn twice(index: &Index<'_>, spans: &Spans) -> Vec<Diagnostic> {
    let nodes = index.draft.nodes.iter().enumerate();
    let again = nodes.filter(|(number, node)| index.number(node.id) != Some(*number));
    again
        .map(|(_, node)| {
            let message = format!("there is a node `{}` already", node.id);
            let help = "no two nodes of `nodes` and `finally` can share a name: rename one of them";
            Diagnostic::error(Code::NODE_TWICE, spans.key(node.span), message).of_node(node.id).with_help(help)
        })
        .collect()
}

/// What is wrong with the names in `after`, one by one.
/// The name of a node in `nodes.file`, or in an expression that reads from it.
fn name_in(written: &str) -> Option<&str> {
    let inner = written.trim().trim_start_matches("${{").trim_end_matches("}}").trim();
    inner.strip_prefix("nodes.")?.split('.').next()
}

fn edges(index: &Index<'_>, suggestions: &Suggestions) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for node in &index.draft.nodes {
        for edge in &node.edges {
            let problem = match index.number(edge.node).map(|number| index.node(number)) {
                None => {
                    let unknown = format!("no such node: `{}`", edge.node);
                    let named = name_in(edge.node).filter(|name| index.number(name).is_some());
                    let help = named
                        .map(|name| format!("write the name of the node alone: `{name}`"))
                        .or_else(|| suggestions.did_you_mean(edge.node, index.names()));
                    Diagnostic { help, ..Diagnostic::error(Code::UNKNOWN_NODE, edge.at.clone(), unknown) }
                }
                Some(awaited) if awaited.phase == Phase::Finally && node.phase == Phase::Main => {
                    let message = format!("`{}` cannot wait for `{}`, a node of `finally`", node.id, edge.node);
                    Diagnostic::error(Code::FINALLY_EDGE, edge.at.clone(), message)
                        .with_help("`finally` begins when all of `nodes` have ended")
                }
                Some(_) => continue,
            };
            diagnostics.push(problem.of_node(node.id));
        }
    }
    diagnostics
}

/// Who waits for whom, and where that is written. Waits that are wrong by themselves are left out.
struct Waits<'a> {
    index: &'a Index<'a>,
    /// For each node, whom it waits for; in order of the file, `after` first.
    of: Vec<Vec<(usize, Written<'a>)>>,
}

/// Where a wait is written.
#[derive(Clone)]
enum Written<'a> {
    /// In `after`.
    After(Range<usize>),
    /// In an expression.
    Mention(&'a Mention),
}

impl<'a> Waits<'a> {
    fn of(index: &'a Index<'a>, compiled: &'a Compiled) -> Self {
        let nodes = index.draft.nodes.iter().zip(&compiled.nodes).enumerate();
        let of = nodes.map(|(number, (node, compiled))| {
            let after = node.edges.iter().map(|edge| (edge.node, Written::After(edge.at.clone())));
            let mentions = compiled.mentions.iter().map(|mention| (mention.node.as_str(), Written::Mention(mention)));
            let known = after.chain(mentions).filter_map(|(name, written)| Some((index.number(name)?, written)));
            known.filter(|(awaited, written)| index.can_wait(number, *awaited, written)).collect()
        });
        Self { index, of: of.collect() }
    }

    /// Cycles that share no wait, each as its nodes in the order of waiting.
    fn cycles(&self) -> Vec<Vec<usize>> {
        let mut waits: Vec<Vec<usize>> =
            self.of.iter().map(|waits| waits.iter().map(|(awaited, _)| *awaited).collect()).collect();
        let mut found = Vec::new();
        loop {
            let before = found.len();
            for component in components(&waits) {
                if found.len() == MOST_CYCLES {
                    return found;
                }
                let cycle = shortest(&waits, component[0], &component);
                for (position, node) in cycle.iter().enumerate() {
                    let next = cycle[(position + 1) % cycle.len()];
                    waits[*node].retain(|awaited| *awaited != next);
                }
                found.push(cycle);
            }
            if found.len() == before {
                return found;
            }
        }
    }

    fn diagnostic(&self, cycle: &[usize], spans: &Spans) -> Diagnostic {
        let (first, second) = (cycle[0], cycle[1 % cycle.len()]);
        let written = self.of[first].iter().find(|(awaited, _)| *awaited == second).map(|(_, written)| written);
        let span = written.map(|written| match written {
            Written::After(at) => at.clone(),
            Written::Mention(mention) => mention.span(spans),
        });
        let id = self.index.node(first).id;
        let path: Vec<&str> = cycle.iter().chain([&first]).map(|number| self.index.node(*number).id).collect();
        let message = match cycle.len() {
            1 => format!("`{id}` waits for itself"),
            _ => format!("nodes wait for each other: {}", abridged(&path)),
        };
        let by_mention = matches!(written, Some(Written::Mention(_)));
        let help = match by_mention {
            true => "a node waits for those that its expressions name: remove the name from one of the expressions",
            false => "remove one of these waits from `after`, or from the expression that names the node",
        };
        Diagnostic::error(Code::CYCLE, span, message).of_node(id).with_help(help)
    }
}

impl Index<'_> {
    /// Whether a wait is one to look for cycles in: no node of `nodes` waits for `finally`, and no expression reads its own node.
    fn can_wait(&self, number: usize, awaited: usize, written: &Written<'_>) -> bool {
        let backwards = self.node(number).phase == Phase::Main && self.node(awaited).phase == Phase::Finally;
        let own = number == awaited && matches!(written, Written::Mention(_));
        !backwards && !own
    }
}

/// The sets of nodes that wait for each other, each in the order of the file, in the order of their first nodes.
fn components(waits: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let nodes = |(number, awaited): (usize, &Vec<usize>)| {
        awaited.iter().map(move |awaited| (number, *awaited)).collect::<Vec<_>>()
    };
    let mut graph: Graph<(), ()> = Graph::new();
    for _ in waits {
        graph.add_node(());
    }
    graph.extend_with_edges(
        waits
            .iter()
            .enumerate()
            .flat_map(nodes)
            .map(|(waiting, awaited)| (NodeIndex::new(waiting), NodeIndex::new(awaited))),
    );
    let mut components: Vec<Vec<usize>> = kosaraju_scc(&graph)
        .into_iter()
        .map(|nodes| nodes.into_iter().map(NodeIndex::index).collect::<Vec<_>>())
        .filter(|nodes| nodes.len() > 1 || waits[nodes[0]].contains(&nodes[0]))
        .collect();
    components.iter_mut().for_each(|nodes| nodes.sort_unstable());
    components.sort_unstable();
    components
}

/// The shortest cycle through `start` inside its component.
fn shortest(waits: &[Vec<usize>], start: usize, component: &[usize]) -> Vec<usize> {
    let mut came_from: Vec<Option<usize>> = vec![None; waits.len()];
    let mut pending = VecDeque::from([start]);
    while let Some(number) = pending.pop_front() {
        for &awaited in waits[number].iter().filter(|awaited| component.binary_search(awaited).is_ok()) {
            if awaited == start {
                return path_to(&came_from, start, number);
            }
            if came_from[awaited].is_none() {
                came_from[awaited] = Some(number);
                pending.push_back(awaited);
            }
        }
    }
    vec![start]
}

fn path_to(came_from: &[Option<usize>], start: usize, end: usize) -> Vec<usize> {
    let mut path = vec![end];
    while path[path.len() - 1] != start {
        let Some(before) = came_from[path[path.len() - 1]] else { break };
        path.push(before);
    }
    path.reverse();
    path
}

/// A path in a message: the middle of a long one is left out.
fn abridged(path: &[&str]) -> String {
    const SHOWN: usize = 12;
    if path.len() <= SHOWN {
        return path.join(" → ");
    }
    let (head, tail) = (&path[..SHOWN - 3], &path[path.len() - 2..]);
    format!("{} → … ({} more) … → {}", head.join(" → "), path.len() - SHOWN + 1, tail.join(" → "))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use crate::definition::expressions::tests::{faults, mentions_of};

    #[test]
    fn the_graph_is_checked() {
        insta::assert_snapshot!(faults(
            "
nodes:
  a: { activity: test.make, after: b }
  b: { activity: test.make, after: [a] }
  c: { activity: test.make, after: { c: failed } }
  d: { activity: test.make, after: [filee, cleanup] }
  file: { activity: test.make }
  e:
    activity: test.make
    with: { text: \"${{ nodes.g.key }}\" }
  f:
    activity: test.make
    after: e
  g:
    activity: test.make
    if: nodes.f.outcome == 'failed'
    with: { text: x }
finally:
  cleanup: { activity: test.make, after: [late] }
  late: { activity: test.make, after: [file] }
  file: { activity: test.make }
"
        ), @r#"
        3:36 FR0302 [b] a: nodes wait for each other: a → b → a; remove one of these waits from `after`, or from the expression that names the node
        5:38 FR0302 [c] c: `c` waits for itself; remove one of these waits from `after`, or from the expression that names the node
        6:37 FR0301 [filee] d: no such node: `filee`; did you mean `file`?
        6:44 FR0303 [cleanup] d: `d` cannot wait for `cleanup`, a node of `finally`; `finally` begins when all of `nodes` have ended
        10:24 FR0409 warning [nodes.g.key] e: `nodes.g.key` may be missing: `g` has an `if`; guard it: `has(nodes.g.key) ? nodes.g.key : …`
        10:30 FR0302 [g] e: nodes wait for each other: e → g → f → e; a node waits for those that its expressions name: remove the name from one of the expressions
        21:3 FR0304 [file] file: there is a node `file` already; no two nodes of `nodes` and `finally` can share a name: rename one of them
        "#);
    }

    #[test]
    fn cycles_that_share_a_node_are_told_apart() {
        insta::assert_snapshot!(faults(
            "
nodes:
  a: { activity: test.make, after: [b, c] }
  b: { activity: test.make, after: [a, c] }
  c: { activity: test.make, after: [a] }
"
        ), @r#"
        3:37 FR0302 [b] a: nodes wait for each other: a → b → a; remove one of these waits from `after`, or from the expression that names the node
        3:40 FR0302 [c] a: nodes wait for each other: a → c → a; remove one of these waits from `after`, or from the expression that names the node
        "#);
    }

    #[test]
    fn mentions_are_the_nodes_that_are_named_and_not_in_after() {
        let text = "
nodes:
  a: { activity: test.make }
  b: { activity: test.make }
  c: { activity: test.make }
  d:
    activity: test.make
    after: [a]
    if: nodes.c.outcome == 'completed'
    with: { text: \"${{ nodes.b.key + nodes.a.key + nodes.none.key + nodes.d.key }}\" }
";
        assert_eq!(mentions_of(text, "d"), ["b", "c"]);
    }

    #[test]
    fn ten_thousand_nodes_in_a_ring_are_one_cycle() {
        let mut text = "nodes:\n".to_owned();
        for number in 0..10_000 {
            let _ = writeln!(text, "  n{number}: {{ activity: test.make, after: n{} }}", (number + 1) % 10_000);
        }
        let faults = faults(&text);
        assert_eq!(faults.lines().count(), 1, "{faults}");
        assert!(faults.contains("n0 → n1 → n2"), "{faults}");
    }
}
