//! The arguments of `run`.

use std::{path::PathBuf, str::FromStr};

use clap::Args;

/// `flowrun run`
#[derive(Args, Debug)]
pub(crate) struct Run {
    /// The process definition
    pub(crate) file: PathBuf,
    /// An input's value, read as its declared type; repeat it for each item of an array; `NAME=@FILE` reads a file, `NAME=@-` stdin
    #[arg(short, long = "input", value_name = "NAME=VALUE")]
    pub(crate) input: Vec<GivenInput>,
    /// A YAML or JSON file with a map of inputs; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) inputs: Option<PathBuf>,
    /// A key of your own for the run; no two runs can have the same one
    #[arg(long, value_name = "KEY")]
    pub(crate) id: Option<String>,
    /// Stay while a grant is missing, and go on once it is there: on a terminal that is so without it
    #[arg(long)]
    pub(crate) wait: bool,
}

/// `NAME=VALUE`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GivenInput {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl FromStr for GivenInput {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text.split_once('=') {
            Some((name, text)) if !name.is_empty() => Ok(Self { name: name.to_owned(), text: text.to_owned() }),
            _ => Err("write NAME=VALUE"),
        }
    }
}
