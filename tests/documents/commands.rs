//! The commands that the guide shows: the program knows each, with its options.

use std::{fs, process::Command};

use super::root;

/// In place of the program: it reads the command line as ever, and then says how it is used.
const PROGRAM: &str = r#"set -e; flowrun() { "$PROGRAM" "$@" --help > /dev/null; }"#;

#[test]
fn commands_of_the_guide_can_be_typed() {
    let guide = fs::read_to_string(root().join("docs/access-tokens.md")).expect("a text");
    let commands = blocks(&guide).into_iter().filter(|block| block.contains("flowrun "));
    let mut tried = 0;
    for block in commands.filter(|block| !block.contains("ExecStart=")) {
        let script = format!("{PROGRAM}\n{block}");
        let mut shell = Command::new("sh");
        let shell = shell.args(["-c", &script]).env("PROGRAM", env!("CARGO_BIN_EXE_flowrun")).env("API_TOKEN", "");
        let done = shell.output().expect("a shell");
        assert!(done.status.success(), "{block}\n{}", String::from_utf8_lossy(&done.stderr));
        tried += 1;
    }
    assert!(tried > 8, "the guide shows only {tried} blocks of commands");
}

/// The indented blocks of a page.
fn blocks(page: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for line in page.lines() {
        match (line.strip_prefix("    "), blocks.last_mut()) {
            (Some(code), Some(block)) => *block += &format!("{code}\n"),
            _ => blocks.push(String::new()),
        }
    }
    blocks
}
