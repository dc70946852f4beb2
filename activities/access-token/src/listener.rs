//! Waits on this machine for the browser to come back from the consent page.
//!
//! `head` reads requests and writes pages, `connections` has all connections; [`Consent`] tells which request is the answer.
//! Connections that send nothing or something else are answered, or given up, and end nothing.

mod connections;
mod head;

use std::{
    io::{Error, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use flowrun_engine::{diagnostic, run::CancellationToken};
use futures_util::{StreamExt, stream::FuturesUnordered};
use reqwest::Url;
use tokio::net::{TcpListener, TcpStream};

use crate::{CallbackUrl, Consent, ConsentCode, OAuthError, consent::CallbackRequest};
use connections::OpenConnections;
use head::{Head, Page};

/// Listens at the callback URL's port, on both loopback addresses.
#[derive(Debug)]
pub struct Listener {
    callback: CallbackUrl,
    sockets: Vec<TcpListener>,
}

/// Why nothing can listen at the callback URL.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// It is not on this machine.
    #[error("the callback URL `{0}` is not plain `http` on this machine: nothing can wait there")]
    Elsewhere(CallbackUrl),
    /// Another program has the port.
    #[error("port {port} of this machine is in use by another program")]
    InUse {
        /// The port.
        port: u16,
    },
    /// The system does not allow it.
    #[error("this user may not listen on port {port}")]
    NotAllowed {
        /// The port.
        port: u16,
    },
    /// Anything else.
    #[error("port {port} of this machine cannot be listened on")]
    Failed {
        /// The port.
        port: u16,
        /// Why.
        #[source]
        cause: Error,
    },
}

impl ListenError {
    /// The code under which it is reported.
    pub fn code(&self) -> diagnostic::Code {
        diagnostic::Code::CONSENT_FAILED
    }

    /// What to do.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Elsewhere(_) => "paste the address of the page with `--paste`".to_owned(),
            Self::InUse { .. } => {
                "end that program (perhaps another `flowrun token add`), paste the address of the page with \
                `--paste`, or use another port in the app's callback URL and with `--callback`"
                    .to_owned()
            }
            Self::NotAllowed { .. } | Self::Failed { .. } => {
                "use a port above 1023 in the app's callback URL and with `--callback`, or `--paste`".to_owned()
            }
        })
    }
}

impl Listener {
    /// Begins to listen; browsers may connect from now on.
    ///
    /// # Errors
    /// When the callback URL is not on this machine, or its port cannot be had.
    pub async fn bind(callback: &CallbackUrl) -> Result<Self, ListenError> {
        if !callback.is_local() {
            return Err(ListenError::Elsewhere(callback.clone()));
        }
        let port = callback.port();
        let addresses: [SocketAddr; 2] = [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()];
        let mut sockets = Vec::new();
        let mut missing = None;
        for address in addresses {
            match TcpListener::bind(address).await {
                Ok(socket) => sockets.push(socket),
                Err(cause) if cause.kind() == ErrorKind::AddrInUse => return Err(ListenError::InUse { port }),
                // A machine need not have both kinds of addresses.
                Err(cause) => missing = Some(cause),
            }
        }
        match missing.filter(|_| sockets.is_empty()) {
            Some(cause) if cause.kind() == ErrorKind::PermissionDenied => Err(ListenError::NotAllowed { port }),
            Some(cause) => Err(ListenError::Failed { port, cause }),
            None => Ok(Self { callback: callback.clone(), sockets }),
        }
    }

    /// Waits for the answer to `consent`, at most for `patience`, and until `stop`.
    ///
    /// # Errors
    /// When the answer is a refusal, does not come in time, or waiting was stopped.
    pub async fn wait(
        &self,
        consent: &Consent,
        patience: Duration,
        stop: CancellationToken,
    ) -> Result<ConsentCode, OAuthError> {
        let mut wrong_states = 0;
        let answer = tokio::time::timeout(patience, self.answer(consent, &mut wrong_states));
        tokio::select! {
            biased;
            () = stop.cancelled() => Err(OAuthError::Stopped),
            answer = answer => match answer {
                Ok(answer) => answer,
                Err(_) => Err(OAuthError::NotGivenInTime { wrong_states, callback: self.callback.clone() }),
            },
        }
    }

    async fn answer(&self, consent: &Consent, wrong_states: &mut u32) -> Result<ConsentCode, OAuthError> {
        let mut connections = OpenConnections::new();
        loop {
            tokio::select! {
                // What was sent already is heard before others come in.
                biased;
                Some(heard) = connections.next() => match heard {
                    CallbackRequest::Answer(answer) => return answer,
                    CallbackRequest::WrongState => *wrong_states = wrong_states.saturating_add(1),
                    CallbackRequest::Nothing => {}
                },
                connection = self.accept(), if connections.has_room() => {
                    connections.admit(connection, |head| self.judge(head, consent));
                }
            }
        }
    }

    /// The next connection, on either address.
    async fn accept(&self) -> TcpStream {
        loop {
            let accepts: FuturesUnordered<_> = self.sockets.iter().map(TcpListener::accept).collect();
            match accepts.into_future().await.0 {
                Some(Ok((connection, _))) => return connection,
                // The other side went away, or the process has too many files open: others end meanwhile.
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    fn judge(&self, head: &Head, consent: &Consent) -> (Page, CallbackRequest) {
        let Some(target) = head.target.as_deref().filter(|_| self.is_addressed(head)) else {
            return (Page::BadRequest, CallbackRequest::Nothing);
        };
        let base = format!("http://localhost:{}", self.callback.port());
        // Joined as text: a target like `//host/` must not become another host.
        let url = Url::parse(&format!("{base}{target}")).ok().filter(|_| target.starts_with('/'));
        let Some(url) = url.filter(|url| url.path() == self.callback.path()) else {
            return (Page::NotFound, CallbackRequest::Nothing);
        };
        if head.method != "GET" {
            return (Page::NotAllowed, CallbackRequest::Nothing);
        }
        let heard = consent.hear(&url);
        let page = match &heard {
            CallbackRequest::Nothing | CallbackRequest::WrongState => Page::BadRequest,
            CallbackRequest::Answer(Ok(_)) => Page::Given,
            CallbackRequest::Answer(Err(_)) => Page::NotGiven,
        };
        (page, heard)
    }

    /// Whether the browser means this machine: a page of another host, whose name was made to lead here, does not.
    fn is_addressed(&self, head: &Head) -> bool {
        let Some(host) = &head.host else { return false };
        let port = self.callback.port();
        let names = ["localhost", "127.0.0.1", "[::1]"];
        names.iter().any(|name| {
            host.eq_ignore_ascii_case(&format!("{name}:{port}")) || (port == 80 && host.eq_ignore_ascii_case(name))
        })
    }
}
