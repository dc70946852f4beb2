//! A field as create metadata describes it.

use serde::Deserialize;
use serde_json::Value;

use super::Named;

/// A field of a create screen.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Field {
    /// `summary`, `customfield_10042`
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
    pub(crate) schema: Kind,
    /// The values that it may have, where they are few.
    #[serde(default)]
    pub(crate) allowed_values: Option<Vec<Value>>,
}

/// The type of a field.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Kind {
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
        let system = self.schema.system.as_deref();
        let custom = self.schema.custom.as_deref().unwrap_or_default();
        matches!(system, Some("description" | "environment")) || custom.ends_with(":textarea")
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

/// An allowed value: options have a `value`, everything else a `name`.
pub(crate) fn allowed(value: &Value) -> Option<Named> {
    let name = value["name"].as_str().or_else(|| value["value"].as_str())?;
    Some(Named { id: value["id"].as_str()?.to_owned(), name: name.to_owned() })
}
