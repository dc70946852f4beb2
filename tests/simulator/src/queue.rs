//! What will happen, by the true time, in milliseconds; at one time, in the order of asking.

use std::collections::BTreeMap;

/// Events that will come, each with the driving of a run that it belongs to.
#[derive(Debug)]
pub(crate) struct Queue<Event> {
    coming: BTreeMap<(u64, u64), (u64, Event)>,
    asked: u64,
}

impl<Event> Default for Queue<Event> {
    fn default() -> Self {
        Self { coming: BTreeMap::new(), asked: 0 }
    }
}

impl<Event> Queue<Event> {
    /// It will happen at this time.
    pub(crate) fn add(&mut self, at: u64, driving: u64, event: Event) {
        self.asked += 1;
        self.coming.insert((at, self.asked), (driving, event));
    }

    /// When the next thing happens.
    pub(crate) fn next_time(&self) -> Option<u64> {
        self.coming.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next thing: when, of which driving, what.
    pub(crate) fn take(&mut self) -> Option<(u64, u64, Event)> {
        let ((at, _), (driving, event)) = self.coming.pop_first()?;
        Some((at, driving, event))
    }
}
