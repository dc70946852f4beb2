//! How a working type that serde knows nothing of is written and read by the form that mirrors it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A working type with a form here.
pub(super) trait Mirrored: Sized {
    /// Writes it in its form.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads it from its form.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

impl<T: Mirrored> Mirrored for Box<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        T::write(self, serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self::new)
    }
}

/// Says that a working type is mirrored by a form: a type with `serde(remote)`.
macro_rules! mirror {
    ($working:ty, $form:ident) => {
        impl $crate::journal::v1::mirror::Mirrored for $working {
            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $form::serialize(self, serializer)
            }

            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $form::deserialize(deserializer)
            }
        }
    };
}
pub(super) use mirror;

/// A value that is written in its form.
pub(super) struct Shown<'a, T>(pub(super) &'a T);

/// A value that was read from its form.
pub(super) struct ReadBack<T>(pub(super) T);

impl<T: Mirrored> Serialize for Shown<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

impl<'de, T: Mirrored> Deserialize<'de> for ReadBack<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

/// `serde(with)` for a field whose type is mirrored.
pub(super) mod required {
    use serde::{Deserializer, Serializer};

    use super::Mirrored;

    pub(in super::super) fn serialize<T: Mirrored, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        value.write(serializer)
    }

    pub(in super::super) fn deserialize<'de, T: Mirrored, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        T::read(deserializer)
    }
}

/// `serde(with)` for a field that may be missing.
pub(super) mod optional {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Mirrored, ReadBack, Shown};

    pub(in super::super) fn serialize<T: Mirrored, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Shown).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, T: Mirrored, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        Ok(Option::<ReadBack<T>>::deserialize(deserializer)?.map(|kept| kept.0))
    }
}

/// `serde(with)` for a type that is written as the text that it is read from.
pub(super) mod text {
    use std::{fmt::Display, str::FromStr};

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(in super::super) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(in super::super) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
