//! A person's terminal: what is asked there, and that it is left as it was.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::fd::OwnedFd,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, tcgetattr},
};

use crate::{
    controls::REPEATS,
    environment::Environment,
    grants::change_grant,
    proxy::{Fate, Proxy},
    running::INTAKE,
};

/// What takes longer will never be.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ctrl-D.
const END_OF_INPUT: &[u8] = b"\x04";

/// A terminal, and what is seen on it.
struct Terminal {
    line: File,
    told: Receiver<Vec<u8>>,
    /// Where a person types.
    screen: File,
}

impl Terminal {
    fn open() -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        let path = ptsname(&screen, Vec::new()).unwrap().into_string().unwrap();
        let screen = File::from(screen);
        let line = OpenOptions::new().read(true).write(true).open(path).unwrap();
        Self { line, told: read(screen.try_clone().unwrap()), screen }
    }

    /// Starts a command whose stdin and stderr are the terminal.
    fn start(&self, mut command: Command) -> Child {
        let end = || Stdio::from(OwnedFd::from(self.line.try_clone().unwrap()));
        command.stdin(end()).stdout(Stdio::null()).stderr(end()).spawn().unwrap()
    }

    /// Reads until the command says this; gives all that it said.
    fn wait_for(&self, words: &str) -> String {
        let mut told = String::new();
        while !told.contains(words) {
            let more = self.told.recv_timeout(PATIENCE);
            let more = more.unwrap_or_else(|_| panic!("it does not say `{words}`, but: {told}"));
            told.push_str(&String::from_utf8_lossy(&more));
        }
        told
    }

    /// Types this.
    fn write(&self, keys: &[u8]) {
        (&self.screen).write_all(keys).unwrap();
    }

    /// Whether it shows what is typed.
    fn echoes(&self) -> bool {
        tcgetattr(&self.line).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Stops a command with `signal` while it asks this, which is not shown. Gives its exit code.
    fn stop_while_asked(&self, command: Command, question: &str, signal: &str) -> Option<i32> {
        let mut child = self.start(command);
        self.wait_for(question);
        until("what is typed is not shown", || (!self.echoes()).then_some(()));
        send(signal, &child.id().to_string());
        exit_of(&mut child)
    }
}

/// Gives what is shown on a screen, as it is shown.
fn read(mut screen: File) -> Receiver<Vec<u8>> {
    let (shown, told) = channel();
    thread::spawn(move || {
        let mut bytes = [0; 512];
        while let Ok(read) = screen.read(&mut bytes)
            && shown.send(bytes[..read].to_vec()).is_ok()
        {}
    });
    told
}

/// Looks until there is something, and fails where there never is.
fn until<T>(expected: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "it does not become true that {expected}");
        thread::yield_now();
    }
}

fn exit_of(child: &mut Child) -> Option<i32> {
    until("the command has ended", || child.try_wait().unwrap()).code()
}

fn send(signal: &str, process: &str) {
    assert!(Command::new("kill").args([&format!("-{signal}"), process]).status().unwrap().success());
}

#[test]
fn who_stops_at_a_secret_sees_again_what_is_typed() {
    let environment = Environment::new();
    let terminal = Terminal::open();
    let add = ["token", "add", "acme", "--paste", "--consumer-key", "x"];
    for (signal, exit) in [("INT", 130), ("TERM", 143)] {
        assert!(terminal.echoes());
        let ended = terminal.stop_while_asked(environment.command(&add), "Consumer Secret", signal);
        assert_eq!((ended, terminal.echoes()), (Some(exit), true), "{signal}");
    }
}

#[cfg(feature = "passphrase")]
#[test]
fn a_passphrase_is_asked_for_like_other_secrets_and_only_for_what_it_seals() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let sandbox = environment.serve_sandbox();
    let url = format!("--sandbox={}", sandbox.url());
    let kind = ["--kind", "api-token", "--email", "admin@example.com", "--keep", "passphrase"];
    let mut add = environment.command(&[&["token", "add", "sealed", &url], &kind[..]].concat());
    let api_token = sandbox.description["users"][0]["api_token"].as_str().unwrap();
    let added = add.env("FLOWRUN_PASSPHRASE", "a passphrase").env("FLOWRUN_API_TOKEN", api_token).output().unwrap();
    assert!(added.status.success(), "{added:?}");

    let terminal = Terminal::open();
    let run = ["run", "intake.yaml", "--token", "sealed", "-i", "summary=x"];
    for (signal, exit) in [("INT", 130), ("TERM", 143)] {
        assert!(terminal.echoes());
        let ended = terminal.stop_while_asked(environment.command(&run), "Passphrase of the access tokens", signal);
        assert_eq!((ended, terminal.echoes()), (Some(exit), true), "{signal}");
    }
    assert_eq!(environment.run(&["runs", "list", "-o", "json"]).json()["runs"], serde_json::json!([]));

    // Another access token that is sealed is no matter of this one.
    let mut command = environment.command(&["token", "add", "acme", &url, "--paste", "--consumer-key", "x"]);
    command.env("FLOWRUN_CONSUMER_SECRET", "x");
    let mut child = terminal.start(command);
    assert!(!terminal.wait_for("Address: ").contains("Passphrase"));
    terminal.write(END_OF_INPUT);
    assert_eq!(exit_of(&mut child), Some(4));
}

#[test]
fn who_only_presses_enter_is_asked_again_and_the_end_of_input_is_an_answer() {
    let environment = Environment::new();
    let terminal = Terminal::open();
    let mut child = terminal.start(environment.command(&["token", "add", "acme", "--paste"]));
    terminal.wait_for("(Client ID): ");
    terminal.write(b"\n");
    terminal.wait_for("(Client ID): ");
    terminal.write(END_OF_INPUT);
    terminal.wait_for("nothing was given for the Consumer Key");
    assert_eq!(exit_of(&mut child), Some(2));
}

#[test]
fn runs_are_removed_only_where_that_is_confirmed() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    assert_eq!(environment.run(&["run", "intake.yaml", "--sandbox", "-i", "summary=x", "-q"]).code, 0);
    for (keys, left) in [(&b"\n"[..], 1), (b"y\n", 0)] {
        let terminal = Terminal::open();
        let mut child = terminal.start(environment.command(&["runs", "prune", "--keep", "0"]));
        terminal.wait_for("Remove this run for ever? [y/N] ");
        terminal.write(keys);
        assert_eq!(exit_of(&mut child), Some(0));
        let list = environment.run(&["runs", "list", "-o", "json"]).json();
        assert_eq!(list["runs"].as_array().unwrap().len(), left);
    }
}

#[test]
fn a_port_that_is_taken_is_told_before_anything_is_typed() {
    let environment = Environment::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let callback = format!("http://localhost:{}/callback", taken.local_addr().unwrap().port());
    let terminal = Terminal::open();
    let mut child = terminal.start(environment.command(&["token", "add", "acme", "--callback", &callback]));
    let told = terminal.wait_for("is in use by another program");
    assert!(!told.contains("Consumer Key"), "{told}");
    assert_eq!(exit_of(&mut child), Some(4));
}

/// The system stops a command in the background that sets the terminal's modes.
#[cfg(target_os = "linux")]
#[test]
fn a_command_in_the_background_ends_at_once_too() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let sandbox = environment.serve_sandbox();
    let proxy = Proxy::stopping(sandbox.url(), "GET /_sandbox/description");
    let url = format!("--sandbox={}", proxy.url);
    let script = "\"$0\" \"$@\" & echo \"began as $!.\" >&2; wait $!; echo \"ended with $?.\" >&2";
    let starter = ["setsid", "--ctty", "sh", "-mc", script];
    let terminal = Terminal::open();
    let mut shell = terminal.start(environment.command_by(&starter, &["run", "intake.yaml", &url, "-i", "summary=x"]));
    let told = terminal.wait_for(".");
    proxy.wait();
    send("TERM", told.trim().trim_start_matches("began as ").trim_end_matches('.'));
    let told = terminal.wait_for("ended with 143.");
    assert!(told.contains("stopped: nothing was changed at Jira"), "{told}");
    assert_eq!(exit_of(&mut shell), Some(0));
}

/// Whoever forbids questions is not waited for, and no secret is typed where it can be read.
#[test]
fn a_terminal_is_not_read_where_nothing_may_be_asked() {
    let environment = Environment::new();
    let add = ["token", "add", "acme", "--consumer-key", "x"];
    let more: [&[&str]; 2] = [&["--paste", "--no-input"], &["--paste", "--secret-file", "-"]];
    for more in more {
        let mut command = environment.command(&[&add, more].concat());
        command.env("FLOWRUN_CONSUMER_SECRET", "x");
        let terminal = Terminal::open();
        let mut child = terminal.start(command);
        assert_eq!(exit_of(&mut child), Some(2), "{more:?}");
    }
}

/// Who watches is told what is missing; the run stays until it is there, or somebody stops it.
#[test]
fn a_run_on_a_terminal_waits_for_its_grant() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let sandbox = environment.serve_sandbox();
    let proxy = Proxy::stopping(sandbox.url(), "POST /rest/api/3/issue");
    let url = format!("--sandbox={}", proxy.url);
    let terminal = Terminal::open();
    let mut child = terminal.start(environment.command(&["run", "intake.yaml", &url, "-i", "summary=x"]));
    proxy.wait();
    change_grant(&environment, &sandbox, "revoke", &["--permission", "ADD_COMMENTS"]);
    proxy.release(Fate::Arrives);
    terminal.wait_for("ADD_COMMENTS");
    send("INT", &child.id().to_string());
    assert_eq!(exit_of(&mut child), Some(130));
    change_grant(&environment, &sandbox, "grant", &["--permission", "ADD_COMMENTS"]);
    assert_eq!(environment.run(&["runs", "resume", "last"]).code, 0);
    assert_eq!(environment.operations(), ["createIssue", "addComment", "addComment"]);
}

/// The live lines and what is printed between them move the cursor, and nothing in them that is not flowrun's does. A terminal
/// that cannot move its cursor gets the same as plain lines.
#[test]
fn progress_on_a_terminal_shows_what_would_be_obeyed() {
    let environment = Environment::new();
    environment.write("repeats.yaml", REPEATS);
    for kind in ["xterm", "dumb"] {
        let forged = ["-i", "summary=x", "-i", "kind=x\u{1b}]0;title\u{7}\u{9b}31m\u{202e}"];
        let mut command = environment.command(&[&["run", "repeats.yaml", "--sandbox"], &forged[..]].concat());
        command.env("TERM", kind);
        let terminal = Terminal::open();
        let mut child = terminal.start(command);
        let told = terminal.wait_for("run failed");
        assert_eq!(exit_of(&mut child), Some(6));
        assert!(told.contains(r"`x\u{1b}]0;title\u{7}\u{9b}31m\u{202e}`"), "{told}");
        assert!(!told.contains(['\u{7}', '\u{9b}', '\u{202e}']) && !told.contains("\u{1b}]"), "{told:?}");
    }
}
