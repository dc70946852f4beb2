//! Ctrl-Z: what has to be left before the process stops. Ctrl-C and SIGTERM: what has checkpoints stops after one at the first and at once at the second; everything else at the first, when
//! only [`UnfinishedWork`] is awaited, and the terminal is left as it was.

use std::{
    fmt,
    io::stdin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use flowrun_engine::run::CancellationToken;
use rustix::{
    process::{Signal as ProcessSignal, getpgrp, getpid, kill_process},
    termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr},
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::Mutex,
    task::JoinHandle,
    time::timeout,
};

use crate::{exit::Exit, screen::Screen};

/// A process that is asked to stop does so then at last.
const LONGEST_LEAVE: Duration = Duration::from_secs(10);

/// What a command that can be stopped listens to.
#[derive(Clone, Debug)]
pub(crate) struct GracefulStop {
    token: CancellationToken,
    exit: Arc<OnceLock<Exit>>,
}

impl GracefulStop {
    /// Listens from now on. `told` is what the first signal prints.
    pub(crate) fn listen(screen: &Arc<Screen>, told: &'static str) -> std::io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let stop = Self { token: CancellationToken::new(), exit: Arc::default() };
        let (listening, screen) = (stop.clone(), screen.clone());
        tokio::spawn(async move {
            let exit = next(&mut interrupt, &mut terminate).await;
            listening.exit.get_or_init(|| exit);
            screen.note(told);
            listening.token.cancel();
            let exit = next(&mut interrupt, &mut terminate).await;
            std::process::exit(exit.number().into());
        });
        Ok(stop)
    }

    /// Is cancelled by the first signal.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// How the program ends if a signal stopped it.
    pub(crate) fn exit(&self) -> Option<Exit> {
        self.exit.get().copied()
    }
}

/// What must not be cut off by the end of the program: a request whose answer is not to be lost.
#[async_trait]
pub trait UnfinishedWork: Send + Sync {
    /// Waits until none is under way, and warns of what ends with the program.
    async fn end(&self);

    /// What a person is told who waits for it.
    fn notice(&self) -> &'static str;

    /// How long it is awaited.
    fn patience(&self) -> Duration;
}

/// Ends the program at the first signal, until dropped. Unfinished work is awaited first. While a secret is asked for, the terminal
/// shows nothing that is typed: it gets back the modes that it had when this was made.
#[derive(Debug)]
pub(crate) struct ImmediateStop {
    listening: JoinHandle<()>,
    turn: Turn,
    unfinished: Unfinished,
}

/// Whoever has it says how the program goes on: it ends, or no signal ends it at once any more.
type Turn = Arc<Mutex<()>>;

/// What is awaited before the program ends.
#[derive(Clone, Default)]
struct Unfinished(Arc<OnceLock<Arc<dyn UnfinishedWork>>>);

impl ImmediateStop {
    /// Listens from now on. `told` is what the signal prints.
    pub(crate) fn listen(screen: &Arc<Screen>, told: impl Into<String>) -> std::io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let told = told.into();
        let modes = tcgetattr(stdin()).ok();
        let (turn, unfinished) = (Turn::default(), Unfinished::default());
        let (own_turn, own_unfinished, screen) = (turn.clone(), unfinished.clone(), screen.clone());
        let listening = tokio::spawn(async move {
            let exit = next(&mut interrupt, &mut terminate).await;
            let _turn = own_turn.lock().await;
            if let Some(modes) = modes {
                restore(&modes);
            }
            screen.note(&told);
            tokio::select! {
                () = own_unfinished.end(&screen) => {}
                _ = next(&mut interrupt, &mut terminate) => {}
            }
            std::process::exit(exit.number().into());
        });
        Ok(Self { listening, turn, unfinished })
    }

    /// Lets this work end before the program does.
    pub(crate) fn wait_for(&self, work: Arc<dyn UnfinishedWork>) {
        self.unfinished.0.get_or_init(|| work);
    }

    /// Listens no longer. Where the signal came first, this lasts until the program has ended.
    pub(crate) async fn disarm(self) {
        let _turn = self.turn.lock().await;
        self.listening.abort();
    }
}

impl Drop for ImmediateStop {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Unfinished {
    /// Waits until no work is under way, for as long as it may take.
    async fn end(&self, screen: &Screen) {
        let Some(work) = self.0.get() else { return };
        if timeout(Duration::ZERO, work.end()).await.is_err() {
            screen.note(work.notice());
            let _ = timeout(work.patience(), work.end()).await;
        }
    }
}

impl fmt::Debug for Unfinished {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Unfinished({})", self.0.get().is_some())
    }
}

/// Gives the terminal its modes back. The system would stop a process in the background that sets them.
fn restore(modes: &Termios) {
    let in_background = tcgetpgrp(stdin()).is_ok_and(|group| group != getpgrp());
    let differ = tcgetattr(stdin()).is_ok_and(|now| now.local_modes != modes.local_modes);
    if differ && !in_background {
        // A terminal that went away needs no modes.
        let _ = tcsetattr(stdin(), OptionalActions::Now, modes);
    }
}

/// Does something before Ctrl-Z stops the process, and something once it goes on. It stops also where that does not end.
pub(crate) fn before_stopping<Left: Future<Output = ()> + Send>(
    leave: impl Fn() -> Left + Send + 'static,
    come_back: impl Fn() + Send + 'static,
) -> std::io::Result<()> {
    let mut stops = signal(SignalKind::from_raw(ProcessSignal::TSTP.as_raw()))?;
    let mut continues = signal(SignalKind::from_raw(ProcessSignal::CONT.as_raw()))?;
    tokio::spawn(async move {
        while stops.recv().await.is_some() {
            // Those of before, while it went on anyway.
            let _ = timeout(Duration::ZERO, continues.recv()).await;
            tokio::select! {
                _ = timeout(LONGEST_LEAVE, leave()) => stop_here(),
                // Whoever lets the process go on before it has stopped does not do so again.
                _ = continues.recv() => {}
            }
            // Whoever asked twice was understood, as by the system, which forgets what was asked before it goes on.
            let _ = timeout(Duration::ZERO, stops.recv()).await;
            come_back();
        }
    });
    Ok(())
}

/// Stops the process; returns when somebody lets it go on.
fn stop_here() {
    if let Err(error) = kill_process(getpid(), ProcessSignal::STOP) {
        tracing::debug!(%error, "the process cannot be stopped");
    }
}

async fn next(interrupt: &mut Signal, terminate: &mut Signal) -> Exit {
    tokio::select! {
        _ = interrupt.recv() => Exit::Interrupted,
        _ = terminate.recv() => Exit::Terminated,
    }
}
