//! What `token add` is given: by flags, variables and files, by what is kept already, or by the person who is asked.

use std::{
    env,
    fs::File,
    io::{self, IsTerminal, stdin},
    path::Path,
};

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

use crate::{
    error::CommandError,
    prompt::{Prompt, read_line},
    reading::{self, ReadError},
};

/// Longer files hold no secret that is meant.
const LONGEST_SECRET: u64 = 64 * 1024;

/// How often one who only presses Enter is asked.
const TRIES: usize = 3;

/// Collects what is needed; what is missing is told at once where nobody can be asked.
pub(super) struct CredentialInput<'a> {
    prompt: &'a Prompt,
    missing: Vec<&'static str>,
}

impl<'a> CredentialInput<'a> {
    /// Asks by `prompt`.
    pub(super) fn new(prompt: &'a Prompt) -> Self {
        Self { prompt, missing: Vec::new() }
    }

    /// A text that is known, or is asked for. `how` says how else to give it; an empty one is told by [`Self::finish`].
    pub(super) async fn text(
        &mut self,
        known: Option<String>,
        question: &str,
        how: &'static str,
    ) -> Result<String, CommandError> {
        if known.is_some() || !self.prompt.is_answered() {
            let text = known.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
            return Ok(text.unwrap_or_else(|| self.lacks(how)));
        }
        for _ in 0..TRIES {
            match self.prompt.line(&format!("   {question}: ")).await? {
                None => break,
                Some(text) if text.is_empty() => {}
                Some(text) => return Ok(text),
            }
        }
        Err(nothing_given(how))
    }

    /// The same for a secret, which is not shown while it is typed; `question` says so.
    pub(super) fn secret(
        &mut self,
        known: Option<SecretString>,
        question: &str,
        how: &'static str,
    ) -> Result<SecretString, CommandError> {
        if known.is_some() || !self.prompt.is_answered() {
            let secret = known.filter(|secret| !secret.expose_secret().is_empty());
            return Ok(secret.unwrap_or_else(|| self.lacks(how).into()));
        }
        for _ in 0..TRIES {
            if let Some(secret) = self.prompt.secret(&format!("   {question}"))? {
                return Ok(secret);
            }
        }
        Err(nothing_given(how))
    }

    /// Whether all is there.
    pub(super) fn finish(self) -> Result<(), CommandError> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let message = format!("this is missing: {}", self.missing.join("; "));
        let help = "on a terminal, without `--no-input`, the command asks for it";
        Err(CommandError::Usage(message, Some(help.to_owned())))
    }

    fn lacks(&mut self, how: &'static str) -> String {
        self.missing.push(how);
        String::new()
    }
}

/// That somebody was asked, and gave nothing.
fn nothing_given(how: &str) -> CommandError {
    let help = "nothing was kept: run the command again when you have it";
    CommandError::Usage(format!("nothing was given for {how}"), Some(help.to_owned()))
}

/// A secret from a file, from stdin where the file is `-`, or else from a variable. Never from the command line.
pub(super) fn secret_from(file: Option<&Path>, variable: &str) -> Result<Option<SecretString>, CommandError> {
    match file {
        Some(path) if path == Path::new("-") && stdin().is_terminal() => {
            let message = "`--secret-file -` reads a pipe, and stdin is a terminal, which would show what is typed";
            Err(CommandError::Usage(message.to_owned(), Some("leave it out to be asked".to_owned())))
        }
        Some(path) if path == Path::new("-") => {
            let unread = |error: ReadError| CommandError::Usage(format!("stdin cannot be read: {error}"), None);
            reading::await_stdin("a secret (`--secret-file -`)").map_err(unread)?;
            let line =
                read_line().map_err(|error| CommandError::Usage(format!("stdin cannot be read: {error}"), None))?;
            Ok(line.map(SecretString::from))
        }
        Some(path) => from_file(path).map(Some),
        None => Ok(env::var(variable).ok().map(|text| text.trim().to_owned().into())),
    }
}

/// A secret's file, which only its owner may read, as those that access tokens are kept in.
fn from_file(path: &Path) -> Result<SecretString, CommandError> {
    let unreadable =
        |why: ReadError| CommandError::Usage(format!("the file `{}` cannot be read: {why}", path.display()), None);
    let file = reading::open(path).map_err(unreadable)?;
    refuse_exposed(path, &file).map_err(|error| unreadable(error.into()))??;
    let bytes = Zeroizing::new(reading::first_bytes(&file, LONGEST_SECRET + 1).map_err(unreadable)?);
    if bytes.len() as u64 > LONGEST_SECRET {
        return Err(unreadable(ReadError::TooLong(LONGEST_SECRET)));
    }
    let text = str::from_utf8(&bytes).map_err(|_| unreadable(ReadError::NotText))?;
    Ok(text.trim().to_owned().into())
}

/// Refuses a file that others of this machine may read. What a pipe holds only its two ends have.
#[cfg(unix)]
fn refuse_exposed(path: &Path, file: &File) -> io::Result<Result<(), CommandError>> {
    use std::os::unix::fs::MetadataExt;
    let found = file.metadata()?;
    let mode = found.mode() & 0o7777;
    if !found.is_file() || mode & 0o077 == 0 {
        return Ok(Ok(()));
    }
    let path = path.display();
    let message = format!("the file `{path}` is open to other users of this machine (mode {mode:04o})");
    let help = format!("`chmod 600 {path}`, or give what is in it by a pipe: `--secret-file - < {path}`");
    Ok(Err(CommandError::Usage(message, Some(help))))
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path, _: &File) -> io::Result<Result<(), CommandError>> {
    Ok(Ok(()))
}
