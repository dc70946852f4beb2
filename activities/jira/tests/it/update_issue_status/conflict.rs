//! Transitions that two make at once.

use std::sync::Arc;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Certainty, Done, EffectLog, Failure, Intent, MemoryEffectLog, Settlement, Stopped, perform},
    id::EffectId,
};
use flowrun_jira::{Client, Files, catalogue};
use flowrun_jira_sandbox::{Fault, FaultError, FaultRule, Faults, Options, Switches};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::ACTIVITY;
use crate::site::{ADMIN, DEVELOPER, Site, attempt, shown};

/// Between an intent and its request somebody else changes the issue's status.
struct Meanwhile {
    log: MemoryEffectLog,
    client: Arc<Client>,
    input: Value,
}

#[async_trait]
impl EffectLog for Meanwhile {
    async fn intend(&self, effect: &EffectId, intent: &Intent) -> Result<(), Stopped> {
        let other = transition("other", self.client.clone(), &self.input, &MemoryEffectLog::default()).await;
        other.expect("the other's transition");
        self.log.intend(effect, intent).await
    }

    fn settle(&self, effect: &EffectId, settlement: Settlement) {
        self.log.settle(effect, settlement);
    }
}

async fn transition(node: &str, client: Arc<Client>, input: &Value, log: &dyn EffectLog) -> Result<Value, Failure> {
    let catalogue = catalogue(&client, &Files::none());
    let activity = catalogue.get(ACTIVITY).expect("it");
    attempt(node, 1, input, &Done::default(), async |attempt| perform(activity.as_ref(), attempt, log).await).await
}

/// What an administrator's transition of WEB-1 fails with while a developer makes another.
async fn failure(site: &Site, mine: Value, other: Value) -> String {
    let meanwhile = Meanwhile { log: MemoryEffectLog::default(), client: site.client(DEVELOPER), input: other };
    shown(&transition("mine", site.client(ADMIN), &mine, &meanwhile).await.expect_err("a failure"))
}

/// Failures of transitions that come too late: the issue is elsewhere by then, or its own refusal is told.
pub(super) async fn moved_meanwhile() -> Vec<String> {
    let site = Site::start().await;
    let review = json!({ "issue": "WEB-1", "status": "In Review" });
    let close = json!({ "issue": "WEB-1", "status": "Closed", "resolution": "Done" });
    let moved = failure(&site, review, close).await;
    // What may stand in what in a document only Jira knows.
    let document =
        json!({ "type": "doc", "version": 1, "content": [{ "type": "paragraph", "content": [{ "type": "rule" }] }] });
    let note = json!({ "issue": "WEB-2", "transition": "Note", "comment": document });
    let refused = site.step(ADMIN).refuse(ACTIVITY, note).await;
    assert_eq!(site.effects(), 1);
    site.end();
    vec![moved, refused]
}

#[tokio::test]
async fn who_comes_too_late_is_told_so_and_may_try_again() {
    let told = moved_meanwhile().await;
    assert_snapshot!(told.join("\n\n"), @r"
    FR0714 400 NoEffect
    issue `WEB-1` was moved by someone else at the same time, and is in `Closed`: Transition id '21' is not valid for this issue.

    FR0703 400 NoEffect
    Jira refuses transition `Note` of issue `WEB-2` (400): Comment body is not valid!
    ");
}

#[tokio::test]
async fn a_later_attempt_finds_that_it_was_done_by_the_other() {
    let site = Site::start().await;
    let review = json!({ "issue": "WEB-1", "status": "In Review" });
    failure(&site, review.clone(), review.clone()).await;
    let stayed = site.step(ADMIN).run(ACTIVITY, review).await.expect("nothing to do");
    assert_eq!(stayed["transition"], Value::Null);
    assert_eq!((site.effects(), &site.read("WEB-1", &[]).await["status"]), (1, &json!("In Review")));
    site.end();
}

/// The failure of a transition whose request meets a fault; `None` if it completes.
async fn met(fault: Fault, transition_properties_stored: bool) -> (Option<Failure>, usize) {
    let rule = FaultRule { operation: Some("doTransition".into()), issue: None, skip: 0, times: Some(1), fault };
    let switches = Switches { transition_properties_stored, ..Switches::default() };
    let options = Options { faults: Faults { rules: vec![rule] }, switches, ..Options::default() };
    let site = Site::with(options).await;
    let made = site.step(ADMIN).run(ACTIVITY, json!({ "issue": "WEB-1", "status": "In Review" })).await;
    (made.err(), site.effects())
}

#[tokio::test]
async fn a_refusal_of_what_was_done_is_a_success_only_where_its_tag_shows_it() {
    let error = |status| FaultError { status, body: None, retry_after: None };
    for status in [400, 409] {
        assert_eq!(met(Fault::ErrorAfter(error(status)), true).await, (None, 1), "{status}: the tag is there");
        let (failure, effects) = met(Fault::ErrorBefore(error(status)), true).await;
        assert_eq!((failure.map(|failure| failure.certainty), effects), (Some(Certainty::NoEffect), 0), "{status}");
    }
    let (failure, effects) = met(Fault::ErrorAfter(error(409)), false).await;
    assert_eq!((failure.map(|failure| failure.certainty), effects), (Some(Certainty::Unknown), 1), "there is no tag");
}
