//! The connections of a world: pipes in memory that may be cut after any byte, and fall silent with the process that serves.

use std::{
    io::{self, ErrorKind},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use async_trait::async_trait;
use flowrun_engine::{
    store::{MemoryStore, StoreError, watch::Watches},
    testing::SeededRandom,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex},
    sync::mpsc,
};

use super::disk;
use crate::{
    directory::Directory,
    place::{Listener, NotConnected, Place, ServedStore, Stream},
};

/// What all processes of a world share.
pub(super) struct Network {
    pub(super) directory: Directory,
    pub(super) disk: Arc<MemoryStore>,
    chance: Arc<SeededRandom>,
    /// Who serves.
    server: Mutex<Option<Server>>,
    /// Whether connections between two that live are cut.
    pub(super) cuts: AtomicBool,
}

#[derive(Clone)]
struct Server {
    accepted: mpsc::UnboundedSender<Pipe>,
    silence: Arc<Silence>,
}

/// Whether a process that serves is silent, as one that is stopped.
#[derive(Debug, Default)]
pub(super) struct Silence {
    is_silent: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl Silence {
    pub(super) fn set(&self, is_silent: bool) {
        self.is_silent.store(is_silent, Ordering::SeqCst);
        self.waiting.lock().unwrap().drain(..).for_each(Waker::wake);
    }

    fn is_silent(&self, context: &Context<'_>) -> bool {
        let is_silent = self.is_silent.load(Ordering::SeqCst);
        if is_silent {
            self.waiting.lock().unwrap().push(context.waker().clone());
        }
        is_silent
    }
}

impl Network {
    pub(super) fn new(directory: Directory, chance: Arc<SeededRandom>) -> Arc<Self> {
        let cuts = AtomicBool::new(chance.below(2) == 0);
        Arc::new(Self { directory, disk: Arc::default(), chance, server: Mutex::default(), cuts })
    }

    /// Makes whoever serves silent, or lets it speak again.
    pub(super) fn silence(&self) -> Option<Arc<Silence>> {
        self.server.lock().unwrap().as_ref().map(|server| server.silence.clone())
    }

    /// So many bytes pass through a connection before it is cut.
    fn passing(&self) -> usize {
        match self.cuts.load(Ordering::SeqCst) {
            true if self.chance.below(3) > 0 => self.chance.below(6000),
            _ => usize::MAX,
        }
    }
}

#[async_trait]
impl Place for Network {
    fn directory(&self) -> &Directory {
        &self.directory
    }

    async fn connect(&self) -> Result<Box<dyn Stream>, NotConnected> {
        let server = self.server.lock().unwrap().clone().ok_or(NotConnected::Nobody)?;
        // Both greet before they listen: that much has room in any socket.
        let (here, there) = duplex(1024 + self.chance.below(4096));
        let left = Arc::new(AtomicUsize::new(self.passing()));
        let [here, there] = [(here, None), (there, Some(server.silence))].map(|(pipe, silence)| Pipe {
            pipe: Some(pipe),
            left: left.clone(),
            silence,
        });
        // Whoever served may be gone.
        server.accepted.send(there).map_err(|_| NotConnected::Nobody)?;
        Ok(Box::new(here))
    }

    fn open(&self, _: &str, watches: Arc<Watches>) -> Result<Box<dyn ServedStore>, StoreError> {
        Ok(disk::open(&self.disk, watches))
    }

    fn listen(&self) -> Result<Box<dyn Listener>, StoreError> {
        let (accepted, connecting) = mpsc::unbounded_channel();
        *self.server.lock().unwrap() = Some(Server { accepted, silence: Arc::default() });
        Ok(Box::new(connecting))
    }

    fn stop_listening(&self) {
        *self.server.lock().unwrap() = None;
    }
}

#[async_trait]
impl Listener for mpsc::UnboundedReceiver<Pipe> {
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>> {
        Ok(Box::new(self.recv().await.ok_or(ErrorKind::BrokenPipe)?))
    }
}

/// One end of a connection.
struct Pipe {
    pipe: Option<DuplexStream>,
    /// So many bytes still pass, both ways together.
    left: Arc<AtomicUsize>,
    silence: Option<Arc<Silence>>,
}

impl Pipe {
    /// What passes at most now; `None` if nothing does until it wakes.
    fn passing(&self, context: &Context<'_>) -> Option<usize> {
        if self.silence.as_ref().is_some_and(|silence| silence.is_silent(context)) {
            return None;
        }
        Some(self.left.load(Ordering::SeqCst))
    }

    /// So much has passed. The other end is woken when it is cut.
    fn passed(&mut self, length: usize) {
        let left = self.left.load(Ordering::SeqCst);
        if left != usize::MAX {
            self.left.store(left - length, Ordering::SeqCst);
        }
        if left == length {
            self.pipe = None;
        }
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(most) = self.passing(context) else { return Poll::Pending };
        let Some(pipe) = self.pipe.as_mut().filter(|_| most > 0) else {
            return Poll::Ready(Err(ErrorKind::ConnectionReset.into()));
        };
        let mut part = vec![0; most.min(buffer.remaining())];
        let mut part = ReadBuf::new(&mut part);
        let read = Pin::new(pipe).poll_read(context, &mut part);
        if let Poll::Ready(Ok(())) = &read {
            buffer.put_slice(part.filled());
            self.passed(part.filled().len());
        }
        read
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Some(most) = self.passing(context) else { return Poll::Pending };
        let Some(pipe) = self.pipe.as_mut().filter(|_| most > 0) else {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        };
        Pin::new(pipe).poll_write(context, &bytes[..most.min(bytes.len())])
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pipe = None;
        Poll::Ready(Ok(()))
    }
}
