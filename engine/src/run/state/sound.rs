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
            ("parked", self.work.parked == work.parked),
            ("running", self.work.running == work.running),
            ("in_doubt", self.work.in_doubt == work.in_doubt),
            ("decided", self.work.decided == work.decided),
        ];
        lists.into_iter().find(|(_, is_right)| !is_right).map(|(name, _)| name)
    }

    fn work_from_scratch(&self) -> Work {
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
