//! What is asked of Jira, and how often: over a server that counts.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::Semaphore,
};

use crate::client::{
    Call, Client, ErrorKind, Reader, endpoint,
    endpoint::Reads,
    tests::{client, operation},
};

/// A Jira that gives each request the number that it has, or a status where that is set. It answers as often as it is let.
struct Counting {
    asked: AtomicUsize,
    status: AtomicUsize,
    let_answer: Semaphore,
}

const NEVER_HELD: usize = 1_000;

impl Counting {
    async fn begin(answers: usize) -> (Arc<Self>, Client) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let counting =
            Self { asked: AtomicUsize::new(0), status: AtomicUsize::new(200), let_answer: Semaphore::new(answers) };
        let counting = Arc::new(counting);
        let serving = counting.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move {
                    let mut request = vec![0; 64 * 1024];
                    while let Ok(1..) = stream.read(&mut request).await {
                        let number = serving.asked.fetch_add(1, Ordering::SeqCst) + 1;
                        serving.let_answer.acquire().await.expect("it is open").forget();
                        let (status, body) = (serving.status.load(Ordering::SeqCst), number.to_string());
                        let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n", body.len());
                        stream.write_all(format!("{head}{body}").as_bytes()).await.expect("the client is there");
                    }
                });
            }
        });
        (counting, client(&address))
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    async fn once_asked(&self, times: usize) {
        while self.asked() < times {
            tokio::task::yield_now().await;
        }
    }
}

fn types(project: &str) -> Call<Reads> {
    Call::new(&endpoint::CREATABLE_ISSUE_TYPES, [project], "it")
}

async fn number(reader: &Reader, call: Call<Reads>) -> Result<Value, ErrorKind> {
    reader.send(&call).await.map_err(|error| error.kind)
}

#[tokio::test]
async fn what_does_not_change_is_asked_once() {
    let (jira, client) = Counting::begin(NEVER_HELD).await;
    let reader = client.reader();
    let issue = || Call::new(&endpoint::GET_ISSUE, ["OPS-7"], "it");
    let expected = [
        (types("A"), 1),
        (types("A"), 1),
        (types("B"), 2),
        (types("A").query("startAt", "0"), 3),
        (types("A"), 1),
        (types("A").anew(), 4),
        (types("A"), 4),
        (issue(), 5),
        (issue(), 6),
    ];
    for (call, answer) in expected {
        assert_eq!(number(reader, call.clone()).await, Ok(json!(answer)), "{call:?}");
    }
    assert_eq!(jira.asked(), 6);
}

#[tokio::test]
async fn failures_are_not_remembered() {
    let (jira, client) = Counting::begin(NEVER_HELD).await;
    for (status, asked) in [(500, 1), (404, 2), (200, 3), (500, 3)] {
        jira.status.store(status, Ordering::SeqCst);
        let answer = number(client.reader(), types("A")).await;
        assert_eq!(answer.is_ok(), asked == 3, "{status}");
        assert_eq!(jira.asked(), asked, "{status}");
    }
}

/// Status of a request that follows × whether what was remembered is asked for anew after it.
#[tokio::test]
async fn a_refusal_may_come_of_what_is_remembered() {
    let create = || Call::new(&endpoint::CREATE_ISSUE, [], "it").body(json!({}));
    for (status, is_forgotten) in [(201, false), (400, true), (404, true), (403, true), (409, false), (503, false)] {
        let (jira, client) = Counting::begin(NEVER_HELD).await;
        let before = number(client.reader(), types("A")).await;
        jira.status.store(status, Ordering::SeqCst);
        assert_eq!(client.write(&create(), &operation()).await.is_ok(), status == 201, "{status}");
        jira.status.store(200, Ordering::SeqCst);
        let after = number(client.reader(), types("A")).await;
        assert_eq!(before != after, is_forgotten, "{status}");
    }
    let (jira, client) = Counting::begin(NEVER_HELD).await;
    let before = number(client.reader(), types("A")).await;
    jira.status.store(404, Ordering::SeqCst);
    assert!(number(client.reader(), Call::new(&endpoint::GET_ISSUE, ["OPS-7"], "it")).await.is_err());
    assert_eq!(number(client.reader(), types("A")).await, before, "what is not there says nothing of screens");
}

#[tokio::test]
async fn one_request_answers_all_that_ask_at_the_same_time() {
    let (jira, client) = Counting::begin(0).await;
    let reader = client.reader();
    let asking = join_all((0..20).map(|_| number(reader, types("A"))));
    let letting = async {
        jira.once_asked(1).await;
        jira.let_answer.add_permits(NEVER_HELD);
    };
    let (answers, ()) = tokio::join!(asking, letting);
    assert_eq!(answers, vec![Ok(json!(1)); 20]);
    assert_eq!(jira.asked(), 1);
}

#[tokio::test]
async fn whoever_asked_first_may_go() {
    let (jira, client) = Counting::begin(0).await;
    let reader = client.reader().clone();
    let first = tokio::spawn(async move { number(&reader, types("A")).await });
    jira.once_asked(1).await;
    let second = number(client.reader(), types("A"));
    let letting = async {
        first.abort();
        jira.let_answer.add_permits(NEVER_HELD);
    };
    let (answer, ()) = tokio::join!(second, letting);
    assert_eq!(answer, Ok(json!(1)));
    assert_eq!(jira.asked(), 1);
}

#[tokio::test]
async fn what_was_asked_before_all_was_forgotten_is_not_remembered() {
    let (jira, client) = Counting::begin(0).await;
    let reader = client.reader();
    let forgetting = async {
        jira.once_asked(1).await;
        reader.site().expect("a site").memory().forget();
        jira.let_answer.add_permits(NEVER_HELD);
    };
    let (answer, ()) = tokio::join!(number(reader, types("A")), forgetting);
    assert_eq!(answer, Ok(json!(1)));
    assert_eq!(number(reader, types("A")).await, Ok(json!(2)));
}
