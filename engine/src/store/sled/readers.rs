//! The threads that read. sled waits for the disk where it is called, and no worker of a runtime is to wait there: whoever asks is
//! given something to wait for.
//!
//! They are the store's own, not a runtime's: closing a store waits for them, so that nothing of it is open any more then.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
};

use tokio::sync::oneshot;

use super::{fault::Fault, guard::guarded, index::Index};

/// So many questions are answered at a time.
const READERS: usize = 4;

type Question = Box<dyn FnOnce(&Index) + Send>;

/// The threads, and the way to them. Dropped, they answer what was asked, and end.
#[derive(Debug)]
pub(super) struct Readers {
    // Taken when it is dropped.
    questions: Option<mpsc::Sender<Question>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts the threads.
    pub(super) fn of(index: &Arc<Index>) -> io::Result<Self> {
        let (questions, asked) = mpsc::channel();
        let mut readers = Self { questions: Some(questions), threads: Vec::new() };
        let asked = Arc::new(Mutex::new(asked));
        for _ in 0..READERS {
            let (index, asked) = (Arc::clone(index), Arc::clone(&asked));
            let thread = thread::Builder::new().name("flowrun-read".to_owned());
            readers.threads.push(thread.spawn(move || answer(&index, &asked))?);
        }
        Ok(readers)
    }

    /// Asks a question. Nobody answers it if whoever asked no longer waits.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Index) -> Result<T, Fault> + Send + 'static,
    ) -> oneshot::Receiver<Result<T, Fault>> {
        let (reply, answer) = oneshot::channel();
        let asked = Box::new(move |index: &Index| {
            if !reply.is_closed() {
                // Whoever left meanwhile needs no answer.
                drop(reply.send(guarded("reading", || question(index))));
            }
        });
        let questions = self.questions.as_ref().expect("taken only when it is dropped");
        // Where no thread is left the question is dropped, and its answer with it.
        let _ = questions.send(asked);
        answer
    }
}

fn answer(index: &Index, asked: &Mutex<mpsc::Receiver<Question>>) {
    loop {
        // A question is not answered under the lock.
        let next = asked.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(question) => question(index),
            Err(mpsc::RecvError) => return,
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        drop(self.questions.take());
        for thread in self.threads.drain(..) {
            // They catch what panics; if something got out, there is nothing left to wait for.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, task::Poll};

    use super::*;
    use crate::store::{SledStore, Store};

    #[tokio::test]
    async fn no_worker_of_the_runtime_reads() {
        let directory = tempfile::tempdir().unwrap();
        let store = SledStore::open(directory.path(), "a test").unwrap();
        let worker = thread::current().id();
        let reader = store.read(|_| Ok(thread::current().id())).await.unwrap();
        assert_ne!(reader, worker);
    }

    /// Its answers come while another waits for the disk, and closing it waits for both.
    #[tokio::test]
    async fn a_slow_question_keeps_no_other_from_its_answer() {
        let directory = tempfile::tempdir().unwrap();
        let store = SledStore::open(directory.path(), "a test").unwrap();
        let (go_on, held) = mpsc::channel::<()>();
        let (ended, end) = mpsc::channel();
        let slow = store.read(move |_| {
            let _dropped = held.recv();
            ended.send(()).unwrap();
            Ok(())
        });
        let mut slow = Box::pin(slow);
        assert!(poll_fn(|context| Poll::Ready(slow.as_mut().poll(context).is_pending())).await);
        assert_eq!(store.by_prefix("", 1).await.unwrap(), []);
        drop(go_on);
        // Nobody waits for its answer any more.
        drop(slow);
        drop(store);
        end.try_recv().unwrap();
        SledStore::open(directory.path(), "a test").unwrap();
    }
}
