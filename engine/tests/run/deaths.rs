//! `testing::die_after_each_record`: each record of a run has a process that dies after it, and what is done twice or not looked for
//! is seen.

use std::cell::RefCell;

use flowrun_engine::{
    definition::Source,
    run::RunStatus,
    testing::{Death, DeathTestError, die_after_each_record},
};
use serde_json::Map;

use crate::{
    service::{Act, Answer, Service},
    world::in_moved_time,
};

const TEXT: &str = "
process: twice
version: 1.0.0
nodes:
  first: { activity: test.act }
  second: { activity: test.act, after: first }
";

fn service() -> Service {
    let act = |step| vec![Act::Effect(1, Answer::Done), Act::Give(serde_json::json!({ "by": step }))];
    Service::default().usually("first", &act("first")).usually("second", &act("second"))
}

/// How the run ended after each death, and the effects that there were.
fn after_each_death(service: impl Fn() -> Service) -> Vec<(Death, RunStatus, Vec<String>)> {
    let seen = RefCell::new(Vec::new());
    let deaths = in_moved_time(die_after_each_record(
        &Source::new("twice.yaml", TEXT),
        Map::new(),
        || {
            let service = service();
            (service.catalogue(), service)
        },
        |death, state, service| seen.borrow_mut().push((death, state.status(), service.effects())),
    ));
    let seen = seen.into_inner();
    assert_eq!(deaths.unwrap(), seen.len() as u64);
    seen
}

#[test]
fn what_can_be_looked_for_is_done_once_whenever_the_process_died() {
    let seen = after_each_death(|| service().can_look());
    assert!(seen.len() > 6, "{seen:?}");
    for (death, status, effects) in &seen {
        assert_eq!(*status, RunStatus::Completed, "{death:?}");
        assert_eq!(*effects, ["first/1", "second/1"], "{death:?}");
    }
}

/// A process that died between an intent and its outcome leaves a question, whether the effect was had or not.
#[test]
fn what_cannot_be_looked_for_is_asked_about() {
    let seen = after_each_death(service);
    let asked: Vec<_> = seen.iter().filter(|(_, status, _)| *status == RunStatus::NeedsDecision).collect();
    let with = |effects: &[&str]| asked.iter().filter(|(_, _, had)| *had == effects).count();
    assert_eq!((with(&[]), with(&["first/1"]), with(&["first/1", "second/1"])), (1, 2, 1), "{seen:?}");
    let others = seen.iter().filter(|(_, status, _)| *status != RunStatus::NeedsDecision);
    others.for_each(|(death, status, effects)| {
        assert_eq!((*status, effects.len()), (RunStatus::Completed, 2), "{death:?}");
    });
}

#[test]
fn a_definition_with_faults_is_not_run() {
    let source = Source::new("none.yaml", "process: none\nversion: 1.0.0\nnodes:\n  a: { activity: test.nothing }\n");
    let service = || (Service::default().catalogue(), ());
    let ended = in_moved_time(die_after_each_record(&source, Map::new(), service, |_, _, ()| panic!("nothing ran")));
    let error = ended.unwrap_err();
    assert!(matches!(&error, DeathTestError::Definition(faults) if faults.len() == 1), "{error}");
    assert!(error.to_string().contains("`test.nothing`"), "{error}");
}
