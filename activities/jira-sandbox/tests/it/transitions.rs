//! Transitions: which there are, their screens, what they set and refuse.

use flowrun_jira_sandbox::{Adjustments, OffScreenComment, Options, Sandbox, Switches};
use serde_json::{Value, json};

use crate::client::{Client, document, start};

const ADMIN: &str = "admin@example.com";
const ROBIN: &str = "robin@example.com";

async fn names(client: &Client, issue: &str, query: &str) -> Vec<String> {
    let answer = client.get(&format!("/rest/api/3/issue/{issue}/transitions{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let transitions = answer.body["transitions"].as_array().expect("a list").iter();
    transitions.map(|transition| transition["name"].as_str().expect("a name").to_owned()).collect()
}

async fn go(client: &Client, issue: &str, body: Value) -> (u16, Value) {
    let answer = client.post(&format!("/rest/api/3/issue/{issue}/transitions"), body).await;
    (answer.status, answer.body)
}

async fn fields(client: &Client, issue: &str) -> Value {
    client.get(&format!("/rest/api/3/issue/{issue}")).await.body["fields"].clone()
}

#[tokio::test]
async fn the_list_follows_the_workflow_and_the_permission() {
    let sandbox = start(Options::default()).await;
    let (admin, robin) = (Client::gateway(&sandbox, ADMIN), Client::gateway(&sandbox, ROBIN));
    let none: [&str; 0] = [];
    assert_eq!(names(&admin, "OPS-1", "").await, ["To Do", "In Progress", "Done"]);
    assert_eq!(names(&admin, "WEB-1", "").await, ["Ask for review", "Close", "Note"]);
    assert_eq!(names(&admin, "WEB-1", "?transitionId=41").await, ["Close"]);
    assert_eq!(names(&admin, "WEB-1", "?transitionId=11").await, none);
    assert_eq!(names(&admin, "WEB-1", "?includeUnavailableTransitions=true").await.len(), 6);
    assert_eq!(names(&robin, "OPS-1", "").await, none);
    assert_eq!(admin.get("/rest/api/3/issue/OPS-99/transitions").await.status, 404);
}

#[tokio::test]
async fn screens_are_shown_with_what_their_fields_take() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    let answer = admin.get("/rest/api/3/issue/WEB-1/transitions?expand=transitions.fields").await;
    let [review, close, note] = answer.body["transitions"].as_array().expect("a list").as_slice() else {
        panic!("three")
    };
    assert_eq!(close["fields"]["resolution"]["required"], true);
    assert_eq!(close["fields"]["resolution"]["allowedValues"][1]["name"], "Won't Do");
    assert_eq!(review["fields"].as_object().expect("fields").keys().collect::<Vec<_>>(), ["assignee", "comment"]);
    assert_eq!(
        (&note["isLooped"], &note["isGlobal"], &note["to"]["name"]),
        (&json!(true), &json!(true), &json!("In Progress"))
    );
    assert_eq!(
        (&close["isLooped"], &close["isGlobal"], &close["hasScreen"]),
        (&json!(false), &json!(false), &json!(true))
    );
    assert!(admin.get("/rest/api/3/issue/WEB-1/transitions").await.body["transitions"][0].get("fields").is_none());
}

#[tokio::test]
async fn the_resolution_is_set_and_cleared() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    for (body, status, resolution) in [
        (json!({ "transition": { "id": "31" } }), "Done", json!("Done")),
        (json!({ "transition": { "id": "11" } }), "To Do", json!(null)),
        (
            json!({ "transition": { "id": "31" }, "fields": { "resolution": { "name": "Duplicate" } } }),
            "Done",
            json!("Duplicate"),
        ),
        (json!({ "transition": { "id": "21" } }), "In Progress", json!(null)),
    ] {
        let (code, refused) = go(&admin, "OPS-1", body).await;
        assert_eq!(code, 204, "{refused}");
        let fields = fields(&admin, "OPS-1").await;
        assert_eq!((&fields["status"]["name"], &fields["resolution"]["name"]), (&json!(status), &resolution));
        assert_eq!(fields["resolutiondate"].is_null(), resolution.is_null());
    }
}

#[tokio::test]
async fn fields_and_comment_of_a_screen() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    let body = json!({
        "transition": { "id": "21" },
        "fields": { "assignee": { "accountId": sandbox.description().users[0].account_id } },
        "update": { "comment": [{ "add": { "body": document("Please look."), "properties": [{ "key": "flowrun", "value": 1 }] } }] },
    });
    assert_eq!(go(&admin, "WEB-1", body).await.0, 204);
    let close = json!({
        "transition": { "id": "41" },
        "fields": { "resolution": { "id": "10000" } },
        "update": { "fixVersions": [{ "add": { "name": "2.0" } }] },
    });
    assert_eq!(go(&admin, "WEB-1", close).await.0, 204);
    let fields = fields(&admin, "WEB-1").await;
    assert_eq!(fields["status"]["statusCategory"]["key"], "done");
    assert_eq!(fields["assignee"]["emailAddress"], ADMIN);
    assert_eq!(fields["comment"]["comments"][0]["body"], document("Please look."));
    assert_eq!(fields["fixVersions"].as_array().expect("versions").len(), 2);
}

#[tokio::test]
async fn refusals() {
    let sandbox = start(Options::default()).await;
    let (admin, robin) = (Client::gateway(&sandbox, ADMIN), Client::gateway(&sandbox, ROBIN));
    let not_on_screen = |field: &str| json!({ field: format!("Field '{field}' cannot be set. It is not on the appropriate screen, or unknown.") });
    let comment = json!([{ "add": { "body": document("c") } }]);
    for (client, issue, body, status, errors) in [
        (&admin, "WEB-1", json!({}), 400, json!({})),
        (&admin, "WEB-1", json!({ "transition": {} }), 400, json!({})),
        (&admin, "WEB-1", json!({ "transition": { "id": "99" } }), 400, json!({})),
        (&admin, "WEB-1", json!({ "transition": { "id": "11" } }), 400, json!({})),
        (&robin, "WEB-1", json!({ "transition": { "id": "61" } }), 400, json!({})),
        (&admin, "WEB-9", json!({ "transition": { "id": "61" } }), 404, json!({})),
        (
            &admin,
            "WEB-1",
            json!({ "transition": { "id": "41" } }),
            400,
            json!({ "resolution": "Resolution is required." }),
        ),
        (
            &admin,
            "WEB-1",
            json!({ "transition": { "id": "41" }, "fields": { "resolution": null } }),
            400,
            json!({ "resolution": "Resolution is required." }),
        ),
        (
            &admin,
            "WEB-1",
            json!({ "transition": { "id": "41" }, "fields": { "resolution": { "name": "Finished" } } }),
            400,
            json!({ "resolution": "The resolution selected is invalid." }),
        ),
        (
            &admin,
            "WEB-1",
            json!({ "transition": { "id": "61" }, "fields": { "summary": "s" } }),
            400,
            not_on_screen("summary"),
        ),
        (
            &admin,
            "WEB-2",
            json!({ "transition": { "id": "11" }, "fields": { "labels": ["a"] } }),
            400,
            not_on_screen("labels"),
        ),
        (
            &admin,
            "WEB-1",
            json!({ "transition": { "id": "61" }, "fields": { "labels": ["a"] }, "update": { "labels": [{ "add": "b" }] } }),
            400,
            json!({ "labels": "Field 'labels' cannot appear in both 'fields' and 'update'" }),
        ),
        (
            &admin,
            "WEB-1",
            json!({ "transition": { "id": "41" }, "fields": { "resolution": { "name": "Done" } }, "update": { "comment": comment } }),
            400,
            not_on_screen("comment"),
        ),
        (
            &admin,
            "WEB-1",
            json!({ "transition": { "id": "61" }, "update": { "comment": [{ "add": { "body": "c" } }] } }),
            400,
            json!({}),
        ),
    ] {
        let (given, refused) = go(client, issue, body.clone()).await;
        assert_eq!((given, &refused["errors"]), (status, &errors), "{body} {refused}");
    }
    assert_eq!(sandbox.effects(), []);
}

async fn with(switches: Switches, revoked: &[(&str, &str)]) -> Sandbox {
    let revoked = revoked.iter().map(|(email, key)| ((*email).to_owned(), (*key).to_owned())).collect();
    start(Options { switches, adjustments: Adjustments { revoked, ..Adjustments::default() }, ..Options::default() })
        .await
}

#[tokio::test]
async fn rules_of_transitions_that_are_not_verified() {
    let close = json!({ "id": "41" });
    let comment = json!({
        "transition": close,
        "fields": { "resolution": { "name": "Done" } },
        "update": { "comment": [{ "add": { "body": document("c") } }] },
    });
    for (comment_off_screen, status) in [(OffScreenComment::Rejected, 400), (OffScreenComment::Dropped, 204)] {
        let sandbox = with(Switches { comment_off_screen, ..Switches::default() }, &[]).await;
        let admin = Client::gateway(&sandbox, ADMIN);
        assert_eq!(go(&admin, "WEB-1", comment.clone()).await.0, status);
        assert_eq!(fields(&admin, "WEB-1").await["comment"]["total"], 0);
    }
    for (transition_properties_stored, status) in [(true, 200), (false, 404)] {
        let sandbox = with(Switches { transition_properties_stored, ..Switches::default() }, &[]).await;
        let admin = Client::gateway(&sandbox, ADMIN);
        let body = json!({ "transition": { "id": "21" }, "properties": [{ "key": "flowrun", "value": 1 }] });
        assert_eq!(go(&admin, "OPS-1", body).await.0, 204);
        assert_eq!(admin.get("/rest/api/3/issue/OPS-1/properties/flowrun").await.status, status);
    }
    for (most_comments, status) in [(1, 204), (0, 413)] {
        let sandbox = with(Switches { most_comments, ..Switches::default() }, &[]).await;
        let body = json!({ "transition": { "id": "61" }, "update": comment["update"] });
        assert_eq!(go(&Client::gateway(&sandbox, ADMIN), "WEB-1", body).await.0, status);
    }
    for (fields_need_permissions, status) in [(true, 400), (false, 204)] {
        let switches = Switches { fields_need_permissions, ..Switches::default() };
        let sandbox = with(switches, &[(ADMIN, "RESOLVE_ISSUES")]).await;
        let body = json!({ "transition": { "id": "31" }, "fields": { "resolution": { "name": "Done" } } });
        assert_eq!(go(&Client::gateway(&sandbox, ADMIN), "OPS-1", body).await.0, status);
    }
}

#[tokio::test]
async fn an_id_may_come_as_a_number() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    for (id, status) in [(json!(21), 204), (json!("31"), 204), (json!(21.5), 400), (json!(99), 400), (json!([21]), 400)]
    {
        let (given, body) = go(&admin, "OPS-1", json!({ "transition": { "id": id } })).await;
        assert_eq!(given, status, "{id}: {body}");
    }
}
