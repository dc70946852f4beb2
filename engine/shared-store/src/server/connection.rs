//! One connection, from the side of whoever serves.

use std::{collections::BTreeSet, io, sync::Arc, time::Duration};

use flowrun_engine::{
    id::DriverId,
    store::{RunFilter, StoreError},
};
use futures_util::FutureExt;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, split},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinSet,
    time::timeout,
};

use super::{Server, notices::Notices};
use crate::{
    frame::{Frame, NOTICE},
    place::Stream,
    presence::ProcessId,
    request::{Answer, Answered, Page, Request},
    wire::{TopicForm, decode_request, encode_answer},
};

/// So many requests of a connection are answered at a time, and so many answers are kept for one that reads slowly.
const AT_A_TIME: usize = 256;

/// So many records, and so many runs, are in an answer: whoever wants more asks again.
const LARGEST_PAGE: usize = 1024;

/// A process that is stopped meanwhile connects again.
const LONGEST_GREETING: Duration = Duration::from_secs(10);

/// An answer that is to be written, and the room that it takes.
type Answers = mpsc::UnboundedSender<(Frame, OwnedSemaphorePermit)>;

/// Serves a connection until it breaks, and then sees to what its process leaves.
pub(super) async fn serve_connection(server: Server, mut stream: Box<dyn Stream>) {
    let greeting = match timeout(LONGEST_GREETING, server.greeting.exchange(&mut stream)).await {
        Ok(Ok(greeting)) => greeting,
        Ok(Err(error)) => return tracing::debug!(%error, "what connected was not let in"),
        Err(_) => return tracing::debug!("what connected said nothing"),
    };
    // It was told which version this is.
    if server.greeting.agree(&greeting).is_err() {
        return;
    }
    let mut drivers = BTreeSet::new();
    let notices = server.hub.connect();
    let (input, output) = split(stream);
    let (answers, answered) = mpsc::unbounded_channel();
    tokio::select! {
        biased;
        ended = read(&server, greeting.id, (input, answers), &notices, &mut drivers) => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke");
            }
        }
        _ = write(output, answered, &notices) => {}
    }
    drop(notices);
    server.release_once_gone(greeting.id, drivers).await;
}

async fn read(
    server: &Server,
    process: ProcessId,
    (input, answers): (impl AsyncRead + Unpin, Answers),
    notices: &Notices,
    drivers: &mut BTreeSet<DriverId>,
) -> io::Result<()> {
    let room = Arc::new(Semaphore::new(AT_A_TIME));
    let mut input = BufReader::new(input);
    // What is asked for is done in spite of their end: only the answers are dropped with the connection.
    let mut tasks = JoinSet::new();
    loop {
        let permit = room.clone().acquire_owned().await.expect("it is not closed");
        let Some(frame) = Frame::read_from(&mut input).await? else { return Ok(()) };
        while tasks.try_join_next().is_some() {}
        let request = match decode_request(&frame)? {
            Ok(request) => request,
            Err(fault) => {
                drop(answers.send((encode_answer(frame.number, &Err(fault.into())), permit)));
                continue;
            }
        };
        drivers.extend(request.driver());
        match request {
            Request::Subscribe(topic) => notices.subscribe(topic),
            Request::Unsubscribe(topic) => notices.unsubscribe(topic),
            Request::HeldAll => server.store.claimants.announced(process),
            _ => {}
        }
        let (request, is_cut) = cut(request);
        let mut asked = server.store.ask(request);
        let answer = move |answered| encode_answer(frame.number, &marked(answered, is_cut));
        let is_answered = frame.number != NOTICE;
        match (&mut asked).now_or_never() {
            _ if !is_answered => drop(permit),
            Some(answered) => drop(answers.send((answer(answered), permit))),
            None => {
                let answers = answers.clone();
                // Whoever has left needs no answer.
                tasks.spawn(async move { drop(answers.send((answer(asked.await), permit))) });
            }
        }
    }
}

/// A request for no more than is sent at once, and whether more was asked for.
fn cut(request: Request) -> (Request, bool) {
    match request {
        Request::Records { run, sequence, limit } if limit > LARGEST_PAGE => {
            (Request::Records { run, sequence, limit: LARGEST_PAGE }, true)
        }
        Request::List(filter) if filter.limit > LARGEST_PAGE => {
            (Request::List(RunFilter { limit: LARGEST_PAGE, ..filter }), true)
        }
        request => (request, false),
    }
}

/// The answer to a request that was cut. A list says itself where it goes on.
fn marked(answered: Answered, is_cut: bool) -> Answered {
    match answered {
        Ok(Answer::Records(page)) => {
            let is_whole = page.is_whole && !(is_cut && page.records.len() == LARGEST_PAGE);
            Ok(Answer::Records(Page { is_whole, ..page }))
        }
        answered => answered,
    }
}

async fn write(
    mut output: impl AsyncWrite + Unpin,
    mut answered: mpsc::UnboundedReceiver<(Frame, OwnedSemaphorePermit)>,
    notices: &Notices,
) -> io::Result<()> {
    loop {
        let mut ready = Vec::new();
        tokio::select! {
            biased;
            answer = answered.recv() => match answer {
                Some(answer) => ready.push(answer),
                None => return Ok(()),
            },
            () = notices.noted() => {}
        }
        while ready.len() < AT_A_TIME
            && let Ok(answer) = answered.try_recv()
        {
            ready.push(answer);
        }
        let mut bytes = Vec::new();
        // What changed before an answer is told before it.
        for topic in notices.take() {
            let head = serde_json::to_vec(&TopicForm::from(topic))?;
            Frame { number: NOTICE, head, blobs: Vec::new() }.write_to(&mut bytes)?;
        }
        for (frame, _) in &ready {
            if let Err(error) = frame.write_to(&mut bytes) {
                let error = StoreError::Io { message: format!("answering: {error}"), source: None };
                encode_answer(frame.number, &Err(error)).write_to(&mut bytes)?;
            }
        }
        output.write_all(&bytes).await?;
    }
}
