//! Compiles and checks every expression of a draft: syntax, names, types, and what may be missing.
//!
//! Each is checked in its environment (`expressions/environment.rs`): what it can see depends on where it is written.

mod environment;
mod gaps;
mod index;
mod kinds;
mod lost;
mod parsed;
#[cfg(test)]
pub(in crate::definition) mod tests;
mod texts;

use std::{collections::BTreeSet, ops::Range, rc::Rc};

use serde_json::{Map, Value};

use self::{
    environment::View,
    gaps::Gaps,
    kinds::Kinds,
    lost::Lost,
    parsed::{Parsed, ParsedNode},
};
pub(super) use self::{index::Index, parsed::Mention};
use super::{draft::Draft, origin::Origin, problems::Problems};
use crate::{
    diagnostic::{Code, Diagnostic, Severity},
    expression::{
        Expression, Part, Template,
        check::{Checked, Shown, check},
        types::Type,
    },
    suggestion::Suggestions,
    text::TextKinds,
    yaml::Spans,
};

/// The expressions of a draft.
pub(crate) struct Compiled {
    /// Those of each node, in the order of the draft.
    pub(crate) nodes: Vec<CompiledNode>,
    /// The key of `concurrency`.
    pub(crate) concurrency_key: Option<Template>,
    /// The outputs, in the order of the file.
    pub(crate) outputs: Vec<(String, Template)>,
    /// The type of all inputs, as an object.
    pub(crate) input_type: Type,
    /// What is wrong.
    pub(in crate::definition) problems: Problems,
}

/// The expressions of a node. What is broken is left out.
pub(crate) struct CompiledNode {
    /// What a step is given.
    pub(crate) arguments: Template,
    /// `if`
    pub(crate) condition: Option<Expression>,
    /// `for_each`
    pub(crate) for_each: Option<Expression>,
    /// The type of an item.
    pub(crate) item_type: Type,
    /// The nodes that they name, in order of place.
    pub(crate) mentions: Vec<Mention>,
}

/// Compiles all expressions of a draft, and says what is wrong with them.
///
/// In texts the functions of `kinds` have their meaning.
pub(crate) fn compile(draft: &Draft<'_>, spans: &Spans, kinds: &TextKinds, suggestions: &Suggestions) -> Compiled {
    let mut parsed: Vec<ParsedNode> = draft.nodes.iter().map(|node| ParsedNode::of(node, spans, kinds)).collect();
    let output = |located| Parsed::of(located, spans, kinds);
    let concurrency_key = draft.concurrency_key.map(|located| Parsed::text(located, spans, kinds));
    let outputs: Vec<(String, Parsed)> =
        draft.outputs.iter().map(|(name, located)| ((*name).to_owned(), output(*located))).collect();
    let mentions: Vec<Vec<Mention>> = parsed.iter().map(ParsedNode::mentions).collect();
    let index = Index::of(draft);
    let declared = Kinds::new(&index, kinds);
    parsed.iter_mut().enumerate().for_each(|(number, node)| declared.bind(number, node));
    let view = View::new(&index, Gaps::of(&index, &mentions), suggestions);
    let mut checking = Checking { spans, kinds, view, diagnostics: Vec::new(), out_of_place: BTreeSet::new() };
    let item_types: Vec<Type> = parsed.iter().enumerate().map(|(number, node)| checking.node(number, node)).collect();
    checking.concurrency_key(concurrency_key.as_ref());
    checking.outputs(&outputs);
    let input_type = checking.view.input_types().clone();
    let of_outputs: Vec<Mention> = outputs.iter().flat_map(|(_, output)| output.mentions()).collect();
    let lost = Lost::of(&index, (&mentions, &of_outputs), checking.out_of_place);
    let problems = Problems::told_apart(checking.diagnostics, |problem| lost.is_told_by(problem));
    let nodes = parsed.into_iter().zip(mentions).zip(item_types).map(|((parsed, mentions), item_type)| CompiledNode {
        arguments: parsed
            .arguments
            .map_or_else(|| Template::Literal(Value::Object(Map::new())), |parsed| parsed.template),
        condition: parsed.condition.and_then(Parsed::into_expression),
        for_each: parsed.for_each.and_then(Parsed::into_expression),
        item_type,
        mentions,
    });
    Compiled {
        nodes: nodes.collect(),
        concurrency_key: concurrency_key.map(|parsed| parsed.template),
        outputs: outputs.into_iter().map(|(name, parsed)| (name, parsed.template)).collect(),
        input_type,
        problems,
    }
}

/// The check of all expressions, one after the other.
struct Checking<'a> {
    spans: &'a Spans,
    kinds: &'a TextKinds,
    view: View<'a>,
    diagnostics: Vec<Diagnostic>,
    /// Where fragments of a kind are in no text of it.
    out_of_place: BTreeSet<usize>,
}

impl Checking<'_> {
    /// Checks the expressions of a node. Gives the type of an item of its list.
    fn node(&mut self, number: usize, node: &ParsedNode) -> Type {
        let first = self.diagnostics.len();
        self.view.enter(number);
        let mut shown = Shown::default();
        if let Some(condition) = &node.condition {
            shown = self
                .bare(condition, &shown, |kind| {
                    (!kind.may_be(&Type::Bool)).then(|| format!("`if` needs a boolean, found {}", kind.name()))
                })
                .map(|checked| checked.shows)
                .unwrap_or_default();
        }
        let mut item = Type::Any;
        if let Some(for_each) = &node.for_each {
            let checked = self.bare(for_each, &shown, |kind| {
                (!kind.may_be(&Type::Any.list_of())).then(|| format!("`for_each` needs a list, found {}", kind.name()))
            });
            item = checked.map_or(Type::Any, |checked| checked.kind.element().in_json());
            self.view.enter_items(item.clone());
        }
        if let Some(arguments) = &node.arguments {
            let wanted = self.view.input_type(number);
            self.template(arguments, wanted, &shown);
        }
        self.drop_warnings_of_errors(first);
        let id = self.view.id(number).to_owned();
        self.diagnostics[first..].iter_mut().for_each(|diagnostic| diagnostic.node = Some(id.clone()));
        item
    }

    /// Where there is an error, a warning of the same place only distracts.
    fn drop_warnings_of_errors(&mut self, first: usize) {
        let found = self.diagnostics.split_off(first);
        let errors: BTreeSet<usize> = found
            .iter()
            .filter(|found| found.is_error())
            .filter_map(|found| Some(found.span.as_ref()?.start))
            .collect();
        let is_kept = |found: &Diagnostic| {
            found.is_error() || found.span.as_ref().is_none_or(|span| errors.range(span.clone()).next().is_none())
        };
        self.diagnostics.extend(found.into_iter().filter(is_kept));
    }

    fn concurrency_key(&mut self, key: Option<&Parsed>) {
        let Some(key) = key else { return };
        self.view.begin();
        self.template(key, &Type::TEXT, &Shown::default());
    }

    fn outputs(&mut self, outputs: &[(String, Parsed)]) {
        self.view.leave();
        for (_, output) in outputs {
            self.template(output, &Type::Any, &Shown::default());
        }
    }

    /// Checks a bare expression; `refused` says what is wrong with its type.
    fn bare(
        &mut self,
        parsed: &Parsed,
        shown: &Shown,
        refused: impl FnOnce(&Type) -> Option<String>,
    ) -> Option<Checked> {
        self.syntax(parsed);
        let (Template::Expression(expression), [origin]) = (&parsed.template, parsed.origins.as_slice()) else {
            return None;
        };
        let checked = self.expression(expression, origin, shown);
        if self.form(&checked, origin, expression.source())
            && let Some(message) = refused(&checked.kind)
        {
            let whole = origin.locate(self.spans, 0..expression.source().len());
            self.diagnostics.push(Diagnostic::error(Code::TYPE_MISMATCH, whole, message));
        }
        Some(checked)
    }

    fn template(&mut self, parsed: &Parsed, wanted: &Type, shown: &Shown) {
        self.syntax(parsed);
        for key in &parsed.keys {
            let span = self.spans.key(*key);
            let diagnostic = Diagnostic::error(Code::DELIMITERS, span, "a key cannot hold an expression");
            self.diagnostics.push(diagnostic.with_help("write the key out; only values can be computed"));
        }
        for origin in &parsed.single_braces {
            let inner = origin.value[origin.within.clone()].trim_start_matches("${").trim_end_matches('}').trim();
            let span = origin.locate(self.spans, 0..origin.within.len());
            let diagnostic =
                Diagnostic::warning(Code::DELIMITERS, span, "`${ }` is not an expression: it stays as it is");
            self.diagnostics.push(diagnostic.with_help(format!("write `${{{{ {inner} }}}}`")));
        }
        let mut origins = parsed.origins.iter();
        self.part(&parsed.template, (wanted, ""), &mut origins, shown);
    }

    /// Checks the expressions of a part of a template, which must be of the type `wanted`, under its name.
    fn part<'s>(
        &mut self,
        template: &Template,
        (wanted, name): (&Type, &str),
        origins: &mut impl Iterator<Item = &'s Rc<Origin>>,
        shown: &Shown,
    ) {
        match template {
            Template::Literal(_) => {}
            Template::Expression(expression) => {
                let Some(origin) = origins.next() else { return };
                self.alone(expression, origin, (wanted, name), shown);
            }
            Template::Text(parts) => {
                for part in parts {
                    let Some(expression) = part.expression() else { continue };
                    let Some(origin) = origins.next() else { return };
                    self.in_text(expression, origin, shown);
                    self.mixed((wanted, name), origin);
                    if let Part::Fragment(kind, _) = part {
                        self.no_place_for(kind, origin);
                    }
                }
            }
            Template::OfKind(kind, parts) => self.of_kind(kind, parts, origins, shown),
            Template::Converted(converted) => {
                let Some(origin) = origins.next() else { return };
                self.converted(converted, (wanted, name), origin, shown);
            }
            Template::List(items) => {
                let item = wanted.element();
                items.iter().for_each(|template| self.part(template, (&item, name), origins, shown));
            }
            Template::Object(fields) => {
                for (name, template) in fields {
                    self.part(template, (&wanted.field(name), name), origins, shown);
                }
            }
        }
    }

    /// Checks an expression whose value is taken as it is. Gives its place and its type, if that is what is wanted.
    fn alone(
        &mut self,
        expression: &Expression,
        origin: &Origin,
        (wanted, name): (&Type, &str),
        shown: &Shown,
    ) -> Option<(Range<usize>, Type)> {
        let source = expression.source();
        let checked = self.expression(expression, origin, shown);
        if !self.form(&checked, origin, source) {
            return None;
        }
        let span = origin.locate(self.spans, 0..source.len());
        if !checked.kind.may_be(wanted) {
            self.diagnostics.push(misfit(name, wanted, &checked.kind, span));
            return None;
        }
        if checked.kind.may_be_null() && !Type::Null.may_be(wanted) {
            self.null(source, &format!("`{name}` takes none"), span.clone());
        }
        Some((span, checked.kind))
    }

    /// Checks an expression inside a longer text.
    fn in_text(&mut self, expression: &Expression, origin: &Origin, shown: &Shown) {
        let checked = self.expression(expression, origin, shown);
        let has_text = |kind: &Type| !matches!(kind, Type::Null | Type::List(_) | Type::Object(_));
        if !self.form(&checked, origin, expression.source()) {
            return;
        }
        if checked.kind.may_be_null() {
            let span = origin.locate(self.spans, 0..expression.source().len());
            self.null(expression.source(), "it cannot stand inside a string then", span);
        }
        if !checked.kind.members().iter().any(has_text) {
            let span = origin.locate(self.spans, 0..expression.source().len());
            let message = format!("{} cannot stand inside a string", checked.kind.name());
            let help = "take a field or an element of it, or give the expression on its own to keep its type";
            self.diagnostics.push(Diagnostic::error(Code::NOT_TEXT, span, message).with_help(help));
        }
    }

    /// Warns of what may be null where that does not go.
    fn null(&mut self, source: &str, why: &str, span: Range<usize>) {
        let message = format!("`{source}` may be null: {why}");
        let help = match source.contains(' ') {
            true => "guard it with `!= null`, and say what to use otherwise".to_owned(),
            false => format!("guard it: `{source} != null ? {source} : …`"),
        };
        let warning = Diagnostic::error(Code::MAY_BE_MISSING, span, message).with_help(help);
        self.diagnostics.push(Diagnostic { severity: Severity::Warning, ..warning });
    }

    /// Refuses a value that cannot leave an expression. Gives whether its type is sure.
    fn form(&mut self, checked: &Checked, origin: &Origin, source: &str) -> bool {
        let Some(kind) = checked.kind.not_in_json().filter(|_| checked.faults.is_empty()) else {
            return checked.faults.is_empty();
        };
        let help = match kind {
            Type::Optional(_) => "end it with `.orValue(…)`, which says what to use if there is no value",
            Type::Bytes => "write `string(…)` around it",
            _ => "compare it, as in `type(x) == int`",
        };
        let span = origin.locate(self.spans, 0..source.len());
        let message = format!("{} cannot be the value of an expression", kind.name());
        self.diagnostics.push(Diagnostic::error(Code::TYPE_MISMATCH, span, message).with_help(help));
        false
    }

    /// Refuses a text with expressions in it where no text is taken.
    fn mixed(&mut self, (wanted, name): (&Type, &str), origin: &Origin) {
        let span = self.spans.value(origin.span);
        let is_inside = |at: &Range<usize>| span.start <= at.start && at.end <= span.end;
        let mut found = self.diagnostics.iter().rev().take_while(|found| found.span.as_ref().is_some_and(is_inside));
        if Type::TEXT.may_be(wanted) || found.any(Diagnostic::is_error) {
            return;
        }
        let help = "leave out what is around `${{ … }}`: on its own, an expression keeps its type";
        self.diagnostics.push(misfit(name, wanted, &Type::TEXT, span).with_help(help));
    }

    fn expression(&mut self, expression: &Expression, origin: &Origin, shown: &Shown) -> Checked {
        let checked = check(expression, &self.view, shown);
        for fault in &checked.faults {
            let span = origin.locate(self.spans, fault.at.clone());
            let in_function = [Code::UNKNOWN_FUNCTION, Code::UNKNOWN_NAME].contains(&fault.code);
            let help = if in_function { self.whole_function(expression.source()) } else { None };
            self.diagnostics.push(Diagnostic {
                severity: fault.severity,
                help: help.or_else(|| fault.help.clone()),
                ..Diagnostic::error(fault.code, span, fault.message.clone())
            });
        }
        // A warning does not make the type any less sure.
        let faults = checked.faults.into_iter().filter(|fault| fault.severity == Severity::Error).collect();
        Checked { faults, kind: checked.kind.in_json(), shows: checked.shows }
    }

    fn syntax(&mut self, parsed: &Parsed) {
        for (origin, error) in &parsed.errors {
            let span = origin.locate(self.spans, error.at.clone());
            let diagnostic = Diagnostic::error(error.code, span, error.message.clone());
            self.diagnostics.push(Diagnostic { help: error.help.clone(), ..diagnostic });
        }
    }
}

fn misfit(name: &str, wanted: &Type, found: &Type, span: Range<usize>) -> Diagnostic {
    let what = if name.is_empty() { "this".to_owned() } else { format!("`{name}`") };
    let (wanted_name, found_name) = match (wanted, found) {
        (Type::Text(Some(allowed)), Type::Text(Some(given))) => (one_of(allowed), one_of(given)),
        _ => (wanted.name(), found.name()),
    };
    let message = match wanted_name == found_name {
        true => format!("{what} needs {wanted_name} of other parts than this has"),
        false => format!("{what} needs {wanted_name}, found {found_name}"),
    };
    Diagnostic { help: conversion(wanted, found), ..Diagnostic::error(Code::TYPE_MISMATCH, span, message) }
}

/// How to come from one type to another, where there is a plain way.
fn conversion(wanted: &Type, found: &Type) -> Option<String> {
    let is_list = |kind: &Type| matches!(kind, Type::List(_));
    let help = match found {
        _ if found.members().contains(&Type::Null) && found.members().len() == 1 => return None,
        Type::List(item) if item.may_be(wanted) => {
            "take an element of it, as in `list[0]`; or run the node `for_each` of them"
        }
        Type::Object(fields) => {
            let fitting = fields.known.iter().find(|(_, field)| field.kind != Type::Any && field.kind.may_be(wanted));
            return fitting.map(|(name, _)| format!("take a field of it, such as `{name}`"));
        }
        _ if wanted.members().iter().any(is_list) && found.may_be(&wanted.element()) => {
            "put it into a list: `[\"${{ … }}\"]`"
        }
        Type::Int | Type::Float | Type::Bool if Type::TEXT.may_be(wanted) => "write `string(…)` around it",
        Type::Text(_) if Type::Int.may_be(wanted) => "write `int(…)` around it",
        _ => return None,
    };
    Some(help.to_owned())
}

fn one_of(texts: &BTreeSet<String>) -> String {
    let shown: Vec<String> = texts.iter().take(12).map(|text| format!("`{text}`")).collect();
    shown.join(" or ")
}
