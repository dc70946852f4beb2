//! The answers that are remembered, within bounds: so many of them, so many bytes, each for its time. Pure.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::Value;

use super::key::Key;

/// How many answers are remembered.
const MOST: usize = 512;

/// How many bytes they may take, about.
const HEAVIEST: usize = 8 * 1024 * 1024;

/// The answers, by what was asked.
#[derive(Debug, Default)]
pub(super) struct Answers {
    kept: BTreeMap<Key, Remembered>,
    weight: usize,
    /// How often an answer was put in or looked at: the one that was not for longest goes first.
    turn: u64,
}

#[derive(Debug)]
struct Remembered {
    value: Arc<Value>,
    weight: usize,
    since: Timestamp,
    lifetime: Duration,
    turn: u64,
}

impl Answers {
    /// The answer that is remembered, if its time is not over.
    pub(super) fn recall(&mut self, key: &Key, now: Timestamp) -> Option<Arc<Value>> {
        self.turn += 1;
        let kept = self.kept.get_mut(key)?;
        // A clock that was set back makes nothing younger.
        let age = Duration::try_from(now.duration_since(kept.since)).ok();
        if age.is_none_or(|age| age >= kept.lifetime) {
            self.remove(&key.clone());
            return None;
        }
        kept.turn = self.turn;
        Some(kept.value.clone())
    }

    /// Remembers an answer that came `now`. One that is too heavy is not.
    pub(super) fn remember(&mut self, key: Key, value: Arc<Value>, now: Timestamp, lifetime: Duration) {
        self.remove(&key);
        let weight = key.weight() + weight(&value);
        if weight > HEAVIEST {
            return;
        }
        while self.kept.len() >= MOST || self.weight + weight > HEAVIEST {
            self.remove_least_used();
        }
        self.turn += 1;
        self.weight += weight;
        self.kept.insert(key, Remembered { value, weight, since: now, lifetime, turn: self.turn });
    }

    fn remove_least_used(&mut self) {
        let least_used = self.kept.iter().min_by_key(|(_, kept)| kept.turn).map(|(key, _)| key.clone());
        self.remove(&least_used.expect("an answer that fits alone needs room only where there are others"));
    }

    fn remove(&mut self, key: &Key) {
        if let Some(kept) = self.kept.remove(key) {
            self.weight -= kept.weight;
        }
    }
}

/// About how many bytes a value takes.
fn weight(value: &Value) -> usize {
    let within = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| size_of::<String>() + name.len() + weight(value)).sum()
        }
    };
    size_of::<Value>() + within
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::client::{Call, endpoint};

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_774_540_000 + second).unwrap()
    }

    fn key(project: &str) -> Key {
        Key::of(Call::new(&endpoint::CREATABLE_ISSUE_TYPES, [project], "it").any()).expect("it may be remembered")
    }

    #[test]
    fn an_answer_has_its_time() {
        let expected = [(-1, false), (0, true), (59, true), (60, false), (600, false)];
        for (second, is_remembered) in expected {
            let mut answers = Answers::default();
            answers.remember(key("A"), Arc::new(json!(1)), at(0), MINUTE);
            assert_eq!(answers.recall(&key("A"), at(second)).is_some(), is_remembered, "{second}");
            assert_eq!(answers.recall(&key("B"), at(second)), None);
            assert_eq!(answers.weight > 0, is_remembered, "what is over takes no room");
        }
    }

    #[test]
    fn what_is_asked_in_another_way_is_another_answer() {
        let types = || Call::new(&endpoint::CREATABLE_ISSUE_TYPES, ["A"], "it");
        let keys = [types(), types().query("startAt", "0"), types().query("startAt", "1"), types().body(json!({}))];
        let mut keys: Vec<_> = keys.iter().map(|call| Key::of(call.any())).collect();
        let fields = Key::of(Call::new(&endpoint::FIELDS, [], "it").any());
        keys.push(fields);
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 5);
        assert!(keys.iter().all(Option::is_some));
    }

    #[test]
    fn what_was_not_looked_at_for_longest_goes_first() {
        let mut answers = Answers::default();
        for number in 0..MOST {
            answers.remember(key(&format!("P{number}")), Arc::new(json!(number)), at(0), MINUTE);
        }
        assert!(answers.recall(&key("P0"), at(1)).is_some());
        answers.remember(key("NEW"), Arc::new(json!("new")), at(1), MINUTE);
        let known = |answers: &mut Answers, name: &str| answers.recall(&key(name), at(1)).is_some();
        assert_eq!(answers.kept.len(), MOST);
        assert_eq!(["P0", "P1", "P2", "NEW"].map(|name| known(&mut answers, name)), [true, false, true, true]);
    }

    #[test]
    fn answers_take_no_more_than_their_bytes() {
        let mut answers = Answers::default();
        let heavy = |bytes: usize| Arc::new(json!({ "values": ["x".repeat(bytes)] }));
        answers.remember(key("HEAVIER"), heavy(HEAVIEST), at(0), MINUTE);
        assert!(answers.kept.is_empty(), "it would push all others out");
        for number in 0..9 {
            answers.remember(key(&format!("P{number}")), heavy(HEAVIEST / 4), at(0), MINUTE);
            assert!(answers.weight <= HEAVIEST);
        }
        assert_eq!(answers.kept.len(), 3);
        answers.remember(key("P8"), Arc::new(json!(1)), at(0), MINUTE);
        assert_eq!(answers.kept.len(), 3);
        let weighed: usize = answers.kept.iter().map(|(key, kept)| key.weight() + weight(&kept.value)).sum();
        assert_eq!(answers.weight, weighed);
    }
}
