//! Names and numbers of things, each a type of its own, so that none can stand for another.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that names one kind of thing. Cheap to clone: states and entries repeat names often.
macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a text that has been checked, or that only has to be equal to one that was.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name_type! {
    /// A node of a definition: `[a-z][a-z0-9_]*`.
    NodeId
}
name_type! {
    /// An activity: `jira.create_issue`.
    ActivityName
}
name_type! {
    /// A name that the caller gave a run, unique in a store: `--id`.
    RunKey
}
name_type! {
    /// The SHA-256 of a definition's text, in lower-case hexadecimal.
    DefinitionHash
}

/// One execution of a definition. A UUIDv7: ordered by the time it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(Uuid);

impl RunId {
    /// Wraps a UUIDv7 that the caller made: the engine reads neither clock nor chance.
    pub fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The 16 bytes, big-endian: their order is the order of making.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for RunId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// One passage of a run through a node: the node, and the item where the node has `for_each`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepId {
    /// The node.
    pub node: NodeId,
    /// The index of the `for_each` item, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
}

impl fmt::Display for StepId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.item {
            Some(item) => write!(formatter, "{}[{item}]", self.node),
            None => self.node.fmt(formatter),
        }
    }
}

/// One effect of one attempt: what a tag at Jira and an intent in the journal have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OperationId {
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: StepId,
    /// The effect's number within the step, from 0.
    pub effect: u32,
    /// The attempt's number, from 1.
    pub attempt: u32,
}

impl fmt::Display for OperationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, step, effect, attempt } = self;
        write!(formatter, "{run}/{step}/{effect}/{attempt}")
    }
}
