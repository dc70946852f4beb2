//! Ctrl-C and SIGTERM: the first stops after a checkpoint, the second at once.

use std::sync::{Arc, OnceLock};

use tokio::signal::unix::{Signal, SignalKind, signal};
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

async fn next(interrupt: &mut Signal, terminate: &mut Signal) -> Exit {
    tokio::select! {
        _ = interrupt.recv() => Exit::Interrupted,
        _ = terminate.recv() => Exit::Terminated,
    }
}
