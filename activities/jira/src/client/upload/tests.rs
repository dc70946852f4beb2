//! What a file looks like on the wire, and what becomes of one that changes on its way there.

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener},
    thread::JoinHandle,
};

use flowrun_engine::activity::{Certainty, Failure};
use tempfile::TempDir;

use super::*;
use crate::{
    client::{
        Call, ErrorKind, JiraError, endpoint,
        tests::{client, operation},
    },
    files::Files,
};

/// Takes one request to its end, or to where the client hangs up, and answers it.
fn receiver() -> (String, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    let received = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let (mut received, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
        while !received.ends_with(b"--\r\n") {
            match stream.read(&mut piece).expect("a connection") {
                0 => return received,
                length => received.extend_from_slice(&piece[..length]),
            }
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]").expect("the client is there");
        received
    });
    (address, received)
}

async fn send(address: &str, upload: Upload) -> Result<serde_json::Value, JiraError> {
    let call = Call::new(&endpoint::ADD_ATTACHMENT, ["OPS-7"], "issue `OPS-7`").upload(upload);
    client(address).write(&call, &operation()).await
}

#[test]
fn a_name_never_ends_its_line() {
    let expected = [
        ("report.txt", "report.txt"),
        ("تقرير ü \u{1F4CE}.txt", "تقرير ü \u{1F4CE}.txt"),
        ("a\"b\\c.txt", "a\"b\\c.txt"),
        ("a\r\nX-Evil: 1\n\n.txt", "a%0D%0AX-Evil: 1%0A%0A.txt"),
        ("tab\there\u{85}\u{7f}", "tab%09here%C2%85%7F"),
    ];
    for (name, line) in expected {
        assert_eq!(on_one_line(name), line, "{name:?}");
    }
}

#[test]
fn patience_grows_with_the_size() {
    let patience = |length: usize| Upload::text("a".into(), "x".repeat(length)).patience();
    assert_eq!(patience(100), Duration::ZERO);
    assert_eq!(patience(640 * 1024), Duration::from_secs(10));
}

#[tokio::test]
async fn a_file_is_one_part_of_a_form() {
    let directory = TempDir::new().expect("a directory");
    let name = "a \"b\\\" تقرير\n.png";
    fs::write(directory.path().join(name), "content").expect("a file");
    let file = Files::in_directory(directory.path()).open(name).expect("the file");
    let sha256 = file.sha256().await.expect("a digest");
    assert_eq!(sha256, Upload::text("b".into(), "content".into()).sha256);

    let (address, received) = receiver();
    send(&address, Upload::file(file, sha256)).await.expect("an answer");
    let received = String::from_utf8(received.join().expect("it answered")).expect("a text");
    let (head, body) = received.split_once("\r\n\r\n").expect("a head");
    let head = head.to_lowercase();
    assert!(head.contains("x-atlassian-token: no-check"), "{head}");
    assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
    let boundary = head.split_once("boundary=").expect("a form").1.lines().next().expect("a boundary");
    let disposition = r#"Content-Disposition: form-data; name="file"; filename="a \"b\\\" تقرير%0A.png""#;
    let expected =
        format!("--{boundary}\r\n{disposition}\r\nContent-Type: image/png\r\n\r\ncontent\r\n--{boundary}--\r\n");
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_file_that_changes_is_not_sent_whole() {
    let directory = TempDir::new().expect("a directory");
    let path = directory.path().join("log.bin");
    for after in [1_000_000, 999_999, 0] {
        fs::write(&path, vec![1; 1_000_000]).expect("a file");
        let file = Files::in_directory(directory.path()).open("log.bin").expect("the file");
        let sha256 = file.sha256().await.expect("a digest");
        fs::write(&path, vec![2; after]).expect("a file");
        let (address, received) = receiver();
        let error = send(&address, Upload::file(file, sha256)).await.expect_err("it changed");
        assert_eq!(error.kind, ErrorKind::Unsent("`log.bin` changed while it was being read".into()));
        assert_eq!(Failure::from(error).certainty, Certainty::NoEffect);
        assert!(received.join().expect("the client hung up").len() < 1_000_000);
    }
}

#[tokio::test]
#[ignore = "reads 1 GiB twice"]
async fn a_large_file_takes_no_memory() {
    let directory = TempDir::new().expect("a directory");
    let size = 1 << 30;
    fs::File::create(directory.path().join("big.bin")).expect("a file").set_len(size).expect("a sparse file");
    let file = Files::in_directory(directory.path()).open("big.bin").expect("the file");
    let sha256 = file.sha256().await.expect("a digest");
    let before = peak_memory();
    let (address, received) = drain();
    send(&address, Upload::file(file, sha256)).await.expect("an answer");
    assert!(received.join().expect("it answered") > size);
    let grown = peak_memory() - before;
    assert!(grown < 32 * 1024, "{grown} KiB more");
}

/// As [`receiver`], keeping nothing but the number of bytes.
fn drain() -> (String, JoinHandle<u64>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    let received = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let (mut count, mut piece) = (0, vec![0; 64 * 1024]);
        loop {
            let length = stream.read(&mut piece).expect("a connection");
            count += length as u64;
            if piece[..length].ends_with(b"--\r\n") {
                break;
            }
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]").expect("the client is there");
        count
    });
    (address, received)
}

/// The most memory that this process has had, in KiB.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("a Linux machine");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
