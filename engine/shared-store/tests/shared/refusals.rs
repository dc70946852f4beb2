//! Where a store cannot be shared, it is told why.

use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

use flowrun_engine::store::{SledStore, Store, StoreError};
use flowrun_shared_store::SharedStore;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixListener,
};

use crate::sample::run;

/// A process that has the store, as far as others can tell, and says what it likes.
fn pretended_holder(directory: &Path) -> (UnixListener, std::fs::File) {
    let processes = directory.join("processes");
    std::fs::create_dir(&processes).unwrap();
    let holder = processes.join("holder");
    std::fs::write(&holder, r#"{"pid":7,"command":"flowrun run a.yaml"}"#).unwrap();
    let lock = std::fs::File::open(holder).unwrap();
    lock.lock().unwrap();
    (UnixListener::bind(processes.join("socket")).unwrap(), lock)
}

async fn opened(directory: &Path) -> Result<SharedStore, StoreError> {
    let directory = directory.to_owned();
    let open = move || SharedStore::open_patiently(&directory, "a test", Duration::from_millis(300));
    tokio::task::spawn_blocking(open).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_that_does_not_answer_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let _held = pretended_holder(directory.path());
    let error = opened(directory.path()).await.unwrap_err();
    let told = "the process that has the state directory open does not answer: flowrun run a.yaml (process 7)";
    assert_eq!(error.to_string(), told);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_protocol_is_refused_with_both_versions() {
    let directory = tempfile::tempdir().unwrap();
    let (listener, _lock) = pretended_holder(directory.path());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = br#"{"flowrun":"9.0.0","protocol":9,"id":"01890a5d-ac96-774b-bcce-b302099a8057","process":{"pid":7,"command":"flowrun serve"}}"#;
        let length = u32::try_from(head.len()).unwrap();
        let bytes = [&(length + 12).to_le_bytes()[..], &[0; 8], &length.to_le_bytes(), head].concat();
        stream.write_all(&bytes).await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
    });
    let error = opened(directory.path()).await.unwrap_err();
    let told = format!(
        "the state directory is open in flowrun serve (process 7), which is flowrun 9.0.0 with protocol 9; this is flowrun {} with protocol 2",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(error.to_string(), told);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_speaks_no_flowrun_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let (listener, _lock) = pretended_holder(directory.path());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
    });
    let error = opened(directory.path()).await.unwrap_err();
    assert!(matches!(&error, StoreError::Unsuitable(why) if why.contains("cannot be reached")), "{error}");
}

/// Programs that do not share their store lock others out, as ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_open_alone_is_in_use() {
    let directory = tempfile::tempdir().unwrap();
    let _alone = SledStore::open(&directory.path().join("runs"), "a service (process 9)").unwrap();
    let error = opened(directory.path()).await.unwrap_err();
    assert_eq!(error.to_string(), "the state directory is in use by a service (process 9)");
}

#[tokio::test]
async fn a_path_of_any_length_can_have_a_socket_which_is_nobody_elses() {
    let directory = tempfile::tempdir().unwrap();
    let long = directory.path().join("a-long-name/".repeat(20));
    let [holder, client] = ["1", "2"].map(|name| SharedStore::open(&long, name).unwrap());
    assert!(holder.is_holder() && !client.is_holder());
    assert!(client.journal(run(1)).await.unwrap().is_empty());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let processes = long.join("processes");
    assert_eq!((mode(&processes), mode(&processes.join("socket"))), (0o700, 0o600));
}
