//! What a search asks for, from a query string or a body.

use serde_json::{Map, Value, json};

use crate::{
    answer::Refusal,
    operation::{
        body::{flag, list, only, text},
        issue::Shape,
    },
    refusal,
    request::ApiRequest,
    view::{View, extend},
    world::{Issue, World},
};

/// A search as it was asked.
pub(super) struct SearchRequest<'a> {
    pub(super) jql: &'a str,
    pub(super) token: Option<&'a str>,
    length: i64,
    /// Ids of issues that are looked at as they are, not as the index has them.
    pub(super) reconciled: Vec<u64>,
    fields: Vec<&'a str>,
    pub(super) shape: Shape<'a>,
}

impl<'a> SearchRequest<'a> {
    /// Reads the parameters: from the query string of a GET, from the body alone of a POST. \[FAKE\]
    pub(super) fn read(request: &'a ApiRequest<'_>, world: &'a World) -> Result<Self, Refusal> {
        let given = match request.operation.method {
            "GET" => SearchParameters::in_query(request),
            _ => SearchParameters::in_body(request.object()?),
        };
        given?.check(world)
    }

    /// How many issues at most, which is checked after the token and before the query. \[FAKE\]
    pub(super) fn length(&self) -> Result<usize, Refusal> {
        let length = usize::try_from(self.length).ok().filter(|length| (1..=5000).contains(length));
        length.ok_or_else(refusal::page_length_invalid)
    }

    /// Whether more is asked for than ids and keys.
    pub(super) fn shows_fields(&self) -> bool {
        self.fields.iter().any(|field| !matches!(*field, "id" | "key"))
    }

    /// An issue with what was asked for: by default its id alone. \[SPEC\]
    pub(super) fn show(&self, view: View<'_>, issue: &Issue) -> Value {
        let plain = self.shape.expand.is_empty() && self.shape.properties.is_empty();
        if plain && self.fields.iter().all(|field| *field == "id") {
            return json!({ "id": issue.id.to_string() });
        }
        let mut shown = self.shape.show(view, issue);
        // Names and types are said once, for all issues.
        for name in ["names", "schema"] {
            shown.as_object_mut().and_then(|shown| shown.shift_remove(name));
        }
        if !self.shows_fields() {
            shown.as_object_mut().and_then(|shown| shown.shift_remove("fields"));
        }
        shown
    }

    /// Adds the names and types of the fields, where asked for.
    pub(super) fn describe_fields(&self, answer: &mut Value) {
        if self.shape.expand.contains(&"names") {
            extend(answer, json!({ "names": self.shape.names() }));
        }
        if self.shape.expand.contains(&"schema") {
            extend(answer, json!({ "schema": self.shape.types() }));
        }
    }
}

/// The parameters of a POST; the document calls no other. \[SPEC\]
const PARAMETERS: [&str; 8] =
    ["jql", "nextPageToken", "maxResults", "fields", "expand", "properties", "fieldsByKeys", "reconcileIssues"];

struct SearchParameters<'a> {
    jql: &'a str,
    token: Option<&'a str>,
    length: i64,
    reconciled: Vec<u64>,
    fields: Vec<&'a str>,
    expand: Vec<&'a str>,
    properties: Vec<&'a str>,
}

impl<'a> SearchParameters<'a> {
    fn in_query(request: &'a ApiRequest<'_>) -> Result<Self, Refusal> {
        let number = |name: &str, text: &str| text.parse().map_err(|_| refusal::query_invalid(name));
        let reconciled = request.list("reconcileIssues").into_iter();
        let reconciled = reconciled.map(|id| id.parse().map_err(|_| refusal::query_invalid("reconcileIssues")));
        Ok(Self {
            jql: request.query("jql").unwrap_or_default(),
            token: request.query("nextPageToken"),
            length: request.query("maxResults").map_or(Ok(50), |text| number("maxResults", text))?,
            reconciled: reconciled.collect::<Result<_, _>>()?,
            fields: request.list("fields"),
            expand: request.list("expand"),
            properties: request.list("properties"),
        })
    }

    fn in_body(body: &'a Map<String, Value>) -> Result<Self, Refusal> {
        only(body, &PARAMETERS)?;
        flag(body, "fieldsByKeys")?;
        Ok(Self {
            jql: text(body, "jql")?.unwrap_or_default(),
            token: text(body, "nextPageToken")?,
            length: match body.get("maxResults") {
                None | Some(Value::Null) => 50,
                Some(length) => length.as_i64().ok_or_else(refusal::body_unreadable)?,
            },
            reconciled: list(body, "reconcileIssues", Value::as_u64)?,
            fields: strings(body, "fields")?,
            expand: words([text(body, "expand")?.unwrap_or_default()]),
            properties: strings(body, "properties")?,
        })
    }

    /// Fields have the same ids as keys here, so that `fieldsByKeys` changes nothing.
    fn check(self, world: &'a World) -> Result<SearchRequest<'a>, Refusal> {
        if self.properties.len() > 5 {
            return Err(refusal::too_many("properties", 5));
        }
        if self.reconciled.len() > 50 {
            return Err(refusal::too_many("reconcileIssues", 50));
        }
        let shape = Shape::new((&self.fields, "id"), (self.expand, self.properties), world)?;
        Ok(SearchRequest {
            jql: self.jql,
            token: self.token.filter(|token| !token.is_empty()),
            length: self.length,
            reconciled: self.reconciled,
            fields: self.fields,
            shape,
        })
    }
}

fn strings<'a>(body: &'a Map<String, Value>, name: &str) -> Result<Vec<&'a str>, Refusal> {
    list(body, name, Value::as_str).map(words)
}

fn words<'a>(lists: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    lists.into_iter().flat_map(|list| list.split(',')).map(str::trim).filter(|word| !word.is_empty()).collect()
}
