//! The types of operators.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use super::Check;
use crate::{
    diagnostic::{Code, Severity},
    expression::{reference, span::is_operator, types::Type},
    suggestion::similar,
};

impl Check<'_> {
    /// The type of an operator's or a function's value.
    pub(super) fn call(&mut self, part: &IdedExpr, call: &CallExpr) -> Type {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::CONDITIONAL, [condition, yes, no]) => self.conditional(condition, yes, no),
            (operators::LOGICAL_AND, [left, right]) => {
                self.expect_bool(left);
                let right_kind = self.value_where(right, |spans, shown| reference::shown_by(left, spans, shown));
                self.refuse_unless_bool(right, &right_kind)
            }
            (operators::LOGICAL_OR, [left, right]) => {
                self.expect_bool(left);
                let right_kind = self.value_where(right, |spans, shown| reference::shown_by_not(left, spans, shown));
                self.refuse_unless_bool(right, &right_kind)
            }
            (operators::LOGICAL_NOT, [only]) => self.expect_bool(only),
            (operators::NEGATE, [only]) => self.negated(only),
            (operators::EQUALS | operators::NOT_EQUALS, [left, right]) => {
                self.equality(left, right, call.func_name == operators::EQUALS)
            }
            (
                operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS,
                [left, right],
            ) => self.ordering(left, right, &call.func_name),
            (operators::IN, [item, list]) => self.membership(item, list),
            (operators::INDEX, [of, index]) => self.index(part, of, index),
            (operators::OPT_SELECT | operators::OPT_INDEX, [of, index]) => self.optional_index(part, of, index),
            (operators::NOT_STRICTLY_FALSE, _) => Type::Bool,
            (name, [left, right]) if is_operator(name) => self.arithmetic(left, right, name),
            _ => self.function(part, call),
        }
    }

    fn conditional(&mut self, condition: &IdedExpr, yes: &IdedExpr, no: &IdedExpr) -> Type {
        self.expect_bool(condition);
        let yes = self.value_where(yes, |spans, shown| reference::shown_by(condition, spans, shown));
        let no = self.value_where(no, |spans, shown| reference::shown_by_not(condition, spans, shown));
        Type::union([yes, no])
    }

    fn expect_bool(&mut self, part: &IdedExpr) -> Type {
        let kind = self.value(part);
        self.refuse_unless_bool(part, &kind)
    }

    fn refuse_unless_bool(&mut self, part: &IdedExpr, kind: &Type) -> Type {
        let kind = &self.not_null(part, kind.clone());
        if !kind.may_be(&Type::Bool) {
            let at = self.spans.part(part).unwrap_or(self.whole.clone());
            self.fault(Code::TYPE_MISMATCH, format!("a boolean is needed, found {}", kind.name()), at);
        }
        Type::Bool
    }

    fn negated(&mut self, part: &IdedExpr) -> Type {
        let kind = self.value_not_null(part);
        let is_signed = |member: &&Type| matches!(member, Type::Int | Type::Float | Type::Any | Type::Never);
        let numbers: Vec<Type> = kind.members().iter().filter(is_signed).cloned().collect();
        if numbers.is_empty() {
            return self.fault(Code::TYPE_MISMATCH, format!("`-` does not take {}", kind.name()), self.whole.clone());
        }
        Type::union(numbers)
    }

    fn equality(&mut self, left: &IdedExpr, right: &IdedExpr, equals: bool) -> Type {
        let (left_kind, right_kind) = (self.value(left), self.value(right));
        let with_null = left_kind == Type::Null || right_kind == Type::Null;
        if !with_null && !left_kind.may_equal(&right_kind) {
            self.never_equal(&left_kind, &right_kind, equals);
        }
        Type::Bool
    }

    fn never_equal(&mut self, left: &Type, right: &Type, equals: bool) {
        let always = if equals { "never true" } else { "always true" };
        let at = self.whole.clone();
        let (message, help) = match (left, right) {
            (Type::Text(Some(one)), Type::Text(Some(other))) => {
                let (written, possible) = if one.len() == 1 { (one, other) } else { (other, one) };
                let written = written.first().map_or("", String::as_str);
                let names: Vec<String> = possible.iter().take(12).map(|name| format!("`{name}`")).collect();
                let help = similar(written, possible.iter().map(String::as_str)).map_or_else(
                    || format!("it is one of {}", names.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                (format!("this is {always}: `{written}` is not a possible value"), Some(help))
            }
            _ => {
                let help = match (left.may_be(&Type::TEXT), right.may_be(&Type::TEXT)) {
                    (true, false) | (false, true) => {
                        Some("convert one side, as with `string(…)` or `int(…)`".to_owned())
                    }
                    _ => None,
                };
                (format!("this is {always}: {} is compared with {}", left.name(), right.name()), help)
            }
        };
        let fault = self.fault_mut(Code::NEVER_EQUAL, message, at);
        fault.help = help;
        if !equals {
            fault.severity = Severity::Warning;
        }
    }

    fn ordering(&mut self, left: &IdedExpr, right: &IdedExpr, name: &str) -> Type {
        let ordered = |kind: &Type| {
            !matches!(kind, Type::Null | Type::List(_) | Type::Object(_) | Type::Optional(_) | Type::Kind)
        };
        let (left, right) = (self.value_not_null(left), self.value_not_null(right));
        let allowed = left
            .members()
            .iter()
            .any(|one| ordered(one) && right.members().iter().any(|other| ordered(other) && one.same_kind(other)));
        if !allowed {
            self.does_not_take(name, &left, &right);
        }
        Type::Bool
    }

    fn membership(&mut self, item: &IdedExpr, list: &IdedExpr) -> Type {
        let (item_kind, list_kind) = (self.value(item), self.value_not_null(list));
        let allowed =
            |kind: &Type| matches!(kind, Type::List(_) | Type::Object(_) | Type::Map { .. } | Type::Any | Type::Never);
        if !list_kind.members().iter().any(allowed) {
            let at = self.spans.part(list).unwrap_or(self.whole.clone());
            let message = format!("`in` needs a list on its right, found {}", list_kind.name());
            let fault = self.fault_mut(Code::TYPE_MISMATCH, message, at);
            fault.help = list_kind.may_be(&Type::TEXT).then(|| "write `text.contains(part)`".to_owned());
            return Type::Bool;
        }
        if let Type::List(of) = &list_kind
            && **of != Type::Never
            && item_kind != Type::Null
            && !of.may_equal(&item_kind)
        {
            self.never_equal(&item_kind, of, true);
        }
        Type::Bool
    }

    /// `a.?b`, which the crate makes a call with `b` as a literal, and `a[?i]`.
    fn optional_index(&mut self, part: &IdedExpr, of: &IdedExpr, index: &IdedExpr) -> Type {
        match self.index(part, of, index) {
            held @ Type::Optional(_) => held,
            kind => kind.optional(),
        }
    }

    fn index(&mut self, part: &IdedExpr, of: &IdedExpr, index: &IdedExpr) -> Type {
        if let Expr::Literal(LiteralValue::String(name)) = &index.expr {
            let at = self.spans.part(index).unwrap_or(self.whole.clone());
            return self.field(part, of, name.inner(), at);
        }
        let index_kind = self.value(index);
        let of_kind = self.value(of);
        let (of_kind, is_optional) = of_kind.read_safely(is_optional_part(part));
        let of_kind = if is_optional { of_kind } else { self.not_null(of, of_kind) };
        let found: Vec<Type> = of_kind
            .members()
            .iter()
            .filter_map(|member| match member {
                Type::List(item) if index_kind.members().iter().any(|kind| kind.same_kind(&Type::Int)) => {
                    Some((**item).clone())
                }
                Type::Map { keys, values } if index_kind.may_equal(keys) => Some((**values).clone()),
                Type::Object(_) | Type::Any | Type::Never => Some(Type::Any),
                _ => None,
            })
            .collect();
        if found.is_empty() {
            let message = format!("{} cannot be indexed by {}", of_kind.name(), index_kind.name());
            return self.fault(Code::TYPE_MISMATCH, message, self.whole.clone());
        }
        let found = Type::union(found);
        if is_optional { found.optional() } else { found }
    }

    fn arithmetic(&mut self, left: &IdedExpr, right: &IdedExpr, name: &str) -> Type {
        let before = self.faults.len();
        let left_kind = self.value_not_null(left);
        if self.faults.len() > before && self.is_dashed_name() {
            return Type::Any;
        }
        let right_kind = self.value_not_null(right);
        let is_sure = self.faults[before..].iter().all(|fault| fault.severity == Severity::Warning);
        if is_sure && let Some(unsure) = undeclared((left, &left_kind), (right, &right_kind), name) {
            return self.undeclared(unsure);
        }
        let (left, right) = (left_kind, right_kind);
        let mut results = Vec::new();
        for one in left.members() {
            results.extend(right.members().iter().filter_map(|other| result(name, one, other)));
        }
        if results.is_empty() {
            return self.does_not_take(name, &left, &right);
        }
        Type::union(results)
    }

    /// A number without a declared type is one that may be whole or not, as it happens to be written.
    fn undeclared(&mut self, part: &IdedExpr) -> Type {
        let at = self.spans.part(part).unwrap_or(self.whole.clone());
        let written = self.source[at.clone()].to_owned();
        let message = format!("no type is declared of `{written}`: it may be an integer or another");
        let fault = self.fault_mut(Code::TYPE_MISMATCH, message, at);
        fault.help = Some(format!("write `double({written})` or `int({written})`"));
        Type::Any
    }

    fn value_not_null(&mut self, part: &IdedExpr) -> Type {
        let kind = self.value(part);
        self.not_null(part, kind)
    }

    fn does_not_take(&mut self, name: &str, left: &Type, right: &Type) -> Type {
        let sign = name.trim_matches('_');
        let message = match (left, right) {
            (Type::Int, Type::Float) | (Type::Float, Type::Int) => {
                format!("`{sign}` cannot mix integers with other numbers")
            }
            _ => format!("`{sign}` does not take {} and {}", left.name(), right.name()),
        };
        let help = match (left, right) {
            (Type::Int, Type::Float) | (Type::Float, Type::Int) => Some("write `double(…)` around the integer"),
            (Type::Text(_), _) | (_, Type::Text(_)) if sign == "+" => {
                Some("write `string(…)` around what is not a string")
            }
            _ if left.members().contains(&Type::Null) || right.members().contains(&Type::Null) => {
                Some("test with `!= null` first")
            }
            _ => None,
        };
        let at = self.whole.clone();
        self.fault_mut(Code::TYPE_MISMATCH, message, at).help = help.map(str::to_owned);
        Type::Any
    }
}

/// The type of `left OPERATOR right`; `None` where there is no such operation.
fn result(operator: &str, left: &Type, right: &Type) -> Option<Type> {
    match (left, right) {
        (Type::Any | Type::Never, _) | (_, Type::Any | Type::Never) => Some(Type::Any),
        (Type::Int, Type::Int) => Some(Type::Int),
        (Type::UInt, Type::UInt) => Some(Type::UInt),
        (Type::Float, Type::Float) if operator != operators::MODULO => Some(Type::Float),
        (Type::Text(_), Type::Text(_)) if operator == operators::ADD => Some(Type::TEXT),
        (Type::Bytes, Type::Bytes) if operator == operators::ADD => Some(Type::Bytes),
        (Type::Timestamp, Type::Duration) if is_sum(operator) => Some(Type::Timestamp),
        (Type::Duration, Type::Timestamp) if operator == operators::ADD => Some(Type::Timestamp),
        (Type::Timestamp, Type::Timestamp) if operator == operators::SUBSTRACT => Some(Type::Duration),
        (Type::Duration, Type::Duration) if is_sum(operator) => Some(Type::Duration),
        (Type::List(one), Type::List(other)) if operator == operators::ADD => {
            Some(Type::union([(**one).clone(), (**other).clone()]).list_of())
        }
        _ => None,
    }
}

fn is_sum(operator: &str) -> bool {
    matches!(operator, operators::ADD | operators::SUBSTRACT)
}

/// The side of an arithmetic operator that may be a whole number or another, where that matters.
fn undeclared<'a>(left: (&'a IdedExpr, &Type), right: (&'a IdedExpr, &Type), name: &str) -> Option<&'a IdedExpr> {
    let is_number = |kind: &Type| matches!(kind, Type::Int | Type::UInt | Type::Float);
    let matters = |other: &Type| is_number(other) || (name != operators::ADD && *other == Type::Any);
    match (left, right) {
        ((part, Type::Any), (_, other)) | ((_, other), (part, Type::Any)) if matters(other) => Some(part),
        _ => None,
    }
}

/// Whether a part is `a.?b` or `a[?i]`.
pub(super) fn is_optional_part(part: &IdedExpr) -> bool {
    let is_optional = |call: &CallExpr| matches!(call.func_name.as_str(), operators::OPT_SELECT | operators::OPT_INDEX);
    matches!(&part.expr, Expr::Call(call) if is_optional(call))
}
