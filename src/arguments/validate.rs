//! The arguments of `validate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `flowrun validate`
#[derive(Args, Debug)]
pub(crate) struct Validate {
    /// Files, and directories with `.yaml` and `.yml` files
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// How problems are written, instead of --output; `github` writes annotations for GitHub Actions
    #[arg(long)]
    pub(crate) format: Option<ValidateFormat>,
}

/// How problems are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ValidateFormat {
    Text,
    Json,
    Github,
}
