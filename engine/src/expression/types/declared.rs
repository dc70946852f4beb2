//! A declared type, shared by those who read values by it.

use std::sync::Arc;

use serde_json::Value;

use super::Type;

/// What is declared of a value. Expressions read it so: `number` is always a double, `integer` never.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueType(Arc<Type>);

impl ValueType {
    /// What an activity gives by its schema.
    pub fn of_output(schema: &Value) -> Self {
        Type::of_output(schema).into()
    }

    pub(crate) fn get(&self) -> &Type {
        &self.0
    }
}

impl Default for ValueType {
    /// Nothing is declared.
    fn default() -> Self {
        Type::Any.into()
    }
}

impl From<Type> for ValueType {
    fn from(kind: Type) -> Self {
        Self(Arc::new(kind))
    }
}
