//! The rules that nobody has verified, each both ways.

use flowrun_jira_sandbox::{
    Adjustments, CommentRefusal, CountedOfRichText, CreateRefusal, Options, Sandbox, Switches, TextLengths,
};
use serde_json::{Value, json};

use crate::client::{Client, document, start};

const ADMIN: &str = "admin@example.com";
const DANA: &str = "dana@example.com";
const ROBIN: &str = "robin@example.com";

async fn with(switches: Switches, revoked: &[(&str, &str)]) -> Sandbox {
    let revoked = revoked.iter().map(|(email, key)| ((*email).to_owned(), (*key).to_owned())).collect();
    let adjustments = Adjustments { revoked, ..Adjustments::default() };
    start(Options { switches, adjustments, ..Options::default() }).await
}

async fn create(sandbox: &Sandbox, email: &str, more: Value) -> (u16, Value) {
    let mut fields = json!({ "project": { "key": "OPS" }, "issuetype": { "name": "Task" }, "summary": "s" });
    fields.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
    let body = json!({ "fields": fields, "properties": [{ "key": "flowrun", "value": "x" }] });
    let answer = Client::gateway(sandbox, email).post("/rest/api/3/issue", body).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_create_without_permission_is_400_or_403() {
    for (refusal, status) in [(CreateRefusal::BadRequest, 400), (CreateRefusal::Forbidden, 403)] {
        let switches = Switches { create_without_permission: refusal, ..Switches::default() };
        let sandbox = with(switches, &[(DANA, "CREATE_ISSUES")]).await;
        let (given, body) = create(&sandbox, DANA, json!({})).await;
        assert_eq!((given, body["errors"]["project"].is_string()), (status, true), "{body}");
    }
}

#[tokio::test]
async fn a_comment_without_permission_is_400_403_or_404() {
    for (refusal, status) in
        [(CommentRefusal::BadRequest, 400), (CommentRefusal::Forbidden, 403), (CommentRefusal::NotFound, 404)]
    {
        let sandbox = with(Switches { comment_without_permission: refusal, ..Switches::default() }, &[]).await;
        let body = json!({ "body": document("a") });
        let answer = Client::gateway(&sandbox, ROBIN).post("/rest/api/3/issue/OPS-1/comment", body).await;
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn an_empty_text_is_refused_or_taken() {
    for (empty_text_refused, status) in [(true, 400), (false, 201)] {
        let sandbox = with(Switches { empty_text_refused, ..Switches::default() }, &[]).await;
        assert_eq!(create(&sandbox, ADMIN, json!({ "description": document("") })).await.0, status);
    }
}

#[tokio::test]
async fn the_content_model_of_documents_is_enforced_or_not() {
    let text = |marks: Value| json!({ "type": "text", "text": "a", "marks": marks });
    let doc = |content: Value| json!({ "type": "doc", "version": 1, "content": content });
    for (document, strict, loose) in [
        (doc(json!([text(json!([]))])), 400, 201),
        (doc(json!([{ "type": "paragraph", "content": [{ "type": "paragraph" }] }])), 400, 201),
        (doc(json!([{ "type": "bulletList", "content": [] }])), 400, 201),
        (
            doc(json!([{ "type": "paragraph", "content": [text(json!([{ "type": "code" }, { "type": "strong" }]))] }])),
            400,
            201,
        ),
        (doc(json!([{ "type": "codeBlock", "content": [text(json!([{ "type": "em" }]))] }])), 400, 201),
        (doc(json!([{ "type": "heading", "attrs": { "level": 7 }, "content": [] }])), 400, 400),
        (doc(json!([{ "type": "paragraph", "content": [text(json!([{ "type": "link" }]))] }])), 400, 400),
        (doc(json!([{ "type": "paragraph", "content": [text(json!([{ "type": "code" }]))] }])), 201, 201),
        (doc(json!([{ "type": "paragraph", "content": [] }, { "type": "rule" }])), 201, 201),
    ] {
        for (document_model_enforced, status) in [(true, strict), (false, loose)] {
            let sandbox = with(Switches { document_model_enforced, ..Switches::default() }, &[]).await;
            let given = create(&sandbox, ADMIN, json!({ "description": document })).await;
            assert_eq!(given.0, status, "{document} {document_model_enforced}");
        }
    }
}

#[tokio::test]
async fn properties_at_create_are_stored_or_lost() {
    for (create_properties_stored, status) in [(true, 200), (false, 404)] {
        let sandbox = with(Switches { create_properties_stored, ..Switches::default() }, &[]).await;
        assert_eq!(create(&sandbox, ADMIN, json!({})).await.0, 201);
        let property = Client::gateway(&sandbox, ADMIN).get("/rest/api/3/issue/OPS-6/properties/flowrun").await;
        assert_eq!(property.status, status);
    }
}

#[tokio::test]
async fn properties_at_create_need_edit_issues_or_not() {
    for (create_properties_need_edit, status) in [(true, 403), (false, 201)] {
        let switches = Switches { create_properties_need_edit, ..Switches::default() };
        let sandbox = with(switches, &[(DANA, "EDIT_ISSUES")]).await;
        assert_eq!(create(&sandbox, DANA, json!({})).await.0, status);
    }
}

#[tokio::test]
async fn some_fields_need_a_permission_or_not() {
    for (fields_need_permissions, status) in [(true, 400), (false, 201)] {
        let sandbox = with(Switches { fields_need_permissions, ..Switches::default() }, &[]).await;
        let me = sandbox.description().users[2].account_id.clone();
        let given = create(&sandbox, ROBIN, json!({ "assignee": { "id": me } })).await;
        assert_eq!(given.0, status, "{}", given.1);
        let metadata = Client::gateway(&sandbox, ROBIN).get("/rest/api/3/issue/createmeta/OPS/issuetypes/10002").await;
        let fields = metadata.body["fields"].as_array().expect("fields").clone();
        assert_eq!(fields.iter().any(|field| field["fieldId"] == "assignee"), !fields_need_permissions);
    }
}

#[tokio::test]
async fn an_assignee_must_be_assignable_or_not() {
    for (assignee_must_be_assignable, status) in [(true, 400), (false, 201)] {
        let switches = Switches { assignee_must_be_assignable, ..Switches::default() };
        let sandbox = with(switches, &[(DANA, "ASSIGNABLE_USER")]).await;
        let dana = sandbox.description().users[1].account_id.clone();
        assert_eq!(create(&sandbox, ADMIN, json!({ "assignee": { "id": dana } })).await.0, status);
    }
}

#[tokio::test]
async fn e_mails_of_others_are_hidden_or_shown() {
    for emails_hidden in [true, false] {
        let sandbox = with(Switches { emails_hidden, ..Switches::default() }, &[]).await;
        let admin = Client::gateway(&sandbox, ADMIN);
        let found = admin.get("/rest/api/3/user/search?query=dana@example.com").await;
        assert_eq!(found.body[0]["displayName"], "Dana Developer");
        assert_eq!(found.body[0].get("emailAddress").is_none(), emails_hidden);
        assert_eq!(admin.get("/rest/api/3/myself").await.body["emailAddress"], ADMIN);
    }
}

/// A text, whether it is too long by characters, by units of UTF-16, and as a document.
fn long_texts() -> [(String, bool, bool, bool); 4] {
    [
        ("x".repeat(30_000), false, false, false),
        ("x".repeat(32_767), false, false, true),
        ("x".repeat(32_768), true, true, true),
        ("😀".repeat(16_384), false, true, false),
    ]
}

#[tokio::test]
async fn rich_text_has_a_limit_that_is_counted_in_several_ways() {
    let limit = "The entered text is too long. It exceeds the allowed limit of 32,767 characters.";
    let default = Switches::default();
    let utf16 = Switches { text_lengths: TextLengths::Utf16, ..default.clone() };
    let whole = Switches { rich_text_counted: CountedOfRichText::Document, ..default.clone() };
    for (index, switches) in [default, utf16, whole].into_iter().enumerate() {
        let sandbox = with(switches, &[]).await;
        let admin = Client::gateway(&sandbox, ADMIN);
        for (text, characters, units, document_too) in long_texts() {
            let is_refused = [characters, units, document_too][index];
            let rich = document(&text);
            let (status, body) = create(&sandbox, ADMIN, json!({ "description": rich })).await;
            assert_eq!(
                (status, body["errors"]["description"] == limit),
                if is_refused { (400, true) } else { (201, false) }
            );
            let answer = admin.post("/rest/api/3/issue/OPS-1/comment", json!({ "body": rich })).await;
            assert_eq!(
                (answer.status, answer.body["errors"]["comment"] == limit),
                if is_refused { (400, true) } else { (201, false) }
            );
            let edit = json!({ "fields": { "description": rich } });
            let answer = admin.put("/rest/api/3/issue/OPS-1", edit).await;
            assert_eq!(answer.status, if is_refused { 400 } else { 204 }, "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_summary_is_counted_in_characters_or_in_utf_16() {
    let summary = json!({ "summary": "😀".repeat(200) });
    for (text_lengths, status) in [(TextLengths::Characters, 201), (TextLengths::Utf16, 400)] {
        let sandbox = with(Switches { text_lengths, ..Switches::default() }, &[]).await;
        assert_eq!(create(&sandbox, ADMIN, summary.clone()).await.0, status);
    }
}
