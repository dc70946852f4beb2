//! How far a node with several effects came: what is said when one of them fails.

use flowrun_engine::activity::Failure;

/// The effects of a node that were done, in order.
pub(super) struct EffectsDone {
    /// What each of them is: "comment".
    what: &'static str,
    count: usize,
    done: Vec<String>,
}

impl EffectsDone {
    /// Of `count` effects these are done, in order: names that say which.
    pub(super) fn new(what: &'static str, count: usize, done: Vec<String>) -> Self {
        Self { what, count, done }
    }

    /// All that were done.
    pub(super) fn into_done(self) -> Vec<String> {
        self.done
    }

    /// The failure of the next effect, saying what was done before it.
    pub(super) fn blame(&self, failure: Failure) -> Failure {
        if self.count == 1 {
            return failure;
        }
        let before = if self.done.is_empty() { "none".to_owned() } else { self.done.join(", ") };
        let (what, number, count) = (self.what, self.done.len() + 1, self.count);
        Failure {
            message: format!("{what} {number} of {count} (added before: {before}): {}", failure.message),
            ..failure
        }
    }
}

#[cfg(test)]
mod tests {
    use flowrun_engine::diagnostic::Code;

    use super::*;

    #[test]
    fn a_failure_says_what_was_done() {
        let told = |progress: &EffectsDone| progress.blame(Failure::permanent(Code::REFUSED, "no")).message;
        assert_eq!(told(&EffectsDone::new("comment", 1, Vec::new())), "no");
        assert_eq!(told(&EffectsDone::new("comment", 3, Vec::new())), "comment 1 of 3 (added before: none): no");
        let several = EffectsDone::new("comment", 3, vec!["10001".into(), "10002".into()]);
        assert_eq!(told(&several), "comment 3 of 3 (added before: 10001, 10002): no");
        assert_eq!(several.into_done(), ["10001", "10002"]);
    }
}
