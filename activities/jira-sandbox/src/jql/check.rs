//! Checks a query against the world: fields, operators, values. All that is wrong is said at once.

use super::{
    JqlError,
    atom::Atom,
    subject::{Domain, Subject, is_not_served},
    test::{Condition, Test},
    text::Pattern,
    tree::{Clause, Operand, Operator, Sort, Term, Value},
    value::{Meaningless, Scope},
};

/// Gathers what is wrong while a query is read.
pub(super) struct Checker<'a> {
    pub(super) scope: Scope<'a>,
    wrong: Vec<String>,
    not_served: Option<String>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(scope: Scope<'a>) -> Self {
        Self { scope, wrong: Vec::new(), not_served: None }
    }

    /// Gives what was read, unless something was wrong.
    pub(super) fn finish<T>(self, read: T) -> Result<T, JqlError> {
        match (self.not_served, self.wrong) {
            (_, wrong) if !wrong.is_empty() => Err(JqlError::Refused(wrong)),
            (Some(what), _) => Err(JqlError::NotServed(what)),
            (None, _) => Ok(read),
        }
    }

    pub(super) fn clause(&mut self, clause: &Clause) -> Test {
        match clause {
            Clause::All(clauses) => Test::All(clauses.iter().map(|clause| self.clause(clause)).collect()),
            Clause::Any(clauses) => Test::Any(clauses.iter().map(|clause| self.clause(clause)).collect()),
            Clause::Not(clause) => Test::Not(Box::new(self.clause(clause))),
            Clause::Term(term) => self.term(term),
        }
    }

    /// What issues are sorted by, with the direction.
    pub(super) fn order(&mut self, order: &[Sort]) -> Vec<(Subject, bool)> {
        let found: Vec<_> = order.iter().map(|sort| (self.subject(&sort.field), sort.descending)).collect();
        found.into_iter().filter_map(|(subject, descending)| Some((subject?, descending))).collect()
    }

    fn subject(&mut self, name: &str) -> Option<Subject> {
        let found = Subject::find(name, self.scope.world);
        if found.is_none() && is_not_served(name) {
            self.not_served = Some(format!("the JQL field {name}"));
        } else if found.is_none() && self.scope.world.switches.unknown_jql_refused {
            self.wrong.push(format!("Field '{name}' does not exist or you do not have permission to view it."));
        }
        found
    }

    fn term(&mut self, term: &Term) -> Test {
        let Some(subject) = self.subject(&term.field) else { return Test::Never };
        if !subject.domain.takes(term.operator) {
            let message = format!("The operator '{}' is not supported by the '{}' field.", term.operator, subject.name);
            self.wrong.push(message);
            return Test::Never;
        }
        match self.condition(&subject, term) {
            Ok(condition) => Test::Field(subject, condition),
            Err(message) => {
                self.wrong.push(message);
                Test::Never
            }
        }
    }

    fn condition(&mut self, subject: &Subject, term: &Term) -> Result<Condition, String> {
        let operator = term.operator;
        let values = match &term.operand {
            Operand::One(value) => std::slice::from_ref(value),
            Operand::List(values) => values,
        };
        let has_empty = values.iter().any(|value| is_empty(subject, value));
        match operator {
            Operator::Is | Operator::IsNot if !has_empty => {
                Err(format!("The operator '{operator}' takes EMPTY or NULL only, for the field '{}'.", subject.name))
            }
            Operator::Is => Ok(Condition::Empty),
            Operator::IsNot => Ok(Condition::NotEmpty),
            Operator::Contains | Operator::ContainsNot => pattern(subject, operator, values),
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                let mut atoms = self.atoms(subject, values);
                match atoms.pop() {
                    _ if has_empty => Err(no_empty(subject, operator)),
                    Some(atom) => Ok(Condition::Ordered(operator, atom)),
                    // What was wrong has been noted, or there is nothing to compare with.
                    None => Ok(Condition::Among(Vec::new())),
                }
            }
            Operator::Equals | Operator::NotEquals | Operator::In | Operator::NotIn => {
                let atoms = self.atoms(subject, values);
                Ok(membership(operator.is_negative(), has_empty, atoms))
            }
        }
    }

    /// What all the values mean; what is wrong with them is noted.
    fn atoms(&mut self, subject: &Subject, values: &[Value]) -> Vec<Atom> {
        let mut atoms = Vec::new();
        for value in values.iter().filter(|value| !is_empty(subject, value)) {
            match self.scope.atoms(subject, value) {
                Ok(found) => atoms.extend(found),
                Err(Meaningless::Unknown(message)) if self.scope.world.switches.unknown_jql_refused => {
                    self.wrong.push(message);
                }
                Err(Meaningless::Unknown(_)) => {}
                Err(Meaningless::Invalid(message)) => self.wrong.push(message),
                Err(Meaningless::NotServed(what)) => self.not_served = Some(what),
            }
        }
        atoms
    }
}

/// `EMPTY`, and the word for a resolution that is not there.
fn is_empty(subject: &Subject, value: &Value) -> bool {
    match value {
        Value::Empty => true,
        Value::Text(text) => subject.domain == Domain::Resolution && text.eq_ignore_ascii_case("unresolved"),
        Value::Function { .. } => false,
    }
}

fn membership(negative: bool, has_empty: bool, atoms: Vec<Atom>) -> Condition {
    match (negative, has_empty, atoms.is_empty()) {
        (false, true, true) => Condition::Empty,
        (false, true, false) => Condition::Either(vec![Condition::Empty, Condition::Among(atoms)]),
        (false, false, _) => Condition::Among(atoms),
        (true, true, true) => Condition::NotEmpty,
        (true, ..) => Condition::NotAmong(atoms),
    }
}

fn pattern(subject: &Subject, operator: Operator, values: &[Value]) -> Result<Condition, String> {
    let text = match values {
        [Value::Text(text)] => text,
        [Value::Empty] if operator == Operator::Contains => return Ok(Condition::Empty),
        [Value::Empty] => return Ok(Condition::NotEmpty),
        _ => return Err(format!("The operator '{operator}' takes a text, for the field '{}'.", subject.name)),
    };
    let pattern = Pattern::parse(text).ok_or_else(|| {
        format!(
            "The text query '{text}' for field '{}' is not allowed to be empty or to begin with a wildcard.",
            subject.name
        )
    })?;
    Ok(if operator == Operator::Contains { Condition::Contains(pattern) } else { Condition::ContainsNot(pattern) })
}

fn no_empty(subject: &Subject, operator: Operator) -> String {
    format!("The field '{}' does not support searching for EMPTY values with the operator '{operator}'.", subject.name)
}
