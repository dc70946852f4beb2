//! A server on this machine whose certificate only a CA bundle can vouch for. Its key is in the repository: nothing else has it.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener},
    thread::{self, JoinHandle},
};

use std::sync::Arc;

use flowrun_engine::clock::SystemClock;
use flowrun_http::on_this_machine;
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{Acceptor, ServerConnection},
};
use secrecy::SecretString;
use serde_json::json;

use crate::client::{Call, Client, Connection, Credential, ErrorKind, Settings, endpoint, endpoint::Reads};

const AUTHORITY: &[u8] = include_bytes!("tls/authority.pem");

/// What a connection offered: the protocols, in order, or why it was refused.
type Offered = Result<Vec<String>, String>;

/// Answers one request over TLS with `{}`. Gives its address, and in the end what was offered.
fn answerer() -> (String, JoinHandle<Offered>) {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("tls/localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/localhost.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap();
    let mut config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    (address, thread::spawn(move || answer(&listener, config)))
}

fn answer(listener: &TcpListener, config: ServerConfig) -> Offered {
    let (mut stream, _) = listener.accept().unwrap();
    let mut acceptor = Acceptor::default();
    let accepted = loop {
        acceptor.read_tls(&mut stream).unwrap();
        if let Some(accepted) = acceptor.accept().map_err(|(error, _)| error.to_string())? {
            break accepted;
        }
    };
    let offered = accepted.client_hello().alpn().into_iter().flatten();
    let offered = offered.map(|protocol| String::from_utf8_lossy(protocol).into_owned()).collect();
    let mut tls: ServerConnection =
        accepted.into_connection(Arc::new(config)).map_err(|(error, _)| error.to_string())?;
    let mut tls = rustls::Stream::new(&mut tls, &mut stream);
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut piece = [0; 512];
        let read = tls.read(&mut piece).map_err(|error| error.to_string())?;
        request.extend_from_slice(&piece[..read]);
    }
    tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
    Ok(offered)
}

fn client(address: &str, ca_bundle: Option<&[u8]>) -> Client {
    let connection = Connection {
        api_base: address.to_owned(),
        site_url: address.to_owned(),
        credentials: Arc::new(Credential::Bearer(SecretString::from("a bearer"))),
    };
    let settings = Settings { ca_bundle: ca_bundle.map(<[u8]>::to_vec), ..Settings::default() };
    Client::connect(connection, &settings, Arc::new(SystemClock)).unwrap()
}

fn call() -> Call<Reads> {
    Call::new(&endpoint::GET_ISSUE, ["OPS-7"], "issue `OPS-7`")
}

#[tokio::test]
async fn a_ca_bundle_vouches_for_a_site_and_both_versions_of_http_are_offered() {
    let (address, server) = answerer();
    assert_eq!(client(&address, Some(AUTHORITY)).reader().send(&call()).await.unwrap(), json!({}));
    assert_eq!(server.join().unwrap(), Ok(vec!["h2".to_owned(), "http/1.1".to_owned()]));
}

#[tokio::test]
async fn who_nobody_vouches_for_gets_no_request() {
    let (address, server) = answerer();
    // An authority beside the machine's own is one more, and no other's certificate becomes good by it.
    let another: &[u8] = include_bytes!("tls/localhost.pem");
    let error = client(&address, Some(another)).reader().send(&call()).await.unwrap_err();
    let ErrorKind::NotReached(cause) = error.kind else { panic!("{error:?}") };
    assert!(cause.contains("certificate"), "{cause}");
    assert!(server.join().unwrap().unwrap_err().contains("alert"));
}

/// A program that embeds flowrun may install algorithms of its own, and only the first that does can.
#[test]
fn nothing_is_installed_for_the_process() {
    client("https://acme.atlassian.net", Some(AUTHORITY));
    on_this_machine().build().unwrap();
    assert!(CryptoProvider::get_default().is_none());
}
