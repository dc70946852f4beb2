//! A request that was let in: who asks for which operation, with what.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    answer::Refusal,
    attachment::{ReceivedFile, media::MediaAddresses},
    refusal,
    served_operation::ServedOperation,
    world::User,
};

/// A request after routing, authentication and reading of its body.
#[derive(Debug)]
pub(crate) struct ApiRequest<'a> {
    pub(crate) operation: &'static ServedOperation,
    pub(crate) parts: Vec<(&'static str, String)>,
    pub(crate) query: &'a [(String, String)],
    pub(crate) body: Option<&'a Value>,
    /// The files of an upload, on the disk.
    pub(crate) files: &'a [ReceivedFile],
    /// The `Range` of a download.
    pub(crate) range: Option<&'a str>,
    pub(crate) media: &'a MediaAddresses,
    /// How long this search does not see a change, in seconds; as the world says where there is no number.
    pub(crate) search_lag: Option<u64>,
    pub(crate) caller: &'a User,
    /// The address that answers name themselves by, up to `/rest`.
    pub(crate) base: &'a str,
    /// The site's own address, whichever base the request came through.
    pub(crate) site: &'a str,
    pub(crate) now: Timestamp,
}

impl ApiRequest<'_> {
    /// A part of the path by its name in the OpenAPI document.
    pub(crate) fn part(&self, name: &str) -> &str {
        self.parts.iter().find(|(part, _)| *part == name).map_or("", |(_, value)| value)
    }

    /// The first value of a query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(parameter, _)| parameter == name).map(|(_, value)| value.as_str())
    }

    /// A list from a query: comma-separated, repeated, or both.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let given = self.query.iter().filter(|(parameter, _)| parameter == name);
        given.flat_map(|(_, value)| value.split(',')).map(str::trim).filter(|value| !value.is_empty()).collect()
    }

    /// The page that is asked for: where it starts and how long it may be, with a limit that silently holds.
    pub(crate) fn page(&self, default: usize, limit: usize) -> Result<ResultPage, Refusal> {
        Ok(ResultPage { start: self.number("startAt", 0)?, length: self.number("maxResults", default)?.min(limit) })
    }

    /// The body, which must be a JSON object.
    pub(crate) fn object(&self) -> Result<&Map<String, Value>, Refusal> {
        self.body.and_then(Value::as_object).ok_or_else(|| refusal::body_invalid("an object is expected"))
    }

    fn number(&self, name: &str, default: usize) -> Result<usize, Refusal> {
        self.query(name).map_or(Ok(default), |text| text.parse().map_err(|_| refusal::query_invalid(name)))
    }
}

/// A part of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResultPage {
    pub(crate) start: usize,
    pub(crate) length: usize,
}

impl ResultPage {
    /// Where the next page starts.
    pub(crate) fn end(self) -> usize {
        self.start.saturating_add(self.length)
    }

    /// Cuts the page out of the whole.
    pub(crate) fn of<T>(self, all: impl IntoIterator<Item = T>) -> Vec<T> {
        all.into_iter().skip(self.start).take(self.length).collect()
    }
}
