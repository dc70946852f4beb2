//! Access tokens from the first screen to the last: with the sandbox as Atlassian, and a person who uses its consent page.

mod adding;
mod again;
mod doctor;
mod refusals;
mod using;

use std::{fs, path::PathBuf};

use serde_json::Value;

use crate::{
    consent::{Person, add},
    environment::{Environment, ServedSandbox},
};

/// A directory, a sandbox that is served, and the filters for what differs from one to the next.
struct Rehearsal {
    environment: Environment,
    sandbox: ServedSandbox,
    _filters: insta::internals::SettingsBindDropGuard,
}

impl Rehearsal {
    fn new() -> Self {
        let environment = Environment::new();
        let sandbox = environment.serve_sandbox();
        let mut settings = insta::Settings::clone_current();
        settings.add_filter(r"sandbox-client-[A-Za-z0-9]{32}", "CONSUMER_KEY");
        settings.add_filter(r"state=[A-Za-z0-9_-]+", "state=STATE");
        settings.add_filter(r"for [0-9]+ min\b", "for MINUTES");
        // What a build with the feature `keyring` says besides.
        settings.add_filter(r"note: it will be kept in a file that only you can read: no keyring \(.*\)\n", "");
        Self { environment, sandbox, _filters: settings.bind_to_scope() }
    }

    /// The files of access tokens, with their content.
    fn kept(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let files =
            self.environment.files().into_iter().filter(|path| path.extension().is_some_and(|end| end == "token"));
        files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }

    /// Changes what is known of the only consent; gives its file.
    fn edit(&self, change: impl FnOnce(&mut Value)) -> PathBuf {
        let (path, content) = self.kept().remove(0);
        let mut document: Value = serde_json::from_slice(&content).unwrap();
        change(&mut document["token"]["grant"]["oauth"]);
        fs::write(&path, document.to_string()).unwrap();
        path
    }
}

/// One in which `acme` is kept.
fn with_token() -> Rehearsal {
    let rehearsal = Rehearsal::new();
    let added = add(&rehearsal.environment, &rehearsal.sandbox, &["-q"], Person::default());
    assert_eq!(added.code, 0, "{added}");
    rehearsal
}
