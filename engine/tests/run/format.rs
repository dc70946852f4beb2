//! The journal's form on the disk is a promise to later versions: what is written here must be read for ever.
//! Entries may gain fields that have a default; nothing here is changed, only added to.

use flowrun_engine::journal::{Entry, Record};
use serde_json::{Value, json};

/// Every kind of entry, as the first version wrote it.
fn entries() -> Vec<Value> {
    let run = "01890a5d-ac96-774b-bcce-b302099a8057";
    let step = json!({ "node": "file", "item": 2 });
    let operation = json!({ "run": run, "step": step, "effect": 0, "attempt": 1 });
    let failure = json!({
        "code": "FR0706", "message": "busy", "help": "wait", "status": 503, "field": "issue",
        "recovery": { "transient": { "not_before": "2026-11-23T12:00:00Z" } }, "certainty": "unknown",
    });
    let limited = json!({
        "code": "FR0707", "message": "too many",
        "recovery": { "rate_limited": { "until": "2026-11-23T12:00:00Z" } }, "certainty": "no_effect",
    });
    let permanent = json!({ "code": "FR0703", "message": "no", "recovery": "permanent", "certainty": "no_effect" });
    let lacking = json!({ "code": "FR0903", "message": "gone", "recovery": "needs_grant", "certainty": "no_effect" });
    let error = json!({ "node": "file", "failure": permanent });
    let intent = json!({
        "target": "project OPS", "summary": "create a Bug", "request_hash": "00", "baseline": null,
    });
    vec![
        json!({ "run_started": {
            "run": run, "key": "monday", "definition": "ab", "source_name": "bug.yaml", "process": "bug",
            "version": "1.0.0", "inputs": { "summary": "s" }, "context": { "site": "x" },
        } }),
        json!("run_resumed"),
        json!("run_interrupted"),
        json!("cancel_requested"),
        json!({ "main_ended": { "outcome": "completed", "error": null } }),
        json!({ "run_ended": { "outcome": "failed", "error": error, "outputs": null } }),
        json!({ "run_ended": { "outcome": "cancelled", "error": null, "outputs": { "issue": "OPS-7" } } }),
        json!({ "node_skipped": { "node": "file", "reason": "condition", "because": null } }),
        json!({ "node_skipped": { "node": "file", "reason": "upstream", "because": "nodes.a.key" } }),
        json!({ "node_skipped": { "node": "file", "reason": "run_failed", "because": null } }),
        json!({ "node_started": { "node": "file", "items": [1, "two"] } }),
        json!({ "node_failed": { "node": "file", "failure": permanent } }),
        json!({ "node_cancelled": { "node": "file" } }),
        json!({ "step_started": { "step": { "node": "file" }, "input": { "project": "OPS" } } }),
        json!({ "attempt_started": { "step": step, "attempt": 1 } }),
        json!({ "effect_intended": { "operation": operation, "intent": intent } }),
        json!({ "effect_settled": { "operation": operation, "settlement": { "happened": { "key": "OPS-7" } } } }),
        json!({ "effect_settled": { "operation": operation, "settlement": "did_not_happen" } }),
        json!({ "effect_in_doubt": { "operation": operation, "failure": failure } }),
        json!({ "effect_decided": { "operation": operation, "decision": { "happened": { "key": "OPS-7" } } } }),
        json!({ "effect_decided": { "operation": operation, "decision": "did_not_happen" } }),
        json!({ "effect_decided": { "operation": operation, "decision": "abort" } }),
        json!({ "attempt_failed": {
            "step": step, "attempt": 1, "failure": limited, "retry_at": "2026-11-23T12:00:01.5Z",
        } }),
        json!({ "attempt_interrupted": { "step": step, "attempt": 1 } }),
        json!({ "attempt_interrupted": { "step": step, "attempt": 1, "failure": failure } }),
        json!({ "attempt_parked": { "step": step, "attempt": 1, "failure": lacking } }),
        json!({ "retry_due": { "step": step } }),
        json!({ "step_completed": { "step": step, "output": { "key": "OPS-7" } } }),
        json!({ "step_failed": { "step": step, "failure": permanent } }),
        json!({ "step_cancelled": { "step": step } }),
    ]
}

#[test]
fn every_entry_is_read_and_written_as_the_first_version_did() {
    for written in entries() {
        let entry: Entry = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&entry).unwrap(), written);
    }
}

#[test]
fn a_record_has_its_number_its_time_and_its_entries() {
    let written = json!({ "sequence": 3, "at": "2026-11-23T12:00:00.000000001Z", "entries": ["run_resumed"] });
    let record: Record = serde_json::from_value(written.clone()).unwrap();
    assert_eq!((record.sequence, &record.entries), (3, &vec![Entry::RunResumed]));
    assert_eq!(serde_json::to_value(&record).unwrap(), written);
}
