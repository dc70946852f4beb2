//! The access tokens that this call can use: those that are kept, and those that the environment or systemd gives.

mod found;
mod given;
mod passphrase;
mod unwritten;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use flowrun_access_token::{
    AccessToken, AddError, EnvironmentToken, KeptCredentials, KeyringError, ListedToken, OAuth, PassphraseUse,
    Provider, Sealing, StoreError, StoredToken, TokenName, TokenStore, Unlock,
};
use flowrun_engine::{
    activity::Failure,
    clock::{Clock, SystemClock},
    diagnostic::{Code, Diagnostic, causes},
    suggestion::did_you_mean,
};
use flowrun_jira::{Jira, Settings as Network};
use jiff::Timestamp;

pub(crate) use self::{
    found::{FoundToken, TokenOrigin, TokenState, grant_word},
    unwritten::{Renewal, unwritten},
};
use super::ca_bundle;
use crate::{environment::Environment, error::CommandError};

/// A person has consented: that is not thrown away because another process takes its time.
const PATIENCE: Duration = Duration::from_secs(600);

/// The access tokens of this call.
pub(crate) struct AccessTokens {
    store: Arc<TokenStore>,
    clock: Arc<dyn Clock>,
    ca_bundle: Option<PathBuf>,
    /// Whether somebody may be asked for the passphrase.
    asks: Arc<AtomicBool>,
}

impl AccessTokens {
    /// Those of the settings' directory, which need not be there.
    pub(crate) fn open(environment: &Environment) -> Self {
        let (screen, no_input) = (environment.screen.clone(), environment.settings.no_input);
        let asks = Arc::new(AtomicBool::new(true));
        let may_ask = asks.clone();
        let unlock = Unlock::with(move |asked| {
            let no_input = no_input || !may_ask.load(Ordering::Relaxed);
            passphrase::ask(&screen, no_input, asked == PassphraseUse::ToChoose)
        });
        Self {
            asks,
            store: Arc::new(TokenStore::open(&environment.settings.tokens_dir, unlock)),
            clock: Arc::new(SystemClock),
            ca_bundle: environment.settings.ca_bundle.clone(),
        }
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether one could be kept.
    pub(crate) fn check_writable(&self, sealing: Sealing) -> Result<(), CommandError> {
        self.store.check_writable(sealing).map_err(of_store)
    }

    /// How an access token is kept if nobody says how: sealed with a key of the keyring where there is one, else open, and why there
    /// is none. One could be kept so.
    pub(crate) fn usual_sealing(&self) -> Result<(Sealing, Option<KeyringError>), CommandError> {
        let no_keyring = match self.store.check_writable(Sealing::Keyring) {
            Ok(()) => return Ok((Sealing::Keyring, None)),
            Err(StoreError::Keyring(KeyringError::NotBuilt) | StoreError::NoSealing { .. }) => None,
            Err(StoreError::Keyring(none @ KeyringError::Absent(_))) => Some(none),
            Err(error) => return Err(of_store(error)),
        };
        self.check_writable(Sealing::Open).map(|()| (Sealing::Open, no_keyring))
    }

    /// Removes what killed processes left half written.
    pub(crate) async fn sweep(&self) -> Result<(), CommandError> {
        self.store.sweep().await.map_err(of_store)
    }

    /// Whether those that are kept could be written anew. Nothing is made where there are none, and no passphrase is asked for.
    pub(crate) fn check_kept(&self) -> Result<(), CommandError> {
        if self.store.path().exists() { self.check_writable(Sealing::Open) } else { Ok(()) }
    }

    /// What is kept under a name, and how.
    pub(crate) fn kept(&self, name: &TokenName) -> Result<Option<(StoredToken, Sealing)>, CommandError> {
        self.store.find(name).map_err(of_store)
    }

    /// What is kept under a name, and how; `None` also where it stays closed, and why: whoever says how it is to be kept from now on
    /// need not be able to open it.
    pub(crate) fn replaceable(
        &self,
        name: &TokenName,
    ) -> Result<Result<Option<(StoredToken, Sealing)>, StoreError>, CommandError> {
        match self.store.find(name) {
            Err(closed) if closed.is_closed() => Ok(Err(closed)),
            found => found.map(Ok).map_err(of_store),
        }
    }

    /// All that are kept and can be read without a question. For this look alone nobody is asked for a passphrase.
    pub(crate) fn all_kept(&self) -> Vec<AccessToken> {
        self.asks.store(false, Ordering::Relaxed);
        let listed = self.store.list().unwrap_or_default();
        self.asks.store(true, Ordering::Relaxed);
        listed.into_iter().filter_map(|listed| listed.token.ok()).map(|(token, _)| token).collect()
    }

    /// All there are: those that are given, then those that are kept, also where they cannot be read.
    pub(crate) fn list(&self) -> Result<Vec<FoundToken>, CommandError> {
        let given = given::names().into_iter();
        let given = given.map(|(name, origin)| {
            let unreadable = |(problem, help)| TokenState::Unreadable { problem, help };
            FoundToken {
                name: name.to_string(),
                origin,
                token: given::problem(&name).map_or(TokenState::Given, unreadable),
            }
        });
        let kept = |listed: ListedToken| FoundToken {
            name: listed.name.to_string(),
            origin: TokenOrigin::File,
            token: match listed.token {
                Ok((token, _)) => TokenState::Kept(Box::new(token)),
                Err(error) => TokenState::Unreadable { problem: causes(&error), help: error.help() },
            },
        };
        Ok(given.chain(self.store.list().map_err(of_store)?.into_iter().map(kept)).collect())
    }

    /// What is known of an access token. Of one that is given, Jira is asked.
    pub(crate) async fn look(&self, name: &TokenName) -> Result<(AccessToken, TokenOrigin), CommandError> {
        match (given::find(name)?, self.kept(name)?) {
            (Some((given, origin)), _) => Ok((self.unkept(given, name, None).await?.token(), origin)),
            (None, Some((kept, _))) => Ok((kept.token, TokenOrigin::File)),
            (None, None) => Err(self.no_such(name)),
        }
    }

    /// Refuses to change what is given.
    pub(crate) fn refuse_given(&self, name: &TokenName) -> Result<(), CommandError> {
        let Some((_, origin)) = given::find(name)? else { return Ok(()) };
        let message = format!("`{name}` is given by {}: change it there, not here", origin.words());
        Err(CommandError::Usage(message, None))
    }

    /// Writes an access token; gives what it replaced.
    pub(crate) async fn write(
        &self,
        kept: &StoredToken,
        sealing: Sealing,
    ) -> Result<Option<StoredToken>, CommandError> {
        self.store.sweep().await.map_err(of_store)?;
        let locked = self.store.lock_within(&kept.token.name, PATIENCE).await.map_err(of_store)?;
        // What cannot be read any more can be replaced all the same.
        let replaced = self.store.read(&kept.token.name).ok().flatten();
        self.store.write(kept, sealing, &locked).map_err(of_store)?;
        Ok(replaced)
    }

    /// Where they are kept.
    pub(crate) fn directory(&self) -> &Path {
        self.store.path()
    }

    /// Refuses a name under which nothing is kept. It need not open.
    pub(crate) fn check_is_there(&self, name: &TokenName) -> Result<(), CommandError> {
        let is_there = self.store.names().map_err(of_store)?.contains(name);
        if is_there { Ok(()) } else { Err(self.no_such(name)) }
    }

    /// Removes an access token, also one that cannot be read; what it was, where it could be.
    pub(crate) async fn remove(&self, name: &TokenName) -> Result<Option<AccessToken>, CommandError> {
        let locked = self.store.lock(name).await.map_err(of_store)?;
        let was = self.store.read(name).ok().flatten().map(|kept| kept.token);
        if self.store.remove(locked).map_err(of_store)? { Ok(was) } else { Err(self.no_such(name)) }
    }

    /// The credentials of an access token that is given or kept.
    pub(crate) async fn credentials(
        &self,
        name: &TokenName,
        ca_bundle: Option<&Path>,
    ) -> Result<Arc<KeptCredentials>, CommandError> {
        if let Some((given, _)) = given::find(name)? {
            return self.unkept(given, name, ca_bundle).await.map(Arc::new);
        }
        let (kept, _) = self.kept(name)?.ok_or_else(|| self.no_such(name))?;
        let oauth = self.oauth(kept.token.provider, ca_bundle)?;
        let credentials = KeptCredentials::new(self.store.clone(), name, oauth, self.clock.clone());
        credentials.map(Arc::new).map_err(|failure| unauthorised(&failure, name))
    }

    /// The credentials of what is given: Jira says which site it opens, and whose it is.
    async fn unkept(
        &self,
        given: EnvironmentToken,
        name: &TokenName,
        ca_bundle: Option<&Path>,
    ) -> Result<KeptCredentials, CommandError> {
        let oauth = self.oauth(given::provider(&given), ca_bundle)?;
        let kept = given.add(&oauth, name.clone()).await.map_err(|error| not_added(&error))?;
        Ok(KeptCredentials::unkept(kept, oauth, self.clock.clone()))
    }

    /// The authorization server of `provider`.
    pub(crate) fn oauth(&self, provider: Provider, ca_bundle: Option<&Path>) -> Result<OAuth, CommandError> {
        let oauth = OAuth::new(Arc::new(Jira), provider, &self.network(ca_bundle)?, self.clock.clone());
        oauth.map_err(|error| CommandError::internal("the connection cannot be made", &error))
    }

    /// How the network is reached: with the certificates of the command line, else of the settings.
    pub(crate) fn network(&self, ca_bundle: Option<&Path>) -> Result<Network, CommandError> {
        let bundle = ca_bundle.or(self.ca_bundle.as_deref()).map(ca_bundle::read).transpose()?;
        Ok(Network { ca_bundle: bundle, ..Network::default() })
    }

    fn no_such(&self, name: &TokenName) -> CommandError {
        let given = given::names().into_iter().map(|(name, _)| name);
        let names: Vec<_> = given.chain(self.store.names().unwrap_or_default()).collect();
        let shown: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        let help = match did_you_mean(name.as_str(), names.iter().map(TokenName::as_str)) {
            Some(question) => format!("{question} otherwise add it with `flowrun token add {name}`"),
            None if names.is_empty() => format!("add it with `flowrun token add {name}`"),
            None => format!("there are {}; or add it with `flowrun token add {name}`", shown.join(", ")),
        };
        Diagnostic::error(Code::NO_ACCESS_TOKEN, None, format!("there is no access token `{name}`"))
            .with_help(help)
            .into()
    }
}

/// Why kept access tokens cannot be used.
fn of_store(error: StoreError) -> CommandError {
    Diagnostic::error(error.code(), None, causes(&error)).with_help_if_any(error.help()).into()
}

/// Why an access token could not be made of what a person or the environment gave.
pub(crate) fn not_added(error: &AddError) -> CommandError {
    Diagnostic::error(error.code(), None, causes(error)).with_help_if_any(error.help()).into()
}

/// Why an access token gives no bearer.
pub(crate) fn unauthorised(failure: &Failure, name: &TokenName) -> CommandError {
    let help = failure.help.as_ref().map(|help| help.replace("NAME", name.as_str()));
    Diagnostic::error(failure.code, None, failure.message.clone()).with_help_if_any(help).into()
}
