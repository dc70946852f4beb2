//! How Jira shows links between issues.

use serde_json::{Value, json};

use super::View;
use crate::world::{Issue, Link, LinkType};

impl View<'_> {
    /// A type of links, `IssueLinkType`. \[SPEC\]
    pub(crate) fn link_type(&self, kind: &LinkType) -> Value {
        json!({
            "id": kind.id,
            "name": kind.name,
            "inward": kind.inward,
            "outward": kind.outward,
            "self": self.link(&format!("issueLinkType/{}", kind.id)),
        })
    }

    /// The links of an issue to those that the caller may see, `IssueLink`. \[SPEC\]
    pub(super) fn links(&self, issue: &Issue) -> Value {
        self.world.links_of(issue.id).filter_map(|link| self.issue_link(issue, link)).collect()
    }

    /// The end that a link has beside `issue`: under `outwardIssue` if `issue` says the outward words of it.
    fn issue_link(&self, issue: &Issue, link: &Link) -> Option<Value> {
        let (end, other) = if link.from == issue.id { ("outwardIssue", link.to) } else { ("inwardIssue", link.from) };
        let other = self.world.visible_issue(self.caller, &other.to_string())?;
        let kind = self.world.link_type(&link.link_type)?;
        Some(json!({
            "id": link.id.to_string(),
            "self": self.link(&format!("issueLink/{}", link.id)),
            "type": self.link_type(kind),
            end: self.mention(other),
        }))
    }
}
