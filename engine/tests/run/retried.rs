//! Runs that failed or were cancelled, and go on: what goes again, what stays, and what the run says in the end.

use std::{sync::Arc, time::Duration};

use flowrun_engine::{
    definition::{
        Definition,
        WaitsFor::{Any, Failed},
    },
    diagnostic::Code,
    id::RunId,
    journal::{Decision, Entry, StepEntry},
    run::{CannotRetry, EngineError, Retry, RunState, RunStatus},
};
use serde_json::{Value, json};

use crate::{
    define::{define, define_all, last, node},
    service::{Act, Answer, Service, permanent, transient},
    world::{World, in_moved_time, outcomes},
};

/// A retry of these nodes; of all that was not done, where there are none.
pub(crate) fn of(nodes: &[&str]) -> Retry {
    let mut retry = Retry::default();
    retry.nodes = nodes.iter().map(|node| (*node).into()).collect();
    retry
}

fn and_downstream(mut retry: Retry) -> Retry {
    retry.downstream = true;
    retry
}

pub(crate) fn with_inputs(mut retry: Retry, inputs: &Value) -> Retry {
    retry.inputs = inputs.as_object().cloned();
    retry
}

/// A run that ended, in a world.
pub(crate) struct Ended {
    pub(crate) world: World,
    pub(crate) run: RunId,
    pub(crate) state: RunState,
}

impl Ended {
    pub(crate) async fn of(service: &Service, definition: &Arc<Definition>, inputs: &Value) -> Self {
        let world = World::new(service);
        let run = world.start(definition, inputs).await;
        let state = world.drive(run).await.unwrap();
        Self { world, run, state }
    }

    /// Retries it and drives it to its new end.
    pub(crate) async fn retry(&self, retry: &Retry) -> Result<RunState, EngineError> {
        let preview = self.world.engine.retry_preview(self.run, retry).await?;
        self.world.engine.retry(self.run, retry).await?;
        let waits = self.world.engine.state(self.run).await?;
        assert_eq!(outcomes(&waits), outcomes(&preview), "the preview tells what the retry does");
        assert_eq!((waits.status(), waits.ended_at()), (RunStatus::Interrupted, None));
        let summary = self.world.store.summary(self.run).await?.unwrap();
        assert_eq!((summary.status, summary.ended_at), (RunStatus::Interrupted, None));
        assert!(summary.due.is_some(), "whoever drives all runs goes on with it");
        let state = self.world.drive(self.run).await?;
        assert_eq!(self.replayed(state.definition()).await, state, "the journal tells the same");
        assert_eq!(state.unsound(), None);
        Ok(state)
    }

    async fn replayed(&self, definition: &Arc<Definition>) -> RunState {
        RunState::replay(definition.clone(), &self.world.store.journal(self.run).await.unwrap()).unwrap()
    }

    pub(crate) async fn refused(&self, retry: &Retry) -> CannotRetry {
        let before = self.world.store.journal(self.run).await.unwrap();
        let refused = self.world.engine.retry(self.run, retry).await.unwrap_err();
        assert_eq!(self.world.store.journal(self.run).await.unwrap(), before, "nothing of the run has changed");
        let EngineError::CannotRetry { why, .. } = refused else { panic!("{refused}") };
        *why
    }
}

/// Runs a definition to its end, retries it, and says how its nodes were and are, and how it ended.
fn retried(service: &Service, definition: &Arc<Definition>, retry: &Retry) -> (String, String, RunStatus) {
    in_moved_time(async {
        let ended = Ended::of(service, definition, &Value::Null).await;
        let state = ended.retry(retry).await.unwrap();
        (outcomes(&ended.state), outcomes(&state), state.status())
    })
}

#[test]
fn what_was_not_done_goes_again_and_what_was_done_does_not() {
    let service = Service::default()
        .script("parent", &[Act::Effect(0, Answer::Done)])
        .script("child", &[Act::Effect(0, Answer::Done), Act::Effect(1, Answer::Refused)])
        .script("child", &[Act::Effect(0, Answer::Done), Act::Effect(1, Answer::Done)]);
    let definition = define([
        node("parent"),
        node("child").after("parent"),
        node("grandchild").after("child"),
        node("beside").after("parent").only_if("false"),
        node("not_taken").after_being("parent", &[Failed]),
    ]);
    let (before, after, status) = retried(&service, &definition, &Retry::default());
    assert_eq!(
        before,
        "parent: completed, child: failed, grandchild: skipped upstream, beside: skipped condition, \
         not_taken: skipped condition"
    );
    assert_eq!(
        after,
        "parent: completed, child: completed, grandchild: completed, beside: skipped condition, not_taken: skipped \
         condition"
    );
    assert_eq!(status, RunStatus::Completed);
    assert_eq!(service.calls(), ["parent/1", "child/1", "child/2", "grandchild/1"], "attempt numbers go on");
    assert_eq!(service.effects(), ["parent/0", "child/0", "child/1"], "what happened is not sent again");
}

#[test]
fn which_nodes_go_again_is_a_table() {
    let fails = |step: &str| Service::default().script(step, &[Act::Fail(permanent())]);
    let both = || fails("a").script("b", &[Act::Fail(permanent())]);
    let handled =
        || define([node("a"), node("h").after_being("a", &[Failed]), node("b").after("h"), node("c").after("a")]);
    let table = [
        // Its failure was handled: it stays, and what it blocked stays blocked.
        (
            fails("a").script("b", &[Act::Fail(permanent())]),
            handled(),
            of(&[]),
            "a/1 h/1 b/1 b/2",
            RunStatus::Completed,
        ),
        // Named all the same, it goes again, and nothing else does.
        (
            fails("a").script("b", &[Act::Fail(permanent())]),
            handled(),
            of(&["a"]),
            "a/1 h/1 b/1 a/2",
            RunStatus::Failed,
        ),
        // A handler that failed may handle it now.
        (fails("a").script("h", &[Act::Fail(permanent())]), handled(), of(&["h"]), "a/1 h/1 h/2", RunStatus::Failed),
        // An `any` edge let it run then; it is done.
        (
            fails("a"),
            define([node("a"), node("b").after_being("a", &[Any])]),
            of(&[]),
            "a/1 b/1 a/2",
            RunStatus::Completed,
        ),
        // Let be: it stays.
        (
            both(),
            define([node("a").continues(), node("b").after("a"), node("c").after("b")]),
            of(&[]),
            "a/1 b/1 b/2 c/1",
            RunStatus::Completed,
        ),
        // Only the named one, and the run does not claim what it did not do.
        (fails("a"), define([node("a"), node("b").after("a")]), of(&["a"]), "a/1 a/2", RunStatus::Failed),
        (
            fails("a"),
            define([node("a"), node("b").after("a")]),
            and_downstream(of(&["a"])),
            "a/1 a/2 b/1",
            RunStatus::Completed,
        ),
        // It may fail again.
        (
            fails("a").script("a", &[Act::Fail(permanent())]),
            define([node("a"), node("b").after("a")]),
            of(&[]),
            "a/1 a/2",
            RunStatus::Failed,
        ),
    ];
    for (number, (service, definition, retry, calls, status)) in table.into_iter().enumerate() {
        let (_, after, ended) = retried(&service, &definition, &retry);
        assert_eq!((service.calls().join(" "), ended), (calls.to_owned(), status), "row {number}: {after}");
    }
}

#[test]
fn what_was_left_is_named_and_goes_with_the_next_retry() {
    in_moved_time(async {
        let service = Service::default().script("a", &[Act::Fail(permanent())]).script("c", &[Act::Fail(permanent())]);
        let definition = define([node("a"), node("b").after("a"), node("c")]);
        let ended = Ended::of(&service, &definition, &Value::Null).await;
        let state = ended.retry(&of(&["a"])).await.unwrap();
        assert_eq!(
            (outcomes(&state).as_str(), state.status()),
            ("a: completed, b: skipped upstream, c: failed", RunStatus::Failed)
        );
        let error = state.error().unwrap();
        assert_eq!((error.place(), error.failure.code), ("b", Code::LEFT_UNDONE));
        let state = ended.retry(&Retry::default()).await.unwrap();
        assert_eq!(
            (outcomes(&state).as_str(), state.status()),
            ("a: completed, b: completed, c: completed", RunStatus::Completed)
        );
        let retries: Vec<_> = state.retries().iter().map(|retry| (retry.outcome.as_str(), retry.nodes.len())).collect();
        assert_eq!(retries, [("failed", 1), ("failed", 2)]);
    });
}

#[test]
fn a_cancelled_run_goes_on() {
    in_moved_time(async {
        let service = Service::default()
            .script("a", &[Act::Effect(0, Answer::Done), Act::Fail(transient())])
            .script("other", &[Act::Take(1)]);
        let definition = define([node("a"), node("b").after("a"), node("other"), last("end")]);
        let world = World::new(&service);
        let run = world.start(&definition, &Value::Null).await;
        let is_waiting = |entry: &Entry| matches!(entry, Entry::Step(_, StepEntry::AttemptFailed { .. }));
        let stop = world.observed.when(is_waiting);
        world.engine.drive(run, stop).await.unwrap();
        world.engine.request_cancel(run).await.unwrap();
        let state = world.drive(run).await.unwrap();
        assert_eq!(state.status(), RunStatus::Cancelled);
        let ended = Ended { world, run, state };
        let state = ended.retry(&Retry::default()).await.unwrap();
        assert_eq!(outcomes(&state), "a: completed, b: completed, other: completed, end: completed");
        assert_eq!((state.status(), service.effects()), (RunStatus::Completed, vec!["a/0".to_owned()]));
    });
}

#[test]
fn counted_attempts_and_deadlines_begin_anew() {
    let service = (0..3).fold(Service::default(), |service, _| service.script("a", &[Act::Fail(transient())]));
    let definition = define([node("a").attempts(2).deadline(60)]);
    let (_, after, status) = retried(&service, &definition, &Retry::default());
    assert_eq!((after.as_str(), status), ("a: completed", RunStatus::Completed));
    assert_eq!(service.calls(), ["a/1", "a/2", "a/3", "a/4"], "two attempts, and two more");

    in_moved_time(async {
        let service = Service::default().script("a", &[Act::Take(100)]);
        let ended = Ended::of(&service, &define([node("a").timeout(200).deadline(60)]), &Value::Null).await;
        assert_eq!(ended.state.error().unwrap().failure.code, Code::DEADLINE_PASSED);
        tokio::time::sleep(Duration::from_secs(1000)).await;
        assert_eq!(ended.retry(&Retry::default()).await.unwrap().status(), RunStatus::Completed);
    });
}

/// An effect whose answer was lost, whose step was given up then: what a retry finds, and what it sends.
#[test]
fn what_is_in_doubt_is_looked_for_before_anything_is_sent() {
    for (answer, attempts) in
        [(Answer::LostDone, 5), (Answer::LostUndone, 5), (Answer::LostUndone, 1), (Answer::LostDone, 1)]
    {
        in_moved_time(async {
            let service =
                Service::default().script("a", &[Act::Effect(0, answer)]).usually("a", &[Act::Effect(0, Answer::Done)]);
            let ended = {
                let world = World::new(&service);
                let run = world.start(&define([node("a").attempts(attempts)]), &Value::Null).await;
                world.drive(run).await.unwrap();
                world.engine.decide_effect(run, &"a".parse().unwrap(), Decision::Abort).await.unwrap();
                let state = world.drive(run).await.unwrap();
                Ended { world, run, state }
            };
            assert_eq!(ended.state.error().unwrap().failure.code, Code::ABORTED);
            let service = service.can_look();
            let state = ended.retry(&Retry::default()).await.unwrap();
            assert_eq!(
                (state.status(), service.effects()),
                (RunStatus::Completed, vec!["a/0".to_owned()]),
                "{answer:?}"
            );
        });
    }
}

/// Where it cannot be looked for either, a person is asked again.
#[test]
fn what_stays_in_doubt_asks_a_person_again() {
    in_moved_time(async {
        let service = Service::default()
            .script("a", &[Act::Effect(0, Answer::LostDone)])
            .usually("a", &[Act::Effect(0, Answer::Done)]);
        let world = World::new(&service);
        let run = world.start(&define([node("a")]), &Value::Null).await;
        world.drive(run).await.unwrap();
        let decide = async |decision| world.engine.decide_effect(run, &"a".parse().unwrap(), decision).await.unwrap();
        decide(Decision::Abort).await;
        world.drive(run).await.unwrap();
        world.engine.retry(run, &Retry::default()).await.unwrap();
        let state = world.drive(run).await.unwrap();
        assert_eq!((state.status(), service.calls().len()), (RunStatus::NeedsDecision, 1));
        decide(Decision::Happened { key: "a/0".into() }).await;
        let state = world.drive(run).await.unwrap();
        assert_eq!((state.status(), service.effects().len()), (RunStatus::Completed, 1));
    });
}

#[test]
fn finally_runs_again_at_the_new_end_and_what_failed_of_it_alone() {
    let finally = || {
        [
            last("end").with(&json!({ "text": "${{ run.outcome == 'failed' ? 'no' : 'yes' }}" })),
            last("very_end").after("end"),
        ]
    };
    in_moved_time(async {
        let service =
            Service::default().script("a", &[Act::Fail(permanent())]).usually("end", &[Act::Effect(0, Answer::Done)]);
        let [end, very_end] = finally();
        let ended = Ended::of(&service, &define([node("a"), end, very_end]), &Value::Null).await;
        assert_eq!(service.input("end"), json!({ "text": "no" }));
        let state = ended.retry(&Retry::default()).await.unwrap();
        assert_eq!((state.status(), service.input("end")), (RunStatus::Completed, json!({ "text": "yes" })));
        assert_eq!(service.calls(), ["a/1", "end/1", "very_end/1", "a/2", "end/2", "very_end/2"]);
        assert_eq!(service.effects(), ["end/0", "end/0"], "what `finally` does it does at each end");
    });
    in_moved_time(async {
        let service = Service::default()
            .script("very_end", &[Act::Fail(permanent())])
            .usually("end", &[Act::Effect(0, Answer::Done)]);
        let [end, very_end] = finally();
        let ended = Ended::of(&service, &define([node("a"), end, very_end]), &Value::Null).await;
        assert_eq!(ended.state.status(), RunStatus::Failed);
        let state = ended.retry(&Retry::default()).await.unwrap();
        assert_eq!(state.status(), RunStatus::Completed);
        assert_eq!(service.calls(), ["a/1", "end/1", "very_end/1", "very_end/2"]);
    });
}

#[test]
fn a_run_whose_outputs_failed_goes_on_with_other_inputs() {
    in_moved_time(async {
        let service = Service::default();
        let definition = define_all(vec![node("a")], &[("half", "${{ 4 / inputs.by }}")]);
        let ended = Ended::of(&service, &definition, &json!({ "by": 0 })).await;
        assert_eq!(ended.refused(&Retry::default()).await, CannotRetry::OnlyOutputs);
        let state = ended.retry(&with_inputs(Retry::default(), &json!({ "by": 2 }))).await.unwrap();
        assert_eq!((json!(state.outputs()), service.calls().len()), (json!({ "half": 2 }), 1));
    });
}
