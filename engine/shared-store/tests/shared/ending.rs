//! Only a process that is proved to be the one that is meant is ended. How one ends is in `tests/cli/shared.rs`: that takes real ones.

use std::{fs, path::Path, process::Command, time::Duration};

use flowrun_shared_store::{NotProved, Process, ProvedProcess, SharedStore, holder_of};
use serde_json::{Value, json};

/// A process that lives, as its file says, and has its lock.
fn living(state: &Path, process: &Value) -> (Process, fs::File) {
    let processes = state.join("processes");
    fs::create_dir_all(&processes).unwrap();
    let file = processes.join("01890a5d-ac96-774b-bcce-b302099a8057");
    fs::write(&file, format!("{process}\n")).unwrap();
    let file = fs::File::open(file).unwrap();
    file.lock().unwrap();
    (serde_json::from_value(process.clone()).unwrap(), file)
}

/// Among which processes this one has its number.
fn here() -> String {
    fs::read_link("/proc/self/ns/pid").unwrap().display().to_string()
}

#[tokio::test]
async fn a_process_is_proved_by_its_lock_its_number_and_its_birth() {
    let state = tempfile::tempdir().unwrap();
    let store = SharedStore::open(state.path(), "flowrun run").unwrap();
    let own = holder_of(state.path()).unwrap();
    assert_eq!((own.pid, own.command.as_str()), (std::process::id(), "flowrun run"));
    let proved = ProvedProcess::find(state.path(), &own).unwrap().unwrap();
    assert!(!proved.ends_within(Duration::ZERO).await);
    drop(store);
    assert!(proved.ends_within(Duration::ZERO).await);
    assert!(ProvedProcess::find(state.path(), &own).unwrap().is_none());
    assert_eq!(holder_of(state.path()), None, "whoever had it last lives no longer");
}

#[test]
fn a_number_that_is_another_process_by_now_is_not_ended() {
    let mut other = Command::new("sleep").arg("60").spawn().unwrap();
    let refused = |birth: Value| {
        let state = tempfile::tempdir().unwrap();
        let process = json!({ "pid": other.id(), "command": "flowrun run", "since": null, "birth": birth });
        let (process, _lock) = living(state.path(), &process);
        ProvedProcess::find(state.path(), &process).unwrap_err()
    };
    assert!(matches!(refused(json!({ "among": here(), "at": 1 })), NotProved::Another));
    assert!(matches!(refused(json!({ "among": "pid:[1]", "at": 1 })), NotProved::Elsewhere));
    assert!(matches!(refused(Value::Null), NotProved::Unborn));
    assert_eq!(other.try_wait().unwrap(), None, "it is left alone");
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn a_process_without_its_lock_has_ended_whoever_has_its_number() {
    let state = tempfile::tempdir().unwrap();
    let process = json!({ "pid": std::process::id(), "command": "flowrun run", "birth": { "among": here(), "at": 1 } });
    let (process, lock) = living(state.path(), &process);
    drop(lock);
    assert!(ProvedProcess::find(state.path(), &process).unwrap().is_none());
}
