//! What the access token and its user may do: scopes from the access token's own grant, permissions from Jira.

mod abreast;
mod probe;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use flowrun_engine::{
    activity::Failure,
    requirement::{ASK_GRANTS_AGAIN_AFTER, Authority, Need, Subject, Verdict},
};
use futures_util::FutureExt;
use serde::Deserialize;

use abreast::ask_all;

use crate::{
    client::{Call, Client, ErrorKind, GrantedScopes, JiraError, endpoint},
    input::is_id,
    permission,
    resolve::myself,
};

/// Knows the grants of the access token that a [`Client`] uses.
#[derive(Clone, Debug)]
pub struct JiraAuthority {
    client: Arc<Client>,
    ask_again_after: Duration,
}

/// What Jira says of the permissions on one subject.
enum Held {
    /// Whether each is held, by key.
    These(BTreeMap<String, bool>),
    /// The subject does not exist, or is not visible.
    NotVisible,
    /// The issue does not exist, or issue security hides it; its project can be seen, with these permissions there.
    Absent(BTreeMap<String, bool>),
    /// Jira was not asked, or did not say.
    Unknown(String),
}

#[derive(Deserialize)]
struct MyPermissions {
    permissions: BTreeMap<String, MyPermission>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MyPermission {
    have_permission: bool,
}

impl JiraAuthority {
    /// The authority of `client`'s access token.
    pub fn new(client: Arc<Client>) -> Self {
        Self { client, ask_again_after: ASK_GRANTS_AGAIN_AFTER }
    }

    /// The same, for a site at which grants change sooner: a run that lacks one asks for it again after this time.
    #[must_use]
    pub fn asking_again_after(self, wait: Duration) -> Self {
        Self { ask_again_after: wait, ..self }
    }

    /// Who the access token belongs to, in words. Fails if Jira does not recognise it.
    async fn user(&self) -> Result<String, Failure> {
        let unnamed = || "the user of the access token".to_owned();
        match myself(self.client.reader()).await {
            Ok(user) => {
                let name = user.email_address.or(user.display_name).unwrap_or(user.account_id);
                Ok(format!("the user `{name}`"))
            }
            // The gateway looks at scopes only after it recognised the access token.
            Err(error) if error.kind == ErrorKind::ScopeMissing => Ok(unnamed()),
            Err(error) if matches!(error.kind, ErrorKind::Forbidden | ErrorKind::NotFound | ErrorKind::Refused) => {
                let call = Call::new(&endpoint::SERVER_INFO, [], "the site");
                self.client.reader().send(&call).await.map(|_| unnamed()).map_err(Into::into)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The permissions on each subject; on its project where an issue is not there.
    async fn held<'a>(
        &self,
        asked: &BTreeMap<&'a Subject, BTreeSet<&'a str>>,
    ) -> Result<BTreeMap<&'a Subject, Held>, Failure> {
        let mut held = self.all(asked).await?;
        let missing = asked.iter().filter(|(subject, _)| matches!(held.get(*subject), Some(Held::NotVisible)));
        let around: Vec<_> =
            missing.filter_map(|(subject, keys)| Some((*subject, project_of(subject)?, keys))).collect();
        let mut projects: BTreeMap<&Subject, BTreeSet<&str>> = BTreeMap::new();
        for (_, project, keys) in &around {
            projects.entry(project).or_insert_with(|| [permission::BROWSE_PROJECTS].into()).extend(keys.iter());
        }
        let there = self.all(&projects).await?;
        for (subject, project, _) in &around {
            if let Some(Held::These(there)) = there.get(project)
                && there.get(permission::BROWSE_PROJECTS) == Some(&true)
            {
                held.insert(subject, Held::Absent(there.clone()));
            }
        }
        Ok(held)
    }

    /// The permissions on each subject, several asked for at a time.
    async fn all<'a>(
        &self,
        asked: &BTreeMap<&'a Subject, BTreeSet<&str>>,
    ) -> Result<BTreeMap<&'a Subject, Held>, Failure> {
        let questions: Vec<_> = asked.iter().collect();
        let held = ask_all(&questions, |(subject, keys)| self.asked(subject, keys).boxed()).await?;
        Ok(asked.keys().copied().zip(held).collect())
    }

    /// Asks Jira for all permissions on one subject at once.
    async fn asked(&self, subject: &Subject, keys: &BTreeSet<&str>) -> Result<Held, Failure> {
        let scopes = endpoint::MY_PERMISSIONS.operation().scopes.scopes();
        if let GrantedScopes::These(granted) = self.client.granted_scopes()
            && !scopes.met_by(&granted)
        {
            return Ok(Held::Unknown("permissions cannot be read without the scope `read:jira-work`".into()));
        }
        let keys: Vec<_> = keys.iter().copied().collect();
        let call =
            Call::new(&endpoint::MY_PERMISSIONS, [], words::subject(subject)).query("permissions", keys.join(","));
        let call = match subject {
            Subject::Known { kind, key } => call.query(context(kind, key), key),
            _ => call,
        };
        match self.client.reader().read::<MyPermissions>(call).await {
            Ok(answer) => {
                let held = answer.permissions.into_iter().map(|(key, permission)| (key, permission.have_permission));
                Ok(Held::These(held.collect()))
            }
            Err(JiraError { kind: ErrorKind::NotFound, .. }) => Ok(Held::NotVisible),
            Err(error) if matches!(error.kind, ErrorKind::Refused | ErrorKind::Forbidden | ErrorKind::ScopeMissing) => {
                Ok(Held::Unknown(error.message()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

#[async_trait]
impl Authority for JiraAuthority {
    async fn check(&self, needs: &[Need]) -> Result<Vec<Verdict>, Failure> {
        let user = self.user().await?;
        let held = self.held(&by_subject(needs)).await?;
        // Asked last: the bearer may have been renewed meanwhile, with other scopes.
        let granted = self.client.granted_scopes();
        let probed = match granted {
            GrantedScopes::Unknown => probe::verdicts(self.client.reader(), needs.iter()).await?,
            _ => BTreeMap::new(),
        };
        let verdict = |need: &Need| match need {
            Need::Scopes(scopes) => probed.get(scopes).cloned().unwrap_or_else(|| words::of_scopes(scopes, &granted)),
            Need::Permission { key, subject } => match held.get(subject) {
                Some(held) => of_permission(held, key, subject, &user),
                None => Verdict::Unknown("on what it is needed is known only while running".into()),
            },
        };
        Ok(needs.iter().map(verdict).collect())
    }

    fn ask_again_after(&self) -> Duration {
        self.ask_again_after
    }
}

/// The permissions that are needed, by subject: each subject is asked for once.
fn by_subject(needs: &[Need]) -> BTreeMap<&Subject, BTreeSet<&str>> {
    let mut subjects: BTreeMap<&Subject, BTreeSet<&str>> = BTreeMap::new();
    for need in needs {
        if let Need::Permission { key, subject: subject @ (Subject::Known { .. } | Subject::Global) } = need {
            subjects.entry(subject).or_default().insert(key);
        }
    }
    subjects
}

fn of_permission(held: &Held, key: &str, subject: &Subject, user: &str) -> Verdict {
    match held {
        Held::These(held) => match held.get(key) {
            Some(true) => Verdict::Granted,
            Some(false) => words::missing(key, subject, user),
            None => Verdict::Unknown(format!("Jira did not say whether `{key}` is held")),
        },
        Held::NotVisible => words::not_visible(subject, user),
        Held::Absent(in_project) => match project_of(subject) {
            Some(project) if in_project.get(key) == Some(&false) => words::missing(key, &project, user),
            _ => words::absent(subject, user),
        },
        Held::Unknown(why) => Verdict::Unknown(why.clone()),
    }
}

/// The project that an issue's key names.
fn project_of(subject: &Subject) -> Option<Subject> {
    let Subject::Known { kind, key } = subject else { return None };
    let (project, _) = key.rsplit_once('-').filter(|_| kind == "issue")?;
    Some(Subject::Known { kind: "project".into(), key: project.to_owned() })
}

/// The parameter that says on what: ids go before keys.
fn context(kind: &str, key: &str) -> &'static str {
    match (kind, is_id(key)) {
        ("issue", true) => "issueId",
        ("issue", false) => "issueKey",
        (_, true) => "projectId",
        (_, false) => "projectKey",
    }
}
