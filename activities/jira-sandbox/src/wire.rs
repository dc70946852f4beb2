//! Connections that can be made to fail in the ways that connections do: closed, reset, or cut within an answer.
//!
//! The handler of a request gives the order, the connection carries it out when the answer is written.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// What a connection does with the next answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Writes none of it, and closes.
    Close,
    /// Writes none of it, and closes with a TCP reset.
    Reset,
    /// Writes its head and half of its body, and closes.
    Cut,
}

/// Gives a connection its orders.
#[derive(Debug, Clone, Default)]
pub(crate) struct Orders(Arc<AtomicU8>);

impl Orders {
    pub(crate) fn give(&self, order: Order) {
        let code = match order {
            Order::Close => 1,
            Order::Reset => 2,
            Order::Cut => 3,
        };
        self.0.store(code, Ordering::Release);
    }

    fn next(&self) -> Option<Order> {
        match self.0.load(Ordering::Acquire) {
            1 => Some(Order::Close),
            2 => Some(Order::Reset),
            3 => Some(Order::Cut),
            _ => None,
        }
    }
}

impl Connected<IncomingStream<'_, Wires>> for Orders {
    fn connect_info(stream: IncomingStream<'_, Wires>) -> Self {
        stream.io().orders.clone()
    }
}

/// A listener for such connections.
#[derive(Debug)]
pub(crate) struct Wires(pub(crate) TcpListener);

impl Listener for Wires {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (Wire { stream, orders: Orders::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    orders: Orders,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.orders.next() {
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
            Some(Order::Close) => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            Some(Order::Reset) => {
                self.stream.set_zero_linger()?;
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
            Some(Order::Cut) => {
                let written = Pin::new(&mut self.stream).poll_write(context, half(bytes));
                if written.is_ready() {
                    self.orders.give(Order::Close);
                }
                written
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The head of an answer and half of its body; half of the head where it has no body.
fn half(answer: &[u8]) -> &[u8] {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |end| end + 4);
    let head = if head == answer.len() { 0 } else { head };
    &answer[..head + (answer.len() - head) / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_an_answer() {
        for (answer, expected) in [
            ("HTTP/1.1 200 OK\r\n\r\n12345678", "HTTP/1.1 200 OK\r\n\r\n1234"),
            ("HTTP/1.1 200 OK\r\n\r\n1", "HTTP/1.1 200 OK\r\n\r\n"),
            ("HTTP/1.1 204\r\n\r\n", "HTTP/1.1"),
        ] {
            assert_eq!(half(answer.as_bytes()), expected.as_bytes());
        }
    }
}
