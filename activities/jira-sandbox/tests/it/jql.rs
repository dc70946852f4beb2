//! Queries: what they find, and what they are refused for.

use flowrun_jira_sandbox::{Options, Sandbox, Seed, Switches};
use serde_json::{Value, json};

use crate::client::{Answer, Client, document, start};

const ADMIN: &str = "admin@example.com";
const DANA: &str = "dana@example.com";
pub(crate) const PATH: &str = "/rest/api/3/search/jql";

pub(crate) async fn search(client: &Client, jql: &str) -> Answer {
    client.post(PATH, json!({ "jql": jql, "fields": ["key"] })).await
}

/// The keys that a query finds, in their order.
pub(crate) async fn keys(client: &Client, jql: &str) -> Vec<String> {
    let answer = search(client, jql).await;
    assert_eq!(answer.status, 200, "{jql}: {}", answer.body);
    let issues = answer.body["issues"].as_array().expect("issues").iter();
    issues.map(|issue| issue["key"].as_str().expect("a key").to_owned()).collect()
}

pub(crate) async fn admin() -> (Sandbox, Client) {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    (sandbox, admin)
}

/// A sprint by its id, by its name, and by how far it is; in each position of an operator.
#[tokio::test]
async fn sprints_are_found() {
    let custom = "{ id: customfield_10020, name: Sprint, type: sprint, sprints: [\
                  { id: 4, name: One, state: closed }, { id: 5, name: Two, state: active }, { id: 6, name: Next 7, state: future }] }";
    let seed = Seed::built_in().text().replace("custom_fields:\n", &format!("custom_fields:\n  - {custom}\n"));
    let seed = seed.replace("      - customfield_10101\n", "      - customfield_10101\n      - customfield_10020\n");
    let sandbox = start(Options { seed: Some(Seed::parse(&seed).expect("a seed")), ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    for (issue, sprint) in [("WEB-1", 5), ("WEB-2", 6)] {
        let fields = json!({ "fields": { "customfield_10020": sprint } });
        assert_eq!(admin.put(&format!("/rest/api/3/issue/{issue}"), fields).await.status, 204, "{issue}");
    }
    for (jql, found) in [
        ("sprint = 5", "WEB-1"),
        ("Sprint = \"two\"", "WEB-1"),
        ("cf[10020] = 'Next 7'", "WEB-2"),
        ("sprint in (5, 'Next 7')", "WEB-1 WEB-2"),
        ("sprint != Two", "WEB-2"),
        ("sprint not in (Two, 4)", "WEB-2"),
        ("sprint in openSprints()", "WEB-1"),
        ("sprint in futureSprints()", "WEB-2"),
        ("sprint in closedSprints()", ""),
        ("sprint not in openSprints()", "WEB-2"),
        ("sprint in (openSprints(), futureSprints())", "WEB-1 WEB-2"),
        ("sprint is not EMPTY", "WEB-1 WEB-2"),
        ("project = OPS and sprint is EMPTY and key < OPS-2", "OPS-1"),
    ] {
        assert_eq!(keys(&admin, &format!("{jql} order by key")).await.join(" "), found, "{jql}");
    }
    for (jql, words) in [
        ("sprint = Three", "The value 'Three' does not exist for the field 'sprint'."),
        ("sprint ~ Two", "The operator '~' is not supported by the 'sprint' field."),
        ("sprint > 4", "The operator '>' is not supported by the 'sprint' field."),
        ("sprint in openSprints(Two)", "Function 'openSprints' expected '0' arguments but received '1'."),
        (
            "labels in openSprints()",
            "A value provided by the function 'openSprints' is invalid for the field 'labels'.",
        ),
    ] {
        let answer = search(&admin, jql).await;
        assert_eq!(answer.status, 400, "{jql}: {}", answer.body);
        assert_eq!(answer.body["errorMessages"], json!([words]), "{jql}");
    }
}

#[tokio::test]
async fn what_queries_find() {
    let (sandbox, admin) = admin().await;
    let fields = json!({
        "project": { "key": "OPS" },
        "issuetype": { "name": "Story" },
        "summary": "Pay by invoice",
        "description": document("Customers from the public sector ask for it."),
        "labels": ["billing", "Export"],
        "duedate": "2026-10-01",
        "customfield_10101": "ACME Corp",
        "customfield_10103": 5,
        "customfield_10106": "2026-12-24",
    });
    assert_eq!(admin.post("/rest/api/3/issue", json!({ "fields": fields })).await.status, 201);
    let dana = &sandbox.description().users[1].account_id;
    for (jql, found) in [
        ("project = OPS order by key", "OPS-1 OPS-2 OPS-3 OPS-4 OPS-5 OPS-6"),
        ("project = operations and key < OPS-3 order by key desc", "OPS-2 OPS-1"),
        ("key in (OPS-5, 'ops-1') order by key", "OPS-1 OPS-5"),
        ("id = 10003 or issue = OPS-4 order by id", "OPS-3 OPS-4"),
        ("project = 10000 AND type = Bug", "OPS-1"),
        ("issuetype not in (Task, Story, 10001)", "OPS-4"),
        ("status = \"to do\" AND issuetype = Story order by key", "OPS-3 OPS-6"),
        ("statusCategory != Done order by key", "OPS-1 OPS-2 OPS-3 OPS-4 OPS-6"),
        ("statusCategory = \"In Progress\" OR status = 10002 order by key", "OPS-2 OPS-5"),
        ("resolution = Unresolved AND resolution is EMPTY AND key = OPS-1", "OPS-1"),
        ("resolution is not empty", ""),
        ("assignee = 'dana@example.com'", "OPS-2"),
        ("assignee = 'Dana Developer' AND reporter = currentUser()", "OPS-2"),
        ("assignee != currentUser()", "OPS-2"),
        ("assignee is EMPTY order by key", "OPS-1 OPS-3 OPS-4 OPS-5 OPS-6"),
        ("assignee in (EMPTY, 'dana@example.com') and key >= OPS-5 order by key", "OPS-5 OPS-6"),
        ("assignee not in membersOf('jira-administrators')", "OPS-2"),
        ("priority > Medium", "OPS-5"),
        ("priority <= Medium and key < OPS-3 order by key", "OPS-1 OPS-2"),
        ("labels = export order by key", "OPS-3 OPS-6"),
        ("labels in (billing) and labels is not empty", "OPS-6"),
        ("labels != export", ""),
        ("component = Website", "OPS-1"),
        ("component is EMPTY and key < OPS-3", "OPS-2"),
        ("fixVersion is EMPTY and affectedVersion is EMPTY and key = OPS-1", "OPS-1"),
        ("parent = OPS-3", "OPS-4"),
        ("summary ~ invoice", "OPS-6"),
        ("description ~ 'public sector'", "OPS-6"),
        ("description ~ '\"public customers\"'", ""),
        ("comment ~ reproduced", "OPS-1"),
        ("text ~ \"quer*\"", "OPS-1"),
        ("text ~ acme", "OPS-6"),
        ("summary !~ export and key < OPS-4 order by key", "OPS-1 OPS-2"),
        ("due < '2026-11-01'", "OPS-6"),
        ("duedate is not EMPTY", "OPS-6"),
        ("created >= -10m", "OPS-6"),
        ("created < startOfYear(1) and updated >= startOfDay() and created <= now()", "OPS-6"),
        ("created = '2026-09-01 08:30' order by key", "OPS-1 OPS-2 OPS-3 OPS-4 OPS-5"),
        ("\"Story points\" > 3", "OPS-6"),
        ("cf[10103] = 5 and cf[10103] != 4", "OPS-6"),
        ("\"story POINTS\" is EMPTY and key = OPS-1", "OPS-1"),
        ("Customer ~ acme", "OPS-6"),
        ("\"Target date\" > endOfMonth(-1)", "OPS-6"),
        ("NOT (project = OPS AND status != Done)", "OPS-5"),
        ("project = OPS AND (priority = High OR labels = billing) order by priority desc", "OPS-5 OPS-6"),
        ("project = OPS order by assignee asc, key desc", "OPS-2 OPS-6 OPS-5 OPS-4 OPS-3 OPS-1"),
        ("project = OPS order by status desc, key", "OPS-5 OPS-2 OPS-1 OPS-3 OPS-4 OPS-6"),
        ("key <= OPS-3", "OPS-3 OPS-2 OPS-1"),
        (&format!("assignee = {dana} or creator = {dana}"), "OPS-2"),
    ] {
        let (clause, order) = jql
            .split_once(" order by ")
            .map_or((jql, String::new()), |(clause, order)| (clause, format!("order by {order}")));
        let jql = format!("project = OPS and ({clause}) {order}");
        assert_eq!(keys(&admin, &jql).await.join(" "), found, "{jql}");
    }
    assert!(keys(&Client::gateway(&sandbox, DANA), "reporter = currentUser()").await.is_empty());
}

#[tokio::test]
async fn fields_of_every_type_are_found_by() {
    let (sandbox, admin) = admin().await;
    let dana = sandbox.description().users[1].account_id.clone();
    let fields = json!({
        "fixVersions": [{ "name": "2.0" }],
        "customfield_10107": [{ "value": "Web" }, { "value": "iOS" }],
        "customfield_10109": [{ "accountId": dana }],
        "customfield_10110": { "name": "1.0" },
        "customfield_10112": "https://example.com/runbook",
        "customfield_10113": ["blue"],
        "customfield_10114": "2026-10-01T08:00:00.000+0000",
    });
    let edited = admin.put("/rest/api/3/issue/WEB-1", json!({ "fields": fields })).await;
    assert_eq!(edited.status, 204, "{}", edited.body);
    let done = json!({ "transition": { "id": "31" } });
    assert_eq!(admin.post("/rest/api/3/issue/OPS-1/transitions", done).await.status, 204);
    for (jql, found) in [
        ("Platforms = iOS", "WEB-1"),
        ("Platforms in (Android)", ""),
        ("Platforms not in (Android)", "WEB-1"),
        ("Region = Germany and Region = Europe and Region != Asia", "WEB-1"),
        ("Reviewers = 'dana@example.com'", "WEB-1"),
        ("\"Introduced in\" = '1.0'", "WEB-1"),
        ("fixVersion in ('1.1', '2.0')", "WEB-1"),
        ("Runbook = 'https://example.com/runbook'", "WEB-1"),
        ("Teams = blue and Teams is not EMPTY", "WEB-1"),
        ("\"Starts at\" >= '2026-10-01 08:00' and \"Starts at\" < '2026-10-01 08:01'", "WEB-1"),
        ("resolution = Done and resolved >= -10m and status = Done", "OPS-1"),
        ("resolution = Unresolved and key = OPS-1", ""),
        ("resolution != Duplicate", "OPS-1"),
        ("status = 'In Progress' and project = WEB order by status", "WEB-1"),
        ("Platforms is EMPTY and project = WEB", "WEB-2"),
    ] {
        assert_eq!(keys(&admin, jql).await.join(" "), found, "{jql}");
    }
}

#[tokio::test]
async fn what_queries_are_refused_for() {
    let (_sandbox, admin) = admin().await;
    for (jql, message) in [
        ("", "Unbounded JQL queries are not allowed here."),
        ("order by created", "Unbounded JQL queries are not allowed here."),
        ("project", "Error in the JQL Query: Expecting operator before the end of the query."),
        ("nonsense = 1", "Field 'nonsense' does not exist or you do not have permission to view it."),
        ("issue.property[flowrun].run = 1", "Error in the JQL Query: "),
        ("project = OPS order by nonsense", "Field 'nonsense' does not exist"),
        ("cf[10999] = 1", "Field 'cf[10999]' does not exist"),
        ("project = NONE", "The value 'NONE' does not exist for the field 'project'."),
        ("status = Dnoe", "The value 'Dnoe' does not exist for the field 'status'."),
        ("assignee = 'nobody@example.com'", "The value 'nobody@example.com' does not exist for the field 'assignee'."),
        ("key = OPS-99", "An issue with key 'OPS-99' does not exist for field 'key'."),
        ("key = nonsense", "The issue key 'nonsense' for field 'key' is invalid."),
        ("created > yesterday", "Date value 'yesterday' for field 'created' is invalid."),
        ("'Story points' > many", "The value 'many' is not a number"),
        ("status ~ Done", "The operator '~' is not supported by the 'status' field."),
        ("summary = x", "The operator '=' is not supported by the 'summary' field."),
        ("summary ~ '*x'", "is not allowed to be empty or to begin with a wildcard"),
        ("status > Done", "The operator '>' is not supported by the 'status' field."),
        ("due > EMPTY", "does not support searching for EMPTY values"),
        ("status is Done", "The operator 'is' takes EMPTY or NULL only"),
        (
            "created > currentUser()",
            "A value provided by the function 'currentUser' is invalid for the field 'created'.",
        ),
        ("assignee = now()", "A value provided by the function 'now' is invalid for the field 'assignee'."),
        ("assignee = nonsense()", "Unable to find JQL function 'nonsense()'."),
        ("assignee in membersOf(none)", "the group does not exist"),
        ("key = OPS-1 order by key, id, created, updated, due, status, type, project", "at most 7 fields"),
    ] {
        let answer = search(&admin, jql).await;
        let said = answer.body["errorMessages"][0].as_str().unwrap_or_default().to_owned();
        assert_eq!((answer.status, said.contains(message)), (400, true), "{jql}: {said}");
        let counted = admin.post("/rest/api/3/search/approximate-count", json!({ "jql": jql })).await;
        assert_eq!(counted.status, 400, "{jql}");
    }
    let several = search(&admin, "project = NONE and status = Dnoe").await;
    assert_eq!(several.body["errorMessages"].as_array().map(Vec::len), Some(2));
    for (jql, named) in [
        ("status was Done", "WAS"),
        ("assignee in updatedBy(x)", "updatedBy()"),
        ("watcher = currentUser()", "watcher"),
    ] {
        let answer = search(&admin, jql).await;
        assert_eq!(answer.status, 501);
        assert!(answer.body["errorMessages"][0].as_str().is_some_and(|said| said.contains(named)), "{}", answer.body);
    }
}

#[tokio::test]
async fn what_nobody_knows_is_refused_or_finds_nothing() {
    let switches = Switches { unknown_jql_refused: false, ..Switches::default() };
    let sandbox = start(Options { switches, ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    for (jql, found) in [
        ("project = NONE", 0),
        ("nonsense = 1", 0),
        ("nonsense = 1 or key = OPS-1", 1),
        ("project = OPS and status in (Dnoe, Done)", 1),
        ("key = OPS-99", 0),
    ] {
        assert_eq!(keys(&admin, jql).await.len(), found, "{jql}");
    }
    assert_eq!(search(&admin, "created > yesterday").await.status, 400);
}

#[tokio::test]
async fn the_fields_tell_their_names_in_queries() {
    let (_sandbox, admin) = admin().await;
    let fields = admin.get("/rest/api/3/field").await.body;
    for (id, names) in [
        ("duedate", json!(["due", "duedate"])),
        ("fixVersions", json!(["fixVersion"])),
        ("attachment", json!([])),
        ("customfield_10103", json!(["cf[10103]", "Story points"])),
    ] {
        let field = fields.as_array().expect("fields").iter().find(|field| field["id"] == id).expect(id);
        assert_eq!((&field["clauseNames"], &field["searchable"]), (&names, &json!(names != json!([]))), "{id}");
        // A name of a query is one that is known.
        for name in names.as_array().expect("names").iter().filter_map(Value::as_str) {
            let answer = search(&admin, &format!("project = OPS and \"{name}\" is EMPTY")).await;
            assert_eq!(answer.status, 200, "{name}: {}", answer.body);
        }
    }
}
