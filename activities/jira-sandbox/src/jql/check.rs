//! Checks a query against the world: fields, operators, values. All that is wrong is said at once.

use super::{
    JqlError,
    atom::ComparableValue,
    query_field::{QueryField, ValueDomain, is_not_served},
    test::{FieldCondition, IssueTest},
    text::Pattern,
    tree::{Clause, Operand, Operator, Sort, Term, Value},
    value::{QueryContext, ValueProblem},
};

/// Gathers what is wrong while a query is read.
pub(super) struct Checker<'a> {
    pub(super) context: QueryContext<'a>,
    wrong: Vec<String>,
    not_served: Option<String>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(context: QueryContext<'a>) -> Self {
        Self { context, wrong: Vec::new(), not_served: None }
    }

    /// Gives what was read, unless something was wrong.
    pub(super) fn finish<T>(self, read: T) -> Result<T, JqlError> {
        match (self.not_served, self.wrong) {
            (_, wrong) if !wrong.is_empty() => Err(JqlError::Refused(wrong)),
            (Some(what), _) => Err(JqlError::NotServed(what)),
            (None, _) => Ok(read),
        }
    }

    pub(super) fn clause(&mut self, clause: &Clause) -> IssueTest {
        match clause {
            Clause::All(clauses) => IssueTest::All(clauses.iter().map(|clause| self.clause(clause)).collect()),
            Clause::Any(clauses) => IssueTest::Any(clauses.iter().map(|clause| self.clause(clause)).collect()),
            Clause::Not(clause) => IssueTest::Not(Box::new(self.clause(clause))),
            Clause::Term(term) => self.term(term),
        }
    }

    /// What issues are sorted by, with the direction.
    pub(super) fn order(&mut self, order: &[Sort]) -> Vec<(QueryField, bool)> {
        let found: Vec<_> = order.iter().map(|sort| (self.queried(&sort.field), sort.descending)).collect();
        found.into_iter().filter_map(|(queried, descending)| Some((queried?, descending))).collect()
    }

    fn queried(&mut self, name: &str) -> Option<QueryField> {
        let found = QueryField::find(name, self.context.world);
        if found.is_none() && is_not_served(name) {
            self.not_served = Some(format!("the JQL field {name}"));
        } else if found.is_none() && self.context.world.switches.unknown_jql_refused {
            self.wrong.push(format!("Field '{name}' does not exist or you do not have permission to view it."));
        }
        found
    }

    fn term(&mut self, term: &Term) -> IssueTest {
        let Some(queried) = self.queried(&term.field) else { return IssueTest::Never };
        if !queried.domain.takes(term.operator) {
            let message = format!("The operator '{}' is not supported by the '{}' field.", term.operator, queried.name);
            self.wrong.push(message);
            return IssueTest::Never;
        }
        match self.condition(&queried, term) {
            Ok(condition) => IssueTest::Field(queried, condition),
            Err(message) => {
                self.wrong.push(message);
                IssueTest::Never
            }
        }
    }

    fn condition(&mut self, queried: &QueryField, term: &Term) -> Result<FieldCondition, String> {
        let operator = term.operator;
        let values = match &term.operand {
            Operand::One(value) => std::slice::from_ref(value),
            Operand::List(values) => values,
        };
        let has_empty = values.iter().any(|value| is_empty(queried, value));
        match operator {
            Operator::Is | Operator::IsNot if !has_empty => {
                Err(format!("The operator '{operator}' takes EMPTY or NULL only, for the field '{}'.", queried.name))
            }
            Operator::Is => Ok(FieldCondition::Empty),
            Operator::IsNot => Ok(FieldCondition::NotEmpty),
            Operator::Contains | Operator::ContainsNot => pattern(queried, operator, values),
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                let mut atoms = self.atoms(queried, values);
                match atoms.pop() {
                    _ if has_empty => Err(no_empty(queried, operator)),
                    Some(atom) => Ok(FieldCondition::Ordered(operator, atom)),
                    // What was wrong has been noted, or there is nothing to compare with.
                    None => Ok(FieldCondition::Among(Vec::new())),
                }
            }
            Operator::Equals | Operator::NotEquals | Operator::In | Operator::NotIn => {
                let atoms = self.atoms(queried, values);
                Ok(membership(operator.is_negative(), has_empty, atoms))
            }
        }
    }

    /// What all the values mean; what is wrong with them is noted.
    fn atoms(&mut self, queried: &QueryField, values: &[Value]) -> Vec<ComparableValue> {
        let mut atoms = Vec::new();
        for value in values.iter().filter(|value| !is_empty(queried, value)) {
            match self.context.atoms(queried, value) {
                Ok(found) => atoms.extend(found),
                Err(ValueProblem::Unknown(message)) if self.context.world.switches.unknown_jql_refused => {
                    self.wrong.push(message);
                }
                Err(ValueProblem::Unknown(_)) => {}
                Err(ValueProblem::Invalid(message)) => self.wrong.push(message),
                Err(ValueProblem::NotServed(what)) => self.not_served = Some(what),
            }
        }
        atoms
    }
}

/// `EMPTY`, and the word for a resolution that is not there.
fn is_empty(queried: &QueryField, value: &Value) -> bool {
    match value {
        Value::Empty => true,
        Value::Text(text) => queried.domain == ValueDomain::Resolution && text.eq_ignore_ascii_case("unresolved"),
        Value::Function { .. } => false,
    }
}

fn membership(negative: bool, has_empty: bool, atoms: Vec<ComparableValue>) -> FieldCondition {
    match (negative, has_empty, atoms.is_empty()) {
        (false, true, true) => FieldCondition::Empty,
        (false, true, false) => FieldCondition::Either(vec![FieldCondition::Empty, FieldCondition::Among(atoms)]),
        (false, false, _) => FieldCondition::Among(atoms),
        (true, true, true) => FieldCondition::NotEmpty,
        (true, ..) => FieldCondition::NotAmong(atoms),
    }
}

fn pattern(queried: &QueryField, operator: Operator, values: &[Value]) -> Result<FieldCondition, String> {
    let text = match values {
        [Value::Text(text)] => text,
        [Value::Empty] if operator == Operator::Contains => return Ok(FieldCondition::Empty),
        [Value::Empty] => return Ok(FieldCondition::NotEmpty),
        _ => return Err(format!("The operator '{operator}' takes a text, for the field '{}'.", queried.name)),
    };
    let pattern = Pattern::parse(text).ok_or_else(|| {
        format!(
            "The text query '{text}' for field '{}' is not allowed to be empty or to begin with a wildcard.",
            queried.name
        )
    })?;
    Ok(if operator == Operator::Contains {
        FieldCondition::Contains(pattern)
    } else {
        FieldCondition::ContainsNot(pattern)
    })
}

fn no_empty(queried: &QueryField, operator: Operator) -> String {
    format!("The field '{}' does not support searching for EMPTY values with the operator '{operator}'.", queried.name)
}
