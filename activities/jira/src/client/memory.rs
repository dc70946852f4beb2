//! What the client remembers of Jira: answers that do not change within minutes, and the questions that are under way.
//!
//! An operation says for how long its answers may be remembered ([`Operation::lifetime`]); what has none is asked each time, and
//! never shared: a read that began before a write would not show it. Failures are not remembered. What is refused may have been
//! asked for by what is no longer so: then all is forgotten.

mod answers;
mod key;

use std::{collections::BTreeMap, sync::Arc};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use serde_json::Value;

use super::{ErrorKind, JiraError, SiteClient, call::AnyCall};
use answers::Answers;
use key::Key;

/// What a question that is under way gives to all that wait for it.
type Answer = Result<Arc<Value>, JiraError>;
type Asking = BoxFuture<'static, Answer>;

/// More questions than this are not shared.
const MOST_UNDER_WAY: usize = 512;

/// What is remembered, and what is being asked.
#[derive(Debug, Default)]
pub(super) struct Memory {
    answers: Answers,
    /// By what they ask. A question ends with the last that waits for it.
    under_way: BTreeMap<Key, WeakShared<Asking>>,
    /// How often all was forgotten: what was asked before that is not remembered after it.
    forgotten: u64,
}

/// Where an answer comes from.
enum Source {
    Remembered(Arc<Value>),
    Shared(Shared<Asking>),
    Jira,
}

impl SiteClient {
    /// What Jira answers, or answered not long ago.
    pub(super) async fn recall(self: &Arc<Self>, call: &AnyCall) -> Answer {
        let Some(key) = Key::of(call) else { return self.send(call).await.map(Arc::new) };
        match self.source(key, call) {
            Source::Remembered(value) => Ok(value),
            Source::Shared(asking) => asking.await,
            Source::Jira => self.send(call).await.map(Arc::new),
        }
    }

    fn source(self: &Arc<Self>, key: Key, call: &AnyCall) -> Source {
        let mut memory = self.memory();
        if !call.anew {
            if let Some(value) = memory.answers.recall(&key, self.clock.now()) {
                return Source::Remembered(value);
            }
            if let Some(asking) = memory.under_way.get(&key).and_then(WeakShared::upgrade) {
                return Source::Shared(asking);
            }
        }
        memory.under_way.retain(|_, asking| asking.upgrade().is_some());
        if memory.under_way.len() >= MOST_UNDER_WAY {
            return Source::Jira;
        }
        let asking = self.clone().ask(key.clone(), call.clone(), memory.forgotten).boxed().shared();
        memory.under_way.extend(asking.downgrade().map(|weak| (key, weak)));
        Source::Shared(asking)
    }

    async fn ask(self: Arc<Self>, key: Key, call: AnyCall, forgotten: u64) -> Answer {
        let answer = self.send(&call).await.map(Arc::new);
        let now = self.clock.now();
        let mut memory = self.memory();
        if memory.forgotten == forgotten {
            memory.under_way.remove(&key);
            if let (Ok(value), Some(lifetime)) = (&answer, call.operation.lifetime) {
                memory.answers.remember(key, value.clone(), now, lifetime);
            }
        }
        answer
    }

    /// Forgets everything, where a failure may come of something that is remembered and no longer so.
    pub(super) fn doubt_memory(&self, call: &AnyCall, failure: &JiraError) {
        let is_refusal = matches!(failure.kind, ErrorKind::Refused | ErrorKind::NotFound | ErrorKind::Forbidden);
        if is_refusal && (call.operation.effect || call.operation.lifetime.is_some()) {
            self.memory().forget();
        }
    }
}

impl Memory {
    /// Forgets everything, and whatever is being asked: its answer may be old already.
    pub(super) fn forget(&mut self) {
        self.answers = Answers::default();
        self.under_way.clear();
        self.forgotten += 1;
    }
}

#[cfg(test)]
mod tests;
