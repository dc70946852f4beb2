//! Work that is logged on issues.

use flowrun_jira_sandbox::{Adjustments, Options, Switches};
use serde_json::{Value, json};

use crate::client::{Client, document, start};

const WORKLOG: &str = "/rest/api/3/issue/OPS-1/worklog";

#[tokio::test]
async fn work_is_logged_and_read() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let robin = Client::gateway(&sandbox, "robin@example.com");
    let first = json!({
        "timeSpent": "1d 90m", "started": "2026-01-31T09:30:00.000+0100", "comment": document("c"),
        "visibility": { "type": "role", "value": "Administrators" },
        "properties": [{ "key": "flowrun", "value": { "run": 1 } }],
    });
    let added = admin.post(WORKLOG, first).await;
    assert_eq!(added.status, 201);
    let shown = ["id", "issueId", "timeSpent", "timeSpentSeconds", "started"].map(|name| added.body[name].clone());
    let expected =
        [json!("10000"), json!("10001"), json!("1d 1h 30m"), json!(34_200), json!("2026-01-31T08:30:00.000+0000")];
    assert_eq!(shown, expected);
    assert_eq!(admin.post(WORKLOG, json!({ "timeSpentSeconds": 60 })).await.body["timeSpent"], "1m");

    let list = async |client: &Client, query: &str| client.get(&format!("{WORKLOG}{query}")).await.body;
    let all = list(&admin, "?expand=properties").await;
    assert_eq!(all["worklogs"][0]["properties"], json!([{ "key": "flowrun", "value": { "run": 1 } }]));
    assert_eq!((&all["total"], all["worklogs"][1].get("comment")), (&json!(2), None));
    assert_eq!(list(&robin, "").await["total"], 1, "what is restricted is left out");
    assert_eq!(list(&admin, "?startedBefore=1769848200000").await["total"], 0);
    assert_eq!(list(&admin, "?startedBefore=1769848200001").await["total"], 1);
    assert_eq!(list(&admin, "?startedAfter=1769848200001").await["total"], 1);
    let inside = admin.get("/rest/api/3/issue/OPS-1?fields=worklog").await.body;
    assert_eq!(inside["fields"]["worklog"]["total"], 2);
    assert_eq!(sandbox.effects().len(), 2);
}

/// Every refusal of `addWorklog`, by status.
#[tokio::test]
async fn what_is_refused_of_a_worklog() {
    let revoked = vec![("robin@example.com".to_owned(), "WORK_ON_ISSUES".to_owned())];
    let adjustments = Adjustments { revoked, ..Adjustments::default() };
    let switches = Switches { most_worklogs: 1, ..Switches::default() };
    let sandbox = start(Options { adjustments, switches, ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let robin = Client::gateway(&sandbox, "robin@example.com");
    let good = json!({ "timeSpent": "1h" });
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    for (client, path, body, status) in [
        (&admin, WORKLOG, json!({}), 400),
        (&admin, WORKLOG, json!({ "timeSpent": "0m" }), 400),
        (&admin, WORKLOG, json!({ "timeSpent": "soon" }), 400),
        (&admin, WORKLOG, with("timeSpentSeconds", json!(60)), 400),
        (&admin, WORKLOG, with("started", json!("2026-01-31")), 400),
        (&admin, WORKLOG, with("comment", json!("text")), 400),
        (&admin, WORKLOG, with("nonsense", json!(1)), 400),
        (&admin, "/rest/api/3/issue/OPS-1/worklog?adjustEstimate=new", good.clone(), 400),
        (&robin, WORKLOG, good.clone(), 400),
        (&admin, "/rest/api/3/issue/OPS-99/worklog", good.clone(), 404),
        (&admin, "/rest/api/3/issue/OPS-1/worklog?adjustEstimate=manual&reduceBy=1h", good.clone(), 201),
        (&admin, WORKLOG, good.clone(), 413),
    ] {
        let answer = client.post(path, body.clone()).await;
        assert_eq!(answer.status, status, "{path} {body} {}", answer.body);
    }
    assert_eq!(sandbox.effects().len(), 1);
}
