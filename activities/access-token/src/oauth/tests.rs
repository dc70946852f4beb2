//! What is sent to the token endpoint, to the letter, and that nothing of its answers leaks.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread::JoinHandle,
};

use flowrun_engine::clock::SystemClock;
use serde_json::{Value, json};

use super::*;

/// Answers one request with a status line, headers and a body; gives what was sent.
fn server(answer: String) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let served = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a connection");
        let mut sent = Vec::new();
        let mut buffer = [0; 4096];
        while !is_whole(&String::from_utf8_lossy(&sent)) {
            let count = connection.read(&mut buffer).expect("a request");
            sent.extend_from_slice(&buffer[..count]);
        }
        connection.write_all(answer.as_bytes()).expect("an answer");
        String::from_utf8(sent).expect("text")
    });
    (base, served)
}

fn is_whole(sent: &str) -> bool {
    let Some((head, body)) = sent.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().expect("a length"))
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn oauth(base: &str) -> OAuth {
    let provider = Provider::sandbox(base).expect("a sandbox");
    OAuth::new(Arc::new(crate::sample::Jira), provider, &Settings::default(), Arc::new(SystemClock))
        .expect("an authorization server")
}

fn app() -> App {
    App { client_id: "key".into(), client_secret: "s+e&c=ret é".into(), callback: crate::CallbackUrl::default() }
}

fn body_of(sent: &str) -> Value {
    let (head, body) = sent.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("POST /oauth/token HTTP/1.1\r\n"), "{head}");
    assert_eq!(head.matches("content-type: application/json").count(), 1, "{head}");
    assert!(!head.to_lowercase().contains("authorization"), "{head}");
    serde_json::from_str(body).expect("JSON")
}

const GIVEN: &str = r#"{"access_token":"bearer-canary","refresh_token":"refresh-canary","expires_in":3600,"scope":"read:jira-work offline_access"}"#;

#[tokio::test]
async fn a_code_goes_out_as_the_documents_show() {
    let (base, served) = server(answer("200 OK", "content-type: application/json\r\n", GIVEN));
    let tokens = oauth(&base).exchange(&app(), ConsentCode("c0de/+&".to_owned().into())).await.expect("tokens");
    assert_eq!(tokens.bearer.expose_secret(), "bearer-canary");
    assert_eq!(tokens.refresh_token.as_ref().map(|token| token.expose_secret()), Some("refresh-canary"));
    assert_eq!(tokens.scopes, Some(["offline_access", "read:jira-work"].map(str::to_owned).into()));
    assert_eq!(tokens.clock_ahead, None);
    assert!(!format!("{tokens:?}").contains("canary"));
    let expected = json!({
        "grant_type": "authorization_code", "client_id": "key", "client_secret": "s+e&c=ret é", "code": "c0de/+&",
        "redirect_uri": "http://localhost:8971/callback",
    });
    assert_eq!(body_of(&served.join().expect("a server")), expected);
}

#[tokio::test]
async fn a_refresh_has_no_scope() {
    let (base, served) = server(answer("200 OK", "", r#"{"access_token":"a","token_type":"Bearer"}"#));
    let tokens = oauth(&base).refresh("key", &"secret".into(), &"old".into()).await.expect("tokens");
    assert!(tokens.refresh_token.is_none() && tokens.scopes.is_none());
    let expected =
        json!({ "grant_type": "refresh_token", "client_id": "key", "client_secret": "secret", "refresh_token": "old" });
    assert_eq!(body_of(&served.join().expect("a server")), expected);
}

#[tokio::test]
async fn a_service_account_has_no_scope_either() {
    let (base, served) = server(answer("200 OK", "", GIVEN));
    oauth(&base).client_credentials("key", &"secret".into()).await.expect("tokens");
    let expected = json!({ "grant_type": "client_credentials", "client_id": "key", "client_secret": "secret" });
    assert_eq!(body_of(&served.join().expect("a server")), expected);
}

#[tokio::test]
async fn answers_that_make_no_sense_are_not_quoted() {
    for body in [
        r#"{"access_token":["bearer-canary"],"expires_in":"refresh-canary"}"#,
        r#"{"access_token":"bearer-canary","expires_in":-1}"#,
        r#"["bearer-canary"]"#,
        "bearer-canary",
        "",
    ] {
        let (base, served) = server(answer("200 OK", "", body));
        let error = oauth(&base).refresh("key", &"secret".into(), &"old".into()).await.unwrap_err();
        assert!(matches!(error, OAuthError::Unreadable { .. }), "{body}: {error}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        served.join().expect("a server");
    }
}

#[tokio::test]
async fn a_refusal_that_quotes_what_was_sent_is_shown_without_it() {
    let body = r#"{"error":"invalid_grant","error_description":"refresh-canary of secret-canary is unknown"}"#;
    let (base, served) = server(answer("403 Forbidden", "", body));
    let error = oauth(&base).refresh("key", &"secret-canary".into(), &"refresh-canary".into()).await.unwrap_err();
    assert_eq!(error, OAuthError::InvalidGrant { said: "… of … is unknown".into() });
    served.join().expect("a server");
    let forms = ["c0de%2F%2B%26", "YzBkZS8rJg==", "c0de/+&", "c0de%2f%2b%26"];
    for form in forms {
        let body = json!({ "error": "invalid_grant", "error_description": form }).to_string();
        let (base, served) = server(answer("403 Forbidden", "", &body));
        let error = oauth(&base).refresh("key", &"secret-canary".into(), &"c0de/+&".into()).await.unwrap_err();
        assert_eq!(error, OAuthError::InvalidGrant { said: "…".into() }, "{form}");
        served.join().expect("a server");
    }
}

#[tokio::test]
async fn what_a_success_repeats_is_not_kept_as_a_fact() {
    let body = r#"{"access_token":"bearer-canary","refresh_token":"refresh-canary","scope":"a bearer-canary refresh-canary secret-canary"}"#;
    let (base, served) = server(answer("200 OK", "", body));
    let tokens = oauth(&base).refresh("key", &"secret-canary".into(), &"old-canary".into()).await.expect("tokens");
    assert_eq!(tokens.scopes.expect("scopes").into_iter().collect::<Vec<_>>(), ["a", "…"]);
    served.join().expect("a server");
    let (base, served) =
        server(answer("200 OK", "", r#"[{"id":"1","name":"of bearer-canary","url":"https://a/bearer-canary"}]"#));
    let sites = oauth(&base).resources(&"bearer-canary".into()).await.expect("sites");
    assert_eq!((sites[0].name.as_str(), sites[0].url.as_str()), ("of …", "https://a/…"));
    served.join().expect("a server");
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let (base, served) =
        server(answer("307 Temporary Redirect", "location: https://elsewhere.example/token?x=1\r\n", ""));
    let error = oauth(&base).refresh("key", &"secret".into(), &"old".into()).await.unwrap_err();
    assert_eq!(error, OAuthError::Redirected { to: "https://elsewhere.example/token".into() });
    served.join().expect("a server");
}

#[tokio::test]
async fn a_wrong_clock_is_noticed() {
    let (base, served) = server(answer("200 OK", "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", GIVEN));
    let tokens = oauth(&base).refresh("key", &"secret".into(), &"old".into()).await.expect("tokens");
    assert!(tokens.clock_ahead.is_some_and(|ahead| ahead.is_positive()), "{:?}", tokens.clock_ahead);
    served.join().expect("a server");
}

#[tokio::test]
async fn nobody_there_is_not_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let error = oauth(&base).refresh("key", &"secret".into(), &"old".into()).await.unwrap_err();
    assert!(matches!(error, OAuthError::NotReached { .. }) && error.is_transient(), "{error:?}");
}
