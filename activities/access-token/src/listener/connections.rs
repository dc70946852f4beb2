//! Connections to the listener, each heard on its own: none waits for another. Where there are too many, the one that has been
//! silent longest goes, and who comes waits until then.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::oneshot,
    time::{Instant, timeout, timeout_at},
};

use super::head::{Head, Page};
use crate::consent::CallbackRequest;

/// How long one connection may take to send its request, and to take its page.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may do so at least, however many there are: what was sent is not readable at once.
const LEAST_PATIENCE: Duration = Duration::from_millis(500);

/// Browsers open a handful, and send their request at once.
const MOST: usize = 64;

/// All connections that are open.
pub(super) struct OpenConnections<'a> {
    open: FuturesUnordered<BoxFuture<'a, CallbackRequest>>,
    /// When those came whose requests are not whole yet, in this order; one is given up when its sender is dropped.
    silent: VecDeque<(Instant, oneshot::Sender<Infallible>)>,
}

impl<'a> OpenConnections<'a> {
    pub(super) fn new() -> Self {
        Self { open: FuturesUnordered::new(), silent: VecDeque::new() }
    }

    /// Whether another can be taken in.
    pub(super) fn has_room(&self) -> bool {
        self.open.len() < MOST
    }

    /// Takes a connection in; `judge` says what its request is, and which page it gets.
    #[expect(clippy::disallowed_methods, reason = "tokio's timers say when it was silent too long")]
    pub(super) fn admit(
        &mut self,
        connection: impl AsyncRead + AsyncWrite + Unpin + Send + 'a,
        judge: impl FnOnce(&Head) -> (Page, CallbackRequest) + Send + 'a,
    ) {
        let (kept, given_up) = oneshot::channel();
        self.forget_heard();
        self.silent.push_back((Instant::now(), kept));
        self.open.push(Box::pin(hear(connection, judge, given_up)));
    }

    /// What the next connection that ends was; `None` where there are none. Makes room where there is none.
    pub(super) async fn next(&mut self) -> Option<CallbackRequest> {
        loop {
            self.forget_heard();
            let Some((came, _)) = self.silent.front().filter(|_| !self.has_room()) else {
                return self.open.next().await;
            };
            match timeout_at(*came + LEAST_PATIENCE, self.open.next()).await {
                Ok(heard) => return heard,
                Err(_) => drop(self.silent.pop_front()),
            }
        }
    }

    fn forget_heard(&mut self) {
        self.silent.retain(|(_, kept)| !kept.is_closed());
    }
}

/// Reads one request, unless it is given up before it is whole, and answers it with a page.
async fn hear(
    mut connection: impl AsyncRead + AsyncWrite + Unpin,
    judge: impl FnOnce(&Head) -> (Page, CallbackRequest),
    mut given_up: oneshot::Receiver<Infallible>,
) -> CallbackRequest {
    let head = tokio::select! {
        biased;
        head = timeout(PATIENCE, Head::read(&mut connection)) => head,
        _ = &mut given_up => return CallbackRequest::Nothing,
    };
    drop(given_up);
    let Ok(Ok(head)) = head else { return CallbackRequest::Nothing };
    let (page, heard) = judge(&head);
    // The answer counts even if the browser does not stay to read the page.
    let _page_was_read = timeout(PATIENCE, page.write(&mut connection)).await;
    heard
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tokio's own time stands still here")]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const REQUEST: &[u8] = b"GET /callback HTTP/1.1\r\n\r\n";

    /// Connects; gives the browser's end, which takes so many bytes unread.
    fn connect(connections: &mut OpenConnections<'_>, unread: usize) -> DuplexStream {
        assert!(connections.has_room());
        let (browser, connection) = duplex(unread);
        connections.admit(connection, |_| (Page::BadRequest, CallbackRequest::WrongState));
        browser
    }

    #[tokio::test(start_paused = true)]
    async fn where_there_is_no_room_the_longest_silent_goes_after_a_moment() {
        let began = Instant::now();
        let mut connections = OpenConnections::new();
        let mut browsers: Vec<_> = (0..MOST).map(|_| connect(&mut connections, 1024)).collect();
        assert!(!connections.has_room());
        browsers[0].write_all(&REQUEST[..5]).await.expect("half a request");
        assert!(matches!(connections.next().await, Some(CallbackRequest::Nothing)), "the first was given up");
        assert_eq!(browsers[0].read(&mut [0]).await.ok(), Some(0));
        let mut last = connect(&mut connections, 1024);
        last.write_all(REQUEST).await.expect("a request");
        assert!(matches!(connections.next().await, Some(CallbackRequest::WrongState)), "the last was heard");
        assert_eq!(began.elapsed(), LEAST_PATIENCE);
        while connections.next().await.is_some() {}
        assert!((PATIENCE..PATIENCE * 2).contains(&began.elapsed()) && connections.silent.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_heard_is_not_given_up_and_keeps_its_place_until_its_page_is_read() {
        let mut connections = OpenConnections::new();
        let mut slow = connect(&mut connections, 64);
        slow.write_all(REQUEST).await.expect("a request");
        let _silent: Vec<_> = (1..MOST).map(|_| connect(&mut connections, 64)).collect();
        assert!(
            matches!(connections.next().await, Some(CallbackRequest::Nothing)),
            "the first silent one was given up"
        );
        assert_eq!((connections.open.len(), connections.silent.len()), (MOST - 1, MOST - 2));
        let mut page = String::new();
        let (heard, read) = tokio::join!(connections.next(), slow.read_to_string(&mut page));
        assert!(matches!(heard, Some(CallbackRequest::WrongState)) && read.is_ok());
        assert!(page.starts_with("HTTP/1.1 400 ") && page.ends_with("</p>\n"), "{page}");
    }
}
