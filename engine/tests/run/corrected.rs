//! Runs that go on under a corrected definition: what is done stays, what is not may change, and what contradicts is refused with its place.

use std::sync::Arc;

use flowrun_engine::{
    definition::{Definition, Source, load},
    id::RunId,
    journal::{Entry, RunEntry},
    run::{CannotRetry, EngineError, NewRun, Retry, RunState, RunStatus},
};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    service::{Act, Answer, Service, permanent},
    world::{World, in_moved_time, outcomes},
};

/// A definition of this text.
pub(crate) fn definition(text: &str, service: &Service) -> Arc<Definition> {
    let text = format!("process: test\nversion: 1.0.0\n{text}");
    let loaded = load(&Source::new("test.yaml", text), &service.catalogue());
    Arc::new(loaded.definition.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics)))
}

/// A run that ended, and the service that it had its effects at.
pub(crate) struct Ended {
    pub(crate) world: World,
    pub(crate) service: Service,
    pub(crate) run: RunId,
    pub(crate) state: RunState,
}

impl Ended {
    pub(crate) async fn of(service: Service, text: &str, inputs: &Value) -> Self {
        let world = World::new(&service);
        let definition = definition(text, &service);
        let inputs = definition.bind_inputs(inputs.as_object().cloned().unwrap_or_default()).unwrap();
        let source = definition.source.clone();
        let new = NewRun { source: &source, definition, inputs, key: None, context: Value::Null };
        let run = world.engine.start(new).await.unwrap();
        let state = world.drive(run).await.unwrap();
        Self { world, service, run, state }
    }

    /// Retries it with this text and drives it to its new end, as another process would, which has the texts from the store.
    pub(crate) async fn retry(&self, text: &str) -> Result<RunState, EngineError> {
        self.retry_by(&corrected(text, &self.service)).await
    }

    pub(crate) async fn retry_by(&self, retry: &Retry) -> Result<RunState, EngineError> {
        let preview = self.world.engine.retry_preview(self.run, retry).await?;
        self.world.engine.retry(self.run, retry).await?;
        let beside = self.world.beside(&self.service);
        let waits = beside.engine.state(self.run).await?;
        assert_eq!(outcomes(&waits), outcomes(&preview), "the preview tells what the retry does");
        assert_eq!(beside.engine.unlike_its_journal(self.run).await?, Vec::<&str>::new());
        let state = beside.drive(self.run).await?;
        let told = self.world.engine.state(self.run).await?;
        assert!(told == state.clone().abandoned(), "the journal tells the same");
        assert_eq!(state.unsound(), None);
        assert_eq!(beside.engine.unlike_its_journal(self.run).await?, Vec::<&str>::new());
        Ok(state)
    }

    /// What is said where a text is refused: the line in it, and what is wrong.
    async fn refused(&self, text: &str) -> String {
        let before = self.world.store.journal(self.run).await.unwrap();
        let refused = self.retry(text).await.unwrap_err();
        assert_eq!(self.world.store.journal(self.run).await.unwrap(), before, "nothing of the run has changed");
        let EngineError::CannotRetry { why, .. } = refused else { panic!("{refused}") };
        let CannotRetry::Contradicted { text, problems } = *why else { panic!("{why}") };
        let lines = problems.iter().map(|problem| {
            let at = problem.span.as_ref().map_or(0, |span| text.position(span.start).line);
            format!("{at}: {} {}\n", problem.code, problem.message)
        });
        lines.collect()
    }
}

fn corrected(text: &str, service: &Service) -> Retry {
    let mut retry = Retry::default();
    retry.definition = Some(definition(text, service));
    retry
}

fn ended(service: Service, text: &str, then: impl AsyncFnOnce(Ended)) {
    in_moved_time(async { then(Ended::of(service, text, &Value::Null).await).await });
}

const DONE: &[Act] = &[Act::Effect(0, Answer::Done)];

fn fails(step: &str) -> Service {
    ["parent", "child", "each[0]", "each[1]", "each[2]", "last"]
        .iter()
        .fold(Service::default(), |service, step| service.usually(step, DONE))
        .script(step, &[Act::Fail(permanent())])
}

const TEXT: &str = "
nodes:
  parent: { activity: test.act, with: { text: a } }
  child: { activity: test.act, after: parent, with: { text: b } }
  note: { activity: test.act, after: child }
finally:
  last: { activity: test.act }
";

#[test]
fn what_is_not_done_may_change_and_what_is_done_is_found_by_its_name() {
    // Other places, other numbers: new nodes come before those that are done, and one that failed is gone.
    let other = "
nodes:
  before: { activity: test.act, with: { of: '${{ nodes.parent.outcome }}' } }
  note: { activity: test.act, after: [other, before] }
  other: { activity: test.act, after: parent, with: { text: c } }
  parent:
    with:
      text: a     # as it was
    activity: test.act
finally:
  first: { activity: test.act }
  last: { activity: test.act, after: first }
";
    ended(fails("child"), TEXT, async |ended| {
        assert_eq!(outcomes(&ended.state), "parent: completed, child: failed, note: skipped upstream, last: completed");
        let state = ended.retry(other).await.unwrap();
        assert_eq!(
            outcomes(&state),
            "before: completed, note: completed, other: completed, parent: completed, first: completed, last: completed"
        );
        assert_eq!(state.status(), RunStatus::Completed);
        let calls = ended.service.calls();
        assert_eq!(
            calls,
            ["parent/1", "child/1", "last/1", "before/1", "other/1", "note/1", "first/1", "last/2"],
            "what is done is not done again"
        );
        let journal = ended.world.store.journal(ended.run).await.unwrap();
        let retried = journal.iter().flat_map(|record| &record.entries).find_map(|entry| match entry {
            Entry::Run(RunEntry::Retried { nodes, correction, .. }) => Some((nodes, correction)),
            _ => None,
        });
        let (nodes, correction) = retried.unwrap();
        assert_eq!(
            nodes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["before", "note", "other", "first", "last"]
        );
        assert_eq!(correction.as_ref().unwrap().definition, *state.definition_hash());
        for hash in [&state.started().definition, state.definition_hash()] {
            assert!(ended.world.store.definition(hash).await.unwrap().is_some());
        }
        let summary = ended.world.store.summary(ended.run).await.unwrap().unwrap();
        assert_eq!(summary.definition, *state.definition_hash());
    });
}

#[test]
fn all_that_contradicts_what_is_done_is_said_at_once_each_at_its_line() {
    let text = "
nodes:
  parent: { activity: test.act, with: { text: a, more: [1, 2], same: x } }
  beside: { activity: test.act, after: parent }
  gone: { activity: test.act }
  when: { activity: test.act, if: 'true' }
  list: { activity: test.act, for_each: '[1, 2]', with: { text: '${{ string(item) }}' } }
  moved: { activity: test.act }
  child: { activity: test.act, after: [parent, gone, when, list, moved] }
";
    let other = "
nodes:
  new: { activity: test.act }
  parent:
    activity: test.act
    with:
      same: x
      text: other
      more: [2]
  beside:
    activity: test.act
    after: [parent, new]
  when:
    activity: test.act
    if: 'size(inputs) > 3'
  list:
    activity: test.act
    for_each: '[1, 2, 3]'
    with: { text: '${{ string(item) }}' }
  child:
    activity: test.act
    after: [parent, when, list, new]
finally:
  moved:
    activity: test.act
";
    let other = other.replace("size(inputs) > 3", "1 > 3");
    ended(fails("child"), text, async |ended| {
        assert_snapshot!(ended.refused(&other).await, @r"
        4: FR0717 `gone` is done, and the new text has no node `gone`
        10: FR0717 `parent` is done, and `text` is another now
        11: FR0717 `parent` is done, and `more` is another now
        14: FR0717 `beside` is done, and `after` is another now
        17: FR0717 `when` is done, and `if` is another now
        20: FR0717 `list` is done, and `for_each` gives further items now
        26: FR0717 `moved` is done, and it stands in `finally` now
        ");
    });
}

#[test]
fn another_process_is_refused() {
    ended(fails("child"), TEXT, async |ended| {
        let text = format!("process: other\nversion: 1.0.0\n{TEXT}");
        let loaded = load(&Source::new("test.yaml", text), &ended.service.catalogue());
        let mut retry = Retry::default();
        retry.definition = loaded.definition.map(Arc::new);
        let EngineError::CannotRetry { why, .. } = ended.retry_by(&retry).await.unwrap_err() else { panic!() };
        let CannotRetry::Contradicted { problems, .. } = *why else { panic!("{why}") };
        assert_eq!(problems[0].message, "the run is one of the process `test`, and this is `other`");
    });
}

#[test]
fn done_items_stay_where_what_they_were_given_is_the_same() {
    let text = "
nodes:
  parent: { activity: test.act }
  each: { activity: test.act, after: parent, for_each: '[\"a\", \"b\", \"c\"]', with: { text: '${{ item }}' } }
";
    ended(fails("each[1]"), text, async |ended| {
        let other = text.replace("'${{ item }}'", "'${{ item + \"!\" }}'");
        assert_eq!(ended.refused(&other).await, "6: FR0717 `each[0]` is done, and `text` is another now\n");
        let other = text.replace("[\"a\", \"b\"", "[\"x\", \"b\"");
        assert_eq!(
            ended.refused(&other).await,
            "6: FR0717 `each`: item 0 is done, and `for_each` gives another one there now\n"
        );
        let other = text.replace("[\"a\", \"b\", \"c\"]", "[\"a\", \"x\", \"y\", \"z\"]").replace("item }}", "one }}");
        let other = other.replace("activity: test.act, after: parent,", "activity: test.act, after: parent, as: one,");
        let state = ended.retry(&other).await.unwrap();
        assert_eq!(
            (outcomes(&state).as_str(), state.status()),
            ("parent: completed, each: completed", RunStatus::Completed)
        );
        assert_eq!(ended.service.effects(), ["parent/0", "each[0]/0", "each[1]/0", "each[2]/0"]);
        assert_eq!(ended.service.input("each[1]"), json!({ "text": "x" }));
        assert_eq!(ended.service.calls().last().unwrap(), "each[3]/1");
    });
}

#[test]
fn of_a_step_that_is_done_in_part_only_the_value_for_which_it_failed_may_change() {
    let text = "
nodes:
  child: { activity: test.act, with: { text: a, comments: [one, two], fields: { due: x } } }
";
    let service = |field: &str| {
        let failure = permanent().with_field(field);
        Service::default()
            .script("child", &[Act::Effect(0, Answer::Done), Act::Effect(1, Answer::Refused)])
            .script("child", &[Act::Effect(0, Answer::Done), Act::Fail(failure.clone())])
            .script("child", &[Act::Effect(0, Answer::Done), Act::Effect(1, Answer::Done)])
    };
    // An effect that happened, and a failure that names no field.
    ended(service("comments[1]"), text, async |ended| {
        assert_eq!(
            ended.refused(&text.replace("two", "other")).await,
            "5: FR0717 `child` is done, at least in part, and `comments` is another now\n"
        );
        assert_eq!(
            ended.refused("nodes:\n  x: { activity: test.act }\n").await,
            "3: FR0717 `child` is done in part, and the new text has no node `child`\n"
        );
        let once = ended.retry(&text.replace("child: {", "child: { deadline: 1h,")).await.unwrap();
        assert_eq!(once.error().unwrap().failure.field.as_deref(), Some("comments[1]"));
        assert_eq!(
            ended.refused(&text.replace("one", "other")).await,
            "5: FR0717 `child` is done, at least in part, and `comments` is another now\n"
        );
        let state = ended.retry(&text.replace("two", "other")).await.unwrap();
        assert_eq!(state.status(), RunStatus::Completed);
        assert_eq!(ended.service.effects(), ["child/0", "child/1"]);
    });
}

#[test]
fn a_node_that_was_skipped_goes_again_once_it_is_written_otherwise_unless_something_went_on_from_that() {
    let text = "
nodes:
  parent: { activity: test.act }
  maybe: { activity: test.act, if: 'false', after: parent }
  later: { activity: test.act, after: maybe }
  child: { activity: test.act, after: parent }
";
    ended(fails("child"), text, async |ended| {
        let state = ended.retry(&text.replace("'false'", "'true'")).await.unwrap();
        assert_eq!(outcomes(&state), "parent: completed, maybe: completed, later: completed, child: completed");
        assert_eq!(state.status(), RunStatus::Completed);
    });
    let text = text.replace("after: maybe", "after: { maybe: skipped }");
    ended(fails("child"), &text, async |ended| {
        assert_eq!(
            ended.refused(&text.replace("'false'", "'true'")).await,
            "6: FR0717 `maybe` was skipped, and `later` went on from that, which is done: `maybe` comes too late now\n"
        );
        let state = ended.retry(&text.replace("maybe: {", "maybe: { description: Perhaps.,")).await.unwrap();
        assert_eq!(outcomes(&state), "parent: completed, maybe: skipped condition, later: completed, child: completed");
    });
}

#[test]
fn a_failure_that_was_handled_is_over() {
    let text = "
nodes:
  child: { activity: test.act, with: { text: a } }
  handler: { activity: test.act, after: { child: failed } }
  other: { activity: test.act, after: handler }
";
    ended(fails("child").script("other", &[Act::Fail(permanent())]), text, async |ended| {
        assert_eq!(
            ended.refused(&text.replace("text: a", "text: b")).await,
            "5: FR0717 `child` was failed, and `handler` went on from that, which is done: `child` comes too late now\n"
        );
        assert_eq!(
            ended.retry(&format!("{text}  more: {{ activity: test.act }}\n")).await.unwrap().status(),
            RunStatus::Completed
        );
        assert_eq!(ended.service.calls(), ["child/1", "handler/1", "other/1", "other/2", "more/1"]);
    });
}

#[test]
fn without_the_node_that_failed_the_run_ends_anew() {
    let text = "
nodes:
  parent: { activity: test.act }
  child: { activity: test.act, after: parent }
finally:
  last: { activity: test.act, with: { text: '${{ run.outcome == \"failed\" ? \"no\" : \"yes\" }}' } }
";
    ended(fails("child"), text, async |ended| {
        assert_eq!(ended.service.input("last"), json!({ "text": "no" }));
        let state = ended.retry(&text.replace("  child: { activity: test.act, after: parent }\n", "")).await.unwrap();
        assert_eq!(
            (outcomes(&state).as_str(), state.status()),
            ("parent: completed, last: completed", RunStatus::Completed)
        );
        assert_eq!(ended.service.input("last"), json!({ "text": "yes" }));
        assert_eq!(ended.service.calls(), ["parent/1", "child/1", "last/1", "last/2"]);
    });
}

#[test]
fn where_only_the_end_failed_only_that_goes_again_and_new_nodes_open_the_run() {
    ended(fails("last"), TEXT, async |ended| {
        let other = TEXT.replace("last: { activity: test.act }", "last: { activity: test.act, with: { text: x } }");
        let state = ended.retry(&other).await.unwrap();
        assert_eq!(state.status(), RunStatus::Completed);
        assert_eq!(ended.service.calls(), ["parent/1", "child/1", "note/1", "last/1", "last/2"]);
    });
    ended(fails("last"), TEXT, async |ended| {
        let other = TEXT.replace("nodes:\n", "nodes:\n  new: { activity: test.act, after: note }\n");
        let state = ended.retry(&other).await.unwrap();
        assert_eq!(
            outcomes(&state),
            "new: completed, parent: completed, child: completed, note: completed, last: completed"
        );
        assert_eq!(state.status(), RunStatus::Completed);
    });
}

#[test]
fn outputs_that_failed_are_mended() {
    let text = "
nodes:
  parent: { activity: test.act }
outputs:
  sum: '${{ 1 / (size(nodes.parent.outcome) - 9) }}'
";
    ended(fails("none"), text, async |ended| {
        assert_eq!(ended.state.status(), RunStatus::Failed);
        let state = ended.retry(&text.replace("- 9", "- 8")).await.unwrap();
        assert_eq!((state.status(), json!(state.outputs())), (RunStatus::Completed, json!({ "sum": 1 })));
        assert_eq!(ended.service.calls(), ["parent/1"]);
    });
}

#[test]
fn inputs_are_carried_over_and_checked() {
    let text = "
inputs:
  who: { type: string, default: bob }
  old: { type: string, default: x }
  kept: { type: string }
nodes:
  child: { activity: test.act, with: { text: '${{ inputs.who }}' } }
";
    in_moved_time(async {
        let ended = Ended::of(fails("child"), text, &json!({ "kept": "k" })).await;
        let other = text
            .replace("default: bob", "default: al")
            .replace("old: { type: string, default: x }", "new: { type: integer }");
        assert_eq!(ended.refused(&other).await, "0: FR0213 the input `new` is missing\n");
        let other = other.replace("integer }", "integer, default: 7 }");
        assert!(
            ended.refused(&other.replace("kept: { type: string", "kept: { type: integer")).await.contains("`kept`")
        );
        let state = ended.retry(&other).await.unwrap();
        assert_eq!(json!(state.inputs()), json!({ "who": "al", "new": 7, "kept": "k" }));
        assert_eq!(ended.service.input("child"), json!({ "text": "al" }));
    });
}

#[test]
fn a_run_is_corrected_more_than_once_also_back_to_what_it_was() {
    let service = fails("child").script("other", &[Act::Fail(permanent())]);
    ended(service, TEXT, async |ended| {
        let other = TEXT.replace("child", "other");
        assert_eq!(ended.retry(&other).await.unwrap().status(), RunStatus::Failed);
        let state = ended.retry(TEXT).await.unwrap();
        assert_eq!((state.status(), state.retries().len()), (RunStatus::Completed, 2));
        assert_eq!(
            ended.service.calls()[5..],
            ["child/2", "note/1", "last/3"],
            "attempts of a node that comes back go on"
        );
        assert_eq!(state.definition_hash(), &state.started().definition);
    });
}

/// The same text again is no correction.
#[test]
fn a_definition_that_the_run_has_is_no_other() {
    ended(fails("child"), TEXT, async |ended| {
        let state = ended.retry(TEXT).await.unwrap();
        assert_eq!((state.status(), state.retries()[0].correction.is_none()), (RunStatus::Completed, true));
    });
}

/// A version that takes one of the texts and not the other shows the run by both.
#[test]
fn a_corrected_run_of_which_a_text_cannot_be_used_is_shown() {
    ended(fails("child").script("child", &[Act::Fail(permanent())]), TEXT, async |ended| {
        let other = TEXT.replace("nodes:\n", "nodes:\n  new: { activity: test.act }\n");
        let state = ended.retry(&other).await.unwrap();
        assert_eq!(state.status(), RunStatus::Failed);
        let nothing = World::of(Default::default(), ended.world.store.clone(), 8);
        let shown = nothing.engine.state(ended.run).await.unwrap();
        for node in ["new", "parent", "child", "note", "last"] {
            assert_eq!(shown.node_status(node), state.node_status(node), "{node}");
        }
        assert_eq!(shown.summary(), state.summary());
        assert_eq!(nothing.engine.unlike_its_journal(ended.run).await.unwrap(), Vec::<&str>::new());
    });
}
