//! Commands, a file each. They tie the engine and a pack together; nothing is decided here that the engine could decide.

mod activities;
mod command_line;
mod completions;
mod doctor;
mod explain;
mod run;
mod runs;
mod schema;
mod state;
mod threads;
mod validate;

use std::{ffi::OsString, io, sync::Arc};

use clap::ArgMatches;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use self::command_line::{CommandLine, TypedCommand};
use crate::{
    arguments::{Color, Command, Global, OutputFormat, Runs, State},
    environment::Environment,
    error::CommandError,
    exit::Exit,
    pack::Pack,
    report::{ErrorDocument, RunDocument},
    screen::{Log, Screen},
    settings::Settings,
    state::leave_out_caught_panics,
};

/// Reads the command line, does what it says with the activities of `pack`, and tells how it ended.
pub(crate) fn main(pack: &'static dyn Pack) -> Exit {
    leave_out_caught_panics();
    if is_version(std::env::args_os().skip(1)) {
        return version().unwrap_or(Exit::Internal);
    }
    let line = CommandLine::read(pack);
    let about = DocumentKind::of(&line.command);
    let settings = match Settings::new(&line.global) {
        Ok(settings) => settings,
        Err(error) => {
            let Global { output, color, quiet, .. } = line.global;
            let screen = Screen::new(output.unwrap_or_default(), color.unwrap_or_default(), quiet);
            return failed(&screen, (about, pack.service()), &error.into());
        }
    };
    start_log(settings.verbose, pack);
    let screen = Arc::new(Screen::new(settings.output, settings.color, settings.quiet));
    let environment = Environment { settings, screen: screen.clone() };
    let done = start(&environment, pack, &line);
    done.unwrap_or_else(|error| failed(&screen, (about, pack.service()), &error))
}

/// Whether the version is all that is asked for. Scripts do so often, and it needs no command line as large as ours is.
fn is_version(mut arguments: impl Iterator<Item = OsString>) -> bool {
    let asks = |argument: OsString| argument == "--version" || argument == "-V";
    arguments.next().is_some_and(asks) && arguments.next().is_none()
}

fn version() -> io::Result<Exit> {
    Screen::new(OutputFormat::Text, Color::Never, false).data(VERSION)?;
    Ok(Exit::Success)
}

const VERSION: &str = concat!("flowrun ", env!("CARGO_PKG_VERSION"), "\n");

fn start(environment: &Environment, pack: &'static dyn Pack, line: &CommandLine) -> Result<Exit, CommandError> {
    if environment.screen.format() == OutputFormat::Jsonl && !has_lines(&line.command) {
        let help = "`run`, `runs list`, `runs watch`, `runs export`, `runs resume`, `runs retry`, `runs pause`, `runs cancel` and `runs decide` write JSON lines; \
             use `-o json` here";
        return Err(CommandError::Usage("`-o jsonl` does not apply to this command".into(), Some(help.into())));
    }
    match &line.command {
        TypedCommand::Own(command) => carry_out(environment, pack, (command, line.innermost())),
        TypedCommand::OfPack => wait_for(pack.carry_out(environment, &line.matches)),
    }
}

fn carry_out(
    environment: &Environment,
    pack: &'static dyn Pack,
    (command, typed): (&Command, &ArgMatches),
) -> Result<Exit, CommandError> {
    match command {
        Command::Run(arguments) => wait_for(run::run(environment, pack, (arguments, typed))),
        Command::Validate(arguments) => validate::validate(environment, pack, arguments),
        Command::Runs(Runs::List(arguments)) => wait_for(runs::list(environment, pack, arguments)),
        Command::Runs(Runs::Why(arguments)) => wait_for(runs::why(environment, pack, arguments)),
        Command::Runs(Runs::Watch(arguments)) => wait_for(runs::watch(environment, pack, arguments)),
        Command::Runs(Runs::Export(arguments)) => wait_for(runs::export(environment, arguments)),
        Command::Runs(Runs::Prune(arguments)) => wait_for(runs::prune(environment, arguments)),
        Command::Runs(Runs::Show(arguments)) => wait_for(runs::show(environment, pack, arguments)),
        Command::Runs(Runs::Resume(arguments)) => wait_for(runs::resume(environment, pack, (arguments, typed))),
        Command::Runs(Runs::Retry(arguments)) => wait_for(runs::retry(environment, pack, (arguments, typed))),
        Command::Runs(Runs::Pause(arguments)) => wait_for(runs::pause(environment, pack, arguments)),
        Command::Runs(Runs::Cancel(arguments)) => wait_for(runs::cancel(environment, pack, (arguments, typed))),
        Command::Runs(Runs::Decide(arguments)) => wait_for(runs::decide(environment, pack, (arguments, typed))),
        Command::Doctor => wait_for(doctor::doctor(environment, pack)),
        // The store has threads of its own, which are tried with those of the runtime.
        Command::State(State::Check(arguments)) => wait_for(state::check(environment, pack, arguments)),
        Command::State(State::Backup(arguments)) => wait_for(state::backup(environment, arguments)),
        Command::State(State::Restore(arguments)) => wait_for(state::restore(environment, arguments)),
        Command::State(State::Compact) => wait_for(state::compact(environment)),
        Command::Activities(arguments) => activities::activities(environment, pack, arguments),
        Command::Schema => schema::schema(environment, pack),
        Command::Explain(arguments) => explain::explain(environment, arguments),
        Command::Completions(arguments) => completions::completions(environment, pack, arguments),
    }
}

/// Carries out what waits for others, in a runtime that only this needs.
fn wait_for(command: impl Future<Output = Result<Exit, CommandError>>) -> Result<Exit, CommandError> {
    let runtime = threads::runtime().map_err(|error| {
        let help = "check how many processes and how much memory the system allows (`ulimit -a`), then try again";
        CommandError::Machine(format!("no threads can be started: {error}"), help)
    })?;
    runtime.block_on(command)
}

/// What a command's document tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DocumentKind {
    /// A run that is to begin.
    NewRun,
    /// A run that there is.
    KnownRun,
    /// Anything else.
    Else,
}

impl DocumentKind {
    fn of(command: &TypedCommand) -> Self {
        let TypedCommand::Own(command) = command else { return Self::Else };
        match &**command {
            Command::Run(_) => Self::NewRun,
            Command::Runs(
                Runs::Show(_)
                | Runs::Watch(_)
                | Runs::Resume(_)
                | Runs::Retry(_)
                | Runs::Pause(_)
                | Runs::Cancel(_)
                | Runs::Decide(_),
            ) => Self::KnownRun,
            _ => Self::Else,
        }
    }

    /// What is as it was where a check refused it.
    fn unchanged(self, service: &str) -> String {
        match self {
            Self::NewRun => format!("nothing was changed at {service}\n"),
            Self::KnownRun => "the run is unchanged\n".to_owned(),
            Self::Else => String::new(),
        }
    }
}

/// Whether a command gives its result line by line.
fn has_lines(command: &TypedCommand) -> bool {
    let TypedCommand::Own(command) = command else { return false };
    matches!(
        **command,
        Command::Run(_)
            | Command::Runs(
                Runs::List(_)
                    | Runs::Watch(_)
                    | Runs::Export(_)
                    | Runs::Resume(_)
                    | Runs::Retry(_)
                    | Runs::Pause(_)
                    | Runs::Cancel(_)
                    | Runs::Decide(_)
            )
    )
}

/// Tells of a failure: people on stderr, and programs on stdout.
fn failed(screen: &Screen, (about, service): (DocumentKind, &str), error: &CommandError) -> Exit {
    screen.error(&error.text());
    if matches!(error.exit(), Exit::Invalid | Exit::Authentication | Exit::Grant) {
        screen.note(&about.unchanged(service));
    }
    // The failure that is being told is worth more than one of the telling.
    let _: io::Result<()> = match (screen.format(), about) {
        (OutputFormat::Text, _) | (OutputFormat::Jsonl, DocumentKind::Else) => Ok(()),
        (_, DocumentKind::NewRun | DocumentKind::KnownRun) => {
            screen.document(&RunDocument::without_run(error.diagnostics()))
        }
        (OutputFormat::Json, DocumentKind::Else) => screen.document(&ErrorDocument::new(error.diagnostics())),
    };
    error.exit()
}

/// Turns on what `-v` asks for: flowrun's own words and the pack's only, since libraries may tell more than they should.
fn start_log(verbose: u8, pack: &dyn Pack) {
    let level = match verbose {
        0 => {
            let plain = tracing_subscriber::fmt::layer().without_time().with_level(false);
            let lines = plain.with_writer(|| Log).with_target(false).with_ansi(false);
            let targets = with_targets(pack.notice_targets().iter(), tracing::Level::INFO);
            return tracing_subscriber::registry().with(lines).with(targets).init();
        }
        1 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    // By their beginnings: those of flowrun's packages begin with its name.
    let targets = with_targets([OWN_TARGETS].iter().chain(pack.log_targets()), level);
    let lines = tracing_subscriber::fmt::layer().with_writer(|| Log).with_target(false).with_ansi(false);
    tracing_subscriber::registry().with(lines).with(targets).init();
}

const OWN_TARGETS: &str = "flowrun";

fn with_targets<'a>(targets: impl Iterator<Item = &'a &'a str>, level: tracing::Level) -> Targets {
    targets.fold(Targets::new(), |all, target| all.with_target(*target, level))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Jira;

    #[test]
    fn the_version_is_the_one_that_the_command_line_tells() {
        assert_eq!(command_line::command(&Jira).render_version(), VERSION);
        let asked = |words: &[&str]| is_version(words.iter().map(OsString::from));
        assert!(asked(&["--version"]) && asked(&["-V"]));
        assert!(!asked(&[]) && !asked(&["run"]) && !asked(&["--version", "run"]) && !asked(&["-V", "-V"]));
    }
}
