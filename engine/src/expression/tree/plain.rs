//! A plain expression → its syntax tree, without the crate's parser, whose start alone costs more than all expressions of a
//! small definition: `nodes.file.key`, `inputs.severity in ['high', 'low'] && size(inputs.logs) > 2`, `has(nodes.file.key)`.
//!
//! The tree, the numbers of its parts and their places are those that the crate gives, which the tests hold it to. What is
//! not plain is left to the crate: macros but `has`, optional values, maps, escapes, signs before numbers, comments; and all
//! that is wrong, which the crate has the words for.

#[cfg(test)]
mod tests;
mod word;

use std::ops::Range;

use cel::common::ast::{CallExpr, Expr, IdedExpr, ListExpr, SelectExpr, operators};

use super::super::{
    span::{Spans, is_operator},
    token::{Token, TokenKind, tokens},
};

/// The most words that are read here. So few are never too deep, nor have too many elements.
const MOST_WORDS: usize = 64;

/// Operators of two sides, those that bind least first.
const LEVELS: [&[&str]; 3] = [&["<", "<=", ">=", ">", "==", "!=", "in"], &["+", "-"], &["*", "/", "%"]];

/// Methods that the crate's parser makes something else of.
const MACROS: [&str; 9] =
    ["all", "exists", "exists_one", "existsOne", "filter", "map", "optFlatMap", "optMap", "sortBy"];

/// The tree of a plain expression, and the places of its parts.
pub(super) fn read(source: &str) -> Option<(IdedExpr, Spans)> {
    if source.contains("//") || !source.chars().all(is_blank_or_visible) {
        return None;
    }
    let words: Vec<Token> = tokens(source, 0).take(MOST_WORDS + 1).collect();
    let mut reader = Reader { source, words: &words, spans: Spans::default(), parts: 0 };
    let root = (words.len() <= MOST_WORDS).then(|| reader.expression())??;
    reader.words.is_empty().then_some((root, reader.spans))
}

/// Not every white space is one in CEL.
fn is_blank_or_visible(char: char) -> bool {
    !char.is_whitespace() || matches!(char, ' ' | '\t' | '\r' | '\n' | '\u{c}')
}

struct Reader<'a> {
    source: &'a str,
    /// Those that were not read yet.
    words: &'a [Token],
    spans: Spans,
    /// How many parts have a number.
    parts: u64,
}

impl<'a> Reader<'a> {
    /// `a ? b : c`, or what binds more.
    fn expression(&mut self) -> Option<IdedExpr> {
        let condition = self.connected("||")?;
        let Some(sign) = self.take("?") else { return Some(condition) };
        let id = self.next_number();
        let yes = self.connected("||")?;
        self.take(":")?;
        let no = self.expression()?;
        self.operation(id, operators::CONDITIONAL, sign.start, vec![condition, yes, no])
    }

    /// `a || b || c`, each side of which may be `a && b && c`.
    fn connected(&mut self, sign: &str) -> Option<IdedExpr> {
        let mut sides = vec![self.side(sign)?];
        let mut signs = Vec::new();
        while let Some(at) = self.take(sign) {
            sides.push(self.side(sign)?);
            signs.push((self.next_number(), at.start));
        }
        let name = if sign == "||" { operators::LOGICAL_OR } else { operators::LOGICAL_AND };
        self.balanced(name, &signs, &mut sides.into_iter())
    }

    fn side(&mut self, sign: &str) -> Option<IdedExpr> {
        if sign == "||" { self.connected("&&") } else { self.binary(0) }
    }

    /// The crate halves a row of connected sides, so that no long one is deep.
    fn balanced(
        &mut self,
        name: &str,
        signs: &[(u64, usize)],
        sides: &mut impl Iterator<Item = IdedExpr>,
    ) -> Option<IdedExpr> {
        let middle = signs.len() / 2;
        let Some(&(id, at)) = signs.get(middle) else { return sides.next() };
        let left = self.balanced(name, &signs[..middle], sides)?;
        let right = self.balanced(name, &signs[middle + 1..], sides)?;
        self.operation(id, name, at, vec![left, right])
    }

    /// `a + b - c`: what has two sides, from the left.
    fn binary(&mut self, level: usize) -> Option<IdedExpr> {
        let Some(signs) = LEVELS.get(level) else { return self.negated() };
        let mut left = self.binary(level + 1)?;
        while let Some((sign, at)) = signs.iter().find_map(|sign| Some((sign, self.take(sign)?))) {
            let id = self.next_number();
            let right = self.binary(level + 1)?;
            left = self.operation(id, operators::find_operator(sign)?, at.start, vec![left, right])?;
        }
        Some(left)
    }

    /// `!a`, or what binds more.
    fn negated(&mut self) -> Option<IdedExpr> {
        let Some(sign) = self.take("!") else { return self.member() };
        let id = self.next_number();
        let operand = self.member()?;
        let part = sign.start..self.spans.part(&operand)?.end;
        Some(self.call(id, operators::LOGICAL_NOT, None, vec![operand], (part, sign.start)))
    }

    /// `a`, and what follows it: `a.b`, `a[b]`, `a.b(c)`.
    fn member(&mut self) -> Option<IdedExpr> {
        let mut operand = self.primary()?;
        loop {
            if self.take(".").is_some() {
                let name = self.name()?;
                operand = match self.take("(") {
                    Some(bracket) => self.method(operand, name, bracket.start)?,
                    None => self.select(operand, name)?,
                };
            } else if let Some(bracket) = self.take("[") {
                operand = self.index(operand, bracket.start)?;
            } else {
                return Some(operand);
            }
        }
    }

    fn select(&mut self, operand: IdedExpr, name: Range<usize>) -> Option<IdedExpr> {
        let part = self.spans.part(&operand)?.start..name.end;
        let field = self.source[name.clone()].to_owned();
        let id = self.next_number();
        self.spans.add(id, part, Some(name));
        Some(IdedExpr { id, expr: Expr::Select(SelectExpr { operand: Box::new(operand), field, test: false }) })
    }

    fn index(&mut self, operand: IdedExpr, bracket: usize) -> Option<IdedExpr> {
        let id = self.next_number();
        let index = self.expression()?;
        let part = self.spans.part(&operand)?.start..self.take("]")?.end;
        Some(self.call(id, operators::INDEX, None, vec![operand, index], (part, bracket)))
    }

    fn method(&mut self, operand: IdedExpr, name: Range<usize>, bracket: usize) -> Option<IdedExpr> {
        let start = self.spans.part(&operand)?.start;
        let name = &self.source[name];
        if MACROS.contains(&name) || is_operator(name) {
            return None;
        }
        let id = self.next_number();
        let (arguments, end) = self.row(")")?;
        Some(self.call(id, name, Some(operand), arguments, (start..end, bracket)))
    }

    fn primary(&mut self) -> Option<IdedExpr> {
        if self.take("(").is_some() {
            let inner = self.expression()?;
            return self.take(")").map(|_| inner);
        }
        if let Some(bracket) = self.take("[") {
            let id = self.next_number();
            let (elements, end) = self.row("]")?;
            return Some(self.part(id, bracket.start..end, Expr::List(ListExpr::new(elements))));
        }
        let next = self.words.first()?;
        if let Some(literal) = word::literal(next, &self.source[next.at.clone()]) {
            let at = self.advance()?;
            let id = self.next_number();
            return Some(self.part(id, at, Expr::Literal(literal)));
        }
        let name = self.name()?;
        match self.take("(") {
            Some(bracket) => self.function(name, bracket.start),
            None => {
                let id = self.next_number();
                let ident = Expr::Ident(self.source[name.clone()].to_owned());
                Some(self.part(id, name, ident))
            }
        }
    }

    fn function(&mut self, name: Range<usize>, bracket: usize) -> Option<IdedExpr> {
        let id = self.next_number();
        let (mut arguments, end) = self.row(")")?;
        let part = name.start..end;
        let name = &self.source[name];
        match (name, arguments.len()) {
            (operators::HAS, 1) => self.has(arguments.pop()?, part),
            _ if is_operator(name) => None,
            _ => Some(self.call(id, name, None, arguments, (part, bracket))),
        }
    }

    /// `has(a.b)`, which is `a.b` with a mark, and has a number of its own.
    fn has(&mut self, field: IdedExpr, part: Range<usize>) -> Option<IdedExpr> {
        let name = self.spans.remove(field.id);
        let Expr::Select(select) = field.expr else { return None };
        let id = self.next_number();
        self.spans.add(id, part, name);
        (!select.test).then_some(IdedExpr { id, expr: Expr::Select(SelectExpr { test: true, ..select }) })
    }

    /// What stands between brackets, with commas, and where that ends.
    fn row(&mut self, close: &str) -> Option<(Vec<IdedExpr>, usize)> {
        let mut row = Vec::new();
        loop {
            match self.take(close) {
                Some(close) if row.is_empty() => return Some((row, close.end)),
                Some(_) => return None,
                None => row.push(self.expression()?),
            }
            if let Some(close) = self.take(close) {
                return Some((row, close.end));
            }
            self.take(",")?;
        }
    }

    /// The next word, if it is a name.
    fn name(&mut self) -> Option<Range<usize>> {
        let word = self.words.first().filter(|word| word.kind == TokenKind::Word)?;
        if word::is_name(&self.source[word.at.clone()]) { self.advance() } else { None }
    }

    /// The next word, if it is this one.
    fn take(&mut self, sign: &str) -> Option<Range<usize>> {
        if self.source[self.words.first()?.at.clone()] == *sign { self.advance() } else { None }
    }

    fn advance(&mut self) -> Option<Range<usize>> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first.at.clone())
    }

    fn next_number(&mut self) -> u64 {
        self.parts += 1;
        self.parts
    }

    fn part(&mut self, id: u64, at: Range<usize>, expr: Expr) -> IdedExpr {
        self.spans.add(id, at, None);
        IdedExpr { id, expr }
    }

    /// An operator with a side at each end; brackets around them are not of it.
    fn operation(&mut self, id: u64, name: &str, sign: usize, sides: Vec<IdedExpr>) -> Option<IdedExpr> {
        let part = self.spans.part(sides.first()?)?.start..self.spans.part(sides.last()?)?.end;
        Some(self.call(id, name, None, sides, (part, sign)))
    }

    fn call(
        &mut self,
        id: u64,
        name: &str,
        target: Option<IdedExpr>,
        args: Vec<IdedExpr>,
        (part, bracket): (Range<usize>, usize),
    ) -> IdedExpr {
        self.spans.add_bracket(id, bracket);
        let call = CallExpr { func_name: name.to_owned(), target: target.map(Box::new), args };
        self.part(id, part, Expr::Call(call))
    }
}
