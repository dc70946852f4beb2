//! When the client asks for another credential, and how often.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener},
};

use flowrun_engine::clock::SystemClock;
use serde_json::{Value, json};

use crate::client::{Call, Client, Connection, ErrorKind, JiraError, Settings, endpoint, tests::operation};
use async_trait::async_trait;
use flowrun_engine::activity::Failure;
use flowrun_http::{Credential, Credentials, GrantedScopes};

/// Two bearers, the second of which is got once the first was refused.
#[derive(Debug)]
struct Renewing;

#[async_trait]
impl Credentials for Renewing {
    async fn current(&self) -> Result<Credential, Failure> {
        Ok(Credential::Bearer("first".into()))
    }

    async fn renewed(&self, _: &Credential) -> Result<Option<Credential>, Failure> {
        Ok(Some(Credential::Bearer("second".into())))
    }

    fn granted_scopes(&self) -> GrantedScopes {
        GrantedScopes::Unknown
    }
}

/// What comes of a request whose answers are these, and the bearers that were sent.
async fn renewed(answers: &'static [(u16, &'static str)]) -> (Result<Value, JiraError>, Vec<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    let asked = std::thread::spawn(move || answers.iter().map(|answer| answer_one(&listener, *answer)).collect());
    let connection =
        Connection { api_base: address.clone(), site_url: address, credentials: std::sync::Arc::new(Renewing) };
    let client = Client::connect(connection, &Settings::default(), std::sync::Arc::new(SystemClock)).expect("a client");
    let result = client.write(&Call::new(&endpoint::DELETE_ISSUE, ["OPS-7"], "issue `OPS-7`"), &operation()).await;
    (result, asked.join().expect("it answered"))
}

fn answer_one(listener: &TcpListener, (status, body): (u16, &str)) -> String {
    let (mut stream, _) = listener.accept().expect("a connection");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a request");
        head.extend(byte);
    }
    let answer = format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(answer.as_bytes()).expect("it is read");
    let head = String::from_utf8(head).expect("a head is text").to_lowercase();
    let bearer = head.lines().find_map(|line| line.strip_prefix("authorization: bearer "));
    bearer.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_plain_401_is_mended_by_a_renewed_credential_once() {
    let (result, bearers) = renewed(&[(401, ""), (200, "{}")]).await;
    assert_eq!((result, bearers), (Ok(json!({})), vec!["first".to_owned(), "second".to_owned()]));
    let (result, bearers) = renewed(&[(401, ""), (401, "")]).await;
    assert_eq!((result.unwrap_err().kind, bearers.len()), (ErrorKind::NotRecognised, 2));
    let (result, bearers) = renewed(&[(401, r#"{"code":401,"message":"Unauthorized; scope does not match"}"#)]).await;
    assert_eq!((result.unwrap_err().kind, bearers.len()), (ErrorKind::ScopeMissing, 1));
    let (result, bearers) = renewed(&[(403, "")]).await;
    assert_eq!((result.unwrap_err().kind, bearers.len()), (ErrorKind::Forbidden, 1));
}
