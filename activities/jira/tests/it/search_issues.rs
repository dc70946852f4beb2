//! `jira.search_issues` against the sandbox.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
    thread::JoinHandle,
};

use flowrun_engine::{
    activity::{Done, MemoryEffectLog, Recovery, perform},
    clock::SystemClock,
};
use flowrun_jira::{Client, Connection, Credential, Files, Settings, catalogue};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    said::declared,
    site::{ADMIN, Site, attempt},
};

fn keys(output: &Value) -> Vec<&str> {
    output["issues"].as_array().expect("issues").iter().filter_map(|issue| issue["key"].as_str()).collect()
}

#[tokio::test]
async fn issues_are_given_as_details() {
    let site = Site::start().await;
    let input = json!({ "jql": "project = OPS ORDER BY key ASC", "fields": ["parent"] });
    let found = site.step(ADMIN).run("jira.search_issues", input).await.expect("issues");
    assert_eq!((keys(&found), &found["more"]), (vec!["OPS-1", "OPS-2", "OPS-3", "OPS-4", "OPS-5"], &json!(false)));
    let wanted = json!({ "issue": "OPS-4", "fields": ["parent"] });
    let read = site.step(ADMIN).run("jira.get_issue_details", wanted).await.expect("details");
    assert_eq!(found["issues"][3], read);
    site.end();
}

#[tokio::test]
async fn a_limit_is_kept_and_told() {
    let site = Site::start().await;
    let search = async |limit: usize| {
        let input = json!({ "jql": "project = OPS ORDER BY key DESC", "limit": limit });
        site.step(ADMIN).run("jira.search_issues", input).await.expect("issues")
    };
    let two = search(2).await;
    assert_eq!((keys(&two), &two["more"]), (vec!["OPS-5", "OPS-4"], &json!(true)));
    let all = search(5).await;
    assert_eq!((keys(&all).len(), &all["more"]), (5, &json!(false)));
    let none = json!({ "jql": "project = OPS AND summary ~ unheard" });
    let none = site.step(ADMIN).run("jira.search_issues", none).await.expect("no issues");
    assert_eq!((keys(&none).len(), &none["more"]), (0, &json!(false)));
    site.end();
}

#[tokio::test]
async fn what_is_not_served_is_not_asked_for_again() {
    let site = Site::start().await;
    let input = json!({ "jql": "project = OPS AND status WAS Done" });
    let failure = site.step(ADMIN).run("jira.search_issues", input).await.expect_err("it is not served");
    assert_eq!(
        (failure.recovery, failure.field.as_deref(), failure.status),
        (Recovery::Permanent, Some("jql"), Some(501))
    );
    assert!(failure.message.starts_with("Jira refuses the query (501): "), "{failure}");
    site.end();
}

#[tokio::test]
async fn several_pages_are_one_list() {
    let site = Site::start().await;
    let step = site.step(ADMIN);
    for number in 0..120 {
        let input = json!({ "project": "OPS", "issue_type": "Task", "summary": format!("number {number}") });
        site.step(ADMIN).run("jira.create_issue", input).await.expect("an issue");
    }
    let found = step.run("jira.search_issues", json!({ "jql": "project = OPS ORDER BY key ASC", "limit": 110 })).await;
    let found = found.expect("issues");
    assert_eq!((keys(&found).len(), &found["more"]), (110, &json!(true)));
    let all = step.run("jira.search_issues", json!({ "jql": "project = OPS", "limit": 5000 })).await.expect("issues");
    assert_eq!((keys(&all).len(), &all["more"]), (125, &json!(false)));
    site.end();
}

/// Answers one request after another with these bodies, a connection each; gives what was asked.
fn answers(bodies: Vec<(&'static str, Value)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    let asked = std::thread::spawn(move || {
        let answer = |(status, body): (&str, Value)| {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut request = vec![0; 64 * 1024];
            let length = stream.read(&mut request).expect("a request");
            let body = body.to_string();
            let head = format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).expect("the client is there");
            String::from_utf8_lossy(&request[..length]).into_owned()
        };
        bodies.into_iter().map(answer).collect()
    });
    (address, asked)
}

#[tokio::test]
async fn a_search_that_was_stopped_goes_on_where_it_was() {
    let page = |id: &str, token: Option<&str>| {
        let issue = json!({ "id": id, "key": format!("OPS-{id}"), "fields": {} });
        json!({ "issues": [issue], "nextPageToken": token })
    };
    let (address, asked) = answers(vec![
        ("200", page("1", Some("second"))),
        ("503", json!({})),
        ("200", page("2", None)),
        ("200", page("3", None)),
    ]);
    let credentials = Arc::new(Credential::Bearer("token".into()));
    let connection = Connection { api_base: address.clone(), site_url: address, credentials };
    let client = Client::connect(connection, &Settings::default(), Arc::new(SystemClock)).expect("a client");
    let catalogue = catalogue(&Arc::new(client), &Files::none());
    let search = catalogue.get("jira.search_issues").expect("the activity");
    let input = json!({ "jql": "project = OPS" });
    let done = Done::default();
    let searched = async |number| {
        let log = MemoryEffectLog::default();
        attempt("find", number, &input, &done, async |attempt| perform(search.as_ref(), attempt, &log).await).await
    };
    let failure = searched(1).await.expect_err("Jira is down");
    assert_eq!(failure.status, Some(503));
    let found = searched(2).await.expect("issues");
    assert_eq!((keys(&found), &found["more"]), (vec!["OPS-1", "OPS-2"], &json!(false)));
    let again = searched(3).await.expect("issues");
    assert_eq!(keys(&again), ["OPS-3"], "what was found before is no longer kept");
    let asked = asked.join().expect("all were asked");
    let goes_on: Vec<_> = asked.iter().map(|request| request.contains(r#""nextPageToken":"second""#)).collect();
    assert_eq!(goes_on, [false, true, true, false]);
}

#[tokio::test]
async fn faults_are_told() {
    let site = Site::start().await;
    let wrong = [
        json!({ "jql": "  " }),
        json!({ "jql": "ORDER BY created DESC" }),
        json!({ "jql": "project = OPS AND" }),
        json!({ "jql": "nothing = 1" }),
        json!({ "jql": "project = OPS AND status = \"No such\"" }),
        json!({ "jql": "project ~ OPS" }),
        json!({ "jql": "project = OPS ORDER BY nothing" }),
        json!({ "jql": "project = OPS", "fields": ["Sevirity"] }),
        json!({ "jql": "assignee = currentUser(" }),
        json!({ "jql": "created >= yesterday" }),
    ];
    let mut told = Vec::new();
    for input in wrong {
        told.push(site.step(ADMIN).fail("jira.search_issues", input).await);
    }
    assert_snapshot!(told.join("\n\n"), @"
    FR0701 `jql` NoEffect
    `jql`: it is empty
    help: give at least a project, a status, an assignee or a time: `project = OPS`, `created >= -7d`

    FR0701 `jql` NoEffect
    `jql`: it has no restriction, and Jira refuses to search everything
    help: give at least a project, a status, an assignee or a time: `project = OPS`, `created >= -7d`

    FR0703 400 `jql` NoEffect
    Jira refuses the query (400): Error in the JQL Query: Expecting a field name before the end of the query.

    FR0703 400 `jql` NoEffect
    Jira refuses the query (400): Field 'nothing' does not exist or you do not have permission to view it.

    FR0703 400 `jql` NoEffect
    Jira refuses the query (400): The value 'No such' does not exist for the field 'status'.

    FR0703 400 `jql` NoEffect
    Jira refuses the query (400): The operator '~' is not supported by the 'project' field.

    FR0703 400 `jql` NoEffect
    Jira refuses the query (400): Field 'nothing' does not exist or you do not have permission to view it.

    FR0701 `fields` NoEffect
    there is no field `Sevirity` among `Issue Type`, `Project`, `Parent`, `Summary`, `Description`, `Environment`, `Status`, `Priority`, `Security Level`, `Assignee`, `Reporter`, `Creator`, `Labels`, `Components`, `Due date`, `Created`, `Updated`, `Resolution`, `Resolved`, `Fix versions` and 23 more

    FR0703 400 `jql` NoEffect
    Jira refuses the query (400): Error in the JQL Query: Expecting ')' before the end of the query.

    FR0703 400 `jql` NoEffect
    Jira refuses the query (400): Date value 'yesterday' for field 'created' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.
    ");
    declared("jira.search_issues", &told);
    site.end();
}
