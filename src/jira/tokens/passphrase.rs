//! The passphrase of sealed access tokens: from a variable, from systemd, or from the person. Never from the command line.

use std::{env, path::Path, sync::Arc};

use secrecy::SecretString;

use crate::{prompt::Prompt, reading, screen::Screen};

const VARIABLE: &str = "FLOWRUN_PASSPHRASE";

const CREDENTIAL: &str = "flowrun-passphrase";

/// A longer file is no passphrase, in bytes.
const LONGEST: u64 = 64 * 1024;

/// How often a new passphrase may be mistyped.
const TRIES: usize = 3;

/// The passphrase, if it is given or somebody types it; a new one is typed twice.
pub(super) fn ask(screen: &Arc<Screen>, no_input: bool, is_new: bool) -> Option<SecretString> {
    given().or_else(|| {
        let prompt = Prompt::new(screen, no_input);
        let asks = |question: &str| prompt.is_answered().then(|| prompt.secret(question).ok().flatten()).flatten();
        if is_new { typed_twice(screen, asks) } else { asks("Passphrase of the access tokens (not shown)") }
    })
}

fn typed_twice(screen: &Screen, asks: impl Fn(&str) -> Option<SecretString>) -> Option<SecretString> {
    use secrecy::ExposeSecret;
    for _ in 0..TRIES {
        let first = asks("A new passphrase for the access tokens (not shown)")?;
        let second = asks("The same passphrase again")?;
        if first.expose_secret() == second.expose_secret() {
            return Some(first);
        }
        screen.error("the two passphrases are not the same\n");
    }
    None
}

fn given() -> Option<SecretString> {
    let from_variable = || env::var(VARIABLE).ok();
    let from_systemd = || {
        let directory = env::var_os("CREDENTIALS_DIRECTORY")?;
        reading::text(&Path::new(&directory).join(CREDENTIAL), LONGEST).ok()
    };
    let text = from_variable().or_else(from_systemd)?;
    let text = text.trim_end_matches(['\r', '\n']);
    (!text.is_empty()).then(|| text.to_owned().into())
}
