//! Types that several activities take as inputs.

mod check;
mod text;

use std::{borrow::Cow, fmt};

use flowrun_engine::{activity::Failure, diagnostic::Code};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, Visitor},
};
use serde_json::{Value, json};

pub(crate) use check::{Check, too_long};
pub(crate) use text::{cut, day, is_account_id, is_email, is_user};

use crate::adf::RichText;

/// Reads an activity's inputs, which its strict schema has accepted.
pub(crate) fn read<Input: DeserializeOwned>(input: &Value) -> Result<Input, Failure> {
    Input::deserialize(input).map_err(|cause| refused(cause.to_string()))
}

/// How many characters a text of one line has at most, as Jira refuses longer ones: "can't exceed 255 characters".
pub(crate) const LINE: usize = 255;

/// A failure because of the inputs: nothing was sent.
pub(crate) fn refused(message: impl Into<String>) -> Failure {
    Failure::permanent(Code::INPUT_REFUSED, message)
}

/// For an input that may be null: `None` if it is not written, `Some(None)` if it is null.
pub(crate) fn written<'de, Input, D>(deserializer: D) -> Result<Option<Input>, D::Error>
where
    Input: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Input::deserialize(deserializer).map(Some)
}

/// A name, a key or an id. An id may be written as a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(pub(crate) String);

/// The key or the id of an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IssueKey(String);

/// A label: one word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(crate) struct Label(
    #[schemars(length(max = 255), regex(pattern = r"^\S+$"), extend("x-expected" = "a label, which is one word"))]
    String,
);

/// Rich text: Markdown, or an ADF document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text(pub(crate) RichText);

impl Name {
    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it can only be an id: `10042`.
    pub(crate) fn is_id(&self) -> bool {
        is_id(&self.0)
    }
}

impl Label {
    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl IssueKey {
    /// Reads a key such as `OPS-7`, or an id such as `10042`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        (is_id(text) || is_key(text)).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is an id.
    pub(crate) fn is_id(&self) -> bool {
        is_id(&self.0)
    }

    /// As a field refers to an issue: `{"key": …}` or `{"id": …}`.
    pub(crate) fn reference(&self) -> Value {
        let name = if self.is_id() { "id" } else { "key" };
        json!({ name: self.0 })
    }
}

impl fmt::Display for IssueKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "issue `{}`", self.0)
    }
}

pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_key(text: &str) -> bool {
    let Some((project, number)) = text.split_once('-') else { return false };
    project.starts_with(|char: char| char.is_ascii_alphabetic())
        && project.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && is_id(number)
}

/// A text, or a whole number as its digits.
struct TextOrNumber;

impl Visitor<'_> for TextOrNumber {
    type Value = String;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name, a key or an id")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrNumber).map(Self)
    }
}

impl<'de> Deserialize<'de> for IssueKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_any(TextOrNumber)?;
        let refused = || de::Error::custom(format!("`{text}` is neither an issue's key, such as `OPS-7`, nor its id"));
        Self::read(&text).ok_or_else(refused)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RichText::of(Value::deserialize(deserializer)?).map(Self).map_err(de::Error::custom)
    }
}

impl JsonSchema for Name {
    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"], "minLength": 1, "minimum": 1 })
    }
}

impl JsonSchema for IssueKey {
    fn schema_name() -> Cow<'static, str> {
        "IssueKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pattern = "^([A-Za-z][A-Za-z0-9_]*-[0-9]+|[0-9]+)$";
        let expected = "an issue's key, such as `OPS-7`, or its id";
        json_schema!({ "type": ["string", "integer"], "pattern": pattern, "x-expected": expected, "minimum": 1 })
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "object"], "x-text": "markdown" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issues_are_named_by_key_or_id() {
        let read_key = |value: Value| read::<IssueKey>(&value).ok().map(|key| key.0);
        let expected = [
            (json!("OPS-7"), Some("OPS-7")),
            (json!("A1_B-10"), Some("A1_B-10")),
            (json!(" OPS-7"), None),
            (json!("10042"), Some("10042")),
            (json!(10042), Some("10042")),
            (json!("OPS"), None),
            (json!("OPS-"), None),
            (json!("OPS-7/../x"), None),
            (json!("7-7"), None),
            (json!(""), None),
            (json!(-1), None),
            (json!(null), None),
        ];
        for (value, key) in expected {
            assert_eq!(read_key(value.clone()).as_deref(), key, "{value}");
        }
    }
}
