//! Asking the person at the terminal. Nothing is asked under `--no-input`, or where nobody could answer.

use std::{
    io::{self, BufRead, IsTerminal},
    sync::Arc,
    thread,
};

use console::Term;
use secrecy::{SecretString, zeroize::Zeroizing};
use tokio::sync::oneshot;

use crate::screen::{Screen, on_one_line};

/// Longer lines are nothing that a person types or pastes here.
const LONGEST_LINE: u64 = 64 * 1024;

/// Whoever can be asked.
#[derive(Clone, Debug)]
pub(crate) struct Prompt {
    screen: Arc<Screen>,
    is_answered: bool,
    may_read: bool,
}

impl Prompt {
    /// Asks on `screen`, unless `no_input` forbids it or there is no terminal.
    pub(crate) fn new(screen: &Arc<Screen>, no_input: bool) -> Self {
        let at_terminal = io::stdin().is_terminal();
        let is_answered = !no_input && at_terminal && io::stderr().is_terminal();
        Self { screen: screen.clone(), is_answered, may_read: !(no_input && at_terminal) }
    }

    /// Whether somebody would answer.
    pub(crate) fn is_answered(&self) -> bool {
        self.is_answered
    }

    /// Whether stdin may be read. What a pipe holds was given, and is not asked for: `--no-input` does not forbid it.
    pub(crate) fn may_read(&self) -> bool {
        self.may_read
    }

    /// Asks for a line; `None` where stdin has ended.
    ///
    /// # Errors
    /// When stdin cannot be read.
    pub(crate) async fn line(&self, question: &str) -> io::Result<Option<String>> {
        self.screen.error(question);
        let (send, receive) = oneshot::channel();
        // A task of the runtime that reads would keep the program from ending after a signal.
        thread::Builder::new().spawn(move || send.send(read_line()))?;
        let answer = receive.await.map_err(io::Error::other)?;
        if !io::stdin().is_terminal() {
            // A terminal shows the line break that was typed.
            self.screen.error("\n");
        }
        answer
    }

    /// Asks yes or no; no, unless it is said clearly.
    ///
    /// # Errors
    /// When stdin cannot be read.
    pub(crate) async fn confirms(&self, question: &str) -> io::Result<bool> {
        let answer = self.line(&format!("{question} [y/N] ")).await?;
        Ok(answer.is_some_and(|answer| matches!(answer.to_lowercase().as_str(), "y" | "yes")))
    }

    /// Asks for a secret, which is not shown; `None` where nothing was typed.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    pub(crate) fn secret(&self, question: &str) -> io::Result<Option<SecretString>> {
        let question = on_one_line(question);
        let terminal = Term::stderr();
        if !terminal.is_term() {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "not a terminal"));
        }
        terminal.write_str(&format!("{question}: "))?;
        let text = Zeroizing::new(terminal.read_secure_line()?);
        // Whoever looks back sees that the question was answered.
        terminal.clear_last_lines(1)?;
        terminal.write_line(&format!("{question}: [hidden]"))?;
        Ok(Some(text.trim()).filter(|text| !text.is_empty()).map(SecretString::from))
    }
}

/// The next line of stdin, without what surrounds it; `None` at the end.
///
/// # Errors
/// When it cannot be read, or is longer than any that is meant.
pub(crate) fn read_line() -> io::Result<Option<String>> {
    let mut line = String::new();
    let mut stdin = io::Read::take(io::stdin().lock(), LONGEST_LINE);
    let read = stdin.read_line(&mut line)?;
    if read as u64 == LONGEST_LINE {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("the line is longer than {} KiB", LONGEST_LINE / 1024),
        ));
    }
    Ok((read > 0).then(|| line.trim().to_owned()))
}
