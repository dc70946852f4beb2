//! The arguments of `runs`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use flowrun_engine::{definition::parse_duration, journal::Decision};

use super::{
    history::{Export, List, Prune, Watch, Why},
    run::GivenInput,
};

/// `flowrun runs`
#[derive(Debug, Subcommand)]
pub(crate) enum Runs {
    /// List runs, newest first
    List(List),
    /// Show a run: each node's status, attempts, input, output and error
    Show(Show),
    /// Say why a run failed, or for what it waits, and what to do
    Why(Why),
    /// Follow a run until it ends
    Watch(Watch),
    /// Write runs, whole, as JSON lines
    Export(Export),
    /// Remove runs that have ended
    Prune(Prune),
    /// Resume a run that no process drives
    Resume(Resume),
    /// Go on with a run that failed or was cancelled: with what was not done
    Retry(Retry),
    /// Pause a run: nothing new starts until it is resumed
    Pause(Pause),
    /// Cancel a run: nothing new starts except `finally`
    Cancel(Cancel),
    /// Say whether an effect happened that flowrun cannot know of, and resume
    Decide(Decide),
}

/// `flowrun runs show`
#[derive(Args, Debug)]
pub(crate) struct Show {
    /// Its id, the beginning of its id, its key, or `last`
    pub(crate) run: String,
    /// Show the journal too
    #[arg(long, visible_alias = "events")]
    pub(crate) entries: bool,
}

/// `flowrun runs resume`
#[derive(Args, Debug)]
pub(crate) struct Resume {
    /// Its id, the beginning of its id, its key, or `last`
    pub(crate) run: String,
    /// Stay while a grant is missing, and go on once it is there: on a terminal that is so without it
    #[arg(long)]
    pub(crate) wait: bool,
    /// First end the process that drives it: it is asked to, and killed if it has not after this time [60s where none is given]
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true, default_missing_value = "60s", value_parser = parse_duration)]
    pub(crate) take_over: Option<Duration>,
}

/// `flowrun runs pause`
#[derive(Args, Debug)]
pub(crate) struct Pause {
    /// Its id, the beginning of its id, its key, or `last`
    pub(crate) run: String,
}

/// `flowrun runs cancel`
#[derive(Args, Debug)]
pub(crate) struct Cancel {
    #[command(flatten)]
    pub(crate) resume: Resume,
    /// How long attempts that run have to finish (`10s`, `0s`): they are dropped then, and what they may have sent is looked for. Without
    /// it each has its own timeout
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) grace: Option<Duration>,
}

/// `flowrun runs retry`
#[derive(Args, Debug)]
pub(crate) struct Retry {
    /// Its id, the beginning of its id, its key, or `last`
    pub(crate) run: String,
    /// Only this node; repeat it for several
    #[arg(long = "node", value_name = "NODE")]
    pub(crate) nodes: Vec<String>,
    /// With the named nodes, what was not done and waits for them
    #[arg(long, requires = "nodes")]
    pub(crate) downstream: bool,
    /// Another value of an input, for what goes again; read as with `run`
    #[arg(short, long = "input", value_name = "NAME=VALUE")]
    pub(crate) input: Vec<GivenInput>,
    /// A YAML or JSON file with a map of such inputs; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) inputs: Option<PathBuf>,
    /// Go on with a corrected definition: `current`, the file of the run as it is now, or another one
    #[arg(long, value_name = "current|FILE")]
    pub(crate) definition: Option<PathBuf>,
    /// Stay while a grant is missing, and go on once it is there: on a terminal that is so without it
    #[arg(long)]
    pub(crate) wait: bool,
}

/// `flowrun runs decide`
#[derive(Args, Debug)]
pub(crate) struct Decide {
    /// Its id, the beginning of its id, its key, or `last`
    pub(crate) run: String,
    /// The node, or `NODE[3]` for an item of it
    pub(crate) node: String,
    #[command(flatten)]
    pub(crate) decision: DecisionArguments,
}

/// What a person says of the effect.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct DecisionArguments {
    /// It happened, to the thing with this key or id: `runs show` says which is wanted
    #[arg(long, value_name = "NAME")]
    happened: Option<String>,
    /// It did not happen: send it again
    #[arg(long)]
    did_not: bool,
    /// Give the step up: it fails
    #[arg(long)]
    abort: bool,
}

impl DecisionArguments {
    /// The decision; clap saw to it that there is exactly one.
    pub(crate) fn decision(&self) -> Decision {
        match &self.happened {
            Some(key) => Decision::Happened { key: key.clone() },
            None if self.did_not => Decision::DidNotHappen,
            None => Decision::Abort,
        }
    }
}
