//! JQL, as far as sweeps and searches for effects use it: text → [`tree`] → checked against what the world has → asked of
//! its issues. The words of every refusal are \[unverified\]: Jira's, as people quote them.

mod atom;
mod check;
mod date;
mod facts;
mod parse;
mod query_field;
mod reserved;
mod test;
mod text;
mod token;
mod tree;
mod value;

use std::cmp::Ordering;

pub(crate) use atom::ComparableValue;
pub(crate) use query_field::names_of;
pub(crate) use value::QueryContext;

use crate::world::Issue;
use check::Checker;
use facts::IssueFacts;
use query_field::QueryField;
use test::IssueTest;

/// A query that can be asked: it is read, and every name in it has been found.
#[derive(Debug)]
pub(crate) struct CheckedQuery<'a> {
    context: QueryContext<'a>,
    test: IssueTest,
    order: Vec<(QueryField, bool)>,
}

/// What an issue is sorted by: the fields of the order, then its id.
pub(crate) type SortKey = (Vec<Option<ComparableValue>>, u64);

/// Why a query is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JqlError {
    /// It restricts nothing, which `/search/jql` does not take. \[SPEC\]
    Unbounded,
    /// Jira refuses it: a message for each thing that is wrong.
    Refused(Vec<String>),
    /// Jira would take it, and the sandbox does not know it.
    NotServed(String),
}

/// More fields than this are not sorted by. \[SPEC\]
const LONGEST_ORDER: usize = 7;

impl<'a> CheckedQuery<'a> {
    /// Reads a query and checks it.
    ///
    /// # Errors
    /// When it cannot be read, when it names what is not there, and when it restricts nothing.
    pub(crate) fn new(text: &str, context: QueryContext<'a>) -> Result<Self, JqlError> {
        let query = parse::parse(text)?;
        let clause = query.clause.as_ref().ok_or(JqlError::Unbounded)?;
        if query.order.len() > LONGEST_ORDER {
            let message = format!("The ORDER BY clause can contain at most {LONGEST_ORDER} fields.");
            return Err(JqlError::Refused(vec![message]));
        }
        let mut checker = Checker::new(context);
        let (test, order) = (checker.clause(clause), checker.order(&query.order));
        checker.finish(Self { context, test, order })
    }

    /// Whether an issue is found.
    pub(crate) fn finds(&self, issue: &Issue) -> bool {
        self.test.holds(IssueFacts { context: self.context, issue })
    }

    /// Where an issue stands among those that are found.
    pub(crate) fn rank(&self, issue: &Issue) -> SortKey {
        let facts = IssueFacts { context: self.context, issue };
        (self.order.iter().map(|(queried, _)| facts.rank(queried)).collect(), issue.id)
    }

    /// Compares two places. What the order leaves open is sorted by id, newest first. \[unverified\]
    pub(crate) fn compare(&self, (left, left_id): &SortKey, (right, right_id): &SortKey) -> Ordering {
        let fields = left.iter().zip(right).zip(&self.order).map(|((left, right), (_, descending))| {
            let ordering = atom::compare(left.as_ref(), right.as_ref());
            if *descending { ordering.reverse() } else { ordering }
        });
        fields.fold(Ordering::Equal, Ordering::then).then(right_id.cmp(left_id))
    }
}

impl JqlError {
    /// The query cannot be read.
    fn syntax(message: &str) -> Self {
        Self::Refused(vec![format!("Error in the JQL Query: {message}")])
    }
}
