//! Connections to the listener, each heard on its own: none waits for another, and where there are too many, the one that has
//! been silent longest goes.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::head::{Head, Page};
use crate::access_token::consent::Heard;

/// How long one connection may take to send its request, and to take its page.
const PATIENCE: Duration = Duration::from_secs(10);

/// Browsers open a handful, and send their request at once.
const MOST_SILENT: usize = 64;

/// All connections that are open.
pub(super) struct Crowd<'a> {
    heard: FuturesUnordered<BoxFuture<'a, (u64, Heard)>>,
    /// Those whose requests are not whole yet, in the order in which they came.
    silent: BTreeMap<u64, CancellationToken>,
    came: u64,
}

impl<'a> Crowd<'a> {
    pub(super) fn new() -> Self {
        Self { heard: FuturesUnordered::new(), silent: BTreeMap::new(), came: 0 }
    }

    /// Takes a connection in; `judge` says what its request is, and which page it gets.
    pub(super) fn admit(
        &mut self,
        connection: impl AsyncRead + AsyncWrite + Unpin + Send + 'a,
        judge: impl FnOnce(&Head) -> (Page, Heard) + Send + 'a,
    ) {
        if self.silent.len() >= MOST_SILENT
            && let Some((_, oldest)) = self.silent.pop_first()
        {
            oldest.cancel();
        }
        let (number, given_up) = (self.came, CancellationToken::new());
        self.came += 1;
        self.silent.insert(number, given_up.clone());
        self.heard.push(Box::pin(async move { (number, hear(connection, judge, given_up).await) }));
    }

    /// What the next connection that ends was; `None` where there are none.
    pub(super) async fn next(&mut self) -> Option<Heard> {
        let (number, heard) = self.heard.next().await?;
        self.silent.remove(&number);
        Some(heard)
    }
}

/// Reads one request, unless it is given up before it is whole, and answers it with a page.
async fn hear(
    mut connection: impl AsyncRead + AsyncWrite + Unpin,
    judge: impl FnOnce(&Head) -> (Page, Heard),
    given_up: CancellationToken,
) -> Heard {
    let head = tokio::select! {
        biased;
        head = timeout(PATIENCE, Head::read(&mut connection)) => head,
        () = given_up.cancelled() => return Heard::Nothing,
    };
    let Ok(Ok(head)) = head else { return Heard::Nothing };
    let (page, heard) = judge(&head);
    // The answer counts even if the browser does not stay to read the page.
    let _page_was_read = timeout(PATIENCE, page.write(&mut connection)).await;
    heard
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
        time::Instant,
    };

    use super::*;

    const REQUEST: &[u8] = b"GET /callback HTTP/1.1\r\n\r\n";

    /// Connects; gives the browser's end.
    fn connect(crowd: &mut Crowd<'_>) -> DuplexStream {
        let (browser, connection) = duplex(64 * 1024);
        crowd.admit(connection, |_| (Page::BadRequest, Heard::WrongState));
        browser
    }

    #[tokio::test(start_paused = true)]
    async fn neither_silent_nor_slow_connections_delay_a_request() {
        let began = Instant::now();
        let mut crowd = Crowd::new();
        let mut silent = Vec::new();
        for _ in 0..3 * MOST_SILENT {
            let mut browser = connect(&mut crowd);
            browser.write_all(&REQUEST[..5]).await.expect("half a request");
            silent.push(browser);
        }
        let mut browser = connect(&mut crowd);
        browser.write_all(REQUEST).await.expect("a request");
        while !matches!(crowd.next().await, Some(Heard::WrongState)) {}
        let mut page = String::new();
        browser.read_to_string(&mut page).await.expect("a page");
        assert!(page.starts_with("HTTP/1.1 400 "), "{page}");
        assert_eq!((began.elapsed(), crowd.silent.len()), (Duration::ZERO, MOST_SILENT - 1));
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_came_last_are_kept_and_the_silent_given_up_in_time() {
        let began = Instant::now();
        let mut crowd = Crowd::new();
        let mut browsers: Vec<_> = (0..=MOST_SILENT).map(|_| connect(&mut crowd)).collect();
        assert!(matches!(crowd.next().await, Some(Heard::Nothing)), "the first was given up");
        assert_eq!(browsers[0].read(&mut [0]).await.expect("an end"), 0);
        browsers[1].write_all(REQUEST).await.expect("a request");
        assert!(matches!(crowd.next().await, Some(Heard::WrongState)), "the second was heard");
        assert_eq!(began.elapsed(), Duration::ZERO);
        while crowd.next().await.is_some() {}
        assert!((PATIENCE..PATIENCE * 2).contains(&began.elapsed()) && crowd.silent.is_empty());
    }
}
