//! Time that stands still unless the world moves it, and the wall clock, which may be set. Whoever waits says until when, and is woken by
//! whoever polls it then.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use flowrun_engine::clock::Clock;
use jiff::Timestamp;

/// When worlds begin, in milliseconds.
const BEGINNING: i64 = 1_800_000_000_000;

/// The longest that anybody sleeps before looking at the wall clock again, in milliseconds.
const LONGEST_SLEEP: u64 = 60_000;

/// More than any timer of a world waits for, in milliseconds.
const LONGEST_WAIT: i128 = 100_000_000;

/// The time of a world, in milliseconds from its beginning.
#[derive(Debug, Default)]
pub(crate) struct Time {
    now: AtomicU64,
    /// How much the wall clock is off, in milliseconds.
    offset: AtomicI64,
    /// What the call waits for that is polled.
    alarms: Mutex<Alarms>,
}

/// What a call waits for: who of it is to be woken, and when.
#[derive(Debug, Default)]
pub(crate) struct Alarms(Vec<(u64, Waker)>);

impl Alarms {
    /// Wakes whoever's time has come.
    fn ring(&mut self, now: u64) {
        self.0.extract_if(.., |(until, _)| *until <= now).for_each(|(_, waker)| waker.wake());
    }

    /// When the next one is woken.
    pub(crate) fn next(&self) -> Option<u64> {
        self.0.iter().map(|(until, _)| *until).min()
    }
}

impl Time {
    /// How old the world is.
    pub(crate) fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// The true time.
    pub(crate) fn stamp(&self) -> Timestamp {
        self.stamp_off(0)
    }

    /// What the wall clock shows.
    pub(crate) fn wall(&self) -> Timestamp {
        self.stamp_off(self.offset.load(Ordering::Relaxed))
    }

    fn stamp_off(&self, offset: i64) -> Timestamp {
        let now = i64::try_from(self.now()).expect("a world is young");
        Timestamp::from_millisecond(BEGINNING + now + offset).expect("a world is young")
    }

    /// A world begins.
    pub(crate) fn begin(&self) {
        self.now.store(0, Ordering::Relaxed);
        self.offset.store(0, Ordering::Relaxed);
    }

    /// It is this time, if it was not later already.
    pub(crate) fn pass_until(&self, time: u64) {
        self.now.fetch_max(time, Ordering::Relaxed);
    }

    /// So much time passes.
    pub(crate) fn pass(&self, milliseconds: u64) {
        self.now.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// The wall clock is set by so much.
    pub(crate) fn set_off(&self, milliseconds: i64) {
        self.offset.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// How long it is until the wall clock shows a time, in whole milliseconds that are not less.
    pub(crate) fn left_until(&self, wall: Timestamp) -> u64 {
        let nanoseconds = wall.as_nanosecond() - self.wall().as_nanosecond();
        let left = ((nanoseconds + 999_999) / 1_000_000).clamp(0, LONGEST_WAIT);
        u64::try_from(left).expect("it is not below 0")
    }

    /// Polls a call that waits for this.
    pub(crate) fn polling<T>(&self, alarms: &mut Alarms, poll: impl FnOnce() -> T) -> T {
        alarms.ring(self.now());
        std::mem::swap(&mut *self.alarms(), alarms);
        let polled = poll();
        std::mem::swap(&mut *self.alarms(), alarms);
        polled
    }

    fn alarms(&self) -> std::sync::MutexGuard<'_, Alarms> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a time.
    pub(crate) fn wait_until(self: &Arc<Self>, until: u64) -> Wait {
        Wait { time: Arc::clone(self), until }
    }
}

/// Ends when its time has come.
pub(crate) struct Wait {
    time: Arc<Time>,
    until: u64,
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.time.now() >= self.until {
            return Poll::Ready(());
        }
        self.time.alarms().0.push((self.until, context.waker().clone()));
        Poll::Pending
    }
}

/// The wall clock of a world, for programs.
#[derive(Debug)]
pub(crate) struct WallClock(pub(crate) Arc<Time>);

#[async_trait]
impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        self.0.wall()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.now())
    }

    async fn sleep_until(&self, until: Timestamp) {
        // The clock may be set while one sleeps, so look again.
        while self.0.wall() < until {
            let left = self.0.left_until(until).min(LONGEST_SLEEP);
            self.0.wait_until(self.0.now() + left).await;
        }
    }
}
