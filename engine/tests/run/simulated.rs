//! `testing::simulate`: in lives that seeds make everything befalls a run, what keeps its promises passes, and what does not is found.

use flowrun_engine::{
    activity::Catalogue,
    definition::Source,
    journal::Decision,
    run::{EffectView, RunState, RunStatus},
    testing::{Lived, SimulatedWorld, SimulationFault, simulate},
};
use serde_json::{Map, json};

use crate::{
    service::{Act, Answer, Service, transient},
    world::in_moved_time,
};

const TEXT: &str = "
process: many
version: 1.0.0
nodes:
  first: { activity: test.act, retry: { attempts: 20, delay: 1s } }
  second: { activity: test.act, after: first }
  third: { activity: test.act, after: first, for_each: \"[1, 2, 3]\", retry: { attempts: 20, delay: 20m } }
finally:
  last: { activity: test.act }
";

/// A service whose lost effects people look for, and say what they see, or not.
struct World {
    service: Service,
    is_honest: bool,
}

impl World {
    fn of(service: Service) -> Self {
        let lost = |target| vec![Act::Take(2), Act::Effect(1, target), Act::Give(json!({}))];
        let done = [Act::Effect(1, Answer::DoneAfter(1)), Act::Take(20), Act::Effect(2, Answer::Done)];
        let service = ["first", "second", "third[0]", "third[1]", "third[2]", "last"]
            .iter()
            .fold(service, |service, step| service.usually(step, &done));
        let service = service.script("first", &[Act::Fail(transient())]).script("second", &lost(Answer::LostDone));
        Self { service: service.script("third[1]", &lost(Answer::LostUndone)), is_honest: true }
    }
}

impl SimulatedWorld for World {
    fn catalogue(&self) -> Catalogue {
        self.service.catalogue()
    }

    fn look(&self, effect: &EffectView<'_>) -> Decision {
        match self.is_honest && self.service.effects().contains(&effect.intent.target) {
            true => Decision::Happened { key: effect.intent.target.clone() },
            false => Decision::DidNotHappen,
        }
    }

    fn check(&self, state: &RunState) -> Result<(), String> {
        let mut effects = self.service.effects();
        effects.sort();
        match effects.windows(2).find(|two| two[0] == two[1]) {
            Some(twice) => Err(format!("{} was done twice", twice[0])),
            None if state.status() == RunStatus::Completed && effects.len() != 12 => Err(format!("only {effects:?}")),
            None => Ok(()),
        }
    }
}

fn live(seed: u64, world: &World) -> Result<Lived, SimulationFault> {
    in_moved_time(simulate(seed, &Source::new("many.yaml", TEXT), Map::new(), world))
}

#[test]
fn whatever_befalls_a_run_each_effect_is_done_once() {
    let mut befell = Vec::new();
    for seed in 0..120 {
        let service = if seed % 2 == 0 { Service::default().can_look() } else { Service::default() };
        let lived = live(seed, &World::of(service)).unwrap_or_else(|fault| panic!("{fault}"));
        assert!(
            matches!(lived.state.status(), RunStatus::Completed | RunStatus::Cancelled),
            "seed {seed}: {}",
            lived.state.status()
        );
        befell.extend(lived.befell);
    }
    let all = ["and 0 records", "and 1 records", "asked to stop", "cancels the run", "is set by -", "a person decides"];
    for what in all {
        assert!(befell.iter().any(|befell| befell.contains(what)), "nowhere: {what}");
    }
}

#[test]
fn a_seed_makes_the_same_life_again() {
    for seed in 0..20 {
        let [one, other] = [(); 2].map(|()| live(seed, &World::of(Service::default())).unwrap());
        assert_eq!(one, other, "seed {seed}");
    }
}

#[test]
fn what_breaks_a_promise_is_found_and_told_with_its_seed() {
    let lying = || World { is_honest: false, ..World::of(Service::default()) };
    let fault = (0..20).find_map(|seed| live(seed, &lying()).err()).expect("a lost effect is done again");
    assert!(fault.fault.ends_with("was done twice"), "{fault}");
    assert_eq!(live(fault.seed, &lying()), Err(fault.clone()));
    let told = fault.to_string();
    assert!(told.starts_with(&format!("seed {}: {}", fault.seed, fault.fault)), "{told}");
    assert!(told.contains(" s: a person decides of "), "{told}");
}

#[test]
fn a_definition_with_faults_does_not_live() {
    let source = Source::new("none.yaml", "process: none\nversion: 1.0.0\nnodes:\n  a: { activity: test.nothing }\n");
    let fault = in_moved_time(simulate(1, &source, Map::new(), &World::of(Service::default()))).unwrap_err();
    assert!(fault.fault.contains("`test.nothing`") && fault.befell.is_empty(), "{fault}");
}
