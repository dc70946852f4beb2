//! The command line as a whole: the commands of [`Arguments`], with the arguments and commands that a pack adds.
//!
//! What clap says of one that it cannot read repeats what was typed, or what the environment gives: scripts put texts of others there.

use std::{env, ffi::OsString};

use clap::{ArgMatches, Command, CommandFactory, FromArgMatches, error::Error};

use crate::{
    arguments::{Arguments, Color, Global, OutputFormat},
    pack::Pack,
    screen::{Screen, on_one_line},
};

/// The commands that go on with a run.
const RESUMING: [&str; 4] = ["resume", "retry", "cancel", "decide"];

/// What was typed.
pub(super) struct CommandLine {
    pub(super) global: Global,
    pub(super) command: TypedCommand,
    /// All of it, as a pack reads it.
    pub(super) matches: ArgMatches,
}

/// The command that was typed.
pub(super) enum TypedCommand {
    /// One that there is with every pack.
    Own(Box<crate::arguments::Command>),
    /// One of the pack's.
    OfPack,
}

impl CommandLine {
    /// What was typed. Help is printed here, and what is wrong; then the program ends.
    pub(super) fn read(pack: &dyn Pack) -> Self {
        let typed: Vec<OsString> = env::args_os().collect();
        Self::parse(pack, &typed).unwrap_or_else(|error| end(&error, &obeyed(typed)))
    }

    fn parse(pack: &dyn Pack, typed: &[OsString]) -> Result<Self, Error> {
        let mut whole = command(pack);
        let matches = whole.try_get_matches_from_mut(typed)?;
        let name = matches.subcommand_name().unwrap_or_default();
        if pack.commands().iter().any(|command| command.get_name() == name) {
            let global = Global::from_arg_matches(&matches)?;
            return Ok(Self { global, command: TypedCommand::OfPack, matches });
        }
        let Arguments { global, command } = Arguments::from_arg_matches(&matches)?;
        Ok(Self { global, command: TypedCommand::Own(Box::new(command)), matches })
    }

    /// What was typed for the innermost command, such as `resume` of `runs resume`.
    pub(super) fn innermost(&self) -> &ArgMatches {
        let mut innermost = &self.matches;
        while let Some((_, inner)) = innermost.subcommand() {
            innermost = inner;
        }
        innermost
    }
}

/// All commands, those of the pack among them.
pub(super) fn command(pack: &dyn Pack) -> Command {
    let own = Arguments::command().about(pack.about());
    let own = own.mut_subcommand("run", |run| with_arguments(run, |run| pack.run_arguments(run)));
    let resuming = |runs: Command| {
        let with_own = |command| with_arguments(command, |command| pack.resume_arguments(command));
        RESUMING.into_iter().fold(runs, |runs, name| runs.mut_subcommand(name, with_own))
    };
    own.mut_subcommand("runs", resuming).subcommands(pack.commands())
}

/// A command with more arguments. What clap derives of their type would say what the command is for.
fn with_arguments(command: Command, add: impl FnOnce(Command) -> Command) -> Command {
    let about = command.get_about().cloned().unwrap_or_default();
    add(command).about(about).long_about(None)
}

fn end(error: &Error, obeyed: &[String]) -> ! {
    if obeyed.is_empty() {
        error.exit();
    }
    let screen = Screen::new(OutputFormat::Text, Color::Auto, false);
    let told = visible(error.render().to_string(), obeyed);
    if error.use_stderr() {
        screen.error(&told);
    } else {
        // The program ends as it would have ended anyway.
        let _ = screen.data(&told);
    }
    std::process::exit(error.exit_code())
}

/// The texts from outside that a terminal would obey, as clap may repeat them: an argument, or what stands behind its `=`.
fn obeyed(typed: Vec<OsString>) -> Vec<String> {
    let given =
        env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("FLOWRUN_")).map(|(_, value)| value);
    let texts = typed.into_iter().chain(given).map(|text| text.to_string_lossy().into_owned());
    let parts = texts.flat_map(|text| {
        let value = text.split_once('=').map(|(_, value)| value.to_owned());
        [text].into_iter().chain(value)
    });
    parts.filter(|text| on_one_line(text) != text.as_str()).collect()
}

fn visible(told: String, obeyed: &[String]) -> String {
    obeyed.iter().fold(told, |told, text| told.replace(text, &on_one_line(text)))
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    #[test]
    fn arguments_of_a_pack_leave_what_a_command_says_of_itself() {
        let more = |command: Command| command.about("Which site").arg(Arg::new("site"));
        let command = with_arguments(Command::new("run").about("Run it"), more);
        assert_eq!(command.get_about().map(ToString::to_string), Some("Run it".to_owned()));
        assert!(command.get_arguments().any(|argument| argument.get_id() == "site"));
    }

    #[test]
    fn what_was_typed_is_repeated_on_one_line() {
        let typed = ["flowrun", "explain", "a\nerror: forged\u{1b}[2J"].map(OsString::from).to_vec();
        let typed_wrong = ["flowrun", "--a\nb=\u{9b}x"].map(OsString::from);
        let error = Arguments::command().try_get_matches_from(typed_wrong).unwrap_err().render().to_string();
        assert_eq!(obeyed(typed), ["a\nerror: forged\u{1b}[2J"]);
        let told = visible(error, &obeyed(vec!["--a\nb=\u{9b}x".into()]));
        assert!(told.starts_with("error: unexpected argument '--a"), "{told}");
        assert!(!told.contains('\u{9b}'), "{told}");
    }
}
