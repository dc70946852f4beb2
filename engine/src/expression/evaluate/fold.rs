//! Loops. `map`, `filter`, `all`, `exists`, `exists_one` and `optMap` all come as a fold.

use cel::common::ast::{ComprehensionExpr, Expr, IdedExpr, operators};

use super::{
    Cause,
    walk::{Evaluated, Evaluation, keys},
};
use crate::expression::value::{List, Value};

impl<'a> Evaluation<'a, '_> {
    pub(super) fn fold(&mut self, fold: &'a ComprehensionExpr) -> Evaluated<'a> {
        let range = &fold.iter_range;
        let items = match self.value(range)? {
            Value::List(items) => items,
            Value::Map(map) => List::Made(keys(&map, self.budget).map_err(|cause| cause.at(range.id))?.into()),
            other => return Err(Cause::Needed { needed: "a list", found: other.kind() }.at(range.id)),
        };
        let outer = self.variables.len();
        let given = match Gathering::of(fold) {
            Some(gathering) => self.gather(fold, &gathering, &items),
            None => self.go_through(fold, &items),
        };
        self.variables.truncate(outer);
        given
    }

    /// A loop that makes a list: it grows in place, where `@result + [x]` would be copied in each round.
    fn gather(&mut self, fold: &'a ComprehensionExpr, gathering: &Gathering<'a>, items: &List<'a>) -> Evaluated<'a> {
        let fault = |cause: Cause| cause.at(fold.iter_range.id);
        let mut gathered = Vec::new();
        for item in items.iter() {
            self.budget.steps(1).map_err(fault)?;
            self.variables.push((&fold.iter_var, Ok(item)));
            let is_taken = gathering.condition.map_or(Ok(true), |condition| self.truth(condition))?;
            for element in gathering.elements.iter().filter(|_| is_taken) {
                self.budget.elements(1).map_err(fault)?;
                gathered.push(self.value(element)?);
            }
            self.variables.pop();
        }
        Ok(Value::list(gathered))
    }

    /// Any other loop. Where it may end early (`exists`, `all`), a round's fault is what it has so far, and a later round may
    /// absorb it.
    fn go_through(&mut self, fold: &'a ComprehensionExpr, items: &List<'a>) -> Evaluated<'a> {
        let absorbs = !matches!(fold.loop_cond.expr, Expr::Literal(_));
        let gathered = self.variables.len();
        let start = self.value(&fold.accu_init)?;
        self.variables.push((&fold.accu_var, Ok(start)));
        for item in items.iter() {
            self.budget.steps(1).map_err(|cause| cause.at(fold.iter_range.id))?;
            if !self.truth(&fold.loop_cond)? {
                break;
            }
            self.variables.push((&fold.iter_var, Ok(item)));
            let round = self.value(&fold.loop_step);
            self.variables.pop();
            if let Err(fault) = &round
                && (fault.cause.is_final() || !absorbs)
            {
                return round;
            }
            self.variables[gathered].1 = round;
        }
        self.value(&fold.result)
    }
}

/// What `map` and `filter` do in each round: `@result + [element]`, where a condition holds.
struct Gathering<'a> {
    condition: Option<&'a IdedExpr>,
    elements: &'a [IdedExpr],
}

impl<'a> Gathering<'a> {
    fn of(fold: &'a ComprehensionExpr) -> Option<Self> {
        let starts_empty = matches!(&fold.accu_init.expr, Expr::List(list) if list.elements.is_empty());
        // A name of the user's own could be read in the element; one with `@` cannot be written.
        if !starts_empty || !is_gathered(&fold.result, fold) || !fold.accu_var.starts_with('@') {
            return None;
        }
        match arguments(&fold.loop_step, operators::CONDITIONAL) {
            Some([condition, step, otherwise]) if is_gathered(otherwise, fold) => {
                Some(Self { condition: Some(condition), elements: appended(step, fold)? })
            }
            Some(_) => None,
            None => Some(Self { condition: None, elements: appended(&fold.loop_step, fold)? }),
        }
    }
}

fn appended<'a>(step: &'a IdedExpr, fold: &ComprehensionExpr) -> Option<&'a [IdedExpr]> {
    match arguments(step, operators::ADD)? {
        [gathered, added] if is_gathered(gathered, fold) => match &added.expr {
            Expr::List(list) if list.optional_indices.is_empty() => Some(&list.elements),
            _ => None,
        },
        _ => None,
    }
}

fn arguments<'a>(part: &'a IdedExpr, operator: &str) -> Option<&'a [IdedExpr]> {
    match &part.expr {
        Expr::Call(call) if call.func_name == operator => Some(&call.args),
        _ => None,
    }
}

fn is_gathered(part: &IdedExpr, fold: &ComprehensionExpr) -> bool {
    matches!(&part.expr, Expr::Ident(name) if *name == fold.accu_var)
}
