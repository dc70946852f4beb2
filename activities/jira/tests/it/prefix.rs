//! Every activity with effects, stopped after each number of them: the next attempt prepares against the world as it then is, does
//! what is left, does nothing twice, and gives what would have been given at once.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Done, EffectLog, Failure, Intent, MemoryEffectLog, Settlement, Stopped, perform},
    diagnostic::Code,
    id::EffectId,
};
use flowrun_jira::{Files, catalogue, gateway_base};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::site::{ADMIN, DEVELOPER, Site, attempt};

/// Lets so many effects be sent, and no more.
struct StopsAfter {
    log: MemoryEffectLog,
    left: AtomicUsize,
}

#[async_trait]
impl EffectLog for StopsAfter {
    async fn intend(&self, effect: &EffectId, intent: &Intent) -> Result<(), Stopped> {
        let less = |left: usize| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).map_err(|_| Stopped)?;
        self.log.intend(effect, intent).await
    }

    fn settle(&self, effect: &EffectId, settlement: Settlement) {
        self.log.settle(effect, settlement);
    }
}

/// What an activity is given, and the names of its effects.
pub(crate) fn cases() -> Vec<(&'static str, Value, &'static [&'static str])> {
    vec![
        ("jira.add_assignee", json!({ "issue": "OPS-1", "assignee": DEVELOPER }), &["assign"]),
        ("jira.add_attachment", json!({ "issue": "OPS-1", "files": ["a.txt", "b.txt"] }), &["file/0", "file/1"]),
        (
            "jira.add_comments",
            json!({ "issue": "OPS-1", "comments": ["one", "two", "three"] }),
            &["comment/0", "comment/1", "comment/2"],
        ),
        ("jira.add_watcher", json!({ "issue": "OPS-1", "user": DEVELOPER }), &["watch"]),
        ("jira.add_worklog", json!({ "issue": "OPS-1", "time_spent": "1h 30m", "comment": "c" }), &["log"]),
        ("jira.create_issue", json!({ "project": "OPS", "issue_type": "Bug", "summary": "s" }), &["create"]),
        ("jira.create_project", json!({ "key": "NEW", "name": "New", "template": "kanban" }), &["create"]),
        ("jira.delete_issue", json!({ "issue": "OPS-1" }), &["delete"]),
        ("jira.find_user", json!({ "name": "Dana" }), &[]),
        ("jira.get_issue_details", json!({ "issue": "OPS-1" }), &[]),
        ("jira.link_issues", json!({ "issue": "OPS-1", "link": "blocks", "to": "OPS-2" }), &["link"]),
        (
            "jira.link_issues",
            json!({ "issue": "OPS-1", "link": "is blocked by", "to": "WEB-1", "comment": "c" }),
            &["link", "comment"],
        ),
        ("jira.search_issues", json!({ "jql": "project = OPS" }), &[]),
        ("jira.update_issue", json!({ "issue": "OPS-1", "summary": "t", "add_labels": ["x"] }), &["update"]),
        ("jira.update_issue_status", json!({ "issue": "OPS-1", "status": "Done" }), &["transition"]),
        (
            "jira.update_issue_status",
            json!({ "issue": "OPS-1", "status": "In Progress", "comment": "c" }),
            &["transition", "comment"],
        ),
    ]
}

/// The files that cases attach.
pub(crate) fn folder() -> TempDir {
    let folder = TempDir::new().expect("a directory");
    for file in ["a.txt", "b.txt"] {
        fs::write(folder.path().join(file), file).expect("a file");
    }
    folder
}

/// An output without the addresses of its sandbox.
pub(crate) fn masked(site: &Site, output: &Value) -> String {
    let (description, output) = (site.sandbox.description(), output.to_string());
    let output = output.replace(&gateway_base(&description.gateway_url, &description.cloud_id), "API");
    output.replace(&description.site_url, "SITE")
}

/// Does a case, stopped after `count` of its effects, and goes on.
pub(crate) async fn done_in_two(name: &str, input: &Value, effects: &[&str], count: usize) -> String {
    let (site, folder) = (Site::start().await, folder());
    let catalogue = catalogue(&site.client(ADMIN), &Files::in_directory(folder.path().to_owned()));
    let activity = catalogue.get(name).expect("an activity").as_ref();
    let first = StopsAfter { log: MemoryEffectLog::default(), left: AtomicUsize::new(count) };
    let stopped = once(activity, 1, input, &Done::default(), &first).await;
    let done = first.log.done();
    match stopped {
        Ok(_) => assert_eq!(count, effects.len(), "{name} ended after {count} effects"),
        Err(failure) => assert_eq!(failure.code, Code::STOPPED, "{name}: {failure}"),
    }
    let second = MemoryEffectLog::default();
    let output = once(activity, 2, input, &done, &second).await.unwrap_or_else(|failure| panic!("{name}: {failure}"));
    let sent: Vec<String> = second.intents().iter().map(|(id, _)| id.name.to_string()).collect();
    assert_eq!(sent, effects[count..], "{name} after {count}");
    assert_eq!(site.effects(), effects.len(), "{name} after {count}");
    let output = masked(&site, &output);
    site.end();
    output
}

pub(crate) async fn once(
    activity: &dyn Activity,
    number: u32,
    input: &Value,
    done: &Done,
    log: &dyn EffectLog,
) -> Result<Value, Failure> {
    attempt("file", number, input, done, async |attempt| perform(activity, attempt, log).await).await
}

#[tokio::test]
async fn an_attempt_goes_on_after_each_prefix_of_the_effects() {
    for (name, input, effects) in cases() {
        let whole = done_in_two(name, &input, effects, effects.len()).await;
        for count in 0..effects.len() {
            assert_eq!(done_in_two(name, &input, effects, count).await, whole, "{name} after {count}");
        }
    }
}

/// What is prepared says what will be changed, and what comes of it.
#[tokio::test]
async fn what_was_predicted_is_what_came() {
    let mut seen = Vec::new();
    for (name, input, _) in cases().into_iter().filter(|(name, ..)| *name != "jira.add_attachment") {
        let site = Site::start().await;
        let catalogue = catalogue(&site.client(ADMIN), &Files::none());
        let activity = catalogue.get(name).expect("an activity").as_ref();
        let nothing = Done::default();
        let prepared = attempt("file", 1, &input, &nothing, async |attempt| {
            let reads = activity.read(&attempt).await?;
            activity.prepare(&attempt, &reads)
        });
        let prepared = prepared.await.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        assert_eq!(site.effects(), 0, "{name}: reading and preparing have no effect");
        let log = MemoryEffectLog::default();
        once(activity, 1, &input, &nothing, &log).await.expect("it is done");
        for effect in prepared {
            let result = log.done().result(effect.name.as_str()).cloned();
            let given = effect.predicted.is_some();
            assert!(!given || effect.predicted == result, "{name}: {:?}, not {result:?}", effect.predicted);
            assert!(
                given || effect.intent.creates,
                "{name}: only what is made new has a result that nobody knows before"
            );
            seen.push(format!("{name} {}: {}", effect.name, effect.changes.len()));
        }
    }
    let expected = [
        "jira.add_assignee assign: 1",
        "jira.add_comments comment/0: 0",
        "jira.add_comments comment/1: 0",
        "jira.add_comments comment/2: 0",
        "jira.add_watcher watch: 1",
        "jira.add_worklog log: 0",
        "jira.create_issue create: 0",
        "jira.create_project create: 0",
        "jira.delete_issue delete: 0",
        "jira.link_issues link: 1",
        "jira.link_issues link: 1",
        "jira.link_issues comment: 0",
        "jira.update_issue update: 2",
        "jira.update_issue_status transition: 1",
        "jira.update_issue_status transition: 1",
        "jira.update_issue_status comment: 0",
    ];
    assert_eq!(seen, expected, "effect by effect, and how many changes of what is there");
}
