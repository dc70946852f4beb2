//! The journal's form on the disk is a promise to later versions: what is written here must be read for ever.
//! Entries may gain fields that have a default; nothing here is changed, only added to.

use flowrun_engine::journal::{Unreadable, decode, decode_signal, encode, encode_signal};
use serde_json::{Value, json};

/// What each subject has met, as the first version wrote it.
fn subjects() -> Vec<Value> {
    let run = "01890a5d-ac96-774b-bcce-b302099a8057";
    let failure = json!({
        "code": "FR0706", "message": "busy", "help": "wait", "status": 503, "field": "issue",
        "recovery": { "transient": { "not_before": 1_763_899_200_000_000_000_u64 } }, "certainty": "unknown",
    });
    let limited = json!({
        "code": "FR0707", "message": "too many",
        "recovery": { "rate_limited": { "until": 1_763_899_200_000_000_000_u64 } }, "certainty": "no_effect",
    });
    let passing = json!({
        "code": "FR0706", "message": "busy", "recovery": { "transient": { "not_before": null } }, "certainty": "no_effect",
    });
    let permanent = json!({ "code": "FR0703", "message": "no", "recovery": "permanent", "certainty": "no_effect" });
    let lacking = json!({ "code": "FR0903", "message": "gone", "recovery": "needs_grant", "certainty": "no_effect" });
    let denied = json!({ "code": "FR0704", "message": "no", "recovery": "denied", "certainty": "no_effect" });
    let perhaps_denied =
        json!({ "code": "FR0705", "message": "no", "recovery": "perhaps_denied", "certainty": "no_effect" });
    let error = json!({ "node": "file", "failure": permanent });
    let nameless = json!({ "failure": permanent });
    let intent = json!({ "target": "project OPS", "summary": "create a Bug", "request_hash": "00" });
    let whole_intent = json!({
        "target": "issue OPS-7", "summary": "comment", "request_hash": "00", "baseline": { "key": "OPS-7" },
        "named": { "name": "ID", "words": "the comment's id" }, "creates": true,
    });
    let on_intent = json!({ "target": "t", "summary": "s", "request_hash": "00", "named": { "name": "OPS-7" } });
    vec![
        json!({ "run": [{ "started": {
            "run": run, "key": "monday", "definition": "ab", "source_name": "bug.yaml", "process": "bug",
            "version": "1.0.0", "inputs": { "summary": "s" }, "context": { "site": "x" },
        } }] }),
        json!({ "run": [{ "started": {
            "run": run, "definition": "ab", "source_name": "bug.yaml", "process": "bug", "version": "1.0.0",
        } }] }),
        json!({ "run": [{ "started": {
            "run": run, "definition": "ab", "source_name": "bug.yaml", "source_path": "/home/dana/bug.yaml",
            "process": "bug", "version": "1.0.0",
        } }] }),
        json!({ "run": ["resumed", "interrupted", { "main_ended": { "outcome": "completed" } }] }),
        json!({ "run": [{ "main_ended": { "outcome": "failed", "error": error } }] }),
        json!({ "run": [{ "ended": { "outcome": "failed", "error": nameless } }] }),
        json!({ "run": [{ "ended": { "outcome": "cancelled" } }] }),
        json!({ "run": [{ "ended": { "outcome": "completed", "outputs": { "issue": "OPS-7" } } }] }),
        json!({ "run": [{ "admission_asked": { "key": "OPS", "limit": 1, "on_conflict": "wait" } }, "admitted"] }),
        json!({ "run": [{ "admission_asked": { "key": "", "limit": 7, "on_conflict": "refuse" } }] }),
        json!({ "run": [{ "admission_asked": { "key": "OPS", "limit": 1, "on_conflict": "cancel_running" } }] }),
        json!({ "run": [{ "retried": { "nodes": ["file", "report"] } }] }),
        json!({ "run": [{ "retried": {
            "nodes": ["file"], "left": ["report"], "finally_only": true, "inputs": { "summary": "s" },
        } }] }),
        json!({ "run": [{ "retried": {
            "nodes": ["file"], "correction": { "definition": "cd", "source_name": "bug.yaml", "version": "1.0.1" },
        } }] }),
        json!({ "run": [{ "retried": { "nodes": ["file"], "correction": {
            "definition": "cd", "source_name": "bug.yaml", "source_path": "/home/dana/bug.yaml", "version": "1.0.1",
        } } }] }),
        json!({ "signal": ["cancel_requested", { "cancel_requested_for": { "run": run } }] }),
        json!({ "signal": ["cancel_requested"] }),
        json!({ "signal": ["cancel_requested", { "grace_began": { "grace": 30_000 } }, "grace_ended"] }),
        json!({ "signal": ["pause_requested", "resume_requested"] }),
        json!({ "signal": [{ "received": { "message": 3 } }, "cancel_requested"] }),
        json!({ "signal": [{ "received": { "message": 4, "refused": "ended" } }] }),
        json!({ "signal": [{ "received": { "message": 4, "refused": { "nothing_to_decide": "file[2]" } } }] }),
        json!({ "signal": [{ "received": { "message": 4, "refused": { "nothing_asked": "file[2]" } } }] }),
        json!({ "signal": [{ "received": { "message": 4, "refused": { "no_answer": { "step": "a", "why": "no" } } } }] }),
        json!({ "node": ["file", [{ "skipped": { "reason": "condition" } }]] }),
        json!({ "node": ["file", [{ "skipped": { "reason": "upstream", "because": "nodes.a.key" } }]] }),
        json!({ "node": ["file", [{ "skipped": { "reason": "run_failed" } }]] }),
        json!({ "node": ["file", [{ "started": {} }, { "failed": { "failure": permanent } }, "cancelled"]] }),
        json!({ "node": ["file", [{ "started": { "items": [1, "two"] } }]] }),
        json!({ "step": ["file", [{ "started": { "input": { "project": "OPS" } } }]] }),
        json!({ "step": ["file[2]", [{ "attempt_started": { "attempt": 1 } }]] }),
        json!({ "step": ["file[2]", [{ "attempt_failed": {
            "attempt": 1, "failure": limited, "retry_at": 1_763_899_201_500_000_000_u64,
        } }]] }),
        json!({ "step": ["file[2]", [{ "attempt_failed": { "attempt": 1, "failure": passing } }]] }),
        json!({ "step": ["file[2]", [{ "attempt_interrupted": { "attempt": 1 } }]] }),
        json!({ "step": ["file[2]", [{ "attempt_interrupted": { "attempt": 1, "failure": failure } }]] }),
        json!({ "step": ["file[2]", [{ "attempt_parked": { "attempt": 1, "failure": lacking } }]] }),
        json!({ "step": ["file[2]", [{ "attempt_parked": {
            "attempt": 1, "failure": lacking, "ask_at": 1_763_899_500_000_000_000_u64,
        } }]] }),
        json!({ "step": ["file[2]", [{ "still_parked": { "ask_at": 1_763_899_800_000_000_000_u64 } }]] }),
        json!({ "step": ["file[2]", [{ "still_parked": {
            "failure": lacking, "ask_at": 1_763_900_100_000_000_000_u64,
        } }, "unparked"]] }),
        json!({ "step": ["file[2]", [{ "attempt_interrupted": { "attempt": 1, "failure": denied } }]] }),
        json!({ "step": ["file[2]", [{ "attempt_interrupted": { "attempt": 1, "failure": perhaps_denied } }]] }),
        json!({ "step": ["file[2]", [{ "completed": { "output": { "key": "OPS-7" } } }]] }),
        json!({ "step": ["file[2]", [{ "failed": { "failure": permanent } }, "cancelled"]] }),
        json!({ "step": ["review[2]/poll#3/ask:undo", ["cancelled"]] }),
        json!({ "timer": ["file[2]", ["retry_due"]] }),
        json!({ "timer": ["file[2]", ["look_due"]] }),
        json!({ "effect": ["file[2]", "comment/0", 1, [{ "intended": { "intent": intent } }]] }),
        json!({ "effect": ["file[2]", "comment/0", 1, [{ "intended": { "intent": whole_intent } }]] }),
        json!({ "effect": ["file[2]", "comment/0", 1, [{ "intended": { "intent": on_intent } }]] }),
        json!({ "effect": ["file", "create", 1, [{ "settled": { "settlement": { "happened": { "key": "OPS-7" } } } }]] }),
        json!({ "effect": ["file", "create", 1, [{ "settled": { "settlement": "did_not_happen" } }]] }),
        json!({ "effect": ["file", "create", 1, [{ "settled": {
            "settlement": "did_not_happen", "evidence": "project OPS has no issue after OPS-6",
        } }]] }),
        json!({ "effect": ["file", "create", 1, [{ "not_shown_yet": {
            "failure": failure, "why": "the index lags", "look_at": 1_763_899_215_000_000_000_u64,
        } }]] }),
        json!({ "effect": ["file", "create", 1, [{ "in_doubt": { "failure": failure } }]] }),
        json!({ "effect": ["file", "create", 1, [{ "decided": { "decision": { "happened": { "key": "OPS-7" } } } }]] }),
        json!({ "effect": ["file", "create", 1, [{ "decided": { "decision": "did_not_happen" } }]] }),
        json!({ "effect": ["file", "create", 1, [{ "decided": { "decision": "abort" } }]] }),
    ]
}

/// What people say, as it lies in an inbox.
fn signals() -> Vec<Value> {
    vec![
        json!("cancel"),
        json!({ "cancel_within": 30_000 }),
        json!("pause"),
        json!("resume"),
        json!({ "cancel_for": { "run": "01890a5d-ac96-774b-bcce-b302099a8057" } }),
        json!({ "decide": { "step": "file[2]", "decision": { "happened": { "key": "OPS-7" } } } }),
        json!({ "decide": { "step": "file", "decision": "did_not_happen" } }),
        json!({ "decide": { "step": "file", "decision": "abort" } }),
        json!({ "answer": { "step": "file[2]", "answer": { "approved": true } } }),
    ]
}

#[test]
fn every_message_is_read_and_written_as_the_first_version_did() {
    for signal in signals() {
        let message = written(&signal);
        let read = decode_signal(&message).unwrap_or_else(|error| panic!("{signal}: {error}"));
        assert_eq!(String::from_utf8(encode_signal(&read)), String::from_utf8(message), "{signal}");
    }
    assert!(matches!(decode_signal(&written(&json!("a_later_one"))), Err(Unreadable::Newer(_))));
    assert!(matches!(decode_signal(b"\x01\"canc"), Err(Unreadable::Damaged(_))));
}

fn written(record: &Value) -> Vec<u8> {
    [b"\x01", record.to_string().as_bytes()].concat()
}

#[test]
fn every_entry_is_read_and_written_as_the_first_version_did() {
    for subject in subjects() {
        let record = written(&json!([3, 1_763_899_200_000_000_001_u64, [subject]]));
        let read = decode(&record).unwrap_or_else(|error| panic!("{subject}: {error}"));
        assert_eq!(String::from_utf8(encode(&read)), String::from_utf8(record), "{subject}");
    }
}

#[test]
fn a_record_has_its_number_its_time_and_its_entries() {
    let read = decode(&written(&json!([3, 1_763_899_200_000_000_001_u64, subjects()]))).unwrap();
    assert_eq!((read.sequence, read.at.to_string().as_str()), (3, "2025-11-23T12:00:00.000000001Z"));
    let happened = |subject: &Value| {
        let about = subject.as_object().unwrap().values().next().unwrap().as_array().unwrap();
        about.iter().rev().find_map(Value::as_array).unwrap_or(about).len()
    };
    assert_eq!(read.entries.len(), subjects().iter().map(happened).sum::<usize>());
}
