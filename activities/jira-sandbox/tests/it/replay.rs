//! The effect log: what a replay gives, wherever a crash cut it.

use std::{fs, path::Path};

use flowrun_jira_sandbox::{Clock, Options, StartError, read_effects};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::client::{Client, document, start};

fn options(directory: &Path) -> Options {
    let now: Timestamp = "2026-11-23T10:00:00Z".parse().expect("a time");
    Options { directory: Some(directory.to_owned()), clock: Clock::new(move || now), ..Options::default() }
}

/// Two issues, a comment, a deletion: four effects.
async fn play(client: &Client) {
    for summary in ["one", "two"] {
        let fields = json!({ "project": { "key": "OPS" }, "issuetype": { "name": "Task" }, "summary": summary });
        let body = json!({ "fields": fields, "properties": [{ "key": "flowrun", "value": summary }] });
        assert_eq!(client.post("/rest/api/3/issue", body).await.status, 201);
    }
    let comment = json!({ "body": document("c"), "properties": [{ "key": "flowrun", "value": "c" }] });
    assert_eq!(client.post("/rest/api/3/issue/OPS-7/comment", comment).await.status, 201);
    assert_eq!(client.delete("/rest/api/3/issue/OPS-6").await.status, 204);
}

/// All that can be seen of the world, without the addresses, which depend on the port.
async fn seen(client: &Client) -> Vec<(u16, Value)> {
    let mut seen = Vec::new();
    for number in 1..=8 {
        for path in [format!("OPS-{number}?properties=*all"), format!("OPS-{number}/comment")] {
            let answer = client.get(&format!("/rest/api/3/issue/{path}")).await;
            let text = answer.body.to_string().replace(&client.base, "");
            seen.push((answer.status, serde_json::from_str(&text).expect("JSON")));
        }
    }
    seen
}

#[tokio::test]
async fn a_replay_gives_the_same_world() {
    let directory = tempfile::tempdir().expect("a directory");
    let sandbox = start(options(directory.path())).await;
    let client = Client::gateway(&sandbox, "admin@example.com");
    play(&client).await;
    let (before, effects) = (seen(&client).await, sandbox.effects());
    sandbox.shutdown().await;

    let again = start(options(directory.path())).await;
    assert_eq!(again.effects(), effects);
    assert_eq!(seen(&Client::gateway(&again, "admin@example.com")).await, before);
    let answered: Vec<_> = effects.iter().map(|effect| (effect.seq, effect.status, effect.replied)).collect();
    assert_eq!(answered, [(1, 201, true), (2, 201, true), (3, 201, true), (4, 204, true)]);
}

#[tokio::test]
async fn a_replay_tells_the_same_history() {
    let directory = tempfile::tempdir().expect("a directory");
    let sandbox = start(options(directory.path())).await;
    let client = Client::gateway(&sandbox, "admin@example.com");
    let edit = json!({
        "fields": { "assignee": null, "labels": ["a"] },
        "update": { "comment": [{ "add": { "body": document("c") } }] },
        "properties": [{ "key": "flowrun", "value": null }],
    });
    assert_eq!(client.put("/rest/api/3/issue/OPS-2", edit).await.status, 204);
    let done = json!({ "transition": { "id": "31" } });
    assert_eq!(client.post("/rest/api/3/issue/OPS-2/transitions", done).await.status, 204);
    assert_eq!(client.put("/rest/api/3/issue/OPS-2/properties/other", json!(null)).await.status, 201);
    assert_eq!(client.delete("/rest/api/3/issue/OPS-2/properties/flowrun").await.status, 204);
    let issue = async |client: &Client| {
        let answer = client.get("/rest/api/3/issue/OPS-2?expand=changelog&properties=*all").await;
        answer.body.to_string().replace(&client.base, "")
    };
    let before = issue(&client).await;
    sandbox.shutdown().await;
    let again = start(options(directory.path())).await;
    assert_eq!(issue(&Client::gateway(&again, "admin@example.com")).await, before);
    assert!(before.contains("Done") && before.contains("\"properties\":{\"other\":null}"), "{before}");
}

#[tokio::test]
async fn a_log_cut_anywhere_has_exactly_its_whole_effects() {
    let directory = tempfile::tempdir().expect("a directory");
    let sandbox = start(options(directory.path())).await;
    play(&Client::gateway(&sandbox, "admin@example.com")).await;
    let effects = sandbox.effects();
    sandbox.shutdown().await;
    let log = fs::read(directory.path().join("effects.jsonl")).expect("a log");
    let ends: Vec<_> = log.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(index, _)| index + 1).collect();

    let cut = tempfile::tempdir().expect("a directory");
    let file = cut.path().join("effects.jsonl");
    let around_ends = ends.iter().flat_map(|end| [end - 1, *end, end + 1]).filter(|length| *length <= log.len());
    for length in (0..log.len()).step_by(11).chain(around_ends) {
        fs::write(&file, &log[..length]).expect("a log");
        let read = read_effects(cut.path()).expect("a cut log is readable");
        let lines = ends.iter().filter(|end| **end <= length).count();
        // Each effect is followed by the line that says it was answered.
        assert_eq!(read.len(), lines.div_ceil(2), "at byte {length}");
        assert_eq!(read.iter().filter(|effect| effect.replied).count(), lines / 2, "at byte {length}");
        assert!(read.iter().zip(&effects).all(|(read, whole)| read.seq == whole.seq && read.body == whole.body));
    }
}

#[tokio::test]
async fn a_torn_last_line_is_cut_off_and_the_next_effect_takes_its_number() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("effects.jsonl");
    let sandbox = start(options(directory.path())).await;
    play(&Client::gateway(&sandbox, "admin@example.com")).await;
    sandbox.shutdown().await;
    let whole = fs::read(&file).expect("a log");
    for torn in [&b"{\"seq\":5,\"time\":\"2026"[..], b"\0\0\0\0", b"{\"seq\":5,\0\0\0\0}\n"] {
        fs::write(&file, [&whole, torn].concat()).expect("a log");
        let again = start(options(directory.path())).await;
        assert_eq!(fs::read(&file).expect("a log"), whole);
        let client = Client::gateway(&again, "admin@example.com");
        assert_eq!(client.delete("/rest/api/3/issue/OPS-7").await.status, 204);
        assert_eq!(again.effects().last().map(|effect| effect.seq), Some(5));
        again.shutdown().await;
        assert_eq!(read_effects(directory.path()).expect("a log").len(), 5);
    }
}

#[tokio::test]
async fn damage_inside_the_log_is_named_and_nothing_is_changed() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("effects.jsonl");
    let sandbox = start(options(directory.path())).await;
    play(&Client::gateway(&sandbox, "admin@example.com")).await;
    sandbox.shutdown().await;
    let text = fs::read_to_string(&file).expect("a log");
    for (line, damaged) in [
        (1, format!("nonsense\n{text}")),
        (3, text.replacen("\"seq\":2", "\"seq\":3", 1)),
        (9, format!("{text}{{\"seq\":5}}\n")),
    ] {
        fs::write(&file, &damaged).expect("a log");
        let refused = flowrun_jira_sandbox::Sandbox::start(options(directory.path())).await;
        assert!(
            matches!(&refused, Err(StartError::Damaged { line: found, .. }) if *found == line),
            "{line} {refused:?}"
        );
        assert_eq!(fs::read_to_string(&file).expect("a log"), damaged);
    }
}

#[tokio::test]
async fn numbers_are_never_used_twice() {
    let directory = tempfile::tempdir().expect("a directory");
    let sandbox = start(options(directory.path())).await;
    play(&Client::gateway(&sandbox, "admin@example.com")).await;
    let client = Client::gateway(&sandbox, "admin@example.com");
    assert_eq!(client.delete("/rest/api/3/issue/OPS-7").await.status, 204);
    sandbox.shutdown().await;
    let again = start(options(directory.path())).await;
    let fields = json!({ "project": { "key": "OPS" }, "issuetype": { "name": "Task" }, "summary": "three" });
    let created =
        Client::gateway(&again, "admin@example.com").post("/rest/api/3/issue", json!({ "fields": fields })).await;
    assert_eq!((&created.body["key"], &created.body["id"]), (&json!("OPS-8"), &json!("10008")));
}

#[tokio::test]
async fn time_comes_from_the_clock() {
    let start_of_time: Timestamp = "2026-11-23T10:00:00.5Z".parse().expect("a time");
    let ticks = std::sync::atomic::AtomicI64::new(0);
    let clock = Clock::new(move || {
        start_of_time + SignedDuration::from_secs(ticks.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
    });
    let sandbox = start(Options { clock, ..Options::default() }).await;
    let client = Client::gateway(&sandbox, "admin@example.com");
    play(&client).await;
    let issue = client.get("/rest/api/3/issue/OPS-7?fields=created,updated").await;
    // Each request asks twice: when it came, and for the date of its answer.
    let expected = json!({ "created": "2026-11-23T10:00:02.500+0000", "updated": "2026-11-23T10:00:04.500+0000" });
    assert_eq!(issue.body["fields"], expected);
}
