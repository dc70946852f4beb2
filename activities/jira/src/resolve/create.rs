//! The create screen: which issue types a project has, and which fields an issue of one may be given.

use flowrun_engine::{activity::Failure, diagnostic::Code};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Named, Screen, choose};
use crate::{
    client::{Call, ErrorKind, JiraError, Reader, endpoint, endpoint::Reads},
    input::{Name, refused},
};

/// What an issue of one type in one project may be given.
#[derive(Clone, Debug)]
pub(crate) struct CreateScreen {
    /// The project, as it was named.
    pub(crate) project: Name,
    /// The issue type.
    pub(crate) issue_type: Named,
    /// What such an issue may be given.
    pub(crate) screen: Screen,
}

/// Jira gives at most this many at a time.
const PAGE: usize = 200;

impl CreateScreen {
    /// Reads the screen of an issue type, which is named as Jira shows it or by id.
    pub(crate) async fn read(reader: &Reader, project: Name, issue_type: &Name) -> Result<Self, Failure> {
        let subject = format!("project `{}`", project.as_str());
        let types: Vec<IssueType> = pages("issueTypes", "createMetaIssueType", |start| {
            let call = Call::new(&endpoint::CREATABLE_ISSUE_TYPES, [project.as_str()], &*subject);
            page(reader, call, start)
        })
        .await
        .map_err(|error| no_project(error, &project))?;
        let types: Vec<_> = types.into_iter().map(|kind| Named { id: kind.id, name: kind.name }).collect();
        if types.is_empty() {
            return Err(nothing_to_create(&project));
        }
        let issue_type = choose("issue type", issue_type.as_str(), &types)
            .map_err(|cause| refused(format!("{subject}: {cause}")).with_field("issue_type"))?;
        let fields = pages("fields", "results", |start| {
            let parts = [project.as_str(), issue_type.id.as_str()];
            page(reader, Call::new(&endpoint::CREATE_FIELDS, parts, &*subject), start)
        })
        .await?;
        let issue_type = issue_type.clone();
        let name = format!("the create screen of {} in {}", issue_type.name, project.as_str());
        Ok(Self { project, issue_type, screen: Screen { name, fields } })
    }
}

#[derive(Deserialize)]
struct IssueType {
    id: String,
    name: String,
}

async fn page(reader: &Reader, call: Call<Reads>, start: usize) -> Result<Value, JiraError> {
    let call = call.query("startAt", start.to_string()).query("maxResults", PAGE.to_string());
    reader.send(&call).await
}

/// All items of a list that comes in pages. The document and the live site differ in the list's name.
async fn pages<Item, Asked>(
    name: &'static str,
    other_name: &'static str,
    ask: impl Fn(usize) -> Asked,
) -> Result<Vec<Item>, JiraError>
where
    Item: DeserializeOwned,
    Asked: Future<Output = Result<Value, JiraError>>,
{
    let mut items = Vec::new();
    loop {
        let page = ask(items.len()).await?;
        let list = page.get(name).or_else(|| page.get(other_name)).cloned().unwrap_or_default();
        let list: Vec<Item> = serde_json::from_value(list).map_err(|cause| unreadable(&cause))?;
        let total = page["total"].as_u64().and_then(|total| usize::try_from(total).ok()).unwrap_or(0);
        let last = list.is_empty();
        items.extend(list);
        if last || items.len() >= total {
            return Ok(items);
        }
    }
}

fn unreadable(cause: &serde_json::Error) -> JiraError {
    JiraError::of_read("create metadata", ErrorKind::Unreadable(cause.to_string()))
}

/// Jira documents 400 for a project that is not there; a site may say 404.
fn no_project(error: JiraError, project: &Name) -> Failure {
    if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Refused) {
        let words = if error.words.is_empty() { String::new() } else { format!(": {}", error.words) };
        let name = project.as_str();
        let message = format!("project `{name}` does not exist, or the user may not create issues in it{words}");
        let failure = Failure::permanent(Code::NOT_FOUND, message).with_field("project");
        return Failure { status: error.status, ..failure };
    }
    error.into()
}

fn nothing_to_create(project: &Name) -> Failure {
    let message = format!("the user cannot create issues in project `{}`", project.as_str());
    Failure::permanent(Code::NOT_AUTHORISED, message)
        .with_field("project")
        .with_help("it needs `CREATE_ISSUES`; ask an administrator of the project")
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn a_list_is_read_to_its_end() {
        let asked = RefCell::new(Vec::new());
        let numbers: Result<Vec<usize>, _> = pages("results", "fields", async |start| {
            asked.borrow_mut().push(start);
            let page: Vec<_> = (start..7.min(start + 3)).collect();
            Ok(json!({ "fields": page, "total": 7, "startAt": start }))
        })
        .await;
        assert_eq!(numbers, Ok((0..7).collect()));
        assert_eq!(asked.into_inner(), [0, 3, 6]);
    }

    #[tokio::test]
    async fn a_list_that_promises_more_than_it_has_ends_too() {
        let numbers: Result<Vec<usize>, _> = pages("results", "fields", async |start| {
            Ok(json!({ "results": if start == 0 { vec![1] } else { vec![] }, "total": 7 }))
        })
        .await;
        assert_eq!(numbers, Ok(vec![1]));
    }
}
