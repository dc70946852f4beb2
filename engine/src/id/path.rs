//! Where in a run a step is. A path has a text of its own, which tags at Jira, the journal and people use: `notify`, `each[3]`.

use std::{fmt, str::FromStr, sync::Arc};

use super::NodeId;

/// The steps that lead to a step, outermost first, and the step itself. Cheap to clone.
///
/// A node of a definition is one segment. What is inside of another step (a node of a group, of a sub-process) has that step's
/// segments before its own: `review[2]/ask`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepPath(Arc<[Segment]>);

/// One passage through a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    /// The node.
    pub node: NodeId,
    /// Which of its passages.
    pub turn: Turn,
    /// Whether the node is done or undone.
    pub direction: Direction,
}

/// Which of a node's passages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Turn {
    /// It has but one.
    Only,
    /// The one for this item of its `for_each`, from 0: `node[3]`.
    Item(u32),
    /// This round of its repetition, from 0: `node#3`.
    Round(u32),
}

/// Whether a node is done or undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// It is done.
    Do,
    /// What was done is undone: `node:undo`.
    Undo,
}

/// A text that is not a path.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither `NODE` nor `NODE[3]`")]
pub struct NotAPath(String);

const UNDO: &str = ":undo";

impl StepPath {
    /// The step of a node without items.
    pub fn of(node: NodeId) -> Self {
        Self::from(Segment { node, turn: Turn::Only, direction: Direction::Do })
    }

    /// The step of an item, from 0.
    pub fn of_item(node: NodeId, item: u32) -> Self {
        Self::from(Segment { node, turn: Turn::Item(item), direction: Direction::Do })
    }

    /// The segments, outermost first. There is at least one.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The node that the step is a passage through.
    pub fn node(&self) -> &NodeId {
        &self.last().node
    }

    /// The number of its item, where the node has items.
    pub fn item(&self) -> Option<u32> {
        match self.last().turn {
            Turn::Item(item) => Some(item),
            Turn::Only | Turn::Round(_) => None,
        }
    }

    fn last(&self) -> &Segment {
        self.0.last().expect("a path is made of a segment, and never gets shorter")
    }
}

impl From<Segment> for StepPath {
    fn from(segment: Segment) -> Self {
        Self(Arc::new([segment]))
    }
}

impl fmt::Display for StepPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, segment) in self.0.iter().enumerate() {
            let between = if place == 0 { "" } else { "/" };
            write!(formatter, "{between}{segment}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(formatter)?;
        match self.turn {
            Turn::Only => Ok(()),
            Turn::Item(item) => write!(formatter, "[{item}]"),
            Turn::Round(round) => write!(formatter, "#{round}"),
        }?;
        match self.direction {
            Direction::Do => Ok(()),
            Direction::Undo => formatter.write_str(UNDO),
        }
    }
}

impl FromStr for StepPath {
    type Err = NotAPath;

    fn from_str(text: &str) -> Result<Self, NotAPath> {
        let segments: Option<Arc<[Segment]>> = text.split('/').map(segment).collect();
        segments.map(Self).ok_or_else(|| NotAPath(text.to_owned()))
    }
}

fn segment(text: &str) -> Option<Segment> {
    let (rest, direction) = match text.strip_suffix(UNDO) {
        Some(rest) => (rest, Direction::Undo),
        None => (text, Direction::Do),
    };
    let (node, turn) = match (rest.split_once('['), rest.split_once('#')) {
        (Some((node, item)), _) => (node, Turn::Item(number(item.strip_suffix(']')?)?)),
        (None, Some((node, round))) => (node, Turn::Round(number(round)?)),
        (None, None) => (rest, Turn::Only),
    };
    is_name(node).then(|| Segment { node: node.into(), turn, direction })
}

/// A number as it is written back: `+3` and `03` are other texts of the same number.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_segment() -> impl Strategy<Value = Segment> {
        let turn = prop_oneof![Just(Turn::Only), any::<u32>().prop_map(Turn::Item), any::<u32>().prop_map(Turn::Round)];
        let direction = prop_oneof![Just(Direction::Do), Just(Direction::Undo)];
        ("[a-z][a-z0-9_]{0,9}", turn, direction).prop_map(|(node, turn, direction)| Segment {
            node: NodeId::new(node),
            turn,
            direction,
        })
    }

    proptest! {
        #[test]
        fn a_path_is_read_as_it_is_written(segments in prop::collection::vec(any_segment(), 1..4)) {
            let path = StepPath(segments.into());
            prop_assert_eq!(path.to_string().parse::<StepPath>().unwrap(), path);
        }

        #[test]
        fn what_is_read_is_written_as_it_was(text in "[a-b/#:\\[\\]0-3undo]{0,9}") {
            if let Ok(path) = text.parse::<StepPath>() {
                prop_assert_eq!(path.to_string(), text);
            }
        }
    }

    #[test]
    fn a_path_has_one_text() {
        let table =
            [("notify", None), ("each[3]", Some(3)), ("review[2]/ask", None), ("poll#4", None), ("a:undo", None)];
        for (text, item) in table {
            let path: StepPath = text.parse().unwrap();
            assert_eq!((path.to_string().as_str(), path.item()), (text, item));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "a[", "a[]", "a[x]", "a[+1]", "a[01]", "a[-1]", "a/", "/a", "a b", "a#", "a[1]x", "a:redo"] {
            assert!(text.parse::<StepPath>().is_err(), "{text}");
        }
    }
}
