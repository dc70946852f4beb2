//! `math.…`

use super::{Function, double, function, integer};
use crate::expression::{
    evaluate::Cause,
    value::{Kind, Value},
};

pub(super) const TABLE: &[Function] = &[
    function("math.abs", &[Kind::Int], Kind::Int, |a, _| {
        integer(&a[0]).checked_abs().map(Value::Int).ok_or(Cause::TooLarge)
    }),
    function("math.abs", &[Kind::Double], Kind::Double, |a, _| Ok(Value::Double(double(&a[0]).abs()))),
    function("math.ceil", &[Kind::Double], Kind::Double, |a, _| Ok(Value::Double(double(&a[0]).ceil()))),
    function("math.floor", &[Kind::Double], Kind::Double, |a, _| Ok(Value::Double(double(&a[0]).floor()))),
    function("math.round", &[Kind::Double], Kind::Double, |a, _| Ok(Value::Double(double(&a[0]).round()))),
    function("math.trunc", &[Kind::Double], Kind::Double, |a, _| Ok(Value::Double(double(&a[0]).trunc()))),
    function("math.sign", &[Kind::Int], Kind::Int, |a, _| Ok(Value::Int(integer(&a[0]).signum()))),
    function("math.sign", &[Kind::Double], Kind::Double, |a, _| {
        let double = double(&a[0]);
        Ok(Value::Double(if double == 0.0 || double.is_nan() { double } else { double.signum() }))
    }),
    function("math.isNaN", &[Kind::Double], Kind::Bool, |a, _| Ok(Value::Bool(double(&a[0]).is_nan()))),
    function("math.isInf", &[Kind::Double], Kind::Bool, |a, _| Ok(Value::Bool(double(&a[0]).is_infinite()))),
    function("math.isFinite", &[Kind::Double], Kind::Bool, |a, _| Ok(Value::Bool(double(&a[0]).is_finite()))),
    function("math.sqrt", &[Kind::Double], Kind::Double, |a, _| Ok(Value::Double(double(&a[0]).sqrt()))),
    function("math.sqrt", &[Kind::Int], Kind::Double, |a, _| Ok(Value::Double((integer(&a[0]) as f64).sqrt()))),
    function("math.least", &[Kind::List], Kind::Any, |a, budget| super::list::least(&a[0], "math.least", budget)),
    function("math.least", &[Kind::Int, Kind::Int], Kind::Int, |a, _| {
        Ok(Value::Int(integer(&a[0]).min(integer(&a[1]))))
    }),
    function("math.least", &[Kind::Double, Kind::Double], Kind::Double, |a, _| {
        Ok(Value::Double(double(&a[0]).min(double(&a[1]))))
    }),
    function("math.greatest", &[Kind::List], Kind::Any, |a, budget| {
        super::list::greatest(&a[0], "math.greatest", budget)
    }),
    function("math.greatest", &[Kind::Int, Kind::Int], Kind::Int, |a, _| {
        Ok(Value::Int(integer(&a[0]).max(integer(&a[1]))))
    }),
    function("math.greatest", &[Kind::Double, Kind::Double], Kind::Double, |a, _| {
        Ok(Value::Double(double(&a[0]).max(double(&a[1]))))
    }),
];
