//! `for_each`: one step for each item.

use flowrun_engine::{definition::WaitsFor::Any, diagnostic::Code, run::RunStatus};
use serde_json::{Value, json};

use crate::{
    define::{define, last, node},
    service::{Act, Service, permanent, transient},
    world::{outcome, outcomes, run, run_with},
};

#[test]
fn each_item_is_a_step_with_its_item_and_index() {
    let each = node("each").for_each("inputs.names", 1).item_called("name");
    let each = each.with(&json!({ "text": "${{ name }}", "at": "${{ index }}" }));
    let service = Service::default().script("each[1]", &[Act::Give(json!({ "key": "B" }))]);
    let definition = define([each, node("after").with(&json!({ "all": "${{ nodes.each.results }}" }))]);
    let state = run_with(&service, &definition, &json!({ "names": ["a", "b"] }));
    assert_eq!(service.calls(), ["each[0]/1", "each[1]/1", "after/1"]);
    assert_eq!(service.input("each[1]"), json!({ "text": "b", "at": 1 }));
    let results = json!([
        { "outcome": "completed", "output": {}, "error": null },
        { "outcome": "completed", "output": { "key": "B" }, "error": null },
    ]);
    assert_eq!(json!(state.node_view("each").unwrap().results), results);
    assert_eq!(service.input("after"), json!({ "all": results }));
    assert_eq!(state.node_view("each").unwrap().output, None);
}

#[test]
fn an_empty_list_completes() {
    let service = Service::default();
    let state = run(&service, &define([node("each").for_each("[]", 3), node("after").after("each")]));
    assert_eq!(outcomes(&state), "each: completed, after: completed");
    assert_eq!(state.node_view("each").unwrap().results.map(|results| results.len()), Some(0));
    assert_eq!(service.calls(), ["after/1"]);
}

#[test]
fn at_most_max_parallel_items_run_at_a_time() {
    for parallel in 1..=4 {
        let service =
            (0..6).fold(Service::default(), |service, item| service.script(&format!("each[{item}]"), &[Act::Take(1)]));
        let state = run(&service, &define([node("each").for_each("[0, 1, 2, 3, 4, 5]", parallel)]));
        assert_eq!(outcome(&state, "each"), "completed");
        assert_eq!(service.most_running(), parallel as usize);
        let expected: Vec<String> = (0..6).map(|item| format!("each[{item}]/1")).collect();
        assert_eq!(service.calls(), expected, "in order");
    }
}

#[test]
fn the_first_failure_lets_no_new_item_start_and_finishes_those_in_flight() {
    let service = Service::default()
        .script("each[0]", &[Act::Take(5), Act::Fail(transient())])
        .script("each[1]", &[Act::Take(1), Act::Fail(permanent())]);
    let definition = define([
        node("each").for_each("[0, 1, 2]", 2),
        node("handler").after_being("each", &[flowrun_engine::definition::WaitsFor::Failed]),
        node("reads").with(&json!({ "all": "${{ nodes.each.results }}" })),
    ]);
    let state = run(&service, &definition);
    assert_eq!(outcomes(&state), "each: failed, handler: completed, reads: completed");
    let each = state.node_view("each").unwrap();
    let words: Vec<Value> = each.results.unwrap().values().map(|result| result["outcome"].clone()).collect();
    assert_eq!(words, ["completed", "failed", "skipped"]);
    assert_eq!(each.error.unwrap().message, "no", "the node fails with its item's failure");
    assert_eq!(service.calls(), ["each[0]/1", "each[1]/1", "each[0]/2", "handler/1", "reads/1"]);
}

#[test]
fn on_item_failure_continue_runs_all_and_completes() {
    let service = Service::default().script("each[0]", &[Act::Fail(permanent())]);
    let state = run(&service, &define([node("each").for_each("[0, 1, 2]", 1).items_continue()]));
    assert_eq!((outcome(&state, "each").as_str(), state.status()), ("completed", RunStatus::Completed));
    let results: Vec<Value> = state.node_view("each").unwrap().results.unwrap().values().collect();
    assert_eq!(results[0]["error"]["message"], json!("no"));
    assert_eq!((&results[1]["outcome"], &results[2]["outcome"]), (&json!("completed"), &json!("completed")));
}

#[test]
fn an_item_whose_inputs_cannot_be_evaluated_fails() {
    let each = || node("each").for_each("[1, 0, 2]", 1).with(&json!({ "share": "${{ 10 / item }}" }));
    let state = run(&Service::default(), &define([each()]));
    assert_eq!(outcome(&state, "each"), "failed");
    let state = run(&Service::default(), &define([each().items_continue()]));
    let results: Vec<Value> = state.node_view("each").unwrap().results.unwrap().values().collect();
    assert_eq!(results[1]["error"]["code"], json!("FR0702"));
    assert_eq!((outcome(&state, "each").as_str(), &results[2]["outcome"]), ("completed", &json!("completed")));
}

#[test]
fn an_item_is_refused_by_the_strict_schema() {
    let each = node("each").for_each("['short', 'much too long']", 1).with(&json!({ "text": "${{ item }}" }));
    let state = run(&Service::default(), &define([each]));
    let results: Vec<Value> = state.node_view("each").unwrap().results.unwrap().values().collect();
    assert_eq!((&results[0]["outcome"], &results[1]["error"]["code"]), (&json!("completed"), &json!("FR0701")));
}

#[test]
fn the_condition_is_evaluated_once_before() {
    let service = Service::default();
    let state = run(&service, &define([node("each").for_each("[1, 2]", 1).only_if("false")]));
    assert_eq!((outcome(&state, "each").as_str(), service.calls().len()), ("skipped condition", 0));
}

#[test]
fn null_has_no_items() {
    let state = run(&Service::default(), &define([node("each").for_each("null", 1)]));
    assert_eq!(outcome(&state, "each"), "completed");
    assert_eq!(state.node_view("each").unwrap().results.map(|results| results.len()), Some(0));
}

#[test]
fn what_takes_too_much_fails_the_node_and_says_so() {
    let doubled = format!("${{{{ ['x']{} }}}}", ".map(b, b + b)".repeat(40));
    let state = run(&Service::default(), &define([node("large").with(&json!({ "key": doubled }))]));
    let error = state.node_view("large").unwrap().error.unwrap();
    assert_eq!(error.code, Code::BUDGET);
    assert!(error.message.starts_with("`with` cannot be evaluated: `['x'].map("), "{}", error.message);
}

#[test]
fn a_missing_output_in_an_items_with_skips_the_node() {
    let each = node("each").for_each("[1, 2]", 1).with(&json!({ "key": "${{ nodes.off.key }}" }));
    let state = run(&Service::default(), &define([node("off").only_if("false"), each]));
    assert_eq!(outcome(&state, "each"), "skipped condition");
    assert_eq!(state.node_view("each").unwrap().because, Some("nodes.off.key"));
}

#[test]
fn a_failing_run_cancels_a_node_that_has_items_left() {
    let service = Service::default()
        .script("each[0]", &[Act::Take(5)])
        .script("bad", &[Act::Take(1), Act::Fail(permanent())])
        .script("last_one[0]", &[Act::Take(5)]);
    let definition = define([
        node("each").for_each("[0, 1]", 1),
        node("last_one").for_each("[0]", 1),
        node("bad"),
        node("late").after_being("each", &[Any]).for_each("[0, 1]", 1),
        last("end").for_each("[0, 1]", 1),
    ]);
    let state = run(&service, &definition);
    let expected = "each: cancelled, last_one: completed, bad: failed, late: completed, end: completed";
    assert_eq!(outcomes(&state), expected);
    let results: Vec<Value> = state.node_view("each").unwrap().results.unwrap().values().collect();
    assert_eq!((&results[0]["outcome"], &results[1]["outcome"]), (&json!("completed"), &json!("skipped")));
}
