//! The check of texts that are put together by a kind, such as JQL: its own, of literals and of the types of values.

use std::{ops::Range, rc::Rc};

use super::{
    Checking,
    kinds::{planned, types},
    misfit,
};
use crate::{
    definition::origin::Origin,
    diagnostic::{Code, Diagnostic},
    expression::{Converted, Part, check::Shown, types::Type},
    text::{Fault, Planned, Shape, SharedKind},
};

/// Where a part stands, and the type of its value; nothing of a literal.
type Found = Option<(Range<usize>, Type)>;

impl Checking<'_> {
    /// Checks a text that its kind puts together.
    pub(super) fn of_kind<'s>(
        &mut self,
        kind: &SharedKind,
        parts: &[Part],
        origins: &mut impl Iterator<Item = &'s Rc<Origin>>,
        shown: &Shown,
    ) {
        let first = self.diagnostics.len();
        let mut whole = 0..0;
        let mut found: Vec<Found> = Vec::new();
        for part in parts {
            let origin = part.expression().and_then(|_| origins.next());
            whole = origin.map_or(whole, |origin| self.spans.value(origin.span));
            found.push(origin.and_then(|origin| self.value_in(kind, part, origin, shown)));
        }
        if self.diagnostics[first..].iter().any(Diagnostic::is_error) {
            return;
        }
        let planned = parts.iter().zip(&found).map(|(part, found)| planned(part, found.as_ref().map(|(_, kind)| kind)));
        for fault in kind.check(&planned.collect::<Vec<_>>()) {
            let part = fault.part.and_then(|part| found.get(part)?.clone());
            self.misplaced(fault, part.map_or(whole.clone(), |(span, _)| span));
        }
    }

    fn value_in(&mut self, kind: &SharedKind, part: &Part, origin: &Origin, shown: &Shown) -> Found {
        let expression = part.expression()?;
        let checked = self.expression(expression, origin, shown);
        let span = origin.locate(self.spans, 0..expression.source().len());
        if !self.form(&checked, origin, expression.source()) {
            return Some((span, checked.kind));
        }
        let mut found = checked.kind;
        if found.may_be_null() {
            self.null(expression.source(), "it cannot stand inside a string then", span.clone());
            found = found.without_null();
        }
        match part {
            Part::Fragment(of, _) if !kind.takes(of.name()) => self.no_place_for(of, origin),
            Part::Fragment(of, _) if !found.may_be(&Type::TEXT) => {
                self.diagnostics.push(misfit(of.function().unwrap_or_default(), &Type::TEXT, &found, span.clone()));
            }
            _ => {}
        }
        Some((span, found))
    }

    /// Checks an expression alone, in whose value texts of a kind belong.
    pub(super) fn converted(&mut self, converted: &Converted, wanted: (&Type, &str), origin: &Origin, shown: &Shown) {
        let Some((span, found)) = self.alone(&converted.expression, origin, wanted, shown) else { return };
        if let Shape::Text(kind) = &converted.wanted
            && !matches!(&converted.given, Shape::Text(given) if kind.takes(given.name()))
        {
            let alone = Planned::Value { source: converted.expression.source(), types: types(Some(&found)) };
            kind.check(&[alone]).into_iter().for_each(|fault| self.misplaced(fault, span.clone()));
        }
    }

    /// Refuses a fragment of a kind where no text of the kind belongs.
    pub(super) fn no_place_for(&mut self, kind: &SharedKind, origin: &Origin) {
        let function = kind.function().unwrap_or_default();
        let message = format!("`{function}()` gives {}, which does not belong here", kind.title());
        let span = origin.locate(self.spans, 0..origin.within.len());
        self.out_of_place.insert(span.start);
        let fault = Diagnostic::error(Code::TEXT_KIND, span, message);
        self.diagnostics.push(fault.with_help("write the value without the function"));
    }

    fn misplaced(&mut self, fault: Fault, span: Range<usize>) {
        self.diagnostics.push(Diagnostic::error(Code::TEXT_KIND, span, fault.message).with_help(fault.help));
    }

    /// What to do where the function of a kind is only a part of an expression.
    pub(super) fn whole_function(&self, source: &str) -> Option<String> {
        let mut functions = self.kinds.iter().filter_map(|kind| kind.function());
        let function = functions.find(|function| source.contains(&format!("{function}(")))?;
        Some(format!("`{function}()` is the whole of an expression in a string: `${{{{ {function}(…) }}}}`"))
    }
}
