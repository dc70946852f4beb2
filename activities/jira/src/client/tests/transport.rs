//! A client whose requests go nowhere: on an executor without network or timers, in a time that nobody waits for.

use std::sync::{Arc, Mutex};

use flowrun_engine::{random::Random, testing::MovedClock};
use futures_util::{StreamExt, future::join_all};
use reqwest::{StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use crate::client::{
    Call, Client, ClientParts, Connection, Credential, ErrorKind, Settings, TAG, Upload, endpoint, tag,
    tests::operation,
};
use async_trait::async_trait;
use bytes::Bytes;
use flowrun_http::{HttpAnswer, HttpRequest, RequestBody, Transport, TransportError, UnreadableBody};

/// Answers everything in the same way, and keeps what was sent: a line with the headers, and the body.
#[derive(Debug, Default)]
struct Echo {
    sent: Mutex<Vec<(String, Vec<u8>)>>,
    fails: Option<TransportError>,
}

#[async_trait]
impl Transport for Echo {
    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let mut body = Vec::new();
        match request.body {
            RequestBody::Bytes(bytes) => body.extend_from_slice(&bytes),
            RequestBody::Stream { length, mut content } => {
                while let Some(piece) = content.next().await {
                    body.extend_from_slice(&piece.map_err(|UnreadableBody(cause)| TransportError::Unsent(cause))?);
                }
                assert_eq!(body.len() as u64, length, "it is as long as it was said to be");
            }
        }
        let line = format!("{} {} {:?}", request.method, request.address, request.headers);
        self.sent.lock().unwrap().push((line, body));
        let pieces = [&b"{\"id\""[..], b":1}"].map(|piece| Ok(Bytes::from_static(piece)));
        let body = futures_util::stream::iter(pieces).boxed();
        match &self.fails {
            Some(error) => Err(error.clone()),
            None => Ok(HttpAnswer { status: StatusCode::OK, headers: HeaderMap::new(), body }),
        }
    }
}

struct Fixed;

impl Random for Fixed {
    fn fraction(&self) -> f64 {
        0.5
    }

    fn bytes(&self) -> [u8; 10] {
        [0xab; 10]
    }
}

fn client(echo: &Arc<Echo>) -> Client {
    let connection = Connection {
        api_base: "https://acme.atlassian.net".into(),
        site_url: "https://acme.atlassian.net".into(),
        credentials: Arc::new(Credential::Bearer("s3cr3t-canary".into())),
    };
    let (clock, random) = (Arc::new(MovedClock::default()), Arc::new(Fixed));
    let parts = ClientParts { transport: echo.clone(), clock, random };
    Client::over(connection, &Settings::default(), parts).expect("a client")
}

/// Without a driver for network or time: who would need one panics.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn requests_go_through_what_is_given() {
    let echo = Arc::new(Echo::default());
    let client = client(&echo);
    let call = || Call::new(&endpoint::CREATE_ISSUE, [], "an issue").body(json!({ "fields": {} }));
    // More than are let in at once: those behind wait for their turns, by the clock that is given.
    let answers = run(join_all((0..20).map(|_| {
        let client = client.clone();
        async move { client.write(&call(), &operation()).await }
    })));
    assert!(answers.iter().all(|answer| *answer == Ok(json!({ "id": 1 }))), "{answers:?}");
    let sent = echo.sent.lock().unwrap();
    assert_eq!(sent.len(), 20);
    let (line, body) = &sent[0];
    assert!(line.starts_with("POST https://acme.atlassian.net/rest/api/3/issue "), "{line}");
    assert!(line.contains("\"content-type\": \"application/json\"") && !line.contains("canary"), "{line}");
    let properties = json!([{ "key": TAG, "value": tag(&operation()) }]);
    assert_eq!(serde_json::from_slice::<Value>(body).unwrap(), json!({ "fields": {}, "properties": properties }));
}

#[test]
fn a_form_is_written_here() {
    let echo = Arc::new(Echo::default());
    let upload = Upload::text("a \"b\".txt".into(), "content".into());
    let call = Call::new(&endpoint::ADD_ATTACHMENT, ["OPS-7"], "it").upload(upload);
    run(client(&echo).write(&call, &operation())).expect("an answer");
    let sent = echo.sent.lock().unwrap();
    let (line, body) = &sent[0];
    assert!(line.contains("multipart/form-data; boundary=abababababababababab"), "{line}");
    let expected = "--abababababababababab\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".txt\"\r\n\
                    Content-Type: text/plain\r\n\r\ncontent\r\n--abababababababababab--\r\n";
    assert_eq!(String::from_utf8_lossy(body), expected);
}

#[test]
fn what_a_transport_says_is_what_is_known() {
    let expected = [
        (TransportError::NotReached("no".into()), ErrorKind::NotReached("no".into()), true),
        (TransportError::Unsent("no".into()), ErrorKind::Unsent("no".into()), true),
        (TransportError::TimedOut, ErrorKind::TimedOut, false),
        (TransportError::Broken("no".into()), ErrorKind::Broken("no".into()), false),
    ];
    for (fails, kind, is_proven) in expected {
        let echo = Arc::new(Echo { fails: Some(fails), ..Echo::default() });
        let call = Call::new(&endpoint::DELETE_ISSUE, ["OPS-7"], "it");
        let error = run(client(&echo).write(&call, &operation())).unwrap_err();
        let nothing = error.certainty == flowrun_engine::activity::Certainty::NoEffect;
        assert_eq!((error.kind, nothing), (kind, is_proven));
    }
}
