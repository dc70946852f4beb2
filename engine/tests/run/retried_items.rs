//! Retried nodes with items: what is done stays in its place, and the rest goes with what the list is now.

use flowrun_engine::{
    definition::WaitsFor::Any,
    run::{Retry, RunStatus},
};
use serde_json::{Value, json};

use crate::{
    define::{define, node},
    retried::{Ended, with_inputs},
    service::{Act, Answer, Service, permanent},
    world::{in_moved_time, outcomes},
};

#[test]
fn done_items_stay_and_the_others_go_with_what_they_are_now() {
    in_moved_time(async {
        let service = (0..5).fold(Service::default(), |service, item| {
            let step = format!("each[{item}]");
            match item {
                1 => service.script(&step, &[Act::Fail(permanent())]).script(&step, &[Act::Effect(0, Answer::Done)]),
                _ => service.script(&step, &[Act::Effect(0, Answer::Done)]),
            }
        });
        let each = node("each").for_each("inputs.names", 1).with(&json!({ "text": "${{ item }}" })).after("parent");
        let definition = define([node("parent"), each, node("report").after("each")]);
        let ended = Ended::of(&service, &definition, &json!({ "names": ["a", "wrong", "c", "d", "e"] })).await;
        assert_eq!(outcomes(&ended.state), "parent: completed, each: failed, report: skipped upstream");

        let names = |names: &[&str]| with_inputs(Retry::default(), &json!({ "names": names }));
        for (names, said) in [
            (names(&["x", "b"]), "`each`: item 0 is done, and `for_each` gives another one there now"),
            (names(&[]), "`each`: item 0 is done, and `for_each` gives a list now that ends before it"),
        ] {
            assert_eq!(ended.refused(&names).await.to_string(), said);
        }

        let state = ended.retry(&names(&["a", "b", "c"])).await.unwrap();
        assert_eq!(
            (outcomes(&state).as_str(), state.status()),
            ("parent: completed, each: completed, report: completed", RunStatus::Completed)
        );
        assert_eq!(service.calls(), ["parent/1", "each[0]/1", "each[1]/1", "each[1]/2", "each[2]/1", "report/1"]);
        assert_eq!(service.effects(), ["each[0]/0", "each[1]/0", "each[2]/0"]);
        assert_eq!(
            (service.input("each[1]"), service.input("each[0]")),
            (json!({ "text": "b" }), json!({ "text": "a" }))
        );
        assert_eq!(json!(state.inputs()), json!({ "names": ["a", "b", "c"] }));
        assert_eq!(json!(state.started().inputs["names"]), json!(["a", "wrong", "c", "d", "e"]));
    });
}

#[test]
fn items_that_the_list_lost_come_back_with_their_attempts() {
    in_moved_time(async {
        let service = Service::default()
            .script("each[1]", &[Act::Fail(permanent())])
            .script("each[2]", &[Act::Fail(permanent())])
            .script("after", &[Act::Fail(permanent())]);
        let each = node("each").for_each("inputs.list", 3).with(&json!({ "of": "${{ item }}" }));
        let definition = define([each, node("after").after("each")]);
        let ended = Ended::of(&service, &definition, &json!({ "list": [0, 1, 2] })).await;
        let list = |list: &[u8]| with_inputs(Retry::default(), &json!({ "list": list }));
        let state = ended.retry(&list(&[0])).await.unwrap();
        assert_eq!(outcomes(&state), "each: completed, after: failed");
        // Done with another list: what is done stays, and nothing of the node goes again.
        let state = ended.retry(&list(&[0, 1, 2])).await.unwrap();
        assert_eq!(outcomes(&state), "each: completed, after: completed");
        assert_eq!(state.node_view("each").unwrap().results.unwrap().len(), 1);
    });
    in_moved_time(async {
        let service = Service::default()
            .script("each[0]", &[Act::Fail(permanent())])
            .script("each[0]", &[Act::Fail(permanent())])
            .script("each[1]", &[Act::Fail(permanent())]);
        let definition = define([node("each").for_each("inputs.list", 2).with(&json!({ "of": "${{ item }}" }))]);
        let ended = Ended::of(&service, &definition, &json!({ "list": [0, 1] })).await;
        let list = |list: &[u8]| with_inputs(Retry::default(), &json!({ "list": list }));
        assert_eq!(ended.retry(&list(&[0])).await.unwrap().status(), RunStatus::Failed);
        assert_eq!(ended.retry(&list(&[0, 1])).await.unwrap().status(), RunStatus::Completed);
        let mut calls = service.calls();
        calls.sort();
        assert_eq!(calls, ["each[0]/1", "each[0]/2", "each[0]/3", "each[1]/1", "each[1]/2"]);
    });
}

#[test]
fn a_list_that_is_known_later_is_held_to_what_is_done_when_its_time_comes() {
    in_moved_time(async {
        let service = Service::default()
            .script("first", &[Act::Give(json!({ "list": [1, 2] }))])
            .script("first", &[Act::Give(json!({ "list": [3, 2] }))])
            .script("each[1]", &[Act::Fail(permanent())])
            .script("gate", &[Act::Fail(permanent())]);
        let definition = define([
            node("first").continues(),
            node("gate"),
            node("each").for_each("nodes.first.list", 1).after_being("gate", &[Any]),
        ]);
        let ended = Ended::of(&service, &definition, &Value::Null).await;
        assert_eq!(outcomes(&ended.state), "first: completed, gate: failed, each: failed");
        let state = ended.retry(&Retry::default()).await.unwrap();
        assert_eq!(
            (outcomes(&state).as_str(), service.calls().len()),
            ("first: completed, gate: completed, each: completed", 6)
        );
    });
}
