//! Reads the YAML of seeds and of other files that a sandbox is given. The only module that knows serde_yaml.

use serde::de::DeserializeOwned;

use super::{BUILT_IN, SeedError, file::SeedFile};

/// Reads a seed; a section that it leaves out is the built-in one's.
pub(super) fn seed(text: &str) -> Result<SeedFile, SeedError> {
    Ok(yaml::<SeedFile>(text)?.or(yaml(BUILT_IN)?))
}

/// Reads a file in YAML; an empty one is an empty map.
pub(crate) fn yaml<T: DeserializeOwned>(text: &str) -> Result<T, SeedError> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    serde_yaml::from_str(text).map_err(|error| {
        let place = error.location();
        SeedError {
            // The place is told beside it.
            message: error.to_string().split(" at line ").next().unwrap_or_default().to_owned(),
            line: place.as_ref().map(serde_yaml::Location::line),
            column: place.as_ref().map(serde_yaml::Location::column),
        }
    })
}
