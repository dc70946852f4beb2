//! People: `me`, e-mail addresses and account ids to account ids.
//!
//! Jira looks for beginnings of names and addresses, and shows addresses only as their owners allow: only an address
//! that is shown and equal is a match, and what is said of the others tells the cases apart.

use std::fmt;

use flowrun_engine::activity::Failure;
use serde::Deserialize;

use crate::{
    client::{Call, ErrorKind, JiraError, Reader, endpoint, endpoint::Reads},
    input::{cut, is_account_id, is_email, refused},
    permission::ASSIGNABLE_USER,
};

/// Finds users for the fields of one issue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Users<'a> {
    reader: &'a Reader,
    assignable: Assignable<'a>,
}

/// Where people are to be assigned.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Assignable<'a> {
    /// To a new issue of a project: its key or id.
    Project(&'a str),
    /// To an issue: its key or id.
    Issue(&'a str),
}

/// A user, as far as it may be seen.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    /// The account id.
    pub(crate) account_id: String,
    /// The e-mail address; the person may hide it.
    #[serde(default)]
    pub(crate) email_address: Option<String>,
    /// The name that Jira shows.
    #[serde(default)]
    pub(crate) display_name: Option<String>,
    /// Whether the account has not been deactivated.
    #[serde(default = "yes")]
    pub(crate) active: bool,
}

fn yes() -> bool {
    true
}

/// The user whose access token it is, as Jira says now: whether it recognises the access token is seen too.
pub(crate) async fn myself(reader: &Reader) -> Result<User, JiraError> {
    reader.read(me().anew()).await
}

/// The account id of that user, which does not change; `None` where it cannot be read.
pub(crate) async fn own_account(reader: &Reader) -> Option<String> {
    let user: Result<User, _> = reader.read(me()).await;
    user.ok().map(|user| user.account_id)
}

fn me() -> Call<Reads> {
    Call::new(&endpoint::MYSELF, [], "the user of the access token")
}

/// The account id of a user of the site, who need not be assignable to anything, named in the same ways.
pub(crate) async fn anybody(reader: &Reader, who: &str) -> Result<String, Failure> {
    if let Some(account_id) = unless_email(reader, who).await? {
        return Ok(account_id);
    }
    with_email(reader, who.trim()).await.map(|user| user.account_id)
}

/// The user of the site with exactly this e-mail address.
pub(crate) async fn with_email(reader: &Reader, email: &str) -> Result<User, Failure> {
    let call = Call::new(&endpoint::FIND_USERS, [], format!("the user `{email}`"));
    let found: Vec<User> = reader.read(call.query("query", email)).await?;
    let user = exact(email, &found).and_then(|user| user.ok_or_else(|| unfound(email, &found)));
    user.cloned()
}

/// The account id of `who`; `None` where it is an e-mail address, and somebody has to be found by it.
async fn unless_email(reader: &Reader, who: &str) -> Result<Option<String>, Failure> {
    let who = who.trim();
    if who == "me" {
        return Ok(Some(reader.read::<User>(me()).await?.account_id));
    }
    if is_email(who) || is_account_id(who) {
        return Ok((!is_email(who)).then(|| who.to_owned()));
    }
    Err(refused(format!("`{}` is not a user: give an e-mail address, an account id or `me`", cut(who))))
}

impl<'a> Users<'a> {
    /// Users for those who can be assigned there.
    pub(crate) fn new(reader: &'a Reader, assignable: Assignable<'a>) -> Self {
        Self { reader, assignable }
    }

    /// The account id of an assignee: an e-mail address (which must be exactly the user's), an account id, or `me`.
    pub(crate) async fn assignee(&self, who: &str) -> Result<String, Failure> {
        self.account(who, true).await
    }

    /// The account id of a user for any other field, named in the same ways.
    pub(crate) async fn account_id(&self, who: &str) -> Result<String, Failure> {
        self.account(who, false).await
    }

    async fn account(&self, who: &str, assignable: bool) -> Result<String, Failure> {
        match unless_email(self.reader, who).await? {
            Some(account_id) => Ok(account_id),
            None => self.by_email(who.trim(), assignable).await,
        }
    }

    async fn by_email(&self, email: &str, must_be_assignable: bool) -> Result<String, Failure> {
        let call = Call::new(&endpoint::ASSIGNABLE_USERS, [], format!("the user `{email}`"));
        let (name, value) = self.assignable.parameter();
        let mut seen: Vec<User> = self.reader.read(call.query("query", email).query(name, value)).await?;
        if let Some(user) = exact(email, &seen)? {
            return Ok(user.account_id.clone());
        }
        let everybody = self.everybody(email).await?;
        if let Some(user) = exact(email, &everybody)? {
            return if must_be_assignable { Err(self.unassignable(email, user)) } else { Ok(user.account_id.clone()) };
        }
        seen.extend(everybody);
        Err(unfound(email, &seen))
    }

    /// Whom Jira finds by the address anywhere. Where it will not tell, that is nobody.
    async fn everybody(&self, email: &str) -> Result<Vec<User>, JiraError> {
        let call = Call::new(&endpoint::FIND_USERS, [], format!("the user `{email}`"));
        match self.reader.read(call.query("query", email)).await {
            Err(error) if matches!(error.kind, ErrorKind::ScopeMissing | ErrorKind::Forbidden | ErrorKind::Refused) => {
                Ok(Vec::new())
            }
            found => found,
        }
    }

    fn unassignable(&self, email: &str, user: &User) -> Failure {
        let assignable = self.assignable;
        refused(format!("{} (`{email}`) exists, but cannot be assigned {assignable}", shown(user))).with_help(format!(
            "an administrator of the project can grant \"Assignable user\" (`{ASSIGNABLE_USER}`) to the person"
        ))
    }
}

impl<'a> Assignable<'a> {
    fn parameter(self) -> (&'static str, &'a str) {
        match self {
            Self::Project(name) => ("project", name),
            Self::Issue(name) if crate::input::is_id(name) => ("issueId", name),
            Self::Issue(name) => ("issueKey", name),
        }
    }
}

impl fmt::Display for Assignable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project(name) => write!(formatter, "in project `{name}`"),
            Self::Issue(name) => write!(formatter, "to issue `{name}`"),
        }
    }
}

/// The one user with that whole address, if Jira shows it.
fn exact<'a>(email: &str, users: &'a [User]) -> Result<Option<&'a User>, Failure> {
    let is_it = |user: &&User| user.email_address.as_ref().is_some_and(|found| found.eq_ignore_ascii_case(email));
    let found: Vec<_> = users.iter().filter(is_it).collect();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        several => {
            let ids: Vec<_> = several.iter().map(|user| format!("`{}`", user.account_id)).collect();
            Err(refused(format!("`{email}` is ambiguous: give the account id, {}", ids.join(" or "))))
        }
    }
}

/// Nobody has the address, as far as Jira shows; those whose addresses it hides may be meant, and only an account id
/// says which.
fn unfound(email: &str, seen: &[User]) -> Failure {
    let email = cut(email);
    let mut hidden: Vec<_> = seen.iter().filter(|user| user.email_address.is_none()).map(shown_with_id).collect();
    hidden.sort();
    hidden.dedup();
    if hidden.is_empty() {
        return refused(format!("Jira finds nobody with the e-mail address `{email}`")).with_help(
            "check the address; Jira shows nobody to a user without the permission \"Browse users and groups\", and a \
             person may hide the address: an account id works in any case",
        );
    }
    let message = format!("Jira shows nobody with the e-mail address `{email}`");
    refused(format!("{message}; it hides the address of {}, who may be meant", hidden.join(" and of ")))
        .with_help("give the account id: Jira shows an address only if its owner lets it")
}

fn shown(user: &User) -> &str {
    user.display_name.as_deref().unwrap_or("the user")
}

fn shown_with_id(user: &User) -> String {
    format!("{} (`{}`)", user.display_name.as_deref().unwrap_or("somebody"), user.account_id)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn user(id: &str, email: Option<&str>) -> User {
        User { account_id: id.into(), email_address: email.map(Into::into), display_name: None, active: true }
    }

    #[test]
    fn only_the_whole_address_will_do() {
        let users = [user("1", Some("ann@example.com.au")), user("2", Some("Ann@Example.com")), user("3", None)];
        let found = |email: &str| exact(email, &users).map(|user| user.map(|user| user.account_id.as_str()));
        assert_eq!(found("ann@example.com"), Ok(Some("2")));
        assert_eq!(found("ann@example"), Ok(None));
        let twice = [user("1", Some("a@b.c")), user("2", Some("a@b.c"))];
        assert_snapshot!(exact("a@b.c", &twice).unwrap_err(), @"`a@b.c` is ambiguous: give the account id, `1` or `2`");
    }

    #[test]
    fn those_whose_address_is_hidden_are_named_once() {
        let ann = User { display_name: Some("Ann".into()), ..user("1", None) };
        let seen = [ann.clone(), user("2", Some("b@b.c")), ann, user("3", None)];
        assert_snapshot!(unfound("a@b.c", &seen), @"Jira shows nobody with the e-mail address `a@b.c`; it hides the address of Ann (`1`) and of somebody (`3`), who may be meant");
        assert_snapshot!(unfound("a@b.c", &seen[1..2]), @"Jira finds nobody with the e-mail address `a@b.c`");
    }
}
