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
    activity::{Activity, Attempt, Catalogue, Description, Effect, Failure, OpenEffect, Reads, Reconciled, Recovery},
    diagnostic::Code,
    requirement::{Authority, Basis, Need, Planned, Requirement, Subject, Verdict},
};
use jiff::{Timestamp, ToSpan};
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
    /// Has this effect, and gets this answer. What comes between two effects is done before the second is sent.
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
    /// The answer is lost for want of a grant; whether it is done.
    LostGrant(bool),
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
    /// How often an effect is looked for before that shows it.
    looks_in_vain: u32,
    looked_in_vain: i64,
    /// What is said of grants, one answer after the other; then that all are there.
    grants: VecDeque<Grants>,
    asked: Vec<String>,
}

/// What is said of the grant that the activity needs.
#[derive(Clone, Debug)]
pub(crate) enum Grants {
    /// It is there.
    Held,
    /// It is missing; who may do what not.
    Missing(&'static str),
    /// What it is needed on is not there, or hidden.
    Hidden(&'static str),
    /// What it is needed on is not there.
    Absent,
    /// Nobody can tell.
    Unknown,
    /// It cannot be asked for.
    Unasked(Failure),
    /// No answer comes.
    Hang,
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

    /// The same, but the first so many looks cannot show them yet, ten seconds each.
    pub(crate) fn can_look_after(self, looks: u32) -> Self {
        self.inside().looks_in_vain = looks;
        self.can_look()
    }

    /// When the service is asked for grants, it says this first.
    pub(crate) fn grants(self, grants: &[Grants]) -> Self {
        self.inside().grants.extend(grants.iter().cloned());
        self
    }

    /// What grants were asked for, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.inside().asked.clone()
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

    fn begin(&self, attempt: &Attempt<'_>) -> Vec<Act> {
        let mut inside = self.inside();
        let step = attempt.step.to_string();
        inside.calls.push(format!("{step}/{}", attempt.number));
        inside.inputs.insert(step.clone(), attempt.input.clone());
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
    let input = json!({ "type": "object", "properties": { "text": { "type": "string", "maxLength": 5 } } });
    Description::new("test.act", "Does what a script says.", input, json!({})).reading().writing()
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

/// What is left of an attempt's script once what comes before its effects is done.
struct Script {
    /// What it gives, where it has no effects.
    given: Option<Value>,
    /// Each with what is done before it is sent.
    effects: Vec<(Vec<Act>, u32, Answer)>,
    /// What is done after the last.
    end: Vec<Act>,
    _running: Running,
}

impl Script {
    fn of(acts: Vec<Act>, running: Running) -> Self {
        let mut script = Self { given: None, effects: Vec::new(), end: Vec::new(), _running: running };
        for act in acts {
            match act {
                Act::Effect(number, answer) => {
                    script.effects.push((std::mem::take(&mut script.end), number, answer));
                }
                other => script.end.push(other),
            }
        }
        script
    }

    /// What is done before the first effect, or the end.
    fn beginning(&mut self) -> Vec<Act> {
        std::mem::take(self.effects.first_mut().map_or(&mut self.end, |(before, ..)| before))
    }
}

/// Acts that are not effects; gives what the last gives.
async fn act(acts: &[Act]) -> Result<Option<Value>, Failure> {
    for act in acts {
        match act {
            Act::Give(output) => return Ok(Some(output.clone())),
            Act::Fail(failure) => return Err(failure.clone()),
            Act::Take(seconds) => tokio::time::sleep(Duration::from_secs(*seconds)).await,
            Act::Hang => std::future::pending().await,
            Act::Panic => panic!("as the script says"),
            Act::Effect(..) => unreachable!("effects are told apart"),
        }
    }
    Ok(None)
}

/// A grant that only a step with inputs needs: the permission `DO` on what they name.
#[async_trait]
impl Authority for Service {
    async fn check(&self, needs: &[Need]) -> Result<Vec<Verdict>, Failure> {
        let grants = {
            let mut inside = self.inside();
            let names = needs.iter().map(|need| match need {
                Need::Permission { key, subject: Subject::Known { kind, key: on } } => format!("{key} on {kind} {on}"),
                other => format!("{other:?}"),
            });
            inside.asked.extend(names);
            inside.grants.pop_front().unwrap_or(Grants::Held)
        };
        let (help, owned) = (|| "ask somebody".to_owned(), str::to_owned);
        let verdict = match grants {
            Grants::Held => Verdict::Granted,
            Grants::Missing(message) => Verdict::Missing { message: owned(message), help: help() },
            Grants::Hidden(message) => Verdict::NotVisible { message: owned(message), help: help() },
            Grants::Absent => Verdict::Absent { message: "it is not there".to_owned(), help: help() },
            Grants::Unknown => Verdict::Unknown("nobody can tell".to_owned()),
            Grants::Unasked(failure) => return Err(failure),
            Grants::Hang => std::future::pending().await,
        };
        Ok(vec![verdict; needs.len()])
    }
}

#[async_trait]
impl Activity for Scripted {
    fn description(&self) -> &Description {
        &self.description
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let subject = match input.field("text") {
            Some(text) => text.subject("thing"),
            None => Subject::Known { kind: "thing".into(), key: "all".to_owned() },
        };
        let need = Need::Permission { key: "DO".into(), subject };
        vec![Requirement { need, reason: "does it".into(), basis: Basis::CommonKnowledge }]
    }

    async fn read(&self, attempt: &Attempt<'_>) -> Result<Reads, Failure> {
        let running = Running::enter(&self.service);
        let mut script = Script::of(self.service.begin(attempt), running);
        script.given = act(&script.beginning()).await?;
        Ok(Reads::new(script))
    }

    fn prepare(&self, attempt: &Attempt<'_>, reads: &Reads) -> Result<Vec<Effect>, Failure> {
        let effect = |number: &u32| {
            let target = format!("{}/{number}", attempt.step);
            Effect::new(number.to_string().as_str(), target.clone(), format!("do {target}"), Value::Null)
        };
        Ok(reads.get::<Script>().effects.iter().map(|(_, number, _)| effect(number)).collect())
    }

    async fn send(&self, _: &Attempt<'_>, reads: &Reads, effect: &Effect) -> Result<Value, Failure> {
        let mut effects = reads.get::<Script>().effects.iter();
        let scripted = effects.find(|(_, number, _)| effect.name.as_str() == number.to_string());
        let (before, _, answer) = scripted.expect("what was prepared");
        act(before).await?;
        self.answer(*answer, &effect.intent.target).await
    }

    async fn output(&self, _: &Attempt<'_>, reads: Reads) -> Result<Value, Failure> {
        let script = reads.get::<Script>();
        let given = act(&script.end).await?;
        Ok(given.or_else(|| script.given.clone()).unwrap_or_else(|| json!({})))
    }

    async fn reconcile(&self, _: &Attempt<'_>, OpenEffect { intent, .. }: &OpenEffect) -> Reconciled {
        let mut inside = self.service.inside();
        if inside.looks_in_vain > 0 {
            inside.looks_in_vain -= 1;
            inside.looked_in_vain += 1;
            let until = Timestamp::UNIX_EPOCH + (10 * inside.looked_in_vain).seconds();
            return Reconciled::NotYet { until, why: "the index lags".to_owned() };
        }
        match inside.can_look {
            false => Reconciled::Undecidable("nobody can tell".to_owned()),
            true if inside.effects.contains(&intent.target) => {
                Reconciled::Happened { result: json!({ "key": intent.target }), evidence: String::new() }
            }
            true => Reconciled::DidNotHappen { evidence: String::new() },
        }
    }

    async fn adopt(&self, _: &Attempt<'_>, _: &OpenEffect, key: &str) -> Result<Value, Failure> {
        // `gone` is there when it is looked at first, and no longer when the run goes on.
        let looked = self.looked.fetch_add(1, Ordering::Relaxed);
        if key == "wrong" || (key == "gone" && looked > 0) {
            return Err(Failure::permanent(Code::NOT_FOUND, format!("there is no `{key}`")));
        }
        Ok(json!({ "key": key }))
    }
}

impl Scripted {
    async fn answer(&self, answer: Answer, target: &str) -> Result<Value, Failure> {
        if !matches!(answer, Answer::Refused | Answer::LostUndone | Answer::LostGrant(false)) {
            self.service.inside().effects.push(target.to_owned());
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
            Answer::LostGrant(_) => Err(ungranted().in_doubt()),
        }
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
    Failure::needs_grant(Code::GRANT_LOST, "the access token must be re-authorized")
}

/// A failure for want of a grant, which is not named.
pub(crate) fn denied() -> Failure {
    Failure { recovery: Recovery::Denied, ..permanent() }
}

/// A failure that a missing grant may be the reason of.
pub(crate) fn perhaps_denied() -> Failure {
    Failure { recovery: Recovery::PerhapsDenied, ..permanent() }
}

/// A failure until a rate limit ends, so many seconds from the beginning of the test's time.
pub(crate) fn limited(until: Timestamp) -> Failure {
    Failure { recovery: Recovery::RateLimited { until }, ..Failure::permanent(Code::RATE_LIMITED, "too many") }
}
