//! Ctrl-C and SIGTERM: for what has checkpoints the first stops after one and the second at once; for everything else the first
//! does, and leaves the terminal as it was.

use std::{
    io::stdin,
    sync::{Arc, OnceLock},
};

use rustix::{
    process::getpgrp,
    termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr},
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{exit::Exit, report::Screen};

/// What a command that can be stopped listens to.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    token: CancellationToken,
    exit: Arc<OnceLock<Exit>>,
}

impl Stop {
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

/// Ends the program at the first signal, until dropped. While a secret is asked for, the terminal shows nothing that is typed:
/// it gets back the modes that it had when this was made.
#[derive(Debug)]
pub(crate) struct AtOnce(JoinHandle<()>);

impl AtOnce {
    /// Listens from now on. `told` is what the signal prints.
    pub(crate) fn listen(screen: &Arc<Screen>, told: &'static str) -> std::io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let modes = tcgetattr(stdin()).ok();
        let screen = screen.clone();
        Ok(Self(tokio::spawn(async move {
            let exit = next(&mut interrupt, &mut terminate).await;
            if let Some(modes) = modes {
                restore(&modes);
            }
            screen.note(told);
            std::process::exit(exit.number().into());
        })))
    }
}

impl Drop for AtOnce {
    fn drop(&mut self) {
        self.0.abort();
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

async fn next(interrupt: &mut Signal, terminate: &mut Signal) -> Exit {
    tokio::select! {
        _ = interrupt.recv() => Exit::Interrupted,
        _ = terminate.recv() => Exit::Terminated,
    }
}
