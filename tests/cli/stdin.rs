//! What comes through stdin: where a person says so, once, and never waited for without a word.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Stdio},
};

use crate::{
    environment::{Environment, Output},
    running::INTAKE,
};

/// Starts a command with a pipe that stays silent until its first word on stderr has come.
fn told_first(environment: &Environment, arguments: &[&str]) -> (Child, String) {
    let mut command = environment.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut first).unwrap();
    let mut rest = String::new();
    // What is told afterwards is read on, so that nothing waits for a reader.
    std::thread::spawn(move || std::io::Read::read_to_string(&mut stderr, &mut rest));
    (child, first)
}

#[test]
fn what_a_silent_pipe_is_waited_for_is_told() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let secret = ["token", "add", "acme", "--no-input", "--paste", "--consumer-key", "x", "--secret-file", "-"];
    let cases: [(&[&str], &str, &str, Option<i32>); 5] = [
        (&["run", "intake.yaml", "--sandbox", "-i", "summary=@-"], "the input `summary`", "From a pipe\n", Some(0)),
        (&["run", "intake.yaml", "--sandbox", "--inputs", "-"], "the inputs", "summary: From a pipe\n", Some(0)),
        (&["run", "-", "--sandbox", "-i", "summary=x"], "a process definition", INTAKE, Some(0)),
        (&["validate", "-"], "a process definition", "process: p\n", Some(3)),
        (&secret, "a secret (`--secret-file -`)", "s3cr3t\n", Some(2)),
    ];
    for (arguments, what, given, code) in cases {
        let (mut child, told) = told_first(&environment, arguments);
        assert_eq!(told, format!("waiting for {what}, on stdin\n"), "{arguments:?}");
        child.stdin.take().unwrap().write_all(given.as_bytes()).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), code, "{arguments:?}: {ended:?}");
    }
    assert_eq!(environment.effects()[0]["body"]["fields"]["summary"], "From a pipe");
}

#[test]
fn stdin_is_given_once() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let twice = ["run", "intake.yaml", "--sandbox", "-i", "summary=@-", "-i", "notes=@-"];
    let refused = Output::of(&mut environment.command(&twice));
    assert_eq!(refused.code, 3, "{refused}");
    assert!(refused.stderr.contains("stdin has already been read: it can be given only once"), "{refused}");
}
