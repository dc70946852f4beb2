//! `flowrun token add`: gets an access token and keeps it. What is kept is written at the very end, as a whole.

mod browser;
mod consent;
mod input;
mod other;

use std::collections::BTreeSet;

use flowrun_access_token::{Grant, Provider, Sealing, StoredToken};
use flowrun_engine::diagnostic::{Code, Diagnostic, causes};

use crate::{
    arguments::OutputFormat,
    environment::Environment,
    error::CommandError,
    exit::Exit,
    jira::{
        arguments::{Add, CredentialKind, SandboxChoice},
        report::{
            ScopeLine, ShownToken, TokenDocument, account_words, added_meanwhile_text, other_account_text, token_text,
        },
        sandbox::find_sandbox,
        tokens::{AccessTokens, TokenOrigin},
    },
    prompt::Prompt,
    screen::on_one_line,
};

/// Gets an access token of the kind that is asked for, keeps it, and says what it is.
pub(super) async fn add(environment: &Environment, arguments: &Add) -> Result<Exit, CommandError> {
    if arguments.kind == Some(CredentialKind::PersonalAccessToken) {
        return Err(data_center());
    }
    if let Some(SandboxChoice::At(url)) = &arguments.sandbox {
        find_sandbox(url).await?;
    }
    let tokens = AccessTokens::open(environment);
    let (before, sealing) = before(environment, arguments, &tokens)?;
    let prompt = Prompt::new(&environment.screen, environment.settings.no_input);
    let adding = TokenAddition { environment, arguments, tokens: &tokens, before: before.as_ref(), prompt: &prompt };
    let (got, asked) = match adding.kind() {
        CredentialKind::OAuth => consent::get(&adding).await?,
        CredentialKind::ApiToken => (other::api_token(&adding).await?, BTreeSet::new()),
        CredentialKind::ServiceAccount => (other::service_account(&adding).await?, BTreeSet::new()),
        CredentialKind::PersonalAccessToken => return Err(data_center()),
    };
    adding.keep(got, asked, sealing).await
}

/// What is kept under this name, and how the access token will be kept.
fn before(
    environment: &Environment,
    arguments: &Add,
    tokens: &AccessTokens,
) -> Result<(Option<StoredToken>, Sealing), CommandError> {
    let told = arguments.keep.map(Sealing::from);
    let before = match told {
        None => tokens.kept(&arguments.name)?,
        Some(_) => tokens.replaceable(&arguments.name)?.unwrap_or_else(|closed| {
            let (name, closed) = (&arguments.name, causes(&closed));
            let told = format!("note: `{name}` is replaced, and nothing of it is kept: {closed}");
            environment.screen.error(&format!("{}\n", on_one_line(&told)));
            None
        }),
    };
    let told = told.or(before.as_ref().map(|(_, sealing)| *sealing));
    Ok((before.map(|(kept, _)| kept), writable(environment, tokens, told)?))
}

/// How the access token will be kept, once it is seen that it can be: before anybody is sent to a browser.
fn writable(environment: &Environment, tokens: &AccessTokens, told: Option<Sealing>) -> Result<Sealing, CommandError> {
    if let Some(sealing) = told {
        return tokens.check_writable(sealing).map(|()| sealing);
    }
    let (sealing, no_keyring) = tokens.usual_sealing()?;
    if let Some(why) = no_keyring {
        let why = causes(&why);
        let told = format!("note: it will be kept in a file that only you can read: no keyring ({why})");
        environment.screen.error(&format!("{}\n", on_one_line(&told)));
    }
    Ok(sealing)
}

/// One call of `token add`.
struct TokenAddition<'a> {
    environment: &'a Environment,
    arguments: &'a Add,
    tokens: &'a AccessTokens,
    /// What is kept under this name now.
    before: Option<&'a StoredToken>,
    prompt: &'a Prompt,
}

impl TokenAddition<'_> {
    /// What it is: as told, else as before.
    fn kind(&self) -> CredentialKind {
        let before = || match self.before?.token.grant {
            Grant::OAuth(_) => Some(CredentialKind::OAuth),
            Grant::ServiceAccount { .. } => Some(CredentialKind::ServiceAccount),
            Grant::ApiToken { .. } | Grant::ScopedApiToken { .. } => Some(CredentialKind::ApiToken),
        };
        self.arguments.kind.or_else(before).unwrap_or(CredentialKind::OAuth)
    }

    /// Who gives the access token: as told, else as before.
    fn provider(&self) -> Result<Provider, CommandError> {
        match (&self.arguments.sandbox, self.before) {
            (Some(SandboxChoice::At(url)), _) => {
                Provider::sandbox(url).map_err(|error| CommandError::Usage(error.to_string(), None))
            }
            (Some(SandboxChoice::Embedded), _) => {
                let message = "the embedded sandbox ends with this command: give the address of one that is served";
                Err(CommandError::Usage(message.into(), Some("start it with `flowrun sandbox`".into())))
            }
            (None, Some(before)) if !self.is_for_atlassian() => Ok(before.token.provider.clone()),
            (None, _) => Ok(Provider::Atlassian),
        }
    }

    /// Whether a site of Atlassian's is named: no sandbox has an address that is not plain HTTP.
    fn is_for_atlassian(&self) -> bool {
        self.arguments.site.as_ref().is_some_and(|site| !site.starts_with("http://"))
    }

    /// Writes it, and says what it is. All scopes that came are of use to somebody: they count as asked for.
    async fn keep(
        &self,
        mut got: StoredToken,
        mut asked: BTreeSet<String>,
        sealing: Sealing,
    ) -> Result<Exit, CommandError> {
        if let Some(before) = self.before {
            got.token.created_at = before.token.created_at;
        }
        asked.extend(got.token.grant.scopes().into_iter().flatten().cloned());
        if let Some(replaced) = self.tokens.write(&got, sealing).await? {
            self.tell_replaced(&replaced, &got);
        }
        let shown = ShownToken {
            token: &got.token,
            origin: TokenOrigin::File,
            scopes: ScopeLine::all(got.token.grant.scopes(), &asked),
            needed_by: "what was asked",
            now: self.tokens.now(),
        };
        let screen = &self.environment.screen;
        if screen.format() == OutputFormat::Text {
            screen.data(&token_text(&shown))?;
            let sealed = match sealing {
                Sealing::Open => "",
                Sealing::Passphrase => ", sealed with the passphrase",
                Sealing::Keyring => ", sealed with a key in the keyring",
            };
            let (directory, name) = (self.tokens.directory().display().to_string(), &self.arguments.name);
            let (directory, tried_for) = (on_one_line(&directory), self.tried_for());
            let tried_for = on_one_line(&tried_for);
            screen.note(&format!(
                "\nkept in {directory}{sealed}\nnext, run `flowrun token test {name} --project KEY{tried_for}`\n"
            ));
        } else {
            screen.document(&TokenDocument::new(&shown))?;
        }
        Ok(Exit::Success)
    }

    /// What the access token is to be tried for: what it was got for.
    fn tried_for(&self) -> String {
        let paths = self.arguments.scopes.definitions.iter().map(|path| path.display().to_string());
        let paths: Vec<_> = paths.collect();
        if paths.is_empty() { String::new() } else { format!(" --for {}", paths.join(" ")) }
    }

    /// What was there when this call began was to be replaced; what another process added since was not.
    fn tell_replaced(&self, replaced: &StoredToken, got: &StoredToken) {
        let (name, screen) = (&self.arguments.name, &self.environment.screen);
        if !self.before.is_some_and(|before| before.is_of_same_add(replaced)) {
            screen.error(&added_meanwhile_text(&replaced.token));
            return;
        }
        let id = |kept: &StoredToken| kept.token.account.as_ref().map(|account| account.account_id.clone());
        if id(replaced).is_some() && id(got).is_some() && id(replaced) != id(got) {
            let was = account_words(replaced.token.account.as_ref());
            screen.error(&other_account_text(name, &was, &account_words(got.token.account.as_ref())));
        }
    }
}

fn data_center() -> CommandError {
    let message = "personal access tokens belong to Jira Data Center, and flowrun talks to Jira Cloud: Data Center has \
                   version 2 of the REST interface, without Atlassian Document Format";
    let help = "for Jira Cloud get an OAuth access token (`flowrun token add NAME`), or give an API token \
                (`--kind api-token`)";
    Diagnostic::error(Code::CREDENTIAL_REFUSED, None, message).with_help(help).into()
}
