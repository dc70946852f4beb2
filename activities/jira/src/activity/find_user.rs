//! `jira.find_user`: one user of the site, or a failure that says why it is not one.

use std::convert::Infallible;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Failure, Problem},
    diagnostic::Code,
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Facts, JiraActivity, Requirements};
use crate::{
    client::{
        Call, ErrorKind, JiraError, Reader, endpoint,
        endpoint::{Operation, Read},
    },
    input::{Check, cut, is_email, refused},
    permission::USER_PICKER,
    resolve::{User, with_email},
    scope::ScopeSets,
};

static GET_USER: Read<0> = Read::new(
    "GET /rest/api/3/user",
    ScopeSets::new(
        &["read:jira-user"],
        &["read:application-role:jira", "read:avatar:jira", "read:group:jira", "read:user:jira"],
    ),
    &[USER_PICKER],
)
.remembered();

/// What no other activity calls.
pub(super) const OPERATIONS: &[&Operation] = &[GET_USER.operation()];

/// Finds a user.
pub(super) struct FindUser;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["user"] }, { "required": ["name"] }]))]
pub(super) struct Input {
    /// The user: an e-mail address, an account id or `me`. Either this or `name`.
    #[schemars(example = &"ann@example.com")]
    user: Option<String>,
    /// The name that Jira shows, or its beginning; of several users the one who is called exactly so. Users who were deactivated are
    /// not found by it. Either this or `user`.
    #[schemars(length(min = 1), example = &"Ann Lee")]
    name: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// The account id, by which every other input names the user.
    account_id: String,
    /// The name that Jira shows; null if the person hides it.
    display_name: Option<String>,
    /// The e-mail address; null if the person hides it.
    email: Option<String>,
    /// Whether the account has not been deactivated.
    active: bool,
}

/// How a user is looked for.
enum Wanted<'a> {
    Me,
    Email(&'a str),
    AccountId(&'a str),
    Name(&'a str),
}

#[async_trait]
impl JiraActivity for FindUser {
    type Input = Input;
    type Output = Output;
    type Reads = User;
    type Effect = Infallible;

    fn description(&self) -> Description {
        Facts {
            name: "jira.find_user",
            summary: "Finds a user by e-mail address, account id or name.",
            on: "the site",
            nullable: &[],
            reads: true,
            always: &[],
            sometimes: const {
                &[endpoint::FIND_USERS.operation(), GET_USER.operation(), endpoint::MYSELF.operation()]
            },
            failures: &[
                ("an input has the wrong form", "`user`: `…` is not a user: it takes an e-mail address, …"),
                ("nobody has the e-mail address", "nobody with the e-mail address `…`"),
                ("the e-mail address is hidden", "it hides the address of …, who may be meant"),
                ("nobody has the account id", "the user `…` does not exist, or is not visible to the user (404)"),
                ("nobody has the name", "Jira finds nobody whose name begins with `…`"),
                ("several have the name", "`…` may be any of several users: …"),
                ("the user may not look for others", "Jira forbids this (the user `…`) (403)"),
            ],
        }
        .describe::<Self>()
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let (everywhere, reason) = (&Subject::Global, "looks for the user");
        let needs = Requirements::default();
        let user = input.field("user");
        let wanted = match user.as_ref().and_then(Planned::as_str) {
            Some(user) => Wanted::user(user),
            None if user.is_none() => Wanted::Name(""),
            None => return needs.scopes(endpoint::FIND_USERS.operation(), reason).0,
        };
        match wanted {
            Wanted::Me => needs.call(endpoint::MYSELF.operation(), everywhere, reason),
            Wanted::AccountId(_) => needs.call(GET_USER.operation(), everywhere, reason),
            Wanted::Email(_) | Wanted::Name(_) => needs
                .call(endpoint::FIND_USERS.operation(), everywhere, reason)
                .needing(USER_PICKER, everywhere, reason),
        }
        .0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        Check::of(input).user("user", &[]).filled("name").found()
    }

    async fn read(&self, attempt: &Attempt<'_, Input>, reader: &Reader) -> Result<User, Failure> {
        match attempt.input.wanted()? {
            Wanted::Me => Ok(reader.read(Call::new(&endpoint::MYSELF, [], "the user of the access token")).await?),
            Wanted::Email(email) => with_email(reader, email).await.map_err(|failure| blame(failure, "user")),
            Wanted::AccountId(id) => {
                let call = Call::new(&GET_USER, [], format!("the user `{id}`")).query("accountId", id);
                reader.read(call).await.map_err(unreadable)
            }
            Wanted::Name(name) => {
                let call = Call::new(&endpoint::FIND_USERS, [], format!("the user `{}`", cut(name)));
                let found = reader.read(call.query("query", name)).await?;
                named(name, found).map_err(|failure| blame(failure, "name"))
            }
        }
    }

    async fn output(&self, _: &Attempt<'_, Input>, user: User, _: &Reader) -> Result<Output, Failure> {
        let User { account_id, email_address: email, display_name, active } = user;
        Ok(Output { account_id, display_name, email, active })
    }
}

impl Input {
    /// The schema lets one of the two through.
    fn wanted(&self) -> Result<Wanted<'_>, Failure> {
        match (&self.user, &self.name) {
            (Some(user), None) => Ok(Wanted::user(user)),
            (None, Some(name)) => Ok(Wanted::Name(name.trim())),
            (Some(_), Some(_)) => Err(refused("give either `user` or `name`, not both").with_field("name")),
            (None, None) => Err(refused("give `user`, or `name`").with_field("user")),
        }
    }
}

impl<'a> Wanted<'a> {
    fn user(user: &'a str) -> Self {
        match user.trim() {
            "me" => Self::Me,
            email if is_email(email) => Self::Email(email),
            account_id => Self::AccountId(account_id),
        }
    }
}

/// The one user that a name means.
fn named(name: &str, mut found: Vec<User>) -> Result<User, Failure> {
    let is_called = |user: &User| user.display_name.as_ref().is_some_and(|it| it.to_lowercase() == name.to_lowercase());
    if found.iter().filter(|user| is_called(user)).count() == 1 {
        found.retain(is_called);
    }
    let shown = cut(name);
    if found.is_empty() {
        return Err(refused(format!("Jira finds nobody whose name begins with `{shown}`")).with_help(
            "check the name; Jira shows nobody to a user without the permission \"Browse users and groups\", and never a \
             deactivated user: an account id works in any case",
        ));
    }
    if found.len() == 1 {
        return Ok(found.remove(0));
    }
    let told = found
        .iter()
        .take(10)
        .map(|user| format!("{} (`{}`)", user.display_name.as_deref().unwrap_or("somebody"), user.account_id));
    let more = if found.len() > 10 { " and more" } else { "" };
    let message = format!("`{shown}` may be any of several users: {}{more}", told.collect::<Vec<_>>().join(", "));
    Err(refused(message).with_help("give the whole name, or `user` with the e-mail address or account id"))
}

/// Not all that fails is wrong with the input.
fn blame(failure: Failure, field: &str) -> Failure {
    if failure.code == Code::INPUT_REFUSED { failure.with_field(field) } else { failure }
}

/// What is needed is not the key of an issue, nor a permission in a project.
fn unreadable(error: JiraError) -> Failure {
    let help = match error.kind {
        ErrorKind::NotFound => "check the account id; `name` and e-mail addresses find users, too".to_owned(),
        ErrorKind::Forbidden => {
            format!("it needs \"Browse users and groups\" (`{USER_PICKER}`); ask a Jira administrator")
        }
        _ => return error.into(),
    };
    Failure::from(error).with_help(help)
}
