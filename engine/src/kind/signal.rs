//! Nodes that wait until they are told something: `signal`, with what it is called. For tests: it shows what a kind is made of.

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::{Awaits, Doing, Kind, Written};
use crate::{
    activity::Failure,
    diagnostic::Code,
    expression::{Template, ValueType, types::Type},
    form::Form,
    text::Shape,
};

/// A node that waits until it is told something.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalNode {
    /// What it is called.
    pub(crate) name: Template,
    output_type: ValueType,
}

/// `signal`
#[derive(Clone, Copy)]
pub(crate) struct WrittenSignal;

impl WrittenSignal {
    /// The node.
    pub(crate) fn node(self, name: Template) -> SignalNode {
        SignalNode { name, output_type: ValueType::default() }
    }
}

impl Kind for SignalNode {
    fn arguments(&self) -> (&'static str, &Template) {
        ("signal", &self.name)
    }

    fn output_type(&self) -> &ValueType {
        &self.output_type
    }

    fn doing(&self) -> Doing<'_> {
        Doing::Awaits(self)
    }
}

impl Awaits for SignalNode {
    fn check(&self, input: &Value) -> Result<(), Failure> {
        let empty = || Failure::permanent(Code::INPUT_REFUSED, "a signal has a name").with_field("signal");
        if input == "" { Err(empty()) } else { Ok(()) }
    }

    fn answered(&self, input: &Value, answer: &Value) -> Result<Value, String> {
        match answer {
            Value::Null => Err("there is nothing in it".to_owned()),
            said => Ok(json!({ "name": input, "said": said })),
        }
    }
}

impl<'a> Written<'a> for WrittenSignal {
    fn key(&self) -> &'static str {
        "signal"
    }

    fn arguments(&self) -> &'static str {
        "signal"
    }

    fn keys(&self) -> &'static [&'static str] {
        &[]
    }

    fn does_not_apply(&self, _: &str) -> Option<(String, &'static str)> {
        None
    }

    fn schema(&self) -> Option<&'a Value> {
        None
    }

    fn form(&self) -> Option<&'a Form> {
        None
    }

    fn must_have_arguments(&self) -> bool {
        true
    }

    fn input_type(&self) -> &'a Type {
        &Type::TEXT
    }

    fn node_type(&self, _: bool) -> &'a Type {
        &Type::Any
    }

    fn shapes(&self) -> Option<&'a (Shape, Shape)> {
        None
    }
}
