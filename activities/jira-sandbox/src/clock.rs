//! Time as the sandbox sees it, and how Jira writes it.

use std::{fmt, sync::Arc};

use jiff::Timestamp;

/// Where the sandbox takes the time from.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that asks `now` each time.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl Default for Clock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the sandbox's time comes from the machine")]
    fn default() -> Self {
        Self::new(Timestamp::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}

/// Writes a time as Jira does: milliseconds, and an offset without a colon. \[RT\]
pub(crate) fn jira_time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}

/// Writes a time as HTTP does.
pub(crate) fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_milliseconds_and_an_offset_without_colon() {
        let time: Timestamp = "2026-09-25T22:42:39.39987Z".parse().expect("a valid time");
        assert_eq!(jira_time(time), "2026-09-25T22:42:39.399+0000");
    }
}
