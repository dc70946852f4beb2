//! A connection to the process that has the store, from the side of one that asks it.

use std::{
    io::{self, ErrorKind},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use flowrun_engine::store::{StoreError, watch::Watches};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, split},
    time::{MissedTickBehavior, interval, sleep},
};

use crate::{
    desk::Desk,
    frame::{Frame, NOTICE, invalid},
    greeting::Greeting,
    place::{NotConnected, Place, Stream},
    wire::{TopicForm, decode_answer, encode_request},
};

/// How often it is looked whether the other side answers. Looks are counted, not the time: a process that was stopped itself has not waited.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// So many looks without a word, while something is unanswered, until it is asked whether anybody is there.
const LOOKS_UNTIL_PING: u32 = 3;

/// A connection on which both have greeted.
pub(crate) struct Connected {
    stream: Box<dyn Stream>,
    /// Who has the store.
    pub(crate) holder: Greeting,
}

/// How a connection ended.
pub(crate) enum Ended {
    /// The other side is gone, or gave the store up.
    Lost,
    /// It is there, and says nothing.
    NoAnswer,
}

/// Connects to whoever serves the store.
pub(crate) async fn connect(place: &dyn Place, own: &Greeting, patience: Duration) -> Result<Connected, NotConnected> {
    let mut stream = place.connect().await?;
    let greeted = tokio::select! {
        biased;
        greeted = own.exchange(&mut stream) => greeted,
        () = sleep(patience) => return Err(NotConnected::NoAnswer),
    };
    let holder = greeted.map_err(|error| match error.kind() {
        ErrorKind::InvalidData => NotConnected::unreachable(place.directory(), &error),
        _ => NotConnected::Nobody,
    })?;
    own.agree(&holder).map_err(NotConnected::Failed)?;
    Ok(Connected { stream, holder })
}

impl Connected {
    /// Sends what is asked, and hands out what is answered, until the connection ends.
    pub(crate) async fn carry(self, desk: &Desk, watches: &Watches, patience: Duration) -> Ended {
        let (input, output) = split(self.stream);
        let heard = AtomicU64::new(0);
        tokio::select! {
            biased;
            read = read(input, desk, watches, &heard) => lost(read),
            written = write(output, desk) => lost(written),
            () = silence(desk, &heard, patience) => Ended::NoAnswer,
        }
    }
}

fn lost(ended: io::Result<()>) -> Ended {
    if let Err(error) = ended {
        tracing::debug!(%error, "the connection to the process that has the store broke");
    }
    Ended::Lost
}

async fn read(input: impl AsyncRead + Unpin, desk: &Desk, watches: &Watches, heard: &AtomicU64) -> io::Result<()> {
    let mut input = BufReader::new(input);
    while let Some(frame) = Frame::read_from(&mut input).await? {
        heard.fetch_add(1, Ordering::Relaxed);
        match frame.number {
            NOTICE => {
                let topic: TopicForm = serde_json::from_slice(&frame.head).map_err(|_| invalid())?;
                watches.tell(topic.into());
            }
            number => desk.answer(number, decode_answer(frame)?),
        }
    }
    Ok(())
}

async fn write(mut output: impl AsyncWrite + Unpin, desk: &Desk) -> io::Result<()> {
    let mut bytes = Vec::new();
    for request in desk.connect() {
        encode_request(NOTICE, &request).write_to(&mut bytes)?;
    }
    output.write_all(&bytes).await?;
    loop {
        bytes.clear();
        for frame in desk.unsent().await {
            if let Err(error) = frame.write_to(&mut bytes) {
                let message = format!("asking the process that has the store: {error}");
                desk.answer(frame.number, Err(StoreError::Io { message, source: None }));
            }
        }
        output.write_all(&bytes).await?;
    }
}

/// Returns once something has been unanswered for so long without a word from the other side.
async fn silence(desk: &Desk, heard: &AtomicU64, patience: Duration) {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut before, mut silent) = (0, 0);
    loop {
        looks.tick().await;
        let now = heard.load(Ordering::Relaxed);
        silent = if now == before && desk.has_unanswered() { silent + 1 } else { 0 };
        before = now;
        if silent == LOOKS_UNTIL_PING {
            desk.ping();
        }
        if LOOK_EVERY * silent >= patience {
            return;
        }
    }
}
