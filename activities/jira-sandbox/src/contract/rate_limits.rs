//! The rate limits of a world by themselves, for simulations of clients: no server, no world, and the time comes in.

use jiff::Timestamp;

use crate::limits::{Limits, Meter, MeteredRequest, refusal};

/// What was used of some limits so far.
#[derive(Debug)]
pub struct RateLimits {
    limits: Limits,
    meter: Meter,
}

impl RateLimits {
    /// These limits, of which nothing is used.
    pub fn new(limits: Limits) -> Self {
        Self { limits, meter: Meter::default() }
    }

    /// Counts a request: of an operation by the name that the OpenAPI document gives it, with its method, and the id of the issue
    /// that it would write.
    ///
    /// # Errors
    /// When it is over a limit: the headers of the 429 that it gets.
    pub fn ask(
        &mut self,
        (operation, method): (&'static str, &'static str),
        writes: Option<u64>,
        now: Timestamp,
    ) -> Result<(), Vec<(String, String)>> {
        let asked = MeteredRequest { operation, method, writes, uses_points: true };
        let admitted = self.meter.admit(&self.limits, now, asked);
        admitted.map_err(|exceeded| refusal(&exceeded, &self.limits, now).headers)
    }
}
