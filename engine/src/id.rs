//! Names and numbers of things, each a type of its own, so that none can stand for another.
//!
//! ```
//! use flowrun_engine::id::StepPath;
//!
//! // A step's path has one text, and the text is that of one path.
//! let path: StepPath = "file[3]".parse().expect("a path");
//! assert_eq!((path.node().as_str(), path.item()), ("file", Some(3)));
//! assert_eq!(path.to_string(), "file[3]");
//! assert!("file[".parse::<StepPath>().is_err());
//! ```

mod path;

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::path::{Direction, NotAPath, Segment, StepPath, Turn};

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
    /// What an effect is called within its step, the same in every attempt: `transition`, `comment/0`.
    EffectName
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
    /// Wraps a UUIDv7 that the caller made: the engine reads neither clock nor randomness.
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

/// Whoever drives runs: an engine of some process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DriverId(Uuid);

impl DriverId {
    /// Wraps a UUID that nobody else has.
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for DriverId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// One effect of one attempt, within its run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectId {
    /// The step.
    pub step: StepPath,
    /// The effect's name within the step.
    pub name: EffectName,
    /// The attempt's number, from 1.
    pub attempt: u32,
}

/// One effect of one attempt, among all runs: what a tag at Jira and an intent in the journal have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId {
    /// The run.
    pub run: RunId,
    /// The effect.
    pub effect: EffectId,
}

impl fmt::Display for EffectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, name, attempt } = self;
        write!(formatter, "{step}/{name}/{attempt}")
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.run, self.effect)
    }
}
