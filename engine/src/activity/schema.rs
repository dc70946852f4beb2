//! A JSON Schema that is made when it is first looked at: a program has many activities, and a call needs few of them.

use std::{
    fmt,
    ops::Deref,
    sync::{Arc, LazyLock},
};

use serde_json::Value;

/// A JSON Schema (draft 7), made once, when it is first looked at; copies share it.
#[derive(Clone)]
pub struct LazySchema(Arc<LazyLock<Value, Box<dyn FnOnce() -> Value + Send>>>);

impl LazySchema {
    /// A schema that `make` makes.
    pub fn new(make: impl FnOnce() -> Value + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(make))))
    }
}

impl From<Value> for LazySchema {
    fn from(schema: Value) -> Self {
        Self::new(move || schema)
    }
}

impl Deref for LazySchema {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl fmt::Display for LazySchema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, formatter)
    }
}

impl fmt::Debug for LazySchema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_made_once_and_only_if_it_is_looked_at() {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let make = || {
            MADE.fetch_add(1, Ordering::Relaxed);
            json!({ "type": "object" })
        };
        let schema = LazySchema::new(make);
        let copy = schema.clone();
        assert_eq!(MADE.load(Ordering::Relaxed), 0);
        assert_eq!(schema["type"], "object");
        assert_eq!(*copy, *schema);
        assert_eq!(MADE.load(Ordering::Relaxed), 1);
    }
}
