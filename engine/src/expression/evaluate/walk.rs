//! The walk over an expression's tree. Every part that is evaluated costs a step.

use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, ListExpr, LiteralValue, MapExpr, SelectExpr, operators};

use super::{Budget, Cause, Fault, access, operator};
use crate::expression::{
    Bindings, function,
    value::{Key, Map, Text, Value, ValueKind},
};

/// What a part gives.
pub(super) type Evaluated<'a> = Result<Value<'a>, Fault>;

/// Evaluates a tree.
pub(super) fn evaluate<'a>(tree: &'a IdedExpr, bindings: &'a dyn Bindings, budget: &mut Budget) -> Evaluated<'a> {
    Evaluation { bindings, budget, variables: Vec::new() }.value(tree)
}

pub(super) struct Evaluation<'a, 'b> {
    bindings: &'a dyn Bindings,
    pub(super) budget: &'b mut Budget,
    /// The variables of the loops around, the innermost last. What a loop gathers may be a fault that a later round absorbs.
    pub(super) variables: Vec<(&'a str, Evaluated<'a>)>,
}

impl<'a> Evaluation<'a, '_> {
    pub(super) fn value(&mut self, part: &'a IdedExpr) -> Evaluated<'a> {
        let fault = |cause: Cause| cause.at(part.id);
        self.budget.steps(1).map_err(fault)?;
        match &part.expr {
            Expr::Literal(literal) => self.literal(literal).map_err(fault),
            Expr::Ident(name) => self.name(name, part.id),
            Expr::Select(select) => self.select(select, part.id),
            Expr::Call(call) => self.call(call, part.id),
            Expr::List(list) => self.list(list, part.id),
            Expr::Map(map) => self.map(map, part.id),
            Expr::Comprehension(fold) => self.fold(fold),
            Expr::Struct(_) | Expr::Unspecified => Err(fault(Cause::NoMessages)),
        }
    }

    fn literal(&mut self, literal: &'a LiteralValue) -> Result<Value<'a>, Cause> {
        Ok(match literal {
            LiteralValue::Null => Value::Null,
            LiteralValue::Boolean(bool) => Value::Bool(*bool.inner()),
            LiteralValue::Int(integer) => Value::Int(*integer.inner()),
            LiteralValue::UInt(integer) => Value::UInt(*integer.inner()),
            LiteralValue::Double(double) => Value::Double(*double.inner()),
            LiteralValue::String(text) => Value::String(Text::Lent(text.inner())),
            LiteralValue::Bytes(bytes) => {
                self.budget.write(bytes.inner().len())?;
                Value::Bytes(bytes.inner().into())
            }
        })
    }

    fn variable(&self, name: &str) -> Option<&Evaluated<'a>> {
        self.variables.iter().rev().find(|(known, _)| *known == name).map(|(_, given)| given)
    }

    fn name(&mut self, name: &'a str, part: u64) -> Evaluated<'a> {
        if let Some(given) = self.variable(name) {
            return given.clone();
        }
        let name = name.trim_start_matches('.');
        let named_type = || ValueKind::NAMED.into_iter().find(|kind| kind.name() == name).map(Value::Type);
        let bound = self.bindings.root(name).map(|bound| bound.into_value());
        bound.or_else(named_type).ok_or_else(|| Cause::NoName(name.to_owned()).at(part))
    }

    /// Whether a part is the root `nodes`. It is not a value: its fields are asked for one by one, since there may be thousands.
    fn is_nodes(&self, part: &IdedExpr) -> bool {
        matches!(&part.expr, Expr::Ident(name) if name == "nodes") && self.variable("nodes").is_none()
    }

    fn node(&self, operand: &IdedExpr, id: &str) -> Option<Value<'a>> {
        let bound = self.is_nodes(operand).then(|| self.bindings.node(id)).flatten();
        bound.map(|bound| bound.into_value())
    }

    fn select(&mut self, select: &'a SelectExpr, part: u64) -> Evaluated<'a> {
        if let Some(node) = self.node(&select.operand, &select.field) {
            return Ok(if select.test { Value::Bool(true) } else { node });
        }
        if let Some(kind) = qualified_type(select) {
            return Ok(Value::Type(kind));
        }
        let operand = self.value(&select.operand)?;
        let found = if select.test {
            access::has_field(&operand, &select.field).map(Value::Bool)
        } else {
            access::field(operand, &select.field)
        };
        found.map_err(|cause| cause.at(part))
    }

    fn call(&mut self, call: &'a CallExpr, part: u64) -> Evaluated<'a> {
        if let Some(target) = &call.target {
            return self.function(Some(target), &call.func_name, &call.args, part);
        }
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::CONDITIONAL, [condition, yes, no]) => {
                let chosen = if self.truth(condition)? { yes } else { no };
                self.value(chosen)
            }
            (operators::LOGICAL_AND, [left, right]) => self.logic(false, left, right),
            (operators::LOGICAL_OR, [left, right]) => self.logic(true, left, right),
            (operators::NOT_STRICTLY_FALSE, [condition]) => match self.truth(condition) {
                Err(fault) if !fault.cause.is_final() => Ok(Value::Bool(true)),
                truth => truth.map(Value::Bool),
            },
            (operators::LOGICAL_NOT, [condition]) => self.truth(condition).map(|truth| Value::Bool(!truth)),
            (operators::NEGATE, [operand]) => operator::negate(&self.value(operand)?).map_err(|cause| cause.at(part)),
            (operators::INDEX, [operand, index]) => self.index(operand, index, part),
            (operators::OPT_SELECT | operators::OPT_INDEX, [operand, index]) => {
                self.optional_index(operand, index, part)
            }
            (sign, [left, right]) if operator::is_binary(sign) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                operator::binary(sign, &left, &right, self.budget).map_err(|cause| cause.at(part))
            }
            (name, arguments) => self.function(None, name, arguments, part),
        }
    }

    fn function(
        &mut self,
        target: Option<&'a IdedExpr>,
        name: &str,
        arguments: &'a [IdedExpr],
        part: u64,
    ) -> Evaluated<'a> {
        let space =
            target.and_then(|target| function::namespace(target)).filter(|space| self.variable(space).is_none());
        let (target, name) = match space {
            Some(space) => (None, format!("{space}.{name}")),
            None => (target, name.to_owned()),
        };
        let mut values = Vec::with_capacity(arguments.len() + 1);
        for argument in target.into_iter().chain(arguments) {
            values.push(self.value(argument)?);
        }
        function::call(&name, target.is_some(), &values, self.budget).map_err(|cause| cause.at(part))
    }

    pub(super) fn truth(&mut self, condition: &'a IdedExpr) -> Result<bool, Fault> {
        match self.value(condition)? {
            Value::Bool(truth) => Ok(truth),
            other => Err(Cause::Needed { needed: "a boolean", found: other.kind() }.at(condition.id)),
        }
    }

    /// `&&` and `||`: a side that decides wins over the other's fault, unless that is one of the budget.
    fn logic(&mut self, deciding: bool, left: &'a IdedExpr, right: &'a IdedExpr) -> Evaluated<'a> {
        let left = self.truth(left);
        match &left {
            Ok(truth) if *truth == deciding => return Ok(Value::Bool(deciding)),
            Err(fault) if fault.cause.is_final() => return left.map(Value::Bool),
            Ok(_) | Err(_) => {}
        }
        match self.truth(right)? {
            truth if truth == deciding => Ok(Value::Bool(deciding)),
            _ => left.map(Value::Bool),
        }
    }

    fn index(&mut self, operand: &'a IdedExpr, index: &'a IdedExpr, part: u64) -> Evaluated<'a> {
        if let Some(node) = literal_name(index).and_then(|id| self.node(operand, id)) {
            return Ok(node);
        }
        let (operand, index) = (self.value(operand)?, self.value(index)?);
        access::element(operand, &index).map_err(|cause| cause.at(part))
    }

    /// `a.?b`, which the crate makes a call with `b` as a literal, and `a[?i]`.
    fn optional_index(&mut self, operand: &'a IdedExpr, index: &'a IdedExpr, part: u64) -> Evaluated<'a> {
        if let Some(id) = literal_name(index).filter(|_| self.is_nodes(operand)) {
            return Ok(self.node(operand, id).map_or(Value::NOTHING, Value::some));
        }
        let (operand, index) = (self.value(operand)?, self.value(index)?);
        access::optional_element(operand, &index).map_err(|cause| cause.at(part))
    }

    fn list(&mut self, list: &'a ListExpr, part: u64) -> Evaluated<'a> {
        self.budget.elements(list.elements.len()).map_err(|cause| cause.at(part))?;
        let mut items = Vec::with_capacity(list.elements.len());
        for (index, element) in list.elements.iter().enumerate() {
            let is_optional = list.optional_indices.contains(&index);
            items.extend(self.entry(element, is_optional)?);
        }
        Ok(Value::list(items))
    }

    fn map(&mut self, map: &'a MapExpr, part: u64) -> Evaluated<'a> {
        self.budget.elements(2 * map.entries.len()).map_err(|cause| cause.at(part))?;
        let mut fields = Vec::with_capacity(map.entries.len());
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else { return Err(Cause::NoMessages.at(part)) };
            let key = self.value(&entry.key)?;
            let key = Key::of(&key).ok_or_else(|| Cause::NotAKey(key.kind()).at(entry.key.id))?;
            fields.extend(self.entry(&entry.value, entry.optional)?.map(|value| (key, value)));
        }
        Value::map(fields).ok_or_else(|| Cause::KeyTwice.at(part))
    }

    /// An element of a written list or map; `?x` leaves it out where the optional `x` has no value.
    fn entry(&mut self, element: &'a IdedExpr, is_optional: bool) -> Result<Option<Value<'a>>, Fault> {
        match self.value(element)? {
            Value::Optional(held) if is_optional => Ok(held.map(|held| (*held).clone())),
            other if is_optional => Err(Cause::Needed { needed: "an optional", found: other.kind() }.at(element.id)),
            value => Ok(Some(value)),
        }
    }
}

/// The name in `a['name']`.
fn literal_name(index: &IdedExpr) -> Option<&str> {
    match &index.expr {
        Expr::Literal(LiteralValue::String(name)) => Some(name.inner()),
        _ => None,
    }
}

/// `google.protobuf.Timestamp`, the name of what `type(x)` of a timestamp gives.
fn qualified_type(select: &SelectExpr) -> Option<ValueKind> {
    let Expr::Select(package) = &select.operand.expr else { return None };
    let is_google =
        matches!(&package.operand.expr, Expr::Ident(root) if root == "google") && package.field == "protobuf";
    let of_name = |kind: &ValueKind| kind.name().rsplit('.').next() == Some(select.field.as_str());
    [ValueKind::Timestamp, ValueKind::Duration].into_iter().find(of_name).filter(|_| is_google && !select.test)
}

/// The keys of a map, as a list that a loop goes through.
pub(super) fn keys<'a>(map: &Map<'a>, budget: &mut Budget) -> Result<Vec<Value<'a>>, Cause> {
    Ok(map.keys(budget)?.iter().map(Key::value).collect())
}
