//! A field as the metadata of a screen describes it: of a create screen, an edit screen or a transition's screen.

use serde::Deserialize;
use serde_json::Value;

use super::Named;

/// A field of a screen.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Field {
    /// `summary`, `customfield_10042`. Edit and transition metadata give it as the name of the object.
    #[serde(default)]
    pub(crate) field_id: String,
    /// The name, as Jira shows it.
    pub(crate) name: String,
    /// Whether an issue must have it.
    #[serde(default)]
    pub(crate) required: bool,
    /// Whether Jira fills it in.
    #[serde(default)]
    pub(crate) has_default_value: bool,
    /// Its type.
    #[serde(default)]
    pub(crate) schema: FieldType,
    /// What a request may do with it: `set`, `add`, `remove`, `edit`, `copy`.
    #[serde(default)]
    pub(crate) operations: Option<Vec<String>>,
    /// The values that it may have, where they are few.
    #[serde(default)]
    pub(crate) allowed_values: Option<Vec<Value>>,
}

/// The type of a field.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct FieldType {
    /// `string`, `option`, `array`, …
    #[serde(default, rename = "type")]
    pub(crate) name: String,
    /// The type of an array's items.
    #[serde(default)]
    pub(crate) items: Option<String>,
    /// The name of one of Jira's own fields.
    #[serde(default)]
    pub(crate) system: Option<String>,
    /// Which kind of custom field.
    #[serde(default)]
    pub(crate) custom: Option<String>,
}

impl Field {
    /// Whether its text is a document.
    pub(crate) fn is_rich_text(&self) -> bool {
        matches!(self.schema.system.as_deref(), Some("description" | "environment")) || self.is_custom("textarea")
    }

    /// Whether it holds a user, or several.
    pub(crate) fn is_user(&self) -> bool {
        [Some(self.schema.name.as_str()), self.schema.items.as_deref()].contains(&Some("user"))
    }

    /// Whether it holds labels.
    pub(crate) fn is_labels(&self) -> bool {
        self.schema.system.as_deref() == Some("labels") || self.is_custom("labels")
    }

    /// Whether it is the custom field of one of Jira's kinds: `textarea`, `url`, …
    pub(crate) fn is_custom(&self, kind: &str) -> bool {
        let custom = self.schema.custom.as_deref();
        custom.and_then(|custom| custom.rsplit_once(':')).is_some_and(|(_, name)| name == kind)
    }

    /// Whether a request may do this with it. Metadata that lists no operations says nothing against any.
    pub(crate) fn takes(&self, operation: &str) -> bool {
        self.operations.as_ref().is_none_or(|operations| operations.iter().any(|one| one == operation))
    }

    /// Its id and name.
    pub(crate) fn named(&self) -> Named {
        Named { id: self.field_id.clone(), name: self.name.clone() }
    }

    /// The values that it may have, by the name that Jira shows.
    pub(crate) fn allowed(&self) -> Vec<Named> {
        self.allowed_values.iter().flatten().filter_map(allowed).collect()
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "field `{}`", self.name)
    }
}

/// An allowed value: options have a `value`, everything else a `name`.
pub(crate) fn allowed(value: &Value) -> Option<Named> {
    let name = value["name"].as_str().or_else(|| value["value"].as_str())?;
    Some(Named { id: value["id"].as_str()?.to_owned(), name: name.to_owned() })
}
