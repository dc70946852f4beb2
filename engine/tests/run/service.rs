//! The activity of the tests, and the service that it has its effects at. It does what a script says, attempt by attempt.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Catalogue, Description, Failure, Intent, Reconciled},
    diagnostic::Code,
    requirement::{Planned, Requirement, Scopes},
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What an attempt does next; what it ends with, if it is the last thing.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Completes with this output.
    Give(Value),
    /// Fails.
    Fail(Failure),
    /// Takes so many seconds.
    Take(u64),
    /// Never ends.
    Hang,
    /// Panics.
    Panic,
    /// Asks for this effect, and goes on whatever comes of it.
    Try(u32, Answer),
    /// Asks for this effect, and gets this answer.
    Effect(u32, Answer),
}

/// What the service does when it is asked for an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Does it, and says so.
    Done,
    /// Does it, and says so after so many seconds.
    DoneAfter(u64),
    /// Does not do it, and says so.
    Refused,
    /// Does it, but the answer is lost.
    LostDone,
    /// Does not do it, but the answer is lost.
    LostUndone,
}

/// The service: scripts by step (`id` or `id[item]`), and what happened.
#[derive(Clone, Default)]
pub(crate) struct Service(Arc<Mutex<Inside>>);

#[derive(Default)]
struct Inside {
    scripts: BTreeMap<String, VecDeque<Vec<Act>>>,
    usual: BTreeMap<String, Vec<Act>>,
    calls: Vec<String>,
    inputs: BTreeMap<String, Value>,
    running: usize,
    most_running: usize,
    effects: Vec<String>,
    can_look: bool,
}

impl Service {
    /// The next attempt of a step does this; those without a script complete with `{}`.
    pub(crate) fn script(self, step: &str, acts: &[Act]) -> Self {
        self.inside().scripts.entry(step.to_owned()).or_default().push_back(acts.to_vec());
        self
    }

    /// Every attempt of a step that has no script of its own does this.
    pub(crate) fn usually(self, step: &str, acts: &[Act]) -> Self {
        self.inside().usual.insert(step.to_owned(), acts.to_vec());
        self
    }

    /// Lost effects can be looked for.
    pub(crate) fn can_look(self) -> Self {
        self.inside().can_look = true;
        self
    }

    /// The attempts so far, in order: `id/number`.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.inside().calls.clone()
    }

    /// The input of the last attempt of a step.
    pub(crate) fn input(&self, step: &str) -> Value {
        self.inside().inputs[step].clone()
    }

    /// The effects that really happened, in order: `id/number`.
    pub(crate) fn effects(&self) -> Vec<String> {
        self.inside().effects.clone()
    }

    /// How many attempts ran at the same time, at most.
    pub(crate) fn most_running(&self) -> usize {
        self.inside().most_running
    }

    /// A catalogue with the activity.
    pub(crate) fn catalogue(&self) -> Catalogue {
        Catalogue::default().with(Scripted {
            service: self.clone(),
            description: description(),
            looked: AtomicUsize::new(0),
        })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap()
    }

    fn begin(&self, attempt: &Attempt, input: &Value) -> Vec<Act> {
        let mut inside = self.inside();
        let step = attempt.step().to_string();
        inside.calls.push(format!("{step}/{}", attempt.number()));
        inside.inputs.insert(step.clone(), input.clone());
        let scripted = inside.scripts.get_mut(&step).and_then(VecDeque::pop_front);
        scripted.or_else(|| inside.usual.get(&step).cloned()).unwrap_or_default()
    }
}

/// `test.act`
struct Scripted {
    service: Service,
    description: Description,
    /// How often somebody looked at what a person said had happened.
    looked: AtomicUsize,
}

fn description() -> Description {
    Description {
        name: "test.act".into(),
        summary: "Does what a script says.",
        input: json!({ "type": "object", "properties": { "text": { "type": "string", "maxLength": 5 } } }).into(),
        output: json!({}).into(),
        writes: true,
        reads: true,
        timeout: Duration::from_secs(30),
        scopes: Scopes::default(),
        permissions: Vec::new(),
        endpoints: Vec::new(),
        failures: Vec::new(),
    }
}

/// Counts the attempts that run, dropped ones too.
struct Running(Service);

impl Running {
    fn enter(service: &Service) -> Self {
        let mut inside = service.inside();
        inside.running += 1;
        inside.most_running = inside.most_running.max(inside.running);
        Self(service.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.inside().running -= 1;
    }
}

#[async_trait]
impl Activity for Scripted {
    fn description(&self) -> &Description {
        &self.description
    }

    fn requirements(&self, _: &Planned) -> Vec<Requirement> {
        Vec::new()
    }

    async fn run(&self, input: &Value, attempt: &Attempt) -> Result<Value, Failure> {
        let _running = Running::enter(&self.service);
        for act in self.service.begin(attempt, input) {
            match act {
                Act::Give(output) => return Ok(output),
                Act::Fail(failure) => return Err(failure),
                Act::Take(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                Act::Hang => std::future::pending().await,
                Act::Panic => panic!("as the script says"),
                Act::Try(number, answer) => {
                    let _ = self.effect(number, answer, attempt).await;
                }
                Act::Effect(number, answer) => {
                    self.effect(number, answer, attempt).await?;
                }
            }
        }
        Ok(json!({}))
    }

    async fn reconcile(&self, _: &Value, intent: &Intent, _: &Attempt) -> Reconciled {
        let inside = self.service.inside();
        match inside.can_look {
            false => Reconciled::Undecidable("nobody can tell".to_owned()),
            true if inside.effects.contains(&intent.target) => Reconciled::Happened(json!({ "key": intent.target })),
            true => Reconciled::DidNotHappen,
        }
    }

    async fn adopt(&self, _: &Value, _: &Intent, key: &str, _: &Attempt) -> Result<Value, Failure> {
        // `gone` is there when it is looked at first, and no longer when the run goes on.
        let looked = self.looked.fetch_add(1, Ordering::Relaxed);
        if key == "wrong" || (key == "gone" && looked > 0) {
            return Err(Failure::permanent(Code::NOT_FOUND, format!("there is no `{key}`")));
        }
        Ok(json!({ "key": key }))
    }
}

impl Scripted {
    async fn effect(&self, number: u32, answer: Answer, attempt: &Attempt) -> Result<Value, Failure> {
        let target = format!("{}/{number}", attempt.step());
        let intent = Intent::new(target.clone(), format!("do {target}"), &json!(null));
        let send = |_| async move {
            if !matches!(answer, Answer::Refused | Answer::LostUndone) {
                self.service.inside().effects.push(target.clone());
            }
            if let Answer::DoneAfter(seconds) = answer {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
            match answer {
                Answer::Done | Answer::DoneAfter(_) => Ok(json!({ "key": target })),
                Answer::Refused => Err(permanent()),
                Answer::LostDone | Answer::LostUndone => {
                    Err(Failure::transient(Code::UNAVAILABLE, "the answer was lost").in_doubt())
                }
            }
        };
        attempt.effect(&number.to_string(), intent, send).await
    }
}

/// A failure that passes.
pub(crate) fn transient() -> Failure {
    Failure::transient(Code::UNAVAILABLE, "busy")
}

/// A failure that stays.
pub(crate) fn permanent() -> Failure {
    Failure::permanent(Code::REFUSED, "no")
}

/// A failure until a person grants something.
pub(crate) fn ungranted() -> Failure {
    Failure::needs_grant(Code::GRANT_LOST, "the access token must be granted anew")
}

/// A failure until a rate limit ends, so many seconds from the beginning of the test's time.
pub(crate) fn limited(until: Timestamp) -> Failure {
    use flowrun_engine::activity::Recovery::RateLimited;
    Failure { recovery: RateLimited { until }, ..Failure::permanent(Code::RATE_LIMITED, "too many") }
}
