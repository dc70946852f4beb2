//! Asks for several things at a time, and for fewer once a rate limit does not let so many in.

use flowrun_engine::activity::{Failure, Recovery};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};

/// So many questions are under way at first.
const AT_FIRST: usize = 8;

/// The answers to all questions, in their order, whichever came first.
///
/// # Errors
/// The first failure; a rate limit only if it lets in not even one question after the other.
pub(super) async fn ask_all<'a, Question: Copy, Answer>(
    questions: &[Question],
    ask: impl Fn(Question) -> BoxFuture<'a, Result<Answer, Failure>>,
) -> Result<Vec<Answer>, Failure> {
    let mut answers: Vec<Option<Answer>> = questions.iter().map(|_| None).collect();
    let mut abreast = AT_FIRST;
    loop {
        let open = questions.iter().enumerate().filter(|(place, _)| answers[*place].is_none());
        let asked: Vec<_> = open.map(|(place, one)| ask(*one).map(move |answer| (place, answer))).collect();
        let mut asked = stream::iter(asked).buffered(abreast);
        let mut limited = None;
        while let Some((place, answer)) = asked.next().await {
            match answer {
                Ok(answer) => answers[place] = Some(answer),
                Err(failure) if matches!(failure.recovery, Recovery::RateLimited { .. }) => {
                    limited.get_or_insert(failure);
                }
                Err(failure) => return Err(failure),
            }
        }
        match limited {
            None => return Ok(answers.into_iter().flatten().collect()),
            Some(failure) if abreast == 1 => return Err(failure),
            Some(_) => abreast /= 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    use flowrun_engine::diagnostic::Code;
    use jiff::Timestamp;

    use super::*;

    /// Answers a number with its double; those beyond `most` that are under way together are refused.
    struct Doubling {
        most: usize,
        under_way: AtomicUsize,
        asked: Mutex<Vec<usize>>,
    }

    impl Doubling {
        fn new(most: usize) -> Self {
            Self { most, under_way: AtomicUsize::new(0), asked: Mutex::default() }
        }

        async fn double(&self, number: usize) -> Result<usize, Failure> {
            self.asked.lock().unwrap().push(number);
            let beside = self.under_way.fetch_add(1, Ordering::SeqCst);
            // The first of those that are under way together takes the longest.
            for _ in 0..10 - number % 10 {
                tokio::task::yield_now().await;
            }
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            match beside < self.most {
                true => Ok(2 * number),
                false => {
                    let limited = Failure::permanent(Code::RATE_LIMITED, "too many");
                    Err(Failure { recovery: Recovery::RateLimited { until: Timestamp::UNIX_EPOCH }, ..limited })
                }
            }
        }
    }

    async fn doubled(doubling: &Doubling) -> Result<Vec<usize>, Failure> {
        let numbers: Vec<_> = (0..30).collect();
        ask_all(&numbers, |number| Box::pin(doubling.double(number))).await
    }

    #[tokio::test]
    async fn answers_are_in_order_however_many_are_let_in() {
        for most in [1, 2, 3, 7, 100] {
            assert_eq!(doubled(&Doubling::new(most)).await, Ok((0..30).map(|number| 2 * number).collect()), "{most}");
        }
        assert_eq!(doubled(&Doubling::new(0)).await.map_err(|failure| failure.code), Err(Code::RATE_LIMITED));
    }

    #[tokio::test]
    async fn what_fails_otherwise_is_told_at_once() {
        let asked = AtomicUsize::new(0);
        let answers = ask_all(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], |_| {
            asked.fetch_add(1, Ordering::SeqCst);
            Box::pin(async { Err::<(), _>(Failure::permanent(Code::UNAVAILABLE, "it is down")) })
        });
        assert_eq!(answers.await.map_err(|failure| failure.message), Err("it is down".into()));
    }
}
