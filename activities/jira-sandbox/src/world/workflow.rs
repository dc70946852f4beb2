//! Workflows: the statuses of issues, the transitions between them, and what transitions ask for and set.

/// A status of issues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) category: Category,
}

/// What a status means for the progress of an issue. \[RT\]
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Category {
    /// Not begun.
    ToDo,
    /// Begun.
    InProgress,
    /// Ended.
    Done,
}

/// How issues go from status to status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Workflow {
    pub(crate) name: String,
    /// The id of the status of a new issue.
    pub(crate) initial: String,
    pub(crate) transitions: Vec<Transition>,
}

/// A way from some statuses to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The id of the status that it leads to; `None` for one that loops: the issue keeps its status.
    pub(crate) to: Option<String>,
    /// The ids of the statuses that it starts from; `None` for all.
    pub(crate) from: Option<Vec<String>>,
    /// The fields of its screen; `None` where it has no screen.
    pub(crate) screen: Option<Vec<ScreenField>>,
    /// What it does to the resolution where its screen does not say.
    pub(crate) resolution: ResolutionAfter,
}

/// A field of a transition's screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScreenField {
    pub(crate) field: String,
    pub(crate) required: bool,
}

/// What becomes of the resolution of an issue that goes through a transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ResolutionAfter {
    Kept,
    Cleared,
    /// The id of a resolution.
    Set(String),
}

/// How an issue was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolution {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
}

/// How urgent an issue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Priority {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) color: String,
}

impl Transition {
    /// Whether it starts from a status.
    pub(crate) fn starts_from(&self, status: &str) -> bool {
        self.from.as_ref().is_none_or(|from| from.iter().any(|id| id == status))
    }
}

impl Category {
    /// Number, key, colour and name, as a live site gives them. \[RT\]
    pub(crate) fn shown(self) -> (u64, &'static str, &'static str, &'static str) {
        match self {
            Self::ToDo => (2, "new", "blue-gray", "To Do"),
            Self::InProgress => (4, "indeterminate", "yellow", "In Progress"),
            Self::Done => (3, "done", "green", "Done"),
        }
    }
}
