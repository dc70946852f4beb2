//! Commands, a file each. They tie the engine, the Jira activities and the sandbox together; nothing is decided here
//! that the engine could decide.

mod activities;
mod completions;
mod doctor;
mod explain;
mod run;
mod runs;
mod schema;
mod state;
mod threads;
mod typed;
mod validate;

use std::{ffi::OsString, io, sync::Arc};

use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    arguments::{self, Arguments, Color, Command, Global, OutputFormat, Runs},
    environment::Environment,
    error::CommandError,
    exit::Exit,
    jira,
    report::{ErrorDocument, RunDocument},
    screen::{Log, Screen},
    settings::Settings,
    state::leave_out_caught_panics,
};

/// Reads the command line, does what it says, and tells how it ended.
pub(crate) fn main() -> Exit {
    leave_out_caught_panics();
    if is_version(std::env::args_os().skip(1)) {
        return version().unwrap_or(Exit::Internal);
    }
    let arguments = Arguments::read();
    let settings = match Settings::new(&arguments.global) {
        Ok(settings) => settings,
        Err(error) => {
            let Global { output, color, quiet, .. } = arguments.global;
            let screen = Screen::new(output.unwrap_or_default(), color.unwrap_or_default(), quiet);
            return failed(&screen, About::of(&arguments.command), &error.into());
        }
    };
    tell(settings.verbose);
    let screen = Arc::new(Screen::new(settings.output, settings.color, settings.quiet));
    let environment = Environment { settings, screen: screen.clone() };
    let about = About::of(&arguments.command);
    let done = start(&environment, arguments.command);
    done.unwrap_or_else(|error| failed(&screen, about, &error))
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

fn start(environment: &Environment, command: Command) -> Result<Exit, CommandError> {
    if environment.screen.format() == OutputFormat::Jsonl && !has_lines(&command) {
        let help = "`run`, `runs list`, `runs resume`, `runs cancel` and `runs decide` have lines; use `-o json` here";
        return Err(CommandError::Usage("`-o jsonl` does not apply to this command".into(), Some(help.into())));
    }
    carry_out(environment, command)
}

fn carry_out(environment: &Environment, command: Command) -> Result<Exit, CommandError> {
    match command {
        Command::Run(arguments) => wait_for(run::run(environment, &arguments)),
        Command::Validate(arguments) => validate::validate(environment, &arguments),
        Command::Runs(Runs::List(arguments)) => wait_for(runs::list(environment, &arguments)),
        Command::Runs(Runs::Show(arguments)) => wait_for(runs::show(environment, &arguments)),
        Command::Runs(Runs::Resume(arguments)) => wait_for(runs::resume(environment, &arguments)),
        Command::Runs(Runs::Cancel(arguments)) => wait_for(runs::cancel(environment, &arguments)),
        Command::Runs(Runs::Decide(arguments)) => wait_for(runs::decide(environment, &arguments)),
        Command::Token(arguments) => wait_for(jira::token(environment, &arguments)),
        Command::Doctor => wait_for(doctor::doctor(environment)),
        // The store has threads of its own, which are tried with those of the runtime.
        Command::State(arguments::State::Check) => wait_for(async { state::check(environment) }),
        Command::Activities(arguments) => activities::activities(environment, &arguments),
        Command::Schema => schema::schema(environment),
        Command::Explain(arguments) => explain::explain(environment, &arguments),
        Command::Sandbox(arguments) => wait_for(jira::sandbox(environment, &arguments)),
        Command::Completions(arguments) => completions::completions(environment, &arguments),
    }
}

/// Carries out what waits for others, in a runtime that only this needs.
fn wait_for(command: impl Future<Output = Result<Exit, CommandError>>) -> Result<Exit, CommandError> {
    let runtime = threads::runtime().map_err(|error| {
        let help = "see how many processes and how much memory the system allows (`ulimit -a`), then try again";
        CommandError::Machine(format!("no threads can be started: {error}"), help)
    })?;
    runtime.block_on(command)
}

/// What a command's document tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// A run that is to begin.
    NewRun,
    /// A run that there is.
    KnownRun,
    /// Anything else.
    Else,
}

impl About {
    fn of(command: &Command) -> Self {
        match command {
            Command::Run(_) => Self::NewRun,
            Command::Runs(Runs::Show(_) | Runs::Resume(_) | Runs::Cancel(_) | Runs::Decide(_)) => Self::KnownRun,
            _ => Self::Else,
        }
    }

    /// What is as it was where a check refused it.
    fn unchanged(self) -> &'static str {
        match self {
            Self::NewRun => "nothing was changed at Jira\n",
            Self::KnownRun => "the run stays as it was\n",
            Self::Else => "",
        }
    }
}

/// Whether a command gives its result line by line.
fn has_lines(command: &Command) -> bool {
    matches!(
        command,
        Command::Run(_) | Command::Runs(Runs::List(_) | Runs::Resume(_) | Runs::Cancel(_) | Runs::Decide(_))
    )
}

/// Tells of a failure: people on stderr, and programs on stdout.
fn failed(screen: &Screen, about: About, error: &CommandError) -> Exit {
    screen.error(&error.text());
    if matches!(error.exit(), Exit::Invalid | Exit::Authentication | Exit::Grant) {
        screen.note(about.unchanged());
    }
    // The failure that is being told is worth more than one of the telling.
    let _: io::Result<()> = match (screen.format(), about) {
        (OutputFormat::Text, _) | (OutputFormat::Jsonl, About::Else) => Ok(()),
        (_, About::NewRun | About::KnownRun) => screen.document(&RunDocument::without_run(error.diagnostics())),
        (OutputFormat::Json, About::Else) => screen.document(&ErrorDocument::new(error.diagnostics())),
    };
    error.exit()
}

/// What is waited for, when somebody has to do something about it, is told in any case.
const ALWAYS_TOLD: &str = "flowrun_access_token::store";

/// Turns on what `-v` asks for: flowrun's own words only, since libraries may tell more than they should.
fn tell(verbose: u8) {
    let level = match verbose {
        0 => {
            let plain = tracing_subscriber::fmt::layer().without_time().with_level(false);
            let lines = plain.with_writer(|| Log).with_target(false).with_ansi(false);
            let targets = Targets::new().with_target(ALWAYS_TOLD, tracing::Level::INFO);
            return tracing_subscriber::registry().with(lines).with(targets).init();
        }
        1 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    let ours = ["flowrun"];
    let targets = ours.into_iter().fold(Targets::new(), |targets, name| targets.with_target(name, level));
    let lines = tracing_subscriber::fmt::layer().with_writer(|| Log).with_target(false).with_ansi(false);
    tracing_subscriber::registry().with(lines).with(targets).init();
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_version_is_the_one_that_the_command_line_tells() {
        assert_eq!(Arguments::command().render_version(), VERSION);
        let asked = |words: &[&str]| is_version(words.iter().map(OsString::from));
        assert!(asked(&["--version"]) && asked(&["-V"]));
        assert!(!asked(&[]) && !asked(&["run"]) && !asked(&["--version", "run"]) && !asked(&["-V", "-V"]));
    }
}
