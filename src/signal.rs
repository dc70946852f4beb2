//! Ctrl-C and SIGTERM: for what has checkpoints the first stops after one and the second at once; for everything else the first
//! does, lets only a renewal of the access token end, and leaves the terminal as it was.

use std::{
    io::stdin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use flowrun_jira::{Settings, access_token::KeptCredentials};
use rustix::{
    process::getpgrp,
    termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr},
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::Mutex,
    task::JoinHandle,
    time::timeout,
};

use crate::{environment::Environment, exit::Exit, screen::Screen, token::tell_unwritten};
use flowrun_engine::run::CancellationToken;

const RENEWING: &str = "the access token is being renewed, and the answer is waited for; press again to end at once\n";

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

/// Ends the program at the first signal, until dropped. A renewal of an access token that is under way is let end first: its answer
/// is not to be lost. While a secret is asked for, the terminal shows nothing that is typed: it gets back the modes that it had
/// when this was made.
#[derive(Debug)]
pub(crate) struct AtOnce {
    listening: JoinHandle<()>,
    gate: Gate,
    renewed: Renewed,
}

/// Whoever has it says how the program goes on: it ends, or no signal ends it at once any more.
type Gate = Arc<Mutex<()>>;

/// The access token that may be renewed meanwhile.
type Renewed = Arc<OnceLock<Arc<KeptCredentials>>>;

impl AtOnce {
    /// Listens from now on. `told` is what the signal prints.
    pub(crate) fn listen(environment: &Environment, told: &'static str) -> std::io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let modes = tcgetattr(stdin()).ok();
        let (gate, renewed) = (Gate::default(), Renewed::default());
        let (own_gate, own_renewed, environment) = (gate.clone(), renewed.clone(), environment.clone());
        let listening = tokio::spawn(async move {
            let exit = next(&mut interrupt, &mut terminate).await;
            let _gate = own_gate.lock().await;
            if let Some(modes) = modes {
                restore(&modes);
            }
            environment.screen.note(told);
            if let Some(credentials) = own_renewed.get() {
                tokio::select! {
                    () = renewal_ended(&environment, credentials) => {}
                    _ = next(&mut interrupt, &mut terminate) => {}
                }
            }
            std::process::exit(exit.number().into());
        });
        Ok(Self { listening, gate, renewed })
    }

    /// Lets a renewal of this access token end before the program does.
    pub(crate) fn let_renewals_end(&self, credentials: &Arc<KeptCredentials>) {
        self.renewed.get_or_init(|| credentials.clone());
    }

    /// Listens no longer. Where the signal came first, this lasts until the program has ended.
    pub(crate) async fn over(self) {
        let _gate = self.gate.lock().await;
        self.listening.abort();
    }
}

impl Drop for AtOnce {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Waits until no renewal is under way, for as long as one request may last.
async fn renewal_ended(environment: &Environment, credentials: &KeptCredentials) {
    if timeout(Duration::ZERO, tell_unwritten(environment, credentials)).await.is_err() {
        environment.screen.note(RENEWING);
        // What takes longer is found unfinished, and finished, by whoever uses the access token next.
        let _ = timeout(Settings::default().timeout, tell_unwritten(environment, credentials)).await;
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
