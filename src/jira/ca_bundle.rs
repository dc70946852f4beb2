//! The certificates that a person names to be trusted too.

use std::path::Path;

use crate::{error::CommandError, reading};

/// Every certificate that a machine trusts takes a quarter of a mebibyte, in PEM.
const LONGEST_BUNDLE: u64 = 8 * 1024 * 1024;

/// The certificates of a PEM file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    reading::all(path, LONGEST_BUNDLE).map_err(|error| {
        let message = format!("the CA bundle `{}` cannot be read: {error}", path.display());
        CommandError::Usage(message, Some("name one that can be with `--ca-bundle FILE`".to_owned()))
    })
}
