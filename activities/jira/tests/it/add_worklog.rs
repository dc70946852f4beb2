//! `jira.add_worklog` against the sandbox.

use flowrun_jira_sandbox::Exchange;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    said,
    site::{ADMIN, DEVELOPER, RUN, Site, without},
};

fn logged(site: &Site) -> Vec<Value> {
    let is_it = |exchange: &Exchange| exchange.operation.as_deref() == Some("addWorklog");
    site.traffic().into_iter().filter(is_it).filter_map(|exchange| exchange.request_body).collect()
}

#[tokio::test]
async fn work_is_logged_in_jiras_form_and_tagged() {
    let site = Site::start().await;
    let input = json!({
        "issue": "OPS-2", "time_spent": "1h 30m", "started": "2026-01-31T09:30:00+01:00", "comment": "*Renewed*.",
    });
    let output = site.step(ADMIN).run("jira.add_worklog", input).await.expect("work");
    assert_eq!(output, json!({ "key": "OPS-2", "id": "10000", "time_spent_seconds": 5400 }));
    let [sent] = &*logged(&site) else { panic!("one worklog") };
    assert_eq!((&sent["timeSpent"], &sent["started"]), (&json!("1h 30m"), &json!("2026-01-31T08:30:00.000+0000")));
    assert_eq!(sent["comment"]["content"][0]["content"][0]["marks"][0]["type"], "em");
    let tag = json!({ "run": RUN, "step": "file", "effect": "log", "attempt": 1 });
    assert_eq!(sent["properties"], json!([{ "key": "flowrun", "value": tag }]));
    site.end();
}

#[tokio::test]
async fn what_is_left_out_is_not_sent() {
    let site = Site::start().await;
    let input = json!({ "issue": "10002", "time_spent": "1d" });
    let output = site.step(ADMIN).run("jira.add_worklog", input).await.expect("work");
    assert_eq!((&output["key"], &output["time_spent_seconds"]), (&json!("OPS-2"), &json!(28_800)));
    let sent = logged(&site);
    let names: Vec<_> = sent[0].as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["timeSpent", "properties"]);
    site.end();
}

#[tokio::test]
async fn faults_are_told() {
    let site = Site::with(without(DEVELOPER, "WORK_ON_ISSUES")).await;
    let work = |issue: &str, time: &str| json!({ "issue": issue, "time_spent": time });
    let at = |started: &str| json!({ "issue": "OPS-2", "time_spent": "1h", "started": started });
    let told = [
        site.step(ADMIN).fail("jira.add_worklog", at("2026-02-30T10:00:00Z")).await,
        site.step(ADMIN).fail("jira.add_worklog", at("yesterday")).await,
        site.step(ADMIN).fail("jira.add_worklog", work("OPS-2", "0m")).await,
        site.step(ADMIN).fail("jira.add_worklog", work("OPS-99", "1h")).await,
        site.step(DEVELOPER).fail("jira.add_worklog", work("OPS-2", "1h")).await,
    ];
    assert_snapshot!(told.join("\n\n"), @r"
    FR0701 `started` NoEffect
    `started`: `2026-02-30T10:00:00Z` is not a date and time: it takes one such as `2026-01-31T09:30:00+01:00`

    FR0701 `started` NoEffect
    `started`: `yesterday` is not a date and time: it takes one such as `2026-01-31T09:30:00+01:00`

    FR0703 400 `time_spent` NoEffect
    Jira does not log the work on issue `OPS-2` (400): timeLogged: You must indicate the time spent working.
    help: it needs `WORK_ON_ISSUES` in the project, a time of a minute at least, and time tracking that is switched on

    FR0705 404 NoEffect
    issue `OPS-99` does not exist, or is not visible to the user (404): Issue does not exist or you do not have permission to see it.
    help: check the key; Jira gives the same answer for a missing thing and for one that the user may not see

    FR0703 400 NoEffect
    Jira does not log the work on issue `OPS-2` (400): You do not have the permission to associate a worklog to this issue.
    help: it needs `WORK_ON_ISSUES` in the project, a time of a minute at least, and time tracking that is switched on
    ");
    said::declared("jira.add_worklog", &told);
    assert_eq!(site.effects(), 0);
    site.end();
}

#[tokio::test]
async fn a_person_can_say_which_worklog_it_was() {
    let site = Site::start().await;
    let step = site.step(ADMIN);
    let input = json!({ "issue": "OPS-1", "time_spent": "2h" });
    let output = step.run("jira.add_worklog", input.clone()).await.expect("work");
    let adopted = step.adopt("jira.add_worklog", input.clone(), "10000").await.expect("the work");
    assert_eq!(adopted, json!({ "id": output["id"], "time_spent_seconds": 7200 }));
    for wrong in ["10099", "OPS-1"] {
        step.adopt("jira.add_worklog", input.clone(), wrong).await.expect_err("no worklog of that issue");
    }
    site.end();
}
