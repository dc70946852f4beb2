//! A person's terminal: what is asked there, and that it is left as it was.

use std::{
    fs::{File, OpenOptions},
    io::Read,
    os::fd::OwnedFd,
    process::{Child, Command, Stdio},
    thread,
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, tcgetattr},
};

use crate::{
    environment::{Environment, Output},
    running::INTAKE,
};

/// A terminal, and what is seen on it.
struct Terminal {
    screen: File,
    line: File,
}

impl Terminal {
    fn open() -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        let path = ptsname(&screen, Vec::new()).unwrap().into_string().unwrap();
        Self { screen: screen.into(), line: OpenOptions::new().read(true).write(true).open(path).unwrap() }
    }

    /// Starts a command whose stdin and stderr are the terminal.
    fn start(&self, mut command: Command) -> Child {
        let end = || Stdio::from(OwnedFd::from(self.line.try_clone().unwrap()));
        command.stdin(end()).stdout(Stdio::null()).stderr(end()).spawn().unwrap()
    }

    /// Reads until the command says this.
    fn wait_for(&mut self, words: &str) {
        let mut told = Vec::new();
        while !String::from_utf8_lossy(&told).contains(words) {
            let mut bytes = [0; 512];
            let read = self.screen.read(&mut bytes).unwrap();
            told.extend(&bytes[..read]);
        }
    }

    /// Whether it shows what is typed.
    fn echoes(&self) -> bool {
        tcgetattr(&self.line).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Stops a command with `signal` while it asks this, which is not shown. Gives its exit code.
    fn stop_while_asked(&mut self, command: Command, question: &str, signal: &str) -> Option<i32> {
        let mut child = self.start(command);
        self.wait_for(question);
        while self.echoes() {
            thread::yield_now();
        }
        let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        child.wait().unwrap().code()
    }
}

#[test]
fn who_stops_at_a_secret_sees_again_what_is_typed() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let sandbox = environment.serve_sandbox();
    let url = format!("--sandbox={}", sandbox.url());
    let kind = ["--kind", "api-token", "--email", "admin@example.com", "--keep", "passphrase"];
    let mut add = environment.command(&[&["token", "add", "sealed", &url], &kind[..]].concat());
    let api_token = sandbox.description["users"][0]["api_token"].as_str().unwrap();
    assert_eq!(Output::of(add.env("FLOWRUN_PASSPHRASE", "a passphrase").env("FLOWRUN_API_TOKEN", api_token)).code, 0);

    let mut terminal = Terminal::open();
    let run = ["run", "intake.yaml", "--token", "sealed", "-i", "summary=x"];
    let add = ["token", "add", "acme", &url, "--consumer-key", "x"];
    let asked: [(&[&str], &str, &str, i32); 3] = [
        (&run, "Passphrase of the access tokens", "INT", 130),
        (&run, "Passphrase of the access tokens", "TERM", 143),
        (&add, "Consumer Secret", "INT", 130),
    ];
    for (arguments, question, signal, exit) in asked {
        assert!(terminal.echoes());
        let ended = terminal.stop_while_asked(environment.command(arguments), question, signal);
        assert_eq!((ended, terminal.echoes()), (Some(exit), true), "{arguments:?}");
    }
    assert_eq!(environment.run(&["runs", "list", "-o", "json"]).json()["runs"], serde_json::json!([]));
}

/// Whoever forbids questions is not waited for, and no secret is typed where it can be read.
#[test]
fn a_terminal_is_not_read_where_nothing_may_be_asked() {
    let environment = Environment::new();
    let add = ["token", "add", "acme", "--consumer-key", "x"];
    let more: [&[&str]; 2] = [&["--paste", "--no-input"], &["--secret-file", "-"]];
    for more in more {
        let mut command = environment.command(&[&add, more].concat());
        command.env("FLOWRUN_CONSUMER_SECRET", "x");
        let terminal = Terminal::open();
        let mut child = terminal.start(command);
        assert_eq!(child.wait().unwrap().code(), Some(2), "{more:?}");
    }
}
