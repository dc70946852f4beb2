//! Runs that send requests through the limiter to the sandbox's rate limits. The time is that of the next event.

use std::collections::{BTreeMap, VecDeque};

use flowrun_engine::id::RunId;
use flowrun_jira_sandbox::{Burst, Limits, contract::RateLimits};
use jiff::{SignedDuration, Timestamp};

use super::super::{Limit, Permit, RateLimiter, Wanted};

/// A world to simulate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Simulation {
    pub(super) size: u64,
    pub(super) rate: u64,
    /// How many requests there are in all.
    pub(super) requests: usize,
    pub(super) runs: usize,
    /// How many attempts of a run are under way at most.
    pub(super) in_flight: usize,
    /// How many steps of a run have begun at most.
    pub(super) parallel: usize,
    /// How long a request is on its way, there and back, and how much more it may be.
    pub(super) latency: SignedDuration,
    pub(super) jitter: SignedDuration,
    /// How long the server works at a request that it let in, one after the other: half as long, or half as long again.
    pub(super) work: SignedDuration,
    /// How much later than wanted a wait may end.
    pub(super) oversleeps: SignedDuration,
    pub(super) seed: u64,
    /// Whether a refusal says more than its reason.
    pub(super) tells: bool,
    /// How many of the requests are those of a run of its own, which begins after a second.
    pub(super) late: usize,
}

impl Default for Simulation {
    fn default() -> Self {
        Self {
            size: 10,
            rate: 100,
            requests: 1_000,
            runs: 1,
            in_flight: 8,
            parallel: 8,
            latency: SignedDuration::from_millis(4),
            jitter: SignedDuration::ZERO,
            work: SignedDuration::ZERO,
            oversleeps: SignedDuration::ZERO,
            seed: 1,
            tells: true,
            late: 0,
        }
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Simulated {
    /// How long it took, as a multiple of the least possible time.
    pub(super) ratio: f64,
    pub(super) seconds: f64,
    /// How many requests were refused by Jira.
    pub(super) refused: usize,
    /// How many were not sent at once, and had to come back.
    pub(super) held_back: usize,
    /// When each run was done, in seconds.
    pub(super) done: Vec<f64>,
}

enum Event {
    Come { run: usize },
    Begin { run: usize },
    Turn { run: usize, permit: Permit },
    Arrive { run: usize, permit: Permit },
    Answer { run: usize, permit: Permit, refusal: Option<Limit> },
}

struct World {
    simulation: Simulation,
    limiter: RateLimiter,
    limits: RateLimits,
    random: fastrand::Rng,
    events: BTreeMap<(Timestamp, u64), Event>,
    number: u64,
    /// When the server has done all that it let in.
    idle: Timestamp,
    runs: Vec<Run>,
    refused: usize,
    held_back: usize,
}

/// A run: as the engine's, it begins further steps while others wait for a rate limit.
struct Run {
    id: RunId,
    left: usize,
    open: usize,
    under_way: usize,
    due: VecDeque<()>,
    done: Option<Timestamp>,
}

/// The engine's shortest wait for a rate limit.
const SHORTEST_WAIT: SignedDuration = SignedDuration::from_millis(250);

/// When the late run begins.
const LATE: SignedDuration = SignedDuration::from_secs(1);

const OPERATION: &str = "POST /rest/api/3/issue";

fn begin() -> Timestamp {
    Timestamp::from_second(1_774_540_000).unwrap()
}

impl Simulation {
    pub(super) fn run(self) -> Simulated {
        let burst = Burst { post: self.rate, size: Some(self.size), ..Burst::default() };
        let run = |number: usize| Run {
            id: format!("01890a5d-ac96-774b-bcce-b30209{number:06}").parse().unwrap(),
            left: if number == self.runs { self.late } else { (self.requests - self.late) / self.runs },
            open: 0,
            under_way: 0,
            due: VecDeque::new(),
            done: None,
        };
        let mut world = World {
            simulation: self,
            limiter: RateLimiter::default(),
            limits: RateLimits::new(Limits { burst: Some(burst), ..Limits::default() }),
            random: fastrand::Rng::with_seed(self.seed),
            events: BTreeMap::new(),
            number: 0,
            idle: begin(),
            runs: (0..=self.runs).map(run).collect(),
            refused: 0,
            held_back: 0,
        };
        (0..self.runs).for_each(|run| world.start(run, begin()));
        world.add(begin() + LATE, Event::Come { run: self.runs });
        while let Some(((now, _), event)) = world.events.pop_first() {
            world.happen(event, now);
        }
        world.found()
    }
}

impl World {
    fn add(&mut self, at: Timestamp, event: Event) {
        self.number += 1;
        self.events.insert((at, self.number), event);
    }

    /// Half of a way to Jira and back, from now on.
    fn half_way(&mut self, now: Timestamp) -> Timestamp {
        let jitter = self.simulation.jitter.as_secs_f64() * self.random.f64();
        now + self.simulation.latency / 2 + SignedDuration::from_secs_f64(jitter)
    }

    /// When a wait until then ends.
    fn woken(&mut self, at: Timestamp, now: Timestamp) -> Timestamp {
        let oversleeps = self.simulation.oversleeps;
        if at <= now || oversleeps.is_zero() {
            return at;
        }
        at + SignedDuration::from_secs_f64(oversleeps.as_secs_f64() * self.random.f64())
    }

    /// When the server has done a request that it lets in now.
    fn done(&mut self, now: Timestamp) -> Timestamp {
        let work = self.simulation.work;
        if !work.is_zero() {
            let takes = SignedDuration::from_secs_f64(work.as_secs_f64() * (0.5 + self.random.f64()));
            self.idle = self.idle.max(now) + takes;
        }
        self.idle.max(now)
    }

    /// Begins what a run may begin.
    fn start(&mut self, number: usize, now: Timestamp) {
        loop {
            let Simulation { in_flight, parallel, .. } = self.simulation;
            let run = &mut self.runs[number];
            if run.under_way >= in_flight {
                return;
            }
            if run.due.pop_front().is_none() {
                if run.left == 0 || run.open >= parallel {
                    return;
                }
                run.left -= 1;
                run.open += 1;
            }
            run.under_way += 1;
            self.attempt(number, now);
        }
    }

    fn wanted(&self, run: usize) -> Wanted<'static> {
        Wanted { operation: OPERATION, issue: None, run: Some(self.runs[run].id) }
    }

    fn attempt(&mut self, run: usize, now: Timestamp) {
        match self.limiter.permit(self.wanted(run), now) {
            Ok(permit) => {
                let at = self.woken(permit.at, now);
                self.add(at, Event::Turn { run, permit });
            }
            Err(until) => {
                self.held_back += 1;
                self.wait(run, until, now);
            }
        }
    }

    /// The attempt failed; the next begins then.
    fn wait(&mut self, run: usize, until: Timestamp, now: Timestamp) {
        self.runs[run].under_way -= 1;
        self.add(until.max(now + SHORTEST_WAIT), Event::Begin { run });
    }

    fn happen(&mut self, event: Event, now: Timestamp) {
        match event {
            Event::Come { run } => self.start(run, now),
            Event::Begin { run } => {
                self.runs[run].due.push_back(());
                self.start(run, now);
            }
            Event::Turn { run, mut permit } => match self.limiter.send(self.wanted(run), &mut permit, now) {
                Ok(()) => {
                    let at = self.half_way(now);
                    self.add(at, Event::Arrive { run, permit });
                }
                Err(later) => {
                    let at = self.woken(later, now);
                    self.add(at, Event::Turn { run, permit });
                }
            },
            Event::Arrive { run, permit } => {
                let admitted = self.limits.ask(("createIssue", "POST"), None, now);
                let refusal = admitted.err().map(|headers| self.told(&headers));
                let done = if refusal.is_none() { self.done(now) } else { now };
                let at = self.half_way(done);
                self.add(at, Event::Answer { run, permit, refusal });
            }
            Event::Answer { run, permit, refusal: Some(limit) } => {
                self.refused += 1;
                let until = self.limiter.refused(self.wanted(run), &permit, &limit, (now, self.random.f64()));
                self.wait(run, until, now);
                self.start(run, now);
            }
            Event::Answer { run, permit, refusal: None } => {
                self.limiter.passed(self.wanted(run), &permit, &Limit::default(), now);
                let ended = &mut self.runs[run];
                ended.under_way -= 1;
                ended.open -= 1;
                if ended.open == 0 && ended.left == 0 {
                    ended.done = Some(now);
                }
                self.start(run, now);
            }
        }
    }

    fn told(&self, headers: &[(String, String)]) -> Limit {
        let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let reason = header("ratelimit-reason");
        if !self.simulation.tells {
            return Limit { reason, ..Limit::default() };
        }
        let (retry_after, reset) = (header("retry-after"), header("x-ratelimit-reset"));
        let (limit, remaining) = (header("x-ratelimit-limit"), header("x-ratelimit-remaining"));
        Limit { reason, retry_after, reset, limit, remaining }
    }

    fn found(self) -> Simulated {
        let Simulation { size, rate, requests, latency, .. } = self.simulation;
        let seconds = |time: Timestamp| time.duration_since(begin()).as_secs_f64();
        let done: Vec<_> = self.runs.iter().filter_map(|run| Some(seconds(run.done?))).collect();
        assert!(self.runs.iter().all(|run| run.left == 0 && run.open == 0), "each run ends");
        let took = done.iter().copied().fold(0.0, f64::max);
        let at_once = u32::try_from(requests.saturating_sub(usize::try_from(size).unwrap())).unwrap();
        let least = f64::from(at_once) / f64::from(u32::try_from(rate).unwrap()) + latency.as_secs_f64();
        Simulated { ratio: took / least, seconds: took, refused: self.refused, held_back: self.held_back, done }
    }
}
