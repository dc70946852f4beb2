//! What an attempt has read, in whatever type its activity reads it into.

use std::{any::Any, fmt};

const WHAT_IT_READ: &str = "an activity gets what it read";

/// What an attempt has read before its effects.
pub struct Reads(Box<dyn Any + Send + Sync>);

impl Reads {
    /// What was read, as a value of any type.
    pub fn new(read: impl Any + Send + Sync) -> Self {
        Self(Box::new(read))
    }

    /// What was read, as what `read` made it.
    ///
    /// # Panics
    /// When that is of another type, which is a mistake of the activity.
    pub fn get<T: Any>(&self) -> &T {
        self.0.downcast_ref().expect(WHAT_IT_READ)
    }

    /// The same, for good.
    ///
    /// # Panics
    /// As [`Self::get`] does.
    pub fn into_inner<T: Any>(self) -> T {
        *self.0.downcast().expect(WHAT_IT_READ)
    }
}

impl fmt::Debug for Reads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Reads")
    }
}
