//! Carries out the faults of requests: before they are done, or instead of their answers.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{
    answer::{Answer, Content, Refusal},
    call::Call,
    faults::{Fault, FaultError, FaultRateLimit},
    limits,
    wire::{Order, Orders},
};

/// What a fault does before the request is done; an answer where nothing is done then.
pub(super) async fn before(fault: &Fault, call: &mut Call, orders: &Orders) -> Option<Answer> {
    match fault {
        Fault::Delay { seconds } => wait(*seconds).await,
        Fault::StaleSearch { seconds } => call.search_lag = Some(*seconds),
        Fault::Reset { after: false } => {
            orders.give(Order::Reset);
            return Some(Answer::no_content());
        }
        Fault::ErrorBefore(error) => return Some(failure(error)),
        Fault::RateLimit(limit) => return Some(rate_limit(limit, call.received)),
        Fault::Html { status } => return Some(page(*status)),
        Fault::DelayReply { .. }
        | Fault::DropReply
        | Fault::CutReply
        | Fault::Reset { after: true }
        | Fault::ErrorAfter(_) => {}
    }
    None
}

/// What a fault makes of the answer of a request that was done; `Err` where the client does not get the answer.
pub(super) async fn after(fault: &Fault, answer: Answer, orders: &Orders) -> Result<Answer, Answer> {
    let order = match fault {
        Fault::DelayReply { seconds } => {
            wait(*seconds).await;
            return Ok(answer);
        }
        Fault::ErrorAfter(error) => return Err(failure(error)),
        Fault::DropReply => Order::Close,
        Fault::CutReply => Order::Cut,
        Fault::Reset { after: true } => Order::Reset,
        _ => return Ok(answer),
    };
    orders.give(order);
    Err(answer)
}

async fn wait(seconds: f64) {
    tokio::time::sleep(Duration::try_from_secs_f64(seconds).unwrap_or_default()).await;
}

fn failure(error: &FaultError) -> Answer {
    let answer = match &error.body {
        Some(body) => Answer::new(error.status, Content::Json(body.clone())),
        None => Refusal::message(error.status, "The sandbox fails here on purpose.").into(),
    };
    with_retry_after(answer, error.retry_after)
}

fn rate_limit(limit: &FaultRateLimit, now: Timestamp) -> Answer {
    let reset = limit.reset.map(|seconds| now.saturating_add(SignedDuration::from_secs(seconds.min(1 << 40) as i64)));
    let named = [
        ("ratelimit-reason", limit.reason.clone()),
        ("x-ratelimit-reset", reset.and_then(Result::ok).map(limits::instant)),
    ];
    let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let more = limit.headers.iter().map(|(name, value)| (name.clone(), value.clone()));
    let mut answer = Answer::from(Refusal::message(429, "Rate limit exceeded."));
    answer.headers.extend(named.chain(more));
    with_retry_after(answer, limit.retry_after)
}

fn with_retry_after(answer: Answer, seconds: Option<u64>) -> Answer {
    match seconds {
        Some(seconds) => answer.with_header("retry-after", seconds.to_string()),
        None => answer,
    }
}

/// What something between the client and Jira says when it cannot reach Jira.
fn page(status: u16) -> Answer {
    let page = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>gateway</body></html>\n");
    Answer::new(status, Content::Text("text/html", page))
}
