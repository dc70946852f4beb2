//! A hermetic place to run the program in: its own home, state directory and time zone.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
};

use insta::internals::SettingsBindDropGuard;
use serde_json::Value;
use tempfile::TempDir;

/// A place to run the program in.
pub(crate) struct Environment {
    folder: TempDir,
    _filters: SettingsBindDropGuard,
}

/// What a command printed, and how it ended.
#[must_use = "look at what the command printed, or at least at how it ended"]
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A command that goes on by itself.
pub(crate) struct Running {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    told: String,
}

/// A sandbox that is served by a process of its own, until dropped.
pub(crate) struct ServedSandbox {
    child: Child,
    pub(crate) description: Value,
}

impl Environment {
    /// An empty directory. What differs from run to run is replaced in snapshots while this lives.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = insta::Settings::clone_current();
        let filters = [
            (r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "RUN"),
            // As lists shorten it.
            (r"\b[0-9a-f]{8}-[0-9a-f]{4}\b", "RUN"),
            (r"127\.0\.0\.1:[0-9]{4,5}", "127.0.0.1:PORT"),
            (r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", "TIME"),
            (r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", "TIME"),
            (r"[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}", "TIME"),
            (r"\b[0-9]+(\.[0-9])? m?s\b", "LENGTH"),
            (r"process [0-9]+", "process PID"),
            // How many rode together is a matter of time.
            (r"records: [0-9]+", "records: COUNT"),
        ];
        filters.into_iter().for_each(|(pattern, name)| settings.add_filter(pattern, name));
        settings.add_filter(&regex_of(folder.path().to_str().unwrap()), "DIR");
        fs::create_dir(folder.path().join("home")).unwrap();
        Self { folder, _filters: settings.bind_to_scope() }
    }

    /// Writes a file, and gives its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// A path in the directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with these arguments, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowrun"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.path("home"))
            .env("TZ", "UTC")
            // A keyring of whoever runs the tests is none of theirs.
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
            .env("FLOWRUN_SANDBOX_TRAFFIC", self.path("traffic.jsonl"))
            .stdin(Stdio::null());
        command
    }

    /// The same where no file can have more than so many blocks of 512 bytes, as on a disk that is full.
    pub(crate) fn command_without_room(&self, blocks: u64, arguments: &[&str]) -> Command {
        self.command_by(&["/bin/sh", "-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")], arguments)
    }

    /// The same, started by another program, whose own arguments come first.
    pub(crate) fn command_by(&self, starter: &[&str], arguments: &[&str]) -> Command {
        let inner = self.command(arguments);
        let mut command = Command::new(starter[0]);
        command.args(&starter[1..]).arg(inner.get_program()).args(inner.get_args());
        command.current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
    }

    /// Runs the program, and checks what it sent.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        self.check_traffic();
        Output::new(output.status, output.stdout, output.stderr)
    }

    /// Starts the program; the caller ends it.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut child = self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Running { child, stderr, told: String::new() }
    }

    /// Serves a sandbox; its world is that of the state directory.
    pub(crate) fn serve_sandbox(&self) -> ServedSandbox {
        self.serve_sandbox_with(&[])
    }

    /// The same, of a Jira that does not keep the tags of what is created: nothing shows then whose an issue is.
    pub(crate) fn serve_untagged_sandbox(&self) -> ServedSandbox {
        let built_in = include_str!("../../activities/jira-sandbox/src/seed/built-in.yaml");
        self.write("untagged.yaml", &format!("{built_in}\nswitches: {{ create_properties_stored: false }}\n"));
        self.serve_sandbox_with(&["--seed", "untagged.yaml"])
    }

    /// The same, with more arguments.
    pub(crate) fn serve_sandbox_with(&self, more: &[&str]) -> ServedSandbox {
        let arguments = [&["sandbox", "--listen", "127.0.0.1:0", "-o", "json"], more].concat();
        let mut child = self.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        ServedSandbox { child, description: serde_json::from_str(&line).unwrap() }
    }

    /// The operations that changed something in the sandbox, in order.
    pub(crate) fn effects(&self) -> Vec<Value> {
        let output = self.run(&["sandbox", "effects", "-o", "json"]);
        assert_eq!(output.code, 0, "{output:?}");
        output.json()["effects"].as_array().unwrap().clone()
    }

    /// The names of the operations that changed something in the sandbox, in order.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.effects().iter().map(|effect| effect["operation"].as_str().unwrap().to_owned()).collect()
    }

    /// Every file below the directory.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.folder.path().to_owned()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let list = if entry.file_type().unwrap().is_dir() { &mut folders } else { &mut files };
                list.push(entry.path());
            }
        }
        files
    }

    #[track_caller]
    fn check_traffic(&self) {
        let path = self.path("traffic.jsonl");
        if path.exists() {
            crate::contract::check(&path);
        }
    }
}

impl Output {
    /// What a command prints that is run to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self::new(output.status, output.stdout, output.stderr)
    }

    fn new(status: ExitStatus, stdout: Vec<u8>, stderr: Vec<u8>) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) }
    }

    /// The JSON document on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// As a snapshot shows it.
impl std::fmt::Display for Output {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr } = self;
        write!(formatter, "exit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }
}

impl Running {
    /// Waits until the program says this on stderr.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, words: &str) {
        while !self.told.contains(words) {
            let read = self.stderr.read_line(&mut self.told).unwrap();
            assert_ne!(read, 0, "it ended without saying `{words}`: {}", self.told);
        }
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, by the name that `kill` knows.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([format!("-{name}"), self.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits until it ended.
    pub(crate) fn finish(mut self) -> Output {
        self.stderr.read_to_string(&mut self.told).unwrap();
        let output = self.child.wait_with_output().unwrap();
        Output::new(output.status, output.stdout, self.told.into_bytes())
    }
}

impl ServedSandbox {
    /// Where it is served.
    pub(crate) fn url(&self) -> &str {
        self.description["site_url"].as_str().unwrap()
    }
}

impl Drop for ServedSandbox {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A pattern that matches just this text.
fn regex_of(text: &str) -> String {
    text.chars().map(|char| if char.is_alphanumeric() { char.to_string() } else { format!(r"\{char}") }).collect()
}
