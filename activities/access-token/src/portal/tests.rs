//! What is at an address, by what it answers before any secret is sent there.

use std::{
    io::{Read, Write},
    net::TcpListener,
};

use insta::assert_snapshot;

use super::*;

/// Answers each request in turn, and then no more; gives its address.
fn site(answers: Vec<(&'static str, &'static str)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for (head, body) in answers {
            let (mut connection, _) = listener.accept().expect("a connection");
            let mut request = [0; 4096];
            let count = connection.read(&mut request).expect("a request");
            let request = String::from_utf8_lossy(&request[..count]).to_lowercase();
            assert!(!request.contains("authorization"), "{request}");
            let length = body.len();
            let answer = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            connection.write_all(answer.as_bytes()).expect("an answer");
        }
    });
    base
}

/// What is found at a site with these answers, which is called `SITE`.
async fn found(answers: Vec<(&'static str, &'static str)>) -> String {
    let base = site(answers);
    let portal = PortalUrl::parse(&format!("{base}/jira/your-work?x=1")).expect("an address");
    match portal.cloud_id(&Settings::default()).await {
        Ok(cloud_id) => format!("cloud id {cloud_id}"),
        Err(error) => error.to_string().replace(&base, "SITE"),
    }
}

const NOT_FOUND: (&str, &str) = ("404 Not Found", "<html>nothing</html>");

#[tokio::test]
async fn a_cloud_site_tells_its_id() {
    assert_eq!(found(vec![("200 OK", r#"{"cloudId":"11-22"}"#)]).await, "cloud id 11-22");
}

#[tokio::test]
async fn data_center_is_refused_by_name() {
    let info = ("200 OK", r#"{"version":"9.12.2","versionNumbers":[9,12,2],"deploymentType":"Server"}"#);
    assert_snapshot!(found(vec![NOT_FOUND, info]).await, @"`SITE` is Jira Data Center 9.12.2, not Jira Cloud: it has neither Atlassian Document Format nor version 3 of the REST interface");
}

#[tokio::test]
async fn data_center_may_show_its_login_page_for_what_it_does_not_have() {
    let login = ("302 Found\r\nlocation: https://jira.example.com/login.jsp?os_destination=x", "");
    let info = ("200 OK", r#"{"version":"10.3.0","deploymentType":"Data Center"}"#);
    assert_snapshot!(found(vec![login, info]).await, @"`SITE` is Jira Data Center 10.3.0, not Jira Cloud: it has neither Atlassian Document Format nor version 3 of the REST interface");
}

#[tokio::test]
async fn what_is_no_jira_is_told() {
    assert_snapshot!(found(vec![NOT_FOUND, NOT_FOUND]).await, @"there is no Jira Cloud site at `SITE`");
    let page = ("200 OK", "<html>Welcome</html>");
    assert_snapshot!(found(vec![page, page]).await, @"there is no Jira Cloud site at `SITE`");
    let moved = ("301 Moved Permanently\r\nlocation: https://acme.atlassian.net/?secret=1", "");
    assert_snapshot!(found(vec![moved, moved]).await, @"`SITE` leads elsewhere, to `https://acme.atlassian.net/`");
    assert_snapshot!(found(vec![("503 Service Unavailable", "")]).await, @"`SITE` cannot answer (503)");
}

#[tokio::test]
async fn nobody_there_is_not_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let portal = PortalUrl::parse(&base).expect("an address");
    let error = portal.cloud_id(&Settings::default()).await.unwrap_err();
    assert!(matches!(error, PortalError::NotReached { .. }) && error.help().is_some(), "{error:?}");
}

#[test]
fn addresses_are_taken_as_people_paste_them() {
    let expected = [
        ("https://acme.atlassian.net/jira/your-work", "https://acme.atlassian.net"),
        ("ACME.atlassian.net/", "https://acme.atlassian.net"),
        ("  https://acme.atlassian.net#x ", "https://acme.atlassian.net"),
        ("http://localhost:8080/x", "http://localhost:8080"),
    ];
    for (text, url) in expected {
        assert_eq!(PortalUrl::parse(text).expect(text).to_string(), url);
    }
    for text in
        ["", "https://", "https://a b", "http://acme.atlassian.net", "ftp://acme.atlassian.net", "https://u:p@a.b"]
    {
        assert!(PortalUrl::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_site_is_called_by_the_first_word_of_its_host() {
    for (address, name) in [
        ("https://acme.atlassian.net/jira", "acme"),
        ("http://second.localhost:8479", "second"),
        ("http://127.0.0.1:8479", "127.0.0.1:8479"),
        ("http://localhost:8479", "localhost:8479"),
        ("http://[::1]:8479", "[::1]:8479"),
    ] {
        assert_eq!(PortalUrl::parse(address).expect(address).site_name(), name);
    }
}
