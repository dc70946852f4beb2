//! The arguments of `activities`, `explain` and `completions`.

use clap::Args;
use clap_complete::Shell;

/// `flowrun activities`
#[derive(Args, Debug)]
pub(crate) struct Activities {
    /// Only this one, with its inputs and outputs
    pub(crate) name: Option<String>,
}

/// `flowrun explain`
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The code, such as FR0501; all codes without it
    pub(crate) code: Option<String>,
}

/// `flowrun completions`
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}
