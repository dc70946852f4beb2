//! A sandbox and somebody who runs activities on it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use flowrun_engine::{
    activity::{Activity, Attempt, Done, Effect, Failure, MemoryEffectLog, OpenEffect, Reconciled, perform},
    clock::SystemClock,
    id::{EffectId, RunId, StepPath},
};
use flowrun_jira::{
    Client, Connection, Credential, Credentials, Files, FixedCredential, Settings, catalogue, gateway_base,
};
use flowrun_jira_sandbox::{Adjustments, Exchange, GrantChange, Options, Sandbox, read_traffic};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::contract;

pub(crate) const ADMIN: &str = "admin@example.com";
pub(crate) const DEVELOPER: &str = "dana@example.com";
pub(crate) const REPORTER: &str = "robin@example.com";

pub(crate) const RUN: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A sandbox that records what is asked and answered.
pub(crate) struct Site {
    pub(crate) sandbox: Sandbox,
    _directory: TempDir,
    traffic: PathBuf,
}

/// The built-in world, in which a user has not got a permission.
pub(crate) fn without(email: &str, key: &str) -> Options {
    let revoked = vec![(email.to_owned(), key.to_owned())];
    Options { adjustments: Adjustments { revoked, ..Adjustments::default() }, ..Options::default() }
}

/// A step of a run on a site.
pub(crate) struct Step {
    client: Arc<Client>,
    files: Files,
    pub(crate) effects: Arc<MemoryEffectLog>,
}

impl Site {
    /// The sandbox with its built-in world.
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let directory = TempDir::new().expect("a directory");
        let traffic = directory.path().join("traffic.jsonl");
        let sandbox = Sandbox::start(Options { traffic: Some(traffic.clone()), ..options }).await;
        Self { sandbox: sandbox.expect("a sandbox"), _directory: directory, traffic }
    }

    /// A client for a user, with the scopes of the user's own token.
    pub(crate) fn client(&self, email: &str) -> Arc<Client> {
        let description = self.sandbox.description();
        let user = description.users.iter().find(|user| user.email == email).expect("a user of the sandbox");
        self.connect(&user.bearer_token, &user.scopes)
    }

    /// The same, with settings of its own.
    pub(crate) fn client_with(&self, email: &str, settings: &Settings) -> Arc<Client> {
        let description = self.sandbox.description();
        let user = description.users.iter().find(|user| user.email == email).expect("a user of the sandbox");
        let base = gateway_base(&description.gateway_url, &description.cloud_id);
        let bearer = FixedCredential::bearer(user.bearer_token.clone(), user.scopes.iter().cloned());
        client_with((&base, &description.site_url), Arc::new(bearer), settings)
    }

    /// Takes a permission from a user.
    pub(crate) fn revoke(&self, email: &str, permission: &str) {
        let change = GrantChange {
            email: email.to_owned(),
            granted: false,
            scopes: Vec::new(),
            permissions: vec![permission.to_owned()],
            project: None,
        };
        self.sandbox.change_grants(&change).expect("the user and the permission are there");
    }

    /// A client for a user, with a token of these scopes.
    pub(crate) fn scoped(&self, email: &str, scopes: &[&str]) -> Arc<Client> {
        let scopes: Vec<_> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let token = self.sandbox.issue_token(email, &scopes).expect("a user of the sandbox");
        self.connect(&token, &scopes)
    }

    /// A client for a user, with a token of these scopes that does not tell them.
    pub(crate) fn untold(&self, email: &str, scopes: &[&str]) -> Arc<Client> {
        let scopes: Vec<_> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let token = self.sandbox.issue_token(email, &scopes).expect("a user of the sandbox");
        let description = self.sandbox.description();
        let base = gateway_base(&description.gateway_url, &description.cloud_id);
        client(&base, &description.site_url, Arc::new(Credential::Bearer(token.into())))
    }

    /// A client for a user, with the API token at the site's own address.
    pub(crate) fn basic(&self, email: &str) -> Arc<Client> {
        let description = self.sandbox.description();
        let user = description.users.iter().find(|user| user.email == email).expect("a user of the sandbox");
        let credential = Credential::Basic { email: email.into(), token: user.api_token.clone().into() };
        client(&description.site_url, &description.site_url, Arc::new(credential))
    }

    pub(crate) fn connect(&self, token: &str, scopes: &[String]) -> Arc<Client> {
        let description = self.sandbox.description();
        let base = gateway_base(&description.gateway_url, &description.cloud_id);
        client(&base, &description.site_url, Arc::new(FixedCredential::bearer(token, scopes.iter().cloned())))
    }

    /// A step of a user's run.
    pub(crate) fn step(&self, email: &str) -> Step {
        self.step_of(self.client(email))
    }

    /// A step of a run with this client.
    pub(crate) fn step_of(&self, client: Arc<Client>) -> Step {
        Step { client, files: Files::none(), effects: Arc::default() }
    }

    /// A step of a user's run that may attach the files of a directory.
    pub(crate) fn step_with(&self, email: &str, directory: &Path) -> Step {
        Step { files: Files::in_directory(directory), ..self.step(email) }
    }

    /// What the administrator reads of an issue.
    pub(crate) async fn read(&self, issue: &str, fields: &[&str]) -> Value {
        let input = json!({ "issue": issue, "fields": fields });
        self.step(ADMIN).run("jira.get_issue_details", input).await.expect("details")
    }

    /// Everything that was asked and answered so far.
    pub(crate) fn traffic(&self) -> Vec<Exchange> {
        read_traffic(&self.traffic).expect("the record of exchanges")
    }

    /// How many effects there were.
    pub(crate) fn effects(&self) -> usize {
        self.sandbox.effects().len()
    }

    /// Holds every exchange against the document. To be called at the end of each test.
    #[track_caller]
    pub(crate) fn end(self) {
        contract::check(&self.traffic());
    }
}

fn client(api_base: &str, site_url: &str, credentials: Arc<dyn Credentials>) -> Arc<Client> {
    client_with((api_base, site_url), credentials, &Settings::default())
}

fn client_with(
    (api_base, site_url): (&str, &str),
    credentials: Arc<dyn Credentials>,
    settings: &Settings,
) -> Arc<Client> {
    let connection = Connection { api_base: api_base.into(), site_url: site_url.into(), credentials };
    Arc::new(Client::connect(connection, settings, Arc::new(SystemClock)).expect("a client"))
}

/// An attempt of a step of the one run, when so much is done.
pub(crate) async fn attempt<T>(
    node: &str,
    number: u32,
    input: &Value,
    done: &Done,
    work: impl AsyncFnOnce(Attempt<'_>) -> T,
) -> T {
    let step = StepPath::of(node.into());
    work(Attempt { run: RUN.parse::<RunId>().expect("a run"), step: &step, number, input, done }).await
}

impl Step {
    /// Makes an attempt, which knows what earlier ones had done.
    pub(crate) async fn attempt(&self, activity: &dyn Activity, input: &Value) -> Result<Value, Failure> {
        attempt("file", 1, input, &self.effects.done(), async |attempt| {
            perform(activity, attempt, &*self.effects).await
        })
        .await
    }

    /// Runs an activity once.
    pub(crate) async fn run(&self, activity: &str, input: Value) -> Result<Value, Failure> {
        let catalogue = catalogue(&self.client, &self.files);
        let activity = catalogue.get(activity).expect("an activity");
        let strict = jsonschema::draft7::new(&activity.description().input).expect("a schema");
        assert_eq!(strict.validate(&input).map_err(|error| error.to_string()), Ok(()), "{input}");
        let output = self.attempt(activity.as_ref(), &input).await?;
        let promised = jsonschema::draft7::new(&activity.description().output).expect("a schema");
        assert_eq!(promised.validate(&output).map_err(|error| error.to_string()), Ok(()), "{output}");
        Ok(output)
    }

    /// Runs an activity that must fail; gives the whole failure in lines.
    pub(crate) async fn fail(&self, activity: &str, input: Value) -> String {
        let failure = self.run(activity, input).await.expect_err("a failure");
        shown(&failure)
    }

    /// Runs an activity with inputs that its schema may refuse already.
    pub(crate) async fn refuse(&self, activity: &str, input: Value) -> String {
        let catalogue = catalogue(&self.client, &self.files);
        let activity = catalogue.get(activity).expect("an activity");
        shown(&self.attempt(activity.as_ref(), &input).await.expect_err("a failure"))
    }

    /// Looks for the last effect, as if its answer had been lost.
    pub(crate) async fn look(&self, activity: &str, input: Value) -> Reconciled {
        let catalogue = catalogue(&self.client, &self.files);
        let activity = catalogue.get(activity).expect("an activity");
        let (id, intent) = self.effects.intents().pop().expect("an effect");
        let open = OpenEffect { id, intent, intended_at: Timestamp::UNIX_EPOCH };
        let look = async |attempt: Attempt<'_>| activity.reconcile(&attempt, &open).await;
        attempt("file", 2, &input, &Done::default(), look).await
    }

    /// Takes over an effect that a person says has happened.
    pub(crate) async fn adopt(&self, activity: &str, input: Value, key: &str) -> Result<Value, Failure> {
        let catalogue = catalogue(&self.client, &self.files);
        let activity = catalogue.get(activity).expect("an activity");
        let none = || OpenEffect {
            id: EffectId { step: StepPath::of("file".into()), name: "none".into(), attempt: 1 },
            intent: Effect::new("none", "", "", Value::Null).intent,
            intended_at: Timestamp::UNIX_EPOCH,
        };
        let last = self.effects.intents().pop();
        let open = last.map_or_else(none, |(id, intent)| OpenEffect { id, intent, intended_at: Timestamp::UNIX_EPOCH });
        // The open effect is the step's first: nothing is done yet.
        attempt("file", 2, &input, &Done::default(), async |attempt| activity.adopt(&attempt, &open, key).await).await
    }
}

/// A failure in lines: code, status and field, then message, then help.
pub(crate) fn shown(failure: &Failure) -> String {
    let status = failure.status.map(|status| format!(" {status}")).unwrap_or_default();
    let field = failure.field.as_ref().map(|field| format!(" `{field}`")).unwrap_or_default();
    let help = failure.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    format!("{}{status}{field} {:?}\n{}{help}", failure.code, failure.certainty, failure.message)
}
