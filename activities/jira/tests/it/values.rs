//! Values in texts that Jira reads, through a definition and against the sandbox: whatever is in them, they stay values.

use std::sync::Arc;

use flowrun_engine::{
    definition::{Definition, Source, load},
    expression::{Bindings, Bound},
};
use flowrun_jira::{Client, Files, catalogue};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::site::{ADMIN, Site};

/// The inputs of a run, and what a node `read` gave.
struct Inputs(Value, Value);

impl Bindings for Inputs {
    fn root(&self, name: &str) -> Option<Bound<'_>> {
        (name == "inputs").then(|| Bound::json(&self.0))
    }

    fn node(&self, id: &str) -> Option<Bound<'_>> {
        (id == "read").then(|| Bound::json(&self.1))
    }
}

/// A definition of one node, with the inputs `x` (plain), `q` (a query) and `m` (Markdown).
fn definition(activity: &str, with: &str) -> Result<Definition, String> {
    let text = format!(
        "process: p\nversion: v\ninputs:\n  x: {{}}\n  q: {{ type: string, x-text: jql }}\n  \
         m: {{ type: string, x-text: markdown }}\nnodes:\n  a:\n    activity: {activity}\n    with: {with}\n"
    );
    let loaded = load(&Source::new("p.yaml", text), &catalogue(&Arc::new(Client::offline()), &Files::none()));
    let told = loaded.diagnostics.iter().map(|fault| format!("{} {}", fault.code, fault.message));
    let told = told.collect::<Vec<_>>().join("; ");
    loaded.definition.ok_or(told)
}

/// The evaluated inputs of that node.
fn input(activity: &str, with: &str, x: &Value) -> Result<Value, String> {
    let (q, m) = ("labels = export OR project = HR", "**m**");
    let inputs = Inputs(json!({ "x": x, "q": q, "m": m }), Value::Null);
    definition(activity, with)?.nodes[0]
        .kind
        .activity()
        .expect("it has one")
        .with
        .evaluate(&inputs)
        .map_err(|error| error.to_string())
}

#[tokio::test]
async fn no_value_asks_for_more_than_the_query_does() {
    let site = Site::start().await;
    let values = [
        json!("WEB\" OR project = \"HR"),
        json!("WEB' OR project = 'HR"),
        json!("WEB) OR (project = HR"),
        json!("WEB\\\" OR project = HR OR project = \\\""),
        json!("WEB\\"),
        json!("WEB OR project = HR"),
        json!(["OPS-1", "x\") OR (project = \"HR"]),
        json!(-1),
        json!(null),
        json!({ "a": "HR" }),
    ];
    let queries = [
        "project = OPS AND summary ~ \"${{ inputs.x }}\"",
        "project = OPS AND summary ~ '${{ inputs.x }}'",
        "project = OPS AND summary ~ ${{ inputs.x }}",
        "project = OPS AND key in ${{ inputs.x }}",
        "project = OPS AND key in (OPS-1, ${{ inputs.x }})",
        "project = OPS AND updated >= -${{ inputs.x }}d",
        "project = OPS AND ${{ inputs.x }} = 1",
        "project = \"${{ inputs.x }}\"",
        "project = OPS AND ${{ inputs.q }}",
        "project = OPS AND (summary ~ \"x\" OR ${{ jql.raw('project = HR OR ' + inputs.q) }})",
    ];
    for query in queries {
        for value in &values {
            let with = json!({ "jql": query }).to_string();
            let Ok(input) = input("jira.search_issues", &with, value) else { continue };
            let Ok(found) = site.step(ADMIN).run("jira.search_issues", input.clone()).await else { continue };
            let keys: Vec<&str> =
                found["issues"].as_array().unwrap().iter().filter_map(|i| i["key"].as_str()).collect();
            assert!(keys.iter().all(|key| key.starts_with("OPS-")), "{query} of {value}: {input}: {keys:?}");
        }
    }
    site.end();
}

#[tokio::test]
async fn values_find_what_they_name() {
    let site = Site::start().await;
    let cases = [
        ("project = OPS AND key in ${{ inputs.x }} ORDER BY key ASC", json!(["OPS-1", "OPS-2"])),
        ("key in (${{ inputs.x }}, OPS-2) ORDER BY key ASC", json!(["OPS-1"])),
        ("key = ${{ inputs.x }} OR key = 'OPS-2' ORDER BY key ASC", json!("OPS-1")),
        ("${{ jql.raw('key in (OPS-1, OPS-2)') }} ORDER BY key ASC", json!(null)),
        ("${{ jql.raw('key in (OPS-1, OPS-2) ORDER BY key ASC') }}", json!(null)),
    ];
    for (query, value) in cases {
        let with = json!({ "jql": query }).to_string();
        let input = input("jira.search_issues", &with, &value).expect("a query");
        let found = site.step(ADMIN).run("jira.search_issues", input).await.expect("issues");
        let keys: Vec<&str> = found["issues"].as_array().unwrap().iter().filter_map(|i| i["key"].as_str()).collect();
        assert_eq!(keys, ["OPS-1", "OPS-2"], "{query}");
    }
    site.end();
}

#[test]
fn what_cannot_stand_there_is_told_before_the_run() {
    let withs = [
        r#"{ jql: "${{ inputs.x }}" }"#,
        r#"{ jql: "project = OPS AND ${{ inputs.x }}" }"#,
        r#"{ jql: "${{ inputs.q }}" }"#,
        r#"{ jql: "project = '${{ inputs.q }}'" }"#,
        r#"{ jql: "project = '${{ markdown(inputs.x) }}'" }"#,
        r#"{ jql: "project = '${{ inputs.x }}" }"#,
    ];
    let told = withs.map(|with| match definition("jira.search_issues", with) {
        Ok(_) => format!("{with}: fine"),
        Err(told) => format!("{with}: {told}"),
    });
    assert_snapshot!(told.join("\n"), @r#"
    { jql: "${{ inputs.x }}" }: FR0413 `inputs.x` is a plain value, and a condition stands here
    { jql: "project = OPS AND ${{ inputs.x }}" }: FR0413 `inputs.x` is a plain value, and a condition stands here
    { jql: "${{ inputs.q }}" }: fine
    { jql: "project = '${{ inputs.q }}'" }: FR0413 `inputs.q` is JQL, and it stands in quotes
    { jql: "project = '${{ markdown(inputs.x) }}'" }: FR0413 `markdown()` gives Markdown, which does not belong here
    { jql: "project = '${{ inputs.x }}" }: FR0413 a quote in the query is not closed
    "#);
}

/// A text × what it is declared to be → what stands in the description and in a field that is a rich text.
#[tokio::test]
async fn a_value_in_a_rich_text_shows_as_it_is() {
    let site = Site::start().await;
    let ugly = json!("__init__.py: 5*3*2 failed in <module> of *.log");
    let text = |text: &str| json!([{ "type": "text", "text": text }]);
    let strong = json!([{ "type": "text", "text": "m", "marks": [{ "type": "strong" }] }]);
    let cases = [
        ("${{ inputs.x }}", text("__init__.py: 5*3*2 failed in <module> of *.log")),
        ("It: ${{ inputs.x }}", text("It: __init__.py: 5*3*2 failed in <module> of *.log")),
        ("${{ inputs.m }}", strong.clone()),
        ("${{ markdown('**m**') }}", strong),
        ("${{ '**m**' }}", text("**m**")),
    ];
    for (written, content) in cases {
        let with = json!({
            "project": "OPS", "issue_type": "Bug", "summary": "s ${{ inputs.x }}", "description": written,
            "fields": { "Steps to reproduce": written, "Customer": "c ${{ inputs.x }}" },
        });
        let input = input("jira.create_issue", &with.to_string(), &ugly).expect("inputs");
        let made = site.step(ADMIN).run("jira.create_issue", input).await.expect("an issue");
        let sent = site.traffic().into_iter().rev().find_map(|exchange| {
            let body = exchange.request_body?;
            body["fields"].get("summary").is_some().then(|| body["fields"].clone())
        });
        let sent = sent.expect("the request");
        assert_eq!(sent["summary"], "s __init__.py: 5*3*2 failed in <module> of *.log", "{made}");
        assert_eq!(sent["customfield_10101"], "c __init__.py: 5*3*2 failed in <module> of *.log");
        assert_eq!(sent["description"]["content"][0]["content"], content, "{written}");
        assert_eq!(sent["customfield_10102"]["content"][0]["content"], content, "{written}");
    }
    site.end();
}

/// A description and a rich text are copied as they are, wherever they stand; a field that is not a rich text shows as it is.
#[tokio::test]
async fn a_copy_is_the_same() {
    let site = Site::start().await;
    let rich = "# 1.0\n\n- *one* `a*b`\n- [two](https://example.com/a_b)\n\n5\\*3\\*2";
    let fields = json!({ "Steps to reproduce": rich, "Customer": "5*3*2" });
    let bug = json!({ "project": "OPS", "issue_type": "Bug", "summary": "s", "description": rich, "fields": fields });
    let made = site.step(ADMIN).run("jira.create_issue", bug).await.expect("an issue");
    let key = made["key"].as_str().expect("a key");
    let read = site.read(key, &["Steps to reproduce", "Customer"]).await;
    let text = "process: p\nversion: v\nnodes:\n  read: { activity: jira.get_issue_details, with: { issue: OPS-1 } }\n  copy:\n    \
        activity: jira.create_issue\n    with:\n      project: OPS\n      issue_type: Bug\n      summary: s\n      \
        description: ${{ nodes.read.description }}\n      fields:\n        \
        Steps to reproduce: ${{ nodes.read.fields['Steps to reproduce'] }}\n        Customer: ${{ nodes.read.fields.Customer }}\n  quote:\n    \
        activity: jira.create_issue\n    with:\n      project: OPS\n      issue_type: Bug\n      summary: s\n      \
        description: ${{ nodes.read.fields.Customer }}\n      fields:\n        Steps to reproduce: ${{ nodes.read.description }}\n";
    let loaded = load(&Source::new("p.yaml", text), &catalogue(&Arc::new(Client::offline()), &Files::none()));
    let definition = loaded.definition.expect("a definition");
    let mut copies = Vec::new();
    for id in ["copy", "quote"] {
        let node = definition.node(id).expect("the node");
        let input = node
            .kind
            .activity()
            .expect("it has one")
            .with
            .evaluate(&Inputs(Value::Null, read.clone()))
            .expect("inputs");
        let made = site.step(ADMIN).run("jira.create_issue", input).await.expect("an issue");
        copies.push(site.read(made["key"].as_str().expect("a key"), &["Steps to reproduce", "Customer"]).await);
    }
    for name in ["description", "fields"] {
        assert_eq!(copies[0][name], read[name], "{name}");
    }
    assert_eq!(copies[1]["fields"]["Steps to reproduce"], read["description"]);
    let mut sent = site.traffic().into_iter().filter_map(|exchange| exchange.request_body);
    let quoted = json!([{ "type": "text", "text": "5*3*2" }]);
    assert!(sent.any(|body| body["fields"]["description"]["content"][0]["content"] == quoted));
    site.end();
}
