//! How the calls of a site count against its rate limits, and what answers tell of the quota.

use super::{Jira, PathParts, issue_of};
use crate::{
    access::ApiBase,
    answer::Answer,
    call::Call,
    limits::{self, MeteredRequest},
    routes::Operation,
};

impl Jira {
    /// Counts a call against the rate limits, or refuses it.
    pub(super) fn count(&mut self, (operation, parts): (&Operation, &PathParts), call: &Call) -> Result<(), Answer> {
        let is_write = !operation.is_read();
        let written = issue_of(parts).filter(|_| is_write).and_then(|named| self.world.issue(named));
        let asked = MeteredRequest {
            operation: operation.facts.id,
            method: operation.facts.method,
            writes: written.map(|issue| issue.id),
            uses_points: matches!(call.api_base, ApiBase::Gateway(_)),
        };
        let (limits, now) = (&self.world.limits, call.received);
        self.meter.admit(limits, now, asked).map_err(|exceeded| limits::refusal(&exceeded, limits, now))
    }

    /// Charges an answer's points, and tells of the quota in its headers.
    pub(super) fn charge(&mut self, operation: &Operation, call: &Call, mut answer: Answer) -> Answer {
        let quota = self.world.limits.points.as_ref().filter(|_| matches!(call.api_base, ApiBase::Gateway(_)));
        let Some(quota) = quota else { return answer };
        let is_write = !operation.is_read();
        // A refusal gives nothing that would cost more.
        let given = answer.json().filter(|_| answer.status < 400);
        self.meter.charge(limits::points(operation.facts.id, is_write, given), call.received);
        let headers = self.meter.headers(quota, call.received).into_iter();
        answer.headers.extend(headers.map(|(name, value)| (name.to_owned(), value)));
        answer
    }
}
