//! Why a command could not do it: what the reader sees, and how the program ends.

use std::{error::Error, io, path::Path};

use flowrun_engine::{
    diagnostic::{Code, Diagnostic, causes},
    id::RunId,
    run::{Ahead, CannotGoOn, CannotRetry, EngineError, RunState},
    store::StoreError,
};

use crate::{
    exit::Exit,
    report::{DiagnosticView, OutputTexts, PackWords, Reported, ahead_help, clip, known_effects, plain_error, render},
    run_name::likely_name,
    settings::SettingsError,
};

const WHAT_TO_DECIDE: &str = "`flowrun runs show` names what is to be decided, `NODE[3]` where a node has items; after a \
                              crash `flowrun runs resume` finds it out first";

const DAMAGED: &str = "first copy the state directory to a safe place; then `flowrun state check` tells whether only data that \
                       no longer counts was damaged";

const NO_KEY: &str = "give inputs from which `concurrency.key` makes a string of at most 200 bytes";

const HOW_TO_RESUME: &str = "use the version that it started with; or correct the problems below in the definition's file, and \
                            start a new run of it";

/// A command's failure.
#[derive(Debug)]
#[non_exhaustive]
pub enum CommandError {
    /// Problems that have codes: of a definition, of inputs, of grants, of the store.
    Reported(Vec<Reported>),
    /// The command line asks for what cannot be; with what to do.
    Usage(String, Option<String>),
    /// The machine does not give what is needed; with what to do.
    Machine(String, &'static str),
    /// Anything else.
    Internal(String),
}

impl CommandError {
    /// A failure that has no code, with all its causes.
    pub(crate) fn internal(what: &str, error: &dyn Error) -> Self {
        Self::Internal(format!("{what}: {}", causes(error)))
    }

    /// Why the store in `path` cannot be opened.
    pub(crate) fn of_store(path: &Path, error: &StoreError) -> Self {
        store_problem(path, error).into()
    }

    /// A run that this process cannot drive, because another does.
    pub(crate) fn driven(run: RunId, driver: &str) -> Self {
        let message = format!("run `{run}` is driven by {driver}");
        let help = format!(
            "watch it with `flowrun runs watch {run}`, or end it with `flowrun runs cancel {run}`; to go on with it here, end \
             that process first, as `flowrun runs resume {run} --take-over` does"
        );
        Diagnostic::error(Code::RUN_DRIVEN, None, message).with_help(help).into()
    }

    /// Why a run, which is kept, cannot be driven further.
    pub(crate) fn of_driven(run: RunId, error: EngineError, words: &dyn PackWords) -> Self {
        if let EngineError::Unrecorded { error: error @ StoreError::Gone(_), state } = &error {
            return of_gone(run, error, state, words).into();
        }
        let mut failed = Self::from(error);
        if let Self::Reported(reported) = &mut failed {
            for Reported { diagnostic, .. } in reported.iter_mut().filter(|one| one.diagnostic.code == Code::STATE_IO) {
                diagnostic.help = Some(format!(
                    "the run is kept: make sure that the disk has room, then resume with `flowrun runs resume {run}`; \
                     `flowrun run` would start over"
                ));
            }
        }
        failed
    }

    /// Why a run, which is kept, does not go on yet: what a person does first is not the end of it. `verb` is the command that goes on with it,
    /// `resume` or `retry`.
    pub(crate) fn before(mut self, verb: &str, run: RunId, more: &str) -> Self {
        let is_of_store = self.exit() == Exit::State;
        if let Self::Reported(reported) = &mut self
            && let Some(last) = reported.iter_mut().map(|one| &mut one.diagnostic).rfind(|one| one.is_error())
            && !is_of_store
        {
            let help = last.help.take().map(|help| format!("{help}; then ")).unwrap_or_default();
            last.help = Some(format!("{help}{verb} with `flowrun runs {verb} {run}{more}`"));
        }
        self
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Reported(reported) => render(reported),
            Self::Usage(message, help) => plain_error(message, help.as_deref()),
            Self::Machine(message, help) => plain_error(message, Some(help)),
            Self::Internal(message) => plain_error(message, None),
        }
    }

    /// For documents.
    pub(crate) fn diagnostics(&self) -> Vec<DiagnosticView> {
        match self {
            Self::Reported(reported) => DiagnosticView::all(reported),
            Self::Usage(message, help) => vec![DiagnosticView::without_code(message, help.as_deref())],
            Self::Machine(message, help) => vec![DiagnosticView::without_code(message, Some(help))],
            Self::Internal(message) => vec![DiagnosticView::without_code(message, None)],
        }
    }

    /// How the program ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Reported(reported) => Exit::of(reported.iter().map(|reported| &reported.diagnostic)),
            Self::Usage(..) => Exit::Usage,
            Self::Machine(..) | Self::Internal(_) => Exit::Internal,
        }
    }
}

impl From<Diagnostic> for CommandError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Reported(vec![diagnostic.into()])
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        stored(&error, causes(&error)).into()
    }
}

/// What is wrong with the store in `path`.
pub(crate) fn store_problem(path: &Path, error: &StoreError) -> Diagnostic {
    stored(error, format!("`{}`: {}", path.display(), causes(error)))
}

/// Why a run cannot go on under this version: that it is so, and what it hangs on.
pub(crate) fn cannot_go_on(run: RunId, why: &CannotGoOn) -> Vec<Reported> {
    let message = format!("run `{run}` cannot go on under this version of flowrun");
    let diagnostic = Diagnostic::error(Code::CANNOT_GO_ON, None, message).with_help(HOW_TO_RESUME);
    let causes = Reported::all(&why.source, why.diagnostics.iter().cloned());
    [diagnostic.into()].into_iter().chain(causes).collect()
}

/// Why a run cannot be retried so, and what can be done.
fn cannot_retry(run: RunId, why: &CannotRetry) -> Diagnostic {
    let message = format!("run `{run}` cannot be retried: {why}");
    let help = match why {
        CannotRetry::DoneOtherwise { failure, .. } => {
            return Diagnostic::error(failure.code, None, message).with_help_if_any(failure.help.clone());
        }
        CannotRetry::GoesOn(_) => format!("resume it with `flowrun runs resume {run}`"),
        CannotRetry::Completed => "`flowrun runs show` shows what it did".to_owned(),
        CannotRetry::NoSuchNode(_) => "`flowrun runs show` names its nodes".to_owned(),
        CannotRetry::Done(_) => {
            "what is done stays done; name a node that failed, was cancelled or was skipped".to_owned()
        }
        CannotRetry::NoAdmissionKey(_) => NO_KEY.to_owned(),
        CannotRetry::OnlyOutputs => {
            "give other inputs with `-i NAME=VALUE`, or a corrected file with `--definition current`".to_owned()
        }
        CannotRetry::Contradicted { .. } => "`flowrun runs show` shows what is done".to_owned(),
    };
    Diagnostic::error(Code::CANNOT_RETRY, None, message).with_help(help)
}

/// A run with the key goes on: which, and what can be done.
fn not_admitted(process: &str, key: &str, ahead: Option<&Ahead>) -> Diagnostic {
    let Some(ahead) = ahead else {
        let message = format!("a run of {process} with key `{}` went on", clip(key, 80));
        return Diagnostic::error(Code::NOT_ADMITTED, None, message).with_help("it has ended meanwhile: try again");
    };
    let name = likely_name(&ahead.first);
    let others = if ahead.others == 0 { String::new() } else { format!(", and {} more", ahead.others) };
    let message = format!("a run of {process} with key `{}` goes on already: {name}{others}", clip(key, 80));
    let help = ahead_help(ahead, &name).unwrap_or_else(|| {
        format!("wait for its end with `flowrun runs watch {name}`, or end it with `flowrun runs cancel {name}`")
    });
    Diagnostic::error(Code::NOT_ADMITTED, None, message).with_help(format!("nothing was started; {help}"))
}

/// A store that vanished under a run: what the run did is told here, since nobody else may know of it.
fn of_gone(run: RunId, error: &StoreError, state: &RunState, words: &dyn PackWords) -> Diagnostic {
    let outputs = OutputTexts::new(state.definition(), words.catalogue());
    let effects = match known_effects(state, &outputs) {
        Some(effects) => format!("what is known of the run's effects: {effects}"),
        None => "the run had no effects".to_owned(),
    };
    let help = format!(
        "keep this message: what it names may not be recorded anywhere else. If the store was moved, move it back, and \
         resume with `flowrun runs resume {run}`"
    );
    Diagnostic::error(Code::STATE_GONE, None, format!("{}; {effects}", causes(error))).with_help(help)
}

/// A store's failure, by what can be done about it.
fn stored(error: &StoreError, message: String) -> Diagnostic {
    let (code, help) = match error {
        StoreError::Locked { .. } => {
            (Code::STATE_LOCKED, "wait until it ends, or give another directory with --state-dir")
        }
        StoreError::NoAnswer { .. } => (
            Code::STATE_LOCKED,
            "if that process is stopped, let it go on (`fg`, or `kill -CONT` with its number), or end it; nothing is lost",
        ),
        StoreError::OtherProtocol { .. } => {
            (Code::STATE_NEWER, "use one version of flowrun, or wait until that process ends; nothing was changed")
        }
        StoreError::Unsuitable(_) => (Code::STATE_UNSUITABLE, "give a directory of a local disk with --state-dir"),
        StoreError::Newer { .. } | StoreError::NewerRecord(_) => {
            (Code::STATE_NEWER, "use a version of flowrun that reads it; nothing was changed")
        }
        StoreError::Older { .. } => {
            (Code::STATE_NEWER, "use the version of flowrun that wrote it, or another --state-dir; nothing was changed")
        }
        StoreError::Damaged(_) | StoreError::Sequence { .. } => (Code::STATE_DAMAGED, DAMAGED),
        StoreError::Gone(_) => (Code::STATE_GONE, "`flowrun explain FR0807` says what to do"),
        StoreError::Io { .. } => (
            Code::STATE_IO,
            "make sure that the disk has room, that the directory can be written and that memory is free, then try again",
        ),
        StoreError::Claimed { .. } | StoreError::Superseded { .. } => {
            (Code::RUN_DRIVEN, "wait until whoever drives the run lets it go")
        }
        StoreError::Full { .. } => (
            Code::STATE_IO,
            "make room there: `flowrun runs prune` and `flowrun state compact` give back what old runs take; or allow less with --min-free",
        ),
        StoreError::NotAdmitted { .. } => (Code::NOT_ADMITTED, "`flowrun explain FR0813` says what to do"),
        StoreError::NotEnded(_) => {
            (Code::STATE_LOCKED, "wait until it has ended, or cancel it with `flowrun runs cancel`")
        }
        StoreError::NotOpen(_) => (Code::NO_SUCH_RUN, "`flowrun runs list` shows the runs that there are"),
        StoreError::KeyTaken(_) => (Code::RUN_KEY_TAKEN, "look at it with `flowrun runs show`, or use another key"),
    };
    Diagnostic::error(code, None, message).with_help(help)
}

impl From<EngineError> for CommandError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Store(error) | EngineError::Unrecorded { error, .. } => error.into(),
            EngineError::NoSuchRun(_) => Diagnostic::error(Code::NO_SUCH_RUN, None, error.to_string()).into(),
            EngineError::CannotGoOn { run, why } => Self::Reported(cannot_go_on(run, &why)),
            EngineError::CannotRetry { run, why } => match *why {
                CannotRetry::Contradicted { text, problems } => Self::Reported(Reported::all(&text, problems)),
                other => cannot_retry(run, &other).into(),
            },
            EngineError::Ended(_) => Self::Usage(error.to_string(), None),
            EngineError::NothingAsked(_) | EngineError::NoAnswer { .. } => Self::Usage(error.to_string(), None),
            EngineError::NothingToDecide(_) => Self::Usage(error.to_string(), Some(WHAT_TO_DECIDE.to_owned())),
            EngineError::NotSeen { ref failure, .. } => {
                let help =
                    failure.help.clone().unwrap_or_else(|| "look at it again, and say what is true of it".to_owned());
                Self::Usage(error.to_string(), Some(format!("{help}; the run is unchanged")))
            }
            EngineError::NotAdmitted { process, key, ahead } => not_admitted(&process, &key, ahead.as_deref()).into(),
            EngineError::NoAdmissionKey { .. } => {
                Diagnostic::error(Code::INPUT_VALUE, None, error.to_string()).with_help(NO_KEY).into()
            }
            EngineError::AlreadyDriven(run) => Self::driven(run, "another process"),
        }
    }
}

impl From<SettingsError> for CommandError {
    fn from(error: SettingsError) -> Self {
        Self::Usage(causes(&error), None)
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<serde_json::Error> for CommandError {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.to_string())
    }
}
