//! The check of texts that are put together by a kind, such as JQL: its own, of literals and of the types of values.

use std::{ops::Range, rc::Rc};

use super::{
    Checking,
    kinds::{planned, types},
    misfit,
};
use crate::{
    definition::site::Site,
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
        sites: &mut impl Iterator<Item = &'s Rc<Site>>,
        shown: &Shown,
    ) {
        let first = self.diagnostics.len();
        let mut whole = 0..0;
        let mut found: Vec<Found> = Vec::new();
        for part in parts {
            let site = part.expression().and_then(|_| sites.next());
            whole = site.map_or(whole, |site| self.places.value(site.place));
            found.push(site.and_then(|site| self.value_in(kind, part, site, shown)));
        }
        if self.diagnostics[first..].iter().any(Diagnostic::is_error) {
            return;
        }
        let planned = parts.iter().zip(&found).map(|(part, found)| planned(part, found.as_ref().map(|(_, kind)| kind)));
        for fault in kind.check(&planned.collect::<Vec<_>>()) {
            let part = fault.part.and_then(|part| found.get(part)?.clone());
            self.misplaced(fault, part.map_or(whole.clone(), |(place, _)| place));
        }
    }

    fn value_in(&mut self, kind: &SharedKind, part: &Part, site: &Site, shown: &Shown) -> Found {
        let expression = part.expression()?;
        let checked = self.expression(expression, site, shown);
        let place = site.locate(self.places, 0..expression.source().len());
        if !self.form(&checked, site, expression.source()) {
            return Some((place, checked.kind));
        }
        let mut found = checked.kind;
        if found.may_be_null() {
            self.null(expression.source(), "it cannot stand inside a string then", place.clone());
            found = found.without_null();
        }
        match part {
            Part::Fragment(of, _) if !kind.takes(of.name()) => self.no_place_for(of, site),
            Part::Fragment(of, _) if !found.may_be(&Type::TEXT) => {
                self.diagnostics.push(misfit(of.function().unwrap_or_default(), &Type::TEXT, &found, place.clone()));
            }
            _ => {}
        }
        Some((place, found))
    }

    /// Checks an expression alone, in whose value texts of a kind belong.
    pub(super) fn converted(&mut self, converted: &Converted, wanted: (&Type, &str), site: &Site, shown: &Shown) {
        let Some((place, found)) = self.alone(&converted.expression, site, wanted, shown) else { return };
        if let Shape::Text(kind) = &converted.wanted
            && !matches!(&converted.given, Shape::Text(given) if kind.takes(given.name()))
        {
            let alone = Planned::Value { source: converted.expression.source(), types: types(Some(&found)) };
            kind.check(&[alone]).into_iter().for_each(|fault| self.misplaced(fault, place.clone()));
        }
    }

    /// Refuses a fragment of a kind where no text of the kind belongs.
    pub(super) fn no_place_for(&mut self, kind: &SharedKind, site: &Site) {
        let function = kind.function().unwrap_or_default();
        let message = format!("`{function}()` gives {}, which does not belong here", kind.title());
        let place = site.locate(self.places, 0..site.within.len());
        self.out_of_place.insert(place.start);
        let fault = Diagnostic::error(Code::TEXT_KIND, place, message);
        self.diagnostics.push(fault.with_help("write the value without the function"));
    }

    fn misplaced(&mut self, fault: Fault, place: Range<usize>) {
        self.diagnostics.push(Diagnostic::error(Code::TEXT_KIND, place, fault.message).with_help(fault.help));
    }

    /// What to do where the function of a kind is only a part of an expression.
    pub(super) fn whole_function(&self, source: &str) -> Option<String> {
        let mut functions = self.kinds.iter().filter_map(|kind| kind.function());
        let function = functions.find(|function| source.contains(&format!("{function}(")))?;
        Some(format!("`{function}()` is the whole of an expression in a string: `${{{{ {function}(…) }}}}`"))
    }
}
