//! Seeds: files that describe a world. `file` has what such a file may say, `parse` reads it, `build` makes a world of it
//! and checks that its parts fit.

mod build;
mod file;
pub(crate) mod parse;

use crate::world::{Adjustments, World};

/// The seed of the world that a sandbox has without another one.
const BUILT_IN: &str = include_str!("seed/built-in.yaml");

/// A world to begin with, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Seed {
    text: String,
    world: World,
}

/// Why a text is not a seed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SeedError {
    /// What is wrong, and in which part of the seed.
    pub message: String,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// The column, from 1, where it is known.
    pub column: Option<usize>,
}

impl Seed {
    /// Reads a seed and builds its world.
    ///
    /// # Errors
    /// When the text is no YAML, has an unknown or wrong key, or names what the seed does not have.
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        let world = build::world(parse::seed(text)?)?;
        Ok(Self { text: text.to_owned(), world })
    }

    /// The seed that a sandbox has without another one.
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).expect("a test reads the built-in seed")
    }

    /// The text that it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The world as it is before any effect, with what an administrator changed.
    pub(crate) fn world(&self, adjustments: Adjustments) -> World {
        World { adjustments, ..self.world.clone() }
    }
}

impl SeedError {
    /// A fault of the contents, which has no line.
    pub(crate) fn semantic(message: impl Into<String>) -> Self {
        Self { message: message.into(), line: None, column: None }
    }
}

/// The JSON Schema of seed files.
pub fn seed_schema() -> schemars::Schema {
    let settings = schemars::generate::SchemaSettings::draft07();
    settings.into_generator().into_root_schema_for::<file::SeedFile>()
}

#[cfg(test)]
mod tests;
