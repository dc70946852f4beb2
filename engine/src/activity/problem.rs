//! What is wrong with inputs as far as it is seen without asking the service.

use super::Failure;
use crate::diagnostic::Code;

/// Something wrong with inputs that is seen without asking the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The input, and what of it: `due_date`, `labels[2]`, `fields.Severity`.
    pub field: String,
    /// What is wrong, whole: "`2026-02-30` is not a date".
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    /// Refuses inputs that have problems: the first is told.
    ///
    /// # Errors
    /// The first as a failure.
    pub fn refuse(found: Vec<Self>) -> Result<(), Failure> {
        let Some(Self { field, message, help }) = found.into_iter().next() else { return Ok(()) };
        let failure = Failure::permanent(Code::INPUT_REFUSED, format!("`{field}`: {message}")).with_field(field);
        Err(Failure { help, ..failure })
    }
}
