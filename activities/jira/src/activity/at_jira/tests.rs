//! What holds for all activities, over a Jira that always answers the same.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use bytes::Bytes;
use flowrun_engine::{
    activity::{Activity, Attempt, Done},
    clock::SystemClock,
    id::StepPath,
    random::SystemRandom,
};
use futures_util::StreamExt;
use reqwest::{StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use crate::{
    activity::catalogue,
    client::{
        Call, Client, ClientParts, Connection, Credential, HttpAnswer, HttpRequest, Settings, Transport,
        TransportError, endpoint,
    },
    files::Files,
};

/// Answers everything with an object by which nothing can be done, and keeps what it was asked.
#[derive(Debug, Default)]
struct Useless {
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Useless {
    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        self.asked.lock().unwrap().push(request.address.path().to_owned());
        let answer = json!({ "accountId": "5b10", "errors": { "projectKey": "It is taken." } });
        let body = futures_util::stream::iter([Ok(Bytes::from(answer.to_string()))]).boxed();
        Ok(HttpAnswer { status: StatusCode::OK, headers: HeaderMap::new(), body })
    }
}

impl Useless {
    fn client(self: &Arc<Self>) -> Arc<Client> {
        let connection = Connection {
            api_base: "https://acme.atlassian.net".into(),
            site_url: "https://acme.atlassian.net".into(),
            credentials: Arc::new(Credential::Bearer("s3cr3t".into())),
        };
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let parts = ClientParts { transport: self.clone(), clock, random };
        Arc::new(Client::over(connection, &Settings::default(), parts).expect("a client"))
    }

    fn asked_who_it_is(&self) -> usize {
        self.asked.lock().unwrap().iter().filter(|path| path.ends_with("/myself")).count()
    }
}

/// Inputs that each activity refuses for what is read.
fn refused_when_read() -> Vec<(&'static str, Value)> {
    vec![
        ("jira.add_assignee", json!({ "issue": "OPS-1", "assignee": null })),
        ("jira.add_attachment", json!({ "issue": "OPS-1", "name": "a.txt", "content": "a" })),
        ("jira.add_comments", json!({ "issue": "10001", "comment": "c" })),
        ("jira.add_watcher", json!({ "issue": "OPS-1", "user": "me" })),
        ("jira.add_worklog", json!({ "issue": "10001", "time_spent": "1h" })),
        ("jira.create_issue", json!({ "project": "OPS", "issue_type": "Bug", "summary": "s" })),
        ("jira.create_project", json!({ "key": "NEW", "name": "New" })),
        ("jira.delete_issue", json!({ "issue": "OPS-1" })),
        ("jira.find_user", json!({ "name": "Dana" })),
        ("jira.get_issue_details", json!({ "issue": "OPS-1" })),
        ("jira.link_issues", json!({ "issue": "OPS-1", "link": "blocks", "to": "OPS-2" })),
        ("jira.search_issues", json!({ "jql": "project = OPS", "fields": ["Severity"] })),
        ("jira.update_issue", json!({ "issue": "OPS-1", "summary": "t" })),
        ("jira.update_issue_status", json!({ "issue": "OPS-1", "status": "Done" })),
    ]
}

async fn is_refused(activity: &dyn Activity, input: &Value) -> bool {
    let (step, done) = (StepPath::of("step".into()), Done::default());
    let run = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
    let attempt = Attempt { run, step: &step, number: 1, input, done: &done };
    activity.read(&attempt).await.is_err()
}

#[tokio::test]
async fn what_any_activity_refuses_is_asked_anew() {
    let cases = refused_when_read();
    let jira = Arc::new(Useless::default());
    let all = catalogue(&jira.client(), &Files::none());
    let names: BTreeSet<_> = all.iter().map(|activity| activity.description().name.to_string()).collect();
    assert_eq!(cases.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>(), names);
    for (name, input) in cases {
        let jira = Arc::new(Useless::default());
        let client = jira.client();
        let ask =
            async || client.reader().send(&Call::new(&endpoint::MYSELF, [], "the user")).await.expect("an answer");
        ask().await;
        ask().await;
        assert_eq!(jira.asked_who_it_is(), 1, "it is remembered");
        let activity = catalogue(&client, &Files::none());
        assert!(is_refused(activity.get(name).expect("an activity").as_ref(), &input).await, "{name}");
        ask().await;
        assert_eq!(jira.asked_who_it_is(), 2, "{name} keeps what may be no longer so");
    }
}
