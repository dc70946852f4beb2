//! Values, as serde_yaml and serde_json read them.
//!
//! YAML is read leniently where the first pass has reported already: of a key that is written twice the first counts, a key that is
//! no text is left out, a tag is passed over. So the rest of the file is still checked. Of JSON there is no first pass.

use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde_json::{Map, Number, Value};

/// Reads the first document of `text`.
///
/// # Errors
/// What serde_yaml refuses.
pub(super) fn first_document(text: &str) -> Result<Value, serde_yaml::Error> {
    let Some(document) = serde_yaml::Deserializer::from_str(text).next() else { return Ok(Value::Null) };
    Values::FirstCounts.deserialize(document)
}

/// Reads a text as JSON, as strictly as YAML: a key that is written twice is refused.
///
/// # Errors
/// The first thing that is wrong with it.
pub(super) fn json(text: &str) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Values::KeysOnce.deserialize(&mut deserializer)?;
    deserializer.end().map(|()| value)
}

/// Any value, and what becomes of keys that are written twice.
#[derive(Clone, Copy)]
enum Values {
    /// The first counts, as has been reported.
    FirstCounts,
    /// They are refused.
    KeysOnce,
}

impl<'de> DeserializeSeed<'de> for Values {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(float(value as f64))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(float(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            read.push(item);
        }
        Ok(read.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(key) = entries.next_key_seed(self)? {
            match (self, key) {
                (Self::KeysOnce, Value::String(key)) if read.contains_key(&key) => {
                    return Err(de::Error::custom(format!("the key `{key}` is written twice")));
                }
                (Self::FirstCounts, Value::String(key)) if key == MERGE || read.contains_key(&key) => {
                    let IgnoredAny = entries.next_value()?;
                }
                (_, Value::String(key)) => {
                    let value = entries.next_value_seed(self)?;
                    read.insert(key, value);
                }
                _ => {
                    let IgnoredAny = entries.next_value()?;
                }
            }
        }
        Ok(read.into())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Value, A::Error> {
        let (_, content) = tagged.variant::<Tag>()?;
        content.newtype_variant_seed(self)
    }
}

const MERGE: &str = "<<";

/// A tag, passed over.
struct Tag;

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(IgnoredAny).map(|_| Self)
    }
}

/// A number that is not finite has been reported.
fn float(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}
