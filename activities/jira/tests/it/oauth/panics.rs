//! Panics while secrets are in memory: neither what a panic says nor its backtrace, the log or the journal has one.

use std::{
    backtrace::Backtrace,
    fmt::Debug,
    io::Write as _,
    panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook},
    sync::Arc,
    thread,
};

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use flowrun_access_token::{
    App, Consent, ConsentCode, EnvironmentToken, IssuedTokens, KeptCredentials, OAuth, OAuthSecrets, Sealing, Secrets,
    StoredToken, TokenStore, Unlock, add_oauth,
};
use flowrun_engine::{
    activity::Failure,
    clock::SystemClock,
    definition::{Source, load},
    random::Random,
    requirement::NoAuthority,
    run::{CancellationToken, Engine, EngineParts, NewRun, SilentObserver},
    store::{MemoryStore, Store},
};
use flowrun_jira::{
    Client, Connection, Credential, Credentials, Files, FixedCredential, GrantedScopes, JiraAuthority, Settings,
    catalogue,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use tempfile::TempDir;
use tracing::{Level, subscriber::set_default};

use super::{
    canary::Log,
    person::{app, decides, name, oauth, scopes},
};
use crate::site::{DEVELOPER, Site};

const DEFINITION: &str = "process: look\nversion: 1.0.0\nnodes:\n  look:\n    activity: jira.get_issue_details\n    \
                          with: { issue: OPS-1 }\n";

const PASSPHRASE: &str = "canary: horse & staple";

/// Panics once the client has asked who asks, with all that it can print in what it says.
#[derive(Debug)]
struct Panicking(Arc<KeptCredentials>);

#[async_trait]
impl Credentials for Panicking {
    async fn current(&self) -> Result<Credential, Failure> {
        let credential = self.0.current().await?;
        panic!("the test panics with {credential:?} of {self:?}")
    }

    async fn renewed(&self, refused: &Credential) -> Result<Option<Credential>, Failure> {
        self.0.renewed(refused).await
    }

    fn granted_scopes(&self) -> GrantedScopes {
        self.0.granted_scopes()
    }
}

struct NoChance;

impl Random for NoChance {
    fn fraction(&self) -> f64 {
        0.5
    }

    fn bytes(&self) -> [u8; 10] {
        [7; 10]
    }
}

/// What panics do otherwise.
type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// Writes what panics of this thread say, and their backtraces, to a log, until dropped.
struct Listening(Arc<Hook>);

impl Listening {
    fn to(log: &Log) -> Self {
        let (log, here, former) = (log.clone(), thread::current().id(), Arc::new(take_hook()));
        let others = former.clone();
        set_hook(Box::new(move |panic| match thread::current().id() == here {
            // A panic in here would end all tests; what is missing in the log fails this one.
            true => drop(writeln!(log.clone(), "{panic}\n{}", Backtrace::force_capture())),
            false => others(panic),
        }));
        Self(former)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // A thread that panics may not change what panics do.
        if !thread::panicking() {
            let former = self.0.clone();
            set_hook(Box::new(move |panic| former(panic)));
        }
    }
}

/// A secret as it is, and as requests carry it.
fn forms(secret: &str) -> Vec<String> {
    let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let basic = BASE64_STANDARD.encode(format!("{DEVELOPER}:{secret}"));
    vec![secret.to_owned(), encoded, secret.replace(' ', "+"), basic, BASE64_STANDARD.encode(secret)]
}

fn secrets_of(kept: &StoredToken) -> Vec<String> {
    let Secrets::OAuth(OAuthSecrets { client_secret, bearer, refresh_token, .. }) = &kept.secrets else {
        panic!("a consent")
    };
    let refresh_token = refresh_token.as_ref().expect("offline access was asked for");
    [client_secret, bearer, refresh_token].map(|secret| secret.expose_secret().to_owned()).to_vec()
}

/// Runs the definition with credentials that panic; gives what the journal then has.
async fn run_and_panic(client: &Arc<Client>) -> String {
    let store = Arc::new(MemoryStore::default());
    let catalogue = catalogue(client, &Files::none());
    let source = Source::new("look.yaml", DEFINITION);
    let definition = Arc::new(load(&source, &catalogue).definition.expect("a definition"));
    let engine = Engine::new(EngineParts {
        store: store.clone(),
        catalogue,
        authority: Arc::new(NoAuthority),
        clock: Arc::new(SystemClock),
        random: Arc::new(NoChance),
        observer: Arc::new(SilentObserver),
        max_in_flight: 1,
    });
    let new = NewRun { source: &source, definition, inputs: Map::new(), key: None, context: Value::Null };
    let run = engine.start(new).await.expect("a run");
    let state = engine.drive(run, CancellationToken::new()).await.expect("it is driven to its end");
    format!("{state:?} {:?}", store.journal(run).await.expect("a journal"))
}

/// The credentials of an access token that is kept in `store`.
async fn credentials(store: &Arc<TokenStore>, kept: &StoredToken, oauth: &OAuth) -> Arc<KeptCredentials> {
    let locked = store.lock(&name()).await.expect("a lock");
    store.write(kept, Sealing::Open, &locked).expect("it is written");
    let credentials = KeptCredentials::new(store.clone(), &name(), oauth.clone(), Arc::new(SystemClock));
    Arc::new(credentials.expect("it is kept"))
}

/// Panics with all that each can print.
fn panic_with(all: &[&dyn Debug]) {
    for one in all {
        let panicked = catch_unwind(AssertUnwindSafe(|| panic!("the test panics with {one:?} {one:#?}")));
        assert!(panicked.is_err());
    }
}

/// A consent of the developer, and all that came of it.
struct Consented {
    oauth: OAuth,
    app: App,
    consent: Consent,
    code_text: String,
    code: ConsentCode,
    tokens: IssuedTokens,
    kept: StoredToken,
}

impl Consented {
    async fn at(site: &Site) -> Self {
        let (oauth, app) = (oauth(site), app(site));
        let asked = scopes(&["read:jira-work", "read:jira-user"]);
        let consent = Consent::new(oauth.provider(), &app, &asked).expect("a consent");
        let address = decides(&consent, &[("decision", "accept"), ("user", DEVELOPER), ("site", "")]).await;
        let code_text = address.split(['=', '&']).find(|part| part.starts_with("sandbox-code-"));
        let code_text = code_text.expect("a code").to_owned();
        let code = consent.read(&address).expect("a code");
        let tokens = oauth.exchange(&app, code.clone()).await.expect("tokens");
        let portal = site.sandbox.description().site_url;
        let kept = add_oauth(&oauth, name(), &app, &tokens, Some(&portal)).await.expect("an access token");
        Self { oauth, app, consent, code_text, code, tokens, kept }
    }
}

/// The developer's API token, as the client has it and as it is given.
fn api_token_of_developer(site: &Site) -> (String, Credential, EnvironmentToken) {
    let description = site.sandbox.description();
    let user = description.users.iter().find(|user| user.email == DEVELOPER).expect("a user");
    let (email, token) = (DEVELOPER.to_owned(), user.api_token.as_str());
    let basic = Credential::Basic { email: email.clone(), token: token.into() };
    let given = EnvironmentToken::ApiToken { site: description.site_url.clone(), email, api_token: token.into() };
    (token.to_owned(), basic, given)
}

/// A client whose credentials panic.
fn panicking_client(credentials: &Arc<KeptCredentials>) -> Arc<Client> {
    let panicking = Connection { credentials: Arc::new(Panicking(credentials.clone())), ..credentials.connection() };
    Arc::new(Client::connect(panicking, &Settings::default(), Arc::new(SystemClock)).expect("a client"))
}

#[tokio::test]
async fn no_panic_tells_a_secret() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(Level::TRACE).with_writer(move || writer.clone());
    let logging = set_default(subscriber.finish());
    let site = Site::start().await;
    let consented = Consented::at(&site).await;
    let Consented { oauth, app, consent, code, tokens, kept, .. } = &consented;
    let (api_token, basic, given) = api_token_of_developer(&site);
    let directory = TempDir::new().expect("a directory");
    let unlock = Unlock::with(|_| Some(PASSPHRASE.into()));
    let store = Arc::new(TokenStore::open(directory.path().join("tokens"), unlock.clone()));
    let credentials = credentials(&store, kept, oauth).await;
    let client = panicking_client(&credentials);

    let listening = Listening::to(&log);
    let journal = run_and_panic(&client).await;
    let (listed, connection) = (store.list(), credentials.connection());
    let (authority, settings) = (JiraAuthority::new(client.clone()), Settings::default());
    let fixed = FixedCredential::bearer(tokens.bearer.clone(), []);
    let of_consent: [&dyn Debug; 7] = [kept, &kept.secrets, app, code, consent, tokens, oauth];
    let of_use: [&dyn Debug; 7] = [&unlock, &store, &listed, &credentials, &connection, &client, &authority];
    let others: [&dyn Debug; 4] = [&basic, &fixed, &given, &settings];
    panic_with(&[&of_consent[..], &of_use, &others].concat());
    drop((listening, logging));

    let mut secrets = secrets_of(kept);
    secrets.extend([consented.code_text.clone(), api_token, PASSPHRASE.to_owned()]);
    assert_untold(&log, &journal, &secrets);
}

/// All panics are in the log, and none of `secrets` is in it or in the journal.
fn assert_untold(log: &Log, journal: &str, secrets: &[String]) {
    let told = String::from_utf8(log.0.lock().expect("a log").clone()).expect("text");
    assert_eq!(told.matches("the test panics with").count(), 19, "{told}");
    assert!(told.contains("no_panic_tells_a_secret") && journal.contains("the activity panicked"), "{journal}");
    let forms = secrets.iter().flat_map(|secret| forms(secret));
    assert_eq!(forms.filter(|form| told.contains(form) || journal.contains(form)).count(), 0, "a secret was told");
}
