//! The text of a scalar → a [`Template`], and where its expressions are.

use std::ops::Range;

use serde_json::Value;

use super::{Part, Template};
use crate::{
    diagnostic::Code,
    expression::{
        Expression, SyntaxError,
        token::{TokenKind, tokens},
    },
    text::{SharedKind, TextKinds},
};

const OPEN: &str = "${{";
const CLOSE: &str = "}}";

/// A text that may hold expressions, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// What it means; broken expressions are left out.
    pub template: Template,
    /// The bytes of each of the template's expressions in the text, in order.
    pub spans: Vec<Range<usize>>,
    /// What is wrong, in bytes of the text, in order.
    pub errors: Vec<SyntaxError>,
}

impl Scalar {
    /// Reads a text that knows no kinds of texts.
    pub fn parse(text: &str) -> Self {
        Self::parse_with(text, &TextKinds::default())
    }

    /// Reads a text, in which the functions of `kinds` have their meaning.
    pub fn parse_with(text: &str, kinds: &TextKinds) -> Self {
        let nothing = String::new();
        let mut reading =
            Reading { text, kinds, literal: nothing, parts: Vec::new(), spans: Vec::new(), errors: Vec::new() };
        reading.read();
        let Reading { mut parts, spans, errors, .. } = reading;
        let template = match parts.as_mut_slice() {
            [] if errors.is_empty() => Template::Literal(Value::String(String::new())),
            [] => Template::Literal(Value::String(text.to_owned())),
            [Part::Literal(literal)] => Template::Literal(Value::String(std::mem::take(literal))),
            [Part::Expression(expression)] if errors.is_empty() => Template::Expression(expression.clone()),
            _ => Template::Text(parts),
        };
        Self { template, spans, errors }
    }
}

struct Reading<'a> {
    text: &'a str,
    kinds: &'a TextKinds,
    /// The literal before the next expression, as far as it is read.
    literal: String,
    parts: Vec<Part>,
    spans: Vec<Range<usize>>,
    errors: Vec<SyntaxError>,
}

impl Reading<'_> {
    fn read(&mut self) {
        let mut from = 0;
        while let Some(open) = self.text[from..].find(OPEN).map(|at| from + at) {
            let inside = open + OPEN.len();
            if self.text[from..open].ends_with('$') {
                self.literal(from..open - 1);
                self.literal.push_str(OPEN);
                from = inside;
                continue;
            }
            self.literal(from..open);
            self.end_literal();
            match end(self.text, inside) {
                Ok(close) => {
                    self.expression(open, inside..close);
                    from = close + CLOSE.len();
                }
                Err(error) => {
                    self.errors.push(error);
                    return;
                }
            }
        }
        self.literal(from..self.text.len());
        self.end_literal();
    }

    fn literal(&mut self, at: Range<usize>) {
        let text = &self.text[at.clone()];
        if let Some(open) = text.find("{{")
            && let Some(length) = text[open..].find(CLOSE)
        {
            let whole = open..open + length + CLOSE.len();
            let inner = text[open + "{{".len()..open + length].trim();
            let start = at.start;
            self.errors.push(delimiters(
                "`{{ }}` without `$` is not an expression",
                start + whole.start..start + whole.end,
                format!("write `${{{{ {inner} }}}}`; for the braces themselves `${{{{ '{{{{' }}}}`"),
            ));
        }
        self.literal.push_str(text);
    }

    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.parts.push(Part::Literal(std::mem::take(&mut self.literal)));
        }
    }

    fn expression(&mut self, open: usize, inside: Range<usize>) {
        let written = &self.text[inside.clone()];
        let source = written.trim();
        if source.is_empty() {
            let whole = open..inside.end + CLOSE.len();
            return self.errors.push(delimiters(
                "`${{ }}` is empty",
                whole,
                "put an expression into it, or leave it out",
            ));
        }
        let start = inside.start + (written.len() - written.trim_start().len());
        let fragment = self.kinds.iter().find_map(|kind| Some((kind.clone(), argument(source, kind)?)));
        let within = fragment.as_ref().map_or(0..source.len(), |(_, within)| within.clone());
        let (source, start) = (&source[within.clone()], start + within.start);
        match Expression::parse(source) {
            Ok(expression) => {
                self.spans.push(start..start + source.len());
                self.parts.push(match fragment {
                    Some((kind, _)) => Part::Fragment(kind, expression),
                    None => Part::Expression(expression),
                });
            }
            Err(error) => {
                let at = start + error.at.start..start + error.at.end;
                self.errors.push(SyntaxError { at, ..error });
            }
        }
    }
}

/// The bytes of `x` in `jql.raw(x)`, where that is the whole expression.
fn argument(source: &str, kind: &SharedKind) -> Option<Range<usize>> {
    let after = source.strip_prefix(kind.function()?)?;
    let open = source.len() - after.len();
    let mut depth = 0_usize;
    let closing = tokens(source, open).find_map(|token| {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth == 0).then_some(token.at)
    })?;
    let (opening, is_whole) = (tokens(source, open).next()?, tokens(source, closing.end).next().is_none());
    let inner =
        source.get(opening.at.end..closing.start).filter(|_| is_whole && after.trim_start().starts_with('('))?;
    let start = opening.at.end + (inner.len() - inner.trim_start().len());
    Some(start..start + inner.trim().len())
}

/// The byte of the `}}` that ends the expression which begins at `from`.
///
/// Not the next `}}`: a map in a map and a text may hold one too.
fn end(text: &str, from: usize) -> Result<usize, SyntaxError> {
    let mut depth = 0_usize;
    for token in tokens(text, from) {
        match (token.kind, &text[token.at.clone()]) {
            (TokenKind::Text { closed: false }, _) if text[token.at.start..].contains(CLOSE) => {
                return Err(SyntaxError {
                    code: Code::EXPRESSION_SYNTAX,
                    message: "the string is not closed".into(),
                    at: token.at.start..token.at.start + 1,
                    help: Some("close it with the same quote mark".into()),
                });
            }
            (TokenKind::Open, "{") => depth += 1,
            (TokenKind::Close, "}") if depth > 0 => depth -= 1,
            (TokenKind::Close, "}") if text[token.at.start..].starts_with(CLOSE) => return Ok(token.at.start),
            _ => {}
        }
    }
    let open = from - OPEN.len()..from;
    Err(delimiters("`${{` is not closed", open, "close it with `}}`; a map inside needs a `}` of its own"))
}

fn delimiters(message: &str, at: Range<usize>, help: impl Into<String>) -> SyntaxError {
    SyntaxError { code: Code::DELIMITERS, message: message.to_owned(), at, help: Some(help.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let scalar = Scalar::parse(text);
        let kind = match &scalar.template {
            Template::Literal(_) => "literal",
            Template::Expression(_) => "expression",
            _ => "text",
        };
        let spans: Vec<&str> = scalar.spans.iter().map(|at| &text[at.clone()]).collect();
        let sources: Vec<&str> = scalar.template.expressions().into_iter().map(Expression::source).collect();
        assert_eq!(spans, sources, "{text}");
        let errors: Vec<String> =
            scalar.errors.iter().map(|error| format!("{} [{}] {error}", error.code, &text[error.at.clone()])).collect();
        format!("{text:?} → {kind} {spans:?} {}", errors.join("; "))
    }

    #[test]
    fn a_text_is_read() {
        let texts = [
            "plain",
            "",
            "${{ inputs.a }}",
            "${{inputs.a}}",
            " ${{ inputs.a }}",
            "é ${{ a }} and ${{ b }}!",
            "${{ {'a': {'b': 1}}.a }}",
            "${{ {'a': {}}}}",
            "${{ '}}' }}",
            "a }} b",
            "a {{ b",
            "{{ a }}",
            "${{ a }} {{ b }}",
            "${{ a",
            "x ${{ 'a }} y",
            "${{ }}",
            "${{}}",
            "${{ a = 1 }} ${{ b }} ${{ c d }}",
            "${{ a } }}",
            "${{ {'a': 1 }}",
            "${{ ${{ a }} }}",
            "${{ a // }}\n }}",
            "$ {{ a }}",
            "${ a }",
            "${{ a )}}",
            "$${{ a }}",
            "a $${{ a }} ${{ b }} $${{",
            "$$${{ a }}",
            "$${{ {{ a }} }}",
        ];
        insta::assert_snapshot!(texts.map(shown).join("\n"), @r#"
        "plain" → literal [] 
        "" → literal [] 
        "${{ inputs.a }}" → expression ["inputs.a"] 
        "${{inputs.a}}" → expression ["inputs.a"] 
        " ${{ inputs.a }}" → text ["inputs.a"] 
        "é ${{ a }} and ${{ b }}!" → text ["a", "b"] 
        "${{ {'a': {'b': 1}}.a }}" → expression ["{'a': {'b': 1}}.a"] 
        "${{ {'a': {}}}}" → expression ["{'a': {}}"] 
        "${{ '}}' }}" → expression ["'}}'"] 
        "a }} b" → literal [] 
        "a {{ b" → literal [] 
        "{{ a }}" → literal [] FR0407 [{{ a }}] `{{ }}` without `$` is not an expression
        "${{ a }} {{ b }}" → text ["a"] FR0407 [{{ b }}] `{{ }}` without `$` is not an expression
        "${{ a" → literal [] FR0407 [${{] `${{` is not closed
        "x ${{ 'a }} y" → literal [] FR0401 ['] the string is not closed
        "${{ }}" → literal [] FR0407 [${{ }}] `${{ }}` is empty
        "${{}}" → literal [] FR0407 [${{}}] `${{ }}` is empty
        "${{ a = 1 }} ${{ b }} ${{ c d }}" → text ["b"] FR0401 [=] `=` is not an operator; FR0401 [d] `d` is not expected here
        "${{ a } }}" → literal [] FR0401 [}] `}` does not close anything
        "${{ {'a': 1 }}" → literal [] FR0407 [${{] `${{` is not closed
        "${{ ${{ a }} }}" → literal [] FR0407 [${{ a }}] `${{ }}` does not belong inside an expression
        "${{ a // }}\n }}" → expression ["a // }}"] 
        "$ {{ a }}" → literal [] FR0407 [{{ a }}] `{{ }}` without `$` is not an expression
        "${ a }" → literal [] 
        "${{ a )}}" → literal [] FR0401 [)] `)` does not close anything
        "$${{ a }}" → literal [] 
        "a $${{ a }} ${{ b }} $${{" → text ["b"] 
        "$$${{ a }}" → literal [] 
        "$${{ {{ a }} }}" → literal [] FR0407 [{{ a }}] `{{ }}` without `$` is not an expression
        "#);
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_reading(text in "([a-b'\"{}$ é\n]|\\$\\{\\{|\\}\\}){0,20}") {
            let scalar = Scalar::parse(&text);
            for (at, expression) in scalar.spans.iter().zip(scalar.template.expressions()) {
                proptest::prop_assert_eq!(&text[at.clone()], expression.source());
            }
            proptest::prop_assert!(scalar.errors.iter().all(|error| text.get(error.at.clone()).is_some()));
        }
    }
}
