//! What each reason closes; and the limiter against the sandbox's own limits, in a simulation whose clock nobody waits for.

mod simulation;

use simulation::Simulation;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_774_540_000 + second).unwrap()
}

fn limit(reason: &str, retry_after: &str) -> Limit {
    Limit { reason: Some(reason.into()), retry_after: Some(retry_after.into()), ..Limit::default() }
}

const GET: Wanted<'static> = Wanted { operation: "GET /a", issue: None, run: None };
const WRITE_7: Wanted<'static> = Wanted { operation: "POST /b", issue: Some("OPS-7"), run: None };
const WRITE_8: Wanted<'static> = Wanted { operation: "POST /b", issue: Some("OPS-8"), run: None };

/// Sends a request at this second; it is refused with this.
fn refused(limiter: &mut RateLimiter, wanted: Wanted<'_>, limit: &Limit, second: i64) -> Timestamp {
    let mut permit = limiter.permit(wanted, at(second)).expect("nothing is closed");
    limiter.send(wanted, &mut permit, at(second)).expect("it was let in");
    limiter.refused(wanted, &permit, limit, (at(second), 0.0))
}

#[test]
fn each_reason_closes_its_own() {
    let expected = [
        ("jira-quota-global-based", [true, true, true]),
        ("jira-quota-tenant-based", [true, true, true]),
        ("jira-burst-based", [false, false, false]),
        ("jira-per-issue-on-write", [false, true, false]),
        ("jira-cost-based", [false, true, true]),
    ];
    for (reason, closed) in expected {
        let mut limiter = RateLimiter::default();
        assert_eq!(refused(&mut limiter, WRITE_7, &limit(reason, "5"), 0), at(5), "{reason}");
        let found = [GET, WRITE_7, WRITE_8].map(|wanted| limiter.permit(wanted, at(1)).is_err());
        assert_eq!(found, closed, "{reason}");
        let later = [GET, WRITE_7, WRITE_8].map(|wanted| limiter.permit(wanted, at(20)).is_err());
        assert_eq!(later, [false, false, false], "{reason}");
    }
}

#[test]
fn waits_without_a_word_double_until_an_answer_comes_through() {
    let mut limiter = RateLimiter::default();
    let mut second = 0;
    let waits = [2, 4, 8, 16, 32, 60, 60].map(|expected| {
        let until = refused(&mut limiter, GET, &Limit::default(), second);
        let waited = until.duration_since(at(second)).as_secs();
        second += waited + 1;
        (expected, waited)
    });
    assert!(waits.iter().all(|(expected, waited)| expected == waited), "{waits:?}");
    let permit = limiter.permit(GET, at(second)).expect("it is over");
    limiter.passed(GET, &permit, &Limit::default(), at(second));
    assert_eq!(refused(&mut limiter, GET, &Limit::default(), second), at(second + 2));
}

#[test]
fn requests_that_are_refused_together_are_one_strike() {
    let mut limiter = RateLimiter::default();
    let permits = [0; 3].map(|_| limiter.permit(GET, at(0)).expect("nothing is closed"));
    let together = permits.map(|permit| limiter.refused(GET, &permit, &Limit::default(), (at(0), 0.0)));
    assert_eq!(limiter.closed_until(GET, at(1)), at(2), "as after the first");
    let mut apart = together.to_vec();
    apart.sort();
    apart.dedup();
    assert_eq!((apart[0], apart.len()), (at(2), 3), "each comes back at a time of its own");
}

#[test]
fn those_who_write_to_one_issue_come_back_apart() {
    let mut limiter = RateLimiter::default();
    refused(&mut limiter, WRITE_7, &limit("jira-per-issue-on-write", "5"), 0);
    let slots: Vec<_> = (0..20).map(|_| limiter.permit(WRITE_7, at(1)).unwrap_err()).collect();
    let apart = slots.windows(2).map(|pair| pair[1].duration_since(pair[0]));
    assert!(apart.min().is_some_and(|apart| apart >= SignedDuration::from_millis(100)), "{slots:?}");
}

/// How many steps are open × how many milliseconds a request takes.
const RUNS: [(usize, i64); 4] = [(8, 4), (64, 4), (1_000, 4), (64, 40)];

/// Bucket × run: the time is the least possible, within a tenth, and two requests are refused at most.
#[test]
fn a_bucket_is_used_up_to_its_rate_and_hardly_beyond() {
    for size in [1, 2, 3, 10, 30, 100, 120] {
        for (parallel, latency) in RUNS {
            let latency = SignedDuration::from_millis(latency);
            let found = Simulation { size, parallel, latency, ..Simulation::default() }.run();
            assert!(found.ratio <= 1.1, "size {size}, {parallel} steps, {latency:?}: {found:?}");
            assert!(found.refused <= 2, "size {size}, {parallel} steps, {latency:?}: {found:?}");
        }
    }
}

/// A rate that is not the documented one × whether a 429 tells it × what is reached then.
#[test]
fn another_rate_is_learnt() {
    let expected = [
        (1, 10, true, 1.2, 8),
        (10, 10, true, 1.2, 8),
        (100, 10, true, 1.1, 8),
        (10, 50, true, 1.1, 8),
        (50, 50, true, 1.1, 8),
        (10, 200, true, 1.1, 8),
        (200, 200, true, 1.1, 8),
        (30, 1_000, true, 1.2, 8),
        (10, 50, false, 2.0, 10),
        (10, 10, false, 3.0, 20),
    ];
    for (size, rate, tells, ratio, refused) in expected {
        let requests = usize::try_from(size + 10 * rate).unwrap();
        let found = Simulation { size, rate, requests, tells, ..Simulation::default() }.run();
        assert!(found.ratio <= ratio, "size {size}, {rate} a second: {found:?}");
        assert!(found.refused <= refused, "size {size}, {rate} a second: {found:?}");
    }
}

#[test]
fn a_network_that_is_slow_at_times_changes_little() {
    for (size, seed) in [(10, 1), (10, 2), (10, 3), (100, 1), (100, 2), (100, 3)] {
        for jitter in [1, 5, 20] {
            let jitter = SignedDuration::from_millis(jitter);
            let found = Simulation { size, jitter, seed, ..Simulation::default() }.run();
            assert!(found.ratio <= 1.15 && found.refused <= 5, "size {size}, up to {jitter:?} more: {found:?}");
        }
    }
}

/// A server that works at what it let in, for a time that differs, and waits that end late: neither is time that a request takes up.
#[test]
fn what_a_server_takes_for_its_work_is_not_lost() {
    for (size, work) in [(1, 2), (1, 6), (2, 6), (10, 6), (100, 6)] {
        let (work, oversleeps) = (SignedDuration::from_millis(work), SignedDuration::from_micros(300));
        let found = Simulation { size, work, oversleeps, ..Simulation::default() }.run();
        assert!(found.ratio <= 1.1 && found.refused <= 2, "size {size}, {work:?}: {found:?}");
    }
}

/// Nor does a request that was late on its way, at the cost of a refusal.
#[test]
fn an_uneven_way_to_a_bucket_of_one_is_found_out() {
    for seed in 0..10 {
        let jitter = SignedDuration::from_millis(2);
        let found = Simulation { size: 1, jitter, seed, ..Simulation::default() }.run();
        assert!(found.ratio <= 1.35 && found.refused <= 6, "{found:?}");
    }
}

/// Where no limit is known, the client costs no more than a tenth of what a server takes that does one request after the other.
#[test]
fn without_limits_a_busy_server_is_kept_busy() {
    for work in [1_500, 5_000] {
        let work = SignedDuration::from_micros(work);
        let found = Simulation { size: 1_000_000, rate: 1_000_000, work, ..Simulation::default() }.run();
        let least = work.as_secs_f64() * 1_000.0;
        assert!(found.seconds <= 1.1 * least && found.refused == 0, "{work:?}: {found:?}, of {least} s");
    }
}

/// Requests × how many milliseconds they take where there are no limits: what is not known is found out soon.
#[test]
fn without_limits_nothing_is_slow_for_long() {
    for (requests, most) in [(8, 100), (100, 300), (1_000, 1_200), (10_000, 3_500)] {
        let found = Simulation { size: 1_000_000, rate: 1_000_000, requests, ..Simulation::default() };
        let found = Simulation { latency: SignedDuration::from_millis(2), ..found }.run();
        assert!(found.seconds * 1_000.0 <= f64::from(most), "{requests} requests: {found:?}");
        assert_eq!((found.refused, found.held_back), (0, 0), "{requests} requests");
    }
}

#[test]
fn no_run_is_slower_than_with_its_share() {
    for parallel in [8, 1_000] {
        let found = Simulation { runs: 20, parallel, ..Simulation::default() }.run();
        assert!(found.ratio <= 1.1 && found.refused <= 2, "{found:?}");
        assert!(found.done.iter().all(|done| *done <= 10.5), "{found:?}");
    }
}

/// How much of the bucket a run has for itself × when one of 20 requests, which begins a second later, is done.
#[test]
fn whoever_comes_late_does_not_wait_for_all_before_it() {
    for parallel in [8, 64, 1_000] {
        let found = Simulation { late: 20, parallel, ..Simulation::default() }.run();
        assert!(found.ratio <= 1.1, "{found:?}");
        assert!(found.done[1] <= 3.0, "{found:?}");
    }
}
