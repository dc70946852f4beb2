//! `/browse/KEY`: a page that shows an issue to the person who opened its link. It asks for no credentials, since a browser has
//! none; like the control interface it is there for this machine only.

use serde_json::Value;

use crate::{
    answer::Answer,
    document,
    page::{escaped, page},
    world::{Issue, World},
};

const PREFIX: &str = "/browse/";

/// The key in a path of a page.
pub(crate) fn key_in(path: &str) -> Option<String> {
    let key = path.strip_prefix(PREFIX)?.trim_end_matches('/');
    percent_encoding::percent_decode_str(key).decode_utf8().ok().map(|key| key.into_owned())
}

/// The page of an issue; under a key that it had before, too.
pub(crate) fn answer(key: &str, world: &World) -> Answer {
    match world.issue(key) {
        Some(issue) => page(200, &escaped(&format!("[{}] {}", issue.key, summary(issue))), &facts(issue, world), ""),
        None => {
            let body =
                format!("<p class=\"mark\">Sandbox</p>\n<h1>There is no issue <code>{}</code></h1>\n", escaped(key));
            page(404, "There is no such issue", &body, "")
        }
    }
}

fn summary(issue: &Issue) -> &str {
    issue.text("summary").unwrap_or_default()
}

fn facts(issue: &Issue, world: &World) -> String {
    let project = world.project_of(issue);
    let issue_type = project.and_then(|project| project.issue_type(&issue.issue_type)).map(|kind| kind.name.as_str());
    let status = world.status(&issue.status).map(|status| status.name.as_str());
    let person =
        |account: Option<&str>| account.and_then(|account| world.user(account)).map(|user| user.display_name.as_str());
    let priority = issue.text("priority").and_then(|id| world.priority(id)).map(|priority| priority.name.as_str());
    let labels: Vec<&str> =
        issue.fields.get("labels").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let rows = [
        ("Project", project.map(|project| project.name.as_str())),
        ("Type", issue_type),
        ("Status", status),
        ("Priority", priority),
        ("Assignee", person(issue.text("assignee")).or(Some("nobody"))),
        ("Reporter", person(issue.text("reporter"))),
        ("Labels", Some(labels.join(", ")).as_deref().filter(|labels| !labels.is_empty())),
        ("Due date", issue.text("duedate")),
        ("Former keys", Some(issue.former_keys.join(", ")).as_deref().filter(|keys| !keys.is_empty())),
    ]
    .map(|(name, value)| value.map(|value| format!("<li>{name}: {}</li>\n", escaped(value))).unwrap_or_default());
    format!(
        "<p class=\"mark\">Sandbox: an issue of the embedded Jira</p>\n<h1><code>{}</code> {}</h1>\n<ul>\n{}</ul>\n{}{}",
        escaped(&issue.key),
        escaped(summary(issue)),
        rows.concat(),
        issue.fields.get("description").map(text).unwrap_or_default(),
        issue.comments.iter().map(|comment| said(comment, world)).collect::<String>(),
    )
}

fn said(comment: &crate::world::Comment, world: &World) -> String {
    let author = world.user(&comment.author).map_or("somebody", |user| user.display_name.as_str());
    let visibility = if comment.visibility.is_some() { ", not to everybody" } else { "" };
    format!("<p class=\"mark\">{} commented{visibility}:</p>\n{}", escaped(author), text(&comment.body))
}

/// The plain text of a document, its lines as paragraphs.
fn text(document: &Value) -> String {
    let lines = document::text(document);
    lines.lines().map(|line| format!("<p>{}</p>\n", escaped(line))).collect()
}
