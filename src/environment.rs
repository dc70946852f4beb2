//! What every command is given: the settings of this call, and the streams that it writes to.

use std::sync::Arc;

use crate::{screen::Screen, settings::Settings};

/// The settings and the streams of one call.
#[derive(Clone, Debug)]
pub struct Environment {
    /// What holds for this call.
    pub(crate) settings: Settings,
    /// Where results and messages go.
    pub(crate) screen: Arc<Screen>,
}
