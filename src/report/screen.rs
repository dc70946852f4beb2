//! The two streams. A reader that went away is no error: what is left is not written.

use std::{
    io::{self, Write},
    sync::Mutex,
};

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

use crate::arguments::{Color, OutputFormat};

/// Colours, by what they mean.
pub(crate) mod styles {
    use clap::builder::styling::{AnsiColor, Style};

    pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
    pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
    pub(crate) const CARE: Style = AnsiColor::Yellow.on_default();
    pub(crate) const FAINT: Style = Style::new().dimmed();
    pub(crate) const STRONG: Style = Style::new().bold();
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

    /// Writes text to stdout.
    pub(crate) fn data(&self, text: &str) -> io::Result<()> {
        write(&self.data, text)
    }

    /// Writes a JSON document to stdout: whole, or on one line for `jsonl`.
    pub(crate) fn document(&self, document: &impl Serialize) -> io::Result<()> {
        let text = match self.format {
            OutputFormat::Jsonl => serde_json::to_string(document),
            OutputFormat::Text | OutputFormat::Json => serde_json::to_string_pretty(document),
        };
        self.data(&(text? + "\n"))
    }

    /// Writes a JSON document to stdout on one line.
    pub(crate) fn line(&self, document: &impl Serialize) -> io::Result<()> {
        self.data(&(serde_json::to_string(document)? + "\n"))
    }

    /// Writes an error to stderr.
    pub(crate) fn error(&self, text: &str) {
        // Where stderr is gone nobody is left to be told.
        let _ = write(&self.messages, text);
    }

    /// Writes to stderr what is no error, unless only results and errors are wanted.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.error(text);
        }
    }
}

fn write(stream: &Mutex<impl Write>, text: &str) -> io::Result<()> {
    let mut stream = stream.lock().expect("nothing panics while it writes");
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
