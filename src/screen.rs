//! The two streams, which only this module, [`crate::progress`] and [`crate::prompt`] write to. A reader that went away is no error:
//! what is left is not written. `visible` is what is done to each text on the way.

pub(crate) mod visible;

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    io::{self, IsTerminal, Write},
    panic::PanicHookInfo,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

use anstream::{AutoStream, ColorChoice};
use console::Term;
use serde::Serialize;

pub(crate) use self::visible::{StyleMark, in_lines, on_one_line};
use self::visible::{for_github, for_people, for_programs};
use crate::arguments::{Color, OutputFormat};

/// Colours, by what they mean.
pub(crate) mod styles {
    use clap::builder::styling::{AnsiColor, Style};

    use super::StyleMark;

    pub(crate) const GOOD: StyleMark = StyleMark(AnsiColor::Green.on_default());
    pub(crate) const BAD: StyleMark = StyleMark(AnsiColor::Red.on_default().bold());
    pub(crate) const CARE: StyleMark = StyleMark(AnsiColor::Yellow.on_default());
    pub(crate) const FAINT: StyleMark = StyleMark(Style::new().dimmed());
    pub(crate) const STRONG: StyleMark = StyleMark(Style::new().bold());
}

/// Where results and messages go.
#[derive(Debug)]
pub(crate) struct Screen {
    format: OutputFormat,
    quiet: bool,
    data: Mutex<AutoStream<io::Stdout>>,
    messages: Mutex<AutoStream<io::Stderr>>,
}

impl Screen {
    /// The program's own streams.
    pub(crate) fn new(format: OutputFormat, color: Color, quiet: bool) -> Self {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self {
            format,
            quiet,
            data: Mutex::new(AutoStream::new(io::stdout(), choice)),
            messages: Mutex::new(AutoStream::new(io::stderr(), choice)),
        }
    }

    /// How results are written.
    pub(crate) fn format(&self) -> OutputFormat {
        self.format
    }

    /// Whether only results and errors are wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether somebody reads messages while the program goes on: on a terminal.
    pub(crate) fn is_watched(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// How many columns a table may have: those of the terminal that stdout is, 80 elsewhere and at least.
    pub(crate) fn width(&self) -> usize {
        let columns = Term::stdout().size_checked().filter(|_| io::stdout().is_terminal());
        columns.map_or(80, |(_, columns)| usize::from(columns).max(80))
    }

    /// Writes a report to stdout.
    pub(crate) fn data(&self, text: &str) -> io::Result<()> {
        write(&mut *locked(&self.data), &for_people(text))
    }

    /// Writes annotations of GitHub Actions to stdout.
    pub(crate) fn annotations(&self, lines: &str) -> io::Result<()> {
        write(&mut *locked(&self.data), &for_github(lines))
    }

    /// Writes a script for a shell to stdout, to the letter: all of it is flowrun's own.
    pub(crate) fn script(&self, script: &str) -> io::Result<()> {
        let _others_wait = locked(&self.data);
        write(&mut io::stdout().lock(), script)
    }

    /// Writes a JSON document to stdout: whole, or on one line for `jsonl`.
    pub(crate) fn document(&self, document: &impl Serialize) -> io::Result<()> {
        let text = match self.format {
            OutputFormat::Jsonl => serde_json::to_string(document),
            OutputFormat::Text | OutputFormat::Json => serde_json::to_string_pretty(document),
        };
        self.json(&text?)
    }

    /// Writes a JSON document to stdout on one line.
    pub(crate) fn line(&self, document: &impl Serialize) -> io::Result<()> {
        self.json(&serde_json::to_string(document)?)
    }

    /// Past what takes colours out of texts: that takes more than colours.
    fn json(&self, json: &str) -> io::Result<()> {
        let _others_wait = locked(&self.data);
        write(&mut io::stdout().lock(), &(for_programs(json) + "\n"))
    }

    /// Writes an error to stderr.
    pub(crate) fn error(&self, text: &str) {
        // Where stderr is gone nobody is left to be told.
        let _ = write(&mut *locked(&self.messages), &for_people(text));
    }

    /// Writes to stderr what is no error, unless only results and errors are wanted.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.error(text);
        }
    }
}

fn locked<T>(stream: &Mutex<T>) -> MutexGuard<'_, T> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write(stream: &mut impl Write, text: &str) -> io::Result<()> {
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Says on stderr what a person is asked to wait for, or to type: a program that is silent looks like one that hangs.
pub(crate) fn tell_waiting(what: &str) {
    // Where stderr is gone nobody is left to be told.
    let _ = io::stderr().write_all(format!("waiting for {}\n", on_one_line(what)).as_bytes());
}

/// Where the lines of the log go: stderr, one line for each event.
#[derive(Debug)]
pub(crate) struct Log;

impl Write for Log {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        io::stderr().write_all((on_one_line(text.trim_end_matches('\n')) + "\n").as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Says on stderr where the program broke: a bug. Nobody has seen to what its words hold.
pub(crate) fn tell_panic(panic: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let name = thread.name().unwrap_or("without a name");
    let told = format!("the thread `{name}` {panic}\n");
    let trace = Backtrace::capture();
    let trace = if trace.status() == BacktraceStatus::Captured { trace.to_string() } else { String::new() };
    // Where stderr is gone nobody is left to be told.
    let _ = io::stderr().write_all(for_people(&(told + &trace)).as_bytes());
}
