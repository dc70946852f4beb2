//! A definition with all of the language that is built, and what it becomes.

use std::time::Duration;

use flowrun_engine::{
    definition::{Join, OnFailure, Phase, Source, WaitsFor, process_schema},
    kind::OnUnknown,
};
use insta::assert_snapshot;
use serde_json::json;

use crate::{catalogue::catalogue, check, loaded};

const ALL: &str = include_str!("valid/all.yaml");

#[test]
fn all_of_the_language_is_read() {
    assert_snapshot!(check(ALL), @"53:17 FR0216 warning [retry] where it cannot be shown whether the effect happened it is sent again, and may be done twice; remove it, and a person is asked then; keep it if twice does no harm");
    let definition = loaded(ALL).definition.expect("no errors");
    assert_eq!(definition.process, "all-of-it");
    assert_eq!(definition.access_token.as_deref(), Some("acme"));
    let ids: Vec<_> = definition.nodes.iter().map(|node| (node.id.as_str(), node.phase)).collect();
    let main = ["open", "each", "close", "later", "any_end"].map(|id| (id, Phase::Main));
    assert_eq!(ids, [&main[..], &[("tidy", Phase::Finally)]].concat());
    let node = |id: &str| definition.node(id).expect("the node");
    let (open, each, close) = (node("open"), node("each"), node("close"));
    let work = |id: &str| node(id).kind.activity().expect("its work");
    let retry = &work("open").retry;
    assert_eq!((retry.attempts.get(), retry.delay, retry.backoff), (3, Duration::from_secs(1), 2.0));
    assert_eq!((work("open").timeout, open.deadline), (Some(Duration::from_secs(20)), Duration::from_secs(7200)));
    assert_eq!((work("each").retry.attempts.get(), work("each").retry.jitter), (7, false));
    let for_each = each.for_each.as_ref().expect("for_each");
    assert_eq!((for_each.name.as_str(), for_each.max_parallel.get()), ("label", 2));
    assert_eq!(for_each.on_item_failure, OnFailure::Continue);
    assert_eq!((close.join, work("close").on_unknown), (Join::Any, OnUnknown::Retry));
    let edges: Vec<_> = close.edges.iter().map(|edge| (edge.from.as_str(), edge.waits_for.as_slice())).collect();
    assert_eq!(edges, [("open", &[WaitsFor::Completed][..]), ("each", &[WaitsFor::Failed, WaitsFor::Skipped][..])]);
    let mentions: Vec<_> = node("later").mentions.iter().map(ToString::to_string).collect();
    assert_eq!(mentions, ["close", "open"]);
    assert_eq!(&ALL[open.span.clone()], "desk.open");
}

#[test]
fn a_small_definition_has_the_built_in_defaults() {
    let definition = loaded("process: p\nversion: v\nnodes: { a: { activity: desk.look } }\n").definition;
    let definition = definition.expect("no errors");
    let node = definition.node("a").expect("the node");
    let work = node.kind.activity().expect("its work");
    assert_eq!((work.retry.attempts.get(), work.timeout, node.deadline), (5, None, Duration::from_secs(86_400)));
    assert_eq!(definition.hash.as_str().len(), 64);
}

#[test]
fn the_schema_is_one() {
    let schema = process_schema(&catalogue());
    assert!(jsonschema::draft7::meta::is_valid(&schema), "{schema:#}");
    assert_eq!(schema["definitions"]["Node"]["required"], json!(["activity"]));
    assert_eq!(schema["required"], json!(["process", "version", "nodes"]));
}

#[test]
fn inputs_are_bound() {
    let text = "process: p\nversion: v\ninputs:\n  title: { type: string, maxLength: 5 }\n  count: { type: integer, default: 1 }\n  owner: { type: string, default: null }\n  tags: { type: array, items: { type: string }, default: [] }\nnodes: { a: { activity: desk.look } }\n";
    let definition = loaded(text).definition.expect("no errors");
    let bind = |given: serde_json::Value| {
        let bound = definition.bind_inputs(given.as_object().expect("an object").clone());
        bound.map(|bound| serde_json::Value::from(bound).to_string()).unwrap_or_else(|faults| {
            let line = |fault: &flowrun_engine::diagnostic::Diagnostic| {
                format!("{} {}; {}", fault.code, fault.message, fault.help.as_deref().unwrap_or("-"))
            };
            faults.iter().map(line).collect::<Vec<_>>().join("\n")
        })
    };
    assert_snapshot!(bind(json!({ "title": "x" })), @r#"{"title":"x","count":1,"owner":null,"tags":[]}"#);
    assert_snapshot!(bind(json!({ "owner": null, "title": "x", "count": 3, "tags": ["a"] })), @r#"{"title":"x","count":3,"owner":null,"tags":["a"]}"#);
    assert_snapshot!(bind(json!({ "titel": "x", "other_thing": 1 })), @"
    FR0213 `p` has no input `titel`; did you mean `title`?
    FR0213 `p` has no input `other_thing`; its inputs are `title`, `count`, `owner`, `tags`
    ");
    assert_snapshot!(bind(json!({})), @"FR0213 the input `title` is missing; give it with `-i title=…`; it has no default");
    assert_snapshot!(bind(json!({ "title": "too long", "count": "3", "tags": ["a", 2] })), @r#"
    FR0213 the input `title` does not fit: `too long` is longer than 5 characters; -
    FR0213 the input `count` does not fit: expected an integer, found `3`; without quotes it is one: `3`
    FR0213 the input `tags` does not fit (at `/1`): expected a string, found `2`; quote it: `"2"`
    "#);
    assert_eq!(definition.input("tags").expect("the input").types(), ["array"]);
}

#[test]
fn bytes_that_are_no_definition_are_refused() {
    let refused = |bytes: &[u8]| {
        let fault = Source::from_bytes("x.yaml", bytes).expect_err("no text");
        format!("{} {:?} {}", fault.code, fault.span, fault.message)
    };
    assert_snapshot!(refused(b"process: p\nversion: \xff\n"), @"FR0112 Some(20..20) the file is not text in UTF-8, from line 2, column 10 on");
    assert_snapshot!(refused(&vec![b'x'; (8 << 20) + 1]), @"FR0108 None the file is larger than 8 MiB");
    let source = Source::from_bytes("x.yaml", "process: é".as_bytes()).expect("text");
    assert_eq!((source.name(), source.text()), ("x.yaml", "process: é"));
}
