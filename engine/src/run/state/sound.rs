//! Whether the worklists are what the nodes and steps say: for simulations, which look after each step.

use super::{Life, RunState, Work};
use crate::{definition::Phase, run::edge::Said};

impl RunState {
    /// What is wrong with the worklists; `None` in a sound state.
    pub fn unsound(&self) -> Option<&'static str> {
        let work = self.work_from_scratch();
        let lists = [
            ("blocked", self.work.blocked == work.blocked),
            ("ready", self.work.ready == work.ready),
            ("expanding", self.work.expanding == work.expanding),
            ("due", self.work.due == work.due),
            ("retries", self.work.retries == work.retries),
            ("waiting", self.work.waiting == work.waiting),
            ("looks", self.work.looks == work.looks),
            ("parked", self.work.parked == work.parked),
            ("running", self.work.running == work.running),
            ("in_doubt", self.work.in_doubt == work.in_doubt),
            ("decided", self.work.decided == work.decided),
        ];
        lists.into_iter().find(|(_, is_right)| !is_right).map(|(name, _)| name)
    }

    /// The worklists, by what the nodes and steps say.
    pub(super) fn work_from_scratch(&self) -> Work {
        let mut work = Work::default();
        for (number, state) in self.nodes.iter().enumerate() {
            let node = self.node(number);
            for (place, step) in state.steps.iter().enumerate() {
                work.enter((number, place), &step.progress);
            }
            if state.has_room(node) {
                work.expanding.insert(number);
            }
            let is_its_time = node.phase == Phase::Main || self.frame(Phase::Main).ended.is_some();
            if state.life == Life::Pending && state.open_mentions == 0 && is_its_time {
                match state.tally.says(node.join) {
                    Said::Wait => {}
                    Said::Run => drop(work.ready.insert(number)),
                    Said::Blocked | Said::Condition => drop(work.blocked.insert(number)),
                }
            }
        }
        work
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use serde_json::{Map, Value};

    use super::*;
    use crate::{
        definition::{Definition, Source},
        expression::ValueType,
        id::{DefinitionHash, RunId},
        journal::RunStarted,
    };

    type Disturb = fn(&mut Work) -> bool;

    /// A run in which there is nothing to do.
    fn idle() -> RunState {
        let definition = Definition {
            hash: DefinitionHash::new("hash"),
            source: Source::new("test.yaml", ""),
            process: "test".to_owned(),
            version: "1.0.0".to_owned(),
            description: None,
            access_token: None,
            concurrency: None,
            inputs: Vec::new(),
            input_type: ValueType::default(),
            nodes: Vec::new(),
            outputs: Vec::new(),
            passed_over: Vec::new(),
        };
        let started = RunStarted {
            run: RunId::new(uuid::Uuid::nil()),
            key: None,
            definition: definition.hash.clone(),
            source_name: "test.yaml".to_owned(),
            source_path: None,
            process: "test".to_owned(),
            version: "1.0.0".to_owned(),
            inputs: Map::new(),
            context: Value::Null,
        };
        RunState::begin(Arc::new(definition), started, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn what_is_on_a_list_and_not_to_be_done_is_told() {
        assert_eq!(idle().unsound(), None);
        let table: [(&str, Disturb); 11] = [
            ("blocked", |work| work.blocked.insert(0)),
            ("ready", |work| work.ready.insert(0)),
            ("expanding", |work| work.expanding.insert(0)),
            ("due", |work| work.due.insert((0, 0))),
            ("retries", |work| work.retries.insert((0, 0))),
            ("waiting", |work| work.waiting.insert((Timestamp::UNIX_EPOCH, (0, 0)))),
            ("looks", |work| work.looks.insert((Timestamp::UNIX_EPOCH, (0, 0)))),
            ("parked", |work| work.parked.insert((0, 0))),
            ("running", |work| work.running.insert((0, 0))),
            ("in_doubt", |work| work.in_doubt.insert((0, 0))),
            ("decided", |work| work.decided.insert((0, 0))),
        ];
        for (list, disturb) in table {
            let mut state = idle();
            assert!(disturb(&mut state.work));
            assert_eq!(state.unsound(), Some(list));
        }
    }
}
