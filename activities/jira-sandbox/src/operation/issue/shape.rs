//! How much of an issue is asked for: fields, expansions and properties.

use serde_json::{Map, Value, json};

use super::{changelog, select};
use crate::{
    answer::Refusal,
    field::Field,
    operation::{metadata, transition},
    refusal,
    view::{View, extend},
    world::{Issue, World},
};

/// How much of an issue is asked for.
#[derive(Debug)]
pub(in crate::operation) struct Shape<'a> {
    pub(in crate::operation) fields: Vec<&'a Field>,
    pub(in crate::operation) expand: Vec<&'a str>,
    pub(in crate::operation) properties: Vec<&'a str>,
}

impl<'a> Shape<'a> {
    /// Reads what is asked for, and names what Jira would add and the sandbox does not have.
    pub(in crate::operation) fn new(
        (fields, default): (&[&str], &str),
        (expand, properties): (Vec<&'a str>, Vec<&'a str>),
        world: &'a World,
    ) -> Result<Self, Refusal> {
        let missing = ["renderedFields", "versionedRepresentations"];
        match expand.iter().find(|expand| missing.contains(expand)) {
            Some(expand) => Err(refusal::not_served(&format!("`expand={expand}` of issues"))),
            None => Ok(Self { fields: select::fields(fields, default, world), expand, properties }),
        }
    }

    /// Shows an issue.
    pub(in crate::operation) fn show(&self, view: View<'_>, issue: &Issue) -> Value {
        let mut shown = view.issue(issue, &self.fields);
        for expand in &self.expand {
            let (name, value) = match *expand {
                "names" => ("names", self.names()),
                "schema" => ("schema", self.types()),
                "changelog" => ("changelog", changelog::inside(view, issue)),
                "editmeta" => ("editmeta", json!({ "fields": metadata::editable_fields(issue, view) })),
                "operations" => ("operations", json!({ "linkGroups": [] })),
                expand if expand == "transitions" || expand.starts_with("transitions.") => {
                    let with_fields = self.expand.contains(&"transitions.fields");
                    ("transitions", transition::available(issue, (with_fields, false), view))
                }
                _ => continue,
            };
            extend(&mut shown, json!({ name: value }));
        }
        if !self.properties.is_empty() {
            extend(&mut shown, json!({ "properties": self.properties(issue) }));
        }
        shown
    }

    /// The names of its fields by id: `names` of an answer. \[SPEC\]
    pub(in crate::operation) fn names(&self) -> Value {
        self.of_fields(|field| field.name.as_str().into())
    }

    /// The types of its fields by id: `schema` of an answer. \[SPEC\]
    pub(in crate::operation) fn types(&self) -> Value {
        self.of_fields(Field::schema)
    }

    fn of_fields(&self, show: fn(&Field) -> Value) -> Value {
        self.fields.iter().map(|field| (field.id.clone(), show(field))).collect::<Map<_, _>>().into()
    }

    fn properties(&self, issue: &Issue) -> Map<String, Value> {
        let all = self.properties.contains(&"*all");
        let wanted = issue.properties.iter().filter(|(key, _)| all || self.properties.contains(&key.as_str()));
        wanted.map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}
