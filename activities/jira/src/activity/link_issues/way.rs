//! Which link is meant: a type of links, and the end of one that an issue is at.

use flowrun_engine::activity::Failure;
use serde::{Deserialize, Serialize};

use crate::{
    client::endpoint::Read,
    input::{cut, refused},
    resolve::{Named, choose},
    scope::ScopeSets,
};

pub(super) static LINK_TYPES: Read<0> = Read::new(
    "GET /rest/api/3/issueLinkType",
    ScopeSets::new(&["read:jira-work"], &["read:issue-link-type:jira"]),
    &[],
)
.remembered();

/// A type of links, and the end of one that an issue is at.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Way {
    /// The type's id.
    pub(super) link_type: String,
    /// What an issue says at this end.
    pub(super) words: String,
    pub(super) side: Side,
    /// Whether both ends say the same, so that neither is first.
    pub(super) mutual: bool,
}

/// The end that says the outward words, or the inward ones.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Side {
    Outward,
    Inward,
}

/// A type of links, as Jira gives it.
#[derive(Deserialize)]
pub(super) struct LinkType {
    id: String,
    name: String,
    inward: String,
    outward: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LinkTypes {
    pub(super) issue_link_types: Vec<LinkType>,
}

impl Way {
    /// The end of a type's links that is meant by words, in whatever capitals, or by the type's name or id.
    pub(super) fn find(wanted: &str, types: &[LinkType]) -> Result<Self, Failure> {
        let lower = wanted.trim().to_lowercase();
        let is_meant = |said: &str| said.trim().to_lowercase() == lower;
        let found: Vec<_> = types.iter().filter_map(|kind| Some((kind, kind.end(is_meant)?))).collect();
        match found.as_slice() {
            [(_, one)] => Ok(one.clone()),
            [] => {
                let words = types.iter().flat_map(|kind| [&kind.outward, &kind.inward]);
                let mut all: Vec<_> = words.map(|words| Named { id: String::new(), name: words.clone() }).collect();
                all.dedup();
                Err(refused(choose("link", wanted, &all).err().unwrap_or_default()).with_field("link"))
            }
            several => {
                let names: Vec<_> = several.iter().map(|(kind, _)| format!("`{}`", kind.name)).collect();
                let said = format!("`{}` can mean several types of links: {}", cut(wanted), names.join(", "));
                Err(refused(said).with_field("link").with_help(
                    "give the name of one, which means its outward direction; for the inward one swap `issue` and `to`",
                ))
            }
        }
    }
}

impl LinkType {
    /// The end that is meant: the outward one, if both are.
    fn end(&self, is_meant: impl Fn(&str) -> bool) -> Option<Way> {
        let mutual = self.inward == self.outward;
        let way = |words: &str, side| Way { link_type: self.id.clone(), words: words.to_owned(), side, mutual };
        if [&self.id, &self.outward, &self.name].into_iter().any(|said| is_meant(said)) {
            return Some(way(&self.outward, Side::Outward));
        }
        is_meant(&self.inward).then(|| way(&self.inward, Side::Inward))
    }
}
