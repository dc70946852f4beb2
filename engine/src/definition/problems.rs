//! What the checks of a definition find, and at which door it keeps the definition out.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Severity, WhenKept};

/// Problems of a definition, told apart by what is lost where one of them is passed over.
#[derive(Debug, Default)]
pub(super) struct Problems {
    /// Of what makes a run what it is.
    pub(super) essential: Vec<Diagnostic>,
    /// Of names and values that are handed on as they are, and of what only checks look at.
    pub(super) incidental: Vec<Diagnostic>,
}

/// Where a definition comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// From whoever wrote it: every error keeps it out.
    Author,
    /// From the store: it was let in once, and a run began with it.
    Store,
}

impl Problems {
    /// All of them essential.
    pub(super) fn essential(essential: Vec<Diagnostic>) -> Self {
        Self { essential, incidental: Vec::new() }
    }

    /// All of them incidental.
    pub(super) fn incidental(incidental: Vec<Diagnostic>) -> Self {
        Self { essential: Vec::new(), incidental }
    }

    /// The problems, each essential if it is said to be.
    pub(super) fn told_apart(found: Vec<Diagnostic>, is_essential: impl Fn(&Diagnostic) -> bool) -> Self {
        let (essential, incidental) = found.into_iter().partition(is_essential);
        Self { essential, incidental }
    }

    /// Adds one.
    pub(super) fn push(&mut self, problem: Diagnostic, is_essential: bool) {
        if is_essential { self.essential.push(problem) } else { self.incidental.push(problem) }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.essential.is_empty() && self.incidental.is_empty()
    }

    /// Whether one of them is of this place.
    pub(super) fn has_one_at(&self, span: &Range<usize>) -> bool {
        self.essential.iter().chain(&self.incidental).any(|problem| problem.span.as_ref() == Some(span))
    }

    /// Says that they are of the node `id`.
    pub(super) fn of_node(&mut self, id: &str) {
        self.essential.iter_mut().chain(&mut self.incidental).for_each(|problem| problem.node = Some(id.to_owned()));
    }

    /// Adds further ones.
    pub(super) fn append(&mut self, mut more: Self) {
        self.essential.append(&mut more.essential);
        self.incidental.append(&mut more.incidental);
    }

    /// All of them.
    pub(super) fn all(self) -> impl Iterator<Item = Diagnostic> {
        self.essential.into_iter().chain(self.incidental)
    }
}

impl Door {
    /// What is told of these problems: to an author all of them. Of what was let in once, what would keep it out now; a warning where
    /// that is passed over.
    pub(super) fn told(self, problems: Problems) -> Vec<Diagnostic> {
        if self == Self::Author {
            return problems.all().collect();
        }
        let essential = problems.essential.into_iter().map(|problem| lowered(problem, false));
        let incidental = problems.incidental.into_iter().map(|problem| lowered(problem, true));
        essential.chain(incidental).flatten().collect()
    }
}

/// A problem of a definition that was let in once; nothing of what was not an error.
fn lowered(problem: Diagnostic, is_incidental: bool) -> Option<Diagnostic> {
    let is_passed_over = match problem.code.page().when_kept {
        WhenKept::GoesOn => true,
        WhenKept::Depends => is_incidental,
        WhenKept::Stops | WhenKept::Elsewhere => false,
    };
    let severity = if is_passed_over { Severity::Warning } else { Severity::Error };
    problem.is_error().then_some(Diagnostic { severity, ..problem })
}
