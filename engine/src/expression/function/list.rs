//! Lists.

use std::cmp::Ordering;

use cel::common::ast::operators;

use super::{Function, integer, list, method};
use crate::expression::{
    evaluate::{
        Budget, Cause,
        compare::{equal, length, order, ordering},
        operator::binary,
    },
    value::{List, Value, ValueKind},
};

pub(super) const TABLE: &[Function] = &[
    method("sort", &[ValueKind::List], ValueKind::List, sort),
    method("distinct", &[ValueKind::List], ValueKind::List, distinct),
    method("flatten", &[ValueKind::List], ValueKind::List, |a, budget| flatten(list(&a[0]), 1, budget)),
    method("flatten", &[ValueKind::List, ValueKind::Int], ValueKind::List, |a, budget| {
        flatten(list(&a[0]), integer(&a[1]), budget)
    }),
    method("slice", &[ValueKind::List, ValueKind::Int, ValueKind::Int], ValueKind::List, slice),
    method("reverse", &[ValueKind::List], ValueKind::List, |a, budget| {
        let mut items = taken(list(&a[0]), budget)?;
        items.reverse();
        Ok(Value::list(items))
    }),
    method("first", &[ValueKind::List], ValueKind::Optional, |a, _| Ok(at(list(&a[0]), Some(0)))),
    method("last", &[ValueKind::List], ValueKind::Optional, |a, _| {
        Ok(at(list(&a[0]), list(&a[0]).len().checked_sub(1)))
    }),
    method("sum", &[ValueKind::List], ValueKind::Any, sum),
    method("min", &[ValueKind::List], ValueKind::Any, |a, budget| least(&a[0], "min", budget)),
    method("max", &[ValueKind::List], ValueKind::Any, |a, budget| greatest(&a[0], "max", budget)),
];

/// The elements, charged.
fn taken<'a>(items: &List<'a>, budget: &mut Budget) -> Result<Vec<Value<'a>>, Cause> {
    budget.elements(items.len())?;
    Ok(items.iter().collect())
}

fn at<'a>(items: &List<'a>, index: Option<usize>) -> Value<'a> {
    index.and_then(|index| items.get(index)).map_or(Value::NOTHING, Value::some)
}

fn mixed(function: &'static str, one: &Value<'_>, other: &Value<'_>) -> Cause {
    let why = match (one.kind(), other.kind()) {
        (one, other) if one == other => format!("the list holds {}, which has no order", one.article()),
        (one, other) => format!("the list holds {} and {}", one.article(), other.article()),
    };
    Cause::function(function, why)
}

/// A stable sort of elements of one type.
fn sort<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let mut items = taken(list(&a[0]), budget)?;
    if let Some(first) = items.first() {
        // A sort whose order fails on the way may end anywhere: that there is one is certain before.
        let is_ordered = |item: &&Value<'a>| item.kind() == first.kind() && ordering(item, item).is_some();
        if let Some(other) = items.iter().find(|item| !is_ordered(item)) {
            return Err(mixed("sort", first, other));
        }
    }
    let rounds = items.len().max(2).ilog2() as usize + 1;
    let read: usize = items.iter().map(length).sum();
    budget.steps(items.len().saturating_mul(rounds))?;
    budget.read(read.saturating_mul(rounds))?;
    items.sort_by(|one, other| ordering(one, other).unwrap_or(Ordering::Equal));
    Ok(Value::list(items))
}

fn distinct<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let mut kept: Vec<Value<'a>> = Vec::new();
    for item in taken(list(&a[0]), budget)? {
        let mut is_new = true;
        for other in &kept {
            if equal(other, &item, budget)? {
                is_new = false;
                break;
            }
        }
        kept.extend(is_new.then_some(item));
    }
    Ok(Value::list(kept))
}

fn flatten<'a>(items: &List<'a>, depth: i64, budget: &mut Budget) -> Result<Value<'a>, Cause> {
    if depth < 0 {
        return Err(Cause::function("flatten", "the depth is negative"));
    }
    let mut flat = taken(items, budget)?;
    for _ in 0..depth {
        if !flat.iter().any(|item| item.kind() == ValueKind::List) {
            break;
        }
        let mut next = Vec::new();
        for item in flat {
            match &item {
                Value::List(inner) => next.extend(taken(inner, budget)?),
                _ => next.push(item),
            }
        }
        flat = next;
    }
    Ok(Value::list(flat))
}

fn slice<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let items = list(&a[0]);
    let range = usize::try_from(integer(&a[1])).ok().zip(usize::try_from(integer(&a[2])).ok());
    let (start, end) = range
        .filter(|(start, end)| start <= end && *end <= items.len())
        .ok_or_else(|| Cause::function("slice", "the positions are outside the list"))?;
    budget.elements(end - start)?;
    Ok(Value::list((start..end).filter_map(|index| items.get(index)).collect()))
}

/// The sum of numbers of one type, or of durations; of nothing it is the integer 0.
fn sum<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let mut sum: Option<Value<'a>> = None;
    for item in list(&a[0]).iter() {
        budget.steps(1)?;
        if !matches!(item.kind(), ValueKind::Int | ValueKind::UInt | ValueKind::Double | ValueKind::Duration) {
            return Err(Cause::function("sum", format!("the list holds {}", item.kind().article())));
        }
        sum = Some(match sum {
            None => item,
            Some(sum) if sum.kind() != item.kind() => return Err(mixed("sum", &sum, &item)),
            Some(sum) => binary(operators::ADD, &sum, &item, budget)?,
        });
    }
    Ok(sum.unwrap_or(Value::Int(0)))
}

pub(super) fn least<'a>(items: &Value<'a>, function: &'static str, budget: &mut Budget) -> Result<Value<'a>, Cause> {
    extreme(list(items), function, Ordering::Less, budget)
}

pub(super) fn greatest<'a>(items: &Value<'a>, function: &'static str, budget: &mut Budget) -> Result<Value<'a>, Cause> {
    extreme(list(items), function, Ordering::Greater, budget)
}

/// The first element to which no other is so ordered.
fn extreme<'a>(
    items: &List<'a>,
    function: &'static str,
    wanted: Ordering,
    budget: &mut Budget,
) -> Result<Value<'a>, Cause> {
    let mut best: Option<Value<'a>> = None;
    for item in items.iter() {
        budget.steps(1)?;
        best = Some(match best {
            None => item,
            Some(best) => match order(&item, &best, budget)? {
                Some(order) if order == wanted => item,
                Some(_) => best,
                None => return Err(mixed(function, &best, &item)),
            },
        });
    }
    best.ok_or_else(|| Cause::function(function, "the list is empty"))
}
