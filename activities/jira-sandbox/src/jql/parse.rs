//! Reads a query into its tree: `OR` binds weakest, then `AND`, then `NOT`.

use super::{
    JqlError,
    reserved::is_reserved,
    token::{Kind, Token, tokens},
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
    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        let token = self.tokens.get(self.next + ahead);
        matches!(token.map(|token| &token.kind), Some(Kind::Word(given)) if given.eq_ignore_ascii_case(word))
    }

    fn is_at(&self, kind: &Kind) -> bool {
        self.peek() == Some(kind)
    }

    fn take(&mut self, kind: &Kind) -> bool {
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

    fn expect(&mut self, kind: &Kind) -> Result<(), JqlError> {
        if self.take(kind) { Ok(()) } else { Err(self.unexpected(&format!("'{kind}'"), "")) }
    }

    fn any(&mut self) -> Result<Clause, JqlError> {
        let mut clauses = vec![self.all()?];
        while self.take(&Kind::Or) || self.take_word("or") {
            clauses.push(self.all()?);
        }
        Ok(one_or(clauses, Clause::Any))
    }

    fn all(&mut self) -> Result<Clause, JqlError> {
        let mut clauses = vec![self.not()?];
        while self.take(&Kind::And) || self.take_word("and") {
            clauses.push(self.not()?);
        }
        Ok(one_or(clauses, Clause::All))
    }

    fn not(&mut self) -> Result<Clause, JqlError> {
        if self.take(&Kind::Not) || self.take_word("not") {
            return self.deeper(|parser| Ok(Clause::Not(Box::new(parser.not()?))));
        }
        if self.take(&Kind::Open) {
            return self.deeper(|parser| {
                let clause = parser.any()?;
                parser.expect(&Kind::Close)?;
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
            Some(Kind::Word(word)) if word.eq_ignore_ascii_case("cf") => {
                self.next += 1;
                self.expect(&Kind::OpenBracket)?;
                let number = self.peek().cloned();
                let Some(Kind::Word(number)) = number.filter(|kind| kind.to_string().parse::<u64>().is_ok()) else {
                    return Err(self.unexpected("a custom field id", ""));
                };
                self.next += 1;
                self.expect(&Kind::CloseBracket)?;
                Ok(format!("cf[{number}]"))
            }
            Some(Kind::Word(word)) if is_reserved(&word) => Err(self.reserved(&word)),
            Some(Kind::Word(name) | Kind::Quoted(name)) if !name.trim().is_empty() => {
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
        if let Some(Kind::Comparison(written)) = self.peek().cloned() {
            self.next += 1;
            return Ok(comparison(written));
        }
        if self.take_word("in") {
            return Ok(Operator::In);
        }
        if self.take_word("is") {
            let negated = self.take_word("not") || self.take(&Kind::Not);
            return Ok(if negated { Operator::IsNot } else { Operator::Is });
        }
        if self.take_word("not") || self.take(&Kind::Not) {
            return if self.take_word("in") { Ok(Operator::NotIn) } else { Err(self.unexpected("'IN'", "")) };
        }
        Err(self.unexpected("operator", &format!(" The valid operators are {OPERATORS}.")))
    }

    fn operand(&mut self, operator: Operator) -> Result<Operand, JqlError> {
        if !self.take(&Kind::Open) {
            return self.value().map(Operand::One);
        }
        let mut values = vec![self.value()?];
        while self.take(&Kind::Comma) {
            values.push(self.value()?);
        }
        self.expect(&Kind::Close)?;
        match (operator, values.len()) {
            (Operator::In | Operator::NotIn, _) => Ok(Operand::List(values)),
            (_, 1) => Ok(Operand::One(values.remove(0))),
            _ => Err(JqlError::syntax(&format!("Operator '{operator}' does not support list operand."))),
        }
    }

    fn value(&mut self) -> Result<Value, JqlError> {
        let kind = self.peek().cloned();
        match kind {
            Some(Kind::Word(word)) if ["empty", "null"].iter().any(|empty| word.eq_ignore_ascii_case(empty)) => {
                self.next += 1;
                Ok(Value::Empty)
            }
            Some(Kind::Word(word)) if is_reserved(&word) => Err(self.reserved(&word)),
            Some(Kind::Word(text) | Kind::Quoted(text)) => {
                self.next += 1;
                if self.take(&Kind::Open) { self.function(text) } else { Ok(Value::Text(text)) }
            }
            _ => Err(self.unexpected("either a value, list or function", "")),
        }
    }

    fn function(&mut self, name: String) -> Result<Value, JqlError> {
        let mut arguments = Vec::new();
        while !self.take(&Kind::Close) {
            if !arguments.is_empty() {
                self.expect(&Kind::Comma)?;
            }
            match self.peek().cloned() {
                Some(Kind::Word(text) | Kind::Quoted(text)) => arguments.push(text),
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
            if !self.take(&Kind::Comma) {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree in parentheses, so that tables can be read.
    fn shown(clause: &Clause) -> String {
        let list = |clauses: &[Clause]| clauses.iter().map(shown).collect::<Vec<_>>().join(" ");
        match clause {
            Clause::All(clauses) => format!("(and {})", list(clauses)),
            Clause::Any(clauses) => format!("(or {})", list(clauses)),
            Clause::Not(clause) => format!("(not {})", shown(clause)),
            Clause::Term(Term { field, operator, operand }) => {
                let value = |value: &Value| match value {
                    Value::Text(text) => text.clone(),
                    Value::Function { name, arguments } => format!("{name}({})", arguments.join("|")),
                    Value::Empty => "EMPTY".to_owned(),
                };
                match operand {
                    Operand::One(one) => format!("[{field} {operator} {}]", value(one)),
                    Operand::List(values) => {
                        format!("[{field} {operator} {{{}}}]", values.iter().map(value).collect::<Vec<_>>().join("|"))
                    }
                }
            }
        }
    }

    #[test]
    fn queries() {
        for (text, tree) in [
            ("project = OPS", "[project = OPS]"),
            ("a=1 OR b=2 AND c=3", "(or [a = 1] (and [b = 2] [c = 3]))"),
            ("(a=1 || b=2) && !c=3", "(and (or [a = 1] [b = 2]) (not [c = 3]))"),
            ("not (a=1 and not b=2)", "(not (and [a = 1] (not [b = 2])))"),
            ("status IN (\"To Do\", Done)", "[status in {To Do|Done}]"),
            (
                "status not in (Done) and x NOT IN membersOf('a b')",
                "(and [status not in {Done}] [x not in membersOf(a b)])",
            ),
            ("resolution is EMPTY and due is not null", "(and [resolution is EMPTY] [due is not EMPTY])"),
            ("created >= -14d AND updated < startOfDay(-1d)", "(and [created >= -14d] [updated < startOfDay(-1d)])"),
            ("\"Story points\" > 3 and cf[10103]<=5", "(and [Story points > 3] [cf[10103] <= 5])"),
            (
                "summary ~ \"\\\"exact words\\\"\" and text !~ 'it\\'s'",
                "(and [summary ~ \"exact words\"] [text !~ it's])",
            ),
            ("creator = currentUser()", "[creator = currentUser()]"),
            ("a = \\u0041b", "[a = Ab]"),
            ("a in (EMPTY, currentUser(), x)", "[a in {EMPTY|currentUser()|x}]"),
            ("a\n=\t1", "[a = 1]"),
            ("a = (1)", "[a = 1]"),
        ] {
            let query = parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            assert_eq!(query.clause.as_ref().map(shown).as_deref(), Some(tree), "{text}");
        }
    }

    #[test]
    fn orders() {
        let sorts = |text: &str| -> Vec<(String, bool)> {
            let order = parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}")).order;
            order.into_iter().map(|sort| (sort.field, sort.descending)).collect()
        };
        let sort = |field: &str, descending| (field.to_owned(), descending);
        assert_eq!(sorts("a=1 order by created"), [sort("created", false)]);
        assert_eq!(
            sorts("ORDER BY a DESC, \"b c\" asc,cf[1]"),
            [sort("a", true), sort("b c", false), sort("cf[1]", false)]
        );
        assert_eq!(sorts(""), []);
        assert_eq!(parse("order by key desc").expect("a query").clause, None);
    }

    #[test]
    fn what_is_not_jql() {
        for (text, message) in [
            ("project", "Expecting operator before the end of the query. The valid operators are"),
            ("project OPS", "Expecting operator but got 'OPS'. The valid operators are '=', '!='"),
            ("project =", "Expecting either a value, list or function before the end of the query."),
            ("project = )", "Expecting either a value, list or function but got ')'. (line 1, character 11)"),
            ("= OPS", "Expecting a field name but got '='. (line 1, character 1)"),
            ("project = OPS status = Done", "Expecting either 'OR' or 'AND' but got 'status'. (line 1, character 15)"),
            ("project = OPS AND", "Expecting a field name before the end of the query."),
            ("(project = OPS", "Expecting ')' before the end of the query."),
            ("a in (1, 2", "Expecting ')' before the end of the query."),
            ("a not 1", "Expecting 'IN' but got '1'. (line 1, character 7)"),
            ("a = 'b", "The quoted string 'b' has not been completed. (line 1, character 5)"),
            (
                "a = b@c",
                "The character '@' is a reserved JQL character. You must enclose it in a string or use the escape '\\u0040' instead. (line 1, character 6)",
            ),
            ("a = limit", "'limit' is a reserved JQL word."),
            ("order = 1", "'order' is a reserved JQL word."),
            ("a = \"\\x\"", "'\\x' is an illegal JQL escape sequence."),
            ("cf[abc] = 1", "Expecting a custom field id but got 'abc'. (line 1, character 4)"),
            ("a = (1, 2)", "Operator '=' does not support list operand."),
            ("a = 1 order created", "Expecting 'by' but got 'created'. (line 1, character 13)"),
            ("a = 1\nAND b", "Expecting operator before the end of the query."),
            ("a =\n  ,", "but got ','. (line 2, character 3)"),
        ] {
            let Err(JqlError::Refused(messages)) = parse(text) else { panic!("{text} is read") };
            assert!(messages[0].starts_with("Error in the JQL Query: "), "{text}: {messages:?}");
            assert!(messages[0].contains(message), "{text}: {messages:?}");
        }
    }

    #[test]
    fn what_the_sandbox_does_not_know_is_named() {
        for (text, named) in [("status WAS Done", "WAS"), ("status changed", "CHANGED")] {
            assert_eq!(parse(text), Err(JqlError::NotServed(format!("the JQL operator {named}"))));
        }
    }

    #[test]
    fn whatever_is_written_is_read_or_refused() {
        let parts = [
            "a",
            "=",
            "!",
            "~",
            "(",
            ")",
            ",",
            "\"",
            "'",
            "\\",
            "u00",
            "[",
            "]",
            "cf",
            " in ",
            " not ",
            " is ",
            "<",
            "order by ",
            "é",
            "\n",
            "@",
            "empty",
            " and ",
            " or ",
            "1",
        ];
        let mut random = fastrand::Rng::with_seed(8);
        for _ in 0..20_000 {
            let text: String = (0..random.usize(..12)).filter_map(|_| random.choice(parts)).collect();
            if let Err(JqlError::Refused(messages)) = parse(&text) {
                assert!(messages[0].starts_with("Error in the JQL Query: "), "{text}: {messages:?}");
            }
        }
    }

    #[test]
    fn deep_queries_are_refused() {
        let deep = |depth: usize| format!("{}a=1{}", "(".repeat(depth), ")".repeat(depth));
        assert!(parse(&deep(DEEPEST)).is_ok());
        assert!(parse(&deep(100_000)).is_err());
    }
}
