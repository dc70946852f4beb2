//! Secrets stay where they are: in the sandbox's file of credentials, and in its own description.

use std::fs;

use crate::{environment::Environment, running::INTAKE};

#[test]
fn no_secret_is_printed_logged_or_kept() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let run = ["run", "intake.yaml", "--sandbox", "-i", "summary=x", "-vv"];
    let outputs = [
        environment.run(&run),
        environment.run(&[&run[..], &["-o", "jsonl"]].concat()),
        environment.run(&[&run[..], &["--sandbox-scopes=read:jira-work"]].concat()),
        environment.run(&["runs", "show", "last", "--entries", "-vv"]),
        environment.run(&["runs", "show", "last", "--entries", "-o", "json"]),
        environment.run(&["sandbox", "effects", "-o", "json"]),
    ];
    let credentials = environment.path(".local/state/flowrun/sandbox/credentials.json");
    let credentials =
        environment.files().into_iter().find(|path| path.ends_with("sandbox/credentials.json")).unwrap_or(credentials);
    let secrets = secrets(&fs::read_to_string(&credentials).unwrap());
    assert!(secrets.len() >= 6, "the sandbox has an API token and a bearer token for each of three users");
    for secret in &secrets {
        for output in &outputs {
            assert!(!output.to_string().contains(secret), "a secret was printed");
        }
        for path in environment.files().iter().filter(|path| **path != credentials) {
            let kept = fs::read(path).unwrap();
            assert!(!kept.windows(secret.len()).any(|window| window == secret.as_bytes()), "{}", path.display());
        }
    }
}

/// Every text of the file that is a credential.
fn secrets(file: &str) -> Vec<String> {
    let texts = file.split('"').filter(|text| text.starts_with("sandbox-"));
    texts.map(str::to_owned).collect()
}
