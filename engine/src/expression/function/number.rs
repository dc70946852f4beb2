//! `math.…`

use super::{Function, double, function, integer};
use crate::expression::{
    evaluate::Cause,
    value::{Value, ValueKind},
};

pub(super) const TABLE: &[Function] = &[
    function("math.abs", &[ValueKind::Int], ValueKind::Int, |a, _| {
        integer(&a[0]).checked_abs().map(Value::Int).ok_or(Cause::TooLarge)
    }),
    function("math.abs", &[ValueKind::Double], ValueKind::Double, |a, _| Ok(Value::Double(double(&a[0]).abs()))),
    function("math.ceil", &[ValueKind::Double], ValueKind::Double, |a, _| Ok(Value::Double(double(&a[0]).ceil()))),
    function("math.floor", &[ValueKind::Double], ValueKind::Double, |a, _| Ok(Value::Double(double(&a[0]).floor()))),
    function("math.round", &[ValueKind::Double], ValueKind::Double, |a, _| Ok(Value::Double(double(&a[0]).round()))),
    function("math.trunc", &[ValueKind::Double], ValueKind::Double, |a, _| Ok(Value::Double(double(&a[0]).trunc()))),
    function("math.sign", &[ValueKind::Int], ValueKind::Int, |a, _| Ok(Value::Int(integer(&a[0]).signum()))),
    function("math.sign", &[ValueKind::Double], ValueKind::Double, |a, _| {
        let double = double(&a[0]);
        Ok(Value::Double(if double == 0.0 || double.is_nan() { double } else { double.signum() }))
    }),
    function("math.isNaN", &[ValueKind::Double], ValueKind::Bool, |a, _| Ok(Value::Bool(double(&a[0]).is_nan()))),
    function("math.isInf", &[ValueKind::Double], ValueKind::Bool, |a, _| Ok(Value::Bool(double(&a[0]).is_infinite()))),
    function("math.isFinite", &[ValueKind::Double], ValueKind::Bool, |a, _| Ok(Value::Bool(double(&a[0]).is_finite()))),
    function("math.sqrt", &[ValueKind::Double], ValueKind::Double, |a, _| Ok(Value::Double(double(&a[0]).sqrt()))),
    function("math.sqrt", &[ValueKind::Int], ValueKind::Double, |a, _| {
        Ok(Value::Double((integer(&a[0]) as f64).sqrt()))
    }),
    function("math.least", &[ValueKind::List], ValueKind::Any, |a, budget| {
        super::list::least(&a[0], "math.least", budget)
    }),
    function("math.least", &[ValueKind::Int, ValueKind::Int], ValueKind::Int, |a, _| {
        Ok(Value::Int(integer(&a[0]).min(integer(&a[1]))))
    }),
    function("math.least", &[ValueKind::Double, ValueKind::Double], ValueKind::Double, |a, _| {
        Ok(Value::Double(double(&a[0]).min(double(&a[1]))))
    }),
    function("math.greatest", &[ValueKind::List], ValueKind::Any, |a, budget| {
        super::list::greatest(&a[0], "math.greatest", budget)
    }),
    function("math.greatest", &[ValueKind::Int, ValueKind::Int], ValueKind::Int, |a, _| {
        Ok(Value::Int(integer(&a[0]).max(integer(&a[1]))))
    }),
    function("math.greatest", &[ValueKind::Double, ValueKind::Double], ValueKind::Double, |a, _| {
        Ok(Value::Double(double(&a[0]).max(double(&a[1]))))
    }),
];
