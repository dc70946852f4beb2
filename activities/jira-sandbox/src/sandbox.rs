//! Starting and stopping a sandbox, and what an embedder can ask of it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    attachment::store::AttachmentStore,
    clock::Clock,
    description::Description,
    directory::{Directory, StartError},
    effect::Effect,
    faults::Faults,
    grants::{GrantChange, GrantError},
    jira::Jira,
    limits::Limits,
    seed::Seed,
    server,
    shared::SharedSite,
    switches::Switches,
    traffic::Traffic,
    world::{Adjustments, World},
};

/// How a sandbox is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen: a loopback address; port 0 takes any free port.
    pub listen: SocketAddr,
    /// Where the world is kept; without a directory it is in memory and ends with the sandbox.
    pub directory: Option<PathBuf>,
    /// The world to begin with; the built-in one where it is left out.
    pub seed: Option<Seed>,
    /// How this Jira behaves where its documents leave it open; where it is left at the defaults, the seed says.
    pub switches: Switches,
    /// The rate limits; where they are left out, the seed says.
    pub limits: Option<Limits>,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// What an administrator changed in that world.
    pub adjustments: Adjustments,
    /// A file that every exchange is appended to.
    pub traffic: Option<PathBuf>,
    /// Where the time comes from.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            directory: None,
            seed: None,
            switches: Switches::default(),
            limits: None,
            faults: Faults::default(),
            adjustments: Adjustments::default(),
            traffic: None,
            clock: Clock::default(),
        }
    }
}

/// A running sandbox. Dropping it stops it at once; [`Sandbox::shutdown`] finishes the requests first.
#[derive(Debug)]
pub struct Sandbox {
    shared: Arc<SharedSite>,
    stop: CancellationToken,
    server: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Replays the world's log, and serves it until shut down.
    ///
    /// # Errors
    /// When the address is not a loopback address or cannot be bound, when another process has the world, and when its
    /// directory cannot be used.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        if !options.listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(options.listen));
        }
        let jira = open(&options)?;
        let traffic =
            options.traffic.map(|path| Traffic::open(&path).map_err(|source| StartError::Directory { path, source }));
        let failed = |source| StartError::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
        let base = format!("http://{}", listener.local_addr().map_err(failed)?);
        if let Some(directory) = &jira.directory {
            let told = directory.keep_address(&base);
            told.map_err(|source| StartError::Directory { path: directory.path().to_owned(), source })?;
        }
        let shared = Arc::new(SharedSite::new(jira, base, (options.clock, traffic.transpose()?, options.faults)));
        let stop = CancellationToken::new();
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared), stop.clone()));
        Ok(Self { shared, stop, server: Some(server) })
    }

    /// How to reach this sandbox.
    pub fn description(&self) -> Description {
        self.shared.description()
    }

    /// Makes a bearer token with the scopes, for a user by e-mail. `None` where the sandbox has no such user, or the
    /// token cannot be kept with the world.
    pub fn issue_token(&self, email: &str, scopes: &[String]) -> Option<String> {
        self.shared.issue_token(email, scopes).and_then(Result::ok)
    }

    /// Changes what a user may do, from now on.
    ///
    /// # Errors
    /// When the world has no such user, permission or project, and when the change cannot be kept.
    pub fn change_grants(&self, change: &GrantChange) -> Result<(), GrantError> {
        self.shared.change_grants(change)
    }

    /// Every effect so far, oldest first.
    pub fn effects(&self) -> Vec<Effect> {
        self.shared.effects()
    }

    /// Takes no new requests, finishes those it has, and gives the world's directory back.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        if let Some(server) = self.server.take() {
            // A server task that panicked has nothing left to finish.
            server.await.unwrap_or_default();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

/// Opens the world of `options`, and replays its log.
pub(crate) fn open(options: &Options) -> Result<Jira, StartError> {
    let Some(path) = &options.directory else {
        let world = world(options, &options.seed.clone().unwrap_or_else(Seed::built_in));
        let store = AttachmentStore::temporary()
            .map_err(|source| StartError::Directory { path: std::env::temp_dir(), source })?;
        return Ok(Jira::in_memory(world, store));
    };
    let directory = Directory::take(path)?;
    let (log, store) = (directory.log()?, directory.store()?);
    let world = world(options, &directory.seed(options.seed.as_ref(), &log)?);
    let credentials = directory.credentials(&world)?;
    let (changed_permissions, oauth) = (directory.changed_permissions()?, directory.oauth()?);
    let mut jira = Jira::new(world, log, (credentials, oauth), (Some(directory), store));
    // After the beginning is kept: a reset goes back to before them.
    jira.world.changed_permissions = changed_permissions;
    jira.sweep().map_err(|source| StartError::Directory { path: path.clone(), source })?;
    Ok(jira)
}

/// The world before any effect.
fn world(options: &Options, seed: &Seed) -> World {
    let mut world = seed.world(options.adjustments.clone());
    if options.switches != Switches::default() {
        world.switches = options.switches.clone();
    }
    if let Some(limits) = &options.limits {
        world.limits = limits.clone();
    }
    world.longest_search_lag_seconds = options.faults.longest_stale_search();
    world
}
