//! What a node needs, and what the access token and the user have.
//!
//! Activities state their requirements ([`crate::activity::Activity::requirements`]); an [`Authority`] knows the
//! grants; [`crate::preflight`] compares the two before the first effect.
//!
//! ```
//! use flowrun_engine::requirement::Scopes;
//! use std::collections::BTreeSet;
//!
//! let scopes = Scopes::new(&["write:jira-work"], &["write:comment:jira", "read:comment:jira"]);
//! let granted = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
//! assert!(scopes.met_by(&granted(&["write:jira-work"])));
//! assert!(!scopes.met_by(&granted(&["write:comment:jira"])), "half of a set does not count");
//! ```

use std::{borrow::Cow, collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{failure::Failure, id::NodeId};

/// One thing that a node needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// The scope or permission.
    pub need: Need,
    /// What in the node asks for it: "creates the issue", "looks up `assignee` by e-mail".
    pub reason: Cow<'static, str>,
    /// Whether the service documents it. Documented ones refuse, others warn.
    pub basis: Basis,
}

/// Whether a requirement is known from the service's documents or is common knowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// Documented: a missing grant refuses the run.
    Documented,
    /// Not verified: a missing grant is a warning.
    CommonKnowledge,
}

/// A scope or a permission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Scopes of the access token: all of `classic`, or all of `granular`.
    Scopes(Scopes),
    /// A permission of the user on a subject.
    Permission {
        /// The permission's key: `CREATE_ISSUES`.
        key: Cow<'static, str>,
        /// On what it is needed.
        subject: Subject,
    },
}

/// Two sets of scopes of which either suffices.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scopes {
    /// The classic ones, all needed together.
    pub classic: BTreeSet<Cow<'static, str>>,
    /// The granular ones, all needed together.
    pub granular: BTreeSet<Cow<'static, str>>,
}

impl Scopes {
    /// Both sets, from lists.
    pub fn new(classic: &[&'static str], granular: &[&'static str]) -> Self {
        let set = |names: &[&'static str]| names.iter().map(|name| Cow::Borrowed(*name)).collect();
        Self { classic: set(classic), granular: set(granular) }
    }

    /// Whether `granted` has all of one of the sets. Half of each does not count.
    pub fn met_by(&self, granted: &BTreeSet<String>) -> bool {
        let all = |set: &BTreeSet<Cow<'static, str>>| {
            !set.is_empty() && set.iter().all(|scope| granted.contains(scope.as_ref()))
        };
        all(&self.classic) || all(&self.granular) || (self.classic.is_empty() && self.granular.is_empty())
    }
}

/// On what a permission is needed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Everywhere: a global permission.
    Global,
    /// A thing that is known before the run: `project` `OPS`, `issue` `OPS-7`.
    Known {
        /// What kind of thing: `project` or `issue`, in the words of the activities.
        kind: Cow<'static, str>,
        /// Its key or id.
        key: String,
    },
    /// A thing that an earlier node puts out. Preflight asks that node's activity where it will be
    /// ([`crate::activity::Activity::subject_of_output`]).
    OutputOf {
        /// What kind of thing.
        kind: Cow<'static, str>,
        /// The node.
        node: NodeId,
        /// The names that lead to it in the node's output.
        path: Vec<String>,
    },
    /// Known only while running.
    AtRunTime,
}

/// A node's `with`, as far as it is known before the run.
#[derive(Clone, Debug, PartialEq)]
pub enum Planned {
    /// A literal, or made of literals and inputs only.
    Known(Value),
    /// The output of another node, whole: `${{ nodes.file.key }}`.
    Output {
        /// The node.
        node: NodeId,
        /// The names that lead to the value in its output.
        path: Vec<String>,
    },
    /// Known only while running.
    Unknown,
    /// A list with such parts.
    List(Vec<Self>),
    /// An object with such fields, in the order of the file.
    Object(Vec<(String, Self)>),
}

impl Planned {
    /// The field `name` of an object; `None` where it is not written.
    pub fn field(&self, name: &str) -> Option<Self> {
        match self {
            Self::Object(fields) => fields.iter().find(|(field, _)| field == name).map(|(_, planned)| planned.clone()),
            Self::Known(Value::Object(fields)) => fields.get(name).cloned().map(Self::Known),
            _ => None,
        }
    }

    /// The text, where it is known to be one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Known(value) => value.as_str(),
            _ => None,
        }
    }

    /// The key or id, where the value is known to be one.
    pub(crate) fn as_key(&self) -> Option<String> {
        match self {
            Self::Known(Value::String(text)) => Some(text.clone()),
            Self::Known(Value::Number(id)) => Some(id.to_string()),
            _ => None,
        }
    }

    /// The subject of kind `kind` that this value names.
    pub fn subject(&self, kind: &'static str) -> Subject {
        match self {
            Self::Known(Value::String(key)) => Subject::Known { kind: kind.into(), key: key.clone() },
            Self::Known(Value::Number(id)) => Subject::Known { kind: kind.into(), key: id.to_string() },
            Self::Output { node, path } => {
                Subject::OutputOf { kind: kind.into(), node: node.clone(), path: path.clone() }
            }
            _ => Subject::AtRunTime,
        }
    }
}

impl From<Map<String, Value>> for Planned {
    fn from(fields: Map<String, Value>) -> Self {
        Self::Known(Value::Object(fields))
    }
}

/// How long after a grant was found missing it is asked for again, unless an [`Authority`] says otherwise.
pub const ASK_GRANTS_AGAIN_AFTER: Duration = Duration::from_mins(5);

/// Knows the grants of one access token and its user. The Jira package has the real one.
#[async_trait]
pub trait Authority: Send + Sync {
    /// Compares each need with the grants; the answer has one verdict for each, in order.
    ///
    /// Only reads. Called with no `OutputOf` or `AtRunTime` subjects.
    ///
    /// # Errors
    /// When the service cannot be asked: not reachable, or the access token not recognised.
    async fn check(&self, needs: &[Need]) -> Result<Vec<Verdict>, Failure>;

    /// How long after a grant was found missing a run asks for it again.
    fn ask_again_after(&self) -> Duration {
        ASK_GRANTS_AGAIN_AFTER
    }
}

/// Knows nothing of grants: whatever is needed may be granted or not.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAuthority;

#[async_trait]
impl Authority for NoAuthority {
    async fn check(&self, needs: &[Need]) -> Result<Vec<Verdict>, Failure> {
        Ok(vec![Verdict::Unknown("nobody knows what is granted".to_owned()); needs.len()])
    }
}

/// What an [`Authority`] says of one need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is granted.
    Granted,
    /// It is missing.
    Missing {
        /// What is missing, whole: "the user `ann@example.com` may not create issues in project `OPS`".
        message: String,
        /// How to get it.
        help: String,
    },
    /// The thing it is needed on does not exist, or cannot be seen.
    NotVisible {
        /// What was not found, whole.
        message: String,
        /// What to do.
        help: String,
    },
    /// The thing it is needed on is not there although its surroundings can be seen. That is not a missing grant: it may be
    /// there by the time the node runs, and a definition may handle it.
    Absent {
        /// What was not found, whole.
        message: String,
        /// What to do.
        help: String,
    },
    /// It cannot be known before the run, and why.
    Unknown(String),
}
