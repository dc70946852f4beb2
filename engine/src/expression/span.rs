//! Where every part of an expression stands in its text.
//!
//! The crate keeps one token of each part, in bytes, its last byte included: the operator of `a + b`, the dot of `a.b`,
//! the bracket of a call, of a macro and of an index. The rest follows from the parts below it.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, SourceInfo, operators};

use super::token::{TokenKind, tokens};

/// The places of an expression's parts, by the crate's number of the part. What a macro made up has none.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Spans {
    parts: BTreeMap<u64, Range<usize>>,
    fields: BTreeMap<u64, Range<usize>>,
    /// Where the bracket of a call opens.
    brackets: BTreeMap<u64, usize>,
}

impl Spans {
    /// The places in a compiled expression.
    pub(super) fn of(expression: &IdedExpr, info: &SourceInfo) -> Self {
        let mut walk = SpanFinder { info, closing: closing(&info.source), spans: Self::default() };
        walk.visit(expression);
        walk.spans
    }

    /// Adds a part that is a name, or a field of another part, whose name is at `field`.
    pub(super) fn add(&mut self, id: u64, part: Range<usize>, field: Option<Range<usize>>) {
        self.parts.insert(id, part);
        self.fields.extend(field.map(|field| (id, field)));
    }

    /// Adds where the bracket of a call opens, or where its sign is.
    pub(super) fn add_bracket(&mut self, id: u64, at: usize) {
        self.brackets.insert(id, at);
    }

    /// Takes out a part that is none after all; gives where its last name was.
    pub(super) fn remove(&mut self, id: u64) -> Option<Range<usize>> {
        self.parts.remove(&id);
        self.brackets.remove(&id);
        self.fields.remove(&id)
    }

    /// The bytes of a part, brackets around it left out.
    pub(super) fn part(&self, expression: &IdedExpr) -> Option<Range<usize>> {
        self.parts.get(&expression.id).cloned()
    }

    /// The bytes of the part with this number.
    pub(super) fn of_part(&self, part: u64) -> Option<Range<usize>> {
        self.parts.get(&part).cloned()
    }

    /// The bytes of the last name of `a.b.c`.
    pub(super) fn field(&self, expression: &IdedExpr) -> Option<Range<usize>> {
        self.fields.get(&expression.id).cloned()
    }

    /// Where the bracket of a call opens.
    pub(super) fn bracket(&self, expression: &IdedExpr) -> Option<usize> {
        self.brackets.get(&expression.id).copied()
    }
}

struct SpanFinder<'a> {
    info: &'a SourceInfo,
    /// The end of the bracket that closes the one at a byte. Only looked up, never iterated.
    closing: HashMap<usize, usize>,
    spans: Spans,
}

impl SpanFinder<'_> {
    fn visit(&mut self, expression: &IdedExpr) {
        children(&expression.expr).into_iter().for_each(|child| self.visit(child));
        if let Expr::Select(select) = &expression.expr {
            let field = self.name_after(&select.operand, &select.field);
            self.spans.fields.extend(field.map(|field| (expression.id, field)));
        }
        if let Expr::Call(_) = &expression.expr {
            let bracket = self.token(expression.id).map(|token| (expression.id, token.start));
            self.spans.brackets.extend(bracket);
        }
        if let Expr::Call(call) = &expression.expr
            && let (operators::OPT_SELECT, [operand, name]) = (call.func_name.as_str(), call.args.as_slice())
        {
            // The crate has the name as a literal, and the dot's token as its place.
            let at = self.optional_name_after(operand).map(|at| (name.id, at));
            self.spans.parts.extend(at);
        }
        let part = self.span(expression);
        self.spans.parts.extend(part.map(|part| (expression.id, part)));
    }

    fn span(&self, expression: &IdedExpr) -> Option<Range<usize>> {
        let token = self.token(expression.id)?;
        match &expression.expr {
            Expr::Select(select) if select.test => {
                Some(self.word_before(token.start, "has")?..*self.closing.get(&token.start)?)
            }
            Expr::Select(select) => Some(self.spans.part(&select.operand)?.start..self.spans.field(expression)?.end),
            Expr::Call(call) => self.call(call, token),
            Expr::Comprehension(fold) => {
                Some(self.spans.part(&fold.iter_range)?.start..*self.closing.get(&token.start)?)
            }
            // What a macro makes up stands at the bracket of its call.
            _ if self.info.source[token.start..].starts_with('(') => None,
            Expr::List(_) | Expr::Map(_) => Some(token.start..*self.closing.get(&token.start)?),
            Expr::Struct(_) | Expr::Unspecified => None,
            Expr::Ident(_) | Expr::Literal(_) => Some(token),
        }
    }

    fn call(&self, call: &CallExpr, token: Range<usize>) -> Option<Range<usize>> {
        let first = call.target.as_deref().or(call.args.first());
        let last = call.args.last();
        match call.func_name.as_str() {
            operators::NEGATE | operators::LOGICAL_NOT => Some(token.start..self.spans.part(last?)?.end),
            operators::OPT_SELECT => Some(self.spans.part(first?)?.start..self.spans.part(last?)?.end),
            operators::INDEX | operators::OPT_INDEX => {
                Some(self.spans.part(first?)?.start..*self.closing.get(&token.start)?)
            }
            operator if is_operator(operator) => Some(self.spans.part(first?)?.start..self.spans.part(last?)?.end),
            name => {
                let start = match &call.target {
                    Some(target) => self.spans.part(target)?.start,
                    None => self.word_before(token.start, name)?,
                };
                Some(start..*self.closing.get(&token.start)?)
            }
        }
    }

    /// The crate's token of a part.
    fn token(&self, id: u64) -> Option<Range<usize>> {
        let (start, last) = self.info.offset_for(id)?;
        let token = usize::try_from(start).ok()?..usize::try_from(last).ok()? + 1;
        self.info.source.get(token.clone()).map(|_| token)
    }

    /// The start of `word`, which stands before byte `end`.
    fn word_before(&self, end: usize, word: &str) -> Option<usize> {
        let before = self.info.source.get(..end)?.trim_end();
        before.ends_with(word).then(|| before.len() - word.len())
    }

    /// The bytes of the name in `OPERAND.?name`.
    fn optional_name_after(&self, operand: &IdedExpr) -> Option<Range<usize>> {
        let end = self.spans.part(operand)?.end;
        let mut words = tokens(&self.info.source, end).skip_while(|word| word.kind == TokenKind::Close);
        let signs = [words.next()?, words.next()?];
        let is_sign = |sign: &str, at: &Range<usize>| &self.info.source[at.clone()] == sign;
        (is_sign(".", &signs[0].at) && is_sign("?", &signs[1].at)).then(|| words.next().map(|word| word.at)).flatten()
    }

    /// The bytes of `name` in `OPERAND.name`. The token of the dot is of no use: `has()` puts its bracket there.
    fn name_after(&self, operand: &IdedExpr, name: &str) -> Option<Range<usize>> {
        let source = &self.info.source;
        let end = self.spans.part(operand)?.end;
        let mut words = tokens(source, end).skip_while(|word| word.kind == TokenKind::Close);
        let dot = words.next().filter(|dot| &source[dot.at.clone()] == ".")?;
        words.next().map(|word| word.at).filter(|at| &source[at.clone()] == name && at.start >= dot.at.end)
    }
}

/// The parts right below a part, in order of place as far as the tree tells.
pub(super) fn children(expression: &Expr) -> Vec<&IdedExpr> {
    match expression {
        Expr::Call(call) => call.target.iter().map(AsRef::as_ref).chain(&call.args).collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(|entry| entry_parts(&entry.expr)).collect(),
        Expr::Struct(message) => message.entries.iter().flat_map(|entry| entry_parts(&entry.expr)).collect(),
        Expr::Comprehension(fold) => {
            vec![&fold.iter_range, &fold.accu_init, &fold.loop_cond, &fold.loop_step, &fold.result]
        }
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Vec::new(),
    }
}

fn entry_parts(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
        EntryExpr::StructField(field) => vec![&field.value],
    }
}

/// Operators have names that no function can have: `_+_`, `@in`.
pub(super) fn is_operator(name: &str) -> bool {
    name.starts_with(['_', '@', '!', '-'])
}

/// The end of each bracket's partner, by the bracket's own byte.
fn closing(source: &str) -> HashMap<usize, usize> {
    let mut open = Vec::new();
    let mut closing = HashMap::new();
    for token in tokens(source, 0) {
        match token.kind {
            TokenKind::Open => open.push(token.at.start),
            TokenKind::Close => closing.extend(open.pop().map(|start| (start, token.at.end))),
            _ => {}
        }
    }
    closing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(source: &str) -> Vec<String> {
        let program = crate::expression::ENVIRONMENT.compile(source).expect(source);
        let spans = Spans::of(program.expression(), program.source_info());
        spans.parts.values().map(|at| source[at.clone()].to_owned()).collect()
    }

    #[test]
    fn every_part_has_its_own_text() {
        let cases: [(&str, &[&str]); 11] = [
            ("'é😀' + inputs.hwo", &["'é😀' + inputs.hwo", "'é😀'", "inputs.hwo", "inputs"]),
            ("1 +\n  inputs . hwo", &["1 +\n  inputs . hwo", "inputs . hwo"]),
            ("has(inputs.a) ? inputs.a : 'no'", &["has(inputs.a)", "inputs.a", "has(inputs.a) ? inputs.a : 'no'"]),
            (
                "xs.filter(i, i.p > x.y).map(i, size(i.key))",
                &["i.p > x.y", "size(i.key)", "xs.filter(i, i.p > x.y)", "xs.filter(i, i.p > x.y).map(i, size(i.key))"],
            ),
            ("xs.all(i, i in x.y && !z.b)", &["i in x.y", "!z.b", "i in x.y && !z.b"]),
            ("a.s.startsWith(')(') || a['b)'].c[0] == -x.y", &["a.s.startsWith(')(')", "a['b)'].c[0]", "-x.y"]),
            ("{'n': [a.b, (1)]}", &["a.b", "[a.b, (1)]", "{'n': [a.b, (1)]}"]),
            ("(a // )\n).b", &["a // )\n).b"]),
            ("a.?b.c.orValue(x.y)", &["a.?b", "a.?b.c", "x.y", "a.?b.c.orValue(x.y)"]),
            ("a[?i].b", &["a[?i]", "a[?i].b"]),
            ("'''it's''' + r'\\'", &["'''it's''' + r'\\'", "r'\\'"]),
        ];
        for (source, expected) in cases {
            let found = spans(source);
            for text in expected {
                assert!(found.iter().any(|span| span == text), "{text} of {source}: {found:?}");
            }
        }
    }
}
