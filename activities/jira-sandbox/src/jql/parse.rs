//! Reads a query into its tree: `OR` binds weakest, then `AND`, then `NOT`.

#[cfg(test)]
mod tests;

use super::{
    JqlError,
    reserved::is_reserved,
    token::{Token, TokenKind, tokens},
    tree::{Clause, Operand, Operator, Query, Sort, Term, Value},
};

const OPERATORS: &str = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'";

/// Parentheses and negations below one another; Jira has a limit of its own, this one keeps the stack in bounds.
const DEEPEST: usize = 100;

/// Reads a whole query.
///
/// # Errors
/// When it is not written as JQL is, in Jira's words, and when it uses an operator that the sandbox does not serve.
pub(crate) fn parse(text: &str) -> Result<Query, JqlError> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0 };
    let starts_with_order = parser.is_word_at(0, "order") && parser.is_word_at(1, "by");
    let clause = if parser.tokens.is_empty() || starts_with_order { None } else { Some(parser.any()?) };
    let order = parser.order()?;
    match parser.peek() {
        Some(_) => Err(parser.unexpected("either 'OR' or 'AND'", "")),
        None => Ok(Query { clause, order }),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&TokenKind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        let token = self.tokens.get(self.next + ahead);
        matches!(token.map(|token| &token.kind), Some(TokenKind::Word(given)) if given.eq_ignore_ascii_case(word))
    }

    fn is_at(&self, kind: &TokenKind) -> bool {
        self.peek() == Some(kind)
    }

    fn take(&mut self, kind: &TokenKind) -> bool {
        let taken = self.is_at(kind);
        self.next += usize::from(taken);
        taken
    }

    fn take_word(&mut self, word: &str) -> bool {
        let taken = self.is_word_at(0, word);
        self.next += usize::from(taken);
        taken
    }

    /// What was expected and what is there instead.
    fn unexpected(&self, expected: &str, advice: &str) -> JqlError {
        match self.tokens.get(self.next) {
            None => JqlError::syntax(&format!("Expecting {expected} before the end of the query.{advice}")),
            Some(Token { kind, place }) => {
                JqlError::syntax(&format!("Expecting {expected} but got '{kind}'.{advice} {place}"))
            }
        }
    }

    fn expect(&mut self, kind: &TokenKind) -> Result<(), JqlError> {
        if self.take(kind) { Ok(()) } else { Err(self.unexpected(&format!("'{kind}'"), "")) }
    }

    fn any(&mut self) -> Result<Clause, JqlError> {
        let mut clauses = vec![self.all()?];
        while self.take(&TokenKind::Or) || self.take_word("or") {
            clauses.push(self.all()?);
        }
        Ok(one_or(clauses, Clause::Any))
    }

    fn all(&mut self) -> Result<Clause, JqlError> {
        let mut clauses = vec![self.not()?];
        while self.take(&TokenKind::And) || self.take_word("and") {
            clauses.push(self.not()?);
        }
        Ok(one_or(clauses, Clause::All))
    }

    fn not(&mut self) -> Result<Clause, JqlError> {
        if self.take(&TokenKind::Not) || self.take_word("not") {
            return self.deeper(|parser| Ok(Clause::Not(Box::new(parser.not()?))));
        }
        if self.take(&TokenKind::Open) {
            return self.deeper(|parser| {
                let clause = parser.any()?;
                parser.expect(&TokenKind::Close)?;
                Ok(clause)
            });
        }
        self.term().map(Clause::Term)
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Result<Clause, JqlError>) -> Result<Clause, JqlError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(JqlError::syntax("The JQL query is too complex."));
        }
        let clause = read(self)?;
        self.depth -= 1;
        Ok(clause)
    }

    fn term(&mut self) -> Result<Term, JqlError> {
        let field = self.field()?;
        let operator = self.operator()?;
        let operand = self.operand(operator)?;
        Ok(Term { field, operator, operand })
    }

    /// A name, in quotes where it has spaces, or `cf[10103]`.
    fn field(&mut self) -> Result<String, JqlError> {
        let kind = self.peek().cloned();
        match kind {
            Some(TokenKind::Word(word)) if word.eq_ignore_ascii_case("cf") => {
                self.next += 1;
                self.expect(&TokenKind::OpenBracket)?;
                let number = self.peek().cloned();
                let Some(TokenKind::Word(number)) = number.filter(|kind| kind.to_string().parse::<u64>().is_ok())
                else {
                    return Err(self.unexpected("a custom field id", ""));
                };
                self.next += 1;
                self.expect(&TokenKind::CloseBracket)?;
                Ok(format!("cf[{number}]"))
            }
            Some(TokenKind::Word(word)) if is_reserved(&word) => Err(self.reserved(&word)),
            Some(TokenKind::Word(name) | TokenKind::Quoted(name)) if !name.trim().is_empty() => {
                self.next += 1;
                Ok(name)
            }
            _ => Err(self.unexpected("a field name", "")),
        }
    }

    fn reserved(&self, word: &str) -> JqlError {
        let place = self.tokens.get(self.next).map(|token| token.place.to_string()).unwrap_or_default();
        JqlError::syntax(&format!(
            "'{word}' is a reserved JQL word. You must surround it in quotation marks to use it in a query. {place}"
        ))
    }

    fn operator(&mut self) -> Result<Operator, JqlError> {
        for unserved in ["was", "changed"] {
            if self.is_word_at(0, unserved) {
                return Err(JqlError::NotServed(format!("the JQL operator {}", unserved.to_uppercase())));
            }
        }
        if let Some(TokenKind::Comparison(written)) = self.peek().cloned() {
            self.next += 1;
            return Ok(comparison(written));
        }
        if self.take_word("in") {
            return Ok(Operator::In);
        }
        if self.take_word("is") {
            let negated = self.take_word("not") || self.take(&TokenKind::Not);
            return Ok(if negated { Operator::IsNot } else { Operator::Is });
        }
        if self.take_word("not") || self.take(&TokenKind::Not) {
            return if self.take_word("in") { Ok(Operator::NotIn) } else { Err(self.unexpected("'IN'", "")) };
        }
        Err(self.unexpected("operator", &format!(" The valid operators are {OPERATORS}.")))
    }

    fn operand(&mut self, operator: Operator) -> Result<Operand, JqlError> {
        if !self.take(&TokenKind::Open) {
            return self.value().map(Operand::One);
        }
        let mut values = vec![self.value()?];
        while self.take(&TokenKind::Comma) {
            values.push(self.value()?);
        }
        self.expect(&TokenKind::Close)?;
        match (operator, values.len()) {
            (Operator::In | Operator::NotIn, _) => Ok(Operand::List(values)),
            (_, 1) => Ok(Operand::One(values.remove(0))),
            _ => Err(JqlError::syntax(&format!("Operator '{operator}' does not support list operand."))),
        }
    }

    fn value(&mut self) -> Result<Value, JqlError> {
        let kind = self.peek().cloned();
        match kind {
            Some(TokenKind::Word(word)) if ["empty", "null"].iter().any(|empty| word.eq_ignore_ascii_case(empty)) => {
                self.next += 1;
                Ok(Value::Empty)
            }
            Some(TokenKind::Word(word)) if is_reserved(&word) => Err(self.reserved(&word)),
            Some(TokenKind::Word(text) | TokenKind::Quoted(text)) => {
                self.next += 1;
                if self.take(&TokenKind::Open) { self.function(text) } else { Ok(Value::Text(text)) }
            }
            _ => Err(self.unexpected("either a value, list or function", "")),
        }
    }

    fn function(&mut self, name: String) -> Result<Value, JqlError> {
        let mut arguments = Vec::new();
        while !self.take(&TokenKind::Close) {
            if !arguments.is_empty() {
                self.expect(&TokenKind::Comma)?;
            }
            match self.peek().cloned() {
                Some(TokenKind::Word(text) | TokenKind::Quoted(text)) => arguments.push(text),
                _ => return Err(self.unexpected("')'", "")),
            }
            self.next += 1;
        }
        Ok(Value::Function { name, arguments })
    }

    fn order(&mut self) -> Result<Vec<Sort>, JqlError> {
        let mut order = Vec::new();
        if !self.take_word("order") {
            return Ok(order);
        }
        if !self.take_word("by") {
            return Err(self.unexpected("'by'", ""));
        }
        loop {
            let field = self.field()?;
            let descending = self.take_word("desc");
            if !descending {
                self.take_word("asc");
            }
            order.push(Sort { field, descending });
            if !self.take(&TokenKind::Comma) {
                return Ok(order);
            }
        }
    }
}

fn comparison(written: &str) -> Operator {
    match written {
        "!=" => Operator::NotEquals,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "~" => Operator::Contains,
        "!~" => Operator::ContainsNot,
        _ => Operator::Equals,
    }
}

/// A single clause as it is, several under one head.
fn one_or(mut clauses: Vec<Clause>, several: fn(Vec<Clause>) -> Clause) -> Clause {
    if clauses.len() == 1 { clauses.remove(0) } else { several(clauses) }
}
