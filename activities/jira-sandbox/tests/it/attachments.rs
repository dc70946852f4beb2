//! Files on issues: uploads as a stream, what is refused before and while they are read, downloads, and what is left of
//! their contents.

use std::{fs, path::Path};

use flowrun_jira_sandbox::{ExtendedFileNames, Options, Sandbox, Seed, Switches, UploadRefusal};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::client::{Client, start};

const ADMIN: &str = "admin@example.com";
const DANA: &str = "dana@example.com";
const ROBIN: &str = "robin@example.com";
const ATTACHMENTS: &str = "/rest/api/3/issue/OPS-1/attachments";

fn part(name: &str, content: &str) -> Part {
    Part::text(content.to_owned()).file_name(name.to_owned())
}

fn file(name: &str, content: &str) -> Form {
    Form::new().part("file", part(name, content))
}

/// The contents that a world has on the disk, by name.
fn contents(world: &Path) -> Vec<String> {
    let entries = fs::read_dir(world.join("attachments")).expect("a directory");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_file_is_attached_shown_and_read_back() {
    let sandbox = start(Options::default()).await;
    let dana = Client::gateway(&sandbox, DANA);
    let added = dana.upload(ATTACHMENTS, file("تقرير \"x\".txt", "Hello")).await;
    assert_eq!(added.status, 200, "{}", added.body);
    let attachment = &added.body[0];
    assert_eq!(attachment["filename"], "تقرير \"x\".txt");
    assert_eq!((&attachment["size"], &attachment["id"]), (&json!(5), &json!("10000")));
    assert_eq!(attachment["author"]["displayName"], "Dana Developer");
    assert_eq!(attachment["content"], format!("{}/rest/api/3/attachment/content/10000", dana.base));

    let issue = dana.get("/rest/api/3/issue/OPS-1?fields=attachment&expand=changelog").await.body;
    let item = &issue["changelog"]["histories"][0]["items"][0];
    assert_eq!((&item["field"], &item["to"]), (&json!("Attachment"), &json!("10000")));
    assert_eq!(issue["fields"]["attachment"], added.body);
    let metadata = dana.get("/rest/api/3/attachment/10000").await.body;
    assert_eq!((&metadata["id"], &metadata["mimeType"]), (&json!(10000), &json!("text/plain")));

    let effects = sandbox.effects();
    assert_eq!((effects.len(), effects[0].operation.as_str(), effects[0].replied), (1, "addAttachment", true));
    let body = json!({
        "filename": "تقرير \"x\".txt",
        "size": 5,
        "mime_type": "text/plain",
        "sha256": "185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969",
    });
    assert_eq!((effects[0].issue.as_deref(), &effects[0].body), (Some("OPS-1"), &body));
}

#[tokio::test]
async fn empty_files_equal_names_and_several_at_once_are_taken() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    let form = file("a.bin", "").part("comment", part("not a file", "x")).part("file", part("a.bin", "2"));
    let added = admin.upload(ATTACHMENTS, form).await;
    let shown =
        |key: &str| added.body.as_array().expect("a list").iter().map(|file| file[key].clone()).collect::<Vec<_>>();
    assert_eq!(shown("size"), [json!(0), json!(1)]);
    assert_eq!(shown("filename"), [json!("a.bin"), json!("a.bin")]);
    assert_eq!(shown("mimeType"), [json!("application/octet-stream"), json!("application/octet-stream")]);
    let effects = sandbox.effects();
    let sizes: Vec<_> = effects[0].body.as_array().expect("a list").iter().map(|file| file["size"].clone()).collect();
    assert_eq!((effects.len(), sizes), (1, vec![json!(0), json!(1)]));
}

#[tokio::test]
async fn an_upload_is_refused() {
    let seed = Seed::parse("attachments: { upload_limit: 10, per_issue_limit: 2 }").expect("a seed");
    let directory = tempfile::tempdir().expect("a directory");
    let options = Options { seed: Some(seed), directory: Some(directory.path().to_owned()), ..Options::default() };
    let sandbox = start(options).await;
    let (admin, robin) = (Client::gateway(&sandbox, ADMIN), Client::gateway(&sandbox, ROBIN));
    let scoped = Client::scoped(&sandbox, ADMIN, &["read:jira-work"]);
    let many = (0..61).fold(Form::new(), |form, _| form.part("file", part("a", "a")));
    let three = file("a", "a").part("file", part("b", "b")).part("file", part("c", "c"));
    let large = "x".repeat(1_000_000);
    for (client, path, form, status, word) in [
        (&scoped, ATTACHMENTS, file("a", "a"), 401, "scope"),
        (&robin, ATTACHMENTS, file("a", "a"), 403, "permission"),
        (&admin, "/rest/api/3/issue/OPS-99/attachments", file("a", "a"), 404, "Issue does not exist"),
        (&admin, ATTACHMENTS, file("a", "eleven byte"), 413, "maximum permitted size of 10 bytes"),
        (&admin, ATTACHMENTS, file("a", &large), 413, "maximum permitted size"),
        (&admin, ATTACHMENTS, many, 413, "at most 60"),
        (&admin, ATTACHMENTS, three, 413, "limit of 2 attachments"),
        (&admin, ATTACHMENTS, Form::new().part("attachment", part("a", "a")), 400, "'file'"),
        (&admin, ATTACHMENTS, Form::new().text("file", "no file name"), 400, "'file'"),
    ] {
        let answer = client.upload(path, form).await;
        assert_eq!((answer.status, answer.body.to_string().contains(word)), (status, true), "{word}: {}", answer.body);
    }
    let posted = admin.post_with(ATTACHMENTS, ("application/json", "{}"), &[("x-atlassian-token", "no-check")]).await;
    assert_eq!(posted.status, 415);
    let kind = "multipart/form-data; boundary=x";
    let posted = admin.post_with(ATTACHMENTS, (kind, "--x\r\nnothing"), &[("x-atlassian-token", "no-check")]).await;
    assert_eq!((posted.status, posted.body["errors"].is_object()), (400, true));
    assert_eq!((sandbox.effects(), contents(directory.path())), (vec![], vec![]));
}

#[tokio::test]
async fn without_no_check_the_filter_against_forgeries_answers() {
    for (upload_without_no_check, status) in [(UploadRefusal::NotFound, 404), (UploadRefusal::Forbidden, 403)] {
        let switches = Switches { upload_without_no_check, ..Switches::default() };
        let sandbox = start(Options { switches, ..Options::default() }).await;
        let admin = Client::gateway(&sandbox, ADMIN);
        let form = admin.post_with(ATTACHMENTS, ("multipart/form-data; boundary=x", "--x--"), &[]).await;
        assert_eq!((form.status, form.body), (status, json!("XSRF check failed")));
    }
}

#[tokio::test]
async fn a_name_in_the_form_of_rfc_2231_fails_or_is_decoded() {
    let body =
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename*=utf-8''%D8%AA.txt\r\n\r\nHello\r\n--x--\r\n";
    for (extended_file_names, status, name) in
        [(ExtendedFileNames::ServerError, 500, Value::Null), (ExtendedFileNames::Decoded, 200, json!("ت.txt"))]
    {
        let switches = Switches { extended_file_names, ..Switches::default() };
        let sandbox = start(Options { switches, ..Options::default() }).await;
        let admin = Client::gateway(&sandbox, ADMIN);
        let kind = "multipart/form-data; boundary=x";
        let answer = admin.post_with(ATTACHMENTS, (kind, body), &[("x-atlassian-token", "no-check")]).await;
        assert_eq!((answer.status, &answer.body[0]["filename"]), (status, &name));
    }
}

#[tokio::test]
async fn the_content_is_behind_a_redirect_or_given_at_once_in_parts_too() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    admin.upload(ATTACHMENTS, file("a.txt", "0123456789")).await;
    let content = "/rest/api/3/attachment/content/10000";
    let direct = format!("{content}?redirect=false");
    for (path, range, status, bytes, shown) in [
        (direct.as_str(), None, 200, "0123456789", None),
        (&direct, Some("bytes=2-4"), 206, "234", Some("bytes 2-4/10")),
        (content, Some("bytes=-3"), 206, "789", Some("bytes 7-9/10")),
        (content, None, 200, "0123456789", None),
    ] {
        let answer = admin.fetch(path, range).await;
        let shown = (status, bytes.to_owned(), shown.map(str::to_owned));
        assert_eq!(answer, shown, "{path} {range:?}");
    }
    for (range, status) in [("bytes=10-", 416), ("bytes=x-", 400)] {
        assert_eq!(admin.fetch(&direct, Some(range)).await.0, status, "{range}");
    }
    assert_eq!(admin.fetch(&format!("{content}?redirect=maybe"), None).await.0, 400);
    assert_eq!(admin.fetch("/rest/api/3/attachment/content/10001?redirect=false", None).await.0, 404);
    let control = Client::new(sandbox.description().site_url, None);
    assert_eq!(control.fetch("/_sandbox/media/10000/guessed", None).await.0, 404);
}

#[tokio::test]
async fn an_attachment_is_removed_by_whom_it_belongs_to_or_an_administrator() {
    let seed = Seed::parse("").expect("a seed");
    let directory = tempfile::tempdir().expect("a directory");
    let options = || Options {
        directory: Some(directory.path().to_owned()),
        seed: Some(seed.clone()),
        adjustments: flowrun_jira_sandbox::Adjustments {
            revoked: vec![(DANA.to_owned(), "DELETE_ALL_ATTACHMENTS".to_owned())],
            ..Default::default()
        },
        ..Options::default()
    };
    let sandbox = start(options()).await;
    let (admin, dana) = (Client::gateway(&sandbox, ADMIN), Client::gateway(&sandbox, DANA));
    admin.upload(ATTACHMENTS, file("admin", "1")).await;
    dana.upload(ATTACHMENTS, file("dana", "2")).await;
    dana.upload(ATTACHMENTS, file("dana", "3")).await;
    for (client, id, status) in [(&dana, 10000, 403), (&dana, 10001, 204), (&admin, 10002, 204), (&dana, 10001, 404)] {
        assert_eq!(client.delete(&format!("/rest/api/3/attachment/{id}")).await.status, status, "{id}");
    }
    assert_eq!(contents(directory.path()), ["10000"]);
    sandbox.shutdown().await;

    // A crash between content and log leaves files that no effect names; no id is used twice.
    fs::write(directory.path().join("attachments/10003"), "left").expect("written");
    let again = start(options()).await;
    assert_eq!(contents(directory.path()), ["10000"]);
    let added = Client::gateway(&again, ADMIN).upload(ATTACHMENTS, file("a", "4")).await;
    assert_eq!(added.body[0]["id"], "10003");
    assert_eq!(Client::gateway(&again, ADMIN).fetch("/rest/api/3/attachment/content/10000", None).await.1, "1");
    Client::gateway(&again, ADMIN).delete("/rest/api/3/issue/OPS-1").await;
    assert_eq!(contents(directory.path()), Vec::<String>::new());
    assert_eq!(Client::gateway(&again, ADMIN).get("/rest/api/3/attachment/10000").await.status, 404);
}

#[tokio::test]
async fn attachments_can_be_switched_off() {
    let seed = Seed::parse("attachments: { enabled: false }").expect("a seed");
    let sandbox = start(Options { seed: Some(seed), ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    let meta = admin.get("/rest/api/3/attachment/meta").await.body;
    assert_eq!(meta, json!({ "enabled": false, "uploadLimit": 1_073_741_824 }));
    assert_eq!(admin.upload(ATTACHMENTS, file("a", "a")).await.status, 404);
}

/// Sends half an upload over a socket of its own.
async fn half_an_upload(sandbox: &Sandbox) -> TcpStream {
    let description = sandbox.description();
    let address = description.site_url.trim_start_matches("http://");
    let token = &description.users[0].bearer_token;
    let head = format!(
        "POST /ex/jira/{}{ATTACHMENTS} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         x-atlassian-token: no-check\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: 1000000\r\n\r\n\
         --x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n{}",
        description.cloud_id,
        "x".repeat(100_000)
    );
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    socket.write_all(head.as_bytes()).await.expect("sent");
    socket
}

#[tokio::test]
async fn nothing_is_left_of_an_upload_whose_client_hangs_up() {
    let directory = tempfile::tempdir().expect("a directory");
    let sandbox = start(Options { directory: Some(directory.path().to_owned()), ..Options::default() }).await;
    let socket = half_an_upload(&sandbox).await;
    while contents(directory.path()).is_empty() {
        tokio::task::yield_now().await;
    }
    drop(socket);
    while !contents(directory.path()).is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(sandbox.effects(), []);
}

#[tokio::test]
async fn a_refusal_comes_before_the_body_is_read() {
    let sandbox = start(Options { switches: Switches::default(), ..Options::default() }).await;
    Client::gateway(&sandbox, ADMIN).delete("/rest/api/3/issue/OPS-1").await;
    // Half of the body never comes, and the answer does not wait for it.
    let mut socket = half_an_upload(&sandbox).await;
    let mut start = [0; 12];
    socket.read_exact(&mut start).await.expect("an answer");
    assert_eq!(&start, b"HTTP/1.1 404");
}
