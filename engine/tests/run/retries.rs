//! Retries, rate limits, timeouts and deadlines, on a clock that the test moves.

use flowrun_engine::run::{RunState, RunStatus};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    define::{Build, define, node},
    service::{Act, Answer, Service, limited, permanent, transient},
    world::{World, in_moved_time, outcome, run},
};

/// When each attempt of `a` began, in seconds; how the node ended, and with which code.
fn attempts(service: &Service, a: Build) -> (Vec<i64>, String, Option<String>) {
    let state = run(service, &define([a]));
    let code = state.node_view("a").unwrap().error.map(|error| error.code.to_string());
    (begins(&state), outcome(&state, "a"), code)
}

fn begins(state: &RunState) -> Vec<i64> {
    let view = state.node_view("a").unwrap();
    view.steps[0].attempts.iter().map(|attempt| attempt.started_at.as_second()).collect()
}

fn failing(times: usize) -> Service {
    (0..times).fold(Service::default(), |service, _| service.script("a", &[Act::Fail(transient())]))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn transient_failures_are_tried_again_with_growing_waits() {
    assert_eq!(attempts(&failing(3), node("a")), (vec![0, 2, 6, 14], "completed".into(), None));
    assert_eq!(attempts(&failing(9), node("a")), (vec![0, 2, 6, 14, 30], "failed".into(), Some("FR0706".into())));
    assert_eq!(attempts(&failing(9), node("a").attempts(1)), (vec![0], "failed".into(), Some("FR0706".into())));
    // The longest wait is a minute.
    let (begins, ..) = attempts(&failing(7), node("a").attempts(8));
    assert_eq!(begins, [0, 2, 6, 14, 30, 62, 122, 182]);
}

#[test]
fn permanent_failures_are_not_tried_again() {
    let service = Service::default().script("a", &[Act::Fail(permanent())]);
    assert_eq!(attempts(&service, node("a")), (vec![0], "failed".into(), Some("FR0703".into())));
}

#[test]
fn a_retry_is_not_earlier_than_the_service_asks() {
    use flowrun_engine::activity::{Failure, Recovery::Transient};
    let busy = |until| Failure { recovery: Transient { not_before: Some(at(until)) }, ..transient() };
    let service = Service::default().script("a", &[Act::Fail(busy(30))]).script("a", &[Act::Fail(busy(31))]);
    assert_eq!(attempts(&service, node("a")).0, [0, 30, 34]);
}

#[test]
fn a_rate_limit_is_waited_for_as_long_as_it_is_said() {
    let soon = at(0) + jiff::SignedDuration::from_millis(300);
    let service = Service::default().script("a", &[Act::Fail(limited(soon))]).script("a", &[Act::Fail(limited(at(1)))]);
    assert_eq!(attempts(&service, node("a")).0, [0, 0, 1]);
}

#[test]
fn rate_limits_use_up_no_attempt_but_count_towards_the_deadline() {
    let limits = |until: &[i64]| {
        until.iter().fold(Service::default(), |service, until| service.script("a", &[Act::Fail(limited(at(*until)))]))
    };
    assert_eq!(
        attempts(&limits(&[10, 20, 30]), node("a").attempts(1)),
        (vec![0, 10, 20, 30], "completed".into(), None)
    );
    // A limit that ends at once is not asked in a loop.
    assert_eq!(attempts(&limits(&[0, 0]), node("a")).0, [0, 1, 2]);
    let (begins, outcome, code) = attempts(&limits(&[10, 61]), node("a").deadline(60));
    assert_eq!((begins, outcome.as_str(), code.as_deref()), (vec![0, 10], "failed", Some("FR0709")));
}

#[test]
fn a_wait_that_would_pass_the_deadline_fails_the_step() {
    let (begins, outcome, code) = attempts(&failing(9), node("a").deadline(7));
    assert_eq!((begins, outcome.as_str(), code.as_deref()), (vec![0, 2, 6], "failed", Some("FR0709")));
}

#[test]
fn attempts_end_at_their_timeout_and_at_the_deadline() {
    let hanging = || Service::default().script("a", &[Act::Hang]).script("a", &[Act::Hang]);
    // The activity's own timeout is 30 seconds.
    assert_eq!(attempts(&hanging(), node("a")).0, [0, 32, 66]);
    assert_eq!(attempts(&hanging(), node("a").timeout(5)).0, [0, 7, 16]);
    let (begins, outcome, code) = attempts(&hanging(), node("a").timeout(5).attempts(1));
    assert_eq!((begins, outcome.as_str(), code.as_deref()), (vec![0], "failed", Some("FR0708")));
    let (begins, outcome, code) = attempts(&hanging(), node("a").timeout(5).deadline(9));
    assert_eq!((begins, outcome.as_str(), code.as_deref()), (vec![0, 7], "failed", Some("FR0709")));
}

#[test]
fn waits_are_spread_by_chance() {
    use flowrun_engine::kind::{NodeKind, Retry};
    let waits: Vec<i64> = in_moved_time(async {
        let service = (0..4).fold(Service::default(), |service, _| service.script("a", &[Act::Fail(transient())]));
        let world = World::new(&service);
        let mut definition = (*define([node("a")])).clone();
        let NodeKind::Activity(node) = &mut definition.nodes[0].kind else { panic!("it has an activity") };
        node.retry = Retry::default();
        let run = world.start(&definition.into(), &Value::Null).await;
        let state = world.drive(run).await.unwrap();
        let attempts = &state.node_view("a").unwrap().steps[0].attempts;
        let ended = attempts.iter().filter_map(|attempt| Some((attempt.ended_at?, attempt.retry_at?)));
        ended.map(|(ended, retry)| retry.duration_since(ended).as_millis().try_into().unwrap()).collect()
    });
    assert_eq!(waits.len(), 4);
    for (wait, base) in waits.iter().zip([2_000, 4_000, 8_000, 16_000]) {
        assert!((base * 7 / 10..=base * 13 / 10).contains(wait), "{wait} for {base}");
    }
    assert!(waits.iter().zip([2_000, 4_000, 8_000, 16_000]).any(|(wait, base)| *wait != base));
}

#[test]
fn a_panic_is_the_failure_of_the_activity() {
    let service = Service::default().script("a", &[Act::Panic]);
    let state = run(&service, &define([node("a"), node("b")]));
    let error = state.node_view("a").unwrap().error.unwrap();
    assert_eq!(
        (error.code.to_string().as_str(), error.message.as_str()),
        ("FR0713", "the activity panicked: as the script says")
    );
    assert_eq!(outcome(&state, "b"), "completed");
}

#[test]
fn the_time_of_an_attempt_begins_anew_with_each_further_effect() {
    let effects =
        |pause: u64| -> Vec<Act> { (0..4).map(|number| Act::Effect(number, Answer::DoneAfter(pause))).collect() };
    let attempts = |pause: u64| {
        let service = Service::default().can_look().script("a", &effects(pause)).usually("a", &effects(0));
        let state = run(&service, &define([node("a").timeout(30)]));
        assert_eq!(service.effects().len(), 4, "{:?}", service.effects());
        state.node_view("a").unwrap().attempts
    };
    assert_eq!(attempts(20), 1, "80 seconds in all, but never more than 30 without a further effect");
    assert_eq!(attempts(40), 2);
}

#[test]
fn a_run_that_only_waits_says_so() {
    in_moved_time(async {
        let service = Service::default().script("a", &[Act::Fail(transient())]);
        let world = World::new(&service);
        let run = world.start(&define([node("a")]), &json!({})).await;
        world.drive(run).await.unwrap();
        use RunStatus::{Completed, Running, Waiting};
        assert_eq!(world.observed.statuses(), [Running, Waiting, Running, Completed]);
        assert_eq!(world.store.summary(run).await.unwrap().unwrap().status, Completed);
    });
}
